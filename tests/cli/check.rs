//! `aws-mfa check`.

use crate::support::home::Home;
use crate::support::{
    ACCESS_KEY_ID, ROLE, long_term_section, session_section, session_section_until,
};

fn check(credentials: &str, args: &[&str], code: i32) -> String {
    let home = Home::with(credentials);
    let outcome = home.run_offline(args).silent_stdin().run().exits(code);
    assert_eq!(home.credentials(), credentials);
    let is_silent = outcome.stderr.is_empty() || outcome.stderr.contains("is ignored, as one run");
    assert!(
        code == 1 || is_silent,
        "the answer is on standard output: {}",
        outcome.stderr
    );
    outcome.stdout + &outcome.stderr
}

#[test]
fn the_exit_code_answers() {
    let valid = long_term_section() + &session_section_until("2999-01-01 10:00:00");
    let answer = check(&valid, &["check", "-p", "dev"], 0);
    assert!(
        answer.starts_with("dev: valid until 2999-01-01 10:00:00 +00:00 ("),
        "{answer}"
    );
    assert!(
        check(
            &(long_term_section() + &session_section_until("2020-01-01 10:00:00")),
            &["check", "-p", "dev"],
            3
        )
        .starts_with("dev: expired 2020-01-01 10:00:00 +00:00")
    );
    assert_eq!(
        check(&long_term_section(), &["check", "-p", "dev"], 3),
        "dev: no session yet\n"
    );
    assert!(
        check(&long_term_section(), &["check", "-p", "dve"], 1).contains("no profile dve"),
        "a typo is not a due refresh"
    );
    assert!(
        check(
            &format!("[dev]\naws_access_key_id = {ACCESS_KEY_ID}\n"),
            &["check", "-p", "dev"],
            1
        )
        .contains("permanent")
    );
    assert_eq!(check(&valid, &["check", "-q", "-p", "dev"], 0), "");
    assert_eq!(
        check(&long_term_section(), &["check", "-q", "-p", "dev"], 3),
        ""
    );
}

#[test]
fn options_stand_before_or_after_the_command() {
    let file = long_term_section() + &session_section(3600);
    for (args, code) in [
        (&["-p", "dev", "check", "--min-remaining", "2h"][..], 3),
        (&["--min-remaining", "2h", "check", "-p", "dev"], 3),
        (&["-p", "dev", "--min-remaining", "2h", "check"], 3),
        (&["-p", "other", "check", "-p", "dev"], 0),
        (
            &[
                "--min-remaining",
                "2h",
                "check",
                "-p",
                "dev",
                "--min-remaining",
                "10m",
            ],
            0,
        ),
        (&["--assume-role", ROLE, "check", "-p", "dev"], 3),
        (&["check", "-p", "dev", "--assume-role", ROLE], 3),
        (&["-p", "other", "check"], 1),
    ] {
        check(&file, args, code);
    }
}

#[test]
fn options_of_a_refresh_are_refused() {
    let home = Home::with(&session_section(3600));
    for option in [
        &["--force"][..],
        &["--token", "123456"],
        &["--duration", "1h"],
        &["--device", "x"],
        &["--no-prompt"],
    ] {
        home.run_offline(&[&["-p", "dev"], option, &["check"]].concat())
            .run()
            .exits(2)
            .says(&[option[0], "doesn't accept"]);
        home.run_offline(&[&["-p", "dev", "check"], option].concat())
            .run()
            .exits(2)
            .says(&[option[0]]);
    }
}

/// The time zone is a file of the system's, which a small system lacks; these need none.
#[test]
fn years_out_of_reason_are_unreadable_and_stop_nothing() {
    for expiration in [
        "9999-12-31 23:59:59",
        "9999-12-31T23:59:59-23:59",
        "0000-01-01 00:00:00",
        "0000-01-01T00:00:00+23:59",
        "0001-01-01 00:00:00",
        "1969-12-31 23:59:59",
        "-001-01-01 00:00:00",
    ] {
        let home = Home::with(&(long_term_section() + &session_section_until(expiration)));
        for zone in ["TOKYO-9", "LA8", "WEST-23:59", "EAST23:59"] {
            let run = |args: &[&str]| home.run_offline(args).env("TZ", zone).run();
            let outcome = run(&["check", "-p", "dev"]).exits(3);
            assert!(
                outcome
                    .stdout
                    .contains("expiration is missing or unreadable"),
                "{outcome:?}"
            );
            run(&["list"]).exits(0);
            let outcome = run(&["list", "--json"]).exits(0);
            assert!(outcome.stdout.contains("\"missing\""), "{outcome:?}");
            run(&["-p", "dev", "--no-prompt"]).exits(3);
        }
    }
    for expiration in ["2999-12-31T23:59:59-23:59", "1970-01-01T00:00:00+23:59"] {
        let home = Home::with(&session_section_until(expiration));
        for zone in ["TOKYO-9", "LA8"] {
            let outcome = home.run_offline(&["list"]).env("TZ", zone).run().exits(0);
            assert!(!outcome.stdout.contains("missing"), "{outcome:?}");
        }
    }
}
