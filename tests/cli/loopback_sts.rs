//! The loopback STS is itself strict: what it accepts is worth something.

use crate::support::SECRET_ACCESS_KEY;
use crate::support::lab::Lab;
use crate::support::sigv4::{Authorization, SignedRequest, verify};
use crate::support::sts::LoopbackSts;

/// A request signed by hand, with Python's hmac and hashlib, from the specification.
const BODY: &[u8] = b"Action=GetCallerIdentity&Version=2011-06-15";

fn headers() -> Vec<(String, String)> {
    [
        ("host", "sts.amazonaws.com"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-amz-date", "20261122T100000Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/us-east-1/sts/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=36d3a4671c33de6c1be4a5d6498dc1777e951d436db5d57134e1cb9ffbc8bf23",
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn verifies(headers: &[(String, String)], path: &str, body: &[u8], secret: &str) -> bool {
    let request = SignedRequest {
        method: "POST",
        path,
        query: "",
        headers,
        body,
    };
    let authorization = headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap();
    verify(
        &request,
        &Authorization::parse(&authorization.1).unwrap(),
        secret,
    )
}

#[test]
fn a_good_signature_is_accepted_and_every_change_refused() {
    let good = headers();
    assert!(verifies(&good, "/", BODY, SECRET_ACCESS_KEY));
    assert!(!verifies(&good, "/", BODY, "wrong"), "another secret");
    assert!(
        !verifies(
            &good,
            "/",
            b"Action=GetCallerIdentity&Version=2011-06-16",
            SECRET_ACCESS_KEY
        ),
        "another body"
    );
    assert!(
        !verifies(&good, "/x", BODY, SECRET_ACCESS_KEY),
        "another path"
    );
    for changed in [0, 1, 2] {
        let mut headers = headers();
        headers[changed].1.push('1');
        assert!(
            !verifies(&headers, "/", BODY, SECRET_ACCESS_KEY),
            "another {}",
            headers[changed].0
        );
    }
    let mut unsigned_host = headers();
    unsigned_host[3].1 = unsigned_host[3].1.replace(";host", "");
    assert!(
        !verifies(&unsigned_host, "/", BODY, SECRET_ACCESS_KEY),
        "the host isn't signed"
    );
}

#[test]
fn a_code_works_once() {
    let lab = Lab::new();
    let code = lab.sts.code();
    lab.run(&["-p", "dev", "--token", &code]).run().exits(0);
    lab.run(&["-p", "dev", "--force", "--token", &code])
        .run()
        .exits(1)
        .says(&["invalid MFA one time pass code"]);
    lab.refresh(&["--force"]).run().exits(0);
    assert_eq!(lab.sts.received().last().unwrap().status, 200);
}

#[test]
fn codes_do_not_repeat() {
    let sts = LoopbackSts::start();
    let codes: std::collections::HashSet<String> = (0..10_000).map(|_| sts.code()).collect();
    assert_eq!(codes.len(), 10_000);
    assert!(codes.iter().all(|code| code.len() == 6));
}
