//! Before a code is spent: where the file is, who can change it, and whether it can be replaced.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::replace::{folder_of, without_path};
use crate::console::Console;
use crate::error::Error;

/// As many symbolic links as Linux follows in a path.
const MAX_LINKS: usize = 40;

/// The file to replace: follows symbolic links, even if the last one points to nothing.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, Error> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&target) {
            Ok(link) => target = folder_of(&target).join(link),
            Err(_) => return Ok(target),
        }
    }
    let too_many = io::Error::other("too many symbolic links");
    Err(Error::cannot(format!("read {}", path.display()))(too_many))
}

/// Creates the file's folder, for its owner only, if it is missing.
pub(super) fn make_folder(target: &Path) -> Result<(), Error> {
    let folder = folder_of(target);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Error::write(folder))
}

/// Checks that `target` can be replaced with a file of `size` bytes, and that only its owner and
/// root can change it meanwhile.
pub(super) fn check(target: &Path, size: usize, console: &Console) -> Result<(), Error> {
    make_folder(target)?;
    let folder = folder_of(target);
    if target.is_dir() {
        return Err(Error::write(target)(io::ErrorKind::IsADirectory.into()));
    }
    // Has no name, so nothing is left behind whatever happens to this process.
    let failed = |error| Error::write(folder)(without_path(error));
    let mut probe = tempfile::tempfile_in(folder).map_err(failed)?;
    probe.write_all(&vec![b'#'; size]).map_err(failed)?;
    #[cfg(unix)]
    unix::check(target, folder, &probe, console)?;
    #[cfg(target_os = "linux")]
    linux::check(target, folder)?;
    #[cfg(not(unix))]
    let _ = (probe, console);
    Ok(())
}

pub(super) fn check_commands(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let target = resolve(path)?;
        unix::check_commands(&target, folder_of(&target))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}

pub(super) fn warn_of_group(path: &Path, console: &Console) {
    #[cfg(unix)]
    unix::warn_of_group(path, console);
    #[cfg(not(unix))]
    let _ = (path, console);
}

/// The error for a failed rename over `target`: `check` can't see a mount point on older kernels.
pub(super) fn not_replaced(target: &Path, source: io::Error) -> Error {
    if cfg!(target_os = "linux") && source.kind() == io::ErrorKind::ResourceBusy {
        mount_point(target)
    } else {
        Error::write(target)(source)
    }
}

/// Containers mount single files like this; renaming over one fails.
fn mount_point(target: &Path) -> Error {
    let problem = "is itself a mount point, so it can't be replaced";
    let cure = "mount its folder instead, so that the file in it can be replaced";
    bad_place(target, problem, cure)
}

fn bad_place(path: &Path, problem: impl Into<String>, cure: impl Into<String>) -> Error {
    Error::BadPlace {
        path: path.to_owned(),
        problem: problem.into(),
        cure: cure.into(),
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Metadata, Permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::path::Path;

    use super::super::replace::{has_access_list, keep_access};
    use super::bad_place;
    use crate::console::Console;
    use crate::error::Error;

    const GROUP_WRITES: u32 = 0o020;
    const OTHERS_WRITE: u32 = 0o002;
    const OTHERS_READ: u32 = 0o044;
    const STICKY: u32 = 0o1000;

    pub(super) fn check(
        target: &Path,
        folder: &Path,
        probe: &File,
        console: &Console,
    ) -> Result<(), Error> {
        let me = rustix::process::geteuid();
        if let Ok(file) = fs::metadata(target)
            && file.uid() != me.as_raw()
            && !me.is_root()
        {
            let problem = format!(
                "belongs to user {}, and the new file would belong to you",
                file.uid()
            );
            return Err(bad_place(
                target,
                problem,
                "let its owner run aws-mfa, or make the file yours",
            ));
        }
        let supports_modes = supports_modes(probe);
        // Tries on the probe what the new file will need.
        keep_access(target, probe, console).map_err(Error::write(target))?;
        if !supports_modes {
            console.detail(
                "this file system has no file modes, so aws-mfa can't check who else can change \
                 the file",
            );
            return Ok(());
        }
        let root_may = RootPolicy::MayEdit;
        trust(folder, root_may)?;
        trust(target, root_may)?;
        warn_of_group(folder, console);
        warn_of_group(target, console);
        if let Ok(metadata) = fs::metadata(target) {
            warn_about(target, &metadata, console);
        }
        Ok(())
    }

    pub(super) fn check_commands(target: &Path, folder: &Path) -> Result<(), Error> {
        // If the folder isn't writable, its file system knows modes.
        let probe = tempfile::tempfile_in(folder);
        if probe.is_ok_and(|probe| !supports_modes(&probe)) {
            return Ok(());
        }
        trust(folder, RootPolicy::MayNotRun)?;
        trust(target, RootPolicy::MayNotRun)
    }

    /// False on WSL's drives and some network drives, where a private file gets another mode.
    fn supports_modes(probe: &File) -> bool {
        let _ = probe.set_permissions(Permissions::from_mode(0o600));
        probe
            .metadata()
            .is_ok_and(|probe| probe.mode() & 0o777 == 0o600)
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum RootPolicy {
        MayEdit,
        /// Not even root may run the commands named in it.
        MayNotRun,
    }

    /// Checks that only this user and root can change `path`.
    fn trust(path: &Path, root: RootPolicy) -> Result<(), Error> {
        let Ok(metadata) = fs::metadata(path) else {
            return Ok(());
        };
        let me = rustix::process::geteuid();
        let owner = metadata.uid();
        let root_may = me.is_root() && root == RootPolicy::MayEdit;
        if owner != me.as_raw() && owner != 0 && !root_may {
            return Err(bad_place(
                path,
                format!("belongs to user {owner}, who could change it"),
                "use a file in a folder that belongs to you",
            ));
        }
        // In a sticky folder only a file's owner can replace it.
        let is_sticky = metadata.is_dir() && metadata.mode() & STICKY != 0;
        if metadata.mode() & OTHERS_WRITE != 0 && !is_sticky {
            let cure = format!("run `chmod o-w {}`", path.display());
            return Err(bad_place(
                path,
                "can be changed by every user of this computer",
                cure,
            ));
        }
        Ok(())
    }

    pub(super) fn warn_of_group(path: &Path, console: &Console) {
        let Ok(metadata) = fs::metadata(path) else {
            return;
        };
        if metadata.mode() & GROUP_WRITES != 0 && metadata.mode() & STICKY == 0 {
            console.warn(format_args!(
                "{0} can be changed by its group (to fix: chmod g-w {0})",
                path.display()
            ));
        }
    }

    fn warn_about(target: &Path, metadata: &Metadata, console: &Console) {
        let path = target.display();
        if has_access_list(target) {
            console.warn(format_args!(
                "{path} has an access control list, which will be lost: the \
                file will be readable only by its owner"
            ));
        } else if metadata.mode() & OTHERS_READ != 0 {
            console.warn(format_args!(
                "{path} can be read by others (to fix: chmod 600 {path})"
            ));
        }
        if metadata.nlink() > 1 {
            console.warn(format_args!(
                "{path} has {} hard links: the others will keep the old content",
                metadata.nlink()
            ));
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

    use super::{bad_place, mount_point};
    use crate::error::Error;

    pub(super) fn check(target: &Path, folder: &Path) -> Result<(), Error> {
        if has(target, StatxAttributes::MOUNT_ROOT) {
            return Err(mount_point(target));
        }
        for path in [target, folder] {
            if has(path, StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
                let problem = "is immutable or append-only, so the file can't be replaced";
                return Err(bad_place(path, problem, "run `chattr -i -a` on it as root"));
            }
        }
        Ok(())
    }

    /// False if the kernel or the file system doesn't know the attributes: the rename will tell.
    fn has(path: &Path, attributes: StatxAttributes) -> bool {
        statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
            .is_ok_and(|file| file.stx_attributes.intersects(attributes))
    }
}
