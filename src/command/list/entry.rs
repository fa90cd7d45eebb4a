//! What the list says of a profile. Edge: it reads the clock.

use std::time::Duration;

use serde::Serialize;

use crate::clock;
use crate::command::status::Status;
use crate::session::{NotValid, StoredSession, ValidSession, has_permanent_keys};
use crate::settings::{FileSection, ProfileSections, stored_role};

#[derive(Serialize)]
pub(super) struct Entry<'t> {
    #[serde(flatten)]
    pub(super) status: Status<'t>,
    /// The MFA serial from the long-term section.
    pub(super) device: Option<String>,
    pub(super) role_arn: Option<String>,
    #[serde(skip)]
    pub(super) validity: Result<ValidSession, NotValid>,
}

/// A value that can't be read doesn't keep the profile out of the list.
pub(super) fn entry<'t>(name: &'t str, sections: &ProfileSections<'_>) -> Entry<'t> {
    let session = sections.session.as_ref();
    let session_role = session.and_then(|session| session.get("assumed_role_arn").ok().flatten());
    let session_role = session_role.map(|role| role.value);
    let stored = StoredSession::read(session.map(|session| &session.properties));
    // Each session is checked against its own role.
    let validity = if session.is_some_and(|session| is_permanent(session, sections)) {
        Err(NotValid::PermanentKeys)
    } else {
        stored.check(clock::now(), Duration::ZERO, session_role.as_deref())
    };
    let role = stored_role(sections.long_term.as_ref()).ok().flatten();
    let device = sections.device().ok().flatten();
    Entry {
        status: Status::new(name, &validity),
        device: device.map(|device| device.value),
        role_arn: session_role.or(role.map(|role| role.value)),
        validity,
    }
}

/// Whether the keys in the session's section are permanent ones.
fn is_permanent(session: &FileSection<'_>, sections: &ProfileSections<'_>) -> bool {
    let long_term = sections.long_term.as_ref();
    has_permanent_keys(
        &session.properties,
        long_term.map(|section| &section.properties),
    )
}
