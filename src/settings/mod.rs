//! Flags, environment and files become settings. Pure, and the owner of every precedence and every default.
//!
//! Two steps, because a session that is still valid must be found without anything else: [`Selection`] says which profile
//! in which file, [`RefreshSettings`] all that a refresh needs besides. Each value remembers where it came from
//! ([`Origin`]), so that a message can name what to mend. Only [`Environment`] reads environment variables.

mod endpoint;
mod environment;
mod named_command;
mod origin;
mod refresh;
mod section;
mod selection;
mod sts;

pub use endpoint::Endpoint;
pub use environment::Environment;
pub use named_command::NamedCommand;
pub use origin::{Origin, Setting};
pub use refresh::{RefreshSettings, Role, check_device, check_duration, default_duration};
pub use section::{FileSection, ProfileSections};
pub use selection::Selection;
pub use sts::{StsSettings, resolve_region};

use std::time::Duration;

use crate::error::Error;

/// Reads a duration: seconds (`43200`), or numbers with units (`12h`, `1h 30m`).
fn parse_duration(setting: &Setting<String>) -> Result<Duration, Error> {
    let text = setting.value.trim();
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|_| {
        setting
            .origin
            .problem("not a duration: give seconds (43200) or units (12h, 1h30m)")
    })
}
