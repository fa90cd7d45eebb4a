//! The loopback STS as a program, for suites in other languages: prints its URL, then a new code for each line that it reads.
//! Ends with its standard input.

#![allow(clippy::print_stdout, reason = "it is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the tests"
)]

#[path = "../support/mod.rs"]
mod support;

use support::sts::LoopbackSts;

fn main() {
    let sts = LoopbackSts::start();
    println!("{}", sts.url());
    for line in std::io::stdin().lines() {
        line.unwrap();
        println!("{}", sts.code());
    }
}
