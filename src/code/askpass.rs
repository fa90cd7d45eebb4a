//! Gets the MFA code from a program that asks for it in a window, where there is no terminal. Edge.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::Instant;

use super::MAX_CODES;
use crate::console::Console;
use crate::error::{CommandProblem, Error};
use crate::process;
use crate::sanitize;
use crate::secret::Secret;
use crate::settings::NamedCommand;

/// For all its windows together: whoever called aws-mfa waits.
const TIMEOUT: Duration = Duration::from_mins(2);

pub(crate) struct Askpass<'a> {
    command: &'a NamedCommand,
    /// The sections that aws-mfa is working on, for the program's environment.
    busy: &'a str,
    console: &'a Console,
    /// What the user should read before the next question.
    remarks: RefCell<Vec<String>>,
    asked: Cell<usize>,
    first: Cell<Option<Instant>>,
}

impl<'a> Askpass<'a> {
    pub(super) fn new(command: &'a NamedCommand, busy: &'a str, console: &'a Console) -> Self {
        Self {
            command,
            busy,
            console,
            remarks: RefCell::default(),
            asked: Cell::new(0),
            first: Cell::new(None),
        }
    }

    /// Whether there may be another window.
    pub(super) fn may_ask(&self) -> bool {
        self.asked.get() < MAX_CODES
    }

    pub(super) fn say(&self, text: &str) {
        self.console.detail(text);
        self.remarks.borrow_mut().push(text.to_owned());
    }

    /// Shows a window. Dropping the future closes it. Whatever ends it without a code is as if nobody
    /// could be asked, which [`Error::Unanswered`] stands for.
    pub(super) async fn ask(&self, question: &str) -> Result<Secret, Error> {
        let unanswered = |problem: String| Error::Unanswered {
            origin: self.command.origin.to_string(),
            problem,
        };
        if !self.may_ask() {
            return Err(unanswered(CommandProblem::NoCode.to_string()));
        }
        self.asked.set(self.asked.get() + 1);
        let start = self.first.get().unwrap_or_else(Instant::now);
        self.first.set(Some(start));
        let limit = TIMEOUT.saturating_sub(start.elapsed());
        let mut lines = self.remarks.take();
        lines.push(question.trim_end().to_owned());
        let lines: Vec<String> = lines.iter().map(|line| sanitize::escape(line)).collect();
        let text = lines.join("\n");
        let answer = process::answer(self.command, &text, self.busy, limit, self.console).await;
        let answer = answer.map_err(|error| match error {
            Error::Command { problem, .. } => unanswered(match problem {
                CommandProblem::TimedOut(_) => CommandProblem::TimedOut(TIMEOUT).to_string(),
                problem => problem.to_string(),
            }),
            error => error,
        })?;
        if answer.expose().trim().is_empty() {
            return Err(unanswered(CommandProblem::NoCode.to_string()));
        }
        Ok(answer)
    }
}
