//! The write lock: one aws-mfa at a time reads, edits and replaces a file. Edge.
//!
//! It locks a sidecar next to the file, never the file itself: that gets replaced, which would
//! leave the lock on a file that is gone, and on Windows a lock would make its readers fail. The
//! sidecar is empty and stays. The lock is held for milliseconds, never while waiting for a person.
//!
//! The lock is a courtesy between runs of aws-mfa. A sidecar that others could hold is not waited
//! for, and a code that is spent doesn't wait for long: the file is compared with what was edited
//! just before it is replaced anyway.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use super::{Locked, Wait};
use crate::console::Console;
use crate::error::Error;
use crate::files::folder::Folder;
use crate::shell;

/// Others hold the lock for milliseconds. As long as they write, it is worth waiting.
const WAIT: Wait = Wait {
    mention_after: Duration::from_secs(1),
    timeout: Duration::from_secs(9),
};

/// How long to wait for those who write, one after the other.
const QUEUE_TIMEOUT: Duration = Duration::from_mins(1);

/// Holds the lock until dropped, or until the process dies.
pub(crate) struct WriteLock {
    _file: File,
}

impl WriteLock {
    /// Tries the lock for the file `name` in `folder`, and creates its sidecar. Warns if there can be
    /// no lock. Returns an error if another aws-mfa holds it for too long.
    pub(crate) async fn rehearse(
        folder: &Folder,
        name: &OsStr,
        console: &Console,
    ) -> Result<(), Error> {
        let sidecar = sidecar(name);
        let file = match open(folder, name, &sidecar) {
            Ok(file) => file,
            Err(error) => {
                let path = folder.path_of(&sidecar);
                let remove = if cfg!(windows) { "del" } else { "rm" };
                console.warn(format_args!(
                    "cannot lock {}: {error} (to fix: `{remove} {}`)",
                    path.display(),
                    shell::path(&path)
                ));
                return Ok(());
            }
        };
        match acquire(file, folder, name, console).await {
            Locked::Held(_) => Ok(()),
            Locked::Busy => Err(Error::Locked {
                path: folder.path_of(name),
                lock: folder.path_of(&sidecar),
                seconds: (WAIT.mention_after + WAIT.timeout).as_secs(),
            }),
            Locked::Unsupported(error) => {
                console.detail(format_args!(
                    "no write lock, this file system doesn't support locks: {error}"
                ));
                Ok(())
            }
        }
    }

    /// `None` if there can be no lock, or if another aws-mfa holds it for too long.
    pub(crate) async fn acquire(folder: &Folder, name: &OsStr, console: &Console) -> Option<Self> {
        let file = open(folder, name, &sidecar(name)).ok()?;
        match acquire(file, folder, name, console).await {
            Locked::Held(file) => Some(Self { _file: file }),
            Locked::Busy => {
                console.detail("writing without the lock");
                None
            }
            Locked::Unsupported(_) => None,
        }
    }
}

/// Waits for the lock, unless nobody has written the file for a while.
async fn acquire(file: File, folder: &Folder, name: &OsStr, console: &Console) -> Locked {
    let start = Instant::now();
    let mut seen = version(folder, name);
    let go_on = || {
        let before = std::mem::replace(&mut seen, version(folder, name));
        seen != before && start.elapsed() < QUEUE_TIMEOUT
    };
    let mention =
        |_: &File| console.report("waiting for another aws-mfa that is writing the same file");
    super::acquire(file, WAIT, mention, go_on).await
}

/// Changes whenever the file is written; `None` if there is none.
fn version(folder: &Folder, name: &OsStr) -> Option<SystemTime> {
    let metadata = folder.metadata_of(name).ok().flatten()?;
    metadata.modified().ok()
}

/// `.credentials.aws-mfa.lock` for `credentials`.
fn sidecar(name: &OsStr) -> OsString {
    let mut sidecar = OsString::from(".");
    sidecar.push(name);
    sidecar.push(".aws-mfa.lock");
    sidecar
}

/// Opens or creates a sidecar that only this user and root can lock.
fn open(folder: &Folder, name: &OsStr, sidecar: &OsStr) -> io::Result<File> {
    let (file, is_new) = folder.open_or_create_file(sidecar)?;
    #[cfg(unix)]
    if is_new {
        use std::os::unix::fs::PermissionsExt;
        // Whatever the umask is.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        // Let the file's owner use a lock that root created.
        folder.give_to_owner_of(&file, name)?;
    } else {
        check_owner(&file, folder, name)?;
    }
    #[cfg(not(unix))]
    let _ = (is_new, name);
    Ok(file)
}

/// Returns an error if others could hold the lock.
#[cfg(unix)]
fn check_owner(file: &File, folder: &Folder, name: &OsStr) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    let (owner, me) = (metadata.uid(), rustix::process::geteuid());
    let is_trusted =
        owner == me.as_raw() || owner == 0 || me.is_root() && owner == folder.owner_of(name)?.uid();
    if !is_trusted {
        return Err(io::Error::other(format!("it belongs to user {owner}")));
    }
    if metadata.nlink() != 1 {
        return Err(io::Error::other("it has other names (hard links)"));
    }
    Ok(())
}
