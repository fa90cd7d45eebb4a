//! What the tests and the sandbox example share: a strict AWS on loopback, a temporary home, a
//! way to run the program, and the search for secrets in whatever it printed.

// Each user of this module uses a part of it.
#![allow(dead_code)]
#![allow(unreachable_pub, missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::use_debug,
    clippy::print_stderr,
    clippy::doc_markdown,
    clippy::duration_suboptimal_units,
    clippy::needless_pass_by_value,
    clippy::too_many_lines
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read the clock, clean environments and write files"
)]

pub mod documents;
pub mod faults;
pub mod home;
pub mod iam;
pub mod lab;
#[cfg(unix)]
pub mod pty;
pub mod relay;
pub mod run;
pub mod sigv4;
pub mod sts;
#[cfg(unix)]
pub mod tools;

use std::time::{Duration, Instant};

/// The IAM user whose keys the loopback STS knows.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// Its secret.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// Its ARN.
pub const USER: &str = "arn:aws:iam::123456789012:user/alice";
/// Its MFA device.
pub const SERIAL: &str = "arn:aws:iam::123456789012:mfa/alice";
/// The MFA device of its account's root user.
pub const ROOT_SERIAL: &str = "arn:aws:iam::123456789012:mfa/root-account-mfa-device";
/// Its account.
pub const ACCOUNT: &str = "123456789012";
/// A role that it may assume for at most an hour.
pub const ROLE: &str = "arn:aws:iam::123456789012:role/admin";
/// Begins every secret access key and session token that the loopback STS hands out, so that they
/// can be searched for.
pub const ISSUED_SECRET: &str = "SandboxSecret/";
/// As [`ISSUED_SECRET`].
pub const ISSUED_TOKEN: &str = "SandboxToken//";
/// The session of the fixtures that is old or still valid.
pub const STORED_ACCESS_KEY_ID: &str = "ASIASTOREDEXAMPLE123";
/// As [`STORED_ACCESS_KEY_ID`].
pub const STORED_SECRET: &str = "StoredSecret/7MDENG";
/// As [`STORED_ACCESS_KEY_ID`].
pub const STORED_TOKEN: &str = "StoredToken//IQoJb3JpZ2luX2VjE";

/// Everything that no output may ever hold.
pub const SECRETS: [&str; 5] = [
    SECRET_ACCESS_KEY,
    ISSUED_SECRET,
    ISSUED_TOKEN,
    STORED_SECRET,
    STORED_TOKEN,
];

/// The end of the prompt for a code.
pub const PROMPT: &str = "MFA code for dev (arn:aws:iam::123456789012:mfa/alice): ";

/// A section with the user's permanent keys.
pub fn keys_section(name: &str) -> String {
    format!(
        "[{name}]\naws_access_key_id = {ACCESS_KEY_ID}\n\
         aws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    )
}

/// The long-term section of profile `dev`.
pub fn long_term_section() -> String {
    long_term_section_of("dev")
}

/// The long-term section of another profile.
pub fn long_term_section_of(profile: &str) -> String {
    keys_section(&format!("{profile}-long-term")) + "aws_mfa_device = " + SERIAL + "\n"
}

/// The long-term section of profile `dev`, with keys that AWS doesn't know.
pub fn deleted_long_term_section() -> String {
    long_term_section().replace(ACCESS_KEY_ID, "AKIADELETED")
}

/// A session section, `[dev]`, that ends so many seconds from now.
pub fn session_section(seconds_left: i64) -> String {
    let expiration = time::OffsetDateTime::now_utc() + time::Duration::seconds(seconds_left);
    session_section_until(&aws_mfa::format_expiration(expiration))
}

/// A session section, `[dev]`, with this expiration.
pub fn session_section_until(expiration: &str) -> String {
    format!(
        "[dev]\nassumed_role = False\naws_access_key_id = {STORED_ACCESS_KEY_ID}\n\
         aws_secret_access_key = {STORED_SECRET}\naws_session_token = {STORED_TOKEN}\n\
         aws_security_token = {STORED_TOKEN}\nexpiration = {expiration}\n"
    )
}

/// Waits until something is so, for 20 seconds at most.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "not in 20 seconds: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The time now.
pub fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}

/// A command in a message: on Windows, its words have double quotes.
pub fn for_this_system(command: &str) -> String {
    if cfg!(windows) {
        command.replace('\'', "\"")
    } else {
        command.to_owned()
    }
}
