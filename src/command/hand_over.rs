//! A session that is handed over to a shell, a command or an SDK: how it is got, and in which
//! variables it goes.

use time::format_description::well_known::Rfc3339;

use super::context::Context;
use super::refresh::{Prepared, Refresh};
use super::{own_section, report};
use crate::cli::RefreshArgs;
use crate::code::source::Stdin;
use crate::error::Error;
use crate::lock::prompt::PromptLock;
use crate::session::SessionCredentials;
use crate::settings::{Origin, Setting, resolve_region};
use crate::shell::Change;

/// A session to hand over.
pub(super) struct Session {
    pub(super) credentials: SessionCredentials,
    /// The region that the profile's own settings or `--region` name.
    region: Option<String>,
}

/// The credentials of a session, and their expiration as text.
type HandedOver<'s> = (&'s SessionCredentials, &'s str);

/// Which part of it a variable has.
type Value = for<'s> fn(HandedOver<'s>) -> &'s str;

/// The variables that a session sets, each with its value.
const VARIABLES: [(&str, Value); 4] = [
    ("AWS_ACCESS_KEY_ID", |(session, _)| &session.access_key_id),
    ("AWS_SECRET_ACCESS_KEY", |(session, _)| {
        session.secret_access_key.expose()
    }),
    ("AWS_SESSION_TOKEN", |(session, _)| {
        session.session_token.expose()
    }),
    ("AWS_CREDENTIAL_EXPIRATION", |(_, expiration)| expiration),
];

/// Two names for a region: the SDKs read the one, botocore the other.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// What AWS tools also take credentials from. `AWS_SECURITY_TOKEN` would outrank the session token
/// (botocore reads it first), and a profile the keys (the JavaScript SDK prefers it).
const NOT_OURS: [&str; 3] = ["AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// Gets a session to hand over: the stored one, where it lasts for a while, else a new one. Of many
/// callers one asks for the code.
pub(super) fn session(context: &Context<'_>, args: &RefreshArgs) -> Result<Session, Error> {
    let refresh = Refresh { context, args };
    // What is wrong with it is found before a code is asked for.
    let region = region(context)?;
    if let Some(credentials) = refresh.stored()? {
        return Ok(Session {
            credentials,
            region,
        });
    }
    let _lock = PromptLock::acquire(
        &context.selection.section,
        &context.selection.credentials_file.value,
        context.environment.cache(),
        context.console,
    )?;
    // Another caller may have got one meanwhile.
    let credentials = match refresh.prepare()? {
        Prepared::StillValid { credentials, .. } => credentials,
        Prepared::Due(plan, due) => {
            let new = refresh.get(&plan, &due, Stdin::Others)?;
            report::refreshed(context.console, &context.selection, &plan.settings, &new);
            new.granted.credentials
        }
    };
    Ok(Session {
        credentials,
        region,
    })
}

/// The region that `--region` or the files name for the profile. One of the environment is there
/// anyway.
fn region(context: &Context<'_>) -> Result<Option<String>, Error> {
    let bytes = context.store.read()?.unwrap_or_default();
    let config = context.read_config()?;
    let sections = context.find(&bytes)?.sections(config.as_ref())?;
    own_section::check(&context.selection, &sections, context.environment)?;
    let region = resolve_region(&context.selection, &sections)?;
    let is_new = |region: &Setting<String>| !matches!(region.origin, Origin::Variable(_));
    Ok(region.filter(is_new).map(|region| region.value))
}

/// Whether the profile's files name a region, which is handed over with its session.
pub(super) fn has_region(context: &Context<'_>) -> Result<bool, Error> {
    let bytes = context.read_file()?;
    let config = context.read_config()?;
    Ok(context
        .find(&bytes)?
        .sections(config.as_ref())?
        .value("region")?
        .is_some())
}

impl Session {
    /// Calls `hand_over` with the variables that the session sets and removes.
    pub(super) fn with_variables<T>(
        &self,
        hand_over: impl FnOnce(&[Change<'_>]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // An expiration that was read or granted can be written.
        let expiration = self
            .credentials
            .expiration
            .format(&Rfc3339)
            .unwrap_or_default();
        let set = |name, value| Change {
            name,
            value: Some(value),
        };
        let mut changes: Vec<Change<'_>> = Vec::new();
        for (name, value) in VARIABLES {
            changes.push(set(name, value((&self.credentials, &expiration))));
        }
        if let Some(region) = &self.region {
            changes.extend(REGION.map(|name| set(name, region)));
        }
        changes.extend(NOT_OURS.map(remove));
        hand_over(&changes)
    }
}

/// The removal of all that a session sets; the region's too, where the profile has one.
pub(super) fn removal(with_region: bool) -> Vec<Change<'static>> {
    let region = REGION.into_iter().filter(|_| with_region);
    VARIABLES
        .into_iter()
        .map(|(name, _)| name)
        .chain(region)
        .map(remove)
        .collect()
}

fn remove(name: &'static str) -> Change<'static> {
    Change { name, value: None }
}
