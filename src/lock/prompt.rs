//! One prompt for many callers: of the commands that hand out a profile's session, one at a time
//! gets a new session; the others wait, then find it in the file. Edge.
//!
//! The lock is a file in the user's cache folder, one per section of each credentials file. It
//! isn't the write lock, which is held for milliseconds: this one is held while a person gets a
//! code. It is used only if nobody else can interfere with it. On Unix its holder deletes the file
//! at the end, to leave nothing behind; those who waited for a deleted file wait for the next one.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Locked, Wait};
use crate::console::Console;
use crate::error::Error;
#[cfg(unix)]
use crate::files;
use crate::files::access;
use crate::files::folder::Folder;

/// Enough time for a code and a second try.
const TIMEOUT: Duration = Duration::from_mins(2);
const MENTION_AFTER: Duration = Duration::from_millis(500);

/// How often the folder may vanish before it is used.
const ATTEMPTS: usize = 100;

/// Which session the lock is for, and where locks are.
pub(crate) struct PromptLockPlace<'p> {
    pub(crate) section: &'p str,
    /// The credentials file.
    pub(crate) credentials: &'p Path,
    /// The user's cache folder, if there is one.
    pub(crate) cache: Option<PathBuf>,
    pub(crate) home: Option<PathBuf>,
}

/// Holds the lock until dropped.
pub(crate) struct PromptLock {
    /// `None` if there can be no lock; then each caller prompts by itself.
    _held: Option<Held>,
}

struct Held {
    _file: File,
    folder: Folder,
    name: OsString,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Still locked at this point. The folder goes with its last file.
        if cfg!(unix) {
            let _ = self.folder.remove(&self.name);
            let _ = fs::remove_dir(self.folder.path());
        }
    }
}

impl PromptLock {
    /// Waits until nobody else is getting a session for the same section. Returns an error if that
    /// takes too long.
    pub(crate) async fn acquire(
        place: &PromptLockPlace<'_>,
        console: &Console,
    ) -> Result<Self, Error> {
        let none = |reason: String| {
            console.detail(format_args!("no prompt lock: {reason}"));
            Ok(Self { _held: None })
        };
        let Some(cache) = &place.cache else {
            return none("there is no cache folder".to_owned());
        };
        let (path, name) = (cache.join("aws-mfa"), place.name());
        let mention = |file: &File| {
            let holder = holder(file);
            console.report(format_args!(
                "waiting for another aws-mfa{holder}, which is asking for the MFA code for [{}]",
                place.section
            ));
        };
        let deadline = Instant::now() + TIMEOUT;
        loop {
            // Nothing is created where others could make the path lead elsewhere. For root that is
            // the cache of another user.
            if !access::is_private(&path, place.home.as_deref(), console) {
                return none(format!("others can change {}", path.display()));
            }
            let (folder, file) = match open(&path, &name) {
                Ok(opened) => opened,
                Err(error) => {
                    let path = path.join(&name);
                    return none(format!("{} cannot be used: {error}", path.display()));
                }
            };
            let wait = Wait {
                mention_after: MENTION_AFTER,
                timeout: deadline.saturating_duration_since(Instant::now()),
            };
            match super::acquire(file, wait, mention, || false).await {
                Locked::Held(file) if !is_in(&folder, &name, &file) => {}
                Locked::Held(file) => {
                    // Only shown to those who wait, so a failure doesn't matter.
                    let _ = write_holder(&file);
                    let held = Held {
                        _file: file,
                        folder,
                        name,
                    };
                    return Ok(Self { _held: Some(held) });
                }
                Locked::Busy => {
                    return Err(Error::PromptBusy {
                        section: place.section.to_owned(),
                        seconds: TIMEOUT.as_secs(),
                    });
                }
                Locked::Unsupported(error) => {
                    return none(format!("this file system doesn't support locks: {error}"));
                }
            }
        }
    }
}

/// Holds the lock on the rotation of a key until dropped, wherever it is stored: as [`PromptLock`], but
/// nobody waits for it, and nothing is done without it.
pub(crate) struct RotationLock {
    _held: Held,
}

impl RotationLock {
    /// Returns an error if another run rotates the same keys, or if there can be no lock.
    /// `key` is the access key's ID, and the host of the IAM that has it.
    pub(crate) fn acquire(
        key: (&str, &str),
        cache: Option<PathBuf>,
        home: Option<&Path>,
        console: &Console,
    ) -> Result<Self, Error> {
        let no_lock = |problem: String| Error::Rotation {
            problem: format!("another rotation at the same time can't be excluded: {problem}"),
            hint: None,
            source: None,
        };
        let cache = cache.ok_or_else(|| no_lock("there is no cache folder".to_owned()))?;
        let (path, name) = (cache.join("aws-mfa"), lock_name("rotate", key));
        loop {
            if !access::is_private(&path, home, console) {
                return Err(no_lock(format!("others can change {}", path.display())));
            }
            let unusable = |error: io::Error| {
                no_lock(format!(
                    "{} cannot be used: {error}",
                    path.join(&name).display()
                ))
            };
            let (folder, file) = open(&path, &name).map_err(unusable)?;
            match file.try_lock() {
                Ok(()) if !is_in(&folder, &name, &file) => {}
                Ok(()) => {
                    let _ = write_holder(&file);
                    let held = Held {
                        _file: file,
                        folder,
                        name,
                    };
                    return Ok(Self { _held: held });
                }
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&file);
                    return Err(Error::Rotation {
                        problem: format!("another aws-mfa{holder} is rotating these keys"),
                        hint: Some("wait until it has ended".to_owned()),
                        source: None,
                    });
                }
                Err(TryLockError::Error(error)) => return Err(unusable(error)),
            }
        }
    }
}

impl PromptLockPlace<'_> {
    /// One file per section of each credentials file, whichever path leads to it.
    fn name(&self) -> OsString {
        let file = fs::canonicalize(self.credentials);
        let file = file.unwrap_or_else(|_| self.credentials.to_owned());
        lock_name("prompt", (self.section, file))
    }
}

fn lock_name(purpose: &str, what: impl Hash) -> OsString {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    format!("{purpose}-{:016x}.lock", hasher.finish()).into()
}

fn write_holder(mut file: &File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

/// The holder's process ID for a message; empty if unknown.
fn holder(mut file: &File) -> String {
    let mut text = String::new();
    let read = file
        .rewind()
        .and_then(|()| file.take(20).read_to_string(&mut text));
    match text.parse::<u32>() {
        Ok(holder) if read.is_ok() => format!(" (process {holder})"),
        _ => String::new(),
    }
}

/// Opens or creates the lock file, unless somebody put something else in its place.
fn open(path: &Path, name: &OsString) -> io::Result<(Folder, File)> {
    let mut attempts = 1;
    loop {
        let opened = Folder::open_or_create(path).and_then(|folder| {
            let (file, _) = folder.open_or_create_file(name)?;
            Ok((folder, file))
        });
        match opened {
            // The last holder has just removed the folder.
            Err(error) if error.kind() == ErrorKind::NotFound && attempts < ATTEMPTS => {
                attempts += 1;
            }
            Err(error) => return Err(error),
            Ok((folder, file)) => {
                check_own(&file)?;
                return Ok((folder, file));
            }
        }
    }
}

/// Returns an error if writing to the file would change somebody else's, or one with another name.
#[cfg(unix)]
fn check_own(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    // Removed by its last holder, it has no name any more.
    if metadata.nlink() > 1 {
        return Err(io::Error::other("it has other names (hard links)"));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        let owner = metadata.uid();
        return Err(io::Error::other(format!("it belongs to user {owner}")));
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn check_own(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whether `file` is still the one of that name: its last holder may have deleted it.
#[cfg(unix)]
fn is_in(folder: &Folder, name: &OsString, file: &File) -> bool {
    match (folder.metadata_of(name), file.metadata()) {
        (Ok(Some(there)), Ok(held)) => folder.is_at_its_path() && files::is_same(&there, &held),
        _ => false,
    }
}

/// On other systems nobody deletes the file.
#[cfg(not(unix))]
fn is_in(_: &Folder, _: &OsString, _: &File) -> bool {
    true
}
