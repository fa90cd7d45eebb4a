//! Death and failure at any moment: strace kills the program, or fails its system call, at each call that touches files in
//! turn. Afterwards the file is the old one or the new one, whole, and the next run works.

use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::run::Outcome;
use crate::support::sts::LoopbackSts;
use crate::support::tools::{root_has, text};

/// Everything that creates, changes, syncs, renames or removes a file.
const CALLS: [&str; 14] = [
    "openat",
    "write",
    "pwrite64",
    "writev",
    "fsync",
    "fdatasync",
    "rename",
    "renameat2",
    "fchmod",
    "fchown",
    "unlink",
    "unlinkat",
    "flock",
    "ftruncate",
];

/// A refresh under strace with this fault injected.
fn refresh_with(home: &Home, sts: &LoopbackSts, call: &str, fault: &str) -> Outcome {
    let log = home.path().join("strace");
    let inject = format!("inject={call}:{fault}");
    let run = home.run(sts, &["-p", "dev", "--token", &sts.code()]);
    run.under(
        "strace",
        &[
            "-f",
            "-qq",
            "-o",
            text(&log),
            "-e",
            &format!("trace={call}"),
            "-e",
            &inject,
        ],
    )
    .run()
}

/// The lines that strace writes of a refresh's calls of this name.
fn trace(sts: &LoopbackSts, call: &str) -> Vec<String> {
    let home = Home::with(&long_term_section());
    let log = home.path().join("strace");
    let run = home.run(sts, &["-p", "dev", "--token", &sts.code()]);
    run.under(
        "strace",
        &[
            "-f",
            "-qq",
            "-y",
            "-o",
            text(&log),
            "-e",
            &format!("trace={call}"),
        ],
    )
    .run()
    .exits(0);
    let log = std::fs::read_to_string(log).unwrap();
    log.lines()
        .filter(|line| line.contains(&format!(" {call}(")))
        .map(str::to_owned)
        .collect()
}

/// How often a refresh makes this system call.
fn count(sts: &LoopbackSts, call: &str) -> usize {
    trace(sts, call).len()
}

/// Which of the calls of this name (counted from 1) concern a file in the `.aws` folder.
fn numbers(sts: &LoopbackSts, call: &str) -> Vec<usize> {
    let lines = trace(sts, call);
    (1..=lines.len())
        .filter(|number| lines[number - 1].contains("/.aws/"))
        .collect()
}

/// Whether the file is the new one; it must be the old or the new one, whole.
#[track_caller]
fn is_new(home: &Home, what: &str) -> bool {
    let after = home.credentials();
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

/// Files left behind, besides those that belong there.
fn left_behind(home: &Home) -> Vec<String> {
    home.files()
        .into_iter()
        .filter(|name| name != "credentials" && name != ".credentials.aws-mfa.lock")
        .collect()
}

#[track_caller]
fn next_run_works(home: &Home, sts: &LoopbackSts, what: &str) {
    let outcome = home
        .run(sts, &["-f", "-p", "dev", "--token", &sts.code()])
        .run();
    assert_eq!(
        outcome.code,
        Some(0),
        "{what}, next run: {}",
        outcome.stderr
    );
}

#[test]
fn killed_at_any_system_call() {
    if !root_has(&["strace"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let (mut kills, mut new) = (0, 0);
    let mut made = Vec::new();
    for call in CALLS {
        let count = count(&sts, call);
        if count > 0 {
            made.push(call);
        }
        for number in 1..=count {
            let what = format!("killed at {call} {number}");
            let home = Home::with(&long_term_section());
            let outcome = refresh_with(&home, &sts, call, &format!("signal=KILL:when={number}"));
            assert_ne!(outcome.code, Some(0), "{what}");
            kills += 1;
            new += usize::from(is_new(&home, &what));
            next_run_works(&home, &sts, &what);
        }
    }
    println!(
        "{kills} kills: {new} times the new file, {} times the old one",
        kills - new
    );
    assert!(new > 0 && new < kills, "{kills} {new}");
    for essential in ["openat", "flock", "write", "fsync", "rename"] {
        assert!(made.contains(&essential), "no {essential} among {made:?}");
    }
}

#[test]
fn what_it_creates_is_private_from_the_start() {
    if !root_has(&["strace"]) {
        return;
    }
    let created: Vec<String> = trace(&LoopbackSts::start(), "openat")
        .into_iter()
        .filter(|line| line.contains("O_CREAT"))
        .collect();
    assert!(!created.is_empty());
    for line in created {
        assert!(line.contains(", 0600)"), "{line}");
    }
}

#[test]
fn ended_by_a_signal_that_can_be_caught() {
    if !root_has(&["strace"]) {
        return;
    }
    let sts = LoopbackSts::start();
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        for call in ["openat", "write", "fsync", "rename", "fchmod"] {
            // Those at the end: the calls that write the file.
            let calls = count(&sts, call);
            for number in calls.saturating_sub(6).max(1)..=calls {
                let what = format!("SIG{signal} at {call} {number}");
                let home = Home::with(&long_term_section());
                refresh_with(&home, &sts, call, &format!("signal={signal}:when={number}"));
                is_new(&home, &what);
                assert!(
                    left_behind(&home).is_empty(),
                    "{what}: {:?}",
                    left_behind(&home)
                );
                next_run_works(&home, &sts, &what);
            }
        }
    }
}

#[test]
fn one_failure_is_tried_again_and_a_lasting_one_is_said() {
    if !root_has(&["strace"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let (mut survived, mut said) = (0, 0);
    for (error, words) in [
        ("ENOSPC", "No space left on device"),
        ("EIO", "Input/output error"),
        ("EDQUOT", "Disk quota exceeded"),
    ] {
        for call in ["openat", "fsync", "rename", "fchmod", "write"] {
            for number in numbers(&sts, call) {
                // Opening files fails once: for good it would fail everything else, too.
                let lasting: &[&str] = if call == "openat" { &[""] } else { &["", "+"] };
                for lasting in lasting {
                    let what = format!("{error} at {call} {number}{lasting}");
                    let home = Home::with(&long_term_section());
                    let codes = sts.codes_received();
                    let outcome = refresh_with(
                        &home,
                        &sts,
                        call,
                        &format!("error={error}:when={number}{lasting}"),
                    );
                    let code_was_sent = sts.codes_received() > codes;
                    assert!(
                        left_behind(&home).is_empty(),
                        "{what}: {:?}",
                        left_behind(&home)
                    );
                    if is_new(&home, &what) {
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
                    next_run_works(&home, &sts, &what);
                }
            }
        }
    }
    println!("{survived} failures were survived, {said} said");
    assert!(survived > 10 && said > 10, "{survived} {said}");
}

/// As on a Windows drive in WSL and on some network drives: what the file system can't do is done without, and `-v` tells.
#[test]
fn what_a_file_system_cannot_do_is_done_without() {
    if !root_has(&["strace"]) {
        return;
    }
    let sts = LoopbackSts::start();
    for (call, error, words) in [
        (
            "fchmod",
            "EPERM",
            Some("the file system doesn't take modes"),
        ),
        (
            "fchmod",
            "EOPNOTSUPP",
            Some("the file system doesn't take modes"),
        ),
        (
            "flock",
            "ENOSYS",
            Some("no write lock, this file system has none"),
        ),
        (
            "flock",
            "EOPNOTSUPP",
            Some("no write lock, this file system has none"),
        ),
        ("fsync", "EINVAL", None),
        ("fsync", "EOPNOTSUPP", None),
    ] {
        let what = format!("{error} at {call}");
        let home = Home::with(&long_term_section());
        let log = home.path().join("strace");
        let inject = format!("inject={call}:error={error}");
        let trace = format!("trace={call}");
        let run = home.run(&sts, &["-v", "-p", "dev", "--token", &sts.code()]);
        let args = ["-f", "-qq", "-o", text(&log), "-e", &trace, "-e", &inject];
        let outcome = run.under("strace", &args).run();
        assert_eq!(outcome.code, Some(0), "{what}: {}", outcome.stderr);
        assert!(is_new(&home, &what));
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.contains("(INJECTED)"), "{what} never came: {log}");
        outcome.says(words.as_slice());
    }
}
