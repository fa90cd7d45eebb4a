//! A profile that would shadow itself: its `credential_process` calls aws-mfa for the section that AWS
//! tools prefer to it. Pure.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::cli::{Cli, Command, ValidityArgs};
use crate::error::Error;
use crate::settings::{Environment, NamedCommand, ProfileSections, Selection};

/// Checks that the config file's profile of the session's name doesn't get its credentials from
/// aws-mfa for that very session: the one in the credentials file goes before it, and expires without
/// being renewed.
pub(super) fn check(
    selection: &Selection,
    sections: &ProfileSections<'_>,
    environment: &Environment,
) -> Result<(), Error> {
    let command = match &sections.config {
        Some(section) => section.get("credential_process")?,
        None => None,
    };
    let command = command.and_then(|command| NamedCommand::parse(command, None).ok());
    let Some(called) = command.as_ref().and_then(called) else {
        return Ok(());
    };
    let any = ValidityArgs::default();
    let called_for = Selection::resolve(&called.common, &any, Duration::ZERO, environment)?;
    // Without --profile the SDK's own environment says which, and that is the profile's.
    let is_own = called.common.profile.is_none() || called_for.section == selection.section;
    if is_own && selection.section == selection.profile.value {
        return Err(Error::OwnSection {
            profile: selection.profile.value.clone(),
        });
    }
    Ok(())
}

/// The command line, where the command is `aws-mfa credential-process`.
fn called(command: &NamedCommand) -> Option<Cli> {
    if Path::new(command.program()).file_stem() != Some("aws-mfa".as_ref()) {
        return None;
    }
    let words = std::iter::once("aws-mfa").chain(command.arguments().iter().map(String::as_str));
    let words: Vec<OsString> = words.map(OsString::from).collect();
    let cli = Cli::parse_words(&words).ok()?;
    matches!(cli.command, Some(Command::CredentialProcess(_))).then_some(cli)
}
