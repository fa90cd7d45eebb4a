//! A folder that is held open: what is done in it is done in that same folder, wherever its path
//! leads meanwhile. Edge.

#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod windows;

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
