//! Flags, environment and files become settings. Pure, and the owner of every precedence and every
//! default.
//!
//! Two steps, because a session that is still valid must be found without anything else:
//! [`Selection`] says which profile in which file, [`RefreshSettings`] all that a refresh needs
//! besides. Each value remembers where it came from ([`Origin`]), so that a message can name what to
//! mend. Only [`Environment`] reads environment variables.

mod duration;
mod endpoint;
mod environment;
mod named_command;
mod origin;
mod refresh;
mod section;
mod selection;
mod sts;

pub(crate) use duration::{check_duration, default_duration};
pub(crate) use endpoint::Endpoint;
pub(crate) use environment::Environment;
pub(crate) use named_command::NamedCommand;
pub(crate) use origin::{Origin, Setting};
pub(crate) use refresh::{RefreshSettings, check_device};
pub(crate) use section::{FileSection, ProfileSections};
pub(crate) use selection::Selection;
pub(crate) use sts::{StsSettings, resolve_region};
