//! Situations that only root on Linux can make for real: mounts, immutable files, other users. Where they can't be made the
//! test says `SKIPPED`; with AWS_MFA_TEST_TOOLS=1 it fails instead.

use std::path::Path;
use std::process::{Command, Output};

/// Whether this is root and has these tools.
#[track_caller]
pub fn can_make(tools: &[&str]) -> bool {
    let missing: Vec<&&str> = tools.iter().filter(|tool| !has(tool)).collect();
    let root = rustix::process::getuid().is_root();
    if root && missing.is_empty() {
        return true;
    }
    assert!(
        std::env::var_os("AWS_MFA_TEST_TOOLS").is_none(),
        "root: {root}, missing: {missing:?}"
    );
    eprintln!("SKIPPED: needs root ({root}) and {missing:?}");
    false
}

/// Whether strace is installed; with AWS_MFA_TEST_TOOLS=1 it must be.
pub fn has_strace() -> bool {
    if has("strace") {
        return true;
    }
    assert!(
        std::env::var_os("AWS_MFA_TEST_TOOLS").is_none(),
        "strace is missing"
    );
    eprintln!("SKIPPED: strace is not installed");
    false
}

fn has(tool: &str) -> bool {
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
