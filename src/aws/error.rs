//! The ways in which a call to AWS can fail. Pure.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

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
    #[error("the answer to {operation} (HTTP status {status}, {content_type}) is not from AWS STS")]
    NotSts {
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

/// What was sent, and to whom.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The MFA serial and its origin if there was a code.
    pub(super) serial: Option<String>,
    pub(super) host: String,
    /// With its origin.
    pub(super) region: String,
}

/// The call that checks the keys.
pub(super) const IDENTITY: &str = "GetCallerIdentity";

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

/// Rewords messages from the SDK and its libraries for people.
/// After the proxy's name.
const REFUSED_TUNNEL: &str = " refused to connect to AWS";

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

/// AWS's message for a code that isn't the device's current one.
const WRONG_CODE: &str = "invalid MFA one time pass code";
/// AWS's message for a serial that isn't one of the user's devices.
const WRONG_SERIAL: &str = "unable to validate MFA code";
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

    /// Whether a retry may help, for example because the computer just woke up and has no network
    /// yet. Never true for a call that carried a code.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::NoAnswer { with_code, .. } if !with_code)
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
    pub(crate) fn no_answer_within(host: String, time: Duration) -> Self {
        Self::NoAnswer {
            operation: IDENTITY,
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
            Self::NotSts { with_code, .. }
            | Self::TooLong { with_code, .. }
            | Self::BadAnswer { with_code, .. }
                if !with_code =>
            {
                PORTAL.to_owned()
            }
            Self::NoAnswer { with_code, .. } if !with_code => NETWORK.to_owned(),
            Self::NotSts { .. }
            | Self::NoAnswer { .. }
            | Self::TooLong { .. }
            | Self::BadAnswer { .. } => CODE_MAY_BE_USED.to_owned(),
            Self::Tls { hint, .. } => format!("{hint}; nothing was sent, no code was used"),
            Self::NoTrust => NO_TRUST.to_owned(),
            Self::CaBundle { .. } => CA_BUNDLE.to_owned(),
            Self::SlowTrust(_) => SLOW_TRUST.to_owned(),
            Self::Request { .. } | Self::Proxy { .. } => return None,
        })
    }
}

const PORTAL: &str = "a captive portal or proxy may be intercepting the connection: open a web \
    page, sign in there, then run the same command again";
const NETWORK: &str = "check the network, HTTPS_PROXY and the region; no code was used";
const NO_TRUST: &str = "install them (on Debian: the package ca-certificates), or set \
    SSL_CERT_FILE to a file that contains them";
const SLOW_TRUST: &str = "check the drive that they are on, and SSL_CERT_FILE and SSL_CERT_DIR; no code was \
    used";
const CA_BUNDLE: &str = "ask your company for its certificates in PEM format; no code was used";

const OTHER_ACCOUNT: &str = "name a device of the keys' own user; no code was used";

/// Source: the error codes that the SDKs take for throttling.
const THROTTLED: [&str; 6] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "TooManyRequestsException",
];

/// What AWS answered instead of doing what it was asked.
struct Refusal<'s> {
    code: &'s str,
    message: &'s str,
    sent: &'s Sent,
}

impl Refusal<'_> {
    /// Explains AWS's error codes and messages; `None` for an unknown one. Sources: observed
    /// answers, and <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
    fn hint(&self) -> Option<String> {
        let Sent { host, region, .. } = self.sent;
        Some(match self.code {
            "AccessDenied" if self.says(WRONG_SERIAL) => self.wrong_serial(),
            "InvalidClientTokenId" => format!(
                "AWS doesn't know this access key: it may be mistyped, deleted or inactive, or \
                 belong to China or GovCloud, which need a region of theirs; or your account \
                 hasn't enabled the region {region}"
            ),
            "SignatureDoesNotMatch" if self.says("Credential should be scoped to") => format!(
                "the endpoint {host} is not in region {region}: set --region or AWS_REGION to the \
                 endpoint's region"
            ),
            "RegionDisabledException" => format!(
                "region {region} is not enabled for your account: choose another one with --region"
            ),
            _ => match self.fixed_hint() {
                Some(hint) => hint.to_owned(),
                None => self.forbidden()?,
            },
        })
    }

    fn fixed_hint(&self) -> Option<&'static str> {
        Some(match self.code {
            "AccessDenied" if self.says(WRONG_CODE) => {
                "the code was mistyped, expired or already used: wait for the device's next one"
            }
            "AccessDenied" if self.says("with session credentials") => {
                "the long-term section holds temporary keys; put your permanent keys there"
            }
            "SignatureDoesNotMatch" | "RequestExpired"
                if self.says("Signature expired") || self.says("not yet current") =>
            {
                "this computer's clock is wrong: set it, then run the same command again"
            }
            "SignatureDoesNotMatch" => "the secret access key doesn't match the access key ID",
            "ValidationError" if self.says("MaxSessionDuration") => {
                "the role allows only shorter sessions: use a shorter --duration"
            }
            "ValidationError" if self.says("durationSeconds") => {
                "AWS doesn't allow this duration: use another --duration"
            }
            "ValidationError" if self.says("serialNumber") => {
                "the MFA serial is invalid; expected something like \
                 arn:aws:iam::123456789012:mfa/name"
            }
            "ExpiredToken" | "ExpiredTokenException" => {
                "the long-term section holds temporary keys that have expired"
            }
            code if THROTTLED.contains(&code) && self.sent.serial.is_some() => {
                "AWS is throttling requests; the code may have been used: wait a minute, then run \
                 the same command again with the next one; the file is unchanged"
            }
            code if THROTTLED.contains(&code) => {
                "AWS is throttling requests: wait a minute, then try again; no code was used"
            }
            _ => return None,
        })
    }

    fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    fn wrong_serial(&self) -> String {
        let serial = self.sent.serial.as_ref();
        let serial = serial.map(|serial| format!(" ({serial})"));
        format!(
            "the MFA serial{} isn't one of this user's devices; the AWS console shows yours under \
             Security credentials",
            serial.unwrap_or_default()
        )
    }

    /// A policy forbids the call. Source:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    fn forbidden(&self) -> Option<String> {
        let says = |words: &str| self.says(words);
        if !says("not authorized to perform") {
            return None;
        }
        let policies = [
            (
                "service control policy",
                "a service control policy of your organization",
            ),
            (
                "resource control policy",
                "a resource control policy of your organization",
            ),
            (
                "permissions boundary",
                "a permissions boundary of your user",
            ),
            ("session policy", "a session policy"),
            ("VPC endpoint policy", "the policy of the VPC endpoint"),
            ("identity-based policy", "an IAM policy of your user"),
            ("resource-based policy", "the role's trust policy"),
        ];
        let named = policies.into_iter().find(|(words, _)| says(words));
        if says("sts:AssumeRole") && named.is_none_or(|(words, _)| words.starts_with("resource-b"))
        {
            return Some(
                "your user isn't allowed to assume that role with this MFA device: check the \
                 role's ARN, its trust policy, and --external-id"
                    .to_owned(),
            );
        }
        let policy = named.map_or("a policy", |(_, policy)| policy);
        let verb = if says("explicit deny") {
            "forbids"
        } else {
            "doesn't allow"
        };
        Some(format!(
            "{policy} {verb} this, whatever the MFA code: ask whoever administers your AWS account"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(code: &str, message: &str) -> Option<String> {
        let sent = Sent {
            serial: Some("serial X, from --device".to_owned()),
            host: "sts.me-south-1.amazonaws.com".to_owned(),
            region: "me-south-1 (from AWS_REGION)".to_owned(),
        };
        let refusal = Refusal {
            code,
            message,
            sent: &sent,
        };
        refusal.hint()
    }

    #[test]
    fn aws_errors_are_explained() {
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
                "AccessDenied",
                "User: arn:aws:iam::1:user/a is not authorized to perform: sts:GetSessionToken with \
                 an explicit deny in an identity-based policy",
                "an IAM policy of your user forbids this, whatever the MFA code",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:GetSessionToken on resource: b with an \
                 explicit deny in a service control policy: arn:aws:organizations::1:policy/o/p",
                "a service control policy of your organization forbids this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:GetSessionToken because no permissions \
                 boundary allows the sts:GetSessionToken action",
                "a permissions boundary of your user doesn't allow this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:GetSessionToken because no session policy \
                 allows the sts:GetSessionToken action",
                "a session policy doesn't allow this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:AssumeRole on resource: r with an \
                 explicit deny in a service control policy",
                "a service control policy of your organization forbids this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:AssumeRole on resource: r because no \
                 resource-based policy allows the sts:AssumeRole action",
                "trust policy",
            ),
            (
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                "the region me-south-1 (from AWS_REGION)",
            ),
            (
                "SignatureDoesNotMatch",
                "Credential should be scoped to a valid region.",
                "sts.me-south-1.amazonaws.com is not in region me-south-1 (from AWS_REGION)",
            ),
            ("ThrottlingException", "Rate exceeded", "throttling"),
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
            let hint = hint(code, message).unwrap();
            assert!(hint.contains(words), "{message}: {hint}");
        }
        assert_eq!(hint("SomethingNew", "what"), None);
        assert_eq!(hint("AccessDenied", "no"), None);
    }

    #[test]
    fn causes_are_short_safe_lines() {
        let inner = std::io::Error::other("in\u{1b}[2Jner\nline");
        let cause = Cause::from_chain(&inner, "the proxy", str::to_owned);
        assert_eq!(cause.to_string(), "in\\u{1b}[2Jner line");
        assert!(cause.source().is_none());
    }
}
