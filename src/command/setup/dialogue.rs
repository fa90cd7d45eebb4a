//! Asks `setup`'s questions and checks the answers. [`super`] decides which, and when.

use std::io::{self, IsTerminal};

use crate::console::Console;
use crate::error::Error;
use crate::keys::{LongTermKeys, is_like_secret, is_secret_key};
use crate::sanitize::shorten;
use crate::secret::Secret;
use crate::session::TEMPORARY_KEY_PREFIX;
use crate::settings::Environment;
use crate::stdin;
use crate::terminal::{Echo, Terminal};

const NOT_A_SECRET: &str = "a secret access key is a single word, usually 40 ASCII characters";

/// Asks the user, or takes the options instead.
pub(in crate::command) struct Dialogue {
    /// `None` if nobody can be asked, or with `--yes`.
    terminal: Option<Terminal>,
    /// `--yes`.
    agreed: bool,
    /// Whether the terminal obeys escape sequences: one without a name, or a `dumb` one as in Emacs,
    /// doesn't.
    is_obedient: bool,
}

impl Dialogue {
    pub(in crate::command) fn open(agreed: bool, environment: &Environment) -> Self {
        let name = environment.get("TERM").ok().flatten();
        Self {
            is_obedient: name.is_some_and(|name| name.value != "dumb"),
            terminal: if agreed { None } else { Terminal::open() },
            agreed,
        }
    }

    pub(in crate::command) fn can_ask(&self) -> bool {
        self.terminal.is_some()
    }

    /// Whether a person types the answers, and may mistype them.
    pub(super) fn is_typed(&self) -> bool {
        self.can_ask() && io::stdin().is_terminal()
    }

    /// Shows `text` to the person who answers, if there is one.
    pub(super) fn say(&self, text: &str) {
        if let Some(terminal) = &self.terminal {
            terminal.say(text);
        }
    }

    /// Asks until `check` accepts the line. An empty line stands for `proposed`.
    /// `option` may be given instead. What `is_known` is no secret, whatever it looks like.
    pub(super) async fn line<T>(
        &self,
        question: &str,
        option: &'static str,
        proposed: Option<&str>,
        is_known: impl Fn(&str) -> bool,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Error> {
        let terminal = self.terminal(option)?;
        let shown = proposed.map(|proposed| format!(" [{}]", shorten(proposed)));
        let prompt = format!("{question}{}: ", shown.unwrap_or_default());
        loop {
            let line = self.ask_visibly(terminal, &prompt, &is_known).await?;
            let answer = match (line.expose().trim(), proposed) {
                ("", Some(proposed)) => proposed,
                ("", None) => continue,
                (answer, _) => answer,
            };
            match check(answer) {
                Ok(value) => return Ok(value),
                Err(problem) => terminal.say(&problem),
            }
        }
    }

    /// Asks for yes or no. An empty line stands for `proposed`; `--yes` answers yes.
    pub(in crate::command) async fn confirm(
        &self,
        question: &str,
        proposed: bool,
    ) -> Result<bool, Error> {
        if self.agreed {
            return Ok(true);
        }
        let terminal = self.terminal("--yes")?;
        let choice = if proposed { "[Y/n]" } else { "[y/N]" };
        loop {
            let prompt = format!("{question} {choice}: ");
            let line = self.ask_visibly(terminal, &prompt, |_| false).await?;
            match line.expose().trim().to_lowercase().as_str() {
                "" => return Ok(proposed),
                "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => terminal.say("please answer y or n"),
            }
        }
    }

    /// Whether to get the first session now; no if nobody can be asked for a code.
    pub(super) async fn wants_first_session(&self) -> Result<bool, Error> {
        match &self.terminal {
            Some(_) => self.confirm("Get the first session now?", true).await,
            None => Ok(false),
        }
    }

    /// The ID is given or asked for; the secret is read from standard input, or asked for if that
    /// is a terminal.
    /// `missing` names the options that nobody can be asked for.
    pub(super) async fn keys(
        &self,
        given: Option<&str>,
        missing: &'static str,
        console: &Console,
    ) -> Result<LongTermKeys, Error> {
        let access_key_id = if let Some(id) = given {
            check_key_id(id).map_err(|problem| Error::Setting {
                setting: "--access-key-id".to_owned(),
                problem,
                on_command_line: true,
            })?
        } else {
            let id = self.line("Access key ID", missing, None, |_| false, check_key_id);
            let id = id.await?;
            #[cfg(unix)]
            self.drop_pasted_secret();
            id
        };
        let secret_access_key = match self.given_secret(console).await? {
            Some(secret) => secret,
            None => self.secret().await?,
        };
        Ok(LongTermKeys {
            access_key_id,
            secret_access_key,
        })
    }

    /// The secret on standard input; `None` if that is a terminal, or empty.
    pub(super) async fn given_secret(&self, console: &Console) -> Result<Option<Secret>, Error> {
        let line = stdin::line("the secret access key", console).await?;
        let line = line.as_ref().map_or("", |line| line.expose().trim());
        match line {
            "" => Ok(None),
            secret if is_secret_key(secret) => Ok(Some(Secret::new(secret))),
            _ => Err(Error::Setting {
                setting: "standard input".to_owned(),
                problem: NOT_A_SECRET.to_owned(),
                on_command_line: false,
            }),
        }
    }

    pub(super) async fn secret(&self) -> Result<Secret, Error> {
        let terminal = self.terminal("the secret access key on standard input")?;
        if !terminal.can_hide_input() {
            return Err(Error::SetupNeedsInput {
                missing: "the secret access key on standard input (this terminal would show it; \
                    `winpty aws-mfa setup` would not)",
            });
        }
        loop {
            let line = terminal
                .ask("Secret access key (not shown): ", Echo::Nothing)
                .await?;
            let secret = line.expose().trim();
            if is_secret_key(secret) {
                return Ok(Secret::new(secret));
            }
            terminal.say(NOT_A_SECRET);
        }
    }

    /// Asks for what may be shown. A secret access key that is typed or pasted here goes from the
    /// screen again, and the question is repeated.
    async fn ask_visibly(
        &self,
        terminal: &Terminal,
        prompt: &str,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Secret, Error> {
        loop {
            let line = terminal.ask(prompt, Echo::All).await?;
            let text = line.expose();
            if is_known(text.trim()) || !has_secret(text) {
                return Ok(line);
            }
            let fate = fate(self.is_obedient && terminal.erase_answer(prompt));
            terminal.say(&format!(
                "that looks like a secret access key, which {fate}; it is asked for after the \
                 access key ID"
            ));
        }
    }

    /// The secret may have been pasted together with the ID, and was shown then. It is asked for all
    /// the same: its end may still be to come.
    #[cfg(unix)]
    fn drop_pasted_secret(&self) {
        let Some(terminal) = &self.terminal else {
            return;
        };
        let pasted = terminal.take_pasted();
        if has_secret(pasted.expose()) {
            let fate = fate(self.is_obedient && terminal.erase_pasted(&pasted));
            terminal.say(&format!(
                "what was pasted after the ID looks like the secret access key, which {fate}; paste \
                 it again"
            ));
        }
    }

    fn terminal(&self, missing: &'static str) -> Result<&Terminal, Error> {
        let nobody = || Error::SetupNeedsInput { missing };
        self.terminal.as_ref().ok_or_else(nobody)
    }
}

fn fate(is_removed: bool) -> &'static str {
    if is_removed {
        "was removed from the screen"
    } else {
        "is still on the screen"
    }
}

/// Whether a secret access key is part of `text`, in brackets, quotes or whatever it was copied with.
fn has_secret(text: &str) -> bool {
    let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/';
    text.split(is_between).any(is_like_secret)
}

fn check_key_id(id: &str) -> Result<String, String> {
    if id.starts_with(TEMPORARY_KEY_PREFIX) {
        Err("this is the ID of a temporary key (ASIA…); permanent ones begin with AKIA".to_owned())
    } else if !id.bytes().all(|b| b.is_ascii_alphanumeric()) || !(16..=128).contains(&id.len()) {
        Err(
            "not an access key ID; expected 16 or more letters and digits beginning with AKIA"
                .to_owned(),
        )
    } else {
        Ok(id.to_owned())
    }
}
