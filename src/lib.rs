//! aws-mfa stores a temporary AWS session, obtained with an MFA code, in the credentials file.
//!
//! # The model
//!
//! A profile `dev` has two sections in `~/.aws/credentials`: `[dev-long-term]` with the permanent
//! keys of an IAM user, which only `setup` writes, and `[dev]` with the session. While that session
//! is valid ([`session`]), nothing else is needed: no network, no thread, one file. Otherwise the
//! settings are resolved ([`settings`]), the edit of the file is rehearsed ([`credentials_file`]),
//! the code is obtained ([`code::source`]), each code is sent to AWS STS exactly once
//! ([`aws::sts`]), and the file is replaced in one step.
//!
//! # The limits
//!
//! The file is edited only if the AWS CLI and the AWS SDKs agree on what its sections are;
//! otherwise an error names the line before a code is asked for. Nothing protects against a program
//! that writes the file in place at the very moment of the rename.
//!
//! # The modules
//!
//! [`app`] goes from the command line to the exit code and calls [`command`], which has one file
//! per command; start with `command/refresh.rs`, the main job. All use [`secret`] and [`error`].
//!
//! Pure (text in, text out; time and environment are parameters):
//! - [`cli`]: options and help; [`mod@command_line`]: words of any command line; [`tips`]: what a wrong one
//!   was meant to be; [`settings`]: every default, and which source wins.
//! - [`credentials_file`]: the file's text and edits to it; [`session`]: when a session is valid.
//! - [`ini_file`]: the config file, as botocore reads it; [`precedence`]: whose credentials AWS
//!   tools take; [`role_chain`]: the profiles of roles, and their source.
//! - [`keys`]: the permanent keys; [`code`]: the MFA code.
//! - [`shell`]: words and statements for shells; [`json`]: JSON for programs; [`sanitize`]: what is
//!   safe to print; [`layout`]: how it is laid out for a terminal; [`words`]: lists in sentences.
//!
//! Edges, which touch the outside world:
//! - Files: [`files`], [`credentials_file::store`], [`lock`].
//! - AWS: [`aws`], with [`keys::source`] and [`code::source`] for the keys and the code to send.
//! - The user: [`terminal`], [`stdin`], [`console`] (standard error) and [`completion`].
//! - The system: [`process`] runs commands, [`runtime`] asynchronous work until it ends or a signal
//!   arrives (`signals`); [`hardening`] limits what the process has and leaves; [`mod@panic`] handles
//!   bugs; [`clock`] reads the time, [`times`] the time zone.
//!
//! A file can be an edge in a pure folder, or the reverse; its first paragraph says so then.

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the map is of private modules"
)]
#![cfg_attr(test, allow(clippy::too_many_lines, reason = "tables of cases"))]

mod app;
mod aws;
mod cli;
mod clock;
mod code;
mod command;
mod command_line;
mod completion;
mod console;
mod credentials_file;
mod error;
mod files;
mod hardening;
mod ini_file;
mod json;
mod keys;
mod layout;
mod lock;
mod panic;
mod precedence;
mod process;
mod role_chain;
mod runtime;
mod sanitize;
mod secret;
mod session;
mod settings;
mod shell;
#[cfg(unix)]
mod signals;
mod stdin;
mod terminal;
mod times;
mod tips;
mod words;

pub use app::main;
pub use cli::{HelpBlock, HelpSection, command_line, help_sections};
pub use credentials_file::document::{Document, SectionText};
pub use credentials_file::edit::{Edit, Text};
pub use credentials_file::line::{Line, lines};
pub use credentials_file::oddity::{Oddity, OddityKind};
pub use credentials_file::properties::Properties;
pub use credentials_file::refusal::Refusal;
pub use secret::Secret;
pub use session::{SessionCredentials, format_expiration, managed_keys, parse_expiration};
