//! Asks a person for the code, at a terminal or in a window. Edge.

use unicode_width::UnicodeWidthStr;

use super::TokenCode;
use super::askpass::Askpass;
use crate::error::Error;
use crate::layout::cut;
use crate::sanitize::shorten;
use crate::secret::Secret;
use crate::settings::{Selection, SessionRequest, short_name};
use crate::terminal::{Echo, Terminal};

/// The columns that a code takes after the question, also with spaces in it.
const ROOM_FOR_CODE: usize = 8;

/// So much of a profile's name is shown in any terminal.
const LEAST_OF_PROFILE: usize = 8;

const WRONG_CODE: &str = "AWS refused that code: mistyped, expired or already used; wait until the \
    device shows the next one";
const REPEATED_CODE: &str =
    "AWS already refused that code; wait until the device shows the next one";

/// Where a person can be asked.
pub(crate) enum Person<'a> {
    At(Terminal),
    By(Askpass<'a>),
}

impl Person<'_> {
    /// What they should know before they answer.
    pub(super) fn say(&self, text: &str) {
        match self {
            Self::At(terminal) => terminal.say(text),
            Self::By(askpass) => askpass.say(text),
        }
    }

    fn may_ask(&self) -> bool {
        match self {
            Self::At(_) => true,
            Self::By(askpass) => askpass.may_ask(),
        }
    }

    async fn ask(&self, question: &str) -> Result<Secret, Error> {
        match self {
            Self::At(terminal) => terminal.ask(question, Echo::Stars).await,
            Self::By(askpass) => askpass.ask(question).await,
        }
    }

    /// Of the line that the question is in, if it is known.
    fn columns(&self) -> Option<usize> {
        match self {
            Self::At(terminal) => terminal.columns(),
            Self::By(_) => None,
        }
    }
}

/// Asks until six digits are typed that AWS hasn't refused yet.
pub(super) struct CodePrompt<'a> {
    person: Person<'a>,
    question: String,
    /// Codes are single-use: AWS would refuse these again.
    refused: Vec<TokenCode>,
}

impl<'a> CodePrompt<'a> {
    pub(super) fn new(
        person: Person<'a>,
        selection: &Selection,
        request: SessionRequest<'_>,
    ) -> Self {
        Self {
            question: question(selection, request, person.columns()),
            person,
            refused: Vec::new(),
        }
    }

    pub(super) async fn ask(&mut self) -> Result<TokenCode, Error> {
        loop {
            let line = self.person.ask(&self.question).await?;
            match TokenCode::parse(line.expose()) {
                Ok(code) if self.refused.contains(&code) => self.person.say(REPEATED_CODE),
                Ok(code) => return Ok(code),
                Err(problem) => self.person.say(&format!("{problem}; nothing was sent")),
            }
        }
    }

    /// After AWS refused `code`. Returns that refusal if nobody may be asked again.
    pub(super) async fn ask_again(
        &mut self,
        code: TokenCode,
        refusal: Error,
    ) -> Result<TokenCode, Error> {
        self.person.say(WRONG_CODE);
        self.refused.push(code);
        match self.ask().await {
            Err(Error::Unanswered { .. }) if !self.person.may_ask() => Err(refusal),
            outcome => outcome,
        }
    }
}

/// Names the profile, the role and the device; these two by their short names where the question and
/// the code would take more than a line, and no more of the profile than there is room for.
fn question(selection: &Selection, request: SessionRequest<'_>, columns: Option<usize>) -> String {
    let profile = shorten(&selection.profile.value);
    let role = request.role.map(|role| role.arn.value.as_str());
    let device = request.device.value.as_str();
    let text = |profile: &str, shown: fn(&str) -> &str| {
        let role = role.map(|role| format!(" as {}", shown(role)));
        format!(
            "MFA code for {profile}{} ({}): ",
            role.unwrap_or_default(),
            shown(device)
        )
    };
    let whole = text(&profile, |arn| arn);
    let Some(columns) = columns else {
        return whole;
    };
    if whole.width() + ROOM_FOR_CODE <= columns {
        return whole;
    }
    let others = text("", short_name).width() + ROOM_FOR_CODE;
    let room = columns.saturating_sub(others).max(LEAST_OF_PROFILE);
    text(&cut(&profile, room), short_name)
}
