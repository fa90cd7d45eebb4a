//! The lock that runs hold while they write. Linux.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Child, Command};
use std::time::Duration;

use crate::support::lab::Lab;
use crate::support::tools::{root_has, text, tool};
use crate::support::wait_until;

/// Another run that holds the lock for so long.
fn holder(lab: &Lab, seconds: &str) -> Child {
    Command::new("flock")
        .arg("--no-fork")
        .arg(lab.home.lock_path())
        .args(["sleep", seconds])
        .spawn()
        .unwrap()
}

#[test]
fn another_run_that_writes_is_waited_for() {
    if !root_has(&["flock"]) {
        return;
    }
    let lab = Lab::new();
    let mut short = holder(&lab, "2");
    wait_until("the lock is there", || lab.home.lock_path().exists());
    std::thread::sleep(Duration::from_millis(200));
    lab.refresh(&[]).run().exits(0).says(&[
        "waiting for another aws-mfa that is writing the same file",
        "new session",
    ]);
    assert!(short.wait().unwrap().success());

    let mut long = holder(&lab, "90");
    std::thread::sleep(Duration::from_millis(300));
    lab.refresh(&["-f"]).run().exits(1).says(&[
        "its MFA code is spent",
        "caused by: another aws-mfa has been writing",
        "for 60 seconds",
    ]);
    long.kill().unwrap();
    long.wait().unwrap();
    assert!(lab.credentials().contains("ASIASANDBOX000000001"));
}

#[test]
fn whatever_stands_in_the_locks_place_is_left_alone() {
    for planted in ["link", "fifo", "folder", "text"] {
        let lab = Lab::new();
        let sidecar = lab.home.lock_path();
        let precious = lab.home.write("precious", "precious");
        match planted {
            "link" => symlink(&precious, &sidecar).unwrap(),
            "fifo" => drop(tool("mkfifo", &[text(&sidecar)])),
            "folder" => std::fs::create_dir(&sidecar).unwrap(),
            _ => std::fs::write(&sidecar, "text").unwrap(),
        }
        let outcome = lab.refresh(&["-v"]).run().exits(0);
        assert_eq!(
            outcome.stderr.contains("no write lock"),
            planted != "text",
            "{}",
            outcome.stderr
        );
        assert_eq!(lab.home.read("precious"), "precious");
        if planted == "text" {
            assert_eq!(std::fs::read_to_string(&sidecar).unwrap(), "text");
        }
    }
}

#[test]
fn the_lock_is_private_and_empty() {
    let lab = Lab::new();
    lab.refresh(&[]).run().exits(0);
    let sidecar = std::fs::metadata(lab.home.lock_path()).unwrap();
    assert_eq!(
        (sidecar.permissions().mode() & 0o777, sidecar.len()),
        (0o600, 0)
    );
}
