//! Gets the MFA code from a command that prints it. Edge.

use std::time::Duration;

use super::TokenCode;
use crate::console::Console;
use crate::error::{CommandProblem, Error};
use crate::process;
use crate::settings::NamedCommand;

/// How long to wait for another code after AWS refused one: codes change every 30 seconds.
const NEXT_CODE_TIMEOUT: Duration = Duration::from_secs(35);
/// Between two runs of the command.
const NEXT_CODE_PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct TokenCommand<'a> {
    pub(super) command: &'a NamedCommand,
    /// The sections that aws-mfa is working on, for the command's environment.
    pub(super) busy: &'a str,
    pub(super) console: &'a Console,
}

impl TokenCommand<'_> {
    pub(super) async fn code(&self) -> Result<TokenCode, Error> {
        let output = process::output(self.command, self.busy, self.console).await?;
        TokenCode::find(output.expose())
            .ok_or_else(|| process::problem(self.command, CommandProblem::NoCode))
    }

    /// Runs the command until it prints another code, for [`NEXT_CODE_TIMEOUT`] at most.
    pub(super) async fn next_code(&self, refused: &TokenCode) -> Result<TokenCode, Error> {
        self.console.report(
            "AWS refused the command's code: expired or already used; waiting for the next one",
        );
        let next = async {
            loop {
                let code = self.code().await?;
                if code != *refused {
                    return Ok(code);
                }
                tokio::time::sleep(NEXT_CODE_PAUSE).await;
            }
        };
        let outcome = tokio::time::timeout(NEXT_CODE_TIMEOUT, next).await;
        let problem = CommandProblem::NoOtherCode(NEXT_CODE_TIMEOUT);
        outcome.unwrap_or_else(|_| Err(process::problem(self.command, problem)))
    }
}
