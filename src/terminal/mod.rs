//! Prompts at the terminal. Edge.
//!
//! The rules: a prompt goes to the terminal itself, whatever the standard streams are; codes and
//! secrets aren't shown while they are typed; the terminal's mode is restored however the prompt
//! ends (an answer, an error, a signal, a panic, Ctrl-Z), and half-typed input doesn't reach the
//! shell; dropping a prompt's future withdraws it at any time; a background job doesn't ask,
//! because that would stop it.
//!
//! The blocking read is done by rpassword in a thread that nobody waits for. One prompt is open at
//! a time, and it is global, because signals and panics come from anywhere.

mod rows;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as os;
#[cfg(windows)]
use windows as os;

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::sanitize;
use crate::secret::Secret;

pub(crate) use os::interrupted;

static OPEN: Mutex<Option<OpenPrompt>> = Mutex::new(None);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// For codes and secrets.
    Off,
    On,
}

pub(crate) struct Terminal {
    input: File,
    output: File,
    echoed: Echoed,
}

/// The last answer as it was typed, if it was shown: without its tabs and control characters, which
/// aren't part of the answer, nobody knows where it stands.
type Echoed = Arc<Mutex<Zeroizing<Vec<u8>>>>;

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

    /// Asks for a line. Dropping the future withdraws the prompt.
    pub(crate) async fn ask(&self, prompt: &str, echo: Echo) -> Result<Secret, Error> {
        #[cfg(unix)]
        if !os::wait_for_foreground(&self.input) {
            return Err(os::hung_up());
        }
        let input = self.input.try_clone().map_err(cannot_ask)?;
        let prompt = Prompt::open(self, sanitize::escape(prompt), echo).map_err(cannot_ask)?;
        let echoed = (echo == Echo::On).then(|| self.start_of_answer());
        let (sender, receiver) = oneshot::channel();
        std::thread::Builder::new()
            .name("prompt".to_owned())
            .spawn(move || drop(sender.send(os::read(input, echo, echoed))))
            .map_err(cannot_ask)?;
        let line = match receiver.await {
            Ok(line) => line,
            Err(_) => Err(io::Error::other("the reading thread ended early")),
        };
        match line {
            Ok(line) => {
                prompt.close();
                Ok(Secret::new(line))
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
        Arc::clone(&self.echoed)
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
        write(&self.output, &format!("{}\n", sanitize::escape(text)));
    }
}

/// Writes a line above the open prompt, if there is one.
pub(crate) fn print_above_prompt(text: &str) {
    if let Some(open) = open_prompt().as_ref() {
        open.run_above_prompt(|| write(&open.output, &format!("{}\n", sanitize::escape(text))));
    }
}

/// Lets `say` write lines, above the prompt if one is open.
pub(crate) fn run_above_prompt(say: impl FnOnce()) {
    match OPEN.try_lock().as_deref() {
        Ok(Some(open)) => open.run_above_prompt(say),
        _ => say(),
    }
}

/// Restores the terminal's mode and discards half-typed input. Called at the end of the process, so
/// it must not wait for anything.
pub(crate) fn restore() {
    if let Ok(mut open) = OPEN.try_lock()
        && let Some(open) = open.take()
    {
        open.put_away();
    }
}

/// Shows again what is typed, and does nothing else that could wait: the end comes from a thread that
/// found the main one blocked.
#[cfg(unix)]
pub(crate) fn give_up() {
    if let Ok(open) = OPEN.try_lock()
        && let Some(open) = open.as_ref()
        && os::is_ours(&open.input)
    {
        open.mode.restore_at_once(&open.input);
    }
}

/// An open prompt. Dropping it withdraws it.
struct Prompt;

struct OpenPrompt {
    input: File,
    output: File,
    text: String,
    mode: os::Mode,
}

impl Prompt {
    fn open(terminal: &Terminal, text: String, echo: Echo) -> io::Result<Self> {
        let open = OpenPrompt {
            input: terminal.input.try_clone()?,
            output: terminal.output.try_clone()?,
            text,
            mode: os::Mode::set(&terminal.input, echo)?,
        };
        write(&open.output, &open.text);
        *open_prompt() = Some(open);
        Ok(Self)
    }

    /// Ends the prompt after an answer.
    fn close(self) {
        if let Some(open) = open_prompt().take()
            && os::is_ours(&open.input)
        {
            open.mode.restore(&open.input);
            #[cfg(unix)]
            if open.mode.hides_input() {
                tokio::spawn(discard_late_input(open.input));
            }
        }
        drop(self);
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        if let Some(open) = open_prompt().take() {
            open.put_away();
        }
    }
}

impl OpenPrompt {
    /// Ends the prompt's line and restores the terminal. In the background, where the shell has it,
    /// touching it would stop the process.
    fn put_away(&self) {
        if !os::is_ours(&self.input) {
            return;
        }
        write(&self.output, "\n");
        self.mode.restore_and_flush(&self.input);
    }

    /// Lets `say` write lines, then shows the prompt again below them.
    fn run_above_prompt(&self, say: impl FnOnce()) {
        write(&self.output, "\n");
        say();
        write(&self.output, &self.text);
    }

    #[cfg(unix)]
    fn show_again(&self) {
        if os::is_ours(&self.input) {
            self.mode.set_again(&self.input);
            write(&self.output, &self.text);
        }
    }
}

/// A long paste comes in pieces: discards what still arrives for a moment, or until the runtime ends.
#[cfg(unix)]
async fn discard_late_input(terminal: File) {
    const MOMENT: std::time::Duration = std::time::Duration::from_millis(50);
    let _discard = DiscardInput(terminal);
    tokio::time::sleep(MOMENT).await;
}

#[cfg(unix)]
struct DiscardInput(File);

#[cfg(unix)]
impl Drop for DiscardInput {
    fn drop(&mut self) {
        // What comes while the next prompt is open is the answer to that.
        let is_next_open = OPEN.try_lock().is_ok_and(|open| open.is_some());
        if !is_next_open && os::is_ours(&self.0) {
            os::discard_input(&self.0);
        }
    }
}

fn cannot_ask(source: io::Error) -> Error {
    Error::cannot("ask at the terminal")(source)
}

fn open_prompt() -> MutexGuard<'static, Option<OpenPrompt>> {
    lock(&OPEN)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ignores errors: a terminal that hung up can't show them.
fn write(mut output: &File, text: &str) {
    let _ = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
}

/// Marks the end of input, which rpassword takes for an empty line.
const END_OF_INPUT: io::ErrorKind = io::ErrorKind::ConnectionAborted;

struct ErrorAtEof {
    input: File,
    echoed: Option<Echoed>,
}

impl Read for ErrorAtEof {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        os::wait_for_input(&self.input);
        let count = self.input.read(buffer)?;
        if count == 0 {
            return Err(END_OF_INPUT.into());
        }
        if let Some(echoed) = &self.echoed {
            lock(echoed).extend_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}

/// Reads a line, whatever the terminal's mode.
fn read_line(input: File, echoed: Option<Echoed>) -> io::Result<String> {
    let config = rpassword::ConfigBuilder::new()
        .input_reader(ErrorAtEof { input, echoed })
        .output_discard()
        .build();
    rpassword::read_password_with_config(config)
}
