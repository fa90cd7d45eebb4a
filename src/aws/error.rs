//! What AWS STS, or the way to it, can answer instead of a session. Pure.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::sanitize;

/// A failed call to AWS STS.
///
/// Built from the SDK's errors through their `source()` chain and `{}` alone: their `Debug` holds the raw answer, secrets
/// included.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AwsError {
    /// STS said no.
    #[error("AWS refused {operation} ({code}{})", request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default())]
    Refused {
        operation: &'static str,
        code: String,
        request_id: Option<String>,
        serial: Option<String>,
        source: Cause,
    },
    /// Something answered that isn't STS, such as a captive portal or a proxy.
    #[error("the answer to {operation} (HTTP status {status}, {content_type}) is not from AWS STS")]
    NotSts {
        operation: &'static str,
        status: u16,
        content_type: String,
        with_code: bool,
    },
    /// No answer came.
    #[error("no answer to {operation} from {host}")]
    NoAnswer {
        operation: &'static str,
        host: String,
        with_code: bool,
        source: Cause,
    },
    /// The server's certificate isn't trusted, or it doesn't speak TLS: nothing was sent.
    #[error("no secure connection to {host} for {operation}")]
    Tls {
        operation: &'static str,
        host: String,
        hint: &'static str,
        source: Cause,
    },
    /// STS's answer lacks something or holds what can't be.
    #[error("the answer to {operation} cannot be used: {problem}")]
    BadAnswer {
        operation: &'static str,
        problem: &'static str,
    },
    /// No certificate authority is trusted here, so no server can be.
    #[error("this system has no trusted certificates")]
    NoTrust,
    /// A file of certificate authorities that can't be used.
    #[error("cannot use the certificate authorities in {} (from {origin}): {problem}", path.display())]
    CaBundle {
        path: PathBuf,
        origin: String,
        problem: String,
    },
    /// The request could not be made from the settings.
    #[error("cannot make a request for {operation}")]
    Request {
        operation: &'static str,
        source: Cause,
    },
}

/// The API's name of the call that proves the keys.
pub(super) const IDENTITY: &str = "GetCallerIdentity";

/// A foreign error's message and what caused it, as text: one short line each, safe for a terminal.
#[derive(Debug)]
pub(crate) struct Cause {
    message: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    /// A message without a cause.
    pub(crate) fn from_message(text: &str) -> Self {
        Self {
            message: sanitize::excerpt(text),
            source: None,
        }
    }

    /// The chain of `error`, by `Display` only, without the words that say nothing.
    pub(crate) fn from_chain(error: &(dyn Error + 'static)) -> Self {
        let chain = std::iter::successors(Some(error), |&error| error.source());
        let mut messages: Vec<String> = chain
            .map(|error| plain_words(sanitize::excerpt(&error.to_string())))
            .collect();
        messages.dedup();
        let root = messages.pop().unwrap_or_default();
        let message = |message, source| Self { message, source };
        messages
            .into_iter()
            .filter(|message| !EMPTY_WORDS.contains(&message.as_str()))
            .rfold(message(root, None), |source, words| {
                message(words, Some(Box::new(source)))
            })
    }
}

/// A message of the SDK or the libraries below it, in words for people.
fn plain_words(message: String) -> String {
    match message.strip_prefix("operation attempt timeout (single attempt) occurred after ") {
        Some(time) => format!("no answer within {}", time.replace('s', " seconds")),
        None if message == "tunnel error: unsuccessful" => {
            "the proxy refused to connect to AWS".to_owned()
        }
        None => message,
    }
}

/// Messages of the SDK and the libraries below it that only say that there is a cause.
const EMPTY_WORDS: [&str; 8] = [
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

/// AWS's words for a code that isn't the device's present one.
const WRONG_CODE: &str = "invalid MFA one time pass code";
/// AWS's words for a serial that isn't one of the user's devices.
const WRONG_SERIAL: &str = "unable to validate MFA code";
const CODE_MAY_BE_SPENT: &str = "the code may be spent: wait until the device shows the next one, then run the same command again; the file is unchanged";

impl AwsError {
    /// Whether the code was mistyped, has expired or was used before, so that another one may do.
    pub(crate) fn is_wrong_code(&self) -> bool {
        matches!(self, Self::Refused { code, source, .. } if code == "AccessDenied" && source.message.contains(WRONG_CODE))
    }

    /// Whether AWS doesn't accept the keys themselves.
    pub(crate) fn is_bad_keys(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if ["InvalidClientTokenId", "SignatureDoesNotMatch"].contains(&code.as_str()))
    }

    /// Whether the MFA serial is no device of the user's.
    pub(crate) fn is_wrong_serial(&self) -> bool {
        matches!(self, Self::Refused { code, source, .. } if code == "AccessDenied" && source.message.contains(WRONG_SERIAL))
    }

    /// Whether it may be gone in a moment, as when a computer has just been woken and has no network yet. Nothing that
    /// carried a code is.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NoAnswer {
                with_code: false,
                ..
            }
        )
    }

    /// No answer to the question whose keys these are, and no reason seen, in this time.
    pub(crate) fn silence(host: String, time: Duration) -> Self {
        Self::NoAnswer {
            operation: IDENTITY,
            host,
            with_code: false,
            source: Cause::from_message(&format!("nothing came within {} seconds", time.as_secs())),
        }
    }

    /// The last cause's message: the one nearest to the system.
    pub(crate) fn root_cause(&self) -> String {
        let mut message = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            message = error.to_string();
            cause = error.source();
        }
        message
    }

    /// What to do about it, in plain words.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Refused { code, source, serial, .. } => {
                let hint = refusal_hint(code, &source.message, serial.as_deref());
                // Where AWS says no for no reason of the request's, it may have looked at the code before.
                hint.or_else(|| serial.as_ref().map(|_| CODE_MAY_BE_SPENT.to_owned()))
            }
            Self::NotSts { with_code: false, .. } => {
                Some("a captive portal or proxy may be in between: open a web page, sign in there, then run the same command again".to_owned())
            }
            Self::NoAnswer { with_code: false, .. } => {
                Some("check the network, HTTPS_PROXY and the region; no code was used".to_owned())
            }
            Self::NotSts { .. } | Self::NoAnswer { .. } | Self::BadAnswer { .. } => Some(CODE_MAY_BE_SPENT.to_owned()),
            Self::Tls { hint, .. } => Some(format!("{hint}; nothing was sent, no code was used")),
            Self::NoTrust => Some(
                "install them (on Debian: the package ca-certificates), or name a file of them in SSL_CERT_FILE".to_owned(),
            ),
            Self::CaBundle { .. } => {
                Some("it must hold certificates in PEM format; ask your company for them; no code was used".to_owned())
            }
            Self::Request { .. } => None,
        }
    }
}

/// AWS's error codes and words, explained. Sources: <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
/// and what the service says.
fn refusal_hint(code: &str, message: &str, serial: Option<&str>) -> Option<String> {
    let says = |words: &str| message.contains(words);
    let hint = match code {
        "AccessDenied" if says(WRONG_CODE) => {
            "the code was mistyped, expired or already used: wait until the device shows the next one"
        }
        "AccessDenied" if says(WRONG_SERIAL) => {
            let serial = serial
                .map(|serial| format!(" ({serial})"))
                .unwrap_or_default();
            return Some(format!(
                "the MFA serial{serial} isn't a device of the user that these keys belong to; expected something like \
                 arn:aws:iam::123456789012:mfa/name (mfa/, not user/)"
            ));
        }
        "AccessDenied" if says("with session credentials") => {
            "the long-term section holds temporary keys; it needs the permanent keys of your IAM user"
        }
        "AccessDenied" if says("sts:AssumeRole") => {
            "your user may not assume that role with this MFA device: check the role's ARN, its trust policy, and --external-id"
        }
        "InvalidClientTokenId" => {
            "AWS doesn't know the access key of the long-term section: it is mistyped, deleted, inactive, or belongs to another partition \
             (for China or GovCloud set a region)"
        }
        "SignatureDoesNotMatch" | "RequestExpired"
            if says("Signature expired") || says("not yet current") =>
        {
            "this computer's clock is wrong: set it, then run the same command again"
        }
        "SignatureDoesNotMatch" => {
            "the secret access key of the long-term section doesn't belong to its access key ID"
        }
        "ValidationError" if says("MaxSessionDuration") => {
            "the role allows only shorter sessions: give a shorter --duration"
        }
        "ValidationError" if says("durationSeconds") => {
            "AWS allows other durations here: give another --duration"
        }
        "ValidationError" if says("serialNumber") => {
            "the MFA serial is invalid; expected something like arn:aws:iam::123456789012:mfa/name"
        }
        "RegionDisabledException" => {
            "this region is not enabled for your account: choose another one with --region"
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "the long-term section holds temporary keys that have expired"
        }
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" if serial.is_some() => {
            "AWS is throttling requests; the code may be spent: wait a minute, then run the same command again with the next one; \
             the file is unchanged"
        }
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" => {
            "AWS is throttling requests: wait a minute, then run the same command again; no code was used"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_words_are_explained() {
        for (code, message, words) in [
            (
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
                "next one",
            ),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify",
                "(serial X, from --device)",
            ),
            (
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
                "permanent",
            ),
            (
                "AccessDenied",
                "User: arn is not authorized to perform: sts:AssumeRole on resource: arn",
                "trust policy",
            ),
            (
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                "access key",
            ),
            (
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match",
                "secret access key",
            ),
            (
                "SignatureDoesNotMatch",
                "Signature expired: 20261122T000000Z is now earlier than",
                "clock",
            ),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                "--duration",
            ),
        ] {
            let hint = refusal_hint(code, message, Some("serial X, from --device")).unwrap();
            assert!(hint.contains(words), "{message}: {hint}");
        }
        assert_eq!(refusal_hint("SomethingNew", "what", None), None);
    }

    #[test]
    fn causes_are_short_safe_lines() {
        let inner = std::io::Error::other("in\u{1b}[2Jner\nline");
        let cause = Cause::from_chain(&inner);
        assert_eq!(cause.to_string(), "in\\u{1b}[2Jner line");
        assert!(cause.source().is_none());
    }
}
