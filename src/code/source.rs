//! Where the token code comes from: `--token`, else the token command, else one line of standard input where that is no
//! terminal, else the terminal. Edge.

use std::time::Duration;

use crate::cli::RefreshArgs;
use crate::code::{NotACode, TokenCode};
use crate::console::Console;
use crate::error::Error;
use crate::process::{self, CommandProblem};
use crate::settings::NamedCommand;
use crate::stdin;
use crate::terminal::{Terminal, Typed};

/// After AWS refused a token command's code, another one is waited for so long: codes change every half minute.
const NEXT_CODE_TIMEOUT: Duration = Duration::from_secs(35);
/// Between two runs of a token command.
const NEXT_CODE_PAUSE: Duration = Duration::from_secs(1);

/// Whose standard input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// Ours: a code may come through it.
    Input,
    /// That of the command which gets the session.
    InputOfOthers,
}

/// A code that is at hand, or what to ask for one.
#[derive(Debug)]
pub enum CodeSource<'a> {
    /// The code itself.
    Given(TokenCode),
    /// A command that prints it.
    Command(TokenCommand<'a>),
    /// A person has to be asked.
    Terminal(Terminal),
}

impl<'a> CodeSource<'a> {
    /// Finds the code, or what to ask for one. `busy` is for the command's environment.
    ///
    /// # Errors
    /// Something that isn't a code; `nobody` where there is none and nobody can be asked.
    pub async fn find(
        args: &RefreshArgs,
        standard: Standard,
        command: Option<&'a NamedCommand>,
        busy: &'a str,
        console: &'a Console,
        nobody: impl FnOnce() -> Error,
    ) -> Result<Self, Error> {
        if let Some(token) = &args.token {
            return TokenCode::parse(token)
                .map(Self::Given)
                .map_err(|problem| Error::BadCode {
                    origin: "--token",
                    problem,
                });
        }
        if let Some(command) = command {
            return Ok(Self::Command(TokenCommand {
                command,
                busy,
                console,
            }));
        }
        if standard == Standard::Input
            && let Some(code) = from_standard_input(console).await?
        {
            return Ok(Self::Given(code));
        }
        let terminal = if args.no_prompt {
            None
        } else {
            Terminal::open()
        };
        terminal.map(Self::Terminal).ok_or_else(nobody)
    }
}

/// A command that prints the code.
#[derive(Debug)]
pub struct TokenCommand<'a> {
    command: &'a NamedCommand,
    busy: &'a str,
    console: &'a Console,
}

impl TokenCommand<'_> {
    /// Runs it.
    ///
    /// # Errors
    /// Where it fails, takes too long, or prints no code.
    pub async fn code(&self) -> Result<TokenCode, Error> {
        self.console.detail(format_args!(
            "running the command of {}",
            self.command.origin
        ));
        let output = external_command::output(self.command, self.busy, self.console).await?;
        TokenCode::find(output.expose())
            .ok_or_else(|| external_command::problem(self.command, CommandProblem::NoCode))
    }

    /// Runs it until it prints another code than `refused`, for half a minute and a little more.
    ///
    /// # Errors
    /// As [`TokenCommand::code`], and where it prints no other one.
    pub async fn next_code(&self, refused: &TokenCode) -> Result<TokenCode, Error> {
        self.console.report(
            "AWS refused the command's code: expired or used before; waiting for the next one",
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
        let problem = CommandProblem::NoOtherCode(NEXT_CODE_TIMEOUT);
        tokio::time::timeout(NEXT_CODE_TIMEOUT, next)
            .await
            .unwrap_or_else(|_| Err(external_command::problem(self.command, problem)))
    }
}

/// Asks a person for a code, as often as it takes to get one that is worth sending.
#[derive(Debug)]
pub struct Asker {
    terminal: Terminal,
    prompt: String,
    /// Codes are single-use: one that AWS refused will not be better the second time.
    refused: Vec<TokenCode>,
}

impl Asker {
    /// Asks at `terminal` with the words of `prompt`.
    #[must_use]
    pub fn new(terminal: Terminal, prompt: String) -> Self {
        Self {
            terminal,
            prompt,
            refused: Vec::new(),
        }
    }

    /// Asks until six digits are typed that AWS hasn't refused yet.
    ///
    /// # Errors
    /// Ctrl-D, or a terminal that can't be read.
    pub async fn ask(&mut self) -> Result<TokenCode, Error> {
        loop {
            match TokenCode::parse(
                self.terminal
                    .ask(&self.prompt, Typed::Hidden)
                    .await?
                    .expose(),
            ) {
                Ok(code) if self.refused.contains(&code) => {
                    self.terminal.say(
                        "that code was refused already; wait until the device shows the next one",
                    );
                }
                Ok(code) => return Ok(code),
                Err(problem) => self.terminal.say(&format!("{problem}; nothing was sent")),
            }
        }
    }

    /// Says that AWS refused `code`, and asks for another.
    ///
    /// # Errors
    /// As [`Asker::ask`].
    pub async fn ask_again(&mut self, code: TokenCode) -> Result<TokenCode, Error> {
        self.terminal.say(
            "AWS refused that code: mistyped, expired or used before; wait until the device shows the next one",
        );
        self.refused.push(code);
        self.ask().await
    }
}

/// The code on standard input; none where nothing comes.
async fn from_standard_input(console: &Console) -> Result<Option<TokenCode>, Error> {
    let Some(line) = standard_input::line("the code", console).await else {
        return Ok(None);
    };
    match TokenCode::parse(line.expose()) {
        Err(NotACode::Empty) => Ok(None),
        Err(problem) => Err(Error::BadCode {
            origin: "standard input",
            problem,
        }),
        Ok(code) => {
            console.detail("the code came from standard input");
            Ok(Some(code))
        }
    }
}
