//! Drives the built program and checks what a user sees: the bytes of the file, exit codes, words, and the requests that
//! the loopback STS received.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::use_debug,
    clippy::format_collect,
    clippy::doc_markdown
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests write files and read the environment"
)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
mod callers;
mod check;
mod clear;
mod code;
#[cfg(unix)]
mod completions;
mod connection;
mod crowd;
#[cfg(target_os = "linux")]
mod death;
#[cfg(unix)]
mod docs;
mod errors;
mod file;
mod foreign_text;
mod hand_over;
mod help;
mod hostile_settings;
#[cfg(unix)]
mod key_process;
mod list;
mod loopback;
mod permanent_keys;
#[cfg(unix)]
mod prompt;
#[cfg(target_os = "linux")]
mod proxy;
mod readme;
mod refresh;
mod refusals;
mod settings;
mod setup;
#[cfg(unix)]
mod shells;
mod still_valid;
#[cfg(target_os = "linux")]
mod store;
#[cfg(unix)]
mod terminal;
mod token_command;
#[cfg(windows)]
mod windows;
#[cfg(target_os = "linux")]
mod wine;
