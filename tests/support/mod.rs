//! What the tests and the sandbox example share: a strict AWS STS on loopback, a temporary home, a way to run the program,
//! and the search for secrets in whatever it printed.

// Each user of this module uses a part of it.
#![allow(dead_code)]
#![allow(unreachable_pub, missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::use_debug,
    clippy::print_stderr,
    clippy::doc_markdown,
    clippy::duration_suboptimal_units,
    clippy::needless_pass_by_value
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read the clock, clean environments and write files"
)]

pub mod home;
#[cfg(target_os = "linux")]
pub mod linux;
#[cfg(unix)]
pub mod pty;
pub mod relay;
pub mod run;
pub mod sigv4;
pub mod sts;

/// The IAM user whose keys the loopback STS knows.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// Its secret.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// Its ARN.
pub const USER: &str = "arn:aws:iam::123456789012:user/alice";
/// Its MFA device.
pub const SERIAL: &str = "arn:aws:iam::123456789012:mfa/alice";
/// Its account.
pub const ACCOUNT: &str = "123456789012";
/// A role that it may assume for at most an hour.
pub const ROLE: &str = "arn:aws:iam::123456789012:role/admin";
/// Begins every secret access key and session token that the loopback STS hands out, so that they can be searched for.
pub const ISSUED_SECRET: &str = "SandboxSecret/";
/// As [`ISSUED_SECRET`].
pub const ISSUED_TOKEN: &str = "SandboxToken//";
/// The session of the fixtures that is old or still valid.
pub const STORED_SECRET: &str = "StoredSecret/7MDENG";
/// As [`STORED_SECRET`].
pub const STORED_TOKEN: &str = "StoredToken//IQoJb3JpZ2luX2VjE";

/// Everything that no output may ever hold.
pub const SECRETS: [&str; 5] = [
    SECRET_ACCESS_KEY,
    ISSUED_SECRET,
    ISSUED_TOKEN,
    STORED_SECRET,
    STORED_TOKEN,
];

/// The long-term section of profile `dev`.
pub fn long_term_section() -> String {
    format!(
        "[dev-long-term]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n\
         aws_mfa_device = {SERIAL}\n"
    )
}

/// A session section, `[dev]`, that ends so many seconds from now.
pub fn session_section(seconds_left: i64) -> String {
    let expiration = time::OffsetDateTime::now_utc() + time::Duration::seconds(seconds_left);
    session_section_until(&aws_mfa::format_expiration(expiration))
}

/// A session section, `[dev]`, with this expiration.
pub fn session_section_until(expiration: &str) -> String {
    format!(
        "[dev]\nassumed_role = False\naws_access_key_id = ASIASTOREDEXAMPLE123\naws_secret_access_key = {STORED_SECRET}\n\
         aws_session_token = {STORED_TOKEN}\naws_security_token = {STORED_TOKEN}\nexpiration = {expiration}\n"
    )
}
/// The time now.
pub fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}
