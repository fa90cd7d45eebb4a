//! The controlling terminal of a Unix process, `/dev/tty`.

use std::fs::{File, OpenOptions};
use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, QueueSelector, Termios};
use rustix::termios::{tcflush, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGTTIN};

use super::{Echo, open_prompt};
use crate::error::Error;
use crate::signals;

/// Enough for a signal to end the process.
const MOMENT: Duration = Duration::from_millis(100);

pub(super) fn open() -> Option<(File, File)> {
    let tty = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok()?;
    let input = tty.try_clone().ok()?;
    is_ours(&tty).then_some((input, tty))
}

/// Whether this process is in the terminal's foreground.
pub(super) fn is_ours(tty: &File) -> bool {
    tcgetpgrp(tty).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Waits until a line can be read without stopping this process: in the background, reading would.
pub(super) fn wait_for_input(tty: &File) {
    const PAUSE: Duration = Duration::from_millis(50);
    loop {
        let mut waiting = [PollFd::new(tty, PollFlags::IN)];
        let polled = poll(&mut waiting, None);
        // Some systems can't wait for a terminal.
        let is_known = polled.is_ok() && waiting[0].revents() == PollFlags::IN;
        match polled {
            Err(Errno::INTR) => {}
            // That line is for another program.
            Ok(_) if is_known && !is_ours(tty) => std::thread::sleep(PAUSE),
            _ => return,
        }
    }
}

pub(super) fn can_hide_input(_: &File) -> bool {
    true
}

/// How wide it is, if it understands escape sequences.
pub(super) fn columns(tty: &File) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(tty).ok()?;
    Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
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

    pub(super) fn hides_input(&self) -> bool {
        self.during.local_modes != self.before.local_modes
    }

    fn is_set(&self, tty: &File) -> bool {
        tcgetattr(tty).is_ok_and(|now| now.local_modes == self.during.local_modes)
    }

    pub(super) fn set_again(&self, tty: &File) {
        let _ = tcsetattr(tty, OptionalActions::Flush, &self.during);
    }

    /// After an answer. What was pasted after the line of a code or secret must not reach the shell;
    /// the answers to other questions may be pasted all at once.
    pub(super) fn restore(&self, tty: &File) {
        if self.hides_input() {
            self.restore_and_flush(tty);
        } else {
            self.restore_at_once(tty);
        }
    }

    pub(super) fn restore_at_once(&self, tty: &File) {
        let _ = tcsetattr(tty, OptionalActions::Now, &self.before);
    }

    /// Without an answer: what was typed so far must not reach the shell.
    pub(super) fn restore_and_flush(&self, tty: &File) {
        let _ = tcsetattr(tty, OptionalActions::Flush, &self.before);
    }
}

pub(super) fn discard_input(tty: &File) {
    let _ = tcflush(tty, QueueSelector::IFlush);
}

/// Whether the terminal is gone: reads then end or fail, before or after SIGHUP arrives.
pub(super) fn is_hung_up(tty: &File) -> bool {
    tcgetattr(tty).is_err()
}

pub(super) fn hung_up() -> Error {
    Error::Interrupted { signal: SIGHUP }
}

/// Waits for a signal that ends the process: the caller restores the terminal, then dies by the
/// signal. Ctrl-Z stops the process with the terminal restored, and shows the prompt again when the
/// process continues.
pub(crate) async fn interrupted() -> Error {
    let mut signals = match signals::Stream::open() {
        Ok(signals) => signals,
        Err(source) => return Error::cannot("wait for signals")(source),
    };
    loop {
        match signals.next().await {
            SIGTSTP => suspend(),
            SIGCONT => resume(),
            signal => return Error::Interrupted { signal },
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
    signals::act_at_once(true);
    // Continued in the background, it stops again as one that reads there, but first lets signals act
    // that came with the one to continue.
    let is_elsewhere = || open.as_ref().is_some_and(|open| !is_ours(&open.input));
    while stop() && is_elsewhere() {
        std::thread::sleep(MOMENT);
        // It was fetched meanwhile.
        if !is_elsewhere() {
            break;
        }
    }
    if let Some(open) = open.as_ref() {
        signals::act_at_once(!is_ours(&open.input));
        open.show_again();
    } else {
        signals::act_at_once(false);
    }
}

/// Stops this process until it is continued. Returns whether it could be stopped: like Ctrl-Z, this
/// does nothing if no shell could continue it. (SIGSTOP would stop it forever.)
///
/// SIGTSTP has a handler now, which safe code can't remove. SIGTTIN has none and also stops.
fn stop() -> bool {
    const AT_ONCE: Duration = Duration::from_millis(5);
    let start = Instant::now();
    let _ = signal_hook::low_level::raise(SIGTTIN);
    start.elapsed() > AT_ONCE
}

/// Hides what is typed again: while this process was stopped by SIGSTOP, the shell has set the
/// terminal to its liking.
fn resume() {
    if let Some(open) = open_prompt().as_ref() {
        signals::act_at_once(!is_ours(&open.input));
        if !open.mode.is_set(&open.input) {
            open.show_again();
        }
    }
}
