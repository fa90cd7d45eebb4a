//! Writes hostile random credentials files, and what the editor makes of them, for a judge that isn't ours:
//! `cargo run --example hostile_files -- SEED COUNT FOLDER`. Each is `N.before` and `N.after`, or `N.refused`.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the tests"
)]

#[path = "../support/hostile.rs"]
#[allow(unreachable_pub)]
mod hostile;

use std::path::PathBuf;

use aws_mfa::Document;
use aws_mfa::Secret;
use aws_mfa::SessionCredentials;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use time::macros::datetime;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().expect("SEED COUNT FOLDER");
    let seed: u64 = argument().parse().unwrap();
    let count: usize = argument().parse().unwrap();
    let folder = PathBuf::from(argument());

    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let session = SessionCredentials {
        access_key_id: "ASIANEW".to_owned(),
        secret_access_key: Secret::new("sec/ret+"),
        session_token: Secret::new("tok//en=="),
        expiration: datetime!(2026-11-22 20:00:00 UTC),
        role_arn: None,
    };
    for number in 0..count {
        let before = hostile::file().new_tree(&mut runner).unwrap().current();
        let edited = Document::parse(&before)
            .and_then(|document| session.with_edits(|edits| document.set(hostile::TARGET, edits)));
        let path = |kind: &str| folder.join(format!("{number}.{kind}"));
        match edited {
            Ok(after) => std::fs::write(path("after"), after.as_bytes()).unwrap(),
            Err(refusal) => std::fs::write(path("refused"), refusal.to_string()).unwrap(),
        }
        std::fs::write(path("before"), before).unwrap();
    }
}
