//! The controlling terminal of a Unix process, `/dev/tty`.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use rustix::termios::{tcflush, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGTTIN};
use zeroize::Zeroizing;

use super::line::{self, END_OF_INPUT, Echoed};
use super::open::{self, Echo, OpenPrompt, open_prompt};
use super::turn::Turn;
use crate::error::Error;
use crate::signals;

const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn open() -> Option<(File, File)> {
    let open = |flags: OFlags| {
        let flags = i32::try_from(flags.bits()).ok()?;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).custom_flags(flags);
        options.open("/dev/tty").ok()
    };
    // Another process may take what both have been waiting for; this one must not wait for more then.
    let (input, output) = (open(OFlags::NONBLOCK)?, open(OFlags::empty())?);
    is_ours(&output).then_some((input, output))
}

/// Whether this process is in the terminal's foreground.
pub(super) fn is_ours(tty: &File) -> bool {
    tcgetpgrp(tty).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Waits until a line can be read without stopping this process: in the background, reading would.
pub(super) fn wait_for_input(tty: &File) {
    loop {
        let mut waiting = [PollFd::new(tty, PollFlags::IN)];
        let polled = poll(&mut waiting, None);
        // Some systems can't wait for a terminal.
        let is_known = polled.is_ok() && waiting[0].revents() == PollFlags::IN;
        match polled {
            Err(Errno::INTR) => {}
            // That line is for another program.
            Ok(_) if is_known && !is_ours(tty) => std::thread::sleep(PAUSE),
            // What was typed before it was hidden again is shown, and discarded.
            Ok(_) if is_known && hide_again(tty) => {}
            _ => return,
        }
    }
}

/// Hides what is typed if the open prompt should. Returns whether that was necessary.
fn hide_again(tty: &File) -> bool {
    let mut open = open_prompt();
    let shown = open.as_mut().filter(|open| {
        let modes = tcgetattr(tty).map(|now| now.local_modes);
        open.mode.hides_input() && modes.is_ok_and(|modes| modes.contains(LocalModes::ECHO))
    });
    let is_shown = shown.is_some();
    shown.into_iter().for_each(OpenPrompt::show_again);
    is_shown
}

pub(super) fn can_hide_input(_: &File) -> bool {
    true
}

/// Its columns and lines, if it may understand escape sequences.
pub(super) fn size(tty: &File) -> Option<(usize, usize)> {
    if !anstyle_query::term_supports_color() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(tty).ok()?;
    let is_known = size.ws_col > 0 && size.ws_row > 0;
    is_known.then_some((usize::from(size.ws_col), usize::from(size.ws_row)))
}

pub(super) fn read(input: File, _: Echo, echoed: Option<Echoed>) -> io::Result<Zeroizing<String>> {
    line::read(input, wait_for_input, echoed)
}

/// The terminal shows none itself.
pub(super) const STARS_ARE_OURS: bool = true;

/// Reads a line key by key, for the prompt of this number.
pub(super) fn read_starred(tty: &File, number: u64) -> io::Result<Zeroizing<String>> {
    let mut keys = Zeroizing::new([0; 1024]);
    loop {
        wait_for_input(tty);
        // They are for the next prompt, or for the shell.
        if !open::is_open(number) {
            return Err(open::withdrawn());
        }
        match rustix::io::read(tty, &mut keys[..]) {
            Ok(0) => return Err(END_OF_INPUT.into()),
            Ok(count) => {
                if let Some(line) = open::take(number, &keys[..count]) {
                    return line;
                }
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => std::thread::sleep(PAUSE),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The terminal's modes before and during a prompt. Signals are left to the terminal, and the editing
/// of the line, too, unless there are stars to be shown meanwhile.
#[derive(Clone)]
pub(super) struct Mode {
    before: Termios,
    during: Termios,
}

impl Mode {
    pub(super) fn set(tty: &File, echo: Echo) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut during = before.clone();
        if echo != Echo::All {
            during.local_modes.remove(LocalModes::ECHO);
            // The line break is shown anyway.
            during.local_modes.insert(LocalModes::ECHONL);
            if echo == Echo::Stars {
                during.local_modes.remove(LocalModes::ICANON);
                during.special_codes[SpecialCodeIndex::VMIN] = 1;
                during.special_codes[SpecialCodeIndex::VTIME] = 0;
            }
            // Text typed before the prompt is not an answer to it.
            tcsetattr(tty, OptionalActions::Now, &during)?;
            discard_input(tty);
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
        let _ = tcsetattr(tty, OptionalActions::Now, &self.during);
        discard_input(tty);
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
        // Not with one call, which would wait until all output is out.
        self.restore_at_once(tty);
        discard_input(tty);
    }
}

/// Reads what is there, also if its line isn't complete, without waiting for more than a moment.
pub(super) fn take_pasted(tty: &File) -> io::Result<Zeroizing<Vec<u8>>> {
    /// Of a paste, which comes in pieces.
    const MOMENT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let mut pasted = Zeroizing::new(Vec::with_capacity(4096));
    if !is_ours(tty) {
        return Ok(pasted);
    }
    let before = tcgetattr(tty)?;
    let mut at_once = before.clone();
    at_once
        .local_modes
        .remove(LocalModes::ICANON | LocalModes::ECHO);
    at_once.special_codes[SpecialCodeIndex::VMIN] = 0;
    at_once.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(tty, OptionalActions::Now, &at_once)?;
    let mut buffer = Zeroizing::new([0; 1024]);
    while poll(&mut [PollFd::new(tty, PollFlags::IN)], Some(&MOMENT)).is_ok_and(|count| count > 0) {
        match rustix::io::read(tty, &mut buffer[..]) {
            Ok(count) if count > 0 && pasted.len() + count <= pasted.capacity() => {
                pasted.extend_from_slice(&buffer[..count]);
            }
            _ => break,
        }
    }
    tcsetattr(tty, OptionalActions::Now, &before)?;
    Ok(pasted)
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
            SIGTSTP if suspend() => {}
            SIGCONT if resume() => {}
            SIGTSTP | SIGCONT => return hung_up(),
            signal => return Error::Interrupted { signal },
        }
    }
}

/// Stops this process, as Ctrl-Z does, until the shell continues it. The prompt is put away
/// meanwhile. Returns whether it may go on.
fn suspend() -> bool {
    let mut open = open_prompt();
    if let Some(open) = open.as_ref() {
        open.put_away();
        open.turn.iter().for_each(Turn::give_way);
    }
    // Like Ctrl-Z, this does nothing if no shell could continue the process. (SIGSTOP would stop it
    // forever.) SIGTSTP has a handler now, which safe code can't remove. SIGTTIN has none and also
    // stops.
    let _ = signal_hook::low_level::raise(SIGTTIN);
    let Some(open) = open.as_mut() else {
        return true;
    };
    let is_ours = wait_for_foreground(&open.input);
    open.turn.iter().for_each(Turn::take_again);
    open.show_again();
    is_ours
}

/// Hides again what is typed: while this process was stopped by SIGSTOP, the shell has set the
/// terminal to its liking. Returns whether the process may go on.
fn resume() -> bool {
    let mut open = open_prompt();
    let Some(open) = open.as_mut() else {
        return true;
    };
    let was_elsewhere = !is_ours(&open.input);
    let is_ours = wait_for_foreground(&open.input);
    if was_elsewhere || !open.mode.is_set(&open.input) {
        open.show_again();
    }
    is_ours
}

/// Stops this process while it is in the background, as if it read there: a shell that took it for
/// running wouldn't tell it when it is fetched. Returns whether it is in the foreground; it isn't if
/// a signal ends it, or if nobody can fetch it any more because the shell or the terminal is gone.
pub(super) fn wait_for_foreground(tty: &File) -> bool {
    /// Enough for a signal that came with the one to continue.
    const MOMENT: Duration = Duration::from_millis(100);
    const ENOUGH: usize = 3;
    let mut in_vain = 0;
    while !is_ours(tty) {
        let start = Instant::now();
        std::thread::sleep(MOMENT);
        if signals::is_ending() || is_hung_up(tty) || in_vain == ENOUGH {
            return is_ours(tty);
        }
        if !is_ours(tty) {
            let _ = kill_current_process_group(Signal::TTIN);
        }
        let was_stopped = start.elapsed() > 2 * MOMENT;
        in_vain = if was_stopped { 0 } else { in_vain + 1 };
    }
    true
}
