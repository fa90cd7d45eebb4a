//! The variables that hand a session over to a shell or a command.

use time::format_description::well_known::Rfc3339;

use super::refresh::Session;
use crate::error::Error;
use crate::shell::Change;

/// What AWS's tools take credentials from. `AWS_SECURITY_TOKEN` would outrank the session token (botocore reads it first), and a
/// profile the keys (the JavaScript SDK prefers it).
const NOT_OURS: [&str; 3] = ["AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// The names that a session sets.
const OURS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
];

/// Two names for a region: the SDKs read the one, botocore the other.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Calls `use_` with the variables that `session` sets and removes.
///
/// # Errors
/// `use_`'s.
pub(super) fn with_variables<T>(
    session: &Session,
    use_: impl FnOnce(&[Change<'_>]) -> Result<T, Error>,
) -> Result<T, Error> {
    let credentials = &session.credentials;
    // An expiration that was read or granted can be written.
    let expiration = credentials.expiration.format(&Rfc3339).unwrap_or_default();
    let values = [
        credentials.access_key_id.as_str(),
        credentials.secret_access_key.expose(),
        credentials.session_token.expose(),
        expiration.as_str(),
    ];
    let set = |(name, value)| Change {
        name,
        value: Some(value),
    };
    let mut changes: Vec<Change<'_>> = OURS.into_iter().zip(values).map(set).collect();
    if let Some(region) = &session.region {
        changes.extend(REGION.map(|name| set((name, region.as_str()))));
    }
    changes.extend(NOT_OURS.map(|name| Change { name, value: None }));
    use_(&changes)
}

/// The removal of all that a session sets; the region's too, where the profile has one.
pub(super) fn removal(with_region: bool) -> Vec<Change<'static>> {
    let remove = |name| Change { name, value: None };
    let region = REGION.into_iter().filter(|_| with_region);
    OURS.into_iter().chain(region).map(remove).collect()
}
