//! A line as the terminal edits it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use zeroize::Zeroizing;

/// The last answer as it was typed, if it was shown: without its tabs and control characters, which
/// aren't part of the answer, nobody knows where it stands.
pub(super) type Echoed = Arc<Mutex<Zeroizing<Vec<u8>>>>;

/// Marks the end of input, which rpassword takes for an empty line.
pub(super) const END_OF_INPUT: io::ErrorKind = io::ErrorKind::ConnectionAborted;

const PAUSE: Duration = Duration::from_millis(50);

struct ErrorAtEof {
    input: File,
    wait: fn(&File),
    echoed: Option<Echoed>,
}

impl Read for ErrorAtEof {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            (self.wait)(&self.input);
            match self.input.read(buffer) {
                // Another process was faster.
                Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(PAUSE),
                outcome => break outcome?,
            }
        };
        if count == 0 {
            return Err(END_OF_INPUT.into());
        }
        if let Some(echoed) = &self.echoed {
            let mut echoed = echoed.lock().unwrap_or_else(PoisonError::into_inner);
            echoed.extend_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}

/// Reads a line, whatever the terminal's mode. `wait` returns when it can be read.
pub(super) fn read(
    input: File,
    wait: fn(&File),
    echoed: Option<Echoed>,
) -> io::Result<Zeroizing<String>> {
    let config = rpassword::ConfigBuilder::new()
        .input_reader(ErrorAtEof {
            input,
            wait,
            echoed,
        })
        .output_discard()
        .build();
    rpassword::read_password_with_config(config).map(Zeroizing::new)
}
