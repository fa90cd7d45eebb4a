//! Prompts at the terminal. Edge.
//!
//! The rules: a prompt goes to the terminal itself, whatever the standard streams are; of a code only
//! stars are shown while it is typed, of a secret nothing; the terminal's mode is restored however the
//! prompt ends (an answer, an error, a signal, a panic, Ctrl-Z), and half-typed input doesn't reach the
//! shell; remarks come above an open prompt; dropping a prompt's future withdraws it at any time; a
//! background job doesn't ask, because that would stop it.
//!
//! The blocking read is done in a thread that nobody waits for. One prompt is open at a time, and it is
//! global, because signals and panics come from anywhere.

mod line;
mod open;
mod rows;
#[cfg(unix)]
mod turn;
#[cfg(unix)]
mod typed;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as os;
#[cfg(windows)]
use windows as os;

use std::fs::File;
use std::io;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::sanitize;
use crate::secret::Secret;
use line::{END_OF_INPUT, Echoed};
use open::{Prompt, lock, write};
#[cfg(unix)]
use turn::Turn;

#[cfg(unix)]
pub(crate) use open::give_up;
pub(crate) use open::{Echo, print_above_prompt, restore, run_above_prompt};
pub(crate) use os::interrupted;

#[cfg(unix)]
const WAITING: &str = "waiting for another aws-mfa, which is asking at this terminal";

pub(crate) struct Terminal {
    input: File,
    output: File,
    echoed: Echoed,
}

impl Terminal {
    /// The controlling terminal or console. `None` if there is none, or if this process is in the
    /// background, where reading would stop it.
    pub(crate) fn open() -> Option<Self> {
        let (input, output) = os::open()?;
        let echoed = Echoed::default();
        Some(Self {
            input,
            output,
            echoed,
        })
    }

    /// Whether typed text can be hidden. A code may be seen, because it soon expires; a secret key
    /// may not.
    pub(crate) fn can_hide_input(&self) -> bool {
        os::can_hide_input(&self.input)
    }

    /// If it is known.
    pub(crate) fn columns(&self) -> Option<usize> {
        os::size(&self.output).map(|(columns, _)| columns)
    }

    /// Asks for a line. Dropping the future withdraws the prompt.
    pub(crate) async fn ask(&self, prompt: &str, echo: Echo) -> Result<Secret, Error> {
        #[cfg(unix)]
        let turn = Turn::take(|| self.say(WAITING)).await;
        #[cfg(unix)]
        if !os::wait_for_foreground(&self.input) {
            return Err(os::hung_up());
        }
        let input = self.input.try_clone().map_err(cannot_ask)?;
        let prompt = Prompt::open(
            (&self.input, &self.output),
            sanitize::escape(prompt),
            echo,
            #[cfg(unix)]
            turn,
        )
        .map_err(cannot_ask)?;
        let echoed = (echo == Echo::All).then(|| self.start_of_answer());
        let (sender, receiver) = oneshot::channel();
        let number = prompt.number();
        let read = move || match echo {
            Echo::Stars => os::read_starred(&input, number),
            Echo::Nothing | Echo::All => os::read(input, echo, echoed),
        };
        std::thread::Builder::new()
            .name("prompt".to_owned())
            .spawn(move || drop(sender.send(read())))
            .map_err(cannot_ask)?;
        let line = match receiver.await {
            Ok(line) => line,
            Err(_) => Err(io::Error::other("the reading thread ended early")),
        };
        match line {
            Ok(mut line) => {
                prompt.close();
                Ok(Secret::new(std::mem::take(&mut *line)))
            }
            Err(_) if os::is_hung_up(&self.input) => Err(os::hung_up()),
            Err(error) if error.kind() == END_OF_INPUT => Err(Error::Cancelled),
            Err(source) => Err(cannot_ask(source)),
        }
    }

    fn start_of_answer(&self) -> Echoed {
        // The longest line of a terminal: growing would leave copies behind.
        const LONGEST: usize = 4096;
        let mut echoed = lock(&self.echoed);
        *echoed = Zeroizing::new(Vec::with_capacity(LONGEST));
        drop(echoed);
        std::sync::Arc::clone(&self.echoed)
    }

    /// Removes the last answer from the screen of a terminal that obeys escape sequences; it was
    /// shown after `prompt`. Returns whether all of it could be removed.
    pub(crate) fn erase_answer(&self, prompt: &str) -> bool {
        let Some((columns, lines)) = os::size(&self.output) else {
            return false;
        };
        let prompt = sanitize::escape(prompt);
        let echoed = lock(&self.echoed);
        let answer = Zeroizing::new(String::from_utf8_lossy(&echoed).into_owned());
        let rows = rows::rows(
            prompt.chars().chain(answer.trim_end_matches('\n').chars()),
            columns,
        );
        // The cursor is below them. What has left the screen can't be reached.
        let reached = rows.min(lines - 1);
        // Some terminals keep what is cleared all at once.
        let erase = "\x1b[1A\x1b[2K".repeat(reached);
        write(&self.output, &format!("\r{erase}"));
        reached == rows
    }

    /// What was pasted after the last line that was read; it is shown below that line.
    #[cfg(unix)]
    pub(crate) fn take_pasted(&self) -> Secret {
        let pasted = os::take_pasted(&self.input).unwrap_or_default();
        Secret::new(String::from_utf8_lossy(&pasted).into_owned())
    }

    /// As [`Terminal::erase_answer`], for what was pasted.
    #[cfg(unix)]
    pub(crate) fn erase_pasted(&self, pasted: &Secret) -> bool {
        let Some((columns, lines)) = os::size(&self.output) else {
            return false;
        };
        let text = pasted.expose();
        let whole = text.strip_suffix('\n');
        let rows = whole.unwrap_or(text).split('\n');
        let rows: usize = rows.map(|line| rows::rows(line.chars(), columns)).sum();
        let reached = rows.min(lines - 1);
        // The cursor is below them, or at the end of a line that isn't complete.
        let (first, above) = match whole {
            Some(_) => ("", reached),
            None => ("\x1b[2K", reached.saturating_sub(1)),
        };
        let erase = "\x1b[1A\x1b[2K".repeat(above);
        write(&self.output, &format!("\r{first}{erase}"));
        reached == rows
    }

    pub(crate) fn say(&self, text: &str) {
        write(
            &self.output,
            &format!("{}\n", open::laid_out(&self.output, text)),
        );
    }
}

fn cannot_ask(source: io::Error) -> Error {
    Error::cannot("ask at the terminal")(source)
}
