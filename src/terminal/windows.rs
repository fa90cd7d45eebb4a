//! The console of a Windows process, `CONIN$` and `CONOUT$`; or mintty, the terminal of Git Bash
//! and MSYS2, which looks like two pipes to a Windows program. The console is then invisible.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::windows::io::AsHandle;

use winapi_util::console;
use zeroize::Zeroizing;

use super::line::{self, END_OF_INPUT, Echoed};
use super::open::{self, Echo, open_prompt};
use crate::error::Error;

pub(super) fn open() -> Option<(File, File)> {
    if let Some(output) = mintty(io::stderr()) {
        return Some((mintty(io::stdin())?, output));
    }
    Some((device("CONIN$")?, device("CONOUT$")?))
}

fn device(name: &str) -> Option<File> {
    OpenOptions::new().read(true).write(true).open(name).ok()
}

/// The stream if it belongs to mintty: a terminal by its name, but not a console.
fn mintty(stream: impl AsHandle + IsTerminal) -> Option<File> {
    let is_terminal = stream.is_terminal();
    let file = File::from(stream.as_handle().try_clone_to_owned().ok()?);
    (is_terminal && !can_hide_input(&file)).then_some(file)
}

/// Its columns and lines, if it understands escape sequences, as consoles since Windows 10 do.
pub(super) fn size(output: &File) -> Option<(usize, usize)> {
    console::mode(output).ok()?;
    anstyle_query::windows::enable_ansi_colors().filter(|is_enabled| *is_enabled)?;
    let (columns, lines) = terminal_size::terminal_size_of(output)?;
    Some((columns.0.into(), lines.0.into()))
}

/// Not in mintty, which shows what is typed before we get it.
pub(super) fn can_hide_input(input: &File) -> bool {
    console::mode(input).is_ok()
}

/// rpassword itself can read any characters from a console without showing them. It would print a
/// NUL after the line end, so we write our own.
pub(super) fn read(
    input: File,
    echo: Echo,
    echoed: Option<Echoed>,
) -> io::Result<Zeroizing<String>> {
    if echo == Echo::All || !can_hide_input(&input) {
        return line::read(input, |_| {}, echoed);
    }
    let config = rpassword::ConfigBuilder::new().output_discard().build();
    let line = rpassword::read_password_with_config(config);
    if let Some((_, output)) = self::open() {
        open::write(&output, "\n");
    }
    line.map(Zeroizing::new).map_err(without_end_of_input)
}

/// rpassword shows them, and ends the line.
pub(super) const STARS_ARE_OURS: bool = false;

/// Reads a line from the console, for the prompt of this number.
pub(super) fn read_starred(input: &File, number: u64) -> io::Result<Zeroizing<String>> {
    if !can_hide_input(input) {
        return line::read(input.try_clone()?, |_| {}, None);
    }
    let config = rpassword::ConfigBuilder::new()
        .output_writer(Stars(number))
        .password_feedback_mask('*')
        .build();
    let line = rpassword::read_password_with_config(config);
    line.map(Zeroizing::new).map_err(without_end_of_input)
}

fn without_end_of_input(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => END_OF_INPUT.into(),
        _ => error,
    }
}

/// Takes what rpassword shows for the prompt of this number.
struct Stars(u64);

impl Write for Stars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(open) = open_prompt().as_mut().filter(|open| open.number == self.0) {
            let shown = String::from_utf8_lossy(bytes);
            let removed = shown.matches("\x08 \x08").count();
            open.stars = (open.stars + shown.matches('*').count()).saturating_sub(removed);
            open::write(&open.output, &shown);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The console's mode before a prompt. The reading thread changes it, and doesn't live to restore
/// it if the prompt is withdrawn.
#[derive(Clone)]
pub(super) struct Mode {
    /// `None` in mintty.
    before: Option<u32>,
}

impl Mode {
    pub(super) fn set(input: &File, _: Echo) -> io::Result<Self> {
        Ok(Self {
            before: console::mode(input).ok(),
        })
    }

    pub(super) fn restore(&self, input: &File) {
        if let Some(before) = self.before {
            let _ = console::set_mode(input, before);
        }
    }

    pub(super) fn restore_at_once(&self, input: &File) {
        self.restore(input);
    }

    /// The console discards a half-typed line when the process that reads it ends.
    pub(super) fn restore_and_flush(&self, input: &File) {
        self.restore(input);
    }
}

pub(super) fn is_ours(_: &File) -> bool {
    true
}

/// A console that closes ends its processes.
pub(super) fn is_hung_up(_: &File) -> bool {
    false
}

pub(super) fn hung_up() -> Error {
    Error::Cancelled
}

pub(crate) async fn interrupted() -> Error {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Error::Cancelled,
        Err(source) => Error::cannot("wait for Ctrl-C")(source),
    }
}
