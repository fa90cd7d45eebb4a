//! The console of a Windows process, `CONIN$` and `CONOUT$`; or mintty, the terminal of Git Bash
//! and MSYS2, which looks like two pipes to a Windows program. The console is then invisible.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::os::windows::io::AsHandle;

use winapi_util::console;

use super::{END_OF_INPUT, Echo, Echoed};
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

/// Not known to understand escape sequences.
pub(super) fn size(_: &File) -> Option<(usize, usize)> {
    None
}

/// Not in mintty, which shows what is typed before we get it.
pub(super) fn can_hide_input(input: &File) -> bool {
    console::mode(input).is_ok()
}

/// rpassword itself can read any characters from a console without showing them. It would print a
/// NUL after the line end, so we write our own.
pub(super) fn read(input: File, echo: Echo, echoed: Option<Echoed>) -> io::Result<String> {
    if echo == Echo::On || !can_hide_input(&input) {
        return super::read_line(input, echoed);
    }
    let config = rpassword::ConfigBuilder::new().output_discard().build();
    let line = rpassword::read_password_with_config(config);
    if let Some((_, output)) = open() {
        super::write(&output, "\n");
    }
    line.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => END_OF_INPUT.into(),
        _ => error,
    })
}

/// The console's mode before a prompt. The reading thread changes it, and doesn't live to restore
/// it if the prompt is withdrawn.
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
