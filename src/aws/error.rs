//! The ways in which a call to AWS can fail. Pure.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::refusal::{OfRole, Refusal, Sent, THROTTLED, WRONG_CODE, WRONG_SERIAL, is_about_time};
use crate::sanitize;

/// Built from the SDK's errors through their `source()` chain and `Display` alone: their `Debug`
/// prints the raw response, secrets included.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AwsError {
    #[error("AWS refused {operation} ({code}{})", request_id.as_ref().map(|id| format!(", request \
        {id}")).unwrap_or_default())]
    Refused {
        operation: &'static str,
        code: String,
        request_id: Option<String>,
        sent: Box<Sent>,
        source: Cause,
    },
    /// Each code for this device would be refused.
    #[error(
        "the MFA device {serial} belongs to account {account}, but the permanent keys belong to {owner}"
    )]
    OtherAccount {
        /// With its origin.
        serial: String,
        account: String,
        owner: String,
    },
    /// The answer came from something else, such as a captive portal or a proxy.
    #[error(
        "the answer to {operation} (HTTP status {status}, {content_type}) is not from AWS {service}"
    )]
    NotAws {
        service: &'static str,
        operation: &'static str,
        status: u16,
        content_type: String,
        with_code: bool,
    },
    #[error("no answer to {operation} from {host}")]
    NoAnswer {
        operation: &'static str,
        host: String,
        with_code: bool,
        source: Cause,
    },
    /// Whatever it is, STS's answers are shorter.
    #[error("the answer to {operation} from {host} is longer than {kibibytes} KiB")]
    TooLong {
        operation: &'static str,
        host: String,
        kibibytes: usize,
        with_code: bool,
    },
    /// The certificate isn't trusted, or the server doesn't speak TLS: nothing was sent.
    #[error("no secure connection to {host} for {operation}")]
    Tls {
        operation: &'static str,
        host: String,
        hint: &'static str,
        /// Whether the certificate is to blame: then nothing was sent.
        is_certificate: bool,
        with_code: bool,
        source: Cause,
    },
    /// STS answered, but incompletely or with invalid values.
    #[error("the answer to {operation} cannot be used: {problem}")]
    BadAnswer {
        operation: &'static str,
        problem: &'static str,
        with_code: bool,
    },
    #[error("this system has no trusted certificates")]
    NoTrust,
    #[error("cannot use the certificate authorities in {} (from {origin}): \
        {problem}", path.display())]
    CaBundle {
        path: PathBuf,
        origin: String,
        problem: String,
    },
    #[error("this system's trusted certificates can't be read within {} seconds", .0.as_secs())]
    SlowTrust(Duration),
    #[error("cannot use the proxy from {origin}")]
    Proxy { origin: String },
    /// The SDK couldn't build a request from the settings.
    #[error("cannot make a request for {operation}")]
    Request {
        operation: &'static str,
        source: Cause,
    },
}

/// The call that checks the keys.
pub(super) const IDENTITY: &str = "GetCallerIdentity";
/// The call that assumes a role.
pub(super) const ROLE: &str = "AssumeRole";

/// A library's error and its causes as text: one short line each, safe for a terminal.
#[derive(Debug)]
pub(crate) struct Cause {
    message: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    pub(crate) fn from_message(text: &str) -> Self {
        Self {
            message: sanitize::excerpt(text),
            source: None,
        }
    }

    /// The chain of `error`, through `Display` only, without messages that say nothing.
    /// Each passes `hide` first.
    /// `proxy` is as errors name it.
    pub(crate) fn from_chain(
        error: &(dyn Error + 'static),
        proxy: &str,
        hide: impl Fn(&str) -> String,
    ) -> Self {
        let chain = std::iter::successors(Some(error), |&error| error.source());
        let mut messages: Vec<String> = chain
            .map(|error| reword(sanitize::excerpt(&hide(&error.to_string())), proxy))
            .collect();
        messages.dedup();
        let root = Self::from_message(&messages.pop().unwrap_or_default());
        messages.retain(|message| !UNINFORMATIVE_MESSAGES.contains(&message.as_str()));
        let messages = messages.into_iter();
        messages.rfold(root, |cause, message| Self {
            message,
            source: Some(Box::new(cause)),
        })
    }
}

/// After the proxy's name.
const REFUSED_TUNNEL: &str = " refused to connect to AWS";

/// Rewords messages from the SDK and its libraries for people.
fn reword(message: String, proxy: &str) -> String {
    const TIMED_OUT: &str = "operation attempt timeout (single attempt) occurred after ";
    match message.as_str() {
        "tunnel error: unsuccessful" => format!("{proxy}{REFUSED_TUNNEL}"),
        "tunnel error: proxy authorization required" => {
            format!("{proxy} wants a user name and a password (status 407)")
        }
        "tunnel error: failed to create underlying connection" => {
            format!("{proxy} cannot be reached")
        }
        "tunnel error: unexpected end of file"
        | "tunnel error: io error establishing tunnel"
        | "tunnel error: proxy response headers too long" => {
            format!("{proxy} gave no answer of a proxy")
        }
        _ => match message.strip_prefix(TIMED_OUT) {
            Some(time) => format!("no answer within {}", time.replace('s', " seconds")),
            None => message,
        },
    }
}

/// Messages from the SDK and its libraries that add nothing to their cause.
const UNINFORMATIVE_MESSAGES: [&str; 8] = [
    "dispatch failure",
    "io error",
    "other",
    "unhandled error",
    "client error (Connect)",
    "client error (SendRequest)",
    "tcp connect error",
    "TLS handshake failed",
];

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

const CODE_MAY_BE_USED: &str = "the code may have been used: wait until the device shows the next \
    one, then run the same command again with that one; the file is unchanged";

impl AwsError {
    /// Whether the code was mistyped, expired or already used: another one may work.
    pub(crate) fn is_wrong_code(&self) -> bool {
        self.is_refusal("AccessDenied", WRONG_CODE)
    }

    pub(crate) fn is_wrong_serial(&self) -> bool {
        self.is_refusal("AccessDenied", WRONG_SERIAL)
    }

    pub(crate) fn is_bad_keys(&self) -> bool {
        self.is_unknown_key() || self.is_wrong_secret()
    }

    /// The access key was deleted or is inactive, or never existed there.
    pub(crate) fn is_unknown_key(&self) -> bool {
        self.is_refusal("InvalidClientTokenId", "")
    }

    /// The access key exists, but has another secret.
    pub(crate) fn is_wrong_secret(&self) -> bool {
        self.is_refusal("SignatureDoesNotMatch", "signature we calculated")
    }

    fn is_refusal(&self, wanted: &str, words: &str) -> bool {
        matches!(self, Self::Refused { code, source, .. }
            if code == wanted && source.message.contains(words))
    }

    /// Whether AWS certainly did nothing: it refused the request, or never got it.
    pub(crate) fn means_nothing_was_done(&self) -> bool {
        match self {
            Self::Refused { sent, .. } => (400..500).contains(&sent.status),
            Self::Tls { is_certificate, .. } => *is_certificate,
            Self::NoTrust
            | Self::CaBundle { .. }
            | Self::SlowTrust(_)
            | Self::Proxy { .. }
            | Self::Request { .. } => true,
            _ => false,
        }
    }

    /// In few words, for those who don't depend on the answer.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Refused { code, .. } => code.clone(),
            _ => self.root_cause(),
        }
    }

    /// Whether IAM doesn't know the key that it was asked about.
    pub(crate) fn is_missing_entity(&self) -> bool {
        self.is_refusal("NoSuchEntity", "")
    }

    /// Whether a retry may help, for example because the computer just woke up and has no network
    /// yet. Never true for a call that carried a code.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::NoAnswer { with_code, .. } if !with_code)
    }

    /// The same error, where this command replaces the keys.
    pub(crate) fn with_replacement(mut self, command: String) -> Self {
        if let Self::Refused { sent, .. } = &mut self {
            sent.replace_keys = Some(command);
        }
        self
    }

    /// The same error, where a session signed; `refresh` gets another one.
    pub(crate) fn with_session(mut self, refresh: String) -> Self {
        if let Self::Refused { sent, .. } = &mut self {
            sent.refresh = Some(refresh);
        }
        self
    }

    /// Whether AWS doesn't accept the session, or the keys, that signed.
    pub(crate) fn is_refused_signer(&self) -> bool {
        self.is_unknown_key()
            || self.is_refusal("ExpiredToken", "")
            || self.is_refusal("ExpiredTokenException", "")
    }

    /// The same error, of a role that couldn't be assumed with a session.
    pub(crate) fn for_role(mut self, role: OfRole) -> Self {
        if let Self::Refused { sent, .. } = &mut self {
            sent.role = Some(role);
        }
        self
    }

    /// Whether the same request may succeed later. Never true for one that carried a code.
    pub(crate) fn may_pass(&self) -> bool {
        let is_passing = |code: &str| {
            THROTTLED.contains(&code) || ["InternalFailure", "ServiceUnavailable"].contains(&code)
        };
        match self {
            // The next attempt has the time of AWS's answer.
            Self::Refused {
                code, source, sent, ..
            } => sent.serial.is_none() && (is_passing(code) || is_about_time(&source.message)),
            Self::NotAws { with_code, .. } => !with_code,
            _ => self.is_transient(),
        }
    }

    /// Whether a proxy answered, but with an error.
    pub(super) fn is_refused_tunnel(&self) -> bool {
        self.root_cause().ends_with(REFUSED_TUNNEL)
    }

    /// The same error, where `answer` is the proxy's status.
    pub(super) fn with_proxy_status(self, proxy: &str, answer: &str) -> Self {
        match self {
            Self::NoAnswer {
                operation,
                host,
                with_code,
                ..
            } => Self::NoAnswer {
                operation,
                host,
                with_code,
                source: Cause::from_message(&format!("{proxy} answered {answer}")),
            },
            other => other,
        }
    }

    /// No answer to [`IDENTITY`] within `time`, for no known reason.
    pub(crate) fn no_identity_within(host: String, time: Duration) -> Self {
        Self::no_answer_within(IDENTITY, host, time)
    }

    pub(crate) fn no_answer_within(operation: &'static str, host: String, time: Duration) -> Self {
        Self::NoAnswer {
            operation,
            host,
            with_code: false,
            source: Cause::from_message(&format!("no answer within {} seconds", time.as_secs())),
        }
    }

    /// The message of the innermost cause, the one nearest to the system.
    pub(crate) fn root_cause(&self) -> String {
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            message = error.to_string();
            cause = error.source();
        }
        message
    }

    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Refused {
                code, source, sent, ..
            } => {
                let refusal = Refusal {
                    code,
                    message: &source.message,
                    sent,
                };
                let hint = refusal.hint();
                // If AWS refused for an unknown reason, it may have checked the code first.
                return hint.or_else(|| sent.serial.as_ref().map(|_| CODE_MAY_BE_USED.to_owned()));
            }
            Self::OtherAccount { .. } => OTHER_ACCOUNT.to_owned(),
            Self::NotAws { with_code, .. }
            | Self::TooLong { with_code, .. }
            | Self::BadAnswer { with_code, .. }
                if !with_code =>
            {
                PORTAL.to_owned()
            }
            Self::NoAnswer {
                with_code,
                operation,
                ..
            } if !with_code => format!("{NETWORK}{}", no_code(operation, "; ")),
            Self::NotAws { .. }
            | Self::NoAnswer { .. }
            | Self::TooLong { .. }
            | Self::BadAnswer { .. }
            | Self::Tls {
                with_code: true,
                is_certificate: false,
                ..
            } => CODE_MAY_BE_USED.to_owned(),
            Self::Tls {
                hint,
                operation,
                is_certificate: true,
                ..
            } => format!("{hint}; nothing was sent{}", no_code(operation, ", ")),
            Self::Tls {
                hint, operation, ..
            } => format!("{hint}{}", no_code(operation, "; ")),
            Self::NoTrust => NO_TRUST.to_owned(),
            Self::CaBundle { .. } => CA_BUNDLE.to_owned(),
            Self::SlowTrust(_) => SLOW_TRUST.to_owned(),
            Self::Request { .. } | Self::Proxy { .. } => return None,
        })
    }
}

const PORTAL: &str = "a captive portal or proxy may be intercepting the connection: open a web \
    page, sign in there, then run the same command again";
const NETWORK: &str = "check the network, HTTPS_PROXY and the region";

/// What is called after that may come after a session that took a code.
fn no_code(operation: &str, separator: &str) -> String {
    match operation {
        IDENTITY => format!("{separator}no code was used"),
        _ => String::new(),
    }
}
const NO_TRUST: &str = "install them (on Debian: the package ca-certificates), or set \
    SSL_CERT_FILE to a file that contains them";
const SLOW_TRUST: &str = "check the drive that they are on, and SSL_CERT_FILE and SSL_CERT_DIR; no code was \
    used";
const CA_BUNDLE: &str = "ask your company for its certificates in PEM format; no code was used";

const OTHER_ACCOUNT: &str =
    "use an MFA device of the user that the keys belong to; no code was used";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_short_safe_lines() {
        let inner = std::io::Error::other("in\u{1b}[2Jner\nline");
        let cause = Cause::from_chain(&inner, "the proxy", str::to_owned);
        assert_eq!(cause.to_string(), "in\\u{1b}[2Jner line");
        assert!(cause.source().is_none());
    }
}
