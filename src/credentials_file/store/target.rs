//! Where the file is, who else may change it, and whether it can be replaced: what is found out before a code is spent.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::replace::{folder_of, plain};
use crate::console::Console;
use crate::error::Error;

/// As many links as Linux follows in a path.
const MAX_LINKS: usize = 40;

/// The file that is replaced: symbolic links followed, also where the last one points to nothing.
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

/// Makes the file's folder, for its owner only, where it is missing.
pub(super) fn make_folder(target: &Path) -> Result<(), Error> {
    let folder = folder_of(target);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Error::write(folder))
}

/// Sees that `target` can be replaced and that nobody but its owner and root can change it meanwhile.
/// `size` is how many bytes will have to fit in.
pub(super) fn check(target: &Path, size: usize, console: &Console) -> Result<(), Error> {
    make_folder(target)?;
    let folder = folder_of(target);
    if target.is_dir() {
        return Err(Error::write(target)(io::ErrorKind::IsADirectory.into()));
    }
    // Has no name, so that nothing is left behind whatever happens to this process.
    let failed = |error| Error::write(folder)(plain(error));
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

/// Sees that the commands that a file names are its owner's: nobody else can change the file, or put another in its place.
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

/// Warns where other users can change the file through their group.
pub(super) fn warn_of_group(path: &Path, console: &Console) {
    #[cfg(unix)]
    unix::warn_of_group(path, console);
    #[cfg(not(unix))]
    let _ = (path, console);
}

#[cfg(unix)]
fn bad(path: &Path, problem: impl Into<String>, cure: impl Into<String>) -> Error {
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
    use super::bad;
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
                "belongs to user {}, and a new file in its place would be yours",
                file.uid()
            );
            return Err(bad(
                target,
                problem,
                "let its owner run aws-mfa, or make the file yours",
            ));
        }
        let modes_mean_something = modes_mean_something(probe);
        // What the new file will have to be given, the probe is given now.
        keep_access(target, probe, console).map_err(Error::write(target))?;
        if !modes_mean_something {
            console.detail(
                "this file system has no modes: who else may change the file isn't checked",
            );
            return Ok(());
        }
        let root_may = OthersFile::RootMayEdit;
        trust(folder, root_may)?;
        trust(target, root_may)?;
        warn_of_group(folder, console);
        warn_of_group(target, console);
        if let Ok(metadata) = fs::metadata(target) {
            warn_of(target, &metadata, console);
        }
        Ok(())
    }

    pub(super) fn check_commands(target: &Path, folder: &Path) -> Result<(), Error> {
        // A folder where nothing can be written has a file system that knows modes.
        let probe = tempfile::tempfile_in(folder);
        if probe.is_ok_and(|probe| !modes_mean_something(&probe)) {
            return Ok(());
        }
        trust(folder, OthersFile::NotEvenRoot)?;
        trust(target, OthersFile::NotEvenRoot)
    }

    /// Where a file that is given to its owner alone has another mode all the same (WSL's drives, some network drives),
    /// modes and owners say nothing.
    fn modes_mean_something(probe: &File) -> bool {
        let _ = probe.set_permissions(Permissions::from_mode(0o600));
        probe
            .metadata()
            .is_ok_and(|probe| probe.mode() & 0o777 == 0o600)
    }

    /// What root may do with a file of someone else.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum OthersFile {
        RootMayEdit,
        /// Run the commands that are named in it.
        NotEvenRoot,
    }

    /// Sees that only this user and root can change `path`.
    fn trust(path: &Path, others: OthersFile) -> Result<(), Error> {
        let Ok(metadata) = fs::metadata(path) else {
            return Ok(());
        };
        let me = rustix::process::geteuid();
        let owner = metadata.uid();
        let root_may = me.is_root() && others == OthersFile::RootMayEdit;
        if owner != me.as_raw() && owner != 0 && !root_may {
            return Err(bad(
                path,
                format!("belongs to user {owner}, who could change it"),
                "use a file in a folder that belongs to you",
            ));
        }
        // In a sticky folder only a file's owner can replace it.
        let is_sticky = metadata.is_dir() && metadata.mode() & STICKY != 0;
        if metadata.mode() & OTHERS_WRITE != 0 && !is_sticky {
            let cure = format!("run `chmod o-w {}`", path.display());
            return Err(bad(
                path,
                "can be changed by everybody on this computer",
                cure,
            ));
        }
        Ok(())
    }

    /// Warns where other users can change the file through their group.
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

    fn warn_of(target: &Path, metadata: &Metadata, console: &Console) {
        let path = target.display();
        if has_access_list(target) {
            console.warn(format_args!("{path} has an access list, which a new file cannot keep: it will be readable by its owner only"));
        } else if metadata.mode() & OTHERS_READ != 0 {
            console.warn(format_args!(
                "{path} can be read by others (to fix: chmod 600 {path})"
            ));
        }
        if metadata.nlink() > 1 {
            console.warn(format_args!(
                "{path} has {} names (hard links): the others will keep the old content",
                metadata.nlink()
            ));
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

    use super::bad;
    use crate::error::Error;

    pub(super) fn check(target: &Path, folder: &Path) -> Result<(), Error> {
        // As containers mount single files: renaming over one fails.
        if has(target, StatxAttributes::MOUNT_ROOT) {
            let cure = "mount its folder instead, so that the file in it can be replaced";
            return Err(bad(
                target,
                "is mounted by itself, so it cannot be replaced",
                cure,
            ));
        }
        for path in [target, folder] {
            if has(path, StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
                let problem = "is immutable or append-only, so nothing in it can be replaced";
                return Err(bad(path, problem, "run `chattr -i -a` on it as root"));
            }
        }
        Ok(())
    }

    /// Whether the file has one of these attributes. Where the kernel or the file system doesn't
    /// know them, it hasn't: the rename will tell.
    fn has(path: &Path, attributes: StatxAttributes) -> bool {
        statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
            .is_ok_and(|file| file.stx_attributes.intersects(attributes))
    }
}
