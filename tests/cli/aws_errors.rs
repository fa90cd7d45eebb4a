//! What goes wrong at AWS or on the way to it: words, exit codes, and what it costs.

use crate::support::home::Home;
use crate::support::sts::{Fault, LoopbackSts, Tripwire};
use crate::support::{ACCESS_KEY_ID, ROLE, SECRET_ACCESS_KEY, SERIAL, long_term_section};

/// Runs `dev` with `change` made to its file; it fails with these words and leaves the file as it was.
#[track_caller]
fn fails(sts: &LoopbackSts, credentials: &str, args: &[&str], words: &[&str]) {
    let home = Home::with(credentials);
    for verbose in [&[][..], &["-v"]] {
        let code = sts.code();
        let outcome = home
            .run(
                sts,
                &[&["-p", "dev", "--token", &code], args, verbose].concat(),
            )
            .run()
            .exits(1)
            .prints("");
        outcome
            .says(words)
            .says(&["aws-mfa: error: "])
            .never_says("\u{1b}");
        assert_eq!(home.credentials(), credentials);
        assert_eq!(home.files(), ["credentials"], "nothing is left behind");
    }
}

#[test]
fn refusals_are_explained() {
    let sts = LoopbackSts::start();
    let keys = long_term_section();
    fails(
        &sts,
        &keys,
        &["--token", "000000"],
        &[
            "AWS refused GetSessionToken (AccessDenied, request c6104cbe-af31-11e0-8154-cbc7ccf896c7)",
            "caused by: MultiFactorAuthentication failed with invalid MFA",
            "hint: ",
            "next one",
        ],
    );
    fails(
        &sts,
        &keys.replace(":mfa/", ":user/"),
        &[],
        &[
            "unable to validate MFA code",
            "hint: the MFA serial (arn:aws:iam::123456789012:user/alice, from aws_mfa_device in [dev-long-term])",
            "mfa/, not user/",
        ],
    );
    fails(
        &sts,
        &keys.replace(ACCESS_KEY_ID, "AKIADELETED"),
        &[],
        &[
            "AWS refused GetCallerIdentity (InvalidClientTokenId",
            "hint: AWS doesn't know the access key",
        ],
    );
    fails(
        &sts,
        &keys.replace(SECRET_ACCESS_KEY, "wJalrXUtnFEMIwrong"),
        &[],
        &[
            "AWS refused GetCallerIdentity (SignatureDoesNotMatch",
            "hint: the secret access key",
        ],
    );
    fails(
        &sts,
        &keys,
        &["--assume-role", "arn:aws:iam::123456789012:role/other"],
        &[
            "AWS refused AssumeRole (AccessDenied",
            "hint: your user may not assume that role",
        ],
    );
    let sts = LoopbackSts::start();
    let home = Home::with(&keys);
    let outcome = home
        .run(
            &sts,
            &[
                "-p",
                "dev",
                "--assume-role",
                ROLE,
                "--duration",
                "2h",
                "--token",
                &sts.code(),
            ],
        )
        .run()
        .exits(1);
    outcome.says(&[
        "MaxSessionDuration",
        "hint: the role allows only shorter sessions",
    ]);
}

#[test]
fn keys_that_aws_refuses_cost_no_code() {
    let sts = LoopbackSts::start();
    for keys in [
        long_term_section().replace(ACCESS_KEY_ID, "AKIADELETED"),
        long_term_section().replace(SECRET_ACCESS_KEY, "wJalrXUtnFEMIwrong"),
    ] {
        fails(&sts, &keys, &[], &["GetCallerIdentity"]);
    }
    assert_eq!(sts.codes_received(), 0);
}

#[test]
fn a_code_is_sent_once_whatever_happens() {
    for (fault, words) in [
        (Fault::Drop, "no answer to GetSessionToken"),
        (
            Fault::InternalFailure,
            "AWS refused GetSessionToken (InternalFailure",
        ),
        (Fault::Throttle, "AWS refused GetSessionToken (Throttling"),
        (Fault::CaptivePortal, "is not from AWS STS"),
        (Fault::Empty, "is not from AWS STS"),
        (Fault::HalfAnswer, "no answer to GetSessionToken"),
        (Fault::TruncatedXml, "cannot be used"),
        (Fault::HugeBody, "GetSessionToken"),
        (Fault::TokenWithLineBreak, "cannot be used"),
        (
            Fault::ExpirationInThePast,
            "its expiration is not in the future",
        ),
        (Fault::ExpirationUnreadable, "GetSessionToken"),
    ] {
        let sts = LoopbackSts::start();
        sts.misbehave("GetSessionToken", fault);
        let home = Home::with(&long_term_section());
        let outcome = home
            .run(&sts, &["-v", "-p", "dev", "--token", &sts.code()])
            .run()
            .exits(1);
        outcome
            .says(&[
                words,
                "hint: ",
                "code may be spent",
                "the file is unchanged",
            ])
            .never_says("\u{1b}")
            .never_says("Hotel");
        assert_eq!(sts.codes_received(), 1, "{fault:?}");
        assert_eq!(home.credentials(), long_term_section(), "{fault:?}");
    }
}

#[test]
fn a_server_that_stalls_is_given_up_on() {
    for fault in [Fault::StalledBody, Fault::NoAnswer] {
        let start = std::time::Instant::now();
        let sts = LoopbackSts::start();
        sts.misbehave("GetSessionToken", fault);
        let home = Home::with(&long_term_section());
        let outcome = home
            .run(&sts, &["-p", "dev", "--token", &sts.code()])
            .run()
            .exits(1);
        outcome.says(&[
            "no answer to GetSessionToken",
            "hint: the code may be spent",
        ]);
        assert!(
            start.elapsed() < std::time::Duration::from_secs(40),
            "{fault:?}"
        );
        assert_eq!(sts.codes_received(), 1);
        assert_eq!(home.credentials(), long_term_section());
    }
}

#[test]
fn what_fails_before_the_code_costs_none() {
    for fault in [
        Fault::Drop,
        Fault::InternalFailure,
        Fault::CaptivePortal,
        Fault::Empty,
        Fault::Throttle,
    ] {
        let sts = LoopbackSts::start();
        sts.misbehave("GetCallerIdentity", fault);
        let home = Home::with(&long_term_section());
        home.run(&sts, &["-p", "dev", "--token", &sts.code()])
            .run()
            .exits(1)
            .says(&["GetCallerIdentity"])
            .never_says("may be spent");
        assert_eq!(sts.codes_received(), 0, "{fault:?}");
    }
}

#[test]
fn no_network() {
    let home = Home::with(&long_term_section());
    let outcome = home
        .run_offline(&["-p", "dev", "--token", "123456"])
        .run()
        .exits(1);
    outcome.says(&[
        "no answer to GetCallerIdentity",
        "caused by: ",
        "Connection refused",
        "hint: check the network",
    ]);
    assert_eq!(home.credentials(), long_term_section());
}

#[test]
fn files_and_sections_that_are_missing_are_named() {
    let home = Home::empty();
    let outcome = home
        .run_offline(&["-p", "dev", "--token", "123456"])
        .run()
        .exits(1);
    outcome.says(&[
        "there is no credentials file ",
        ".aws/credentials",
        "hint: run `aws-mfa setup --profile dev`",
    ]);

    let home = Home::with(&long_term_section());
    let outcome = home
        .run_offline(&["-p", "dve", "--token", "123456"])
        .run()
        .exits(1);
    outcome.says(&[
        "no section [dve-long-term] in ",
        "hint: profiles with long-term keys there: dev",
    ]);

    for (credentials, words) in [
        (
            long_term_section().replace("aws_secret_access_key", "secret"),
            "no aws_secret_access_key in [dev-long-term]",
        ),
        (
            long_term_section().replace("aws_mfa_device", "device"),
            "no MFA device is known for [dev-long-term]",
        ),
        (
            long_term_section().replace("AKIA", "ASIA"),
            "temporary keys",
        ),
        (
            long_term_section() + "role_arn = x\n",
            "role_arn has no place among permanent keys",
        ),
        (
            long_term_section() + "duration_seconds = 5\n",
            "duration_seconds in [dev-long-term]: 5 seconds is outside",
        ),
        (
            long_term_section() + "AWS_MFA_DEVICE = x\n",
            "line 5: aws_mfa_device is there twice in section [dev-long-term]",
        ),
        (
            long_term_section().replace(SERIAL, "arn:aws:iam::123456789012:u2f/user/alice/key"),
            "security key",
        ),
    ] {
        let home = Home::with(&credentials);
        home.run_offline(&["-p", "dev", "--token", "123456"])
            .run()
            .exits(1)
            .says(&[words]);
        assert_eq!(home.credentials(), credentials);
    }
}

#[test]
fn what_cannot_be_edited_is_refused_before_anything_is_sent() {
    let tripwire = Tripwire::set();
    for (bytes, words) in [
        (
            format!("{}[dev]\nx=1\n[z]\n[dev]\n", long_term_section()).into_bytes(),
            "line 8: section [dev] is there twice (first in line 5)",
        ),
        (
            format!("{}[ dev ]\n", long_term_section()).into_bytes(),
            "line 5: a header that only some AWS tools read as [dev]",
        ),
        (
            format!("{}junk\n", long_term_section()).into_bytes(),
            "line 5: neither a section header nor",
        ),
        (
            [long_term_section().as_bytes(), b"# caf\xe9\n"].concat(),
            "line 5: not UTF-8 text",
        ),
        (
            [b"\xef\xbb\xbf", long_term_section().as_bytes()].concat(),
            "byte order mark",
        ),
        (
            long_term_section().replace('\n', "\r").into_bytes(),
            "[dev-long-term]",
        ),
    ] {
        let home = Home::with_bytes(&bytes);
        let run = home
            .run_offline(&["-p", "dev", "--token", "123456"])
            .env("AWS_ENDPOINT_URL_STS", &tripwire.url());
        run.run().exits(1).says(&[words]);
        assert_eq!(std::fs::read(home.credentials_path()).unwrap(), bytes);
    }
    assert_eq!(tripwire.hits(), 0);
}

#[test]
fn a_system_without_certificates_is_said() {
    let home = Home::with(&long_term_section());
    let empty = home.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let run = |sts: &LoopbackSts| {
        let run = home.run(sts, &["-p", "dev", "--token", &sts.code()]);
        run.env("SSL_CERT_FILE", empty.to_str().unwrap()).run()
    };
    let sts = LoopbackSts::start_with_tls();
    run(&sts)
        .exits(1)
        .says(&["no trusted certificates", "hint: install them"]);
    assert_eq!(sts.connections(), 0);
    // Where nobody needs to be trusted, as in the sandbox on a bare system, nobody is missed.
    run(&LoopbackSts::start()).exits(0);
}

#[test]
fn sections_that_tools_read_differently_are_named_also_with_force() {
    let twice = format!(
        "{}{}[dev-long-term]\nk=v\n",
        crate::support::session_section(3600),
        long_term_section()
    );
    let home = Home::with(&twice);
    home.run_offline(&["-p", "dev"]).run().exits(0);
    home.run_offline(&["check", "-p", "dev"]).run().exits(0);
    let words = ["line 12: section [dev-long-term] is there twice (first in line 8)"];
    home.run_offline(&["-p", "dev", "--force", "--token", "123456"])
        .run()
        .exits(1)
        .says(&words);
    home.run_offline(&["check", "-p", "dev", "--min-remaining", "2h"])
        .run()
        .exits(1)
        .says(&words);
}

#[test]
fn of_many_profiles_the_nearest_are_named() {
    let profiles: String = (0..300)
        .map(|n| format!("[team{n:03}-long-term]\n"))
        .collect();
    let home = Home::with(&format!("{profiles}{}", long_term_section()));
    for args in [&["-p", "dve"][..], &["check", "-p", "dve"]] {
        let outcome = home.run_offline(args).run().exits(1);
        outcome
            .says(&[
                "of 301 profiles",
                "the nearest are: dev, ",
                "`aws-mfa list`",
            ])
            .never_says("team299");
    }
}

#[test]
fn what_is_damaged_is_said_by_every_command() {
    let half = "[dev]\naws_access_key_id = ASIAX\naws_session_token = x\nexpiration = 2099-01-01 00:00:00\n";
    let odd = crate::support::session_section_until("tomorrow");
    for (credentials, words) in [
        (
            half.to_owned(),
            "the session's aws_secret_access_key is missing or unreadable",
        ),
        (odd, "the session's expiration is missing or unreadable"),
        (String::new(), "no session yet"),
    ] {
        let home = Home::with(&format!("{credentials}{}", long_term_section()));
        let outcome = home.run_offline(&["check", "-p", "dev"]).run().exits(3);
        assert!(outcome.stdout.contains(words), "{}", outcome.stdout);
        for args in [
            &["-p", "dev"][..],
            &["env", "-p", "dev"],
            &["credential-process", "-p", "dev"],
        ] {
            home.run_offline(args).run().exits(3).says(&[words]);
        }
        home.run_offline(&["exec", "-p", "dev", "--", "true"])
            .run()
            .exits(125)
            .says(&[words]);
        home.run_offline(&["list"]).run().exits(0);
    }
    let empty = Home::with("");
    for (args, code) in [
        (&["check"][..], 1),
        (&[], 1),
        (&["env"], 1),
        (&["exec", "--", "true"], 125),
        (&["credential-process"], 1),
        (&["clear"], 1),
        (&["list"], 0),
    ] {
        let outcome = empty.run_offline(args).run().exits(code);
        assert!(!outcome.stderr.contains("panic"), "{}", outcome.stderr);
    }
}

/// As from cron and Task Scheduler.
#[test]
fn as_a_pre_check_without_a_terminal() {
    let valid = Home::with(&crate::support::session_section(3600));
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
