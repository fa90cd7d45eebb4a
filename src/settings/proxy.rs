//! The proxy on the way to AWS, from the variables that most programs read.
//!
//! Read here, not by the HTTP client: that one connects directly if it can't read a variable, or if
//! `REQUEST_METHOD` is set, which web servers set for the programs that they start.

use std::fmt;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::{Environment, Setting};
use crate::error::Error;

/// `HTTP_PROXY` isn't among them: it is for requests without TLS, which stay on this computer.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

const NO_URL: &str = "not a proxy's URL; expected something like \
    http://user:password@proxy.example.com:3128, with special characters in user and password as \
    %40 for @ and %20 for a space";

/// A proxy, perhaps with user and password, and the hosts that are reached without it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    url: Uri,
    exceptions: String,
}

impl Proxy {
    /// `None` if no variable names a proxy. Returns an error if the proxy can't be used.
    pub(super) fn resolve(environment: &Environment) -> Result<Option<Setting<Self>>, Error> {
        let exceptions = environment.first(&["NO_PROXY", "no_proxy"])?;
        let exceptions = exceptions.map_or_else(String::new, |setting| setting.value);
        let Some(Setting { value, origin }) = environment.first(&VARIABLES)? else {
            return Ok(None);
        };
        match Self::parse(&value, exceptions) {
            Some(proxy) => Ok(Some(Setting::new(proxy, origin))),
            None => Err(origin.problem(NO_URL)),
        }
    }

    fn parse(text: &str, exceptions: String) -> Option<Self> {
        let url: Uri = match text.split_once(':') {
            Some((_, rest)) if rest.starts_with("//") => text.parse(),
            // A slash is missing: `http` isn't a host or a user.
            Some(("http" | "https", _)) => return None,
            _ => format!("http://{text}").parse(),
        }
        .ok()?;
        let is_read_alike = {
            let intercept = intercept(&url, "", "host.example")?;
            let read = intercept.uri();
            read.scheme() == url.scheme() && read.authority()?.as_str() == host_and_port(&url)
        };
        let port_is_usable = url.port_u16().is_some_and(|port| port > 0)
            || host_and_port(&url).len() == url.host()?.len();
        let usable = is_read_alike && port_is_usable && !url.host()?.is_empty();
        usable.then_some(Self { url, exceptions })
    }

    /// Includes user and password.
    pub(crate) fn url(&self) -> String {
        self.url.to_string()
    }

    /// As in `NO_PROXY`.
    pub(crate) fn exceptions(&self) -> &str {
        &self.exceptions
    }

    /// Where to ask for a tunnel to `host`, and the value of `Proxy-Authorization`; `None` if that
    /// needs TLS.
    pub(crate) fn for_tunnel(&self, host: &str) -> Option<(String, Option<String>)> {
        if self.url.scheme_str() != Some("http") {
            return None;
        }
        let intercept = intercept(&self.url, &self.exceptions, host)?;
        let authorization = intercept.basic_auth().and_then(|value| value.to_str().ok());
        let port = self.url.port_u16().unwrap_or(80);
        let address = format!("{}:{port}", self.url.host()?);
        Some((address, authorization.map(str::to_owned)))
    }

    /// Whether requests to `host` go through it.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        intercept(&self.url, &self.exceptions, host).is_some()
    }

    /// Whether the HTTP client can use it: it knows no SOCKS.
    pub(crate) fn is_http(&self) -> bool {
        matches!(self.url.scheme_str(), Some("http" | "https"))
    }
}

/// The proxy for `host` as the HTTP client reads it.
fn intercept(proxy: &Uri, exceptions: &str, host: &str) -> Option<Intercept> {
    let target = Uri::builder().scheme("https").authority(host);
    let target = target.path_and_query("/").build().ok()?;
    let matcher = Matcher::builder().https(proxy.to_string()).no(exceptions);
    matcher.build().intercept(&target)
}

fn host_and_port(url: &Uri) -> &str {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Without user and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.scheme_str().unwrap_or_default();
        write!(f, "{scheme}://{}", host_and_port(&self.url))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(variables: &[(&str, &str)]) -> Result<Option<Setting<Proxy>>, Error> {
        Proxy::resolve(&Environment::from_variables(variables))
    }

    #[test]
    fn the_first_variable_that_is_set_names_the_proxy() {
        let all = [
            ("all_proxy", "http://d:1"),
            ("ALL_PROXY", "http://c:1"),
            ("https_proxy", "http://b:1"),
            ("HTTPS_PROXY", "http://a:1"),
            ("HTTP_PROXY", "http://e:1"),
            ("REQUEST_METHOD", "GET"),
        ];
        for (count, host) in [(4, "a"), (3, "b"), (2, "c"), (1, "d")] {
            let mut variables = all[..count].to_vec();
            variables.extend(&all[4..]);
            let proxy = resolve(&variables).unwrap().unwrap();
            let (_, name) = (&proxy.value, all[count - 1].0);
            assert_eq!(proxy.to_string(), format!("http://{host}:1 (from {name})"));
        }
        assert_eq!(resolve(&[("HTTP_PROXY", "nonsense://")]).unwrap(), None);
        assert_eq!(resolve(&[("HTTPS_PROXY", "")]).unwrap(), None);
    }

    #[test]
    fn proxies_are_shown_without_passwords() {
        for (text, shown) in [
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("proxy.example", "http://proxy.example"),
            ("user:pw@proxy.example:3128", "http://proxy.example:3128"),
            (
                "http://user:p%40w@proxy.example:3128/",
                "http://proxy.example:3128",
            ),
            ("https://proxy.example/pw", "https://proxy.example"),
            ("http://[::1]:3128", "http://[::1]:3128"),
            (
                "socks5h://user:pw@127.0.0.1:1080",
                "socks5h://127.0.0.1:1080",
            ),
        ] {
            let proxy = resolve(&[("HTTPS_PROXY", text)]).unwrap().unwrap();
            assert_eq!(proxy.value.to_string(), shown, "{text}");
            assert!(!format!("{proxy:?}").contains("pw"), "{text}");
        }
    }

    #[test]
    fn what_names_no_proxy_is_refused_without_a_word_of_it() {
        for text in [
            "http://user:pass word@proxy.example:3128",
            "http://user:pass@word@proxy.example:3128",
            "http://user:pass/word@proxy.example:3128",
            "http://user:pass#word@proxy.example:3128",
            "http://user:pass?word@proxy.example:3128",
            "http://user:pass\nword@proxy.example:3128",
            "user:pass word@proxy.example",
            "nonsense://user:password@proxy.example",
            "ftp://proxy.example",
            "http:user:password@proxy.example",
            "http://",
            "http://:3128",
            "http://user:password@",
            "http://user:password@:3128",
            "http://proxy.example:",
            "http://proxy.example:0",
            "http://proxy.example:99999",
            "http://proxy.example:password",
            "http://user:password@proxy.example:31 28",
            "http://[::1",
            "http://pr\u{f6}xy.example",
            " ",
            ":",
            "://proxy.example",
            "/proxy.example",
        ] {
            let error = resolve(&[("ALL_PROXY", text)]).expect_err(text).to_string();
            assert_eq!(error, format!("ALL_PROXY: {NO_URL}"), "{text}");
        }
    }

    #[test]
    fn exceptions_are_the_http_client_s() {
        let proxy = |exceptions| {
            let variables = [("HTTPS_PROXY", "http://proxy:1"), ("no_proxy", exceptions)];
            resolve(&variables).unwrap().unwrap().value
        };
        for (exceptions, host, is_for) in [
            ("", "sts.amazonaws.com", true),
            ("*", "sts.amazonaws.com", false),
            ("example.com, .amazonaws.com", "sts.amazonaws.com", false),
            ("amazonaws.com", "sts.amazonaws.com", false),
            ("amazonaws.com", "stsamazonaws.com", true),
            ("127.0.0.0/8", "127.0.0.1:8443", false),
        ] {
            assert_eq!(
                proxy(exceptions).is_for(host),
                is_for,
                "{exceptions} {host}"
            );
        }
    }
}
