//! Before a code is spent: where the file is, and whether it can be replaced there.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::console::Console;
use crate::error::Error;
#[cfg(unix)]
use crate::files::access::Way;
use crate::files::folder::{Folder, folder_of};
use crate::files::{self, Contents};
use crate::shell;

/// The file to replace. Its folder stays open: what was checked is what is written to.
pub(super) struct Target {
    pub(super) folder: Folder,
    pub(super) name: OsString,
}

/// The file as it was read. What replaces it is like this one, whatever is at its path by then.
pub(super) struct Current {
    /// Windows doesn't replace an open file.
    #[cfg(not(windows))]
    file: File,
    pub(super) contents: Contents,
}

impl Current {
    /// `None` on Windows, where a new file inherits its access.
    pub(super) fn file(&self) -> Option<&File> {
        #[cfg(not(windows))]
        let file = Some(&self.file);
        #[cfg(windows)]
        let file = None;
        file
    }
}

impl Target {
    /// Finds the file that `path` leads to, and creates its folder if that is missing.
    pub(super) fn find(path: &Path) -> Result<Self, Error> {
        // Before anything is created there.
        #[cfg(unix)]
        unix::check_links(&unix::way_to(path)?, path)?;
        let resolved = resolve(path)?;
        let folder = folder_of(&resolved);
        let name = resolved.file_name().ok_or_else(|| no_name(path))?;
        let target = Self {
            folder: Folder::open_or_create(folder).map_err(|error| no_folder(folder, error))?,
            name: name.to_owned(),
        };
        #[cfg(unix)]
        unix::check_way(&target, path)?;
        Ok(target)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path_of(&self.name)
    }

    pub(super) fn read(&self) -> Result<Option<Current>, Error> {
        let path = self.path();
        let failed = |error| Error::cannot(format!("read {}", path.display()))(error);
        let read = |file: File| {
            let contents = files::contents(&file)?;
            Ok(Current {
                #[cfg(not(windows))]
                file,
                contents,
            })
        };
        let file = self.folder.open_file(&self.name).map_err(failed)?;
        file.map(read).transpose().map_err(failed)
    }

    /// Whether the file is still the one that was `seen`, with the same content, or still missing.
    pub(super) fn holds(&self, seen: Option<&Current>) -> Result<bool, Error> {
        let path = self.path();
        let failed = |error| Error::cannot(format!("read {}", path.display()))(error);
        let now = self.folder.open_file(&self.name).map_err(failed)?;
        let (Some(seen), Some(now)) = (seen, &now) else {
            return Ok(seen.is_none() && now.is_none());
        };
        let contents = &seen.contents;
        let is_same = files::is_same(&contents.metadata, &now.metadata().map_err(failed)?);
        Ok(is_same && files::holds(now, &contents.bytes).map_err(failed)?)
    }

    /// Whether `path` still leads to this file.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let is_same = |resolved: PathBuf| resolved.file_name() == Some(&*self.name);
        resolve(path).is_ok_and(is_same) && self.folder_is_at(path)
    }

    #[cfg(unix)]
    fn folder_is_at(&self, path: &Path) -> bool {
        Way::to(path).is_ok_and(|way| way.leads_to(&self.folder))
    }

    #[cfg(not(unix))]
    fn folder_is_at(&self, _: &Path) -> bool {
        true
    }

    /// Checks that the file can be replaced with one of `size` bytes, and that only its owner and
    /// root can change it meanwhile. `path` leads to it.
    pub(super) fn check(&self, path: &Path, size: usize, console: &Console) -> Result<(), Error> {
        let old = self.folder.open_file(&self.name);
        let old = old.map_err(Error::write(&self.path()))?;
        let folder = self.folder.path();
        let failed = Error::write(folder);
        let mut probe = self.folder.temporary_file(&self.name).map_err(failed)?;
        probe.reserve(size).map_err(failed)?;
        #[cfg(unix)]
        unix::check(self, path, old.as_ref(), probe.file(), console)?;
        #[cfg(not(unix))]
        let _ = (old, path, console);
        #[cfg(target_os = "linux")]
        linux::check(&self.path(), folder)?;
        Ok(())
    }
}

fn no_folder(folder: &Path, source: io::Error) -> Error {
    if folder.is_relative() && source.kind() == io::ErrorKind::NotFound {
        let problem = "doesn't exist, and no folder is made for a relative path";
        let cure = format!(
            "run `mkdir {}`, or write the whole path",
            shell::path(folder)
        );
        bad_place(folder, problem, cure)
    } else {
        Error::write(folder)(source)
    }
}

fn no_name(path: &Path) -> Error {
    Error::write(path)(io::ErrorKind::IsADirectory.into())
}

/// Follows symbolic links, even if the last one points to nothing.
fn resolve(path: &Path) -> Result<PathBuf, Error> {
    let mut target = path.to_owned();
    for _ in 0..files::MAX_LINKS {
        match fs::read_link(&target) {
            Ok(link) => target = folder_of(&target).join(link),
            Err(_) => return Ok(target),
        }
    }
    let too_many = io::Error::other("too many symbolic links");
    Err(Error::cannot(format!("read {}", path.display()))(too_many))
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
    use std::fs::{File, Metadata};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use super::super::replace::{Kept, keep_access};
    use super::{Target, bad_place};
    use crate::console::Console;
    use crate::error::Error;
    use crate::files::access::{self, Use, Way};
    use crate::shell;

    const OTHERS_READ: u32 = 0o044;

    /// Checks that `path` led to this target without anybody's interference.
    pub(super) fn check_way(target: &Target, path: &Path) -> Result<(), Error> {
        let way = way_to(path)?;
        if !way.leads_to(&target.folder) {
            let exchanged = io::Error::other("its folder was replaced at this moment");
            return Err(Error::write(path)(exchanged));
        }
        check_links(&way, path)
    }

    pub(super) fn way_to(path: &Path) -> Result<Way, Error> {
        Way::to(path).map_err(Error::write(path))
    }

    /// Checks that no other user makes root write what isn't that user's.
    pub(super) fn check_links(way: &Way, path: &Path) -> Result<(), Error> {
        if rustix::process::geteuid().is_root()
            && let Some((link, owner)) = way.foreign_link()
        {
            let problem = format!(
                "is reached through {}, by which user {owner} could make root write elsewhere",
                link.display()
            );
            return Err(bad_place(path, problem, "run aws-mfa as that user"));
        }
        Ok(())
    }

    pub(super) fn check(
        target: &Target,
        given: &Path,
        old: Option<&File>,
        probe: &File,
        console: &Console,
    ) -> Result<(), Error> {
        let path = target.path();
        let failed = Error::write(&path);
        let metadata = old.map(File::metadata).transpose().map_err(failed)?;
        let me = rustix::process::geteuid();
        if let Some(old) = &metadata
            && old.uid() != me.as_raw()
            && !me.is_root()
        {
            let problem = format!(
                "belongs to user {}, and after an edit it would belong to you",
                old.uid()
            );
            let cure = "let its owner run aws-mfa, or make the file yours";
            return Err(bad_place(&path, problem, cure));
        }
        let has_modes = access::has_modes(probe, console);
        if has_modes {
            access::check(given, Use::Edit, console)?;
        }
        // Tries on the probe what the new file will need.
        let kept = keep_access(&target.folder, old, probe, console).map_err(failed)?;
        if let Some(old) = metadata {
            warn_of_lost_access(&path, &old, kept, console);
            if has_modes && kept == Kept::All && old.mode() & OTHERS_READ != 0 {
                let (shown, word) = (path.display(), shell::path(&path));
                console.warn(format_args!(
                    "{shown} can be read by others (to fix: `chmod 600 {word}`)"
                ));
            }
        }
        Ok(())
    }

    fn warn_of_lost_access(path: &Path, metadata: &Metadata, kept: Kept, console: &Console) {
        let shown = path.display();
        if kept == Kept::WithoutAccessList {
            console.warn(format_args!(
                "{shown} has an access control list, which will be lost: the file will be \
                 readable only by its owner"
            ));
        }
        if metadata.nlink() > 1 {
            console.warn(format_args!(
                "{shown} has {} hard links: the others will keep the old content",
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
