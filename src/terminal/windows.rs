//! The console of a Windows process.

use std::fs::OpenOptions;
use std::io::{self, Write};

use super::{Answer, answer, in_background};
use crate::error::Error;
use crate::sanitize;
use crate::secret::Secret;

/// The console that this process may ask at.
#[derive(Debug)]
pub struct Terminal {
    console: std::fs::File,
}

impl Terminal {
    /// The console; none where the process has none.
    #[must_use]
    pub fn open() -> Option<Self> {
        OpenOptions::new().read(true).open("CONIN$").ok()?;
        let console = OpenOptions::new().write(true).open("CONOUT$").ok()?;
        Some(Self { console })
    }

    /// Asks for a line that isn't shown. Dropping the future withdraws the prompt.
    ///
    /// # Errors
    /// A console that can't be read.
    pub async fn ask(&self, prompt: &str) -> Result<Secret, Error> {
        let prompt = sanitize::escape(prompt);
        answer(in_background(move || {
            match rpassword::prompt_password(prompt) {
                Ok(line) => Answer::Line(Secret::new(line)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Answer::EndOfInput,
                Err(error) => Answer::Failed(error),
            }
        })?)
        .await
    }

    /// Writes a line to the console.
    pub fn say(&self, text: &str) {
        // A console that went away can't be told.
        let _ = writeln!(&self.console, "{}", sanitize::escape(text));
    }
}

/// Waits for Ctrl-C.
pub async fn interrupted() -> Error {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Error::Cancelled,
        Err(source) => Error::Runtime { source },
    }
}
