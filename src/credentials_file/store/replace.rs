//! Replacing a file: temporary file, owner and mode, sync, rename.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::console::Console;

/// A file that is written and synced, but not yet in place. Dropping it removes it.
pub(super) struct Replacement {
    temporary: NamedTempFile,
    target: PathBuf,
}

impl Replacement {
    /// Writes `bytes` to a temporary file next to `target`, with `target`'s owner and mode.
    pub(super) fn prepare(target: &Path, bytes: &[u8], console: &Console) -> io::Result<Self> {
        // Readable only by its owner, from the start.
        let named = Builder::new()
            .prefix(".aws-mfa-")
            .suffix(".tmp")
            .tempfile_in(folder_of(target));
        let mut temporary = named.map_err(without_path)?;
        temporary.as_file_mut().write_all(bytes)?;
        keep_access(target, temporary.as_file(), console)?;
        match temporary.as_file().sync_all() {
            // Some network and pass-through file systems can't sync.
            Err(error) if is_unsupported(&error) => {
                console.detail(format_args!("the file system cannot sync: {error}"));
            }
            result => result?,
        }
        Ok(Self {
            temporary,
            target: target.to_owned(),
        })
    }

    pub(super) fn commit(self) -> io::Result<()> {
        rename(self.temporary, &self.target)
    }
}

/// Syncs the folder after the rename. An error is ignored: the file is already in place.
pub(super) fn sync_folder(target: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder_of(target)).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = target;
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Removes the temporary file's name, which tempfile adds to the error and which helps nobody.
pub(super) fn without_path(error: io::Error) -> io::Error {
    let inner = error
        .get_ref()
        .and_then(|error| error.source())
        .and_then(|source| source.downcast_ref::<io::Error>());
    match inner.and_then(io::Error::raw_os_error) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error,
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
    )
}

/// Copies the old file's owner, group and mode. What can't be kept becomes more private.
#[cfg(unix)]
pub(super) fn keep_access(target: &Path, new: &File, console: &Console) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let old = match fs::metadata(target) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut mode = old.mode() & 0o777;
    let mine = new.metadata()?;
    if (old.uid(), old.gid()) != (mine.uid(), mine.gid())
        && let Err(error) = fchown(new, Some(old.uid()), Some(old.gid()))
    {
        if old.uid() != mine.uid() {
            return Err(error);
        }
        // A group that this user isn't in: its access can't be kept.
        console.detail(format_args!("the file's group cannot be kept: {error}"));
        mode &= 0o707;
    }
    if has_access_list(target) {
        // The list's mask is in the group bits: copied, they could give the group more than it had.
        mode &= 0o700;
    }
    match new.set_permissions(fs::Permissions::from_mode(mode)) {
        // Such file systems have no modes to keep.
        Err(error) if is_unsupported(&error) || error.kind() == io::ErrorKind::PermissionDenied => {
            console.detail(format_args!(
                "the file system doesn't support file modes: {error}"
            ));
            Ok(())
        }
        result => result,
    }
}

/// On Windows a new file inherits the folder's permissions, as the old one did.
#[cfg(not(unix))]
fn keep_access(_: &Path, _: &File, _: &Console) -> io::Result<()> {
    Ok(())
}

/// Whether the file has a POSIX access control list beyond its mode.
#[cfg(target_os = "linux")]
pub(super) fn has_access_list(path: &Path) -> bool {
    rustix::fs::getxattr(path, "system.posix_acl_access", &mut [0_u8; 0][..]).is_ok()
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn has_access_list(_: &Path) -> bool {
    false
}

#[cfg(not(windows))]
#[expect(clippy::disallowed_methods, reason = "the one writer of files")]
fn rename(temporary: NamedTempFile, target: &Path) -> io::Result<()> {
    let path = temporary.into_temp_path();
    fs::rename(&path, target)
    // Dropping `path` removes the temporary file, unless it was renamed.
}

/// Retries: on Windows a virus scanner or an editor may have the file open for a moment.
#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "the one writer of files")]
fn rename(temporary: NamedTempFile, target: &Path) -> io::Result<()> {
    const ATTEMPTS: u32 = 25;
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);
    let (file, path) = temporary.keep().map_err(|error| error.error)?;
    drop(file);
    let mut attempt = 1;
    loop {
        match fs::rename(&path, target) {
            Err(error)
                if error.kind() == io::ErrorKind::PermissionDenied
                    || error.raw_os_error() == Some(32) =>
            {
                if attempt == ATTEMPTS {
                    let _ = fs::remove_file(&path);
                    return Err(error);
                }
                attempt += 1;
                std::thread::sleep(PAUSE);
            }
            result => {
                if result.is_err() {
                    let _ = fs::remove_file(&path);
                }
                return result;
            }
        }
    }
}
