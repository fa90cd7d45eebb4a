//! Files and folders on disk, none of which is trusted to be what it should be. Edge.
//!
//! - [`read`] and [`open`] never wait for whatever else somebody put at a path (a pipe, a device),
//!   and never read more than [`MAX_SIZE`].
//! - [`access`] answers "who else can change this?", and what follows from that.
//! - [`folder`] keeps hold of a folder, so that its path can't be made to lead elsewhere.

pub(crate) mod access;
#[cfg(unix)]
pub(crate) mod access_list;
pub(crate) mod folder;

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// In bytes. A credentials file with 100,000 sections has a third of that.
pub(crate) const MAX_SIZE: u64 = 32 * 1024 * 1024;

/// As many symbolic links as Linux follows in a path.
pub(crate) const MAX_LINKS: usize = 40;

/// Wiped when dropped, as they may hold secrets.
pub(crate) type Bytes = Zeroizing<Vec<u8>>;

/// What a file contained when it was read, and whose it was.
pub(crate) struct Contents {
    pub(crate) bytes: Bytes,
    pub(crate) metadata: Metadata,
}

/// Reads the regular file at `path`; `None` if there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Contents>> {
    let mut options = OpenOptions::new();
    match open(path, options.read(true)) {
        Ok((file, metadata)) => read_open(&file, metadata).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns an error if there is something at `path` that can't be read as a file; `None` if there is
/// nothing.
pub(crate) fn check(path: &Path) -> io::Result<Option<Metadata>> {
    let mut options = OpenOptions::new();
    match open(path, options.read(true)) {
        Ok((_, metadata)) => check_size(&metadata).map(|()| Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens `path` without waiting. Returns an error if it isn't a regular file.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<(File, Metadata)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path).map_err(|error| match path.metadata() {
        // A socket can't be opened at all, nor a folder on Windows.
        Ok(metadata) if !metadata.is_file() => not_regular(metadata.file_type()),
        _ => error,
    })?;
    let metadata = file.metadata()?;
    check_regular(&metadata)?;
    Ok((file, metadata))
}

/// Reads an open file from its beginning.
pub(crate) fn contents(file: &File) -> io::Result<Contents> {
    read_open(file, file.metadata()?)
}

fn read_open(file: &File, metadata: Metadata) -> io::Result<Contents> {
    check_size(&metadata)?;
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    // Room for one more byte lets the last read find the end.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(too_large());
    }
    Ok(Contents { bytes, metadata })
}

/// Whether an open file, read from its beginning, holds just these bytes.
pub(crate) fn holds(mut file: &File, bytes: &[u8]) -> io::Result<bool> {
    const AT_ONCE: usize = 64 * 1024;
    // What the file says of its length is not asked: some file systems don't know it.
    let mut buffer = Zeroizing::new(vec![0; AT_ONCE]);
    let mut rest = bytes;
    loop {
        let count = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        if count == 0 {
            return Ok(rest.is_empty());
        }
        match rest.strip_prefix(&buffer[..count]) {
            Some(after) => rest = after,
            None => return Ok(false),
        }
    }
}

fn check_size(metadata: &Metadata) -> io::Result<()> {
    if metadata.len() > MAX_SIZE {
        Err(too_large())
    } else {
        Ok(())
    }
}

fn too_large() -> io::Error {
    let limit = MAX_SIZE / 1024 / 1024;
    io::Error::other(format!("it is larger than {limit} MiB"))
}

/// Whether both are of the same file or folder.
#[cfg(unix)]
pub(crate) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Files are known by their paths there.
#[cfg(not(unix))]
pub(crate) fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Returns an error if something else is in a file's place.
pub(crate) fn check_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        Ok(())
    } else {
        Err(not_regular(metadata.file_type()))
    }
}

fn not_regular(kind: FileType) -> io::Error {
    let cure = if kind.is_dir() {
        " (move it away, or name another file)"
    } else {
        ""
    };
    io::Error::other(format!("it is {}, not a regular file{cure}", name_of(kind)))
}

#[cfg(unix)]
fn name_of(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_dir() {
        "a folder"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn name_of(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    #[test]
    fn a_file_holds_its_bytes_and_no_others() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let holds_only = |content: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(content).unwrap();
            let holds = |bytes: &[u8]| {
                (&file).rewind().unwrap();
                holds(&file, bytes).unwrap()
            };
            let shorter = content.split_last().is_some_and(|(_, rest)| holds(rest));
            let longer = holds(&[content, b"x"].concat());
            let mut other = content.to_vec();
            other
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|last| *last ^= 1);
            let changed = !content.is_empty() && holds(&other);
            holds(content) && !shorter && !longer && !changed
        };
        for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
            assert!(holds_only(&bytes[..length]), "{length}");
        }
    }
}
