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

pub mod aws;
pub mod cli;
pub mod clock;
pub mod code;
pub mod command;
pub mod completion;
pub mod console;
pub mod credentials_file;
pub mod error;
pub mod keys;
pub mod lock;
pub mod panic;
pub mod process;
pub mod sanitize;
pub mod secret;
pub mod session;
pub mod settings;
pub mod shell;
pub mod stdin;
pub mod terminal;
