//! The editor of the credentials file, on files: fixtures byte for byte, and properties over hostile random ones.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod fixtures;
#[path = "../support/hostile.rs"]
#[allow(unreachable_pub, missing_docs)]
mod hostile;
#[path = "../support/oracle.rs"]
#[allow(unreachable_pub)]
mod oracle;
mod properties;
mod public_shapes;
