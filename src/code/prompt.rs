//! Asks a person for the code. Edge.

use super::TokenCode;
use crate::error::Error;
use crate::sanitize::shorten;
use crate::settings::{Selection, SessionRequest};
use crate::terminal::{Echo, Terminal};
use crate::times::TimeLeft;

/// Asks until six digits are typed that AWS hasn't refused yet.
pub(super) struct CodePrompt {
    terminal: Terminal,
    question: String,
    /// Codes are single-use: AWS would refuse these again.
    refused: Vec<TokenCode>,
}

impl CodePrompt {
    pub(super) fn new(
        terminal: Terminal,
        selection: &Selection,
        request: SessionRequest<'_>,
    ) -> Self {
        let role = request.role;
        let role = role.map(|role| format!(" as {}", role.arn.value));
        let question = format!(
            "MFA code for profile {}{} from {} ({}): ",
            shorten(&selection.profile.value),
            role.unwrap_or_default(),
            request.device.value,
            TimeLeft(request.duration)
        );
        Self {
            terminal,
            question,
            refused: Vec::new(),
        }
    }

    pub(super) async fn ask(&mut self) -> Result<TokenCode, Error> {
        loop {
            let line = self.terminal.ask(&self.question, Echo::Off).await?;
            match TokenCode::parse(line.expose()) {
                Ok(code) if self.refused.contains(&code) => self
                    .terminal
                    .say("AWS already refused that code; wait until the device shows the next one"),
                Ok(code) => return Ok(code),
                Err(problem) => self.terminal.say(&format!("{problem}; nothing was sent")),
            }
        }
    }

    pub(super) async fn ask_again(&mut self, code: TokenCode) -> Result<TokenCode, Error> {
        self.terminal.say(
            "AWS refused that code: mistyped, expired or already used; wait until the device \
             shows the next one",
        );
        self.refused.push(code);
        self.ask().await
    }
}
