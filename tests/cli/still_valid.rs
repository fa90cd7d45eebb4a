//! When a stored session counts, and when it doesn't.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::{
    ROLE, STORED_TOKEN, long_term_section, session_section, session_section_until,
};

/// Runs `dev` on this file: whether it was refreshed.
#[track_caller]
fn refreshes(credentials: &str, args: &[&str]) -> bool {
    let lab = Lab::with(credentials);
    let outcome = lab.refresh(args).run().exits(0);
    let refreshed = lab.sts.codes_received() == 1;
    let said = &outcome.stderr;
    assert_eq!(
        refreshed,
        said.contains("new session for profile dev"),
        "{said}"
    );
    assert_eq!(refreshed, !said.contains("is valid until"), "{said}");
    assert_eq!(refreshed, lab.credentials() != credentials);
    assert_eq!(refreshed, lab.sts.connections() != 0);
    refreshed
}

fn file(session: &str) -> String {
    format!("{}\n{session}", long_term_section())
}

/// Windows has no variable for it.
#[test]
#[cfg(unix)]
fn the_time_left_and_the_local_expiration_are_said() {
    let home = Home::with(&session_section_until("2999-01-01 10:00:00"));
    let outcome = home
        .run_offline(&["-p", "dev"])
        .env("TZ", "XYZ-5:30")
        .run()
        .exits(0)
        .prints("");
    outcome.says(&[
        "the session of profile dev is valid until 2999-01-01 15:30:00 +05:30 (",
        " left)",
    ]);

    let home = Home::with(&session_section(11 * 3600 + 59 * 60 + 30));
    home.run_offline(&["-p", "dev"])
        .run()
        .exits(0)
        .says(&["(11h 59m left)"])
        .never_says("--force");
    // Not before it is worth it.
    for (seconds, is_advised) in [(890, true), (910, false)] {
        let home = Home::with(&session_section(seconds));
        let outcome = home.run_offline(&["-p", "dev"]).run().exits(0);
        let advice = "to renew: aws-mfa --profile dev --force";
        assert_eq!(
            outcome.stderr.contains(advice),
            is_advised,
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_valid_session_needs_nothing_else() {
    for session in [
        session_section(3600),
        format!(
            "{}\n[dev-long-term]\naws_access_key_id = AKIA\n",
            session_section(3600)
        ),
    ] {
        let home = Home::with(&session);
        home.run_offline(&["-p", "dev"])
            .run()
            .exits(0)
            .says(&["is valid until"]);
        home.run_offline(&[])
            .env("AWS_PROFILE", "dev")
            .run()
            .exits(0)
            .says(&["is valid until"]);
        assert_eq!(home.credentials(), session);
    }
    let twice = format!(
        "{}[dev-long-term]\nk=v\n[dev-long-term]\nk=v\n",
        session_section(3600)
    );
    Home::with(&twice)
        .run_offline(&["-p", "dev"])
        .run()
        .exits(0);
}

#[test]
fn valid_sessions_are_kept() {
    for session in [
        session_section(3600),
        session_section_until("2999-01-01 00:00:00 UTC"),
        session_section_until("2999-01-01T00:00:00+02:00"),
        session_section(3600).replace(&format!("aws_security_token = {STORED_TOKEN}\n"), ""),
        session_section(3600).replace("assumed_role = False\n", ""),
        session_section(3600)
            .to_uppercase()
            .replace("[DEV]", "[dev]"),
    ] {
        assert!(!refreshes(&file(&session), &[]), "{session}");
    }
    assert!(!refreshes(
        &file(&session_section(3600)),
        &["--min-remaining", "50m"]
    ));
    let with_role = session_section(3600) + "assumed_role_arn = " + ROLE + "\n";
    assert!(!refreshes(&file(&with_role), &["--assume-role", ROLE]));
}

#[test]
fn whatever_makes_a_session_doubtful_refreshes_it() {
    let session = session_section(3600);
    let without = |key: &str| -> String {
        session
            .lines()
            .filter(|line| !line.starts_with(key))
            .map(|line| format!("{line}\n"))
            .collect()
    };
    for doubtful in [
        session_section(-1),
        session_section_until("soon"),
        session_section_until("01/02/2999"),
        session_section_until(""),
        without("expiration"),
        without("aws_access_key_id"),
        without("aws_secret_access_key"),
        without("aws_session_token"),
        format!(
            "{}aws_security_token = old\n",
            without("aws_security_token")
        ),
        format!("{session}aws_session_token = twice\n"),
        format!("{session}assumed_role_arn = {ROLE}\n"),
        "[dev]\n".to_owned(),
        String::new(),
    ] {
        assert!(refreshes(&file(&doubtful), &[]), "{doubtful}");
    }
    assert!(refreshes(&file(&session), &["--force"]));
    assert!(refreshes(&file(&session), &["-f"]));
    assert!(refreshes(&file(&session), &["--min-remaining", "2h"]));
    assert!(refreshes(&file(&session), &["--assume-role", ROLE]));
    let other_role = format!("{session}assumed_role_arn = arn:aws:iam::123456789012:role/other\n");
    assert!(refreshes(&file(&other_role), &["--assume-role", ROLE]));
}

/// Every system call of a run on a valid session, by strace: none opens a socket or starts a
/// thread.
#[test]
#[cfg(target_os = "linux")]
fn a_valid_session_opens_no_socket_and_starts_no_thread() {
    use crate::support::tools::{has, text};
    if !has(&["strace"]) {
        return;
    }
    let home = Home::with(&file(&session_section(3600)));
    for args in [
        &["-p", "dev"][..],
        &["-p", "dev", "-v"],
        &["check", "-p", "dev"],
    ] {
        let trace = home.path().join("trace");
        home.run_offline(args)
            .under("strace", &["-f", "-qq", "-o", text(&trace)])
            .run()
            .exits(0);
        let calls = home.read("trace");
        assert!(
            calls.contains("credentials\""),
            "strace saw the program: {calls}"
        );
        let is_verbose = args.contains(&"-v");
        for forbidden in [
            "socket(",
            "connect(",
            "clone(",
            "clone3(",
            "fork(",
            "epoll_create",
            ".aws/config",
        ] {
            // It may make AWS tools take other credentials.
            if is_verbose && forbidden == ".aws/config" {
                continue;
            }
            assert!(
                !calls.contains(forbidden),
                "{args:?}: {forbidden} in {calls}"
            );
        }
        let opened = calls
            .lines()
            .filter(|line| line.contains("open") && line.contains(".aws/credentials"))
            .count();
        assert_eq!(opened, 1, "the credentials file is read once: {calls}");
    }
}
