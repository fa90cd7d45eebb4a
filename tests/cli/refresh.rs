//! The main job: from long-term keys to a stored session.

use crate::support::home::Home;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::{
    ACCOUNT, ROLE, SERIAL, STORED_SECRET, STORED_TOKEN, long_term_section, session_section,
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
         aws_secret_access_key = SandboxSecret/{number}\naws_session_token = SandboxToken//{number}==\n\
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
fn the_first_morning() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let outcome = home
        .run(&sts, &["--profile", "dev", "--token", &sts.code()])
        .run()
        .exits(0)
        .prints("");
    outcome.says(&[
        "aws-mfa: new session for profile dev, account ",
        ACCOUNT,
        "use it: aws s3 ls --profile dev",
    ]);

    let after = home.credentials();
    let expiration = lasts(&after, 43_200);
    assert_eq!(
        after,
        format!(
            "{}\n{}",
            long_term_section(),
            session(false, 1, &expiration)
        )
    );

    let received = sts.received();
    assert_eq!(sts.operations(), ["GetCallerIdentity", "GetSessionToken"]);
    assert_eq!(received[1].parameters["SerialNumber"], SERIAL);
    assert_eq!(received[1].parameters["DurationSeconds"], "43200");
    assert_eq!(received[1].region, "us-east-1", "the global endpoint's");
    assert!(
        received[1].user_agent.contains("app/aws-mfa-"),
        "{}",
        received[1].user_agent
    );
    assert_eq!(sts.connections(), 1, "both calls go over one connection");
}

#[test]
fn mfa_serial_and_duration_of_the_long_term_section() {
    let sts = LoopbackSts::start();
    let keys =
        long_term_section().replace("aws_mfa_device", "mfa_serial") + "duration_seconds = 3600\n";
    let home = Home::with(&keys);
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    lasts(&home.credentials(), 3600);
    assert_eq!(sts.received()[1].parameters["DurationSeconds"], "3600");
}

#[test]
fn a_role_is_assumed_and_recorded() {
    let sts = LoopbackSts::start();
    let home = Home::with(&(long_term_section() + "assume_role = " + ROLE + "\n"));
    home.run(
        &sts,
        &[
            "-p",
            "dev",
            "--token",
            &sts.code(),
            "--external-id",
            "shared/42",
        ],
    )
    .run()
    .exits(0);
    let after = home.credentials();
    let expiration = lasts(&after, 3600);
    assert!(
        after.ends_with(&format!("\n{}", session(true, 1, &expiration))),
        "{after}"
    );
    let request = &sts.received()[1];
    assert_eq!(sts.operations(), ["GetCallerIdentity", "AssumeRole"]);
    assert_eq!(request.parameters["RoleArn"], ROLE);
    assert_eq!(request.parameters["RoleSessionName"], "alice");
    assert_eq!(request.parameters["ExternalId"], "shared/42");
    assert_eq!(request.parameters["SerialNumber"], SERIAL);
    assert_eq!(sts.connections(), 1);
}

#[test]
fn without_the_role_its_arn_is_removed() {
    let sts = LoopbackSts::start();
    let before = format!(
        "{}\n{}\n# end\n",
        session(true, 7, "2020-01-01 00:00:00"),
        long_term_section()
    );
    let home = Home::with(&before);
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    let after = home.credentials();
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
    let sts = LoopbackSts::start();
    let before = format!(
        "# my keys \u{1f511}\r\n[default]\nregion=eu-west-1\n; note\n\n[dev] # today\n  \nRegion = r\noutput: json\n# mine\n\
         AWS_SESSION_TOKEN=old\n  continued\nexpiration = never # why\n\n# about others\n[other]\ns3 =\n    x = 1\n\n{}[last]\nk = v",
        long_term_section()
    );
    let home = Home::with(&before);
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    let after = home.credentials();
    let expiration = lasts(&after, 43_200);
    let rest = "assumed_role = False\naws_access_key_id = ASIASANDBOX000000001\naws_secret_access_key = SandboxSecret/1\n\
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
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    let after = home.credentials();
    let requests = sts.received().len();
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0)
        .says(&["profile dev is valid until"]);
    assert_eq!(sts.received().len(), requests, "no request");
    assert_eq!(home.credentials(), after);
}

#[test]
fn less_than_asked_for_is_said() {
    let sts = LoopbackSts::start();
    sts.misbehave("GetSessionToken", Fault::OneHourOnly);
    let home = Home::with(&long_term_section());
    let outcome = home
        .run(
            &sts,
            &["-p", "dev", "--duration", "36h", "--token", &sts.code()],
        )
        .run()
        .exits(0);
    outcome.says(&["warning: AWS granted less than the 1day 12h asked for"]);
    lasts(&home.credentials(), 3600);
}

#[test]
fn a_policy_against_get_caller_identity_does_not_matter() {
    let sts = LoopbackSts::start();
    sts.misbehave("GetCallerIdentity", Fault::EndpointPolicy);
    let home = Home::with(&long_term_section());
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0)
        .never_says(", account");
}

#[test]
fn a_clock_that_is_off_is_corrected_and_mentioned() {
    for offset in [3 * 3600, -3 * 3600] {
        let sts = LoopbackSts::start();
        sts.set_clock_offset(offset);
        let home = Home::with(&long_term_section());
        let outcome = home
            .run(&sts, &["-p", "dev", "--token", &sts.code()])
            .run()
            .exits(0);
        outcome.says(&["warning: this computer's clock is off by"]);
        assert_eq!(sts.codes_received(), 1);
        let (_, left) = expiration(&home.credentials());
        assert!(
            (43_170 + offset..=43_201 + offset).contains(&left),
            "{left}"
        );
    }
}

#[test]
fn verbose_names_settings_and_steps_and_no_secret() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let code = sts.code();
    let outcome = home
        .run(&sts, &["-v", "-p", "dev", "--token", &code])
        .run()
        .exits(0)
        .prints("");
    outcome
        .says(&[
            "profile: dev (from --profile)",
            if cfg!(windows) {
                ".aws/credentials (from AWS_SHARED_CREDENTIALS_FILE)"
            } else {
                ".aws/credentials (from default)"
            },
            &format!("MFA serial: {SERIAL} (from aws_mfa_device in [dev-long-term])"),
            "duration: 43200 seconds (from default)",
            "region: none, the global endpoint",
            "account: 123456789012",
            "the session is stored",
        ])
        .never_says(&code);
}

#[test]
fn quiet_says_nothing() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let outcome = home
        .run(&sts, &["-q", "-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0)
        .prints("");
    assert_eq!(outcome.stderr, "");
    assert_eq!(
        home.run(&sts, &["-q", "-p", "dev"]).run().exits(0).stderr,
        ""
    );
}

#[test]
fn the_metadata_service_is_never_asked() {
    let tripwire = crate::support::sts::Tripwire::set();
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    for args in [
        &["-p", "dev", "-v", "--token", &sts.code()][..],
        &["-p", "dev"],
        &["-p", "nobody", "--token", "123456"],
    ] {
        home.run(&sts, args)
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &tripwire.url())
            .run();
    }
    assert_eq!(sts.codes_received(), 1);
    assert_eq!(tripwire.hits(), 0);
}

#[test]
fn a_session_in_the_environment_is_warned_of() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    for args in [&["-p", "dev", "--token", &sts.code()][..], &["-p", "dev"]] {
        let outcome = home
            .run(&sts, args)
            .env("AWS_ACCESS_KEY_ID", "AKIAOTHER")
            .env("AWS_SECRET_ACCESS_KEY", "x")
            .run()
            .exits(0);
        outcome.says(&[
            "warning: AWS's tools will use AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
            "mend it:",
        ]);
    }
    assert_eq!(
        sts.codes_received(),
        1,
        "the environment's keys are not used"
    );
}

#[test]
fn the_file_s_own_session_in_the_environment_is_none_to_warn_of() {
    let sts = LoopbackSts::start();
    let home = Home::with(&format!(
        "{}\n{}",
        long_term_section(),
        session_section(36_000)
    ));
    let this = [
        ("AWS_ACCESS_KEY_ID", "ASIASTOREDEXAMPLE123"),
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
        let mut run = home.run(&sts, &["-p", "dev"]);
        for (name, value) in this.into_iter().chain(other) {
            run = run.env(name, value);
        }
        let outcome = run.run().exits(0);
        assert_eq!(outcome.stderr.contains("warning"), warned, "{other:?}");
    }
}

/// As from cron and Task Scheduler.
#[test]
fn as_a_pre_check_without_a_terminal() {
    let valid = Home::with(&session_section(3600));
    let outcome = valid
        .run_offline(&["-q", "-p", "dev"])
        .run()
        .exits(0)
        .prints("");
    assert_eq!(outcome.stderr, "");
    let due = Home::with(&long_term_section());
    let outcome = due
        .run_offline(&["-q", "-p", "dev"])
        .run()
        .exits(3)
        .prints("");
    assert_eq!(outcome.stderr.lines().count(), 1);
    let sts = LoopbackSts::start();
    let shell = if cfg!(windows) { "cmd /c " } else { "" };
    let command = format!("{shell}echo {}", sts.code());
    let args = ["-q", "-p", "dev", "--token-command", &command];
    let outcome = due.run(&sts, &args).run().exits(0).prints("");
    assert_eq!(outcome.stderr, "");
}
