//! Why a refresh is due, in words. Edge: it shows local times.

use super::status;
use crate::sanitize::shorten;
use crate::session::NotValid;
use crate::settings::Verb;
use crate::times::Reader;

/// Why a refresh is due.
pub(super) struct Reason {
    /// The beginning of a sentence.
    pub(super) text: String,
    /// What does the same at a terminal.
    pub(super) verb: Verb,
}

impl Reason {
    /// `not_valid` is `None` for a session that is valid.
    pub(super) fn new(profile: &str, not_valid: Option<NotValid>, reader: Reader) -> Self {
        let Some(not_valid) = not_valid else {
            return Self {
                text: "a new session was requested".to_owned(),
                verb: Verb::ForcedRefresh,
            };
        };
        Self {
            text: format!(
                "the session of profile {} needs a refresh ({})",
                shorten(profile),
                status::reason(&not_valid, reader)
            ),
            verb: match not_valid {
                // Long enough for the main job.
                NotValid::Expiring(..) => Verb::ForcedRefresh,
                _ => Verb::Refresh,
            },
        }
    }
}
