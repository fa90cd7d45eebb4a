//! The prompt that is open: one at a time, and global, because signals and panics come from anywhere.

use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(unix)]
use zeroize::Zeroizing;

#[cfg(unix)]
use super::line::END_OF_INPUT;
use super::rows;
#[cfg(unix)]
use super::turn::Turn;
#[cfg(unix)]
use super::typed::{Line, Typed};
#[cfg(unix)]
use super::unix as os;
#[cfg(windows)]
use super::windows as os;
use crate::layout::Layout;
use crate::sanitize;

static OPEN: Mutex<Option<OpenPrompt>> = Mutex::new(None);

/// The terminal whose mode is another than before. Never held while anything could wait.
static CHANGED: Mutex<Option<(File, os::Mode)>> = Mutex::new(None);

/// What a terminal shows of what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// For secrets.
    Nothing,
    /// One for each character of a code: people mistype and paste them.
    Stars,
    All,
}

/// An open prompt, by its number. Dropping it withdraws it.
pub(super) struct Prompt(u64);

pub(super) struct OpenPrompt {
    pub(super) number: u64,
    pub(super) input: File,
    pub(super) output: File,
    text: String,
    echo: Echo,
    pub(super) mode: os::Mode,
    /// Others that ask at this terminal wait for it.
    #[cfg(unix)]
    pub(super) turn: Option<Turn>,
    #[cfg(unix)]
    typed: Typed,
    /// How many are shown.
    pub(super) stars: usize,
}

impl Prompt {
    pub(super) fn open(
        (input, output): (&File, &File),
        text: String,
        echo: Echo,
        #[cfg(unix)] turn: Option<Turn>,
    ) -> io::Result<Self> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let mode = os::Mode::set(input, echo)?;
        *lock(&CHANGED) = Some((input.try_clone()?, mode.clone()));
        let open = OpenPrompt {
            number,
            input: input.try_clone()?,
            output: output.try_clone()?,
            text,
            echo,
            mode,
            #[cfg(unix)]
            turn,
            #[cfg(unix)]
            typed: Typed::new(),
            stars: 0,
        };
        open_prompt().insert(open).show();
        Ok(Self(number))
    }

    pub(super) fn number(&self) -> u64 {
        self.0
    }

    /// Ends the prompt after an answer.
    pub(super) fn close(self) {
        if let Some(open) = open_prompt().take()
            && os::is_ours(&open.input)
        {
            open.mode.restore(&open.input);
            lock(&CHANGED).take();
            if open.echo == Echo::Stars && os::STARS_ARE_OURS {
                write(&open.output, "\n");
            }
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
            lock(&CHANGED).take();
        }
    }
}

impl OpenPrompt {
    /// Restores the terminal and ends the prompt's line. In the background, where the shell has it,
    /// touching it would stop the process.
    pub(super) fn put_away(&self) {
        if !os::is_ours(&self.input) {
            return;
        }
        // First: a terminal that is stopped (Ctrl-S) takes no output.
        self.mode.restore_and_flush(&self.input);
        write(&self.output, "\n");
    }

    fn show(&self) {
        let stars = "*".repeat(self.stars);
        write(&self.output, &format!("{}{stars}", self.text));
    }

    /// Lets `say` write lines where the prompt is, then shows that below them.
    fn run_above_prompt(&self, say: impl FnOnce()) {
        match os::size(&self.output) {
            // What was typed stays where it is.
            Some((columns, lines)) if self.echo != Echo::All => {
                let stars = std::iter::repeat_n('*', self.stars);
                let rows = rows::rows(self.text.chars().chain(stars), columns);
                let up = "\x1b[1A".repeat(rows.min(lines) - 1);
                write(&self.output, &format!("\r{up}\x1b[J"));
            }
            _ => write(&self.output, "\n"),
        }
        say();
        self.show();
    }

    /// Without what was typed before.
    #[cfg(unix)]
    pub(super) fn show_again(&mut self) {
        if os::is_ours(&self.input) {
            self.mode.set_again(&self.input);
            self.typed.clear();
            self.stars = 0;
            self.show();
        }
    }

    /// Shows so many stars, as far as there is room: a terminal doesn't go back over a line's start.
    #[cfg(unix)]
    fn show_stars(&mut self, count: usize) {
        let room = os::size(&self.output).map_or(usize::MAX, |(columns, _)| {
            let used = rows::column(self.text.chars(), columns);
            columns.saturating_sub(used + 1)
        });
        let count = count.min(room);
        let change = match count.checked_sub(self.stars) {
            Some(more) => "*".repeat(more),
            None => "\x08 \x08".repeat(self.stars - count),
        };
        write(&self.output, &change);
        self.stars = count;
    }
}

/// Whether this prompt is open.
#[cfg(unix)]
pub(super) fn is_open(number: u64) -> bool {
    open_prompt()
        .as_ref()
        .is_some_and(|open| open.number == number)
}

/// Takes what was typed at this prompt, and shows stars for it; returns the line when it ends. Those
/// keys are nobody's if the prompt was withdrawn.
#[cfg(unix)]
pub(super) fn take(number: u64, keys: &[u8]) -> Option<io::Result<Zeroizing<String>>> {
    let mut open = open_prompt();
    let Some(open) = open.as_mut().filter(|open| open.number == number) else {
        return Some(Err(withdrawn()));
    };
    match open.typed.push(keys) {
        Ok(Line::Unfinished(characters)) => {
            open.show_stars(characters);
            None
        }
        Ok(Line::Finished(line)) => {
            open.show_stars(line.chars().count());
            Some(Ok(line))
        }
        Ok(Line::Cancelled) => Some(Err(END_OF_INPUT.into())),
        Err(error) => Some(Err(error)),
    }
}

#[cfg(unix)]
pub(super) fn withdrawn() -> io::Error {
    io::Error::other("the prompt was withdrawn")
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
        // What comes while the next prompt is open is the answer to that. Who holds it has one open.
        let is_next_open = OPEN.try_lock().map_or(true, |open| open.is_some());
        if !is_next_open && os::is_ours(&self.0) {
            os::discard_input(&self.0);
        }
    }
}

/// As it is shown there.
pub(super) fn laid_out(terminal: &File, text: &str) -> String {
    let size = terminal_size::terminal_size_of(terminal);
    Layout::new(size, dirs::home_dir()).text("", &sanitize::escape(text))
}

/// Writes a line above the open prompt, if there is one.
pub(crate) fn print_above_prompt(text: &str) {
    if let Some(open) = open_prompt().as_ref() {
        let text = laid_out(&open.output, text);
        open.run_above_prompt(|| write(&open.output, &format!("{text}\n")));
    }
}

/// Lets `say` write lines, above the prompt if one is open.
pub(crate) fn run_above_prompt(say: impl FnOnce()) {
    /// A key is taken in less.
    const ATTEMPTS: u32 = 20;
    for _ in 0..ATTEMPTS {
        match OPEN.try_lock().as_deref() {
            Ok(Some(open)) => return open.run_above_prompt(say),
            Ok(None) => break,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
    say();
}

/// Restores the terminal's mode and discards half-typed input. Called at the end of the process, so
/// it must not wait for anything.
pub(crate) fn restore() {
    match OPEN.try_lock().map(|mut open| open.take()) {
        Ok(Some(open)) => open.put_away(),
        Ok(None) => {}
        // Its holder writes to the terminal, which may be stopped, or has failed.
        Err(_) => give_up(),
    }
}

/// Shows again what is typed, and does nothing else that could wait: the end comes from a thread that
/// found the main one blocked.
pub(crate) fn give_up() {
    if let Some((input, mode)) = lock(&CHANGED).take()
        && os::is_ours(&input)
    {
        mode.restore_at_once(&input);
    }
}

pub(super) fn open_prompt() -> MutexGuard<'static, Option<OpenPrompt>> {
    lock(&OPEN)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ignores errors: a terminal that hung up can't show them.
pub(super) fn write(mut output: &File, text: &str) {
    let _ = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
}
