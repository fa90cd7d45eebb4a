//! A profile that would shadow itself: its `credential_process` calls aws-mfa for the section that AWS's tools prefer to it.

use std::path::Path;
use std::time::Duration;

use clap::Parser;

use crate::cli::{Cli, Command, ValidityArgs};
use crate::error::Error;
use crate::settings::{Environment, NamedCommand, ProfileSections, Selection};

/// Sees that the config file's profile of the session's name doesn't get its credentials from aws-mfa for that very session: the
/// one in the credentials file goes before it, and expires without being renewed.
pub(super) fn check(
    selection: &Selection,
    sections: &ProfileSections<'_>,
    environment: &Environment,
) -> Result<(), Error> {
    let Some(section) = &sections.config else {
        return Ok(());
    };
    let Some(command) = section.get("credential_process")? else {
        return Ok(());
    };
    let Ok(command) = NamedCommand::parse(command, None) else {
        return Ok(());
    };
    let is_aws_mfa = Path::new(command.program()).file_stem() == Some("aws-mfa".as_ref());
    let words = std::iter::once("aws-mfa").chain(command.arguments().iter().map(String::as_str));
    let Ok(cli) = Cli::try_parse_from(words) else {
        return Ok(());
    };
    if !is_aws_mfa || !matches!(cli.command, Some(Command::CredentialProcess(_))) {
        return Ok(());
    }
    let called = Selection::resolve(
        &cli.common,
        &ValidityArgs::default(),
        Duration::ZERO,
        environment,
    )?;
    // Without --profile the SDK's own environment says which, and that is the profile's.
    let is_own = cli.common.profile.is_none() || called.section == selection.section;
    if is_own && selection.section == selection.profile.value {
        return Err(Error::OwnSection {
            profile: selection.profile.value.clone(),
        });
    }
    Ok(())
}
