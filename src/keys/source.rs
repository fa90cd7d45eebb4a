//! Reads permanent keys from a file, or from a command that it names. Edge: it runs that command.

use serde::Deserialize;

use super::{LongTermKeys, check_other_sources, is_key_id, is_secret_key};
use crate::console::Console;
use crate::error::{CommandProblem, Error};
use crate::process;
use crate::secret::Secret;
use crate::settings::{Environment, NamedCommand, ProfileSections};

#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    /// The keys themselves, from this section of a file.
    File { keys: LongTermKeys, section: String },
    /// A command that prints the keys, for example a password manager's.
    Process(NamedCommand),
}

impl KeySource {
    /// Looks for the keys in the credentials file's long-term section, else in the config file's
    /// section with that name: the keys themselves, else a `credential_process`. `None` if neither
    /// section exists; if one exists without keys, the error names the missing key.
    pub(crate) fn find(
        sections: &ProfileSections<'_>,
        environment: &Environment,
    ) -> Result<Option<Self>, Error> {
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
                let command = NamedCommand::parse(command, environment)?;
                return Ok(Some(Self::Process(command)));
            }
            without_keys = without_keys.or(Some(section));
        }
        match without_keys {
            Some(section) => LongTermKeys::read(section).map(|_| None),
            None => Ok(None),
        }
    }

    pub(crate) fn command(&self) -> Option<&NamedCommand> {
        match self {
            Self::Process(command) => Some(command),
            Self::File { .. } => None,
        }
    }

    /// Runs the command if there is one; `busy` goes into its environment.
    pub(crate) async fn keys(&self, busy: &str, console: &Console) -> Result<LongTermKeys, Error> {
        match self {
            Self::File { keys, .. } => Ok(keys.clone()),
            Self::Process(command) => run(command, busy, console).await,
        }
    }
}

/// The output of a `credential_process`. Source:
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
    // The original error would quote the output, secrets included.
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
    if is_key_id(&keys.access_key_id) && is_secret_key(keys.secret_access_key.expose()) {
        Ok(keys)
    } else {
        Err(process::problem(command, CommandProblem::NoKeys))
    }
}
