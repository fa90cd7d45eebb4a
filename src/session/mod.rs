//! Session credentials, their expiration, and the rule that decides whether a stored session is still valid. Pure: the
//! time is a parameter.

use std::fmt;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::credentials_file::edit::Edit;
use crate::credentials_file::properties::Profile;
use crate::secret::Secret;

/// The keys that `aws-mfa` writes, in this order. The Python aws-mfa requires all but the role's ARN.
pub const MANAGED_KEYS: [&str; 7] = [
    "assumed_role",
    "assumed_role_arn",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    // The same token again: botocore reads this key first.
    "aws_security_token",
    "expiration",
];

/// Begins every access key ID that AWS STS hands out; permanent ones begin with `AKIA`.
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
pub const TEMPORARY_KEY_PREFIX: &str = "ASIA";

/// Temporary credentials from STS.
#[derive(Clone, Debug)]
pub struct SessionCredentials {
    /// Begins with `ASIA`.
    pub access_key_id: String,
    /// The key that signs requests.
    pub secret_access_key: Secret,
    /// Proof of the session, sent with every request.
    pub session_token: Secret,
    /// When they end, UTC.
    pub expiration: OffsetDateTime,
    /// The role they belong to; none for `GetSessionToken`.
    pub role_arn: Option<String>,
}

impl SessionCredentials {
    /// Stands for credentials that are yet to be obtained, in a rehearsal of the edit.
    #[must_use]
    pub fn placeholder(now: OffsetDateTime, role_arn: Option<String>) -> Self {
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
        let token = self.session_token.expose();
        let values = [
            Some(if self.role_arn.is_some() {
                "True"
            } else {
                "False"
            }),
            self.role_arn.as_deref(),
            Some(self.access_key_id.as_str()),
            Some(self.secret_access_key.expose()),
            Some(token),
            Some(token),
            Some(expiration.as_str()),
        ];
        let mut edits = MANAGED_KEYS.map(|key| Edit { key, value: None });
        edits
            .iter_mut()
            .zip(values)
            .for_each(|(edit, value)| edit.value = value);
        write(&edits)
    }
}

/// `YYYY-MM-DD HH:MM:SS` in UTC, the form that the Python aws-mfa reads.
#[must_use]
pub fn format_expiration(expiration: OffsetDateTime) -> String {
    let utc = expiration.to_offset(time::UtcOffset::UTC);
    utc.format(format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second]"
    ))
    .unwrap_or_default()
}

/// Reads an `expiration`: `YYYY-MM-DD HH:MM:SS`, with or without ` UTC` behind it, or RFC 3339.
#[must_use]
pub fn parse_expiration(text: &str) -> Option<OffsetDateTime> {
    let plain = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let utc = text.strip_suffix(" UTC").unwrap_or(text);
    PrimitiveDateTime::parse(utc, plain)
        .map(PrimitiveDateTime::assume_utc)
        .or_else(|_| OffsetDateTime::parse(text, &Rfc3339))
        .ok()
}

/// Whether a section holds permanent keys that stand nowhere else: such are never overwritten, whatever session token and
/// expiration stand beside them (`aws configure` replaces the two keys and leaves those). `long_term_key` is the access key ID
/// of the profile's long-term section. A line that AWS's tools read differently counts, too.
#[must_use]
pub fn holds_permanent_keys(profile: &Profile<'_>, long_term_key: Option<&str>) -> bool {
    let has = |key| profile.words(key).next().is_some();
    let is_permanent =
        |id: &str| !id.starts_with(TEMPORARY_KEY_PREFIX) && Some(id) != long_term_key;
    let secret_alone =
        has("aws_secret_access_key") && !has("aws_access_key_id") && !has("aws_session_token");
    secret_alone || profile.words("aws_access_key_id").any(is_permanent)
}

/// What a profile's section holds of a session. A value that is empty, or that AWS's tools read differently, is absent.
#[derive(Clone, Copy, Default)]
pub struct StoredSession<'t> {
    access_key_id: Option<&'t str>,
    secret_access_key: Option<&'t str>,
    session_token: Option<&'t str>,
    /// The section has the key, readable or not.
    has_security_token: bool,
    security_token: Option<&'t str>,
    role_arn: Option<&'t str>,
    expiration: Option<&'t str>,
}

/// A session that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidSession {
    /// When it ends, UTC.
    pub expiration: OffsetDateTime,
    /// Time left.
    pub remaining: Duration,
}

/// Why a stored session is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotValid {
    /// There is no session.
    Missing,
    /// A key of the session is missing, empty or unreadable.
    Incomplete(&'static str),
    /// `aws_security_token`, which botocore reads first, is not the session token.
    StaleSecurityToken,
    /// The session belongs to another role, or to none where one is asked for.
    OtherRole,
    /// It ended at this instant.
    Expired(OffsetDateTime),
    /// It ends at this instant: sooner than `--min-remaining` allows.
    Expiring(OffsetDateTime, Duration),
}

impl<'t> StoredSession<'t> {
    /// Reads a section; none where it isn't there.
    #[must_use]
    pub fn read(profile: Option<&Profile<'t>>) -> Self {
        let Some(profile) = profile else {
            return Self::default();
        };
        let value = |key| {
            profile
                .value(key)
                .ok()
                .flatten()
                .filter(|value| !value.is_empty())
        };
        Self {
            access_key_id: value("aws_access_key_id"),
            secret_access_key: value("aws_secret_access_key"),
            session_token: value("aws_session_token"),
            has_security_token: profile.line_of("aws_security_token").is_some(),
            security_token: value("aws_security_token"),
            role_arn: value("assumed_role_arn"),
            expiration: value("expiration"),
        }
    }

    /// The credentials of a session that was found valid.
    #[must_use]
    pub fn credentials(&self) -> Option<SessionCredentials> {
        Some(SessionCredentials {
            access_key_id: self.access_key_id?.to_owned(),
            secret_access_key: Secret::new(self.secret_access_key?),
            session_token: Secret::new(self.session_token?),
            expiration: self.expiration.and_then(parse_expiration)?,
            role_arn: self.role_arn.map(str::to_owned),
        })
    }

    /// Whether the session is valid at `now` for at least `min_remaining`, for `role_arn` or for no role.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(
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
            return Err(NotValid::OtherRole);
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

impl fmt::Display for NotValid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no session yet"),
            Self::Incomplete(key) => write!(f, "the session's {key} is missing or unreadable"),
            Self::StaleSecurityToken => {
                f.write_str("aws_security_token is not the session's token")
            }
            Self::OtherRole => f.write_str("the session belongs to another role"),
            Self::Expired(at) => write!(f, "expired {}", LocalTime(*at)),
            Self::Expiring(at, left) => write!(
                f,
                "expires {} ({} left, less than asked for)",
                LocalTime(*at),
                TimeLeft(*left)
            ),
        }
    }
}

/// Shows an instant in local time with its offset from UTC, the offset valid at that instant.
#[derive(Clone, Copy, Debug)]
pub struct LocalTime(pub OffsetDateTime);

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = time::UtcOffset::local_offset_at(self.0).unwrap_or(time::UtcOffset::UTC);
        let form = format_description!(
            "[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour sign:mandatory]:[offset_minute]"
        );
        let local = self
            .0
            .to_offset(offset)
            .format(form)
            .map_err(|_| fmt::Error)?;
        f.write_str(&local)
    }
}

/// Shows a duration, from an hour on without seconds: `11h 59m`, `4m 10s`.
#[derive(Clone, Copy, Debug)]
pub struct TimeLeft(pub Duration);

impl fmt::Display for TimeLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let shown = if seconds >= 3600 {
            seconds - seconds % 60
        } else {
            seconds
        };
        humantime::format_duration(Duration::from_secs(shown)).fmt(f)
    }
}

#[cfg(test)]
mod tests;
