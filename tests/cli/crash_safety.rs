//! Death and failure at any moment: strace kills the program, or fails its system call, at each
//! call that touches files in turn. Afterwards the file is the old one or the new one, whole, and
//! the next run works.

use crate::support::home::LOCK;
use crate::support::lab::Lab;
use crate::support::long_term_section;
use crate::support::run::Outcome;
use crate::support::tools::{root_has, text};

/// Everything that creates, changes, syncs, renames or removes a file.
const CALLS: [&str; 16] = [
    "openat",
    "fallocate",
    "write",
    "pwrite64",
    "writev",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "fchmod",
    "fchown",
    "unlink",
    "unlinkat",
    "flock",
    "ftruncate",
];

/// A refresh under strace, which watches this system call; returns how it ended, and strace's log.
fn traced(lab: &Lab, call: &str, options: &[&str], args: &[&str]) -> (Outcome, String) {
    let log = lab.home.path().join("strace");
    let trace = format!("trace={call}");
    let options = [&["-f", "-qq", "-o", text(&log), "-e", &trace], options].concat();
    let outcome = lab.refresh(args).under("strace", &options).run();
    (outcome, lab.home.read("strace"))
}

/// A refresh with this fault injected.
fn refresh_with(lab: &Lab, call: &str, fault: &str) -> Outcome {
    traced(lab, call, &["-e", &format!("inject={call}:{fault}")], &[]).0
}

/// What glibc's allocator reads when two threads allocate at the same moment, in the second thread.
/// No run is sure to do so, and strace counts the calls of each thread by themselves.
const PROCESSORS: &str = "/sys/devices/system/cpu/online";

/// The lines that strace writes of a refresh's calls of this name.
fn trace(call: &str) -> Vec<String> {
    let (outcome, log) = traced(&Lab::new(), call, &["-y"], &[]);
    outcome.exits(0);
    log.lines()
        .filter(|line| line.contains(&format!(" {call}(")) && !line.contains(PROCESSORS))
        .map(str::to_owned)
        .collect()
}

/// Which of the calls of this name (counted from 1) concern a file in the `.aws` folder.
fn numbers(call: &str) -> Vec<usize> {
    let lines = trace(call);
    (1..=lines.len())
        .filter(|number| lines[number - 1].contains("/.aws/"))
        .collect()
}

/// Whether the file is the new one; it must be the old or the new one, whole.
#[track_caller]
fn is_new(lab: &Lab, what: &str) -> bool {
    let after = lab.credentials();
    if after == long_term_section() {
        return false;
    }
    let added = after
        .strip_prefix(&long_term_section())
        .unwrap_or_else(|| panic!("{what}: {after}"));
    let lines: Vec<&str> = added.lines().collect();
    assert_eq!(
        lines[..3],
        ["", "[dev]", "assumed_role = False"],
        "{what}: {after}"
    );
    assert!(
        lines.len() == 8 && lines[7].starts_with("expiration = 2") && lines[7].len() == 32,
        "{what}: {after}"
    );
    true
}

/// Nothing is left besides the file and its lock.
#[track_caller]
fn nothing_is_left(lab: &Lab, what: &str) {
    let mut files = lab.home.files();
    files.retain(|name| name != "credentials" && name != LOCK);
    assert!(files.is_empty(), "{what}: {files:?}");
}

#[track_caller]
fn next_run_works(lab: &Lab, what: &str) {
    let outcome = lab.refresh(&["-f"]).run();
    let said = outcome.stderr;
    assert_eq!(outcome.code, Some(0), "{what}, next run: {said}");
}

#[test]
fn a_run_killed_at_any_system_call_leaves_a_whole_file() {
    if !root_has(&["strace"]) {
        return;
    }
    let (mut kills, mut new) = (0, 0);
    let mut made = Vec::new();
    for call in CALLS {
        let count = trace(call).len();
        if count > 0 {
            made.push(call);
        }
        for number in 1..=count {
            let what = format!("killed at {call} {number}");
            let lab = Lab::new();
            let outcome = refresh_with(&lab, call, &format!("signal=KILL:when={number}"));
            assert_ne!(outcome.code, Some(0), "{what}");
            kills += 1;
            new += usize::from(is_new(&lab, &what));
            next_run_works(&lab, &what);
            nothing_is_left(&lab, &what);
        }
    }
    println!(
        "{kills} kills: {new} times the new file, {} times the old one",
        kills - new
    );
    assert!(new > 0 && new < kills, "{kills} {new}");
    for essential in ["openat", "fallocate", "flock", "write", "fsync", "renameat"] {
        assert!(made.contains(&essential), "no {essential} among {made:?}");
    }
}

/// What a killed run leaves holds all keys.
#[test]
fn the_next_run_removes_what_a_killed_one_left() {
    let lab = Lab::new();
    let left = [
        ".credentials.aws-mfa-aB3xyz.tmp",
        ".credentials.aws-mfa-000000.tmp",
    ];
    let others = [
        ".aws-mfa-aB3xyz.tmp",
        ".credentials.aws-mfa-my notes.tmp",
        ".credentials.aws-mfa-notes.tmp",
        ".credentials2.aws-mfa-aB3xyz.tmp",
        "credentials.aws-mfa-aB3xyz.tmp",
    ];
    for name in left.iter().chain(&others) {
        lab.home
            .write(&format!(".aws/{name}"), &long_term_section());
    }
    // Not ours: a folder, a link, and one that a run is just writing.
    std::fs::create_dir(lab.home.path().join(".aws/.credentials.aws-mfa-folder.tmp")).unwrap();
    let link = lab.home.path().join(".aws/.credentials.aws-mfa-linked.tmp");
    std::os::unix::fs::symlink("credentials", link).unwrap();
    let busy = lab.home.write(".aws/.credentials.aws-mfa-aaBusy.tmp", "");
    let busy = std::fs::File::open(busy).unwrap();
    busy.lock().unwrap();
    lab.refresh(&[]).run().exits(0);
    let mut expected = others.to_vec();
    expected.extend([LOCK, "credentials", ".credentials.aws-mfa-aaBusy.tmp"]);
    expected.extend([
        ".credentials.aws-mfa-folder.tmp",
        ".credentials.aws-mfa-linked.tmp",
    ]);
    expected.sort_unstable();
    assert_eq!(lab.home.files(), expected);
}

#[test]
fn what_it_creates_is_private_from_the_start() {
    if !root_has(&["strace"]) {
        return;
    }
    let created: Vec<String> = trace("openat")
        .into_iter()
        .filter(|line| line.contains("O_CREAT"))
        .collect();
    assert!(!created.is_empty());
    for line in created {
        assert!(line.contains(", 0600)"), "{line}");
    }
}

#[test]
fn a_run_ended_by_a_signal_leaves_nothing_behind() {
    if !root_has(&["strace"]) {
        return;
    }
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        for call in ["openat", "write", "fsync", "renameat", "fchmod"] {
            // Those at the end: the calls that write the file.
            let calls = trace(call).len();
            for number in calls.saturating_sub(6).max(1)..=calls {
                let what = format!("SIG{signal} at {call} {number}");
                let lab = Lab::new();
                refresh_with(&lab, call, &format!("signal={signal}:when={number}"));
                is_new(&lab, &what);
                nothing_is_left(&lab, &what);
                next_run_works(&lab, &what);
            }
        }
    }
}

/// As on a slow disk: the code is spent, so the session is stored first.
#[test]
fn a_signal_during_a_slow_write_waits_for_its_end() {
    if !root_has(&["strace"]) {
        return;
    }
    let lab = Lab::new();
    let script = "\"$@\" & sleep 2; kill -TERM $(pgrep -P $! -x aws-mfa); wait $!";
    let inject = "inject=fsync:delay_enter=5000000";
    let run = lab
        .refresh(&[])
        .under("strace", &["-f", "-o", "/dev/null", "-e", inject]);
    let run = run
        .under("bash", &["-c", script, "bash"])
        .env("PATH", "/usr/bin:/bin");
    let outcome = run.run();
    assert!(is_new(&lab, "TERM during fsync"), "{}", outcome.stderr);
    nothing_is_left(&lab, "TERM during fsync");
}

#[test]
fn one_failure_is_tried_again_and_a_lasting_one_is_said() {
    if !root_has(&["strace"]) {
        return;
    }
    let (mut survived, mut said) = (0, 0);
    for (error, words) in [
        ("ENOSPC", "No space left on device"),
        ("EIO", "Input/output error"),
        ("EDQUOT", "Disk quota exceeded"),
    ] {
        for call in [
            "openat",
            "fallocate",
            "pwrite64",
            "fsync",
            "renameat",
            "fchmod",
            "write",
        ] {
            for number in numbers(call) {
                // Opening files fails once: for good it would fail everything else, too.
                let lasting: &[&str] = if call == "openat" { &[""] } else { &["", "+"] };
                for lasting in lasting {
                    let what = format!("{error} at {call} {number}{lasting}");
                    let lab = Lab::new();
                    let fault = format!("error={error}:when={number}{lasting}");
                    let outcome = refresh_with(&lab, call, &fault);
                    let code_was_sent = lab.sts.codes_received() > 0;
                    nothing_is_left(&lab, &what);
                    if is_new(&lab, &what) {
                        survived += 1;
                    } else {
                        assert_eq!(outcome.code, Some(1), "{what}: {}", outcome.stderr);
                        // Where writing fails for good, standard error is silent, too.
                        if call != "write" || lasting.is_empty() {
                            assert!(outcome.stderr.contains(words), "{what}: {}", outcome.stderr);
                            let said_so = outcome.stderr.contains("code is spent");
                            assert_eq!(said_so, code_was_sent, "{what}: {}", outcome.stderr);
                        }
                        said += 1;
                    }
                    next_run_works(&lab, &what);
                }
            }
        }
    }
    println!("{survived} failures were survived, {said} said");
    assert!(survived > 10 && said > 10, "{survived} {said}");
}

/// As on a Windows drive in WSL and on some network drives: what the file system can't do is done
/// without, and `-v` tells.
#[test]
fn what_a_file_system_cannot_do_is_done_without() {
    if !root_has(&["strace"]) {
        return;
    }
    let no_modes = Some("the file system doesn't support file modes");
    let no_lock = Some("no write lock, this file system doesn't support locks");
    for (call, error, words) in [
        ("fchmod", "EPERM", no_modes),
        ("fchmod", "EOPNOTSUPP", no_modes),
        ("flock", "ENOSYS", no_lock),
        ("flock", "EOPNOTSUPP", no_lock),
        ("fsync", "EINVAL", None),
        ("fsync", "EOPNOTSUPP", None),
        ("fallocate", "EOPNOTSUPP", None),
        ("fallocate", "ENOSYS", None),
        ("fallocate", "EPERM", None),
    ] {
        let what = format!("{error} at {call}");
        let lab = Lab::new();
        let inject = format!("inject={call}:error={error}");
        let (outcome, log) = traced(&lab, call, &["-e", &inject], &["-v"]);
        assert_eq!(outcome.code, Some(0), "{what}: {}", outcome.stderr);
        assert!(is_new(&lab, &what));
        assert!(log.contains("(INJECTED)"), "{what} never came: {log}");
        outcome.says(words.as_slice());
    }
}

/// Room that the file system can't reserve is tried by writing, also for a large file.
#[test]
fn room_is_made_sure_of_by_writing_where_it_must_be() {
    if !root_has(&["strace"]) {
        return;
    }
    let others = "[other]\nregion = eu-west-1\n".repeat(30_000);
    let unique: String = others
        .split_inclusive("[other]")
        .enumerate()
        .map(|(number, part)| part.replace("[other]", &format!("[other{number}]")))
        .collect();
    let text = format!("{}\n{unique}", long_term_section());
    let lab = Lab::with(&text);
    let inject = "inject=fallocate:error=EOPNOTSUPP";
    let (outcome, log) = traced(&lab, "fallocate,write", &["-e", inject], &[]);
    outcome.exits(0);
    let probes = log.lines().filter(|line| line.contains("\"####")).count();
    assert!(probes > 2, "{probes} in\n{log}");
    assert!(lab.credentials().starts_with(&text));
}
