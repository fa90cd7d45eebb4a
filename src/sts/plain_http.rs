//! Requests without TLS go nowhere but to this computer itself: a code and a session would be anybody's to read.

use std::net::IpAddr;

use aws_sdk_sts::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;

/// Stops a request before it is signed.
#[derive(Debug)]
pub(super) struct NoPlainHttp;

/// An endpoint without TLS, at another computer.
#[derive(Debug, thiserror::Error)]
#[error("plain http")]
pub(super) struct PlainHttp {
    /// The host.
    pub(super) host: String,
}

impl Intercept for NoPlainHttp {
    fn name(&self) -> &'static str {
        "NoPlainHttp"
    }

    fn read_before_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match host_without_tls(context.request().uri()) {
            Some(host) => Err(Box::new(PlainHttp {
                host: host.to_owned(),
            })),
            None => Ok(()),
        }
    }
}

/// The host of a URL without TLS, unless it is this computer.
fn host_without_tls(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host_and_port = authority.rsplit('@').next()?;
    let host = match host_and_port.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => host_and_port.split(':').next()?,
    };
    let is_here = host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    (!scheme.eq_ignore_ascii_case("https") && !is_here).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_may_go_without_tls() {
        for (url, host) in [
            ("https://sts.amazonaws.com/", None),
            ("http://127.0.0.1:8080/", None),
            ("http://127.1.2.3/?x", None),
            ("http://LOCALHOST:1/", None),
            ("http://[::1]:1/", None),
            ("http://sts.amazonaws.com/", Some("sts.amazonaws.com")),
            ("http://10.0.0.1:8080/", Some("10.0.0.1")),
            ("http://localhost@evil.example/", Some("evil.example")),
            (
                "http://localhost.evil.example/",
                Some("localhost.evil.example"),
            ),
            ("http://[2001:db8::1]:1/", Some("2001:db8::1")),
            ("HTTP://evil.example", Some("evil.example")),
        ] {
            assert_eq!(host_without_tls(url), host, "{url}");
        }
    }
}
