//! What some tests need of the system: its tools, and root, who alone can make mounts, immutable
//! files and files of others. Where it can't be had the test says `SKIPPED`; with
//! AWS_MFA_TEST_TOOLS=1 it fails instead.

use std::path::Path;
use std::process::{Command, Output};

/// Whether these tools are installed. One without a command is named by a file, with its path.
#[track_caller]
pub fn has(tools: &[&str]) -> bool {
    let is_missing = |tool: &&str| !is_installed(tool);
    let missing: Vec<&str> = tools.iter().copied().filter(is_missing).collect();
    is_enough(&missing)
}

/// Whether this is root, and these tools are installed.
#[track_caller]
pub fn root_has(tools: &[&str]) -> bool {
    is_enough(if rustix::process::getuid().is_root() {
        &[]
    } else {
        &["root"]
    }) && has(tools)
}

/// Whether user namespaces can be made: not in a chroot, nor in most containers.
#[track_caller]
pub fn has_user_namespaces() -> bool {
    let run = Command::new("unshare").args(["--user", "true"]).output();
    is_enough(if run.is_ok_and(|output| output.status.success()) {
        &[]
    } else {
        &["user namespaces"]
    })
}

#[track_caller]
fn is_enough(missing: &[&str]) -> bool {
    if missing.is_empty() {
        return true;
    }
    // PowerShell is in no distribution.
    let must_be = std::env::var_os("AWS_MFA_TEST_TOOLS").is_some() && missing != ["pwsh"];
    assert!(!must_be, "missing: {missing:?}");
    eprintln!("SKIPPED: missing: {missing:?}");
    false
}

fn is_installed(tool: &str) -> bool {
    if tool.starts_with('/') {
        return Path::new(tool).exists();
    }
    Command::new("sh")
        .args(["-c", "command -v \"$0\""])
        .arg(tool)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Runs a tool, which must succeed.
#[track_caller]
pub fn tool(name: &str, args: &[&str]) -> Output {
    let output = Command::new(name).args(args).output().unwrap();
    assert!(output.status.success(), "{name} {args:?}: {output:?}");
    output
}

/// `path` as text.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
