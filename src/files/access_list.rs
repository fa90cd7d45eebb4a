//! POSIX access control lists, which give more users and groups access than a file's mode tells. Edge.
//! Only Linux's are known.

use std::fs::File;
use std::io;
use std::path::Path;

/// Tags of entries. Source: `linux/posix_acl.h`.
pub(super) const NAMED_USER: u16 = 0x02;
pub(super) const GROUP_OWNER: u16 = 0x04;
pub(super) const NAMED_GROUP: u16 = 0x08;

pub(super) struct Entry {
    pub(super) tag: u16,
    permissions: u16,
    /// Of the named user or group.
    pub(super) id: u32,
}

impl Entry {
    pub(super) fn may_write(&self) -> bool {
        self.permissions & 2 != 0
    }
}

#[cfg(target_os = "linux")]
const NAME: &str = "system.posix_acl_access";

/// The entries of the list of the file at `path`; empty if it has none. Source of the format:
/// `linux/posix_acl_xattr.h`.
#[cfg(target_os = "linux")]
pub(super) fn entries(path: &Path) -> Vec<Entry> {
    /// In bytes; no list can be longer.
    const MAX_LEN: usize = 64 * 1024;
    const HEADER: usize = 4;
    let mut list = vec![0; MAX_LEN];
    let len = rustix::fs::getxattr(path, NAME, &mut list[..]).unwrap_or_default();
    let entry = |entry: &[u8; 8]| {
        let [tag @ .., _, _, _, _, _, _] = *entry;
        let [_, _, permissions @ .., _, _, _, _] = *entry;
        let [_, _, _, _, id @ ..] = *entry;
        Entry {
            tag: u16::from_le_bytes(tag),
            permissions: u16::from_le_bytes(permissions),
            id: u32::from_le_bytes(id),
        }
    };
    let (entries, _) = list[..len].get(HEADER..).unwrap_or_default().as_chunks();
    entries.iter().map(entry).collect()
}

/// Whether the file has a list.
#[cfg(target_os = "linux")]
pub(crate) fn exists(file: &File) -> bool {
    rustix::fs::fgetxattr(file, NAME, &mut [0_u8; 0][..]).is_ok()
}

/// Removes the list, for example one that the folder gave to a new file.
#[cfg(target_os = "linux")]
pub(super) fn remove(file: &File) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::fremovexattr(file, NAME) {
        // There is none, or the file system knows none.
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS | Errno::PERM) => Ok(()),
        outcome => Ok(outcome?),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn entries(_: &Path) -> Vec<Entry> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn exists(_: &File) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
pub(super) fn remove(_: &File) -> io::Result<()> {
    Ok(())
}
