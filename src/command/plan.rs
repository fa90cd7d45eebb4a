//! What a refresh needs before a code: keys, settings, permission to run commands named in files.

use std::time::Duration;

use super::context::Context;
use super::stored_profile::{ConfigFile, StoredProfile};
use super::{report, roles, self_reference};
use crate::aws::authorities::Authorities;
use crate::cli::RefreshArgs;
use crate::error::Error;
use crate::keys::source::KeySource;
use crate::process::BUSY_SECTIONS;
use crate::role_chain::LONGEST;
use crate::session::SessionCredentials;
use crate::settings::aws::IAM;
use crate::settings::{
    DEVICE_KEYS, Environment, Origin, ProfileSections, RefreshSettings, Role, Selection,
    ServiceSettings, Setting, Verb,
};

/// How to get the session.
pub(super) enum Way {
    Code { keys: KeySource, device: Device },
    Session(Box<BySession>),
}

pub(super) enum Device {
    /// The MFA serial.
    Known(Setting<String>),
    /// IAM there is to be asked.
    Asked(Box<ServiceSettings>),
}

/// A role that the user's own session signs for: no code is needed.
pub(super) struct BySession {
    pub(super) session: SessionCredentials,
    pub(super) role: Role,
}

pub(super) struct Plan {
    pub(super) way: Way,
    pub(super) settings: RefreshSettings,
    pub(super) authorities: Authorities,
    /// The value of [`BUSY_SECTIONS`], including this section.
    pub(super) busy: String,
    /// The credentials file's size in bytes when the plan was made.
    pub(super) seen: usize,
}

impl Way {
    fn iam(&self) -> Option<&ServiceSettings> {
        match self {
            Self::Code {
                device: Device::Asked(iam),
                ..
            } => Some(iam),
            _ => None,
        }
    }

    fn keys(&self) -> Option<&KeySource> {
        match self {
            Self::Code { keys, .. } => Some(keys),
            Self::Session(_) => None,
        }
    }
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
        let signer = stored.own_session().filter(|_| may_sign(selection, stored));
        // A missing section is what to say first.
        let keys = match signer {
            Some(_) => None,
            None => Some(find_keys(selection, &sections, stored, environment)?),
        };
        self_reference::check(selection, &sections, environment)?;
        let role = stored.role.clone();
        let mut settings = RefreshSettings::resolve(selection, role, args, environment, &sections)?;
        let way = match (signer, &settings.role) {
            (Some(session), Some(role)) if !wants_code(&settings.duration, args) => {
                let role = role.clone();
                limit_to_an_hour(context, &mut settings)?;
                Way::Session(Box::new(BySession { session, role }))
            }
            _ => Way::Code {
                keys: match keys {
                    Some(keys) => keys,
                    None => find_keys(selection, &sections, stored, environment)?,
                },
                device: match &settings.device {
                    Some(device) => Device::Known(device.clone()),
                    None => find_device(context, stored, &sections)?,
                },
            },
        };
        report::settings(console, way.keys(), &settings);
        let commands = way.keys().and_then(KeySource::command).into_iter();
        let commands = commands.chain(&settings.token_command);
        let commands = commands.chain(&settings.askpass);
        let obeyed = commands.map(|command| &command.origin);
        let obeyed = obeyed.chain(settings.sts.obeyed());
        let obeyed = obeyed.chain(way.iam().into_iter().flat_map(ServiceSettings::obeyed));
        context.check_obeyed(stored, config, obeyed)?;
        let authorities = context.read_authorities(&settings.sts)?;
        let busy = busy_sections(selection, environment)?;
        Ok(Self {
            way,
            settings,
            authorities,
            busy,
            seen: stored.document.len(),
        })
    }
}

/// Where the permanent keys come from.
pub(super) fn find_keys(
    selection: &Selection,
    sections: &ProfileSections<'_>,
    stored: &StoredProfile<'_>,
    environment: &Environment,
) -> Result<KeySource, Error> {
    let mut keys = KeySource::find(sections, environment);
    if let Err(Error::NoLongTermKey { setup, .. }) = &mut keys {
        *setup = selection.command_line(Verb::Setup);
    }
    keys?.ok_or_else(|| no_long_term_section(selection, sections, stored))
}

/// Where to ask for the device. Returns an error if one is configured, but where nothing reads it.
fn find_device(
    context: &Context<'_>,
    stored: &StoredProfile<'_>,
    sections: &ProfileSections<'_>,
) -> Result<Device, Error> {
    let selection = &context.selection;
    let section = &selection.long_term_section;
    if stored.document.in_default(section, &DEVICE_KEYS).is_some() {
        return Err(Error::NoDevice {
            section: section.clone(),
            setup: selection.command_line(Verb::Setup),
            source: None,
        });
    }
    let iam = ServiceSettings::resolve(&IAM, selection, context.environment, sections, None);
    iam.map(Box::new).map(Device::Asked)
}

/// As AWS does for a role that is assumed with a session.
fn limit_to_an_hour(context: &Context<'_>, settings: &mut RefreshSettings) -> Result<(), Error> {
    if settings.duration.value <= LONGEST {
        return Ok(());
    }
    roles::note_cut(context);
    settings.duration.value = LONGEST;
    let min_remaining = &context.selection.min_remaining;
    if min_remaining.value >= LONGEST {
        let problem = "must be shorter than the session, which lasts an hour at most";
        return Err(min_remaining.origin.problem(problem));
    }
    Ok(())
}

/// Whether a stored session may sign for the role: it stays where it is.
fn may_sign(selection: &Selection, stored: &StoredProfile<'_>) -> bool {
    stored.role.is_some() && selection.section != selection.profile.value
}

/// Whether a role is to be assumed with a code: given, or for longer than a session can sign for.
pub(super) fn wants_code(duration: &Setting<Duration>, args: &RefreshArgs) -> bool {
    let is_given = matches!(duration.origin, Origin::Flag(_) | Origin::Variable(_));
    args.code.token.is_some() || duration.value > LONGEST && is_given
}

/// Between sections in [`BUSY_SECTIONS`]: no name has it.
const SEPARATOR: char = ';';

/// The value of [`BUSY_SECTIONS`] for commands. Returns an error if this section is already in it.
pub(super) fn busy_sections(
    selection: &Selection,
    environment: &Environment,
) -> Result<String, Error> {
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
        Ok(Some((source_profile, section))) if source_profile != profile => {
            Error::UsesSourceProfile {
                command: selection.command_line_for(&source_profile, Verb::Refresh),
                profile,
                source_profile,
                section,
            }
        }
        Ok(_) => {
            let setup = selection.command_line(Verb::Setup);
            let to_store = format!("run `{setup}` to store keys for it");
            let is_given = selection.profile.origin != Origin::Default;
            let hint = match (stored.near_profiles_with_keys(), stored.known_profiles()) {
                // Whoever has one profile and names none means that.
                (None, Some(known)) if !is_given => {
                    let meant = match stored.only_profile() {
                        Some(only) => {
                            format!("run `{}`", selection.command_line_for(only, Verb::Refresh))
                        }
                        None => format!("{known}; name one with --profile"),
                    };
                    format!("{meant}; or `{setup}` to store keys for profile default")
                }
                (Some(near), _) => format!("{near} Otherwise {to_store}"),
                (None, Some(known)) => format!("{known}; {to_store}"),
                (None, None) => stored.usable_keys().unwrap_or(to_store),
            };
            Error::NoLongTermSection {
                section: selection.long_term_section.clone(),
                path: selection.credentials_file.value.clone(),
                hint,
            }
        }
    }
}
