//! The prompt, on a real pseudo-terminal.

use std::time::Duration;

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::pty::{Signal, Terminal, WaitStatus};
use crate::support::relay::Relay;
use crate::support::{
    PROMPT, SERIAL, deleted_long_term_section, long_term_section, long_term_section_of,
    session_section,
};

#[test]
fn the_code_is_asked_for_and_not_shown() {
    let lab = Lab::new();
    let mut terminal = Terminal::start(lab.run(&["-p", "dev"]));
    terminal.waits_for(PROMPT);
    assert!(!terminal.echoes());
    let seen = lab.types_code(terminal);
    assert!(
        seen.contains("new session for profile dev, account 123456789012"),
        "{seen}"
    );
    assert!(lab.credentials().contains("\n[dev]\n"));
    assert_eq!(
        lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(lab.sts.connections(), 1);
}

#[test]
fn each_character_shows_as_a_star() {
    let lab = Lab::new();
    let mut terminal = lab.asks();
    for (keys, shown) in [
        ("98", "**"),
        ("\u{7f}", "\u{8} \u{8}"),
        ("7 6", "***"),
        // Ctrl-W removes a word, Ctrl-U all.
        ("\u{17}", "\u{8} \u{8}"),
        ("\u{15}", "\u{8} \u{8}\u{8} \u{8}\u{8} \u{8}"),
        // A paste that the terminal marks as one, then an arrow key.
        ("\u{1b}[200~７６5\u{1b}[201~\u{1b}[D", "***"),
        ("\u{15}", "\u{8} \u{8}\u{8} \u{8}\u{8} \u{8}"),
    ] {
        terminal.types(keys);
        assert_eq!(terminal.waits_for(shown), "", "{keys:?}");
    }
    let code = lab.sts.code();
    terminal.types(&code);
    assert_eq!(terminal.waits_for("******"), "");
    terminal.types("\r");
    let seen = terminal.exits(0, &[&code, "７６"]);
    assert!(
        seen.contains("******\r\naws-mfa: new session for profile dev"),
        "{seen}"
    );
    assert_eq!(lab.sts.codes_received(), 1);
}

/// What stands in a shell's prompt, say, is no way to a longer line.
#[test]
fn stars_stay_in_their_row() {
    let lab = Lab::new();
    let mut terminal = Terminal::start_with_columns(lab.run(&["-p", "dev"]), 70);
    terminal.waits_for(PROMPT);
    let room = 69 - PROMPT.len();
    terminal.types_half(&"7".repeat(300));
    terminal.types("\u{15}");
    let shown = terminal.waits_for(&"\u{8} \u{8}".repeat(room));
    assert_eq!(shown, "*".repeat(room));
    lab.types_code(terminal);
}

/// Longer than any line of a terminal: what ends or removes it still counts.
#[test]
fn a_long_paste_can_be_removed() {
    let lab = Lab::new();
    let mut terminal = Terminal::start_with_columns(lab.run(&["-p", "dev"]), 80);
    terminal.waits_for(PROMPT);
    for _ in 0..2 {
        terminal.types_half(&"7".repeat(9000));
        terminal.types("\n");
        terminal.waits_for("an MFA code is six digits");
        terminal.waits_for(PROMPT);
    }
    terminal.types_half(&"7".repeat(9000));
    terminal.types("\u{15}");
    lab.types_code(terminal);
}

/// Esc means nothing, and takes nothing away.
#[test]
fn the_escape_key_does_nothing() {
    let lab = Lab::new();
    let mut terminal = lab.asks();
    terminal.types_half("\u{1b}");
    terminal.types_half("\u{1b}[D");
    lab.types_code(terminal);
}

#[test]
fn a_narrow_terminal_shows_short_names() {
    let lab = Lab::new();
    for (columns, prompt) in [
        (64, PROMPT),
        (63, "MFA code for dev (alice): "),
        (33, "MFA code for dev (alice): "),
        // So much is always shown.
        (20, "MFA code for dev (alice): "),
    ] {
        let run = lab.run(&["-p", "dev", "--force"]);
        let mut terminal = Terminal::start_with_columns(run, columns);
        terminal.waits_for(prompt);
        terminal.types_control('c');
        terminal.ends(&[]);
    }
    let name = "a-name-that-is-too-long";
    let lab = Lab::with(&long_term_section_of(name));
    let mut terminal = Terminal::start_with_columns(lab.run(&["-p", name]), 46);
    terminal.waits_for(" (alice): ");
    terminal.types_control('c');
    let (seen, _) = terminal.ends(&[]);
    assert!(
        seen.contains("MFA code for a-name-that-is… (alice): "),
        "{seen}"
    );
}

#[test]
fn standard_output_may_be_redirected() {
    let lab = Lab::new();
    let script = "\"$0\" \"$@\" >out 2>err";
    let mut terminal = Terminal::start_from_script(lab.run(&["-p", "dev"]), script);
    terminal.waits_for(PROMPT);
    lab.types_code(terminal);
    assert_eq!(lab.home.read("out"), "");
    let said = lab.home.read("err");
    assert!(
        said.contains("new session") && !said.contains("MFA code"),
        "{said}"
    );
}

#[test]
fn a_still_valid_session_asks_nothing() {
    let home = Home::with(&session_section(3600));
    let seen = Terminal::start(home.run_offline(&["-p", "dev"])).exits(0, &[]);
    assert!(
        seen.contains("is valid until") && !seen.contains("MFA code"),
        "{seen}"
    );
}

#[test]
fn what_is_not_six_digits_is_asked_for_again() {
    let lab = Lab::new();
    let mut terminal = Terminal::start(lab.run(&["-p", "dev"]));
    for wrong in ["12345\n", "secretpassword\n", "\n"] {
        terminal.waits_for(PROMPT);
        terminal.types(wrong);
        terminal.waits_for("nothing was sent");
    }
    terminal.waits_for(PROMPT);
    let code = lab.sts.code();
    terminal.types(&format!("{} {}\n", &code[..3], &code[3..]));
    terminal.exits(0, &[&code, "secretpassword"]);
    assert_eq!(lab.sts.codes_received(), 1);
}

#[test]
fn a_wrong_code_is_asked_for_again() {
    let lab = Lab::new();
    let mut terminal = lab.asks();
    terminal.types("000000\n");
    terminal.waits_for("AWS refused that code");
    terminal.waits_for(PROMPT);
    terminal.types("000000\n");
    terminal.waits_for("AWS already refused that code");
    terminal.waits_for(PROMPT);
    let seen = lab.types_code(terminal);
    assert!(seen.contains("new session for profile dev"), "{seen}");
    assert!(!seen.contains("000000"), "{seen}");
    assert_eq!(lab.sts.codes_received(), 2, "the repeated code wasn't sent");
    assert_eq!(lab.sts.connections(), 1);
}

#[test]
fn three_codes_may_be_tried() {
    let lab = Lab::new();
    let mut terminal = Terminal::start(lab.run(&["-p", "dev"]));
    for wrong in ["000000\n", "000001\n", "000002\n"] {
        terminal.waits_for(PROMPT);
        terminal.types(wrong);
    }
    let seen = terminal.exits(1, &["000000", "000001", "000002"]);
    assert!(
        seen.contains("invalid MFA one time pass code") && seen.contains("hint: "),
        "{seen}"
    );
    assert_eq!(lab.sts.codes_received(), 3);
    assert_eq!(lab.credentials(), long_term_section());
}

#[test]
fn ctrl_d_cancels() {
    let lab = Lab::new();
    let mut terminal = lab.asks();
    terminal.types_control('d');
    let seen = terminal.exits(130, &[]);
    assert!(seen.contains("aws-mfa: error: cancelled"), "{seen}");
    assert_eq!(lab.sts.codes_received(), 0);
}

#[test]
fn signals_restore_the_terminal_and_kill() {
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let lab = Lab::new();
        let mut terminal = lab.asks();
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
        assert_eq!(lab.sts.codes_received(), 0);
        assert_eq!(lab.credentials(), long_term_section());
    }
}

#[test]
fn bad_keys_withdraw_the_prompt() {
    let lab = Lab::with(&deleted_long_term_section());
    let seen = lab.asks().exits(1, &[]);
    assert!(
        seen.contains("InvalidClientTokenId")
            && seen.contains("hint: AWS doesn't know this access key"),
        "{seen}"
    );
    assert_eq!(lab.sts.codes_received(), 0);
}

#[test]
fn a_device_of_another_account_withdraws_the_prompt() {
    let other = SERIAL.replace("123456789012", "210987654321");
    let lab = Lab::with(&long_term_section().replace(SERIAL, &other));
    let mut terminal = Terminal::start(lab.run(&["-p", "dev"]));
    terminal.waits_for(&other);
    let seen = terminal.exits(1, &[]);
    assert!(
        seen.contains(
            "belongs to account 210987654321, but the permanent keys belong to user alice"
        ),
        "{seen}"
    );
    assert_eq!(lab.sts.codes_received(), 0);
}

#[test]
fn no_prompt_means_none() {
    let home = Home::with(&long_term_section());
    let seen = Terminal::start(home.run_offline(&["-p", "dev", "--no-prompt"])).exits(3, &[]);
    assert!(
        seen.contains("nobody can be asked") && !seen.contains(PROMPT),
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
    let home = Home::with(&session_section(3600));
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
    let lab = Lab::new();
    let far_away = Relay::start(lab.sts.address(), Duration::from_millis(500));
    let run = lab.run_through(&far_away, &["-p", "dev", "-v"]);
    let mut terminal = Terminal::start_with_columns(run, 80);
    terminal.waits_for(PROMPT);
    terminal.types("12");
    terminal.waits_for("**");
    // The prompt's row is taken by the remark, and the prompt comes below it, as it was.
    let before = terminal.waits_for("account: 123456789012");
    assert!(before.starts_with("\r\u{1b}[J"), "{before:?}");
    terminal.waits_for(&format!("{PROMPT}**"));
    terminal.types("\u{15}");
    let seen = lab.types_code(terminal);
    assert!(!seen.contains(&format!("{PROMPT}aws-mfa")), "{seen}");
    assert!(!seen.contains(&format!("{PROMPT}**\r\n")), "{seen}");
}

/// Such as Emacs' shell: nothing there can be taken back.
#[test]
fn a_simple_terminal_gets_a_prompt_again_below_what_is_said() {
    let lab = Lab::new();
    let run = lab.run(&["-p", "dev", "-v"]).env("TERM", "dumb");
    let mut terminal = Terminal::start(run);
    terminal.has_columns(80);
    terminal.waits_for("account: 123456789012\r\n");
    let before = terminal.waits_for(PROMPT);
    assert!(!before.contains('\n'), "{before}");
    let seen = lab.types_code(terminal);
    assert!(!seen.contains(&format!("{PROMPT}aws-mfa")), "{seen}");
    assert!(!seen.contains("\u{1b}["), "{seen:?}");
}

/// Two terminals in the morning: a code in one of them is enough.
#[test]
fn a_session_that_came_meanwhile_is_taken() {
    for args in [
        &["-p", "dev"][..],
        &["-p", "dev", "--force"],
        &["exec", "-p", "dev", "--", "true"],
    ] {
        let forced = args.contains(&"--force");
        let old = session_section(if forced { 3600 } else { -60 });
        let lab = Lab::with(&(long_term_section() + &old));
        let mut second = Terminal::start(lab.run(args));
        second.waits_for(PROMPT);
        lab.refresh(&["--force"]).run().exits(0);
        let stored = lab.credentials();
        second.types(&format!("{}\n", lab.sts.code()));
        let seen = second.exits(0, &[]);
        let said =
            "aws-mfa: another aws-mfa has stored a session in the meantime; no code was sent";
        assert!(seen.contains(said), "{args:?}: {seen}");
        let is_reported = seen.contains("the session of profile dev is valid until");
        assert_eq!(is_reported, args[0] != "exec", "{args:?}: {seen}");
        assert_eq!(lab.sts.codes_received(), 1, "{args:?}");
        assert_eq!(lab.credentials(), stored);
    }
}

/// The same code, typed in both: AWS takes it once.
#[test]
fn a_refused_code_that_was_used_meanwhile_is_not_asked_for_again() {
    let lab = Lab::new();
    let far_away = Relay::start(lab.sts.address(), Duration::from_secs(2));
    let mut second = Terminal::at_prompt(lab.run_through(&far_away, &["-p", "dev", "-v"]));
    second.waits_for("account: 123456789012");
    second.types("000000\n");
    second.waits_for("sending the code");
    lab.refresh(&[]).run().exits(0);
    let seen = second.exits(0, &[]);
    assert!(
        seen.contains("has stored a session in the meantime"),
        "{seen}"
    );
    assert_eq!(lab.sts.codes_received(), 2);
}

/// A session that is there already is what `--force` is to replace.
#[test]
fn a_forced_refresh_replaces_what_was_there() {
    let lab = Lab::with(&(long_term_section() + &session_section(3600)));
    let mut terminal = Terminal::start(lab.run(&["-p", "dev", "--force"]));
    terminal.waits_for(PROMPT);
    let seen = lab.types_code(terminal);
    assert!(seen.contains("new session for profile dev"), "{seen}");
}

/// What a file has become while the code was typed is found before that is sent.
#[test]
fn a_file_that_was_damaged_meanwhile_costs_no_code() {
    let lab = Lab::new();
    let mut terminal = lab.asks();
    let damaged = long_term_section() + "[dev]\n[dev]\n";
    lab.home.write(".aws/credentials", &damaged);
    terminal.types(&format!("{}\n", lab.sts.code()));
    let seen = terminal.exits(1, &[]);
    assert!(seen.contains("line 6"), "{seen}");
    assert_eq!(lab.sts.codes_received(), 0);
    assert_eq!(lab.credentials(), damaged);
}

/// Of two prompts at one terminal, each would get some of the keys.
#[test]
fn two_profiles_ask_one_after_the_other() {
    let lab = Lab::with(&(long_term_section() + &long_term_section_of("ops")));
    let script =
        "\"$0\" exec -p dev -- echo dev:done. & \"$0\" exec -p ops -- echo ops:done. & wait";
    let mut terminal = Terminal::start_from_script(lab.run(&[]), script);
    terminal.waits_for("waiting for another aws-mfa, which is asking at this terminal");
    let mut asked = Vec::new();
    for _ in 0..2 {
        let code = lab.sts.code();
        terminal.types(&format!("{code}\n"));
        let before = terminal.waits_for(":done.");
        asked.push(before.ends_with("dev"));
    }
    asked.sort_unstable();
    assert_eq!(asked, [false, true]);
    terminal.exits(0, &[]);
    assert_eq!(lab.sts.codes_received(), 2);
}
