//! The prompt, on a real pseudo-terminal.

use crate::support::home::Home;
use crate::support::pty::{Signal, Terminal, WaitStatus};
use crate::support::sts::LoopbackSts;
use crate::support::{ACCESS_KEY_ID, SERIAL, long_term_section};

const PROMPT: &str = "for profile dev (12h): ";

#[test]
fn the_code_is_asked_for_and_not_shown() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
    let before = terminal.waits_for(PROMPT);
    assert!(
        before.ends_with(&format!("MFA code of {SERIAL} ")),
        "{before}"
    );
    assert!(!terminal.echoes());
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    let seen = terminal.exits(0, &[&code]);
    assert!(
        seen.contains("new session for profile dev, account 123456789012"),
        "{seen}"
    );
    assert!(home.credentials().contains("\n[dev]\n"));
    assert_eq!(sts.operations(), ["GetCallerIdentity", "GetSessionToken"]);
    assert_eq!(sts.connections(), 1);
}

#[test]
fn standard_output_may_be_redirected() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let run = home.run(&sts, &["-p", "dev"]).into_command();
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "\"$0\" -p dev >out 2>err"])
        .arg(run.get_program())
        .current_dir(home.path())
        .env_clear();
    shell
        .envs(
            run.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", "/usr/bin:/bin");
    let mut terminal = Terminal::start_command(shell);
    terminal.waits_for(PROMPT);
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.exits(0, &[&code]);
    assert_eq!(
        std::fs::read_to_string(home.path().join("out")).unwrap(),
        ""
    );
    let said = std::fs::read_to_string(home.path().join("err")).unwrap();
    assert!(
        said.contains("new session") && !said.contains("MFA code"),
        "{said}"
    );
}

#[test]
fn a_still_valid_session_asks_nothing() {
    let home = Home::with(&crate::support::session_section(3600));
    let seen = Terminal::start(home.run_offline(&["-p", "dev"])).exits(0, &[]);
    assert!(
        seen.contains("is valid until") && !seen.contains("MFA code"),
        "{seen}"
    );
}

#[test]
fn what_is_not_six_digits_is_asked_for_again() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
    for wrong in ["12345\n", "secretpassword\n", "\n"] {
        terminal.waits_for(PROMPT);
        terminal.types(wrong);
        terminal.waits_for("nothing was sent");
    }
    terminal.waits_for(PROMPT);
    let code = sts.code();
    terminal.types(&format!("{} {}\n", &code[..3], &code[3..]));
    terminal.exits(0, &[&code, "secretpassword"]);
    assert_eq!(sts.codes_received(), 1);
}

#[test]
fn a_wrong_code_is_asked_for_again() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
    terminal.waits_for(PROMPT);
    terminal.types("000000\n");
    terminal.waits_for("AWS refused that code");
    terminal.waits_for(PROMPT);
    terminal.types("000000\n");
    terminal.waits_for("that code was refused already");
    terminal.waits_for(PROMPT);
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    let seen = terminal.exits(0, &[&code, "000000"]);
    assert!(seen.contains("new session for profile dev"), "{seen}");
    assert_eq!(sts.codes_received(), 2, "the repeated code wasn't sent");
    assert_eq!(sts.connections(), 1);
}

#[test]
fn three_codes_may_be_tried() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
    for wrong in ["000000\n", "000001\n", "000002\n"] {
        terminal.waits_for(PROMPT);
        terminal.types(wrong);
    }
    let seen = terminal.exits(1, &["000000", "000001", "000002"]);
    assert!(
        seen.contains("invalid MFA one time pass code") && seen.contains("hint: "),
        "{seen}"
    );
    assert_eq!(sts.codes_received(), 3);
    assert_eq!(home.credentials(), long_term_section());
}

#[test]
fn ctrl_d_cancels() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
    terminal.waits_for(PROMPT);
    terminal.types_control('d');
    let seen = terminal.exits(130, &[]);
    assert!(seen.contains("aws-mfa: error: cancelled"), "{seen}");
    assert_eq!(sts.codes_received(), 0);
}

#[test]
fn signals_restore_the_terminal_and_kill() {
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
        terminal.waits_for(PROMPT);
        assert!(!terminal.echoes());
        terminal.types_half("7zz7");
        if signal == Signal::SIGINT {
            terminal.types_control('c');
        } else {
            terminal.signal(signal);
        }
        terminal.waits_for_echo(true);
        let (_, status) = terminal.ends(&["7zz7"]);
        assert!(
            matches!(status, WaitStatus::Signaled(_, actual, _) if actual == signal),
            "{status:?}"
        );
        assert_eq!(sts.codes_received(), 0);
        assert_eq!(home.credentials(), long_term_section());
    }
}

#[test]
fn bad_keys_withdraw_the_prompt() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section().replace(ACCESS_KEY_ID, "AKIADELETED"));
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
    terminal.waits_for(PROMPT);
    let seen = terminal.exits(1, &[]);
    assert!(
        seen.contains("InvalidClientTokenId")
            && seen.contains("hint: AWS doesn't know the access key"),
        "{seen}"
    );
    assert_eq!(sts.codes_received(), 0);
}

#[test]
fn no_prompt_means_none() {
    let home = Home::with(&long_term_section());
    let seen = Terminal::start(home.run_offline(&["-p", "dev", "--no-prompt"])).exits(3, &[]);
    assert!(
        seen.contains("nobody can be asked") && !seen.contains("MFA code"),
        "{seen}"
    );
}

#[test]
fn what_cannot_be_edited_is_not_asked_for() {
    let home = Home::with(&format!("{}[dev]\n[dev]\n", long_term_section()));
    let seen = Terminal::start(home.run_offline(&["-p", "dev"])).exits(1, &[]);
    assert!(
        seen.contains("line 6") && !seen.contains("MFA code"),
        "{seen}"
    );
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let home = Home::with(&crate::support::session_section(3600));
    let run = || {
        home.run_offline(&["-p", "dev"])
            .env("TERM", "xterm-256color")
    };
    let seen = Terminal::start(run()).exits(0, &[]);
    assert!(seen.contains("\u{1b}[1maws-mfa:"), "{seen}");
    let seen = Terminal::start(run().env("NO_COLOR", "1")).exits(0, &[]);
    assert!(!seen.contains('\u{1b}'), "{seen}");
    run().run().exits(0).never_says("\u{1b}");
}

#[test]
fn what_is_said_while_the_prompt_is_open_stands_above_it() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev", "-v"]));
    terminal.waits_for("account: 123456789012\r\n");
    let before = terminal.waits_for(PROMPT);
    assert!(!before.contains('\n'), "{before}");
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    let seen = terminal.exits(0, &[&code]);
    assert!(!seen.contains(&format!("{PROMPT}aws-mfa")), "{seen}");
}
