//! What this process must not have, and must not leave behind. Edge.

#[cfg(not(unix))]
pub(crate) use others::{allow_core_files, forbid_core_files, refuse_elevated};
#[cfg(unix)]
pub(crate) use unix::{allow_core_files, forbid_core_files, refuse_elevated};

#[cfg(unix)]
mod unix {
    #[cfg(not(target_os = "linux"))]
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::process::{getegid, geteuid, getgid, getuid};

    use crate::error::{Elevation, Error};

    /// Returns an error if the program has more rights than whoever started it: the environment and
    /// the files that it obeys would belong to somebody else.
    pub(crate) fn refuse_elevated() -> Result<(), Error> {
        let (user, effective) = (getuid(), geteuid());
        let (group, effective_group) = (getgid(), getegid());
        let elevation = if user != effective {
            Elevation::User {
                user: user.as_raw(),
                effective: effective.as_raw(),
            }
        } else if group != effective_group {
            Elevation::Group {
                group: group.as_raw(),
                effective: effective_group.as_raw(),
            }
        } else if !user.is_root() && has_file_capabilities() {
            Elevation::Capabilities
        } else {
            return Ok(());
        };
        Err(Error::Elevated(elevation))
    }

    /// Whether the program's file gave the process capabilities. Those of its parent are "ambient",
    /// too; others don't outlive the start of a program, except for root.
    #[cfg(target_os = "linux")]
    fn has_file_capabilities() -> bool {
        use rustix::thread::{capabilities, capability_is_in_ambient_set};
        let own = capabilities(None).map(|sets| sets.permitted);
        own.is_ok_and(|own| {
            own.iter()
                .any(|capability| !capability_is_in_ambient_set(capability).unwrap_or(false))
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn has_file_capabilities() -> bool {
        false
    }

    /// From here on, secrets are in memory: a crash must not write them to disk, nor hand them to a
    /// program that collects crashes. A program that takes this process's place isn't affected.
    #[cfg(target_os = "linux")]
    pub(crate) fn forbid_core_files() {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // If that fails, there is nothing better to do.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn allow_core_files() {}

    /// The limit that the process was started with, once it is changed.
    #[cfg(not(target_os = "linux"))]
    static INHERITED: std::sync::OnceLock<Rlimit> = std::sync::OnceLock::new();

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn forbid_core_files() {
        let inherited = *INHERITED.get_or_init(|| getrlimit(Resource::Core));
        let none = Rlimit {
            current: Some(0),
            ..inherited
        };
        let _ = setrlimit(Resource::Core, none);
    }

    /// Gives the limit back, for a program that takes this process's place.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn allow_core_files() {
        if let Some(inherited) = INHERITED.get() {
            let _ = setrlimit(Resource::Core, *inherited);
        }
    }
}

#[cfg(not(unix))]
mod others {
    use crate::error::Error;

    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(crate) fn refuse_elevated() -> Result<(), Error> {
        Ok(())
    }

    pub(crate) fn forbid_core_files() {}

    pub(crate) fn allow_core_files() {}
}
