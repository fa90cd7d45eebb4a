//! The console of a Windows process, `CONIN$` and `CONOUT$`.

use std::fs::{File, OpenOptions};
use std::io;

use winapi_util::console;

use super::{END_OF_INPUT, Typed};
use crate::error::Error;

pub(super) fn open() -> Option<(File, File)> {
    let open = |name| OpenOptions::new().read(true).write(true).open(name).ok();
    Some((open("CONIN$")?, open("CONOUT$")?))
}

/// rpassword itself knows how to read hidden characters of all kinds from a console. Its own line end would have a NUL behind it.
pub(super) fn read(input: File, typed: Typed) -> io::Result<String> {
    if typed == Typed::Shown {
        return super::read_line(input);
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

/// The console's mode before a prompt. The reading thread changes it, and, where the prompt is withdrawn, doesn't live to
/// restore it.
pub(super) struct Mode {
    before: u32,
}

impl Mode {
    pub(super) fn set(input: &File, _: Typed) -> io::Result<Self> {
        Ok(Self {
            before: console::mode(input)?,
        })
    }

    pub(super) fn restore(&self, input: &File) {
        let _ = console::set_mode(input, self.before);
    }

    /// The console drops the line that a process was reading when that ends.
    pub(super) fn restore_and_flush(&self, input: &File) {
        self.restore(input);
    }
}

pub(super) fn is_hung_up(input: &File) -> bool {
    console::mode(input).is_err()
}

pub(super) fn hung_up() -> Error {
    Error::Cancelled
}

/// Waits for Ctrl-C.
pub async fn interrupted() -> Error {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Error::Cancelled,
        Err(source) => Error::Runtime { source },
    }
}
