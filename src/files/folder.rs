//! A folder that is held open: what is done in it is done in that same folder, wherever its path
//! leads meanwhile. Edge.

#[cfg(unix)]
pub(crate) use unix::Folder;
#[cfg(not(unix))]
pub(crate) use windows::Folder;

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::Builder;

use super::Contents;

/// Temporary files have names that begin and end like this.
const PREFIX: &str = ".aws-mfa-";
const SUFFIX: &str = ".tmp";

/// The folder of a file; `.` for a mere name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A file of our own in a folder. Dropping it removes it, unless it was renamed.
pub(crate) struct TemporaryFile<'f> {
    /// `None` once it is closed.
    file: Option<File>,
    name: OsString,
    folder: &'f Folder,
    is_renamed: bool,
}

impl TemporaryFile<'_> {
    /// Hands the open file to `write`.
    pub(crate) fn write(
        &mut self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), write)
    }

    /// Puts the file in the place of `name` in its folder.
    pub(crate) fn rename(mut self, name: &OsStr) -> io::Result<()> {
        // Windows doesn't rename an open file.
        drop(self.file.take());
        let renamed = self.folder.rename(&self.name, name);
        self.is_renamed = renamed.is_ok();
        renamed
    }
}

impl Drop for TemporaryFile<'_> {
    fn drop(&mut self) {
        drop(self.file.take());
        if !self.is_renamed {
            let _ = self.folder.remove(&self.name);
        }
    }
}

impl Folder {
    pub(crate) fn path_of(&self, name: &OsStr) -> PathBuf {
        self.path().join(name)
    }

    /// Reads the regular file of that name; `None` if there is none.
    pub(crate) fn read(&self, name: &OsStr) -> io::Result<Option<Contents>> {
        match self.open_file(name) {
            Ok(file) => {
                let metadata = file.metadata()?;
                super::contents(file, metadata).map(Some)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is known of the regular file of that name; `None` if there is none.
    pub(crate) fn metadata_of(&self, name: &OsStr) -> io::Result<Option<Metadata>> {
        match self.open_file(name) {
            Ok(file) => file.metadata().map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a file that only its owner can read, from the start.
    pub(crate) fn temporary_file(&self) -> io::Result<TemporaryFile<'_>> {
        let create = |path: &Path| self.create(path.file_name().unwrap_or_default());
        let mut builder = Builder::new();
        let made = builder
            .prefix(PREFIX)
            .suffix(SUFFIX)
            .make_in(self.path(), create);
        let (file, path) = made.map_err(without_path)?.into_parts();
        // Its own removal would follow the path.
        let path = path.keep().map_err(|error| error.error)?;
        Ok(TemporaryFile {
            file: Some(file),
            name: path.file_name().unwrap_or_default().to_owned(),
            folder: self,
            is_renamed: false,
        })
    }

    /// Removes the temporary files that runs left behind when they were killed. Call it only while
    /// no other run writes here.
    pub(crate) fn remove_leftovers(&self) {
        let is_leftover = |name: &OsString| {
            let name = name.to_string_lossy();
            name.starts_with(PREFIX) && name.ends_with(SUFFIX)
        };
        for name in self.names().unwrap_or_default() {
            if is_leftover(&name) && self.is_own_file(&name) {
                let _ = self.remove(&name);
            }
        }
    }
}

/// Removes the temporary file's name, which tempfile adds to the error and which helps nobody.
fn without_path(error: io::Error) -> io::Error {
    let inner = error
        .get_ref()
        .and_then(|error| error.source())
        .and_then(|source| source.downcast_ref::<io::Error>());
    match inner.and_then(io::Error::raw_os_error) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error,
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::{OsStr, OsString};
    use std::fs::{File, Metadata};
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, fchown};
    use std::path::{Component, Path, PathBuf};

    use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fchmod, mkdirat, openat, renameat};
    use rustix::fs::{CWD, statat, unlinkat};
    use rustix::io::Errno;

    use crate::files::access_list;

    const PRIVATE: Mode = Mode::RWXU;
    const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

    pub(crate) struct Folder {
        path: PathBuf,
        file: File,
    }

    impl Folder {
        pub(crate) fn open(path: &Path) -> io::Result<Self> {
            let opened = openat(CWD, path, FOLDER, Mode::empty())?;
            Ok(Self::from(path, opened))
        }

        /// Opens the folder, and creates it, for its owner only, if it is missing. What root creates
        /// belongs to the owner of the folder around it.
        pub(crate) fn open_or_create(path: &Path) -> io::Result<Self> {
            let missing = match Self::open(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => error,
                outcome => return outcome,
            };
            // It would be made wherever the program happens to run.
            let (true, Some(around), Some(Component::Normal(name))) = (
                path.is_absolute(),
                path.parent(),
                path.components().next_back(),
            ) else {
                return Err(missing);
            };
            let around = Self::open_or_create(around)?;
            match mkdirat(&around.file, name, PRIVATE) {
                // Another run was faster.
                Err(Errno::EXIST) => return Self::open(path),
                outcome => outcome?,
            }
            let opened = openat(&around.file, name, FOLDER | OFlags::NOFOLLOW, Mode::empty());
            // Not even its owner could use it, by this umask.
            let opened = match opened {
                Err(Errno::ACCESS) => {
                    rustix::fs::chmodat(&around.file, name, PRIVATE, AtFlags::empty())?;
                    openat(&around.file, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?
                }
                opened => opened?,
            };
            let folder = Self::from(path, opened);
            fchmod(&folder.file, PRIVATE)?;
            if rustix::process::geteuid().is_root() {
                give(&folder.file, &around.metadata()?)?;
            }
            Ok(folder)
        }

        fn from(path: &Path, opened: OwnedFd) -> Self {
            Self {
                path: path.to_owned(),
                file: opened.into(),
            }
        }

        pub(crate) fn path(&self) -> &Path {
            &self.path
        }

        pub(crate) fn metadata(&self) -> io::Result<Metadata> {
            self.file.metadata()
        }

        /// Whether the path still leads here.
        pub(crate) fn is_at_its_path(&self) -> bool {
            let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino());
            match (self.path.metadata(), self.metadata()) {
                (Ok(there), Ok(here)) => identity(&there) == identity(&here),
                _ => false,
            }
        }

        /// If this is root, lets the owner of the file `beside`, or else of this folder, have a file
        /// that root has just created.
        pub(crate) fn give_to_owner(&self, created: &File, beside: &OsStr) -> io::Result<()> {
            if rustix::process::geteuid().is_root() {
                give(created, &self.owner_of(beside)?)
            } else {
                Ok(())
            }
        }

        /// Of the file of that name, or else of this folder.
        pub(crate) fn owner_of(&self, name: &OsStr) -> io::Result<Metadata> {
            self.metadata_of(name)?.map_or_else(|| self.metadata(), Ok)
        }

        pub(crate) fn open_file(&self, name: &OsStr) -> io::Result<File> {
            self.open_regular(name, OFlags::RDONLY)
        }

        /// Opens a file of that name to read and write, without following a link. Creates it, for
        /// its owner only, if there is none; the second value says so.
        pub(crate) fn open_or_create_file(&self, name: &OsStr) -> io::Result<(File, bool)> {
            let flags = OFlags::RDWR | OFlags::NOFOLLOW;
            match self.open_regular(name, flags) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                outcome => return outcome.map(|file| (file, false)),
            }
            match self.create(name) {
                // Another run was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    self.open_regular(name, flags).map(|file| (file, false))
                }
                outcome => outcome.map(|file| (file, true)),
            }
        }

        fn open_regular(&self, name: &OsStr, flags: OFlags) -> io::Result<File> {
            let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let opened = openat(&self.file, name, flags, Mode::empty());
            let opened = opened.map_err(|error| match self.path_of(name).symlink_metadata() {
                Ok(other) if error != Errno::NOENT && !other.is_file() => {
                    super::super::not_regular(other.file_type())
                }
                _ => error.into(),
            });
            let file = File::from(opened?);
            super::super::check_regular(&file.metadata()?)?;
            Ok(file)
        }

        pub(super) fn create(&self, name: &OsStr) -> io::Result<File> {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            let file: File = openat(&self.file, name, flags, PRIVATE_FILE)?.into();
            // The folder's default list gave it entries, which a mode could open.
            access_list::remove(&file)?;
            Ok(file)
        }

        pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
            Ok(renameat(&self.file, from, &self.file, to)?)
        }

        pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
            Ok(unlinkat(&self.file, name, AtFlags::empty())?)
        }

        pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
            let entries = Dir::read_from(&self.file)?;
            let name = |entry: rustix::io::Result<rustix::fs::DirEntry>| {
                Some(OsStr::from_bytes(entry.ok()?.file_name().to_bytes()).to_owned())
            };
            Ok(entries.filter_map(name).collect())
        }

        pub(super) fn is_own_file(&self, name: &OsStr) -> bool {
            statat(&self.file, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|file| {
                FileType::from_raw_mode(file.st_mode) == FileType::RegularFile
                    && (file.st_uid == rustix::process::geteuid().as_raw()
                        || rustix::process::geteuid().is_root())
            })
        }

        /// Makes the folder's changes durable.
        pub(crate) fn sync(&self) -> io::Result<()> {
            self.file.sync_all()
        }
    }

    /// Gives a file or folder to the owner and group that `like` tells.
    fn give(created: &File, like: &Metadata) -> io::Result<()> {
        fchown(created, Some(like.uid()), Some(like.gid()))
    }

    const FOLDER: OFlags = OFlags::RDONLY
        .union(OFlags::DIRECTORY)
        .union(OFlags::CLOEXEC);
}

#[cfg(not(unix))]
mod windows {
    use std::ffi::{OsStr, OsString};
    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    /// Known by its path: here, others can't change the folders of a user's home.
    pub(crate) struct Folder {
        path: PathBuf,
    }

    impl Folder {
        pub(crate) fn open_or_create(path: &Path) -> io::Result<Self> {
            if !path.is_dir() && path.is_absolute() {
                fs::create_dir_all(path)?;
            }
            path.metadata()?;
            Ok(Self {
                path: path.to_owned(),
            })
        }

        pub(crate) fn path(&self) -> &Path {
            &self.path
        }

        pub(crate) fn open_file(&self, name: &OsStr) -> io::Result<File> {
            let mut options = OpenOptions::new();
            let opened = super::super::open(&self.path.join(name), options.read(true));
            opened.map(|(file, _)| file)
        }

        pub(crate) fn open_or_create_file(&self, name: &OsStr) -> io::Result<(File, bool)> {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let (file, _) = super::super::open(&self.path.join(name), &mut options)?;
            Ok((file, false))
        }

        pub(super) fn create(&self, name: &OsStr) -> io::Result<File> {
            let mut options = OpenOptions::new();
            let path = self.path.join(name);
            options.read(true).write(true).create_new(true).open(path)
        }

        /// Tries for a while: a virus scanner or an editor may have the file open for a moment.
        #[expect(clippy::disallowed_methods, reason = "the one writer of files")]
        pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
            const SHARING_VIOLATION: i32 = 32;
            const ATTEMPTS: u32 = 25;
            const PAUSE: Duration = Duration::from_millis(20);
            let mut attempt = 1;
            loop {
                match fs::rename(self.path.join(from), self.path.join(to)) {
                    Err(error)
                        if attempt < ATTEMPTS
                            && (error.kind() == io::ErrorKind::PermissionDenied
                                || error.raw_os_error() == Some(SHARING_VIOLATION)) =>
                    {
                        attempt += 1;
                        std::thread::sleep(PAUSE);
                    }
                    result => return result,
                }
            }
        }

        pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
            fs::remove_file(self.path.join(name))
        }

        pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
            let entries = fs::read_dir(&self.path)?;
            Ok(entries
                .filter_map(|entry| Some(entry.ok()?.file_name()))
                .collect())
        }

        pub(super) fn is_own_file(&self, name: &OsStr) -> bool {
            let file = fs::symlink_metadata(self.path.join(name));
            file.is_ok_and(|file| file.is_file())
        }

        pub(crate) fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }
}
