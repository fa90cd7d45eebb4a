//! Which session duration `setup` stores: given, stored already, or asked for. Edge.

use std::time::Duration;

use super::Setup;
use super::situation::Situation;
use crate::error::Error;
use crate::settings::{Origin, Setting, check_duration, default_duration};
use crate::times::TimeLeft;

impl Setup<'_> {
    /// The session duration, and whether it has to be stored.
    pub(super) async fn choose_duration(
        &self,
        situation: &Situation,
        rotates: bool,
    ) -> Result<(Duration, bool), Error> {
        let with_role = situation.has_role;
        let stored = situation.duration.clone();
        let (known, problem_there) = match stored.map(|known| check_duration(known, with_role)) {
            Some(Ok(Some(known))) => (known.value, None),
            Some(Ok(None)) | None => (default_duration(with_role), None),
            Some(Err(error)) => (default_duration(with_role), Some(error)),
        };
        let is_bad = problem_there.is_some();
        if let Some(given) = &self.args.duration {
            let given = Setting::new(given.clone(), Origin::Flag("--duration"));
            let given = check_duration(given, with_role)?;
            let duration = given.map_or(known, |given| given.value);
            return Ok((duration, duration != known || is_bad));
        }
        match problem_there {
            Some(error) if !self.dialogue.can_ask() => return Err(error),
            Some(error) => self.dialogue.say(&error.to_string()),
            None if rotates || !self.dialogue.can_ask() => return Ok((known, false)),
            None => {}
        }
        let check = |text: &str| {
            let given = Setting::new(text.to_owned(), Origin::Default);
            let given = check_duration(given, with_role).map_err(problem)?;
            Ok(given.map_or(known, |given| given.value))
        };
        let proposed = TimeLeft(known).to_string();
        let duration = self
            .dialogue
            .line(
                "Session duration",
                "--duration",
                Some(&proposed),
                |_| false,
                check,
            )
            .await?;
        Ok((duration, duration != known || is_bad))
    }
}

/// What is wrong with an answer, without the setting's name: the user knows what was asked.
pub(super) fn problem(error: Error) -> String {
    match error {
        Error::Setting { problem, .. } => problem,
        error => error.to_string(),
    }
}
