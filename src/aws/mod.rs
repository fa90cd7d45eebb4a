//! AWS: clients, calls to STS and IAM, the connection kept open while a code is typed, and errors. Edge.

pub(crate) mod authorities;
mod call;
mod client;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod iam;
pub(crate) mod identity;
mod proxy_status;
pub(crate) mod refusal;
pub(crate) mod sts;
mod tls;
mod traffic;
