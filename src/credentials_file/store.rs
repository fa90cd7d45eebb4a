//! The credentials file on disk: read whole, replaced whole. Edge.
//!
//! A new file is written beside the old one, synced, and renamed over it, so that readers find the old bytes or the new
//! ones and nothing in between. Symbolic links stay and their target is replaced. Nothing is ever written in place.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};
use zeroize::Zeroizing;

use super::document::Document;
use super::refusal::Refusal;
use crate::error::Error;

/// How often an edit starts anew because another program changed the file meanwhile.
const ATTEMPTS: usize = 10;
/// As many links as Linux follows in a path.
const MAX_LINKS: usize = 40;

/// The bytes of a file; wiped when dropped, for they hold secrets.
pub type Bytes = Zeroizing<Vec<u8>>;

/// A file that can be read and replaced.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// The file at `path`, which need not exist.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// The file's bytes; none where there is no file.
    ///
    /// # Errors
    /// Where it is there and can't be read.
    pub fn read(&self) -> Result<Option<Bytes>, Error> {
        read(&self.path)
    }

    /// Sees beforehand that [`Store::edit`] will be able to write: makes and removes a temporary file.
    ///
    /// # Errors
    /// The folder or file that can't be written.
    pub fn rehearse(&self) -> Result<(), Error> {
        let target = self.target()?;
        if target.is_dir() {
            return Err(Error::Write {
                path: target,
                source: io::ErrorKind::IsADirectory.into(),
            });
        }
        let folder = folder_of(&target);
        temporary_file(folder)
            .map(drop)
            .map_err(|source| Error::Write {
                path: folder.to_owned(),
                source,
            })
    }

    /// Replaces the file by `change` of its present text. Where nothing changes, nothing is written. Returns whether it was.
    ///
    /// # Errors
    /// Where `change` refuses, the file can't be read or written, or others change it all the time. The file is as it was.
    pub fn edit(
        &self,
        change: impl Fn(&Document<'_>) -> Result<Zeroizing<String>, Refusal>,
    ) -> Result<bool, Error> {
        let refused = |refusal| Error::Refused {
            path: self.path.clone(),
            refusal,
        };
        let target = self.target()?;
        for _ in 0..ATTEMPTS {
            let before = read(&target)?;
            let old = before.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
            let new = Document::parse(old)
                .and_then(|document| change(&document))
                .map_err(refused)?;
            if before.is_some() && new.as_bytes() == old {
                return Ok(false);
            }
            let temporary = prepare(&target, new.as_bytes()).map_err(|source| Error::Write {
                path: target.clone(),
                source,
            })?;
            // Other tools know no lock of ours: what they wrote meanwhile is edited, not overwritten.
            if read(&target)? != before {
                continue;
            }
            commit(temporary, &target)?;
            return Ok(true);
        }
        Err(Error::Busy {
            path: self.path.clone(),
        })
    }

    /// The file that is replaced: symbolic links followed, also where the last one points to nothing.
    fn target(&self) -> Result<PathBuf, Error> {
        let mut path = self.path.clone();
        for _ in 0..MAX_LINKS {
            match fs::read_link(&path) {
                Ok(link) => path = folder_of(&path).join(link),
                Err(_) => return Ok(path),
            }
        }
        Err(Error::Read {
            path: self.path.clone(),
            source: io::Error::other("too many symbolic links"),
        })
    }
}

fn read(path: &Path) -> Result<Option<Bytes>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A new file in `folder`, which only its owner may read from the start, and which is removed unless it is committed.
fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    // What tempfile adds of its own to the error is the temporary name, which helps nobody.
    let named = Builder::new()
        .prefix(".aws-mfa-")
        .suffix(".tmp")
        .tempfile_in(folder);
    named.map_err(|error| error.kind().into())
}

/// Writes `bytes` to a temporary file beside `target`, with `target`'s mode, and syncs it.
fn prepare(target: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut temporary = temporary_file(folder_of(target))?;
    temporary.write_all(bytes)?;
    keep_mode(target, temporary.as_file())?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

#[cfg(unix)]
fn keep_mode(target: &Path, new: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    match fs::metadata(target) {
        Ok(old) => new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// On Windows a new file inherits the folder's permissions, as the old one did.
#[cfg(not(unix))]
fn keep_mode(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

fn commit(temporary: NamedTempFile, target: &Path) -> Result<(), Error> {
    temporary.persist(target).map_err(|error| Error::Write {
        path: target.to_owned(),
        source: error.error,
    })?;
    // The new file is in place: that its folder's entry isn't on disk yet is no reason to report a failure.
    #[cfg(unix)]
    let _ = File::open(folder_of(target)).and_then(|folder| folder.sync_all());
    Ok(())
}
