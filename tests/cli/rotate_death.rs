//! Death at any moment of a rotation: strace kills the program at each system call that changes a file
//! or the network. Afterwards the file holds a pair that IAM knows as active, and the next runs lead
//! out.

use crate::rotate::{lab, leads_out, nothing_is_lost, rotate};
use crate::support::lab::Lab;
use crate::support::run::Outcome;
use crate::support::tools::{root_has, text};

const CALLS: [&str; 17] = [
    "fallocate",
    "connect",
    "sendto",
    "sendmsg",
    "write",
    "writev",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "fchmod",
    "unlink",
    "unlinkat",
    "flock",
    "ftruncate",
];

/// A rotation under strace, which watches this system call; returns how it ended, and strace's log.
fn traced(lab: &Lab, call: &str, options: &[&str]) -> (Outcome, String) {
    let log = lab.home.path().join("strace");
    let trace = format!("trace={call}");
    let options = [&["-f", "-qq", "-o", text(&log), "-e", &trace], options].concat();
    let outcome = rotate(lab, &[]).under("strace", &options).run();
    (outcome, lab.home.read("strace"))
}

fn count(call: &str) -> usize {
    let (outcome, log) = traced(&lab(), call, &[]);
    outcome.exits(0);
    let is_call = |line: &&str| line.contains(&format!(" {call}("));
    log.lines().filter(is_call).count()
}

#[test]
fn a_rotation_killed_at_any_moment_loses_no_key() {
    if !root_has(&["strace"]) {
        return;
    }
    let (mut kills, mut with_two_keys) = (0, 0);
    for call in CALLS {
        for number in 1..=count(call) {
            let what = format!("killed at {call} {number}");
            let lab = lab();
            let inject = format!("inject={call}:signal=KILL:when={number}");
            let (outcome, _) = traced(&lab, call, &["-e", &inject]);
            if outcome.code == Some(0) {
                // One call fewer than the last time.
                continue;
            }
            kills += 1;
            nothing_is_lost(&lab, None, &what);
            with_two_keys += usize::from(crate::rotate::active(&lab).len() == 2);
            leads_out(&lab, &what);
        }
    }
    println!("{kills} kills, {with_two_keys} of them with both keys active: none lost a key");
    assert!(
        kills >= 30 && with_two_keys >= 3,
        "{kills}, {with_two_keys}"
    );
}

/// Each call that changes a file fails in turn.
#[test]
fn a_rotation_that_cannot_write_loses_no_key() {
    if !root_has(&["strace"]) {
        return;
    }
    let (mut faults, mut not_stored) = (0, 0);
    for call in [
        "fsync",
        "fdatasync",
        "rename",
        "renameat",
        "renameat2",
        "fchmod",
        "ftruncate",
        "flock",
    ] {
        for number in 1..=count(call) {
            let what = format!("{call} {number} fails");
            let lab = lab();
            let inject = format!("inject={call}:error=EIO:when={number}");
            let (outcome, _) = traced(&lab, call, &["-e", &inject]);
            faults += 1;
            assert!(
                matches!(outcome.code, Some(0 | 1)),
                "{what}: {}",
                outcome.stderr
            );
            nothing_is_lost(&lab, Some(&outcome.stderr), &what);
            not_stored += usize::from(outcome.stderr.contains("the new keys could not be stored"));
            leads_out(&lab, &what);
        }
    }
    println!("{faults} faults of the file system, {not_stored} after the key was made");
    assert!(faults >= 5 && not_stored >= 1, "{faults}, {not_stored}");
}
