//! A session's status in JSON, and in words why it isn't valid. Edge: it shows local times.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::sanitize::shorten;
use crate::session::{NotValid, ValidSession};
use crate::times::{LocalTime, Reader, TimeLeft};

#[derive(Serialize)]
pub(super) struct Status<'p> {
    pub(super) profile: &'p str,
    /// For a role's profile: whose session it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_profile: Option<&'p str>,
    /// `valid`, `expiring`, `expired`, `permanent` (keys) or `missing`.
    #[serde(rename = "status")]
    pub(super) word: &'static str,
    /// RFC 3339, UTC.
    expiration: Option<String>,
    /// 0 if the session has expired or is missing.
    remaining_seconds: u64,
}

impl<'p> Status<'p> {
    pub(super) fn new(profile: &'p str, validity: &Result<ValidSession, NotValid>) -> Self {
        // A session that is for another role, or incomplete, counts as missing.
        let (word, expiration, remaining_seconds) = match validity {
            Ok(session) => (
                "valid",
                Some(session.expiration),
                session.remaining.as_secs(),
            ),
            Err(NotValid::Expiring(at, left)) => ("expiring", Some(*at), left.as_secs()),
            Err(NotValid::Expired(at)) => ("expired", Some(*at), 0),
            Err(NotValid::PermanentKeys) => ("permanent", None, 0),
            Err(_) => ("missing", None, 0),
        };
        Self {
            profile,
            source_profile: None,
            word,
            expiration: expiration.and_then(rfc3339),
            remaining_seconds,
        }
    }
}

impl<'p> Status<'p> {
    /// Whether it is of a role's profile.
    pub(super) fn is_role(&self) -> bool {
        self.source_profile.is_some()
    }

    /// As an answer to the question for the role's profile `asked`.
    pub(super) fn asked_for(self, asked: Option<&'p str>) -> Self {
        match asked {
            Some(asked) => Self {
                source_profile: Some(self.profile),
                profile: asked,
                ..self
            },
            None => self,
        }
    }
}

fn rfc3339(at: OffsetDateTime) -> Option<String> {
    let utc = at.checked_to_offset(time::UtcOffset::UTC)?;
    utc.format(&Rfc3339).ok()
}

pub(super) fn reason(not_valid: &NotValid, reader: Reader) -> String {
    match not_valid {
        NotValid::Missing => "no session yet".to_owned(),
        NotValid::Incomplete(key) => format!("the session's {key} is missing or unreadable"),
        NotValid::StaleSecurityToken => {
            "aws_security_token differs from the session token".to_owned()
        }
        NotValid::OtherRole { stored, wanted } => {
            let name = |role: &Option<String>| {
                let role = role.as_deref();
                role.map_or("without a role".to_owned(), |role| {
                    format!("for {}", shorten(role))
                })
            };
            format!(
                "it holds a session {}, not one {}",
                name(stored),
                name(wanted)
            )
        }
        NotValid::PermanentKeys => "permanent keys, not a session".to_owned(),
        NotValid::Expired(at) => format!("expired at {}", LocalTime(*at, reader)),
        NotValid::Expiring(at, left) => {
            format!(
                "expires at {} ({} left, less than requested)",
                LocalTime(*at, reader),
                TimeLeft(*left)
            )
        }
    }
}
