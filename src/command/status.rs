//! A session's status, as `check` and `list` say it to programs.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::session::{NotValid, ValidSession};

/// A session's status, for JSON.
#[derive(Serialize)]
pub(super) struct Status<'p> {
    pub(super) profile: &'p str,
    /// `valid`, `expiring`, `expired` or `missing`.
    #[serde(rename = "status")]
    pub(super) word: &'static str,
    /// RFC 3339, UTC.
    pub(super) expiration: Option<String>,
    /// Seconds; 0 where there are none.
    pub(super) remaining_seconds: u64,
}

impl<'p> Status<'p> {
    pub(super) fn new(profile: &'p str, validity: &Result<ValidSession, NotValid>) -> Self {
        let (expiration, remaining_seconds) = match validity {
            Ok(session) => (Some(session.expiration), session.remaining.as_secs()),
            Err(NotValid::Expiring(at, left)) => (Some(*at), left.as_secs()),
            Err(NotValid::Expired(at)) => (Some(*at), 0),
            Err(_) => (None, 0),
        };
        Self {
            profile,
            word: word(validity),
            expiration: expiration.and_then(rfc3339),
            remaining_seconds,
        }
    }
}

/// The status in a word. A session that is another role's, or not whole, is as good as none.
fn word(validity: &Result<ValidSession, NotValid>) -> &'static str {
    match validity {
        Ok(_) => "valid",
        Err(NotValid::Expiring(..)) => "expiring",
        Err(NotValid::Expired(_)) => "expired",
        Err(_) => "missing",
    }
}

fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.to_offset(time::UtcOffset::UTC).format(&Rfc3339).ok()
}
