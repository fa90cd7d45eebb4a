//! The controlling terminal of a Unix process, `/dev/tty`.

use std::fs::{File, OpenOptions};
use std::io;
use std::task::Poll;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGTSTP, SIGTTIN};
use tokio::signal::unix::{SignalKind, signal};

use super::{Echo, open_prompt};
use crate::error::Error;

pub(super) fn open() -> Option<(File, File)> {
    let tty = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok()?;
    let in_foreground = tcgetpgrp(&tty).ok()? == rustix::process::getpgrp();
    let input = tty.try_clone().ok()?;
    in_foreground.then_some((input, tty))
}

pub(super) fn can_hide_input(_: &File) -> bool {
    true
}

pub(super) fn read(input: File, _: Echo) -> io::Result<String> {
    super::read_line(input)
}

/// The terminal's modes before and during a prompt. They differ only in the echo: line editing and
/// signals are left to the terminal.
pub(super) struct Mode {
    before: Termios,
    during: Termios,
}

impl Mode {
    pub(super) fn set(tty: &File, echo: Echo) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut during = before.clone();
        if echo == Echo::Off {
            during.local_modes.remove(LocalModes::ECHO);
            // The line break is shown anyway.
            during.local_modes.insert(LocalModes::ECHONL);
            // Text typed before the prompt is not an answer to it.
            tcsetattr(tty, OptionalActions::Flush, &during)?;
        }
        Ok(Self { before, during })
    }

    pub(super) fn set_again(&self, tty: &File) {
        let _ = tcsetattr(tty, OptionalActions::Flush, &self.during);
    }

    pub(super) fn restore(&self, tty: &File) {
        let _ = tcsetattr(tty, OptionalActions::Now, &self.before);
    }

    /// Without an answer: what was typed so far must not reach the shell.
    pub(super) fn restore_and_flush(&self, tty: &File) {
        let _ = tcsetattr(tty, OptionalActions::Flush, &self.before);
    }
}

/// Whether the terminal is gone: reads then end or fail, before or after SIGHUP arrives.
pub(super) fn is_hung_up(tty: &File) -> bool {
    tcgetattr(tty).is_err()
}

pub(super) fn hung_up() -> Error {
    Error::Interrupted { signal: SIGHUP }
}

/// Waits for a signal that ends the process, and handles these signals from then on: the caller
/// restores the terminal, then dies by the signal. Ctrl-Z stops the process with the terminal
/// restored, and shows the prompt again when the process continues.
pub(crate) async fn interrupted() -> Error {
    let stop = SignalKind::from_raw(SIGTSTP);
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::quit(),
        stop,
    ];
    let mut signals = Vec::new();
    for kind in kinds {
        match signal(kind) {
            Ok(stream) => signals.push((kind, stream)),
            Err(source) => return Error::cannot("wait for signals")(source),
        }
    }
    loop {
        let arrived = std::future::poll_fn(|context| {
            for (kind, stream) in &mut signals {
                if stream.poll_recv(context).is_ready() {
                    return Poll::Ready(*kind);
                }
            }
            Poll::Pending
        });
        match arrived.await {
            kind if kind == stop => suspend(),
            kind => {
                return Error::Interrupted {
                    signal: kind.as_raw_value(),
                };
            }
        }
    }
}

/// Stops this process, as Ctrl-Z does, until the shell continues it. The prompt is put away
/// meanwhile.
fn suspend() {
    let open = open_prompt();
    if let Some(open) = open.as_ref() {
        open.put_away();
    }
    // SIGTSTP has a handler now, which safe code can't remove. SIGTTIN has none and also stops the
    // process. Like Ctrl-Z, it does nothing if no shell could continue the process; SIGSTOP would
    // stop it forever.
    let _ = signal_hook::low_level::raise(SIGTTIN);
    if let Some(open) = open.as_ref() {
        open.show_again();
    }
}
