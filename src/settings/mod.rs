//! Turns flags, environment and files into settings. Pure. What counts more, and the
//! default of each setting, is decided here.
//!
//! There are two steps, because a session that is still valid must be found without anything else:
//! [`Selection`] is the profile and its files, [`RefreshSettings`] is all else that a refresh
//! needs. Each value remembers its [`Origin`], so that a message can name what to fix. Only
//! [`Environment`] reads environment variables.

pub(crate) mod aws;
mod device;
mod duration;
mod endpoint;
mod environment;
mod named_command;
mod origin;
mod proxy;
mod refresh;
mod section;
mod selection;
mod service;
mod service_host;

pub(crate) use device::{DeviceArn, check_device, check_role, short_name};
pub(crate) use duration::{check_duration, default_duration, parse_duration};
pub(crate) use endpoint::Endpoint;
pub(crate) use environment::Environment;
pub(crate) use named_command::NamedCommand;
pub(crate) use origin::{Origin, Setting};
pub(crate) use proxy::Proxy;
pub(crate) use refresh::{RefreshSettings, Role, SessionRequest, given_device, given_duration};
pub(crate) use section::{DEVICE_KEYS, FileSection, ProfileSections};
pub(crate) use selection::{MIN_REMAINING_FOR_HANDOVER, Selection, Verb, stored_role};
pub(crate) use service::{ServiceSettings, resolve_region};
