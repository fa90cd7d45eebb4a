//! AWS's side: the client, the calls to STS, the connection that is kept open while a code is
//! typed, and what AWS refuses.

pub mod connection;
pub mod error;
mod signing;
pub mod sts;
mod tls;
mod traffic;
mod trust;
