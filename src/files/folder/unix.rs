//! Folders of Unix, by their descriptors.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags};
use rustix::fs::{fchmod, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;

use crate::files::{access_list, is_same};

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
        // Root must not give away what the owner of the folder around it has put in its place.
        let owner = around.metadata()?.uid();
        if owner != 0 && rustix::process::geteuid().is_root() {
            // Some file systems give everything to one user.
            let is_expected = [0, owner].contains(&folder.metadata()?.uid());
            if !is_expected || !folder.names()?.is_empty() {
                return Err(io::Error::other("it was exchanged when it was created"));
            }
        }
        fchmod(&folder.file, PRIVATE)?;
        around.give_to_owner(&folder.file)?;
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
        match (self.path.metadata(), self.metadata()) {
            (Ok(there), Ok(here)) => is_same(&there, &here),
            _ => false,
        }
    }

    /// If this is root, lets the owner of this folder have a file that root has just created.
    pub(crate) fn give_to_owner(&self, created: &File) -> io::Result<()> {
        give_if_root(created, || self.metadata())
    }

    /// As [`Folder::give_to_owner`], to the owner of the file `beside` it if there is one.
    pub(crate) fn give_to_owner_of(&self, created: &File, beside: &OsStr) -> io::Result<()> {
        give_if_root(created, || self.owner_of(beside))
    }

    /// Of the file of that name, or else of this folder.
    pub(crate) fn owner_of(&self, name: &OsStr) -> io::Result<Metadata> {
        self.metadata_of(name)?.map_or_else(|| self.metadata(), Ok)
    }

    pub(super) fn open_existing(&self, name: &OsStr) -> io::Result<File> {
        self.open_regular(name, OFlags::RDONLY)
    }

    /// Opens a file of that name to read and write, without following a link. Creates it, for
    /// its owner only, if there is none; the second value says so.
    pub(crate) fn open_or_create_file(&self, name: &OsStr) -> io::Result<(File, bool)> {
        let flags = OFlags::RDWR;
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

    /// Links are resolved before: one that is here now was put here meanwhile.
    fn open_regular(&self, name: &OsStr, flags: OFlags) -> io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
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
        let names = entries.filter_map(name);
        Ok(names.filter(|name| name != "." && name != "..").collect())
    }

    /// Whether this user, or for root the owner of this folder, may have created `file`.
    pub(super) fn is_own(&self, file: &File) -> bool {
        let owner = file.metadata().map(|file| file.uid());
        let me = rustix::process::geteuid();
        owner.is_ok_and(|owner| {
            let is_folder_s = || self.metadata().is_ok_and(|folder| folder.uid() == owner);
            owner == me.as_raw() || me.is_root() && is_folder_s()
        })
    }

    /// Makes the folder's changes durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// Gives a file or folder to the owner and group that `like` tells.
fn give_if_root(created: &File, like: impl FnOnce() -> io::Result<Metadata>) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let like = like()?;
    fchown(created, Some(like.uid()), Some(like.gid()))
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);
