//! The lock that runs hold while they write. Linux.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::process::{Child, Command};

use crate::support::home::{LOCK, set_mode};
use crate::support::lab::Lab;
use crate::support::pty::{Signal, Terminal, WaitStatus};
use crate::support::tools::{root_has, text, tool};
use crate::support::{long_term_section, wait_until};

/// Another run that holds the lock for so long; returns when it does.
fn holder(lab: &Lab, seconds: &str) -> Child {
    let child = Command::new("flock")
        .arg("--no-fork")
        .arg(lab.home.lock_path())
        .args(["sleep", seconds])
        .spawn()
        .unwrap();
    wait_until("the lock is held", || {
        let file = std::fs::File::open(lab.home.lock_path());
        file.is_ok_and(|file| file.try_lock().is_err())
    });
    child
}

#[test]
fn another_run_that_writes_is_waited_for() {
    if !root_has(&["flock"]) {
        return;
    }
    let lab = Lab::new();
    let mut short = holder(&lab, "2");
    lab.refresh(&[]).run().exits(0).says(&[
        "waiting for another aws-mfa that is writing the same file",
        "new session",
    ]);
    assert!(short.wait().unwrap().success());

    // Nothing is spent if it lasts.
    let mut long = holder(&lab, "90");
    lab.refresh(&["-f"]).run().exits(1).says(&[
        "another aws-mfa has been writing",
        "for 10 seconds",
        "hint: end the process that holds ",
    ]);
    long.kill().unwrap();
    long.wait().unwrap();
    assert_eq!(lab.sts.codes_received(), 1);
    assert!(lab.credentials().contains("ASIASANDBOX000000001"));
}

/// Whoever takes the lock at the prompt doesn't cost a code.
#[test]
fn a_code_that_is_spent_does_not_wait_for_long() {
    if !root_has(&["flock"]) {
        return;
    }
    let lab = Lab::new();
    let terminal = lab.asks();
    let mut other = holder(&lab, "90");
    let seen = lab.types_code(terminal);
    assert!(seen.contains("waiting for another aws-mfa that is writing"));
    assert!(lab.credentials().contains("ASIASANDBOX000000001"));
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn whoever_waits_for_the_lock_can_be_interrupted() {
    if !root_has(&["flock"]) {
        return;
    }
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let lab = Lab::new();
        // While it is rehearsed, and while a code is spent.
        let mut early = holder(&lab, "90");
        let mut terminal = Terminal::start(lab.run(&["-p", "dev"]));
        terminal.waits_for("waiting for another aws-mfa");
        dies_by(terminal, signal);
        early.kill().unwrap();
        early.wait().unwrap();

        let mut terminal = lab.asks();
        let mut late = holder(&lab, "90");
        let code = lab.sts.code();
        terminal.types(&format!("{code}\n"));
        terminal.waits_for("waiting for another aws-mfa");
        dies_by(terminal, signal);
        late.kill().unwrap();
        late.wait().unwrap();
        assert_eq!(lab.credentials(), long_term_section());
        assert_eq!(lab.home.files(), [LOCK, "credentials"]);
    }
}

#[track_caller]
fn dies_by(mut terminal: Terminal, signal: Signal) {
    terminal.signal(signal);
    let (seen, status) = terminal.ends(&[]);
    assert!(
        matches!(status, WaitStatus::Signaled(_, by, _) if by == signal),
        "{signal}: {status:?}: {seen}"
    );
}

#[test]
fn whatever_stands_in_the_locks_place_is_left_alone() {
    for planted in ["link", "fifo", "folder", "hard link", "text"] {
        let lab = Lab::new();
        let sidecar = lab.home.lock_path();
        let precious = lab.home.write("precious", "precious");
        match planted {
            "link" => symlink(&precious, &sidecar).unwrap(),
            "fifo" => drop(tool("mkfifo", &[text(&sidecar)])),
            "folder" => std::fs::create_dir(&sidecar).unwrap(),
            "hard link" => std::fs::hard_link(&precious, &sidecar).unwrap(),
            _ => std::fs::write(&sidecar, "text").unwrap(),
        }
        let outcome = lab.refresh(&[]).run().exits(0);
        assert_eq!(
            outcome.stderr.contains("warning: cannot lock "),
            planted != "text",
            "{planted}: {}",
            outcome.stderr
        );
        assert_eq!(lab.home.read("precious"), "precious");
        if planted == "text" {
            assert_eq!(std::fs::read_to_string(&sidecar).unwrap(), "text");
        }
    }
}

/// In a sticky folder anybody can create it first.
#[test]
fn a_lock_of_somebody_else_is_not_waited_for() {
    if !root_has(&["flock", "setpriv"]) {
        return;
    }
    let lab = Lab::new();
    let mut other = holder(&lab, "90");
    let run = lab.refresh(&[]).never_as_root();
    chown(lab.home.lock_path(), Some(4321), Some(4321)).unwrap();
    set_mode(&lab.home.lock_path(), 0o666);
    run.run()
        .exits(0)
        .says(&["cannot lock ", "it belongs to user 4321 (to fix: `rm "])
        .never_says("waiting");
    other.kill().unwrap();
    other.wait().unwrap();
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
