//! What keeps this user from a file: the owner and mode of the file and of its folder, typically
//! after `sudo aws configure`. All at once, with the command that changes it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::error::Error;
use crate::files::folder::folder_of;
use crate::shell;

/// A file or folder that this user can't use as needed.
struct Denied {
    path: PathBuf,
    owner: u32,
    /// For example "you can't read it".
    what: &'static str,
    /// For chmod.
    bits: &'static str,
}

/// Returns an error if this user can't replace the file at `path`, which need not exist.
pub(crate) fn check_replaceable(path: &Path) -> Result<(), Error> {
    let denied = [folder_to_write(path), file_to_replace(path)];
    error(denied).map_or(Ok(()), Err)
}

/// Why this user can't read the file at `path`. If the file lies in a folder that isn't this user's
/// within one that is, the folder has the wrong owner, too.
pub(crate) fn why_unreadable(path: &Path) -> Option<Error> {
    let folder = folder_to_write(path).filter(|folder| {
        let around = fs::metadata(folder_of(&folder.path));
        around.is_ok_and(|around| around.uid() == geteuid().as_raw())
    });
    error([folder, file_to_read(path)])
}

fn folder_to_write(path: &Path) -> Option<Denied> {
    let needed = Access::WRITE_OK | Access::EXEC_OK;
    denied(folder_of(path), needed, "you can't write to it", "u+wx")
}

fn file_to_read(path: &Path) -> Option<Denied> {
    denied(path, Access::READ_OK, "you can't read it", "u+r")
}

/// Also one that could be read, but belongs to somebody else.
fn file_to_replace(path: &Path) -> Option<Denied> {
    file_to_read(path).or_else(|| {
        let owner = fs::metadata(path).ok()?.uid();
        (owner != geteuid().as_raw()).then(|| Denied {
            path: path.to_owned(),
            owner,
            what: "after an edit it would belong to you",
            bits: "",
        })
    })
}

fn denied(path: &Path, needed: Access, what: &'static str, bits: &'static str) -> Option<Denied> {
    let owner = fs::metadata(path).ok()?.uid();
    let is_denied = access(path, needed) == Err(Errno::ACCESS);
    is_denied.then(|| Denied {
        path: path.to_owned(),
        owner,
        what,
        bits,
    })
}

/// `None` if nothing is denied. Root is denied nothing.
fn error(denied: [Option<Denied>; 2]) -> Option<Error> {
    let me = geteuid();
    let denied: Vec<Denied> = denied.into_iter().flatten().collect();
    if me.is_root() || denied.is_empty() {
        return None;
    }
    let me = me.as_raw();
    let describe = |denied: &Denied| {
        let (path, what) = (denied.path.display(), denied.what);
        match denied.owner {
            owner if owner == me => format!("{path} is yours, but {what}"),
            owner => format!("{path} belongs to user {owner}, and {what}"),
        }
    };
    let cure = |denied: &Denied| {
        let path = shell::path(&denied.path);
        match denied.owner {
            owner if owner == me => Some(format!("chmod {} {path}", denied.bits)),
            0 => Some(format!("sudo chown {me} {path}")),
            _ => None,
        }
    };
    let problems: Vec<String> = denied.iter().map(describe).collect();
    let cures: Option<Vec<String>> = denied.iter().map(cure).collect();
    Some(Error::Exposed {
        problem: problems.join("; "),
        cure: cures.map_or_else(
            || "let its owner run aws-mfa, or make the file yours".to_owned(),
            |cures| format!("run `{}`", cures.join(" && ")),
        ),
    })
}
