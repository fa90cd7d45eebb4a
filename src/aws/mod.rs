//! AWS: the client that all of its services share, the calls to STS, the connection that is kept open
//! while a code is typed, and what AWS refuses. Edge.

mod call;
mod client;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod identity;
pub(crate) mod sts;
mod tls;
mod traffic;
mod trust;
