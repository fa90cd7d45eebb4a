//! A profile whose `credential_process` calls aws-mfa for the section that hides it. Pure.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::cli::{Cli, Command, RefreshArgs};
use crate::error::Error;
use crate::settings::{Environment, NamedCommand, ProfileSections, Selection, Verb};

/// Returns an error if the config file's profile gets its credentials from aws-mfa for the section
/// of the same name: AWS tools read that section first, and it would expire and never be renewed.
pub(super) fn check(
    selection: &Selection,
    sections: &ProfileSections<'_>,
    environment: &Environment,
) -> Result<(), Error> {
    // One that not all tools read the same isn't ours to judge.
    let command = sections.config.as_ref();
    let command = command.and_then(|section| section.get("credential_process").ok().flatten());
    let command = command.and_then(|command| NamedCommand::parse(command, environment).ok());
    let Some(called) = command.as_ref().and_then(called) else {
        return Ok(());
    };
    let any = RefreshArgs::default();
    let called_for = Selection::resolve(&called.common, &any, Duration::ZERO, environment)?;
    // Without `--profile`, the SDK's environment selects the profile, which is this one.
    let is_own = called.common.profile.is_none() || called_for.section == selection.section;
    if is_own && selection.section == selection.profile.value {
        return Err(Error::OwnSection {
            profile: selection.profile.value.clone(),
            command: selection.command_line_for(&selection.profile.value, Verb::CredentialProcess),
        });
    }
    Ok(())
}

/// The parsed command line if the command is `aws-mfa credential-process`.
pub(super) fn called(command: &NamedCommand) -> Option<Cli> {
    if Path::new(command.program()).file_stem() != Some("aws-mfa".as_ref()) {
        return None;
    }
    let words = std::iter::once("aws-mfa").chain(command.arguments().iter().map(String::as_str));
    let words: Vec<OsString> = words.map(OsString::from).collect();
    let cli = Cli::parse_words(&words).ok()?;
    matches!(cli.command, Some(Command::CredentialProcess(_))).then_some(cli)
}
