//! Replacing a file: temporary file, owner and mode, sync, rename.

use std::ffi::OsStr;
use std::fs::File;
use std::io;

use crate::console::Console;
#[cfg(unix)]
use crate::files::access_list;
use crate::files::folder::{Folder, TemporaryFile};

/// A file that is written and synced, but not yet in place. Dropping it removes it.
pub(super) struct Replacement<'f> {
    temporary: TemporaryFile<'f>,
    name: &'f OsStr,
}

impl<'f> Replacement<'f> {
    /// Writes `bytes` to a temporary file in `folder`, to replace the file `name`, with the owner
    /// and mode of `old`.
    pub(super) fn prepare(
        folder: &'f Folder,
        name: &'f OsStr,
        old: Option<&File>,
        bytes: &[u8],
        console: &Console,
    ) -> io::Result<Self> {
        let mut temporary = folder.temporary_file(name)?;
        temporary.write(bytes)?;
        keep_access(folder, old, temporary.file(), console)?;
        match temporary.file().sync_all() {
            // Some network and pass-through file systems can't sync.
            Err(error) if is_unsupported(&error) => {
                console.detail(format_args!("the file system cannot sync: {error}"));
            }
            result => result?,
        }
        Ok(Self { temporary, name })
    }

    pub(super) fn commit(self) -> io::Result<()> {
        self.temporary.rename(self.name)
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
    )
}

/// What the new file keeps of the old one's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    All,
    /// The old file's access control list is lost, and its group's access with it.
    #[cfg_attr(
        windows,
        expect(dead_code, reason = "files inherit their permissions there")
    )]
    WithoutAccessList,
}

/// Copies the owner, group and mode of `old`, or for root the owner and group of `folder` if there is
/// no old file. What can't be kept becomes more private.
#[cfg(unix)]
pub(super) fn keep_access(
    folder: &Folder,
    old: Option<&File>,
    new: &File,
    console: &Console,
) -> io::Result<Kept> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let set_mode = |mode| match new.set_permissions(Permissions::from_mode(mode)) {
        // Such file systems have no modes to keep.
        Err(error) if is_unsupported(&error) || error.kind() == io::ErrorKind::PermissionDenied => {
            console.detail(format_args!(
                "the file system doesn't support file modes: {error}"
            ));
            Ok(())
        }
        result => result,
    };
    let Some(old) = old else {
        folder.give_to_owner(new)?;
        // Whatever the umask is.
        return set_mode(0o600).map(|()| Kept::All);
    };
    let has_access_list = access_list::exists(old);
    let old = old.metadata()?;
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
    if has_access_list {
        // The list's mask is in the group bits: copied, they could give the group more than it had.
        set_mode(mode & 0o700)?;
        return Ok(Kept::WithoutAccessList);
    }
    set_mode(mode).map(|()| Kept::All)
}

/// On Windows a new file inherits the folder's permissions, as the old one did.
#[cfg(not(unix))]
fn keep_access(_: &Folder, _: Option<&File>, _: &File, _: &Console) -> io::Result<Kept> {
    Ok(Kept::All)
}
