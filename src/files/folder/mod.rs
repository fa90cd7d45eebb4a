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
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

/// What `tempfile` adds to a temporary file's name.
const RANDOM_LEN: usize = 6;

/// In bytes: how much is written at once to make sure of room.
const AT_ONCE: usize = 256 * 1024;

/// The folder of a file; `.` for a mere name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A file of our own in a folder. Dropping it removes it, unless it was renamed.
pub(crate) struct TemporaryFile<'f> {
    file: File,
    entry: Entry<'f>,
}

/// The name of a temporary file.
struct Entry<'f> {
    name: OsString,
    folder: &'f Folder,
    is_renamed: bool,
}

impl TemporaryFile<'_> {
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Makes sure that there is room for a file of `size` bytes.
    pub(crate) fn reserve(&mut self, size: usize) -> io::Result<()> {
        // Where the file system can tell, nearly nothing has to be written. The last byte is, because
        // some look at limits only then.
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::fs::FileExt;

            use rustix::fs::{FallocateFlags, fallocate};
            let end = size as u64;
            if fallocate(&self.file, FallocateFlags::empty(), 0, end).is_ok() {
                return self.file.write_all_at(b"#", end.saturating_sub(1));
            }
        }
        let block = vec![b'#'; size.min(AT_ONCE)];
        for start in (0..size).step_by(AT_ONCE) {
            self.write(&block[..AT_ONCE.min(size - start)])?;
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Puts the file in the place of `name` in its folder.
    pub(crate) fn rename(self, name: &OsStr) -> io::Result<()> {
        let Self { file, mut entry } = self;
        // Windows doesn't rename an open file; elsewhere the lock is kept to the end.
        #[cfg(windows)]
        drop(file);
        let renamed = entry.folder.rename(&entry.name, name);
        entry.is_renamed = renamed.is_ok();
        #[cfg(not(windows))]
        drop(file);
        renamed
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if !self.is_renamed {
            let _ = self.folder.remove(&self.name);
        }
    }
}

impl Folder {
    pub(crate) fn path_of(&self, name: &OsStr) -> PathBuf {
        self.path().join(name)
    }

    /// Opens the regular file of that name; `None` if there is none.
    pub(crate) fn open_file(&self, name: &OsStr) -> io::Result<Option<File>> {
        match self.open_existing(name) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is known of the regular file of that name; `None` if there is none.
    pub(crate) fn metadata_of(&self, name: &OsStr) -> io::Result<Option<Metadata>> {
        let file = self.open_file(name)?;
        file.map(|file| file.metadata()).transpose()
    }

    /// Creates a file that is to replace the file `name`. Only its owner can read it, from the
    /// start.
    pub(crate) fn temporary_file(&self, name: &OsStr) -> io::Result<TemporaryFile<'_>> {
        let create = |path: &Path| self.create(path.file_name().unwrap_or_default());
        let (prefix, suffix) = temporary_name(name);
        let mut builder = Builder::new();
        let builder = builder
            .prefix(&prefix)
            .suffix(suffix)
            .rand_bytes(RANDOM_LEN);
        let made = builder.make_in(self.path(), create);
        let (file, path) = made.map_err(without_path)?.into_parts();
        // Its own removal would follow the path.
        let path = path.keep().map_err(|error| error.error)?;
        // Tells other runs that it isn't a leftover. Where there are no locks, nobody removes any.
        let _ = file.try_lock();
        let entry = Entry {
            name: path.file_name().unwrap_or_default().to_owned(),
            folder: self,
            is_renamed: false,
        };
        Ok(TemporaryFile { file, entry })
    }

    /// Removes the temporary files that killed runs left behind when they were replacing the file
    /// `name`.
    pub(crate) fn remove_leftovers(&self, name: &OsStr) {
        let (prefix, suffix) = temporary_name(name);
        let prefix = prefix.to_string_lossy();
        let is_leftover = |name: &OsString| {
            let name = name.to_string_lossy();
            let random = name.strip_prefix(&*prefix);
            let random = random.and_then(|rest| rest.strip_suffix(suffix));
            random.is_some_and(|random| {
                random.len() == RANDOM_LEN && random.bytes().all(|b| b.is_ascii_alphanumeric())
            })
        };
        let names = self.names().unwrap_or_default();
        for name in names.into_iter().filter(is_leftover) {
            let file = self.open_file(&name).ok().flatten();
            if file.is_some_and(|file| self.is_own(&file) && file.try_lock().is_ok()) {
                let _ = self.remove(&name);
            }
        }
    }
}

/// `.credentials.aws-mfa-` and `.tmp`, around random letters and digits.
fn temporary_name(name: &OsStr) -> (OsString, &'static str) {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".aws-mfa-");
    (prefix, ".tmp")
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
