//! aws-mfa keeps a temporary AWS session, obtained with an MFA code, in the shared credentials file.
//!
//! # The model
//!
//! A profile `dev` has two sections in `~/.aws/credentials`: `[dev-long-term]` with the permanent keys of an IAM user, which
//! only `setup` writes, and `[dev]` with the session. While the session in `[dev]` is valid
//! ([`session`]), nothing else is looked at: no network, no thread, one file. Otherwise the settings are resolved
//! ([`settings`]), the edit of the file is rehearsed ([`credentials_file`]), the code is obtained ([`code::source`]), sent to
//! AWS STS exactly once ([`aws::sts`]), and the file is replaced in one step.
//!
//! # The limits
//!
//! The file is only edited where the AWS CLI and the AWS SDKs agree on what its sections are; otherwise it is refused by
//! line number before a code is asked for. Nothing protects against a program that writes the file in place at the very
//! moment of the rename.
//!
//! # The modules
//!
//! Pure (text in, text out; time and environment are parameters): [`cli`], [`settings`], [`session`], [`keys`],
//! [`code`], [`credentials_file::document`] and its neighbours, [`shell`], [`sanitize`]. Edges, which touch the world:
//! [`credentials_file::store`], [`aws`], [`terminal`], [`code::source`], [`process`], [`stdin`],
//! [`lock`], [`completion`], [`console`], [`clock`], [`panic`]. [`command`] joins them, one verb a file. [`secret`] and
//! [`error`] are used by all.

#![cfg_attr(test, allow(clippy::too_many_lines, reason = "tables of cases"))]

mod app;
mod aws;
mod cli;
mod clock;
mod code;
mod command;
mod completion;
mod console;
mod credentials_file;
mod error;
mod keys;
mod lock;
mod panic;
mod process;
mod runtime;
mod sanitize;
mod secret;
mod session;
mod settings;
mod shell;
mod stdin;
mod terminal;
mod times;

pub use app::main;
pub use cli::command_line;
pub use credentials_file::document::{Document, SectionText};
pub use credentials_file::edit::{Edit, Text};
pub use credentials_file::line::{Line, lines};
pub use credentials_file::properties::Properties;
pub use credentials_file::refusal::Refusal;
pub use secret::Secret;
pub use session::{MANAGED_KEYS, SessionCredentials, format_expiration, parse_expiration};
