//! The main job: from long-term keys to a stored session.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::run::Outcome;
use crate::support::sts::{Fault, Tripwire};
use crate::support::{
    ACCOUNT, ROLE, SERIAL, STORED_ACCESS_KEY_ID, STORED_SECRET, STORED_TOKEN, long_term_section,
    session_section,
};

/// The file after a refresh of `dev`, with `{expiration}` where the time is.
fn session(role: bool, number: u32, expiration: &str) -> String {
    let (assumed, arn) = if role {
        ("True", format!("assumed_role_arn = {ROLE}\n"))
    } else {
        ("False", String::new())
    };
    format!(
        "[dev]\nassumed_role = {assumed}\n{arn}aws_access_key_id = ASIASANDBOX{number:09}\n\
         aws_secret_access_key = SandboxSecret/{number}\n\
         aws_session_token = SandboxToken//{number}==\n\
         aws_security_token = SandboxToken//{number}==\nexpiration = {expiration}\n"
    )
}

/// The stored expiration, and its distance from now in seconds.
fn expiration(credentials: &str) -> (String, i64) {
    let text = credentials
        .lines()
        .find_map(|line| line.strip_prefix("expiration = "))
        .unwrap();
    let instant = aws_mfa::parse_expiration(text).unwrap();
    assert_eq!(
        aws_mfa::format_expiration(instant),
        text,
        "the Python aws-mfa's form"
    );
    (
        text.to_owned(),
        (instant - crate::support::now()).whole_seconds(),
    )
}

#[track_caller]
fn lasts(credentials: &str, seconds: i64) -> String {
    let (text, left) = expiration(credentials);
    assert!(
        (seconds - 30..=seconds + 1).contains(&left),
        "{left} seconds left"
    );
    text
}

#[test]
fn long_term_keys_give_a_stored_session() {
    let lab = Lab::new();
    lab.refresh(&[]).run().exits(0).prints("").says(&[
        "aws-mfa: new session for profile dev, account ",
        ACCOUNT,
        "use it: aws s3 ls --profile dev",
    ]);

    let after = lab.credentials();
    let expiration = lasts(&after, 43_200);
    assert_eq!(
        after,
        format!(
            "{}\n{}",
            long_term_section(),
            session(false, 1, &expiration)
        )
    );

    let received = lab.sts.received();
    assert_eq!(
        lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(received[1].parameters["SerialNumber"], SERIAL);
    assert_eq!(received[1].parameters["DurationSeconds"], "43200");
    assert_eq!(received[1].region, "us-east-1", "the global endpoint's");
    assert!(
        received[1].user_agent.contains("app/aws-mfa-"),
        "{}",
        received[1].user_agent
    );
    assert_eq!(
        lab.sts.connections(),
        1,
        "both calls go over one connection"
    );
}

#[test]
fn mfa_serial_and_duration_of_the_long_term_section() {
    let keys =
        long_term_section().replace("aws_mfa_device", "mfa_serial") + "duration_seconds = 3600\n";
    let lab = Lab::with(&keys);
    lab.refresh(&[]).run().exits(0);
    lasts(&lab.credentials(), 3600);
    assert_eq!(lab.sts.received()[1].parameters["DurationSeconds"], "3600");
}

#[test]
fn a_role_is_assumed_and_recorded() {
    let lab = Lab::with(&(long_term_section() + "assume_role = " + ROLE + "\n"));
    lab.refresh(&["--external-id", "shared/42"]).run().exits(0);
    let after = lab.credentials();
    let expiration = lasts(&after, 3600);
    assert!(
        after.ends_with(&format!("\n{}", session(true, 1, &expiration))),
        "{after}"
    );
    let request = &lab.sts.received()[1];
    assert_eq!(lab.sts.operations(), ["GetCallerIdentity", "AssumeRole"]);
    assert_eq!(request.parameters["RoleArn"], ROLE);
    assert_eq!(request.parameters["RoleSessionName"], "alice");
    assert_eq!(request.parameters["ExternalId"], "shared/42");
    assert_eq!(request.parameters["SerialNumber"], SERIAL);
    assert_eq!(lab.sts.connections(), 1);
}

#[test]
fn without_the_role_its_arn_is_removed() {
    let before = format!(
        "{}\n{}\n# end\n",
        session(true, 7, "2020-01-01 00:00:00"),
        long_term_section()
    );
    let lab = Lab::with(&before);
    lab.refresh(&[]).run().exits(0);
    let after = lab.credentials();
    let expiration = lasts(&after, 43_200);
    assert_eq!(
        after,
        format!(
            "{}\n{}\n# end\n",
            session(false, 1, &expiration),
            long_term_section()
        )
    );
}

#[test]
fn every_other_byte_stays() {
    let before = format!(
        "# my keys \u{1f511}\r\n[default]\nregion=eu-west-1\n; note\n\n\
         [dev] # today\n  \nRegion = r\noutput: json\n# mine\n\
         AWS_SESSION_TOKEN=old\n  continued\nexpiration = never # why\n\n\
         # about others\n[other]\ns3 =\n    x = 1\n\n{}[last]\nk = v",
        long_term_section()
    );
    let lab = Lab::with(&before);
    lab.refresh(&[]).run().exits(0);
    let after = lab.credentials();
    let expiration = lasts(&after, 43_200);
    let rest = "assumed_role = False\naws_access_key_id = ASIASANDBOX000000001\n\
                aws_secret_access_key = SandboxSecret/1\n\
                aws_security_token = SandboxToken//1==\n";
    let expected = before
        .replace(
            "AWS_SESSION_TOKEN=old\n  continued\n",
            "aws_session_token = SandboxToken//1==\n",
        )
        .replace(
            "expiration = never # why\n",
            &format!("expiration = {expiration}\n{rest}"),
        );
    assert_eq!(after, expected);
}

#[test]
fn the_session_is_found_valid_the_second_time() {
    let lab = Lab::new();
    lab.refresh(&[]).run().exits(0);
    let after = lab.credentials();
    let requests = lab.sts.received().len();
    lab.refresh(&[])
        .run()
        .exits(0)
        .says(&["profile dev is valid until"]);
    assert_eq!(lab.sts.received().len(), requests, "no request");
    assert_eq!(lab.credentials(), after);
}

#[test]
fn less_than_asked_for_is_said() {
    let lab = Lab::new();
    lab.sts.misbehave("GetSessionToken", Fault::OneHourOnly);
    let outcome = lab.refresh(&["--duration", "36h"]).run().exits(0);
    outcome.says(&["warning: AWS granted a shorter session than the 36h requested"]);
    lasts(&lab.credentials(), 3600);
}

#[test]
fn a_policy_against_get_caller_identity_does_not_matter() {
    let lab = Lab::new();
    lab.sts
        .misbehave("GetCallerIdentity", Fault::EndpointPolicy);
    lab.refresh(&[]).run().exits(0).never_says(", account");
}

#[test]
fn a_clock_that_is_off_is_corrected_and_mentioned() {
    for offset in [3 * 3600, -3 * 3600] {
        let lab = Lab::new();
        lab.sts.set_clock_offset(offset);
        let outcome = lab.refresh(&[]).run().exits(0);
        outcome.says(&["warning: this computer's clock is off by"]);
        assert_eq!(lab.sts.codes_received(), 1);
        let (_, left) = expiration(&lab.credentials());
        assert!(
            (43_170 + offset..=43_201 + offset).contains(&left),
            "{left}"
        );
    }
}

/// What a session's end would be judged by then.
#[test]
fn a_clock_that_is_days_off_is_refused_before_the_code() {
    const DAY: i64 = 24 * 3600;
    for offset in [3 * DAY, -3 * DAY, 365 * 970 * DAY] {
        let lab = Lab::new();
        lab.sts.set_clock_offset(offset);
        let outcome = lab.refresh(&[]).run().exits(1);
        outcome.says(&["its date is days away from this computer's clock"]);
        assert_eq!(lab.sts.codes_received(), 0);
    }
}

#[test]
fn verbose_names_settings_and_steps_and_no_secret() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let outcome = lab.refresh(&["-v"]).run().exits(0).prints("");
    outcome.never_says(&code).says(&[
        "profile: dev (from --profile)",
        if cfg!(windows) {
            ".aws/credentials (from AWS_SHARED_CREDENTIALS_FILE)"
        } else {
            ".aws/credentials (from default)"
        },
        &format!("MFA serial: {SERIAL} (from aws_mfa_device in [dev-long-term])"),
        "duration: 43200 seconds (from default)",
        "region: us-east-1 (from default)",
        "account: 123456789012",
        "the session is stored",
    ]);
}

/// But for the endpoint, which is the test's own.
fn says_only_the_endpoint(lab: &Lab, outcome: Outcome) {
    let address = lab.sts.address();
    let named = format!("STS is at {address} (from AWS_ENDPOINT_URL_STS), which isn't AWS's own");
    assert_eq!(outcome.prints("").stderr, format!("aws-mfa: {named}\n"));
}

#[test]
fn quiet_says_nothing() {
    let lab = Lab::new();
    says_only_the_endpoint(&lab, lab.refresh(&["-q"]).run().exits(0));
    let outcome = lab.refresh(&["-q"]).run().exits(0);
    outcome.prints("").says_nothing();
    assert_eq!(lab.sts.codes_received(), 1);
}

#[test]
fn the_metadata_service_is_never_asked() {
    let tripwire = Tripwire::set();
    let lab = Lab::new();
    for args in [
        &["-p", "dev", "-v", "--token", &lab.sts.code()][..],
        &["-p", "dev"],
        &["-p", "nobody", "--token", "123456"],
    ] {
        lab.run(args)
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &tripwire.url())
            .run();
    }
    assert_eq!(lab.sts.codes_received(), 1);
    assert_eq!(tripwire.hits(), 0);
}

#[test]
fn a_session_in_the_environment_is_warned_of() {
    let lab = Lab::new();
    for args in [
        &["-p", "dev", "--token", &lab.sts.code()][..],
        &["-p", "dev"],
    ] {
        lab.run(args)
            .env("AWS_ACCESS_KEY_ID", "AKIAOTHER")
            .env("AWS_SECRET_ACCESS_KEY", "x")
            .run()
            .exits(0)
            .says(&[
                "warning: AWS tools will use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                "to fix:",
            ]);
    }
    assert_eq!(
        lab.sts.codes_received(),
        1,
        "the environment's keys are not used"
    );
}

#[test]
fn the_file_s_own_session_in_the_environment_is_not_warned_of() {
    let lab = Lab::with(&format!(
        "{}\n{}",
        long_term_section(),
        session_section(36_000)
    ));
    let this = [
        ("AWS_ACCESS_KEY_ID", STORED_ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", STORED_SECRET),
        ("AWS_SESSION_TOKEN", STORED_TOKEN),
    ];
    for (other, warned) in [
        (None, false),
        (Some(("AWS_SECURITY_TOKEN", STORED_TOKEN)), false),
        (Some(("AWS_SECURITY_TOKEN", "older")), true),
        (Some(("AWS_SESSION_TOKEN", "older")), true),
        (Some(("AWS_SECRET_ACCESS_KEY", "older")), true),
        (Some(("AWS_ACCESS_KEY_ID", "ASIAOLDER")), true),
    ] {
        let mut run = lab.run(&["-p", "dev"]);
        for (name, value) in this.into_iter().chain(other) {
            run = run.env(name, value);
        }
        let outcome = run.run().exits(0);
        assert_eq!(outcome.stderr.contains("warning"), warned, "{other:?}");
    }
}

/// As from cron and Task Scheduler.
#[test]
fn a_scheduled_quiet_run_says_only_what_it_needs() {
    let valid = Home::with(&session_section(3600));
    let outcome = valid.run_offline(&["-q", "-p", "dev"]).run().exits(0);
    outcome.prints("").says_nothing();
    let due = Lab::new();
    let outcome = due.run(&["-q", "-p", "dev"]).run().exits(3).prints("");
    assert_eq!(outcome.stderr.lines().count(), 1);
    let shell = if cfg!(windows) { "cmd /c " } else { "" };
    let command = format!("{shell}echo {}", due.sts.code());
    let args = ["-q", "-p", "dev", "--token-command", &command];
    says_only_the_endpoint(&due, due.run(&args).run().exits(0));
}
