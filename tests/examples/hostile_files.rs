//! Writes hostile random credentials files, and what the editor makes of them, for a judge that isn't ours:
//! `cargo run --example hostile_files -- SEED COUNT FOLDER`. The files of each are named `N.` and:
//! - `before`: the file; `target`: the name of the section that is edited;
//! - `after`, or `refused`: with a session in that section; `odd` where the AWS CLI rejects `after`, as a warning says;
//! - `replaced`: with other permanent keys there;
//! - `values`: what is read in that section as permanent keys and settings, a `key=value` a line.

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
use aws_mfa::Edit;
use aws_mfa::Properties;
use aws_mfa::Secret;
use aws_mfa::SessionCredentials;
use aws_mfa::managed_keys;
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
        let target = match number % 8 {
            7 => hostile::ODD_TARGETS[number / 8 % hostile::ODD_TARGETS.len()],
            _ => hostile::TARGET,
        };
        let write = |kind: &str, content: &[u8]| {
            std::fs::write(folder.join(format!("{number}.{kind}")), content).unwrap();
        };
        write("before", &before);
        write("target", target.as_bytes());
        let document = match Document::parse(&before) {
            Ok(document) => document,
            Err(refusal) => {
                write("refused", refusal.to_string().as_bytes());
                continue;
            }
        };
        match session.with_edits(|edits| document.set(target, edits)) {
            Ok(after) => write("after", after.as_bytes()),
            Err(refusal) => write("refused", refusal.to_string().as_bytes()),
        }
        let oddities = document.oddities(target, &managed_keys());
        if oddities.iter().any(|oddity| oddity.kind.is_for_everyone()) {
            write("odd", b"");
        }
        if let Ok(replaced) = document.set_long_term(target, &["region"], &PAIR) {
            write("replaced", replaced.as_bytes());
        }
        // A lone carriage return, which ends a line in Python only, is refused before anything is asked.
        if !String::from_utf8_lossy(&before)
            .replace("\r\n", "")
            .contains('\r')
        {
            write("values", values(&document, target).as_bytes());
        }
    }
}

/// Other permanent keys, without a token next to them, as `setup` writes them.
const PAIR: [Edit<'static>; 4] = [
    Edit {
        key: "aws_access_key_id",
        value: Some("AKIANEW"),
    },
    Edit {
        key: "aws_secret_access_key",
        value: Some("new/Secret+"),
    },
    Edit {
        key: "aws_session_token",
        value: None,
    },
    Edit {
        key: "aws_security_token",
        value: None,
    },
];

fn values(document: &Document<'_>, section: &str) -> String {
    let Ok(Some(section)) = document.section(section) else {
        return String::new();
    };
    let properties = Properties::read(&section);
    let keys = [
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "region",
        "output",
        "credential_process",
        "expiration",
        "assumed_role",
        "s3",
    ];
    let read = keys.map(|key| match properties.lenient_value(key) {
        Ok(Some(value)) => format!("{key}={value}\n"),
        _ => String::new(),
    });
    read.concat()
}
