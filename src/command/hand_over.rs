//! A session for a shell, a command or an SDK: how to get it, and which variables it sets.

use time::format_description::well_known::Rfc3339;

use super::context::Context;
use super::refresh::{Prepared, Refresh};
use super::{report, roles, self_reference};
use crate::cli::RefreshArgs;
use crate::code::source::Stdin;
use crate::error::Error;
use crate::files::access::Use;
use crate::lock::prompt::{PromptLock, PromptLockPlace};
use crate::runtime;
use crate::sanitize::shorten;
use crate::session::SessionCredentials;
use crate::settings::{Origin, Setting, resolve_region};
use crate::shell::Change;

pub(super) struct Session {
    pub(super) credentials: SessionCredentials,
    /// From `--region` or the profile's own settings, not from the environment.
    region: Option<String>,
}

type HandedOver<'s> = (&'s SessionCredentials, &'s str);

/// Picks a variable's value from the session.
type Value = for<'s> fn(HandedOver<'s>) -> &'s str;

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

/// The SDKs read the first, botocore the second.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Removed, as AWS tools take credentials from these, too: `AWS_SECURITY_TOKEN` would outrank the
/// session token (botocore reads it first), a profile the keys (in the JavaScript SDK).
const CONFLICTING_VARIABLES: [&str; 3] =
    ["AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// Returns the stored session if it lasts long enough, otherwise a new one. Of many callers, only
/// one asks for the code.
pub(super) fn session(context: &Context<'_>, args: &RefreshArgs) -> Result<Session, Error> {
    let Some(chain) = context.role_chain()? else {
        return session_of(context, args);
    };
    let profile = shorten(&context.selection.profile.value);
    if args.validity.assume_role.is_some() {
        let problem = format!("profile {profile} is a role's already");
        return Err(Origin::Flag("--assume-role").problem(problem));
    }
    let source = context.for_source(&chain);
    let session = session_of(&source, args)?;
    let credentials = roles::assume(&source, &chain, session.credentials)?;
    // The role's own region, unless an option or a variable names one, or else the source's.
    let own = chain.roles.first().and_then(|role| role.region.as_ref());
    let region = match context.selection.with_region(own).region() {
        Some(region) if is_new(region) => Some(region.value.clone()),
        Some(_) => None,
        None => session.region,
    };
    Ok(Session {
        credentials,
        region,
    })
}

fn session_of(context: &Context<'_>, args: &RefreshArgs) -> Result<Session, Error> {
    let refresh = Refresh {
        context,
        args,
        usage: Use::HandOver,
    };
    // Its errors must come before a code is asked for.
    let region = region(context)?;
    if let Some(credentials) = refresh.stored()? {
        return Ok(Session {
            credentials,
            region,
        });
    }
    let place = PromptLockPlace {
        section: &context.selection.section,
        credentials: &context.selection.credentials_file.value,
        cache: context.environment.cache(),
        home: context.environment.home().ok(),
    };
    let _lock = runtime::run(PromptLock::acquire(&place, context.console))?;
    // Another caller may have stored one in the meantime.
    let credentials = match refresh.prepare()? {
        Prepared::StillValid { credentials, .. } => credentials,
        // Followed before; it has become a role's in this moment.
        Prepared::RoleOf(chain) => {
            return session(&context.for_source(&chain), args);
        }
        Prepared::Due(due) => {
            let new = refresh.get(&due, Stdin::Child)?;
            let settings = &due.plan.settings;
            report::refreshed(context.console, &context.selection, settings, &new);
            new.granted.credentials
        }
    };
    Ok(Session {
        credentials,
        region,
    })
}

/// The region from `--region` or the files. One from the environment is set anyway.
fn region(context: &Context<'_>) -> Result<Option<String>, Error> {
    let contents = context.store.read()?;
    let config = context.read_config()?;
    let sections = context.find(contents.as_ref())?.sections(config.as_ref())?;
    self_reference::check(&context.selection, &sections, context.environment)?;
    let region = resolve_region(&context.selection, &sections)?;
    Ok(region.filter(is_new).map(|region| region.value))
}

/// One from the environment is set anyway.
fn is_new(region: &Setting<String>) -> bool {
    !matches!(region.origin, Origin::Variable(_))
}

/// Whether the files name a region for the profile, which is handed over with the session.
pub(super) fn has_region(context: &Context<'_>) -> Result<bool, Error> {
    let contents = context.read_file()?;
    let config = context.read_config()?;
    Ok(context
        .find(Some(&contents))?
        .sections(config.as_ref())?
        .value("region")?
        .is_some())
}

impl Session {
    pub(super) fn with_variables<T>(
        &self,
        hand_over: impl FnOnce(&[Change<'_>]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // An expiration that was parsed or granted can always be formatted.
        let expiration = self
            .credentials
            .expiration
            .format(&Rfc3339)
            .unwrap_or_default();
        let mut changes: Vec<Change<'_>> = Vec::new();
        for (name, value) in VARIABLES {
            changes.push(set(name, value((&self.credentials, &expiration))));
        }
        if let Some(region) = &self.region {
            changes.extend(REGION.map(|name| set(name, region)));
        }
        changes.extend(CONFLICTING_VARIABLES.map(|name| Change { name, value: None }));
        hand_over(&changes)
    }
}

/// Removes everything that a session sets, including the region if the profile has one.
pub(super) fn removal(with_region: bool) -> Vec<Change<'static>> {
    let region = REGION.into_iter().filter(|_| with_region);
    VARIABLES
        .into_iter()
        .map(|(name, _)| name)
        .chain(region)
        .map(|name| Change { name, value: None })
        .collect()
}

fn set<'v>(name: &'static str, value: &'v str) -> Change<'v> {
    Change {
        name,
        value: Some(value),
    }
}
