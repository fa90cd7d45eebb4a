//! A custom endpoint: the URL to call instead of AWS's own.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::Setting;
use super::aws::Service;
use crate::error::Error;

/// https, or http to this computer only: elsewhere, anyone could read the code and the session.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(Uri);

impl Endpoint {
    pub(crate) fn parse(setting: &Setting<String>) -> Result<Setting<Self>, Error> {
        let problem = |words: &str| setting.origin.problem(words);
        let no_url = || problem("not a URL; expected something like https://sts.example.com");
        let uri: Uri = setting.value.parse().map_err(|_| no_url())?;
        let endpoint = Self(uri);
        let (Some(scheme), Some(host)) = (endpoint.0.scheme_str(), endpoint.0.host()) else {
            return Err(no_url());
        };
        let has_bad_port =
            endpoint.host_and_port().len() > host.len() && endpoint.0.port().is_none();
        if host.is_empty() || has_bad_port {
            return Err(no_url());
        }
        match scheme {
            "https" => Ok(()),
            "http" if is_this_computer(host) => Ok(()),
            "http" => Err(problem(&format!(
                "{host} without TLS: others could read keys and codes; use an https:// URL"
            ))),
            _ => Err(no_url()),
        }?;
        Ok(Setting::new(endpoint, setting.origin.clone()))
    }

    /// Includes user and password.
    pub(crate) fn url(&self) -> String {
        self.0.to_string()
    }

    /// Without user and password.
    pub(crate) fn host_and_port(&self) -> &str {
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        authority.rsplit('@').next().unwrap_or(authority)
    }

    pub(crate) fn has_tls(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Whether it is AWS's own for this service, which listens on the default port only.
    pub(crate) fn is_of(&self, service: &Service) -> bool {
        let is_usual_port = matches!(self.0.port_u16(), None | Some(443));
        self.has_tls() && is_usual_port && self.0.host().is_some_and(|host| service.is_at(host))
    }
}

/// Without user and password.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint")
            .field(&self.host_and_port())
            .finish()
    }
}

fn is_this_computer(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || ip.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::super::aws::STS;
    use super::*;
    use crate::settings::Origin;

    fn parse(url: &str) -> Result<Endpoint, String> {
        let setting = Setting::new(url.to_owned(), Origin::Variable("AWS_ENDPOINT_URL"));
        let endpoint = Endpoint::parse(&setting).map_err(|error| error.to_string());
        endpoint.map(|endpoint| endpoint.value)
    }

    #[test]
    fn hosts_are_named_without_passwords() {
        for (url, host, is_aws) in [
            (
                "https://sts.eu-west-1.amazonaws.com",
                "sts.eu-west-1.amazonaws.com",
                true,
            ),
            (
                "https://vpce-1.sts.us-east-1.vpce.amazonaws.com:443/",
                "vpce-1.sts.us-east-1.vpce.amazonaws.com:443",
                true,
            ),
            (
                "https://STS.cn-north-1.amazonaws.com.cn",
                "STS.cn-north-1.amazonaws.com.cn",
                true,
            ),
            (
                "https://sts.eu-west-1.api.aws",
                "sts.eu-west-1.api.aws",
                true,
            ),
            (
                "https://sts.eu-west-1.amazonaws.com:8443",
                "sts.eu-west-1.amazonaws.com:8443",
                false,
            ),
            (
                "https://sts.amazonaws.com@evil.example/sts.amazonaws.com",
                "evil.example",
                false,
            ),
            (
                "https://bucket.s3.amazonaws.com",
                "bucket.s3.amazonaws.com",
                false,
            ),
            ("http://127.0.0.1:8080/x", "127.0.0.1:8080", false),
            ("http://127.1.2.3/?x", "127.1.2.3", false),
            ("HTTP://LOCALHOST:1/", "LOCALHOST:1", false),
            ("http://[::1]:1/", "[::1]:1", false),
            ("https://user:pw@proxy.example/?q", "proxy.example", false),
            (
                "https://amazonaws.com.evil.example",
                "amazonaws.com.evil.example",
                false,
            ),
            ("https://evilamazonaws.com", "evilamazonaws.com", false),
        ] {
            let endpoint = parse(url).unwrap();
            assert_eq!(
                (endpoint.host_and_port(), endpoint.is_of(&STS)),
                (host, is_aws),
                "{url}"
            );
        }
    }

    #[test]
    fn plain_http_is_only_for_this_computer() {
        for (url, host) in [
            ("http://sts.amazonaws.com/", "sts.amazonaws.com"),
            ("http://10.0.0.1:8080/", "10.0.0.1"),
            ("http://localhost@evil.example/", "evil.example"),
            ("http://localhost.evil.example/", "localhost.evil.example"),
            ("http://[2001:db8::1]:1/", "[2001:db8::1]"),
            ("HTTP://user:pw@evil.example", "evil.example"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(
                error.contains(&format!("AWS_ENDPOINT_URL: {host} without TLS")),
                "{error}"
            );
            assert!(!error.contains("pw"), "{error}");
        }
    }

    #[test]
    fn invalid_urls_are_refused() {
        for url in [
            "not a url",
            "https://",
            "http://",
            "//host",
            "localhost:1",
            "sts.example",
            "/path",
            "ftp://host",
            "https://[::1",
            "https://two words",
            "https://b\u{fc}cher.example",
            "https://host:99999",
            "https://host:",
            "https://user@",
            "https://host/a b",
        ] {
            let error = parse(url).expect_err(url);
            assert_eq!(
                error,
                "AWS_ENDPOINT_URL: not a URL; expected something like https://sts.example.com",
                "{url}"
            );
        }
    }
}
