//! The Windows program's prompt, on a pseudo-terminal under wine, which has no other way to a console that a test can type in. Only
//! where AWS_MFA_TEST_WINDOWS_PROGRAM names the program; `tests/targets/windows` does.

use std::path::PathBuf;

use crate::support::home::Home;
use crate::support::pty::Terminal;
use crate::support::sts::LoopbackSts;
use crate::support::{ACCESS_KEY_ID, long_term_section};

/// The Windows program in this home; none where there is none.
fn asks(home: &Home, sts: &LoopbackSts) -> Option<Terminal> {
    let program = std::env::var_os("AWS_MFA_TEST_WINDOWS_PROGRAM").map(PathBuf::from)?;
    let on_windows = |path: PathBuf| format!("Z:{}", path.display()).replace('/', "\\");
    let prefix = std::env::var("WINEPREFIX").unwrap();
    let run = home
        .run(sts, &["-p", "dev"])
        .env(
            "AWS_SHARED_CREDENTIALS_FILE",
            &on_windows(home.credentials_path()),
        )
        .env(
            "AWS_CONFIG_FILE",
            &on_windows(home.path().join(".aws").join("config")),
        )
        .env("WINEPREFIX", &prefix)
        .env("WINEDEBUG", "-all")
        .env("WINEDLLOVERRIDES", "mscoree=;mshtml=")
        .env("TERM", "xterm");
    Some(Terminal::start(run.through("wine", &program)))
}

/// Waits for the prompt. Wine takes the terminal's echo away as soon as a program reads from its console, which is just behind the
/// prompt; on Windows the console shows nothing that nobody reads.
#[track_caller]
fn asked(terminal: &mut Terminal) {
    terminal.waits_for("for profile dev (12h):");
    terminal.waits_for_echo(false);
}

#[test]
fn the_code_is_asked_for_and_not_shown() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let Some(mut terminal) = asks(&home, &sts) else {
        return;
    };
    asked(&mut terminal);
    terminal.types("98765\r");
    terminal.waits_for("six digits");
    asked(&mut terminal);
    let code = sts.code();
    terminal.types(&format!("{code}\r"));
    terminal.waits_for("new session for profile dev, account 123456789012");
    let seen = terminal.exits(0, &[&code, "98765"]);
    assert!(
        !seen.contains("?\u{1b}"),
        "nothing stands for what was typed: {seen:?}"
    );
    assert!(home.credentials().contains("\n[dev]\n"));
    assert_eq!(sts.operations(), ["GetCallerIdentity", "GetSessionToken"]);
    assert_eq!(sts.connections(), 1);
}

#[test]
fn bad_keys_withdraw_the_prompt() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section().replace(ACCESS_KEY_ID, "AKIADELETED"));
    let Some(mut terminal) = asks(&home, &sts) else {
        return;
    };
    terminal.waits_for("InvalidClientTokenId");
    terminal.exits(1, &[]);
}

#[test]
fn ctrl_c_cancels() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let Some(mut terminal) = asks(&home, &sts) else {
        return;
    };
    asked(&mut terminal);
    terminal.types_half("7zz7");
    terminal.types_control('c');
    terminal.exits(130, &["7zz7"]);
    assert_eq!(home.credentials(), long_term_section());
    assert_eq!(sts.codes_received(), 0);
}
