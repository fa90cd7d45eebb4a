//! Writes a man page for aws-mfa and one for each command: `cargo run --example manpages -- FOLDER`.

#![allow(clippy::print_stderr, reason = "says what is missing")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "as in the tests"
)]

#[path = "../support/manpages.rs"]
mod manpages;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("give the folder for the pages");
        return ExitCode::from(2);
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in manpages::pages() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
