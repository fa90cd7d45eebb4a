//! The main job: gets a new session for `[name]`, unless the stored one is still valid.
//!
//! The order matters. Whatever can fail without a code is done before the code is asked for; the
//! code is sent once; what AWS granted is checked before the file is changed.

use super::context::{Context, StoredProfile};
use super::plan::Plan;
use super::status::reason;
use super::{report, store_session};
use crate::aws::connection::Connection;
use crate::cli::RefreshArgs;
use crate::code::source::{CodeSource, NewSession, Stdin};
use crate::error::Error;
use crate::runtime;
use crate::session::{SessionCredentials, ValidSession};

pub(super) fn run(context: &Context<'_>, args: &RefreshArgs) -> Result<(), Error> {
    let refresh = Refresh { context, args };
    let (selection, console, environment) =
        (&context.selection, context.console, context.environment);
    match refresh.prepare()? {
        Prepared::StillValid {
            remaining,
            credentials,
        } => {
            report::still_valid(console, selection, remaining, &credentials, environment);
        }
        Prepared::Due(plan, due) => {
            let new = refresh.get(&plan, &due, Stdin::Ours)?;
            report::refreshed(console, selection, &plan.settings, &new);
            report::how_to_use(console, selection, &new.granted.credentials, environment);
        }
    }
    Ok(())
}

pub(super) struct Refresh<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) args: &'a RefreshArgs,
}

pub(super) enum Prepared {
    StillValid {
        remaining: ValidSession,
        credentials: SessionCredentials,
    },
    /// A plan, and why a refresh is due: the beginning of a sentence.
    Due(Box<Plan>, String),
}

impl Refresh<'_> {
    /// The stored session's credentials if it is valid and `--force` isn't given.
    pub(super) fn stored(&self) -> Result<Option<SessionCredentials>, Error> {
        if self.args.force {
            return Ok(None);
        }
        let validity = self.context.read_profile(|stored| stored.validity())?;
        Ok(validity.ok().map(|(_, credentials)| credentials))
    }

    /// Does everything that can fail without the network and without a code.
    pub(super) fn prepare(&self) -> Result<Prepared, Error> {
        self.context
            .read_profile(|stored| self.prepare_from(stored))
    }

    fn prepare_from(&self, mut stored: StoredProfile<'_>) -> Result<Prepared, Error> {
        let (selection, console) = (&self.context.selection, self.context.console);
        let due = match stored.validity()? {
            Ok((remaining, credentials)) if !self.args.force => {
                return Ok(Prepared::StillValid {
                    remaining,
                    credentials,
                });
            }
            Ok(_) => "a new session was requested".to_owned(),
            Err(not_valid) => format!(
                "the session of profile {} needs a refresh ({})",
                selection.profile.value,
                reason(&not_valid)
            ),
        };
        stored.check_sections()?;
        let plan = Plan::make(self.context, &stored, self.args)?;
        console.detail(&due);
        store_session::rehearse(self.context, &stored.document, &plan.settings)?;
        console.detail("the file can be edited");
        Ok(Prepared::Due(Box::new(plan), due))
    }

    pub(super) fn get(&self, plan: &Plan, due: &str, stdin: Stdin) -> Result<NewSession, Error> {
        let console = self.context.console;
        let new = runtime::run(async {
            // Before our own prompts: a password manager may have one, too.
            let keys = plan.keys.keys(&plan.busy, console).await?;
            let connection = Connection::new(&keys, &plan.settings.sts, console);
            let command = plan.settings.token_command.as_ref();
            let source = CodeSource::find(self.args, stdin, command, &plan.busy, console).await?;
            let source = source.ok_or_else(|| self.cannot_prompt(due))?;
            source
                .session(&connection, &self.context.selection, &plan.settings)
                .await
        })?;
        store_session::store(self.context, &new.granted.credentials, plan.seen)?;
        console.detail("the session is stored");
        Ok(new)
    }

    fn cannot_prompt(&self, due: &str) -> Error {
        Error::CannotPrompt {
            reason: due.to_owned(),
            command: self.context.selection.command_line(None),
        }
    }
}
