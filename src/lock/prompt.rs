//! One prompt for many callers: of the commands that hand a profile's session on, one at a time gets a new one; the others
//! wait for it and find it in the file. Edge.
//!
//! The lock is a file in the user's cache folder, one for each section of each credentials file. It is not the write lock:
//! that is held for milliseconds, this one while a person looks for a code. Its holder removes it at the end (on Unix), so that
//! nothing is left behind; those who waited for a file that is gone wait anew.

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::console::Console;
use crate::error::Error;
use crate::lock::{self, Locked};

/// How long another's prompt is waited for: a code and a second try.
const TIMEOUT: Duration = Duration::from_mins(2);
/// What takes longer is said.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(50);

/// Holds the lock until dropped.
#[derive(Debug)]
pub struct PromptLock {
    /// None where there can be no lock; then each caller asks for itself.
    _held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    _file: File,
    path: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        // While it is still locked; the folder goes with the last one.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
            let _ = self.path.parent().map(fs::remove_dir);
        }
    }
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
            return Ok(Self { _held: None });
        };
        let path = path(section, credentials, &cache);
        let none = |reason: std::fmt::Arguments<'_>| {
            console.detail(format_args!("no prompt lock, {reason}"));
            Ok(Self { _held: None })
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
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let file = match open(&path) {
                Ok(file) => file,
                Err(error) => {
                    return none(format_args!("{} cannot be opened: {error}", path.display()));
                }
            };
            let left = deadline.saturating_duration_since(Instant::now());
            match file_lock::wait(file, left, PAUSE, PATIENCE, say) {
                Locked::Held(file) if !is_at(&path, &file) => {}
                Locked::Held(mut file) => {
                    // For those who wait; that it can't be told is no reason to fail.
                    let _ = file
                        .set_len(0)
                        .and_then(|()| file.rewind())
                        .and_then(|()| write!(file, "{}", std::process::id()));
                    let held = Some(Held { _file: file, path });
                    return Ok(Self { _held: held });
                }
                Locked::Busy => {
                    return Err(Error::PromptBusy {
                        section: section.to_owned(),
                        seconds: TIMEOUT.as_secs(),
                    });
                }
                Locked::Unsupported(error) => {
                    return none(format_args!("this file system has none: {error}"));
                }
            }
        }
    }
}

/// Whether `file` is what others find at `path`: its last holder may have removed it.
#[cfg(unix)]
fn is_at(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(there), Ok(held)) => identity(there) == identity(held),
        _ => false,
    }
}

/// Where nobody removes it.
#[cfg(not(unix))]
fn is_at(_: &Path, _: &File) -> bool {
    true
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
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    let mut attempts = 1;
    loop {
        make_folder(path)?;
        match options.open(path) {
            // Its last holder has just removed the folder.
            Err(error) if error.kind() == ErrorKind::NotFound && attempts < 10 => attempts += 1,
            result => return result,
        }
    }
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    path.parent()
        .map_or(Ok(()), |folder| builder.create(folder))
}
