//! Runs the program and checks exit code, standard output and standard error together. Every output
//! is searched for every secret.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{SECRET_ACCESS_KEY, SECRETS};

/// The variables with the endpoints of AWS's services.
pub const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM"];

/// A run that is prepared.
#[must_use = "nothing runs before `run`"]
pub struct Run {
    command: Command,
    home: PathBuf,
    input: Input,
    /// Standard output is meant to hold a session.
    hands_over: bool,
}

enum Input {
    Nothing,
    Text(String),
    /// A pipe that stays open and silent.
    Silence,
}

/// The built program, or the one that AWS_MFA_TEST_PROGRAM names: the release build, for example.
pub fn program() -> PathBuf {
    if let Some(other) = std::env::var_os("AWS_MFA_TEST_PROGRAM") {
        return std::path::absolute(other).unwrap();
    }
    let path = option_env!("CARGO_BIN_EXE_aws-mfa");
    // Only integration tests have it.
    path.unwrap_or_default().into()
}

impl Run {
    pub fn new(home: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.args(args).env_clear();
        for (name, value) in clean_environment(home) {
            command.env(name, value);
        }
        Self {
            command,
            home: home.to_owned(),
            input: Input::Nothing,
            hands_over: false,
        }
    }

    /// Standard output is meant to hold a session; still no permanent key.
    pub fn hands_over(mut self) -> Self {
        self.hands_over = true;
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// With AWS at `url`, all of its services.
    pub fn with_aws_at(self, url: &str) -> Self {
        let names = ENDPOINT_VARIABLES.into_iter();
        names.fold(self, |run, name| run.env(name, url))
    }

    /// With each of AWS's services where the settings and the region say.
    pub fn without_endpoints(self) -> Self {
        ENDPOINT_VARIABLES.into_iter().fold(self, Self::env_remove)
    }

    pub fn stdin(mut self, text: &str) -> Self {
        self.input = Input::Text(text.to_owned());
        self
    }

    pub fn silent_stdin(mut self) -> Self {
        self.input = Input::Silence;
        self
    }

    /// Runs it in its home folder.
    pub fn in_home(mut self) -> Self {
        self.command.current_dir(&self.home);
        self
    }

    /// Runs it by another program, such as strace: `program args… aws-mfa …`.
    pub fn under(self, program: &str, args: &[&str]) -> Self {
        let this = self.command.get_program().to_owned();
        let mut command = Command::new(program);
        command.args(args).arg(this);
        self.by(command)
    }

    /// Runs another program with the same arguments and environment, by an emulator.
    pub fn through(self, emulator: &str, program: &Path) -> Self {
        let mut command = Command::new(emulator);
        command.arg(program);
        self.by(command)
    }

    /// Lets `command` have the arguments and the environment.
    fn by(mut self, mut command: Command) -> Self {
        command.args(self.command.get_args()).env_clear().envs(
            self.command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        self.command = command;
        self
    }

    /// Root may write everywhere: gives the home and a copy of the program to `nobody`, and runs it
    /// as that user.
    #[cfg(unix)]
    pub fn never_as_root(self) -> Self {
        const NOBODY: u32 = 65534;
        self.never_as_root_but(NOBODY)
    }

    /// As [`Run::never_as_root`], as another user, whose group has the same number.
    #[cfg(unix)]
    pub fn never_as_root_but(self, user: u32) -> Self {
        if !rustix::process::getuid().is_root() {
            return self;
        }
        let home = self.home.clone();
        let copy = home.join("aws-mfa");
        if !copy.exists() {
            copy_program(&copy);
        }
        let (aws, file) = (home.join(".aws"), home.join(".aws/credentials"));
        for path in [aws, file, home].iter().filter(|path| path.exists()) {
            std::os::unix::fs::chown(path, Some(user), Some(user)).unwrap();
        }
        let (user, group) = (format!("--reuid={user}"), format!("--regid={user}"));
        self.by(Command::new(copy))
            .under("setpriv", &[&user, &group, "--clear-groups"])
            .env("PATH", "/usr/bin:/bin")
    }

    /// The prepared command, for a terminal or a tracer to run.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// The codes that this run is given: secrets, too.
    fn codes(&self) -> Vec<String> {
        let arguments = self
            .command
            .get_args()
            .filter_map(|argument| argument.to_str());
        let input = if let Input::Text(text) = &self.input {
            text.as_str()
        } else {
            ""
        };
        let is_code = |text: &&str| text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
        arguments
            .chain(input.lines())
            .filter(is_code)
            .map(str::to_owned)
            .collect()
    }

    /// Runs it to its end, without a terminal.
    #[track_caller]
    pub fn run(mut self) -> Outcome {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // A background process group may not ask at the terminal that runs the tests, if one does.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut self.command, 0);
        self.command.stdin(if matches!(self.input, Input::Nothing) {
            Stdio::null()
        } else {
            Stdio::piped()
        });
        let codes = self.codes();
        let mut child = spawn(&mut self.command);
        let mut silent = None;
        match self.input {
            Input::Nothing => {}
            // The program may end without reading it.
            Input::Text(text) => drop(child.stdin.take().unwrap().write_all(text.as_bytes())),
            Input::Silence => silent = child.stdin.take(),
        }
        let output = child.wait_with_output().unwrap();
        drop(silent);
        let outcome = Outcome::new(&output, self.hands_over);
        for code in codes {
            let output = format!("{} {}", outcome.stdout, outcome.stderr);
            // The whole of a run of digits: account numbers are longer.
            let shown = output
                .split(|c: char| !c.is_ascii_digit())
                .any(|digits| digits == code);
            assert!(!shown, "the code {code} is shown: {output}");
        }
        outcome
    }
}

/// Starts a process. Where dozens start at once, wine fails to start some.
#[track_caller]
pub fn spawn(command: &mut Command) -> Child {
    const INTERNAL_ERROR: i32 = 1359;
    let mut tries = if cfg!(windows) { 20 } else { 1 };
    loop {
        tries -= 1;
        match command.spawn() {
            Err(error) if tries > 0 && error.raw_os_error() == Some(INTERNAL_ERROR) => {
                std::thread::sleep(Duration::from_millis(200));
            }
            outcome => return outcome.unwrap(),
        }
    }
}

/// What a run's environment is made of: nothing of the developer's.
pub fn clean_environment(home: &Path) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("HOME", home.to_str().unwrap().to_owned()),
        ("USERPROFILE", home.to_str().unwrap().to_owned()),
        ("TZ", "UTC".to_owned()),
        ("LOGNAME", "alice".to_owned()),
    ];
    if cfg!(windows) {
        variables.push((
            "AWS_SHARED_CREDENTIALS_FILE",
            home.join(".aws")
                .join("credentials")
                .to_str()
                .unwrap()
                .to_owned(),
        ));
        variables.push((
            "AWS_CONFIG_FILE",
            home.join(".aws")
                .join("config")
                .to_str()
                .unwrap()
                .to_owned(),
        ));
        for name in ["SYSTEMROOT", "PATHEXT", "COMSPEC"] {
            variables.push((name, std::env::var(name).unwrap_or_default()));
        }
    }
    variables
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    #[track_caller]
    fn new(output: &Output, hands_over: bool) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
        let outcome = Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        if hands_over {
            assert!(!outcome.stdout.contains(SECRET_ACCESS_KEY));
        } else {
            assert_no_secret(&outcome.stdout);
            assert_harmless(&outcome.stdout);
        }
        assert_no_secret(&outcome.stderr);
        assert_harmless(&outcome.stderr);
        assert_said_once(&outcome.stderr);
        outcome
    }

    /// Checks the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout: {}\nstderr: {}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Checks that standard error holds each of `words`.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                slashes(&self.stderr).contains(&slashes(word)),
                "{word:?} is missing in: {}",
                self.stderr
            );
        }
        self
    }

    /// Checks that standard error doesn't hold `word`.
    #[track_caller]
    pub fn never_says(self, word: &str) -> Self {
        assert!(
            !self.stderr.contains(word),
            "{word:?} is in: {}",
            self.stderr
        );
        self
    }

    /// Checks that standard error is empty.
    #[track_caller]
    pub fn says_nothing(self) -> Self {
        assert_eq!(self.stderr, "");
        self
    }

    /// Checks the whole of standard output.
    #[track_caller]
    pub fn prints(self, expected: &str) -> Self {
        assert_eq!(self.stdout, expected);
        self
    }
}

/// A path's separators are Windows' own there.
fn slashes(text: &str) -> String {
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.to_owned()
    }
}

/// Copies the program, by another process: whatever this one starts meanwhile would hold the copy
/// open, which then can't be run.
#[cfg(unix)]
pub fn copy_program(to: &Path) {
    let copied = Command::new("cp").args([&program(), to]).status().unwrap();
    assert!(copied.success());
}

/// Searches an output for every fixture secret, and for what would hold one.
#[track_caller]
pub fn assert_no_secret(output: &str) {
    for secret in SECRETS {
        assert!(
            !output.contains(secret),
            "the output holds the secret that begins with {}: {output}",
            &secret[..6]
        );
    }
}

/// Searches what was said for characters that a terminal obeys, that turn text round or that can't
/// be seen. (Tests have no terminal: no colours.)
#[track_caller]
pub fn assert_harmless(said: &str) {
    // cmd ends its lines like this.
    let lines = if cfg!(windows) {
        said.replace("\r\n", "\n")
    } else {
        said.to_owned()
    };
    let is_bad = |c: char| c != '\n' && is_unsafe(c);
    assert!(!lines.contains(is_bad), "{}", said.escape_debug());
}

/// The program's own list is Unicode's; this one is written out.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// Sees that no cause only repeats the end of the line above it.
#[track_caller]
fn assert_said_once(said: &str) {
    let lines: Vec<&str> = said.lines().collect();
    for pair in lines.windows(2) {
        let cause = pair[1].strip_prefix("  caused by: ");
        assert!(
            !cause.is_some_and(|cause| pair[0].ends_with(cause)),
            "{said}"
        );
    }
}
