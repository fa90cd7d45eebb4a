//! Where the code comes from: `--token`, else the token command, else one line of standard input if
//! that isn't a terminal, else a person, at the terminal or in front of an askpass program's window.
//! This decides when the keys are checked and how often another code is tried. Edge.

use super::askpass::Askpass;
use super::command::TokenCommand;
use super::prompt::{CodePrompt, Person};
use super::{InvalidCode, MAX_CODES, TokenCode};
use crate::aws::connection::Connection;
use crate::aws::identity::Identity;
use crate::aws::sts::Granted;
use crate::cli::RefreshArgs;
use crate::console::Console;
use crate::error::Error;
use crate::session::{SessionCredentials, ValidSession};
use crate::settings::{RefreshSettings, Selection, SessionRequest};
use crate::stdin;
use crate::terminal::Terminal;

/// Who standard input belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdin {
    /// A code may come through it.
    Ours,
    /// It belongs to the command that gets the session.
    Child,
}

pub(crate) struct NewSession {
    pub(crate) granted: Granted,
    pub(crate) identity: Identity,
    /// The MFA device, if IAM had to be asked for it.
    pub(crate) found_device: Option<String>,
}

impl NewSession {
    pub(crate) fn new(granted: Granted, identity: Identity) -> Self {
        Self {
            granted,
            identity,
            found_device: None,
        }
    }
}

/// What came of it.
pub(crate) enum Obtained {
    New(NewSession),
    /// Another aws-mfa stored a session in the meantime, and no code was sent.
    Stored(ValidSession, SessionCredentials),
}

/// A session that wasn't stored when this run began.
pub(crate) type Stored = Option<(ValidSession, SessionCredentials)>;

/// What a code is exchanged for, and how.
pub(crate) struct Exchange<'e> {
    pub(crate) connection: &'e Connection<'e>,
    pub(crate) selection: &'e Selection,
    pub(crate) request: SessionRequest<'e>,
    /// Looks whether another aws-mfa has stored a session, so that no code need be sent.
    pub(crate) look: &'e dyn Fn() -> Result<Stored, Error>,
}

impl Exchange<'_> {
    async fn send(&self, code: &TokenCode, identity: &Identity) -> Result<Obtained, Error> {
        if let Some((remaining, credentials)) = (self.look)()? {
            return Ok(Obtained::Stored(remaining, credentials));
        }
        let granted = self.connection.session(self.request, code).await?;
        Ok(Obtained::New(NewSession::new(granted, identity.clone())))
    }
}

/// A code, or how to get one.
pub(crate) enum CodeSource<'a> {
    Given(TokenCode),
    Command(TokenCommand<'a>),
    Person(Person<'a>),
}

impl<'a> CodeSource<'a> {
    /// `None` if there is no code and nobody to ask. `busy` goes into the commands' environment.
    pub(crate) async fn find(
        args: &RefreshArgs,
        stdin: Stdin,
        settings: &'a RefreshSettings,
        busy: &'a str,
        console: &'a Console,
    ) -> Result<Option<Self>, Error> {
        if let Some(token) = &args.code.token {
            let code = TokenCode::parse(token).map_err(|problem| Error::BadToken { problem })?;
            return Ok(Some(Self::Given(code)));
        }
        if let Some(command) = &settings.token_command {
            return Ok(Some(Self::Command(TokenCommand {
                command,
                busy,
                console,
            })));
        }
        if stdin == Stdin::Ours
            && let Some(code) = from_standard_input(console).await?
        {
            return Ok(Some(Self::Given(code)));
        }
        if args.code.no_prompt {
            return Ok(None);
        }
        let askpass = settings.askpass.as_ref();
        let askpass = || Some(Person::By(Askpass::new(askpass?, busy, console)));
        let person = Terminal::open().map(Person::At).or_else(askpass);
        Ok(person.map(Self::Person))
    }

    /// Tells whoever gives the code what they should know before it is sent.
    pub(crate) fn announce(&self, text: &str, console: &Console) {
        match self {
            Self::Given(_) | Self::Command(_) => console.notice(text),
            Self::Person(person) => person.say(text),
        }
    }

    /// Gets the code, then a session for it. Checks the keys with AWS first, or while a person
    /// types the code.
    pub(crate) async fn session(self, exchange: &Exchange<'_>) -> Result<Obtained, Error> {
        let connection = exchange.connection;
        match self {
            Self::Given(code) => {
                let identity = connection.verify_keys().await?;
                exchange.send(&code, &identity).await
            }
            Self::Command(command) => {
                let identity = connection.verify_keys().await?;
                let code = command.code().await?;
                match exchange.send(&code, &identity).await {
                    Err(error) if is_wrong_code(&error) => {
                        let next = command.next_code(&code).await?;
                        exchange.send(&next, &identity).await
                    }
                    outcome => outcome,
                }
            }
            Self::Person(person) => {
                let mut prompt = CodePrompt::new(person, exchange.selection, exchange.request);
                let (mut code, identity) = connection.verify_keys_while(prompt.ask()).await?;
                let mut tries = 1;
                loop {
                    match exchange.send(&code, &identity).await {
                        Err(error) if is_wrong_code(&error) && tries < MAX_CODES => {
                            // Perhaps it was the code that got that session.
                            if let Some((remaining, credentials)) = (exchange.look)()? {
                                return Ok(Obtained::Stored(remaining, credentials));
                            }
                            code = prompt.ask_again(code, error).await?;
                            tries += 1;
                        }
                        outcome => return outcome,
                    }
                }
            }
        }
    }
}

fn is_wrong_code(error: &Error) -> bool {
    matches!(error, Error::Aws(error) if error.is_wrong_code())
}

/// `None` if nothing arrives.
async fn from_standard_input(console: &Console) -> Result<Option<TokenCode>, Error> {
    let Some(line) = stdin::line("the code", console).await? else {
        return Ok(None);
    };
    match TokenCode::parse(line.expose()) {
        Err(InvalidCode::Empty) => Ok(None),
        Err(problem) => Err(Error::BadInput { problem }),
        Ok(code) => {
            console.detail("the code came from standard input");
            Ok(Some(code))
        }
    }
}
