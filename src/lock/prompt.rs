//! One prompt for many callers: of the commands that hand out a profile's session, one at a time
//! gets a new session; the others wait, then find it in the file. Edge.
//!
//! The lock is a file in the user's cache folder, one per section of each credentials file. It
//! isn't the write lock, which is held for milliseconds: this one is held while a person gets a
//! code. On Unix its holder deletes the file at the end, to leave nothing behind; those who waited
//! for a deleted file wait for the next one.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Locked, Wait};
use crate::console::Console;
use crate::error::Error;

/// Enough time for a code and a second try.
const WAIT: Wait = Wait {
    timeout: Duration::from_mins(2),
    pause: Duration::from_millis(50),
    mention_after: Duration::from_millis(500),
};

/// Holds the lock until dropped.
pub(crate) struct PromptLock {
    /// `None` if there can be no lock; then each caller prompts by itself.
    _held: Option<Held>,
}

struct Held {
    _file: File,
    path: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Still locked at this point. The folder goes with its last file.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
            let _ = self.path.parent().map(fs::remove_dir);
        }
    }
}

impl PromptLock {
    /// Waits until nobody else is getting a session for `section` of the file at `credentials`.
    /// Returns an error if that takes too long.
    pub(crate) fn acquire(
        section: &str,
        credentials: &Path,
        cache: Option<PathBuf>,
        console: &Console,
    ) -> Result<Self, Error> {
        let none = |reason: String| {
            console.detail(format_args!("no prompt lock: {reason}"));
            Ok(Self { _held: None })
        };
        let Some(cache) = cache else {
            return none("there is no cache folder".to_owned());
        };
        let path = path(section, credentials, &cache);
        let mention = || {
            let holder = holder(&path);
            console.report(format_args!(
                "waiting for another aws-mfa{holder}, which is asking for the MFA code for \
                 [{section}]"
            ));
        };
        let deadline = Instant::now() + WAIT.timeout;
        loop {
            let file = match open(&path) {
                Ok(file) => file,
                Err(error) => return none(format!("{} cannot be opened: {error}", path.display())),
            };
            let timeout = deadline.saturating_duration_since(Instant::now());
            match super::acquire(file, Wait { timeout, ..WAIT }, mention) {
                Locked::Held(file) if !is_at(&path, &file) => {}
                Locked::Held(file) => {
                    // Only shown to those who wait, so a failure doesn't matter.
                    let _ = write_holder(&file);
                    return Ok(Self {
                        _held: Some(Held { _file: file, path }),
                    });
                }
                Locked::Busy => {
                    let (section, seconds) = (section.to_owned(), WAIT.timeout.as_secs());
                    return Err(Error::PromptBusy { section, seconds });
                }
                Locked::Unsupported(error) => {
                    return none(format!("this file system doesn't support locks: {error}"));
                }
            }
        }
    }
}

fn write_holder(mut file: &File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

/// The holder's process ID for a message; empty if unknown.
fn holder(path: &Path) -> String {
    match fs::read_to_string(path).unwrap_or_default().trim() {
        "" => String::new(),
        holder => format!(" (process {holder})"),
    }
}

/// Whether `file` is still the one at `path`: its last holder may have deleted it.
#[cfg(unix)]
fn is_at(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(there), Ok(held)) => (there.dev(), there.ino()) == (held.dev(), held.ino()),
        _ => false,
    }
}

/// On other systems nobody deletes the file.
#[cfg(not(unix))]
fn is_at(_: &Path, _: &File) -> bool {
    true
}

/// One file per section of each credentials file, whichever path leads to it.
fn path(section: &str, credentials: &Path, cache: &Path) -> PathBuf {
    let file = fs::canonicalize(credentials).unwrap_or_else(|_| credentials.to_owned());
    let mut hasher = DefaultHasher::new();
    (section, file).hash(&mut hasher);
    cache
        .join("aws-mfa")
        .join(format!("prompt-{:016x}.lock", hasher.finish()))
}

fn open(path: &Path) -> io::Result<File> {
    let mut attempts = 1;
    loop {
        make_folder(path)?;
        match super::open(path) {
            // The last holder has just removed the folder.
            Err(error) if error.kind() == ErrorKind::NotFound && attempts < 10 => attempts += 1,
            result => return result,
        }
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    path.parent()
        .map_or(Ok(()), |folder| builder.create(folder))
}
