//! The lock that runs hold while they write. Linux.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Duration;

use super::file_permissions::refresh;
use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::sts::LoopbackSts;
use crate::support::tools::{root_has, text, tool};

#[test]
fn another_run_that_writes_is_waited_for() {
    if !root_has(&["flock"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let sidecar = home.path().join(".aws/.credentials.aws-mfa.lock");
    let mut holder = std::process::Command::new("flock")
        .arg("--no-fork")
        .arg(&sidecar)
        .args(["sleep", "2"])
        .spawn()
        .unwrap();
    while !sidecar.exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(200));
    refresh(&home, &sts).exits(0).says(&[
        "waiting for another aws-mfa that is writing the same file",
        "new session",
    ]);
    assert!(holder.wait().unwrap().success());

    let mut holder = std::process::Command::new("flock")
        .arg("--no-fork")
        .arg(&sidecar)
        .args(["sleep", "90"])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let outcome = home
        .run(&sts, &["-f", "-p", "dev", "--token", &sts.code()])
        .run()
        .exits(1);
    outcome.says(&[
        "its token code is spent",
        "caused by: another aws-mfa has been writing",
        "for a minute",
    ]);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(home.credentials().contains("ASIASANDBOX000000001"));
}

#[test]
fn whatever_stands_in_the_locks_place_is_left_alone() {
    for planted in ["link", "fifo", "folder", "text"] {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let sidecar = home.path().join(".aws/.credentials.aws-mfa.lock");
        let precious = home.path().join("precious");
        std::fs::write(&precious, "precious").unwrap();
        match planted {
            "link" => symlink(&precious, &sidecar).unwrap(),
            "fifo" => drop(tool("mkfifo", &[text(&sidecar)])),
            "folder" => std::fs::create_dir(&sidecar).unwrap(),
            _ => std::fs::write(&sidecar, "text").unwrap(),
        }
        let outcome = home
            .run(&sts, &["-v", "-p", "dev", "--token", &sts.code()])
            .run()
            .exits(0);
        assert_eq!(
            outcome.stderr.contains("no write lock"),
            planted != "text",
            "{}",
            outcome.stderr
        );
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
        if planted == "text" {
            assert_eq!(std::fs::read_to_string(&sidecar).unwrap(), "text");
        }
    }
}

#[test]
fn the_lock_is_private_and_empty() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    refresh(&home, &sts).exits(0);
    let sidecar = std::fs::metadata(home.path().join(".aws/.credentials.aws-mfa.lock")).unwrap();
    assert_eq!(
        (sidecar.permissions().mode() & 0o777, sidecar.len()),
        (0o600, 0)
    );
}
