//! Whose turn it is to ask at a terminal: of two prompts there, each would get some of the keys.
//!
//! Several processes of one job can ask, such as the `credential_process` of two profiles. What they
//! lock is the terminal's device; where that can't be had, they ask at once.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::termios::ttyname;
use tokio::time::sleep;

const PAUSE: Duration = Duration::from_millis(50);

/// Held until it is dropped.
pub(super) struct Turn(File);

impl Turn {
    /// Waits for it, as long as others ask; calls `mention` if it has to. `None` if there can be none.
    pub(super) async fn take(mention: impl FnOnce()) -> Option<Self> {
        let device = device()?;
        let mut mention = Some(mention);
        loop {
            match device.try_lock() {
                Ok(()) => return Some(Self(device)),
                Err(TryLockError::WouldBlock) => {
                    if let Some(mention) = mention.take() {
                        mention();
                    }
                    sleep(PAUSE).await;
                }
                Err(TryLockError::Error(_)) => return None,
            }
        }
    }

    /// While this process is stopped, others may ask.
    pub(super) fn give_way(&self) {
        let _ = self.0.unlock();
    }

    /// After that, unless somebody is asking.
    pub(super) fn take_again(&self) {
        let _ = self.0.try_lock();
    }
}

/// `/dev/tty` is one for all terminals.
fn device() -> Option<File> {
    let (input, output, errors) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let streams = [input.as_fd(), output.as_fd(), errors.as_fd()];
    let name = streams
        .into_iter()
        .find_map(|stream| ttyname(stream, Vec::new()).ok())?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).ok()?;
    let mut options = OpenOptions::new();
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    options.read(true).custom_flags(flags).open(path).ok()
}
