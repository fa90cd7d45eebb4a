//! The loopback AWS (STS and IAM) as a program, for suites in other languages: prints its URL, then a new code for each line that it reads.
//! It knows thirty roles, `role0` to `role29`, which trust the user with MFA. Ends with its standard input.

#![allow(clippy::print_stdout, reason = "it is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the tests"
)]

#[path = "../support/mod.rs"]
mod support;

use support::sts::{LoopbackSts, Trust};
use support::{ACCOUNT, USER};

fn main() {
    let sts = LoopbackSts::start();
    for number in 0..30 {
        let trust = Trust {
            principal: USER.to_owned(),
            needs_mfa: true,
            external_id: None,
        };
        sts.add_role(&format!("arn:aws:iam::{ACCOUNT}:role/role{number}"), trust);
    }
    println!("{}", sts.url());
    for line in std::io::stdin().lines() {
        line.unwrap();
        println!("{}", sts.code());
    }
}
