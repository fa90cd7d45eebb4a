//! Folders of Windows, by their paths.

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

    pub(super) fn open_existing(&self, name: &OsStr) -> io::Result<File> {
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

    /// Tries for ten seconds: a virus scanner, a backup or an editor may have the file open for a
    /// while, and what is to be written has cost a code.
    #[expect(clippy::disallowed_methods, reason = "the one writer of files")]
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        const SHARING_VIOLATION: i32 = 32;
        const ATTEMPTS: u32 = 500;
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

    /// In a user's home, nobody else creates files.
    pub(super) fn is_own(&self, _: &File) -> bool {
        true
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
