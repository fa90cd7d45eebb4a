//! Who, besides this user and root, can change what is at a path, and what follows from that. Edge.
//!
//! [`POLICY`] decides, by what the path is used for. SECURITY.md has the same table.
//!
//! - "Others" are every user of the computer, and the owner if that is another user. "A group" is
//!   one that isn't a user's own private one, or an entry of an access control list.
//! - The file's folder counts, because whoever can change it can replace the file. So does the
//!   folder of each symbolic link on the way. "Above" are the folders around these, up to the home
//!   folder or else the root.
//! - In a sticky folder others can't replace what isn't theirs, so the owner of the entry counts.
//! - Root may report, hand over and edit what belongs to another user, as in a container, unless it
//!   is where everybody may put something, and as long as that user's links lead only to what is
//!   theirs, too. It obeys and trusts only what belongs to root.
//! - Nothing is judged where modes mean nothing, as on WSL's drives, some network drives, and
//!   Windows.

#![cfg_attr(not(unix), allow(dead_code, reason = "nothing is judged there"))]

#[cfg(unix)]
pub(crate) mod denied;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod users;

#[cfg(unix)]
pub(crate) use unix::{Way, has_modes};

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use self::Verdict::{Allow, Refuse, Warn};
use crate::console::Console;
use crate::error::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A session in the file is reported as valid.
    Report,
    /// A session in the file is given to a program or shell.
    HandOver,
    /// The file is replaced.
    Edit,
    /// The file's certificate authorities are trusted.
    Authorities,
    /// A command, an endpoint or a file of authorities that the file names is used.
    Obey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allow,
    Warn,
    Refuse,
}

/// Where on the way to a file somebody can interfere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    File,
    /// That of the file, or that of a symbolic link on the way.
    Folder,
    Above,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Owns it.
    User(u32),
    Everyone,
    Group(u32),
    AccessList,
}

/// For each use, the verdicts on others, then on a group: who can change the file, a folder on the
/// way, or one above.
const POLICY: [(Use, [Verdict; 3], [Verdict; 3]); 5] = [
    (Use::Report, [Warn, Allow, Allow], [Allow, Allow, Allow]),
    (Use::HandOver, [Refuse, Allow, Allow], [Allow, Allow, Allow]),
    (Use::Edit, [Refuse, Refuse, Allow], [Warn, Warn, Allow]),
    (
        Use::Authorities,
        [Refuse, Refuse, Refuse],
        [Allow, Allow, Allow],
    ),
    (
        Use::Obey,
        [Refuse, Refuse, Refuse],
        [Refuse, Refuse, Refuse],
    ),
];

fn verdict(usage: Use, place: Place, who: Who) -> Verdict {
    let row = POLICY.iter().find(|(of, _, _)| *of == usage);
    let (_, others, group) = row.unwrap_or(&POLICY[POLICY.len() - 1]);
    match who {
        Who::User(_) | Who::Everyone => others[place as usize],
        Who::Group(_) | Who::AccessList => group[place as usize],
    }
}

/// That somebody can change a file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    path: PathBuf,
    place: Place,
    who: Who,
}

impl Finding {
    fn problem(&self) -> String {
        let path = self.path.display();
        match self.who {
            Who::User(owner) => format!("{path} belongs to user {owner}, who could change it"),
            Who::Everyone => format!("{path} can be changed by every user of this computer"),
            Who::Group(group) => format!("{path} can be changed by its group ({group})"),
            Who::AccessList => {
                format!("{path} can be changed by others through its access control list")
            }
        }
    }

    /// A command that prevents it; `None` if there is no such command.
    fn cure(&self, usage: Use) -> Option<String> {
        let path = crate::shell::path(&self.path);
        // A file with a session is nobody else's to read, either.
        let holds_secrets = matches!(usage, Use::Report | Use::HandOver | Use::Edit);
        match self.who {
            Who::User(_) => None,
            Who::Everyone if holds_secrets && self.place == Place::File => {
                Some(format!("chmod 600 {path}"))
            }
            // What everybody may do, a group mostly may, too.
            Who::Everyone => Some(format!("chmod go-w {path}")),
            Who::Group(_) => Some(format!("chmod g-w {path}")),
            Who::AccessList => Some(format!("setfacl -b {path}")),
        }
    }
}

/// Checks who can change the file at `path`, which need not exist. Warns of what is allowed with a
/// warning. Returns an error that names all that is refused.
pub(crate) fn check(path: &Path, usage: Use, console: &Console) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let way = Way::to(path).map_err(Error::cannot(format!("read {}", path.display())))?;
        judge(&way.findings(usage, None, console), usage, console)
    }
    #[cfg(not(unix))]
    {
        let _ = (path, usage, console);
        Ok(())
    }
}

/// As [`check`], for the file that was `read`, and only if that is still the one at `path`. `home`
/// is the user's home folder: the folders around it are trusted.
pub(crate) fn check_read(
    path: &Path,
    read: &Metadata,
    usage: Use,
    home: Option<&Path>,
    console: &Console,
) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let way = Way::to(path).map_err(Error::cannot(format!("read {}", path.display())))?;
        judge(&way.findings(usage, home, console), usage, console)?;
        if way.leads_to_file(read) {
            return Ok(());
        }
        Err(Error::BadPlace {
            path: path.to_owned(),
            problem: "was exchanged while aws-mfa was reading it".to_owned(),
            cure: "run the same command again".to_owned(),
        })
    }
    #[cfg(not(unix))]
    {
        let _ = (path, read, usage, home, console);
        Ok(())
    }
}

/// Checks a file that is already open, by what is known of it, and nothing around it.
pub(crate) fn check_open(
    path: &Path,
    metadata: &Metadata,
    usage: Use,
    console: &Console,
) -> Result<(), Error> {
    #[cfg(unix)]
    {
        judge(
            &unix::findings_of_file(path, metadata, usage, console),
            usage,
            console,
        )
    }
    #[cfg(not(unix))]
    {
        let _ = (path, metadata, usage, console);
        Ok(())
    }
}

/// Whether nobody else can change the folder at `path`, or make the path lead elsewhere.
pub(crate) fn is_private(path: &Path, home: Option<&Path>, console: &Console) -> bool {
    #[cfg(unix)]
    {
        Way::to(path).is_ok_and(|way| way.findings(Use::Obey, home, console).is_empty())
    }
    #[cfg(not(unix))]
    {
        let _ = (path, home, console);
        true
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(unix)]
fn judge(findings: &[Finding], usage: Use, console: &Console) -> Result<(), Error> {
    let judged = |wanted| {
        let is_wanted =
            move |finding: &&Finding| verdict(usage, finding.place, finding.who) == wanted;
        findings.iter().filter(is_wanted)
    };
    let refused: Vec<&Finding> = judged(Refuse).collect();
    if refused.is_empty() {
        for finding in judged(Warn) {
            let cure = finding.cure(usage);
            let cure = cure.map(|cure| format!(" (to fix: `{cure}`)"));
            console.warn(finding.problem() + &cure.unwrap_or_default());
        }
        return Ok(());
    }
    let problems: Vec<String> = refused.iter().map(|finding| finding.problem()).collect();
    let cures: Vec<String> = refused
        .iter()
        .filter_map(|finding| finding.cure(usage))
        .collect();
    Err(Error::Exposed {
        problem: problems.join("; "),
        cure: match cures.as_slice() {
            [] if is_root() => "run aws-mfa as that user, or use a file of root's".to_owned(),
            [] => "use a file in a folder that belongs to you".to_owned(),
            cures => format!("run `{}`", cures.join(" && ")),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_md_shows_this_policy() {
        let purpose = |usage| match usage {
            Use::Report => "a session in it is reported as valid",
            Use::HandOver => "a session in it is handed to a program or shell",
            Use::Edit => "it is replaced",
            Use::Authorities => "its certificate authorities are trusted",
            Use::Obey => "it names a command, an endpoint or a file of authorities",
        };
        let word = |verdict: &Verdict| match verdict {
            Allow => "allowed",
            Warn => "warning",
            Refuse => "refused",
        };
        let document = include_str!("../../../SECURITY.md");
        for (usage, others, group) in POLICY {
            let verdicts: Vec<&str> = others.iter().chain(&group).map(word).collect();
            let row = format!("| {} | {} |", purpose(usage), verdicts.join(" | "));
            assert!(document.contains(&row), "missing in SECURITY.md: {row}");
        }
    }

    /// Whoever can move folders could show one file to be read, and another one to be judged.
    #[cfg(unix)]
    #[test]
    fn only_what_was_read_is_judged() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        for path in [&one, &other] {
            std::fs::copy("/etc/passwd", path).unwrap();
        }
        let console = Console::new(crate::console::Level::Quiet);
        let home = Some(folder.path());
        let check = |path: &Path, read: &Path| {
            let read = read.metadata().unwrap();
            check_read(path, &read, Use::Obey, home, &console).is_ok()
        };
        assert!(check(&one, &one));
        assert!(!check(&one, &other));
        assert!(!check(&folder.path().join("gone"), &one));
    }
}
