//! The Windows program's prompt, on a pseudo-terminal under wine, which has no other way to a
//! console that a test can type in. Only where AWS_MFA_TEST_WINDOWS_PROGRAM names the program;
//! `tests/targets/windows` does.

use std::path::{Path, PathBuf};

use crate::support::documents::batch_file;
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::{PROMPT, deleted_long_term_section, long_term_section};

/// The Windows program; none where there is none.
fn windows_program() -> Option<PathBuf> {
    std::env::var_os("AWS_MFA_TEST_WINDOWS_PROGRAM").map(PathBuf::from)
}

fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// The Windows program in this home; none where there is none.
fn asks(lab: &Lab) -> Option<Terminal> {
    let program = windows_program()?;
    Some(starts(lab, &program, &["-p", "dev"]))
}

/// Starts a Windows program in this home.
fn starts(lab: &Lab, program: &Path, args: &[&str]) -> Terminal {
    let aws = format!("{}\\.aws\\", windows_path(lab.home.path()));
    let prefix = std::env::var("WINEPREFIX").unwrap();
    let run = lab
        .run(args)
        .env("AWS_SHARED_CREDENTIALS_FILE", &format!("{aws}credentials"))
        .env("AWS_CONFIG_FILE", &format!("{aws}config"))
        .env("WINEPREFIX", &prefix)
        .env("WINEDEBUG", "-all")
        .env("WINEDLLOVERRIDES", "mscoree=;mshtml=")
        .env("TERM", "xterm");
    Terminal::start(run.through("wine", program))
}

/// Waits for the prompt. Wine takes the terminal's echo away as soon as a program reads from its
/// console, which is just after the prompt; on Windows the console shows nothing that nobody reads.
#[track_caller]
fn asked(terminal: &mut Terminal) {
    terminal.waits_for(PROMPT.trim_end());
    terminal.waits_for_echo(false);
}

#[test]
fn the_code_is_asked_for_and_not_shown() {
    let lab = Lab::new();
    let Some(mut terminal) = asks(&lab) else {
        return;
    };
    asked(&mut terminal);
    terminal.types("98765\r");
    terminal.waits_for("six digits");
    asked(&mut terminal);
    let code = lab.sts.code();
    terminal.types(&format!("{code}\r"));
    terminal.waits_for("new session for profile dev, account 123456789012");
    let seen = terminal.exits(0, &[&code, "98765"]);
    assert!(
        !seen.contains("?\u{1b}"),
        "nothing stands for what was typed: {seen:?}"
    );
    assert!(lab.credentials().contains("\n[dev]\n"));
    assert_eq!(
        lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(lab.sts.connections(), 1);
}

#[test]
fn bad_keys_withdraw_the_prompt() {
    let lab = Lab::with(&deleted_long_term_section());
    let Some(mut terminal) = asks(&lab) else {
        return;
    };
    terminal.waits_for("InvalidClientTokenId");
    terminal.exits(1, &[]);
}

#[test]
fn ctrl_c_cancels() {
    let lab = Lab::new();
    let Some(mut terminal) = asks(&lab) else {
        return;
    };
    asked(&mut terminal);
    terminal.types_half("7zz7");
    terminal.types_control('c');
    terminal.exits(130, &["7zz7"]);
    assert_eq!(lab.credentials(), long_term_section());
    assert_eq!(lab.sts.codes_received(), 0);
}

/// Starts the batch file of README.ja.md in this home, with a line that shows what it has set.
fn batch(lab: &Lab, program: &Path) -> Terminal {
    let folder = windows_path(program.parent().unwrap());
    let lines = format!(
        "@echo off\r\nset \"PATH={folder};%PATH%\"\r\n{}\r\necho id=%AWS_ACCESS_KEY_ID%.\r\n",
        batch_file()
    );
    lab.home.write("session.bat", &lines);
    let file = windows_path(&lab.home.path().join("session.bat"));
    starts(lab, Path::new("cmd"), &["/c", &file])
}

/// What `for /f` takes away from standard output is neither the prompt nor what is said.
#[test]
fn the_batch_file_of_the_readme_asks() {
    let lab = Lab::new();
    let Some(program) = windows_program() else {
        return;
    };
    let mut terminal = batch(&lab, &program);
    asked(&mut terminal);
    let code = lab.sts.code();
    terminal.types(&format!("{code}\r"));
    terminal.waits_for("dev: valid until");
    terminal.waits_for("id=ASIA");
    terminal.exits(0, &[&code]);
    assert_eq!(lab.sts.codes_received(), 1);
}

#[test]
fn the_batch_file_of_the_readme_can_be_cancelled() {
    let lab = Lab::new();
    let Some(program) = windows_program() else {
        return;
    };
    let mut terminal = batch(&lab, &program);
    asked(&mut terminal);
    terminal.types_half("7zz7");
    terminal.types_control('c');
    // Wine's cmd ends, too; that of Windows asks whether it should.
    let (seen, _) = terminal.ends(&["7zz7"]);
    assert!(!seen.contains("id="), "{seen}");
    assert_eq!(lab.credentials(), long_term_section());
    assert_eq!(lab.sts.codes_received(), 0);
}
