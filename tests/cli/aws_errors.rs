//! What goes wrong at AWS or on the way to it: words, exit codes, and what it costs.

use crate::support::home::Home;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::{ACCESS_KEY_ID, ROLE, SECRET_ACCESS_KEY, long_term_section};

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
