//! Where the code comes from: `--token`, else the token command, else one line of standard input if
//! that isn't a terminal, else a person. This decides when the keys are checked and how often
//! another code is tried. Edge.

use super::command::TokenCommand;
use super::prompt::CodePrompt;
use super::{InvalidCode, TokenCode};
use crate::aws::connection::Connection;
use crate::aws::identity::Identity;
use crate::aws::sts::Granted;
use crate::cli::RefreshArgs;
use crate::console::Console;
use crate::error::Error;
use crate::settings::{NamedCommand, Selection, SessionRequest};
use crate::stdin;
use crate::terminal::Terminal;

/// How many codes a person may try.
const MAX_CODES: usize = 3;

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

/// A code, or how to get one.
pub(crate) enum CodeSource<'a> {
    Given(TokenCode),
    Command(TokenCommand<'a>),
    Terminal(Terminal),
}

impl<'a> CodeSource<'a> {
    /// `None` if there is no code and nobody to ask. `busy` goes into the command's environment.
    pub(crate) async fn find(
        args: &RefreshArgs,
        stdin: Stdin,
        command: Option<&'a NamedCommand>,
        busy: &'a str,
        console: &'a Console,
    ) -> Result<Option<Self>, Error> {
        if let Some(token) = &args.code.token {
            let code = TokenCode::parse(token).map_err(|problem| Error::BadToken { problem })?;
            return Ok(Some(Self::Given(code)));
        }
        if let Some(command) = command {
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
        let terminal = if args.code.no_prompt {
            None
        } else {
            Terminal::open()
        };
        Ok(terminal.map(Self::Terminal))
    }

    /// Tells whoever gives the code what they should know before it is sent.
    pub(crate) fn announce(&self, text: &str, console: &Console) {
        match self {
            Self::Given(_) | Self::Command(_) => console.notice(text),
            Self::Terminal(terminal) => terminal.say(text),
        }
    }

    /// Gets the code, then a session for it. Checks the keys with AWS first, or while a person
    /// types the code.
    pub(crate) async fn session(
        self,
        connection: &Connection<'_>,
        selection: &Selection,
        request: SessionRequest<'_>,
    ) -> Result<NewSession, Error> {
        match self {
            Self::Given(code) => {
                let identity = connection.verify_keys().await?;
                let granted = connection.session(request, &code).await?;
                Ok(NewSession::new(granted, identity))
            }
            Self::Command(command) => {
                let identity = connection.verify_keys().await?;
                let code = command.code().await?;
                let granted = match connection.session(request, &code).await {
                    Err(error) if is_wrong_code(&error) => {
                        let next = command.next_code(&code).await?;
                        connection.session(request, &next).await?
                    }
                    outcome => outcome?,
                };
                Ok(NewSession::new(granted, identity))
            }
            Self::Terminal(terminal) => {
                let mut prompt = CodePrompt::new(terminal, selection, request);
                let (mut code, identity) = connection.verify_keys_while(prompt.ask()).await?;
                let mut tries = 1;
                loop {
                    match connection.session(request, &code).await {
                        Err(error) if is_wrong_code(&error) && tries < MAX_CODES => {
                            code = prompt.ask_again(code).await?;
                            tries += 1;
                        }
                        outcome => {
                            let granted = outcome?;
                            return Ok(NewSession::new(granted, identity));
                        }
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
