//! What a refresh needs before a code: keys, settings, permission to run commands named in files.

use super::context::Context;
use super::stored_profile::{ConfigFile, StoredProfile};
use super::{report, self_reference};
use crate::aws::authorities::Authorities;
use crate::cli::RefreshArgs;
use crate::error::Error;
use crate::keys::source::KeySource;
use crate::process::BUSY_SECTIONS;
use crate::role_chain::LONGEST;
use crate::session::SessionCredentials;
use crate::settings::{Environment, Origin, ProfileSections, RefreshSettings, Selection, Verb};

pub(super) struct Plan {
    pub(super) keys: KeySource,
    pub(super) settings: RefreshSettings,
    pub(super) authorities: Authorities,
    /// The user's own session, which signs instead of the keys: a role needs no code then.
    pub(super) signer: Option<SessionCredentials>,
    /// The value of [`BUSY_SECTIONS`], including this section.
    pub(super) busy: String,
    /// The credentials file's size in bytes when the plan was made.
    pub(super) seen: usize,
}

impl Plan {
    pub(super) fn make(
        context: &Context<'_>,
        stored: &StoredProfile<'_>,
        config: Option<&ConfigFile<'_>>,
        args: &RefreshArgs,
    ) -> Result<Self, Error> {
        let (selection, environment, console) =
            (&context.selection, context.environment, context.console);
        let sections = stored.sections(config)?;
        let mut keys = KeySource::find(&sections, environment);
        if let Err(Error::NoLongTermKey { setup, .. }) = &mut keys {
            *setup = selection.command_line(Verb::Setup);
        }
        let keys = keys?.ok_or_else(|| no_long_term_section(selection, &sections, stored))?;
        self_reference::check(selection, &sections, environment)?;
        let role = stored.role.clone();
        let mut settings = RefreshSettings::resolve(selection, role, args, environment, &sections)?;
        let signer = stored
            .own_session()
            .filter(|_| can_sign(selection, &settings, args));
        if signer.is_some() && settings.duration.value > LONGEST {
            console.detail("a role that is assumed with a session lasts an hour at most");
            settings.duration.value = LONGEST;
        }
        report::settings(console, &keys, &settings);
        let commands = keys.command().into_iter().chain(&settings.token_command);
        let obeyed = commands.map(|command| &command.origin);
        let obeyed = obeyed.chain(settings.sts.obeyed());
        context.check_obeyed(stored, config, obeyed)?;
        let authorities = context.read_authorities(&settings.sts)?;
        let busy = busy_sections(selection, environment)?;
        Ok(Self {
            keys,
            settings,
            authorities,
            signer,
            busy,
            seen: stored.document.len(),
        })
    }
}

/// Whether a stored session may sign for the role: it stays where it is, and nobody asked for a code
/// or for longer than such a role lasts.
fn can_sign(selection: &Selection, settings: &RefreshSettings, args: &RefreshArgs) -> bool {
    let is_elsewhere = selection.section != selection.profile.value;
    let duration = &settings.duration;
    let is_long = duration.value > LONGEST
        && matches!(duration.origin, Origin::Flag(_) | Origin::Variable(_));
    settings.role.is_some() && is_elsewhere && args.token.is_none() && !is_long
}

/// Between sections in [`BUSY_SECTIONS`]: no name has it.
const SEPARATOR: char = ';';

/// The value of [`BUSY_SECTIONS`] for commands. Returns an error if this section is already in it.
fn busy_sections(selection: &Selection, environment: &Environment) -> Result<String, Error> {
    let section = &selection.section;
    let Some(busy) = environment.get(BUSY_SECTIONS)? else {
        return Ok(section.clone());
    };
    if busy.value.split(SEPARATOR).any(|busy| busy == section) {
        return Err(Error::Recursion {
            section: section.clone(),
        });
    }
    Ok(format!("{}{SEPARATOR}{section}", busy.value))
}

fn no_long_term_section(
    selection: &Selection,
    sections: &ProfileSections<'_>,
    stored: &StoredProfile<'_>,
) -> Error {
    let profile = selection.profile.value.clone();
    match sections.source_profile() {
        Err(error) => error,
        Ok(Some((source_profile, section))) => Error::UsesSourceProfile {
            command: selection.command_line_for(&source_profile, Verb::Refresh),
            profile,
            source_profile,
            section,
        },
        Ok(None) => {
            let setup = selection.command_line(Verb::Setup);
            let known = stored.known_profiles();
            let hint = match stored.usable_keys() {
                Some(hint) if known.is_none() => hint,
                _ => {
                    let known = known.map(|known| format!("{known}; ")).unwrap_or_default();
                    format!("{known}run `{setup}` to store keys for it")
                }
            };
            Error::NoLongTermSection {
                section: selection.long_term_section.clone(),
                path: selection.credentials_file.value.clone(),
                hint,
            }
        }
    }
}
