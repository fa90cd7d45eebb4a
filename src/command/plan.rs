//! What a refresh needs before a code: keys, settings, and the right to run the commands that files
//! name.

use super::context::{Context, StoredProfile};
use super::{own_section, report};
use crate::cli::RefreshArgs;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::keys::source::KeySource;
use crate::process::BUSY_SECTIONS;
use crate::settings::{Environment, ProfileSections, RefreshSettings, Selection};

/// All that a refresh needs before a code.
pub(super) struct Plan {
    pub(super) keys: KeySource,
    pub(super) settings: RefreshSettings,
    /// The sections that aws-mfa is busy with, this one included.
    pub(super) busy: String,
    /// The size of the credentials file that it was made from, in bytes.
    pub(super) seen: usize,
}

impl Plan {
    /// Makes it from the options, the environment and the files.
    pub(super) fn make(
        context: &Context<'_>,
        stored: &StoredProfile<'_>,
        args: &RefreshArgs,
    ) -> Result<Self, Error> {
        let (selection, environment, console) =
            (&context.selection, context.environment, context.console);
        let config = context.read_config()?;
        let sections = stored.sections(config.as_ref())?;
        let keys = KeySource::find(&sections)?
            .ok_or_else(|| no_long_term_section(selection, &sections, stored.known_profiles()))?;
        own_section::check(selection, &sections, environment)?;
        let role = stored.role.clone();
        let settings = RefreshSettings::resolve(selection, role, args, environment, &sections)?;
        report::settings(console, &keys, &settings);
        let commands = keys.command().into_iter().chain(&settings.token_command);
        for path in commands.filter_map(|command| command.file.as_deref()) {
            let store = Store::new(path);
            store.check_commands()?;
            if *path != *selection.credentials_file.value {
                store.warn_of_group(console);
            }
        }
        let busy = busy_sections(selection, environment)?;
        Ok(Self {
            keys,
            settings,
            busy,
            seen: stored.document.len(),
        })
    }
}

/// The sections that aws-mfa is busy with, for the commands that it runs.
fn busy_sections(selection: &Selection, environment: &Environment) -> Result<String, Error> {
    let section = &selection.section;
    let Some(busy) = environment.get(BUSY_SECTIONS)? else {
        return Ok(section.clone());
    };
    if busy.value.split(' ').any(|busy| busy == section) {
        return Err(Error::Recursion {
            section: section.clone(),
        });
    }
    Ok(format!("{} {section}", busy.value))
}

/// Why there are no long-term keys.
fn no_long_term_section(
    selection: &Selection,
    sections: &ProfileSections<'_>,
    known: Option<String>,
) -> Error {
    let profile = selection.profile.value.clone();
    match sections.source_profile() {
        Err(error) => error,
        Ok(Some((source_profile, section))) => Error::TakesFromAnother {
            profile,
            source_profile,
            section,
        },
        Ok(None) => {
            let setup = selection.command_line(Some("setup"));
            let known = known.map(|known| format!("{known}; ")).unwrap_or_default();
            Error::NoLongTermSection {
                section: selection.long_term_section.clone(),
                path: selection.credentials_file.value.clone(),
                hint: format!("{known}run `{setup}` to store keys for {profile}"),
            }
        }
    }
}
