//! Goes to a file as the system does, step by step, and looks who can change each step.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use rustix::process::geteuid;

use super::users::{is_private, is_unknown_here};
use super::{Finding, Place, Use, Who};
use crate::console::Console;
use crate::files::access_list::{self, Entry};
use crate::files::folder::{Folder, folder_of};
use crate::files::{MAX_LINKS, is_same};

const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// The way to a file: everything that could lead elsewhere if somebody changed it.
pub(crate) struct Way {
    folders: Vec<Step>,
    links: Vec<Step>,
    /// The folder that the file is in, or the last one that exists on the way to it.
    end: PathBuf,
    /// `None` if it doesn't exist.
    file: Option<Step>,
}

/// Its path holds no symbolic link.
struct Step {
    path: PathBuf,
    /// Of the link itself.
    metadata: Metadata,
    place: Place,
}

impl Way {
    pub(crate) fn to(path: &Path) -> io::Result<Self> {
        let mut way = Self {
            folders: Vec::new(),
            links: Vec::new(),
            end: PathBuf::new(),
            file: None,
        };
        let mut pending = Vec::new();
        let mut current = push_components(&mut pending, &std::path::absolute(path)?)
            .ok_or_else(|| io::Error::other("the path isn't absolute"))?;
        way.enter(&current)?;
        while let Some(name) = pending.pop() {
            if name == ".." {
                current.pop();
                continue;
            }
            let path = current.join(&name);
            let metadata = match fs::symlink_metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    way.mark_folder(&current);
                    break;
                }
                metadata => metadata?,
            };
            if metadata.is_symlink() {
                way.mark_folder(&current);
                let target = fs::read_link(&path)?;
                way.links.push(Step::new(path, metadata, Place::Folder));
                if way.links.len() > MAX_LINKS {
                    return Err(io::Error::other("too many symbolic links"));
                }
                if let Some(root) = push_components(&mut pending, &target) {
                    current = root;
                    way.enter(&current)?;
                }
            } else if pending.is_empty() {
                way.mark_folder(&current);
                way.file = Some(Step::new(path, metadata, Place::File));
            } else if metadata.is_dir() {
                way.folders
                    .push(Step::new(path.clone(), metadata, Place::Above));
                current = path;
            } else {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        way.end = current;
        Ok(way)
    }

    fn enter(&mut self, folder: &Path) -> io::Result<()> {
        let metadata = fs::symlink_metadata(folder)?;
        let step = Step::new(folder.to_owned(), metadata, Place::Above);
        self.folders.push(step);
        Ok(())
    }

    /// Notes that a file or link is in this folder.
    fn mark_folder(&mut self, path: &Path) {
        for folder in &mut self.folders {
            if folder.path == path {
                folder.place = Place::Folder;
            }
        }
    }

    /// Whether the file is in `folder`.
    pub(crate) fn leads_to(&self, folder: &Folder) -> bool {
        let there = self.folder_at(&self.end);
        let here = folder.metadata();
        there.is_some_and(|there| here.is_ok_and(|here| is_same(&there.metadata, &here)))
    }

    /// Whether this is the file that `read` tells of: it could have been exchanged meanwhile.
    pub(super) fn leads_to_file(&self, read: &Metadata) -> bool {
        let file = self.file.as_ref();
        file.is_some_and(|file| is_same(&file.metadata, read))
    }

    /// A link, and its owner, by which another user can make root write what isn't that user's.
    pub(crate) fn foreign_link(&self) -> Option<(&Path, u32)> {
        let end = [self.folder_at(&self.end), self.file.as_ref()];
        let is_theirs = |owner| {
            let mut end = end.iter().flatten();
            end.all(|step| step.metadata.uid() == owner)
        };
        let mut links = self.links.iter().flat_map(|link| {
            let around = self
                .folder_around(&link.path)
                .map(|step| step.metadata.uid());
            let owners = [Some(link.metadata.uid()), around];
            owners
                .into_iter()
                .flatten()
                .map(|owner| (&*link.path, owner))
        });
        links.find(|(_, owner)| *owner != 0 && !is_theirs(*owner))
    }

    fn folder_around(&self, path: &Path) -> Option<&Step> {
        self.folder_at(folder_of(path))
    }

    fn folder_at(&self, path: &Path) -> Option<&Step> {
        self.folders.iter().find(|folder| folder.path == path)
    }

    /// All that others can change on the way, except in file systems without modes.
    pub(super) fn findings(
        &self,
        usage: Use,
        home: Option<&Path>,
        console: &Console,
    ) -> Vec<Finding> {
        // Whoever could exchange the home folder itself has won anyway.
        let home = home.and_then(|home| Self::to(home).ok());
        let is_on_way_home = |link: &Step| {
            let home = home.as_ref();
            home.is_some_and(|home| home.links.iter().any(|other| other.path == link.path))
        };
        let links: Vec<&Step> = self
            .links
            .iter()
            .filter(|link| !is_on_way_home(link))
            .collect();
        let is_around_home = |folder: &&Step| {
            let holds = |link: &&&Step| folder_of(&link.path) == folder.path;
            home.as_ref()
                .is_some_and(|home| home.folder_at(&folder.path).is_some())
                && folder.path != self.end
                && !links.iter().any(|link| holds(&link))
        };
        let folders = self.folders.iter().filter(|folder| !is_around_home(folder));
        // Elsewhere a link can't be exchanged by its owner.
        let links = links
            .iter()
            .copied()
            .filter(|link| self.is_open(&link.path, GROUP_WRITES | OTHERS_WRITE));
        let steps: Vec<&Step> = folders.chain(links).chain(&self.file).collect();
        let changers = |step: &Step| step.changers(usage, self.is_in_open_folder(&step.path));
        findings(&steps, usage, changers, console)
    }

    /// Whether everybody could have put `path` there, or a folder of their own that it is in.
    fn is_in_open_folder(&self, path: &Path) -> bool {
        let mut folder = self.folder_around(path);
        while let Some(step) = folder {
            if step.metadata.mode() & OTHERS_WRITE != 0 {
                return true;
            }
            if [0, geteuid().as_raw()].contains(&step.metadata.uid()) {
                return false;
            }
            folder = self.folder_around(&step.path);
        }
        false
    }

    /// Whether those whom the `writers` bits let write can put something of their own beside `path`.
    fn is_open(&self, path: &Path, writers: u32) -> bool {
        let folder = self.folder_around(path);
        folder.is_some_and(|folder| folder.metadata.mode() & writers != 0)
    }
}

/// Adds what `path` consists of, the last component first; returns its root if it is absolute.
fn push_components(pending: &mut Vec<OsString>, path: &Path) -> Option<PathBuf> {
    let named = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    pending.extend(path.components().rev().filter_map(named));
    path.has_root().then(|| PathBuf::from("/"))
}

impl Step {
    fn new(path: PathBuf, metadata: Metadata, place: Place) -> Self {
        Self {
            path,
            metadata,
            place,
        }
    }

    /// Who can change it, apart from root and this user. `in_open_folder` tells whether everybody can
    /// create files beside it.
    fn changers(&self, usage: Use, in_open_folder: bool) -> Vec<Who> {
        let (owner, mode) = (self.metadata.uid(), self.metadata.mode());
        let me = geteuid();
        // What lies where everybody may put something could be a trap.
        let root_may = me.is_root()
            && !in_open_folder
            && matches!(usage, Use::Report | Use::HandOver | Use::Edit);
        let mut changers = Vec::new();
        // Certificates come with the system, whose users a container may not know.
        let is_system_s = usage == Use::Authorities && is_unknown_here(owner);
        if owner != 0 && owner != me.as_raw() && !root_may && !is_system_s {
            changers.push(Who::User(owner));
        }
        // In a sticky folder others can replace only what is theirs. The mode of a link means
        // nothing.
        let is_shielded = self.place != Place::File && self.metadata.is_dir() && mode & STICKY != 0;
        if is_shielded || self.metadata.is_symlink() {
            return changers;
        }
        if mode & OTHERS_WRITE != 0 {
            changers.push(Who::Everyone);
        } else if mode & GROUP_WRITES != 0 {
            changers.extend(self.group_or_list());
        }
        changers
    }

    /// Who can write by the group's bits, which also limit an access control list.
    fn group_or_list(&self) -> Option<Who> {
        let users = [geteuid().as_raw(), self.metadata.uid(), 0];
        let group = self.metadata.gid();
        let entries = access_list::entries(&self.path);
        let group_entry = entries
            .iter()
            .find(|entry| entry.tag == access_list::GROUP_OWNER);
        if group_entry.is_none_or(Entry::may_write) && !is_private(group, &users) {
            return Some(Who::Group(group));
        }
        let is_other = |entry: &&Entry| match entry.tag {
            access_list::NAMED_USER => !users.contains(&entry.id),
            access_list::NAMED_GROUP => !is_private(entry.id, &users),
            _ => false,
        };
        let mut entries = entries.iter().filter(|entry| entry.may_write());
        entries
            .any(|entry| is_other(&entry))
            .then_some(Who::AccessList)
    }
}

fn findings(
    steps: &[&Step],
    usage: Use,
    changers: impl Fn(&Step) -> Vec<Who>,
    console: &Console,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for step in steps {
        for who in changers(step) {
            let finding = Finding {
                path: step.path.clone(),
                place: step.place,
                who,
            };
            findings.push((finding, step.metadata.dev()));
        }
    }
    if findings.is_empty() {
        return Vec::new();
    }
    // If a folder isn't writable, its file system knows modes. Where nothing can be written at all,
    // as in a container's mounts of settings, they mean nothing; but what is obeyed may be written
    // through another mount.
    let has_no_modes = |folder: &&&Step| match tempfile::tempfile_in(&folder.path) {
        Ok(probe) => !has_modes(&probe, console),
        Err(error) => error.kind() == io::ErrorKind::ReadOnlyFilesystem && usage != Use::Obey,
    };
    let near = steps.iter().filter(|step| step.place == Place::Folder);
    let without_modes: Vec<u64> = near
        .filter(has_no_modes)
        .map(|folder| folder.metadata.dev())
        .collect();
    findings.retain(|(_, device)| !without_modes.contains(device));
    findings.into_iter().map(|(finding, _)| finding).collect()
}

/// What others can change, judging by the file alone.
pub(super) fn findings_of_file(
    path: &Path,
    metadata: &Metadata,
    usage: Use,
    console: &Console,
) -> Vec<Finding> {
    let file = Step::new(path.to_owned(), metadata.clone(), Place::File);
    let is_mine = metadata.uid() == geteuid().as_raw();
    if is_mine && file.changers(usage, false).is_empty() {
        return Vec::new();
    }
    let around = match fs::metadata(folder_of(path)) {
        Ok(around) => Step::new(folder_of(path).to_owned(), around, Place::Folder),
        Err(_) => return findings(&[&file], usage, |step| step.changers(usage, true), console),
    };
    let is_open = Way::to(path).map_or(true, |way| way.is_in_open_folder(&way.end.join("file")));
    let changers = |step: &Step| match step.place {
        Place::File => step.changers(usage, is_open),
        // It only tells whether modes mean something.
        Place::Folder | Place::Above => Vec::new(),
    };
    findings(&[&around, &file], usage, changers, console)
}

/// Whether modes mean something in the file system of `probe`, a new file of our own. They don't on
/// WSL's drives and some network drives, where a private file gets another mode.
pub(crate) fn has_modes(probe: &File, console: &Console) -> bool {
    let _ = probe.set_permissions(fs::Permissions::from_mode(0o600));
    let has_modes = probe
        .metadata()
        .is_ok_and(|probe| probe.mode() & 0o777 == 0o600);
    if !has_modes {
        console.detail(
            "this file system has no file modes, so aws-mfa can't check who else can change the \
             file",
        );
    }
    has_modes
}
