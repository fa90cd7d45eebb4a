//! The program on a real pseudo-terminal.

use std::os::fd::OwnedFd;

use rexpect::ReadUntil;
pub use rexpect::process::{Signal, WaitStatus};
use rexpect::session::{PtySession, spawn_command};
use rustix::process::Pid;

use super::run::{Run, assert_no_secret};
use super::{PROMPT, wait_until};

/// Longest wait for a word on the screen, in milliseconds.
const TIMEOUT: u64 = 20_000;

/// A program that runs on a terminal.
pub struct Terminal {
    session: PtySession,
    seen: String,
}

impl Terminal {
    pub fn start(run: Run) -> Self {
        Self::start_command(run.into_command())
    }

    pub fn start_command(command: std::process::Command) -> Self {
        // rexpect's terminals don't echo; a user's do.
        // Whoever started the tests may ignore signals, as `nohup` does, and the program keeps that.
        let default_signals: &[&str] = if cfg!(target_os = "linux") {
            &["--default-signal"]
        } else {
            &[]
        };
        let mut echoing = std::process::Command::new("env");
        echoing.args(default_signals);
        echoing.args(["sh", "-c", "stty echo && exec \"$@\"", "sh"]);
        echoing
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear();
        echoing.env("PATH", "/usr/bin:/bin").envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        if let Some(folder) = command.get_current_dir() {
            echoing.current_dir(folder);
        }
        Self {
            session: spawn_command(echoing, Some(TIMEOUT)).unwrap(),
            seen: String::new(),
        }
    }

    /// Starts it, and waits for its prompt.
    #[track_caller]
    pub fn at_prompt(run: Run) -> Self {
        let mut terminal = Self::start(run);
        terminal.waits_for(PROMPT);
        terminal
    }

    /// Runs it from a script of a shell, as `"$0" "$@"`, in its home folder.
    pub fn start_from_script(run: Run, script: &str) -> Self {
        Self::start_command(run.under("sh", &["-c", script]).in_home().into_command())
    }

    /// Starts it on a terminal of this width, which understands escape sequences.
    #[track_caller]
    pub fn start_with_columns(run: Run, columns: u16) -> Self {
        let script = "TERM=xterm-256color; export TERM; read line; \
             printf start:; exec \"$0\" \"$@\"";
        let mut terminal = Self::start_from_script(run, script);
        terminal.has_columns(columns);
        terminal.types("\n");
        terminal.waits_for("start:");
        // What was shown so far isn't the program's.
        terminal.seen.clear();
        terminal
    }

    /// Waits until the screen shows `word`; returns what came before it.
    #[track_caller]
    pub fn waits_for(&mut self, word: &str) -> String {
        match self.session.exp_string(word) {
            Ok(before) => {
                self.seen.push_str(&before);
                self.seen.push_str(word);
                before
            }
            Err(error) => panic!("{word:?} didn't come: {error}\nseen before: {}", self.seen),
        }
    }

    pub fn types(&mut self, text: &str) {
        self.session.send(text).unwrap();
        self.session.flush().unwrap();
    }

    /// Waits for a question, and types the answer.
    #[track_caller]
    pub fn answers(&mut self, question: &str, answer: &str) {
        self.waits_for(question);
        self.types(&format!("{answer}\n"));
    }

    /// Answers each of these questions whenever it comes, until the program ends.
    #[track_caller]
    pub fn answers_all(&mut self, questions: &[&str], answer: impl Fn(&str) -> String) {
        loop {
            let needles = questions
                .iter()
                .map(|question| ReadUntil::String((*question).into()));
            let needles = needles.chain([ReadUntil::EOF]).collect();
            let (before, found) = match self.session.exp_any(needles) {
                Ok(found) => found,
                Err(error) => panic!("no question came: {error}\nseen before: {}", self.seen),
            };
            self.seen.push_str(&before);
            self.seen.push_str(&found);
            if !questions.contains(&found.as_str()) {
                return;
            }
            let text = format!("{}\n", answer(&found));
            self.types(&text);
        }
    }

    /// Types a part of a line, and gives the terminal time to take it.
    pub fn types_half(&mut self, text: &str) {
        self.types(text);
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    pub fn types_control(&mut self, key: char) {
        self.session.send_control(key).unwrap();
    }

    /// Whether the terminal shows what is typed.
    pub fn echoes(&self) -> bool {
        use rustix::termios::{LocalModes, tcgetattr};
        let pty = self.session.process().get_file_handle().unwrap();
        tcgetattr(&pty)
            .unwrap()
            .local_modes
            .contains(LocalModes::ECHO)
    }

    /// The group of processes that gets what is typed, and Ctrl-C.
    pub fn foreground(&self) -> Pid {
        let pty = self.session.process().get_file_handle().unwrap();
        rustix::termios::tcgetpgrp(&pty).unwrap()
    }

    /// Sets the terminal's width, and the usual height.
    pub fn has_columns(&self, columns: u16) {
        let pty = self.session.process().get_file_handle().unwrap();
        let mut size = rustix::termios::tcgetwinsize(&pty).unwrap();
        size.ws_col = columns;
        size.ws_row = 24;
        rustix::termios::tcsetwinsize(&pty, size).unwrap();
    }

    /// Sets the terminal as a shell does when its job stops.
    pub fn shows_what_is_typed(&self) {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let pty = self.session.process().get_file_handle().unwrap();
        let mut mode = tcgetattr(&pty).unwrap();
        mode.local_modes.insert(LocalModes::ECHO);
        tcsetattr(&pty, OptionalActions::Now, &mode).unwrap();
    }

    /// Waits until the terminal shows what is typed, or doesn't any more.
    #[track_caller]
    pub fn waits_for_echo(&self, on: bool) {
        wait_until(&format!("echo {on}"), || self.echoes() == on);
    }

    pub fn signal(&mut self, signal: Signal) {
        self.session.process_mut().signal(signal).unwrap();
    }

    /// Waits for the end; returns all that was shown, and how the program ended. No secret may have
    /// been shown, nor any of `typed`.
    #[track_caller]
    pub fn ends(mut self, typed: &[&str]) -> (String, WaitStatus) {
        let rest = self.session.exp_eof().unwrap();
        self.seen.push_str(&rest);
        // rexpect makes a character of each byte.
        let bytes: Option<Vec<u8>> = self.seen.chars().map(|c| u8::try_from(c).ok()).collect();
        self.seen = bytes.map_or(self.seen, |bytes| {
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let status = self.session.process().wait().unwrap();
        assert_no_secret(&self.seen);
        for text in typed {
            assert!(
                !self.seen.contains(text),
                "what was typed is shown: {}",
                self.seen
            );
        }
        (self.seen, status)
    }

    /// Waits for the end with this exit code; returns all that was shown.
    #[track_caller]
    pub fn exits(self, code: i32, typed: &[&str]) -> String {
        let (seen, status) = self.ends(typed);
        assert!(
            matches!(status, WaitStatus::Exited(_, actual) if actual == code),
            "{status:?}: {seen}"
        );
        seen
    }
}

/// A new pseudo-terminal: the end that shows and types, and the one for a program.
pub fn open_pty() -> (OwnedFd, OwnedFd) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    (master, slave.into())
}
