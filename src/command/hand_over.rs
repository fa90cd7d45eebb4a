//! A session for a shell, a command or an SDK: how to get it, and which variables it sets.

use time::format_description::well_known::Rfc3339;

use super::context::Context;
use super::plan::wants_code;
use super::refresh::{Prepared, Refresh};
use super::roles::{self, Assumption};
use super::stored_profile::StoredProfile;
use super::{report, self_reference};
use crate::cli::RefreshArgs;
use crate::code::source::{Obtained, Stdin};
use crate::error::Error;
use crate::files::access::Use;
use crate::lock::prompt::{PromptLock, PromptLockPlace};
use crate::role_chain::{LONGEST, RoleChain};
use crate::runtime;
use crate::session::SessionCredentials;
use crate::settings::{
    Origin, ProfileSections, Role, Setting, given_duration, resolve_region, stored_role,
};
use crate::shell::statements::Change;

pub(super) struct Session {
    pub(super) credentials: SessionCredentials,
    /// From `--region` or the profile's own settings, not from the environment.
    region: Option<String>,
    /// Whose session it is, or the role's profile.
    pub(super) profile: String,
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

/// The profile's name, for a shell's prompt. AWS tools don't read it.
pub(super) const PROFILE: &str = "AWS_MFA_PROFILE";

/// The SDKs read the first, botocore the second.
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Removed, as AWS tools take credentials from these, too: `AWS_SECURITY_TOKEN` would outrank the
/// session token (botocore reads it first), a profile the keys (in the JavaScript SDK).
const CONFLICTING_VARIABLES: [&str; 3] =
    ["AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// Returns the stored session if it lasts long enough, otherwise a new one, or a role's credentials
/// from either. Of many callers, only one asks for the code.
pub(super) fn session(context: &Context<'_>, args: &RefreshArgs) -> Result<Session, Error> {
    let chain =
        context.read_profile(|stored| match context.role_chain(&stored, Use::HandOver)? {
            Some(chain) => {
                roles::refuse_options(context, args)?;
                Ok(Some(chain))
            }
            None => role_by_option(context, &stored, args),
        })?;
    let Some(chain) = chain else {
        return session_of(context, args);
    };
    let source = context.for_source(&chain);
    let of_source = match context.selection.given_role() {
        // What was given is for the role.
        Some(_) => &RefreshArgs {
            duration: None,
            ..args.clone()
        },
        None => args,
    };
    let assumption = Assumption::prepare(&source, &chain, args)?;
    let session = session_of(&source, of_source)?;
    let region = region_to_set(assumption.region.clone());
    Ok(Session {
        credentials: assumption.assume(&source, session.credentials)?,
        region,
        profile: context.selection.profile.value.clone(),
    })
}

/// The role that `--assume-role` names, if the profile's own session can sign for it: nothing needs to
/// be written then. A session for that role may be stored already.
fn role_by_option(
    context: &Context<'_>,
    stored: &StoredProfile<'_>,
    args: &RefreshArgs,
) -> Result<Option<RoleChain>, Error> {
    let (selection, environment) = (&context.selection, context.environment);
    let Some(role) = selection.given_role() else {
        return Ok(None);
    };
    let is_by_option = matches!(role.origin, Origin::Flag(_));
    let is_elsewhere = selection.section != selection.profile.value;
    let is_stored = stored_role(stored.long_term.as_ref())?.is_some();
    if !is_by_option || is_elsewhere || is_stored || matches!(stored.validity(), Ok(Ok(_))) {
        return Ok(None);
    }
    let duration = given_duration(true, args, environment)?;
    let duration = duration.unwrap_or_else(|| Setting::default(LONGEST));
    if wants_code(&duration, args) {
        return Ok(None);
    }
    let role = Role::resolve(role.clone(), args, environment, &ProfileSections::default())?;
    let source = selection.profile.clone();
    Ok(Some(RoleChain::of_role(source, role, duration)))
}

/// Of the profile itself.
pub(super) fn own_session(
    context: &Context<'_>,
    args: &RefreshArgs,
) -> Result<SessionCredentials, Error> {
    session_of(context, args).map(|session| session.credentials)
}

fn session_of(context: &Context<'_>, args: &RefreshArgs) -> Result<Session, Error> {
    let refresh = Refresh {
        context,
        args,
        usage: Use::HandOver,
    };
    let profile = context.selection.profile.value.clone();
    // Its errors must come before a code is asked for.
    let region = region(context)?;
    if let Some(credentials) = refresh.stored()? {
        return Ok(Session {
            credentials,
            region,
            profile,
        });
    }
    let place = PromptLockPlace {
        section: &context.selection.section,
        credentials: &context.selection.credentials_file.value,
        cache: context.environment.cache(),
        home: context.environment.home().ok(),
    };
    let lock = runtime::run(PromptLock::acquire(&place, context.console))?;
    // Another caller may have stored one in the meantime.
    let credentials = match refresh.prepare()? {
        Prepared::StillValid { credentials, .. } => credentials,
        // It was followed before, and has become a role's in this moment.
        Prepared::RoleOf(_) => {
            drop(lock);
            return session(context, args);
        }
        Prepared::Due(due) => match refresh.get(&due, Stdin::Child)? {
            Obtained::New(new) => {
                let settings = &due.plan.settings;
                report::refreshed(context.console, &context.selection, settings, &new);
                new.granted.credentials
            }
            Obtained::Stored(_, credentials) => {
                report::stored_meanwhile(context.console);
                credentials
            }
        },
    };
    Ok(Session {
        credentials,
        region,
        profile,
    })
}

/// The region from `--region` or the files. One from the environment is set anyway.
fn region(context: &Context<'_>) -> Result<Option<String>, Error> {
    let contents = context.store.read()?;
    let config = context.read_config()?;
    let sections = context.find(contents.as_ref())?.sections(config.as_ref())?;
    self_reference::check(&context.selection, &sections, context.environment)?;
    let region = resolve_region(&context.selection, &sections)?;
    Ok(region_to_set(region))
}

/// One from the environment is set anyway.
pub(super) fn region_to_set(region: Option<Setting<String>>) -> Option<String> {
    let is_new = |region: &Setting<String>| !matches!(region.origin, Origin::Variable(_));
    region.filter(is_new).map(|region| region.value)
}

/// Whether a region is handed over with the session.
pub(super) fn has_region(context: &Context<'_>) -> Result<bool, Error> {
    let contents = context.read_file()?;
    let config = context.read_config()?;
    let stored = context.find(Some(&contents))?;
    let chain = context.role_chain(&stored, Use::HandOver)?;
    let source = chain.as_ref().map(|chain| context.for_source(chain));
    let source = source.as_ref().unwrap_or(context);
    let of_source = source.find(Some(&contents))?;
    let sections = match &chain {
        Some(_) => of_source.sections_for_role(&context.selection.profile.value, config.as_ref()),
        None => of_source.sections(config.as_ref()),
    };
    Ok(sections?.value("region")?.is_some())
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
        changes.push(set(PROFILE, &self.profile));
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
        .chain([PROFILE])
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
