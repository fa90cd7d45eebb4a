//! The controlling terminal of a Unix process, `/dev/tty`.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};

use super::{Answer, answer, in_background};
use crate::error::Error;
use crate::sanitize;
use crate::secret::Secret;

/// The terminal that this process may ask at.
#[derive(Debug)]
pub struct Terminal {
    tty: File,
}

impl Terminal {
    /// The controlling terminal; none where there is none, or where this process is in the background and reading would
    /// stop it.
    #[must_use]
    pub fn open() -> Option<Self> {
        let tty = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/tty")
            .ok()?;
        let in_foreground = tcgetpgrp(&tty).ok()? == rustix::process::getpgrp();
        in_foreground.then_some(Self { tty })
    }

    /// Asks for a line that isn't shown. Dropping the future withdraws the prompt.
    ///
    /// # Errors
    /// Ctrl-D, or a terminal that can't be read.
    pub async fn ask(&self, prompt: &str) -> Result<Secret, Error> {
        let failed = |source| Error::Terminal { source };
        let mut echo_off = EchoOff::new(self.tty.try_clone().map_err(failed)?).map_err(failed)?;
        let input = EndIsAnError(self.tty.try_clone().map_err(failed)?);
        let output = self.tty.try_clone().map_err(failed)?;
        let prompt = sanitize::escape(prompt);
        let read = in_background(move || read(&prompt, input, output))?;
        let line = answer(read).await?;
        echo_off.answered = true;
        Ok(line)
    }

    /// Writes a line to the terminal.
    pub fn say(&self, text: &str) {
        // A terminal that was hung up can't be told.
        let _ = writeln!(&self.tty, "{}", sanitize::escape(text));
    }
}

fn read(prompt: &str, input: EndIsAnError, output: File) -> Answer {
    let config = rpassword::ConfigBuilder::new()
        .input_reader(input)
        .output_writer(output)
        .build();
    match rpassword::prompt_password_with_config(prompt, config) {
        Ok(line) => Answer::Line(Secret::new(line)),
        Err(error) if error.kind() == END_OF_INPUT => Answer::EndOfInput,
        Err(error) => Answer::Failed(error),
    }
}

const END_OF_INPUT: io::ErrorKind = io::ErrorKind::ConnectionAborted;

/// A reader whose end is an error: rpassword takes the end of input for an empty line.
struct EndIsAnError(File);

impl Read for EndIsAnError {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(END_OF_INPUT.into()),
            n => Ok(n),
        }
    }
}

/// The terminal with its echo off, until dropped. Only the echo: lines and signals stay the terminal's business.
struct EchoOff {
    tty: File,
    before: Termios,
    answered: bool,
}

impl EchoOff {
    fn new(tty: File) -> io::Result<Self> {
        let before = tcgetattr(&tty)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        // The line's end is shown all the same.
        hidden.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&tty, OptionalActions::Flush, &hidden)?;
        Ok(Self {
            tty,
            before,
            answered: false,
        })
    }
}

impl Drop for EchoOff {
    fn drop(&mut self) {
        if !self.answered {
            let _ = writeln!(&self.tty);
        }
        // Flush: what was typed so far is not the shell's.
        let _ = tcsetattr(&self.tty, OptionalActions::Flush, &self.before);
    }
}

/// Waits for a signal that ends the process, and takes it for the rest of the process's life: the caller restores the
/// terminal, then dies by it.
///
/// # Errors
/// Always: the signal, or that signals can't be waited for.
pub async fn interrupted() -> Error {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::quit(),
    ];
    let mut signals = Vec::new();
    for kind in kinds {
        match signal(kind) {
            Ok(stream) => signals.push((kind, stream)),
            Err(source) => return Error::Runtime { source },
        }
    }
    std::future::poll_fn(|context| {
        for (kind, stream) in &mut signals {
            if stream.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(Error::Interrupted {
                    signal: kind.as_raw_value(),
                });
            }
        }
        std::task::Poll::Pending
    })
    .await
}
