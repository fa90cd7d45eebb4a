//! Drives the built program and checks what a user sees: the bytes of the file, exit codes, words,
//! and the requests that the loopback STS received.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::use_debug,
    clippy::format_collect,
    clippy::doc_markdown,
    clippy::too_many_lines
)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests write files and read the environment"
)]

// What writes them is an example of its own.
#[path = "../support/manpages.rs"]
#[allow(unreachable_pub, reason = "as the rest of the support")]
mod manpages;
#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
mod advice;
#[cfg(unix)]
mod askpass;
mod aws_errors;
mod check;
mod clear;
#[cfg(unix)]
mod completions;
mod concurrency;
#[cfg(unix)]
mod connection;
#[cfg(target_os = "linux")]
mod crash_safety;
mod credential_process;
#[cfg(unix)]
mod devices;
#[cfg(unix)]
mod docs;
mod env;
mod exec;
mod file_errors;
#[cfg(target_os = "linux")]
mod file_lock;
#[cfg(target_os = "linux")]
mod file_permissions;
mod file_replacement;
#[cfg(target_os = "linux")]
mod file_systems;
mod help;
mod help_options;
#[cfg(unix)]
mod hints;
#[cfg(target_os = "linux")]
mod hostile_paths;
#[cfg(target_os = "linux")]
mod hostile_servers;
#[cfg(unix)]
mod install;
mod invalid_settings;
#[cfg(unix)]
mod key_sources;
#[cfg(target_os = "linux")]
mod key_stores;
#[cfg(unix)]
mod layout;
mod list;
mod loopback_iam;
mod loopback_sts;
mod man;
mod odd_files;
mod options;
mod other_writers;
mod permanent_keys;
mod precedence;
#[cfg(target_os = "linux")]
mod process_rights;
#[cfg(unix)]
mod prompt;
#[cfg(unix)]
mod prompt_lock;
#[cfg(target_os = "linux")]
mod proxy;
#[cfg(unix)]
mod readme;
mod refresh;
mod roles;
mod rotate;
#[cfg(target_os = "linux")]
mod rotate_death;
mod settings;
#[cfg(unix)]
mod setup;
#[cfg(unix)]
mod setup_ways_out;
#[cfg(unix)]
mod shell_prompts;
mod still_valid;
#[cfg(unix)]
mod terminal;
mod token_code;
#[cfg(unix)]
mod token_command;
#[cfg(unix)]
mod typed_secrets;
mod untrusted_text;
#[cfg(windows)]
mod windows;
#[cfg(target_os = "linux")]
mod wine;
