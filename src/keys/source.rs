//! Where a profile's permanent keys come from: a file, or a command that a file names. Edge: it runs
//! that command.

use serde::Deserialize;

use super::{LongTermKeys, check_other_sources, is_key_id, is_secret_key};
use crate::console::Console;
use crate::error::{CommandProblem, Error};
use crate::process;
use crate::secret::Secret;
use crate::settings::{NamedCommand, ProfileSections};

/// Where a profile's permanent keys come from.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    /// They stand in this section of a file.
    File { keys: LongTermKeys, section: String },
    /// A command prints them, such as a password manager's.
    Process(NamedCommand),
}

impl KeySource {
    /// Finds the keys in the long-term section of the credentials file, else in the config file's
    /// section of that name: the keys themselves, else a `credential_process`. None where neither
    /// section is there; where they are there without keys, the error says which key is missing.
    pub(crate) fn find(sections: &ProfileSections<'_>) -> Result<Option<Self>, Error> {
        let places = [&sections.long_term, &sections.config_long_term];
        let mut without_keys = None;
        for section in places.into_iter().flatten() {
            if section.has("aws_access_key_id") || section.has("aws_secret_access_key") {
                let keys = LongTermKeys::read(section)?;
                return Ok(Some(Self::File {
                    keys,
                    section: section.name.clone(),
                }));
            }
            check_other_sources(section)?;
            if let Some(command) = section.get("credential_process")? {
                let command = NamedCommand::parse(command, Some(section.path()))?;
                return Ok(Some(Self::Process(command)));
            }
            without_keys = without_keys.or(Some(section));
        }
        match without_keys {
            Some(section) => LongTermKeys::read(section).map(|_| None),
            None => Ok(None),
        }
    }

    /// The command that prints the keys, where it is one.
    pub(crate) fn command(&self) -> Option<&NamedCommand> {
        match self {
            Self::Process(command) => Some(command),
            Self::File { .. } => None,
        }
    }

    /// The keys. Runs the command where one prints them; `busy` is for its environment.
    pub(crate) async fn keys(&self, busy: &str, console: &Console) -> Result<LongTermKeys, Error> {
        match self {
            Self::File { keys, .. } => Ok(keys.clone()),
            Self::Process(command) => run(command, busy, console).await,
        }
    }
}

/// What a `credential_process` prints. Source:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

async fn run(command: &NamedCommand, busy: &str, console: &Console) -> Result<LongTermKeys, Error> {
    let output = process::output(command, busy, console).await?;
    // The error would quote what was printed.
    let printed: Printed = serde_json::from_str(output.expose())
        .map_err(|_| process::problem(command, CommandProblem::NoKeys))?;
    let keys = LongTermKeys {
        access_key_id: printed.access_key_id,
        secret_access_key: Secret::new(printed.secret_access_key),
    };
    let has_token = printed.session_token.is_some_and(|token| !token.is_empty());
    if has_token || keys.is_temporary() {
        return Err(process::problem(command, CommandProblem::TemporaryKeys));
    }
    // The SDK panics on a value that can't stand in an HTTP header.
    if is_key_id(&keys.access_key_id) && is_secret_key(keys.secret_access_key.expose()) {
        Ok(keys)
    } else {
        Err(process::problem(command, CommandProblem::NoKeys))
    }
}
