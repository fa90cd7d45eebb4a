//! `aws-mfa check`.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::run::program;
use crate::support::{
    ACCESS_KEY_ID, ROLE, keys_section, long_term_section, session_section, session_section_until,
};

fn check(credentials: &str, args: &[&str], code: i32) -> String {
    let home = Home::with(credentials);
    let outcome = home.run_offline(args).silent_stdin().run().exits(code);
    assert_eq!(home.credentials(), credentials);
    let is_silent = outcome.stderr.is_empty() || outcome.stderr.contains("is ignored: aws-mfa");
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
        .starts_with("dev: expired at 2020-01-01 10:00:00 +00:00")
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

/// After `--assume-role`, all say the same of what is there.
#[test]
fn a_session_for_another_role_is_told_as_such() {
    let lab = Lab::new();
    let refresh = lab.refresh(&["--assume-role", ROLE]).run().exits(0);
    refresh.says(&[&format!(
        "new session for profile dev as {ROLE}, account 123456789012"
    )]);
    let again = lab
        .run(&["-p", "dev", "--assume-role", ROLE])
        .run()
        .exits(0);
    let again = again.says(&[&format!(
        "the session of profile dev as {ROLE} is valid until"
    )]);
    again.never_says("to renew");
    let check = |args: &[&str], code| {
        let args = [&["check", "-p", "dev"], args].concat();
        lab.run(&args).run().exits(code).stdout
    };
    check(&["--assume-role", ROLE], 0);
    assert_eq!(
        check(&[], 3),
        format!("dev: it holds a session for {ROLE}, not one without a role\n")
    );
    let other = ROLE.replace("admin", "audit");
    assert_eq!(
        check(&["--assume-role", &other], 3),
        format!("dev: it holds a session for {ROLE}, not one for {other}\n")
    );
    let list = lab.run(&["list"]).run().exits(0).stdout;
    assert!(list.contains("valid") && list.contains(ROLE), "{list}");
}

/// As in a shell's prompt, on a computer where nothing is set up.
#[test]
fn quiet_is_silent_where_there_is_no_file() {
    let home = Home::empty();
    let run = home.run_offline(&["check", "-q", "-p", "dev"]).run();
    run.exits(1).says_nothing();
    let run = home.run_offline(&["check", "-p", "dev"]).run().exits(1);
    run.says(&[
        "there is no credentials file",
        "hint: run `aws-mfa setup --profile dev`",
    ]);
    // A mistyped name is a fault.
    let home = Home::with(&long_term_section());
    let run = home.run_offline(&["check", "-q", "-p", "dve"]).run();
    run.exits(1).says(&["no profile dve"]);
}

#[test]
fn permanent_keys_are_told_alike_by_all() {
    let home = Home::with(&keys_section("dev"));
    for args in [
        &["check"][..],
        &["check", "--json"],
        &["env"],
        &["credential-process"],
        &["clear"],
        &[],
    ] {
        let run = home.run_offline(&[&["-p", "dev"], args].concat()).run();
        run.exits(1).says(&[
            "holds permanent keys, not a session",
            "hint: run `aws-mfa setup --profile dev`",
        ]);
    }
    let itself = program();
    let run = home.run_offline(&["exec", "-p", "dev", "--", itself.to_str().unwrap()]);
    let run = run.run().exits(125);
    run.says(&["holds permanent keys, not a session"]);
    let list = home.run_offline(&["list"]).run().exits(0).stdout;
    assert!(list.contains("dev      permanent"), "{list}");
    let json = home.run_offline(&["list", "--json"]).run().exits(0).stdout;
    assert!(json.contains("\"status\": \"permanent\""), "{json}");
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
