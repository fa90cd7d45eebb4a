//! What goes wrong at AWS or on the way to it: words, exit codes, and what it costs.

use crate::support::home::{Home, LOCK};
use crate::support::lab::Lab;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::{ROLE, SECRET_ACCESS_KEY, deleted_long_term_section, long_term_section};

/// A refresh with this file fails with these words and changes nothing; returns the lab.
#[track_caller]
fn fails(credentials: &str, args: &[&str], words: &[&str]) -> Lab {
    let lab = Lab::with(credentials);
    for verbose in [&[][..], &["-v"]] {
        lab.refresh(&[args, verbose].concat())
            .run()
            .exits(1)
            .prints("")
            .says(words)
            .says(&["aws-mfa: error: "])
            .never_says("\u{1b}");
        assert_eq!(lab.credentials(), credentials);
        assert_eq!(
            lab.home.files(),
            [LOCK, "credentials"],
            "nothing is left behind"
        );
    }
    lab
}

/// In the words of AWS, for the kinds of policies, and for a region that isn't the endpoint's.
#[test]
fn policies_and_regions_are_told_from_wrong_codes() {
    const DENIED: &str = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: \
                          sts:GetSessionToken";
    for (operation, code, message, words) in [
        (
            "GetSessionToken",
            "AccessDenied",
            " with an explicit deny",
            "a policy forbids this, whatever the MFA code",
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            " with an explicit deny in a service control policy",
            "a service control policy of your organization forbids this, whatever the MFA code",
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            " because no permissions boundary allows the sts:GetSessionToken action",
            "a permissions boundary of your user doesn't allow this, whatever the MFA code",
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            " because no session policy allows the sts:GetSessionToken action",
            "a session policy doesn't allow this, whatever the MFA code",
        ),
    ] {
        let lab = Lab::new();
        let message: &'static str = format!("{DENIED}{message}").leak();
        lab.sts.misbehave(operation, Fault::Refusal(code, message));
        let outcome = lab.refresh(&[]).run().exits(1).says(&[words]);
        outcome.never_says("next one");
    }
    for (code, message, words) in [
        (
            "SignatureDoesNotMatch",
            "Credential should be scoped to a valid region. ",
            "is not in region me-south-1 (from --region)",
        ),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            "your account hasn't enabled the region me-south-1 (from --region)",
        ),
        (
            "ThrottlingException",
            "Rate exceeded",
            "AWS is throttling requests: wait a minute",
        ),
        (
            "RegionDisabledException",
            "STS is not activated in this region for account:123456789012.",
            "region me-south-1 (from --region) is not enabled for your account",
        ),
    ] {
        let lab = Lab::new();
        lab.sts
            .misbehave("GetCallerIdentity", Fault::Refusal(code, message));
        let outcome = lab.refresh(&["--region", "me-south-1"]).run().exits(1);
        outcome.says(&[words]);
        assert_eq!(lab.sts.codes_received(), 0);
    }
}

#[test]
fn refusals_are_explained() {
    let keys = long_term_section();
    fails(
        &keys,
        &["--token", "000000"],
        &[
            "AWS refused GetSessionToken (AccessDenied, request \
             c6104cbe-af31-11e0-8154-cbc7ccf896c7)",
            "caused by: MultiFactorAuthentication failed with invalid MFA",
            "hint: ",
            "next one",
        ],
    );
    fails(
        &keys.replace(":mfa/alice", ":mfa/bob"),
        &[],
        &[
            "unable to validate MFA code",
            "hint: the MFA serial (arn:aws:iam::123456789012:mfa/bob, \
             from aws_mfa_device in [dev-long-term]) isn't one of this user's devices",
        ],
    );
    fails(
        &keys,
        &["--assume-role", "arn:aws:iam::123456789012:role/other"],
        &[
            "AWS refused AssumeRole (AccessDenied",
            "hint: your user isn't allowed to assume that role",
        ],
    );
    fails(
        &keys,
        &["--assume-role", ROLE, "--duration", "2h"],
        &[
            "MaxSessionDuration",
            "hint: the role allows only shorter sessions",
        ],
    );
}

#[test]
fn keys_that_aws_refuses_are_explained_and_cost_no_code() {
    for (keys, refusal, hint) in [
        (
            deleted_long_term_section(),
            "(InvalidClientTokenId",
            "hint: AWS doesn't know this access key",
        ),
        (
            long_term_section().replace(SECRET_ACCESS_KEY, "wJalrXUtnFEMIwrong"),
            "(SignatureDoesNotMatch",
            "hint: the secret access key",
        ),
    ] {
        let refusal = format!("AWS refused GetCallerIdentity {refusal}");
        let lab = fails(&keys, &[], &[&refusal, hint]);
        assert_eq!(lab.sts.codes_received(), 0);
    }
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
        (Fault::HugeBody, "is longer than 64 KiB"),
        (Fault::EndlessBody, "is longer than 64 KiB"),
        (Fault::PermanentKey, "doesn't start with ASIA"),
        (
            Fault::LongToken,
            "a key or the session token is too short or too long",
        ),
        (
            Fault::ExpirationFarAway,
            "its expiration is too far in the future",
        ),
        (Fault::TokenWithLineBreak, "cannot be used"),
        (
            Fault::ExpirationInThePast,
            "its expiration is not in the future",
        ),
        (Fault::ExpirationUnreadable, "GetSessionToken"),
    ] {
        let lab = Lab::new();
        lab.sts.misbehave("GetSessionToken", fault);
        lab.refresh(&["-v"])
            .run()
            .exits(1)
            .says(&[
                words,
                "hint: ",
                "code may have been used",
                "the file is unchanged",
            ])
            .never_says("\u{1b}")
            .never_says("Hotel");
        assert_eq!(lab.sts.codes_received(), 1, "{fault:?}");
        assert_eq!(lab.credentials(), long_term_section(), "{fault:?}");
    }
}

#[test]
fn a_server_that_stalls_is_given_up_on() {
    for fault in [Fault::StalledBody, Fault::NoAnswer] {
        let start = std::time::Instant::now();
        let lab = Lab::new();
        lab.sts.misbehave("GetSessionToken", fault);
        lab.refresh(&[]).run().exits(1).says(&[
            "no answer to GetSessionToken",
            "hint: the code may have been used",
        ]);
        assert!(
            start.elapsed() < std::time::Duration::from_secs(40),
            "{fault:?}"
        );
        assert_eq!(lab.sts.codes_received(), 1);
        assert_eq!(lab.credentials(), long_term_section());
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
        Fault::EndlessBody,
        Fault::NoAccount,
        Fault::LongArn,
    ] {
        let lab = Lab::new();
        lab.sts.misbehave("GetCallerIdentity", fault);
        lab.refresh(&[])
            .run()
            .exits(1)
            .says(&["GetCallerIdentity"])
            .never_says("may have been used");
        assert_eq!(lab.sts.codes_received(), 0, "{fault:?}");
    }
}

#[test]
fn no_network() {
    let home = Home::with(&long_term_section());
    home.refresh_offline(&[]).run().exits(1).says(&[
        "no answer to GetCallerIdentity",
        "caused by: ",
        "Connection refused",
        "hint: check the network",
    ]);
    assert_eq!(home.credentials(), long_term_section());
}

#[test]
fn a_system_without_certificates_is_said() {
    let refresh = |lab: &Lab| {
        let empty = lab.home.write("empty.pem", "");
        lab.refresh(&[]).env("SSL_CERT_FILE", &empty).run()
    };
    let lab = Lab::with_tls();
    refresh(&lab)
        .exits(1)
        .says(&["no trusted certificates", "hint: install them"]);
    assert_eq!(lab.sts.connections(), 0);
    // Where nobody needs to be trusted, as in the sandbox on a bare system, nobody is missed.
    refresh(&Lab::new()).exits(0);
}

/// It covers the room that the rehearsal asked for.
#[test]
fn the_longest_token_is_stored() {
    let lab = Lab::new();
    lab.sts.misbehave("GetSessionToken", Fault::LongestToken);
    lab.refresh(&[]).run().exits(0);
    assert!(lab.credentials().len() > 2 * 16 * 1024);
    lab.run(&["check", "-p", "dev"]).run().exits(0);
}

/// `Run` searches the output for the code as a word; here it may stand anywhere.
#[test]
fn aws_s_words_never_repeat_the_code() {
    for fault in [Fault::RepeatsCode, Fault::RepeatsCodeInContentType] {
        for operation in ["GetSessionToken", "AssumeRole"] {
            let lab = Lab::new();
            lab.sts.misbehave(operation, fault);
            let role = if operation == "AssumeRole" { ROLE } else { "" };
            let code = lab.sts.code();
            let args = ["-v", "-p", "dev", "--token", &code, "--assume-role", role];
            let args = if role.is_empty() { &args[..5] } else { &args };
            let outcome = lab.run(args).run().exits(1);
            let outcome = outcome.says(&["******"]).never_says(&code);
            // Nor does a part of it end an excerpt.
            let outcome = outcome.never_says(&code[..5]);
            let spelled: Vec<String> = code.chars().map(String::from).collect();
            outcome.never_says(&spelled.join("-"));
            assert_eq!(lab.sts.codes_received(), 1);
        }
    }
}

#[test]
fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        for operation in ["GetCallerIdentity", "GetSessionToken"] {
            let other = LoopbackSts::start();
            let lab = Lab::new();
            let fault = Fault::Redirect(status, other.address());
            lab.sts.misbehave(operation, fault);
            let words = format!("the answer to {operation} (HTTP status {status}, text/xml) is");
            lab.refresh(&[]).run().exits(1).says(&[&words]);
            assert_eq!(other.connections(), 0);
            let sends_code = operation == "GetSessionToken";
            assert_eq!(lab.sts.codes_received(), usize::from(sends_code));
        }
    }
}
