//! What is Windows' own: its shells, its ways to find a program, its paths.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};

use crate::support::documents::batch_file;
use crate::support::home::{Home, LOCK};
use crate::support::lab::Lab;
use crate::support::run::{clean_environment, program};
use crate::support::sts::LoopbackSts;
use crate::support::{
    PROMPT, STORED_ACCESS_KEY_ID, STORED_SECRET, STORED_TOKEN, long_term_section, wait_until,
};

/// Runs a batch file of these lines by cmd; returns its exit code and what it printed.
fn cmd(home: &Home, lines: &str) -> (Option<i32>, String) {
    let file = home.write("batch.cmd", &lines.replace('\n', "\r\n"));
    let output = Command::new("cmd")
        .arg("/c")
        .arg(&file)
        .env_clear()
        .envs(clean_environment(home.path()))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let said = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), said)
}

#[test]
fn over_https_where_the_path_has_spaces_and_umlauts() {
    let lab = Lab {
        sts: LoopbackSts::start_with_tls(),
        home: Home::empty(),
    };
    let folder = "J\u{f6}rg M\u{fc}ller (\u{65e5}\u{672c})";
    std::fs::create_dir(lab.home.path().join(folder)).unwrap();
    let name = format!("{folder}\\my credentials");
    let path = lab
        .home
        .write(&name, &long_term_section().replace('\n', "\r\n"));
    let refresh = || lab.refresh(&["--credentials-file", &path]).run();
    refresh()
        .exits(0)
        .says(&["new session for profile dev, account 123456789012"]);
    let after = lab.home.read(&name);
    assert!(
        after.contains("\r\n[dev]\r\n") && !after.replace("\r\n", "").contains('\n'),
        "{after:?}"
    );
    refresh()
        .exits(0)
        .says(&["the session of profile dev is valid until"]);
    lab.run(&["check", "-p", "dev", "--credentials-file", &path])
        .run()
        .exits(0);
    assert_eq!(
        lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
}

#[test]
fn cmd_evaluates_what_env_prints() {
    let home = Home::with_session();
    let env = |args: &[&str]| {
        let args = [&["env", "-p", "dev", "--format", "windows-cmd"], args].concat();
        home.run_offline(&args).hands_over().run().exits(0).stdout
    };
    let show =
        "@echo %AWS_ACCESS_KEY_ID%\n@echo %AWS_SECRET_ACCESS_KEY%\n@echo %AWS_SESSION_TOKEN%\n";
    let (code, said) = cmd(&home, &format!("{}{show}", env(&[])));
    assert_eq!(code, Some(0), "{said}");
    let shown: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains('>') && !line.is_empty())
        .collect();
    assert_eq!(
        shown,
        [STORED_ACCESS_KEY_ID, STORED_SECRET, STORED_TOKEN],
        "{said}"
    );
    let (_, said) = cmd(
        &home,
        &format!(
            "@echo off\n{}{}@if defined AWS_SESSION_TOKEN echo still\n",
            env(&[]),
            env(&["--unset"])
        ),
    );
    assert!(!said.contains("still"), "{said}");
}

/// It sets this terminal's variables, says until when they are valid, and shows no secret, also where
/// there is no session.
#[test]
fn the_batch_file_of_the_readme() {
    let tools = program().parent().unwrap().to_owned();
    let show = "@echo id=%AWS_ACCESS_KEY_ID% profile=%AWS_MFA_PROFILE%\n@if \"%AWS_SESSION_TOKEN%\"==\"\" echo no token\n";
    let run = |home: &Home| {
        home.write("session.bat", &batch_file());
        let set = format!(
            "@set \"PATH={}\"\n@call \"{}\"\n@set code=%ERRORLEVEL%\n{show}@exit /b %code%\n",
            path_with(&tools),
            home.path().join("session.bat").display()
        );
        let (code, said) = cmd(home, &set);
        for secret in [STORED_SECRET, STORED_TOKEN] {
            assert!(!said.contains(secret), "{said}");
        }
        (code, said)
    };
    assert_eq!(batch_file().lines().count(), 3);

    let (code, said) = run(&Home::with_session());
    assert_eq!(code, Some(0), "{said}");
    let set = format!("id={STORED_ACCESS_KEY_ID} profile=dev");
    assert!(
        said.contains("dev: valid until ") && said.contains(&set),
        "{said}"
    );
    assert!(!said.contains("no token"), "{said}");

    let (code, said) = run(&Home::with(&long_term_section()));
    // Wine's cmd makes 1 of every failure.
    assert_ne!(code, Some(0), "{said}");
    assert!(
        said.contains("nobody can be asked for the MFA code"),
        "{said}"
    );
    assert!(
        said.contains("id= profile=\n") && said.contains("no token"),
        "{said}"
    );

    let (code, said) = run(&Home::with(
        "[other-long-term]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
    ));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("no profile dev") && said.contains("no token"),
        "{said}"
    );
}

#[test]
fn exec_runs_a_cmd_file_that_path_finds() {
    let home = Home::with_session();
    let tools = home.path().join("my tools");
    std::fs::create_dir(&tools).unwrap();
    home.write(
        "my tools/deploy.cmd",
        "@echo got %AWS_ACCESS_KEY_ID% %1\r\n@exit /b 42\r\n",
    );
    let outcome = home
        .run_offline(&["exec", "-p", "dev", "--", "deploy", "now"])
        .env("PATH", &path_with(&tools))
        .run()
        .exits(42);
    assert_eq!(
        outcome.stdout.trim_end(),
        format!("got {STORED_ACCESS_KEY_ID} now")
    );
    home.run_offline(&["exec", "-p", "dev", "--", "no-such-program"])
        .run()
        .exits(127);
}

#[test]
fn a_token_command_may_be_a_cmd_file() {
    let lab = Lab::new();
    let tools = lab.home.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    let command = format!("@echo {}\r\n", lab.sts.code());
    lab.home.write("tools/otp.cmd", &command);
    lab.run(&["-p", "dev", "--token-command", "otp"])
        .env("PATH", &path_with(&tools))
        .run()
        .exits(0)
        .says(&["new session"]);
}

/// As a virus scanner does: it has the file open for a moment, and lets nobody replace it
/// meanwhile.
#[test]
fn a_file_that_is_open_elsewhere_is_replaced_when_it_is_free() {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    let lab = Lab::new();
    let mut options = OpenOptions::new();
    options.read(true).share_mode(FILE_SHARE_READ);
    let scanner = options.open(lab.home.credentials_path()).unwrap();
    std::thread::scope(|scope| {
        let refresh = scope.spawn(|| lab.refresh(&[]).run());
        wait_until("the code was sent", || {
            lab.sts.codes_received() > 0 || refresh.is_finished()
        });
        std::thread::sleep(Duration::from_millis(200));
        drop(scanner);
        refresh.join().unwrap().exits(0).says(&["new session"]);
    });
    assert!(lab.credentials().contains("[dev]\n"));
    assert_eq!(lab.home.files(), [LOCK, "credentials"]);
}

/// mintty, the terminal of Git Bash, is two pipes with names of a certain form to a Windows
/// program; the console is hidden then, and whoever asked there would wait for ever.
#[test]
fn in_mintty_the_prompt_goes_to_its_pipes() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let lab = Lab::new();
        let (mut keyboard, input) = pipe("from-master");
        let (mut screen, output) = pipe("to-master");
        keyboard.connect().await.unwrap();
        screen.connect().await.unwrap();
        let mut child = lab
            .run(&["-p", "dev"])
            .into_command()
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .unwrap();
        let mut seen = String::new();
        while !seen.contains(PROMPT) {
            let mut some = [0; 256];
            let read = tokio::time::timeout(Duration::from_secs(20), screen.read(&mut some));
            let length = read
                .await
                .unwrap_or_else(|_| panic!("no prompt: {seen}"))
                .unwrap();
            assert!(length > 0, "no prompt: {seen}");
            seen.push_str(&String::from_utf8_lossy(&some[..length]));
        }
        keyboard
            .write_all(format!("{}\n", lab.sts.code()).as_bytes())
            .await
            .unwrap();
        let status = tokio::task::spawn_blocking(move || child.wait()).await;
        assert!(status.unwrap().unwrap().success());
        assert!(lab.credentials().contains("[dev]\n"));
    });
}

/// A pipe with the name of one of mintty's: its end of it, and the program's.
fn pipe(direction: &str) -> (NamedPipeServer, File) {
    let number = std::process::id();
    let name = format!(r"\\.\pipe\msys-{number:016x}-pty0-{direction}");
    let server = ServerOptions::new().create(&name).unwrap();
    let client = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&name)
        .unwrap();
    (server, client)
}

fn path_with(folder: &Path) -> String {
    format!("{};{}", folder.display(), std::env::var("PATH").unwrap())
}
