//! Gets a code and, for it, a session.

use super::report;
use crate::aws::connection::Connection;
use crate::aws::sts::{Granted, Identity};
use crate::cli::RefreshArgs;
use crate::code::source::{Asker, CodeSource, Standard};
use crate::console::Console;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::session::TimeLeft;
use crate::settings::{RefreshSettings, Selection};
use crate::terminal;

/// Codes that a person may try.
const MAX_CODES: usize = 3;

/// What it takes to get a session.
pub(super) struct Request<'a> {
    pub(super) keys: &'a LongTermKeys,
    pub(super) settings: &'a RefreshSettings,
    pub(super) selection: &'a Selection,
    /// Why there has to be a new session, as a sentence's beginning.
    pub(super) due: &'a str,
    /// The sections that aws-mfa is busy with, for commands that it runs.
    pub(super) busy: String,
    pub(super) console: &'a Console,
}

impl Request<'_> {
    /// Gets a code from where the options say, and a session for it. Where a person is asked, the keys are proven meanwhile.
    ///
    /// # Errors
    /// No code, keys that AWS doesn't accept, codes that it doesn't, no answer, or one that can't be used.
    pub(super) async fn obtain(
        &self,
        args: &RefreshArgs,
        standard: Standard,
    ) -> Result<(Granted, Identity), Error> {
        let nobody = || Error::NobodyToAsk {
            reason: self.due.to_owned(),
            command: self.selection.command_line(None),
        };
        let command = self.settings.token_command.as_ref();
        let source =
            CodeSource::find(args, standard, command, &self.busy, self.console, nobody).await?;
        let connection = Connection::new(self.keys, &self.settings.sts, self.console);
        let wrong_code =
            |error: &Error| matches!(error, Error::Sts(error) if error.is_wrong_code());
        match source {
            CodeSource::Given(code) => {
                let identity = connection.prove().await?;
                let granted = connection.session(self.settings, &code).await?;
                Ok((granted, identity))
            }
            CodeSource::Command(command) => {
                let identity = connection.prove().await?;
                let code = command.code().await?;
                let granted = match connection.session(self.settings, &code).await {
                    Err(error) if wrong_code(&error) => {
                        let next = command.next_code(&code).await?;
                        connection.session(self.settings, &next).await?
                    }
                    outcome => outcome?,
                };
                Ok((granted, identity))
            }
            CodeSource::Terminal(terminal) => {
                if let Some(foreign) = report::foreign_endpoint(self.settings) {
                    terminal.say(&foreign);
                }
                let mut asker = Asker::new(terminal, self.prompt());
                let (mut code, identity) = connection.prove_while(asker.ask()).await?;
                let mut tries = 1;
                loop {
                    match connection.session(self.settings, &code).await {
                        Err(error) if wrong_code(&error) && tries < MAX_CODES => {
                            code = asker.ask_again(code).await?;
                            tries += 1;
                        }
                        outcome => return Ok((outcome?, identity)),
                    }
                }
            }
        }
    }

    fn prompt(&self) -> String {
        let role = self.settings.role.as_ref();
        let role = role.map(|role| format!(" as {}", role.arn.value));
        format!(
            "MFA code of {} for profile {}{} ({}): ",
            self.settings.device.value,
            self.selection.profile.value,
            role.unwrap_or_default(),
            TimeLeft(self.settings.duration.value)
        )
    }
}

/// Runs `work` until it is done or a signal ends it. Nothing that still blocks, such as a name lookup, is waited for.
pub(super) fn in_runtime<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            signal = terminal::interrupted() => Err(signal),
            outcome = work => outcome,
        }
    });
    runtime.shutdown_background();
    outcome
}
