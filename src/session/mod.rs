//! Session credentials, and when a stored session is still valid. Pure: the time is a parameter.

use std::ops::RangeInclusive;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::credentials_file::edit::Edit;
use crate::credentials_file::properties::Properties;
use crate::secret::Secret;

/// Credentials, and their expiration as text.
type Written<'c> = (&'c SessionCredentials, &'c str);

/// Picks a key's value; `None` if the key isn't written.
type Value = for<'c> fn(Written<'c>) -> Option<&'c str>;

const MANAGED: usize = 7;

/// The keys in the order in which they are written. The Python aws-mfa requires all but the ARN.
const MANAGED_PROPERTIES: [(&str, Value); MANAGED] = [
    ("assumed_role", |(session, _)| {
        Some(if session.role_arn.is_some() {
            "True"
        } else {
            "False"
        })
    }),
    ("assumed_role_arn", |(session, _)| {
        session.role_arn.as_deref()
    }),
    ("aws_access_key_id", |(session, _)| {
        Some(&session.access_key_id)
    }),
    ("aws_secret_access_key", |(session, _)| {
        Some(session.secret_access_key.expose())
    }),
    ("aws_session_token", |(session, _)| {
        Some(session.session_token.expose())
    }),
    // The session token again: botocore reads this key first.
    ("aws_security_token", |(session, _)| {
        Some(session.session_token.expose())
    }),
    ("expiration", |(_, expiration)| Some(expiration)),
];

/// The keys that aws-mfa writes, in the order in which it writes them.
#[must_use]
pub fn managed_keys() -> [&'static str; MANAGED] {
    MANAGED_PROPERTIES.map(|(key, _)| key)
}

/// The start of every access key ID from AWS STS; permanent ones start with `AKIA`.
/// Source:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
pub(crate) const TEMPORARY_KEY_PREFIX: &str = "ASIA";

/// Of `ASIA`, `AKIA` and the like, in bytes.
const PREFIX_LEN: usize = TEMPORARY_KEY_PREFIX.len();

/// In bytes. AWS doesn't limit it, but no token is nearly as long.
pub(crate) const MAX_TOKEN: usize = 16 * 1024;

/// Temporary credentials from STS.
#[derive(Clone, Debug)]
pub struct SessionCredentials {
    /// Starts with `ASIA`.
    pub access_key_id: String,
    /// The key that signs requests.
    pub secret_access_key: Secret,
    /// Sent with every request to prove the session.
    pub session_token: Secret,
    /// When they expire, UTC.
    pub expiration: OffsetDateTime,
    /// The role that they are for; `None` for `GetSessionToken`.
    pub role_arn: Option<String>,
}

impl SessionCredentials {
    /// Stands for credentials that don't exist yet when the edit is rehearsed.
    pub(crate) fn placeholder(now: OffsetDateTime, role_arn: Option<String>) -> Self {
        Self {
            access_key_id: "ASIAPLACEHOLDER".to_owned(),
            secret_access_key: Secret::new("placeholder"),
            session_token: Secret::new("placeholder"),
            expiration: now,
            role_arn,
        }
    }

    /// Calls `write` with the edits that store these credentials in a section.
    pub fn with_edits<T>(&self, write: impl FnOnce(&[Edit<'_>]) -> T) -> T {
        let expiration = format_expiration(self.expiration);
        let edit = |(key, value): (_, Value)| Edit {
            key,
            value: value((self, &expiration)),
        };
        write(&MANAGED_PROPERTIES.map(edit))
    }
}

/// Formats an expiration as `YYYY-MM-DD HH:MM:SS` in UTC, as the Python aws-mfa reads it.
#[must_use]
pub fn format_expiration(expiration: OffsetDateTime) -> String {
    let utc = expiration.checked_to_offset(time::UtcOffset::UTC);
    utc.unwrap_or(expiration)
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute]:[second]"
        ))
        .unwrap_or_default()
}

/// Years in which a session may expire. Beyond the last one, arithmetic on times could overflow.
pub(crate) const YEARS: RangeInclusive<i32> = 1970..=2999;

/// Parses `YYYY-MM-DD HH:MM:SS` in UTC, with or without ` UTC` after it, or RFC 3339; `None` for a
/// year before 1970 or after 2999, too.
#[must_use]
pub fn parse_expiration(text: &str) -> Option<OffsetDateTime> {
    let plain = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let utc = text.strip_suffix(" UTC").unwrap_or(text);
    PrimitiveDateTime::parse(utc, plain)
        .map(PrimitiveDateTime::assume_utc)
        .or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .ok()
        .filter(|expiration| YEARS.contains(&expiration.year()))
}

/// Whether `id` may be one that AWS gave out.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
pub(crate) fn may_be_real(id: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let unique = id.get(PREFIX_LEN..).unwrap_or_default();
    let first = unique.as_bytes().first();
    let is_one_letter = || unique.bytes().all(|b| Some(&b) == first);
    id.len() >= 16 && id.starts_with('A') && id.bytes().all(is_allowed) && !is_one_letter()
}

/// Whether a section holds permanent keys that are stored nowhere else. They are never overwritten,
/// even next to a session token and an expiration (`aws configure` leaves those when it replaces
/// the keys). `long_term` is the long-term section. A line that AWS tools read differently counts,
/// too.
pub(crate) fn has_permanent_keys(
    properties: &Properties<'_>,
    long_term: Option<&Properties<'_>>,
) -> bool {
    let has = |key| properties.texts(key).next().is_some();
    let only_here = |key| {
        let is_there = |text| long_term.is_some_and(|there| there.texts(key).any(|t| t == text));
        properties.texts(key).any(|text| !is_there(text))
    };
    let mut ids = properties.texts("aws_access_key_id");
    if ids.any(|id| !id.starts_with(TEMPORARY_KEY_PREFIX)) {
        return only_here("aws_access_key_id") || only_here("aws_secret_access_key");
    }
    // What is left of a session that lost its ID still has the rest.
    let is_session = has("aws_session_token") && has("expiration");
    !has("aws_access_key_id") && !is_session && only_here("aws_secret_access_key")
}

/// A value that is empty, or that AWS tools read differently, is absent.
#[derive(Clone, Copy, Default)]
pub(crate) struct StoredSession<'t> {
    access_key_id: Option<&'t str>,
    secret_access_key: Option<&'t str>,
    session_token: Option<&'t str>,
    /// Whether the section has the key, readable or not.
    has_security_token: bool,
    security_token: Option<&'t str>,
    role_arn: Option<&'t str>,
    expiration: Option<&'t str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ValidSession {
    /// UTC.
    pub(crate) expiration: OffsetDateTime,
    pub(crate) remaining: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotValid {
    Missing,
    /// The key is missing, empty or unreadable.
    Incomplete(&'static str),
    /// `aws_security_token`, which botocore reads first, isn't the session token.
    StaleSecurityToken,
    /// The session isn't for the requested role, or is for a role although none is requested.
    OtherRole {
        /// The role of the session; `None` for the user's own.
        stored: Option<String>,
        wanted: Option<String>,
    },
    /// There are permanent keys instead of a session.
    PermanentKeys,
    Expired(OffsetDateTime),
    /// Expires at this time, sooner than `--min-remaining` allows; and the time left.
    Expiring(OffsetDateTime, Duration),
}

impl<'t> StoredSession<'t> {
    pub(crate) fn read(properties: Option<&Properties<'t>>) -> Self {
        let Some(properties) = properties else {
            return Self::default();
        };
        let value = |key| {
            properties
                .value(key)
                .ok()
                .flatten()
                .filter(|value| !value.is_empty())
        };
        Self {
            access_key_id: value("aws_access_key_id"),
            secret_access_key: value("aws_secret_access_key"),
            session_token: value("aws_session_token"),
            has_security_token: properties.line_of("aws_security_token").is_some(),
            security_token: value("aws_security_token"),
            role_arn: value("assumed_role_arn"),
            expiration: value("expiration"),
        }
    }

    pub(crate) fn credentials(&self) -> Option<SessionCredentials> {
        Some(SessionCredentials {
            access_key_id: self.access_key_id?.to_owned(),
            secret_access_key: Secret::new(self.secret_access_key?),
            session_token: Secret::new(self.session_token?),
            expiration: self.expiration.and_then(parse_expiration)?,
            role_arn: self.role_arn.map(str::to_owned),
        })
    }

    /// Whether the session is for `role_arn` (or no role) and lasts longer than `min_remaining`.
    pub(crate) fn check(
        &self,
        now: OffsetDateTime,
        min_remaining: Duration,
        role_arn: Option<&str>,
    ) -> Result<ValidSession, NotValid> {
        match (self.access_key_id, self.session_token) {
            (None, None) => return Err(NotValid::Missing),
            (Some(id), Some(_)) if id.starts_with(TEMPORARY_KEY_PREFIX) => {}
            (_, None) => return Err(NotValid::Incomplete("aws_session_token")),
            _ => return Err(NotValid::Incomplete("aws_access_key_id")),
        }
        if self.secret_access_key.is_none() {
            return Err(NotValid::Incomplete("aws_secret_access_key"));
        }
        if self.has_security_token && self.security_token != self.session_token {
            return Err(NotValid::StaleSecurityToken);
        }
        if self.role_arn != role_arn {
            return Err(NotValid::OtherRole {
                stored: self.role_arn.map(str::to_owned),
                wanted: role_arn.map(str::to_owned),
            });
        }
        let expiration = self
            .expiration
            .and_then(parse_expiration)
            .ok_or(NotValid::Incomplete("expiration"))?;
        let Ok(remaining) = Duration::try_from(expiration - now) else {
            return Err(NotValid::Expired(expiration));
        };
        if remaining.is_zero() {
            Err(NotValid::Expired(expiration))
        } else if remaining <= min_remaining {
            Err(NotValid::Expiring(expiration, remaining))
        } else {
            Ok(ValidSession {
                expiration,
                remaining,
            })
        }
    }
}

#[cfg(test)]
mod tests;
