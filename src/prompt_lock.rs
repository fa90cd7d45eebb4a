//! One prompt for many callers: of the commands that hand a profile's session on, one at a time gets a new one; the others
//! wait for it and find it in the file. Edge.
//!
//! The lock is a file in the user's cache folder, one for each section of each credentials file. It is not the write lock:
//! that is held for milliseconds, this one while a person looks for a code.

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::console::Console;
use crate::error::Error;
use crate::file_lock::{self, Locked};

/// How long another's prompt is waited for: a code and a second try.
const TIMEOUT: Duration = Duration::from_mins(2);
/// What takes longer is said.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(50);

/// Holds the lock until dropped.
#[derive(Debug)]
pub struct PromptLock {
    /// None where there can be no lock; then each caller asks for itself.
    _file: Option<File>,
}

impl PromptLock {
    /// Waits until nobody else gets a session for `section` of the file at `credentials`. `cache` is the user's cache folder.
    ///
    /// # Errors
    /// Where somebody else does all the time.
    pub fn acquire(
        section: &str,
        credentials: &Path,
        cache: Option<PathBuf>,
        console: &Console,
    ) -> Result<Self, Error> {
        let Some(cache) = cache else {
            console.detail("no prompt lock: there is no cache folder");
            return Ok(Self { _file: None });
        };
        let path = path(section, credentials, &cache);
        let file = match open(&path) {
            Ok(file) => file,
            Err(error) => {
                console.detail(format_args!(
                    "no prompt lock, {} cannot be opened: {error}",
                    path.display()
                ));
                return Ok(Self { _file: None });
            }
        };
        let say = || {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            let holder = holder.trim();
            let holder = if holder.is_empty() {
                String::new()
            } else {
                format!(" (process {holder})")
            };
            console.report(format_args!(
                "waiting for another aws-mfa{holder}, which asks for the code of [{section}]"
            ));
        };
        match file_lock::wait(file, TIMEOUT, PAUSE, PATIENCE, say) {
            Locked::Held(mut file) => {
                // For those who wait; that it can't be told is no reason to fail.
                let _ = file
                    .set_len(0)
                    .and_then(|()| file.rewind())
                    .and_then(|()| write!(file, "{}", std::process::id()));
                Ok(Self { _file: Some(file) })
            }
            Locked::Busy => Err(Error::PromptBusy {
                section: section.to_owned(),
                seconds: TIMEOUT.as_secs(),
            }),
            Locked::Unsupported(error) => {
                console.detail(format_args!(
                    "no prompt lock, this file system has none: {error}"
                ));
                Ok(Self { _file: None })
            }
        }
    }
}

/// One file for each section of each credentials file, by whatever path it is reached.
fn path(section: &str, credentials: &Path, cache: &Path) -> PathBuf {
    let file = fs::canonicalize(credentials).unwrap_or_else(|_| credentials.to_owned());
    let mut hasher = DefaultHasher::new();
    (section, file).hash(&mut hasher);
    cache
        .join("aws-mfa")
        .join(format!("prompt-{:016x}.lock", hasher.finish()))
}

fn open(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}
