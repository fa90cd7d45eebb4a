//! What the process has and leaves: rights, limits, core files, signals. Linux, some of it as root.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::pty::{Signal, Terminal, WaitStatus};
use crate::support::run::copy_program;
use crate::support::tools::{root_has, text, tool};
use crate::support::{PROMPT, long_term_section, wait_until};

/// Runs a copy of the program, prepared by a tool, as a user without rights.
#[track_caller]
fn is_refused(prepare: &[&str], args: &[&str], words: &[&str]) {
    let home = Home::with_session();
    let copy = home.path().join("program");
    copy_program(&copy);
    tool("chmod", &["755", text(home.path()), text(&copy)]);
    tool(prepare[0], &[&prepare[1..], &[text(&copy)]].concat());
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(args)
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_MFA_COMPLETE", "bash")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{prepare:?} {args:?}: {said}"
    );
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(said.contains(word), "{prepare:?}: {said}");
    }
}

#[test]
fn a_program_with_more_rights_than_its_user_does_nothing() {
    if !root_has(&["setpriv", "setcap"]) {
        return;
    }
    // The last one would be answered by completion.
    for args in [
        &["-p", "dev"][..],
        &["check"],
        &["--version"],
        &["--", "aws-mfa", ""],
    ] {
        is_refused(
            &["chmod", "u+s"],
            args,
            &["by user 65534 with the rights of user 0", "chmod u-s"],
        );
        is_refused(
            &["chmod", "g+s"],
            args,
            &["by group 65534 with the rights of group 0", "chmod g-s"],
        );
        is_refused(
            &["setcap", "cap_dac_read_search+ep"],
            args,
            &["with capabilities that its file gives", "setcap -r"],
        );
    }
}

/// What a parent hands down isn't the file's.
#[test]
fn ambient_capabilities_are_no_danger() {
    if !root_has(&["setpriv"]) {
        return;
    }
    let home = Home::with_session();
    home.run_offline(&["-p", "dev"])
        .under(
            "setpriv",
            &[
                "--inh-caps=+net_bind_service",
                "--ambient-caps=+net_bind_service",
            ],
        )
        .env("PATH", "/usr/bin:/bin")
        .run()
        .exits(0);
}

/// A refresh of profile `dev` under a limit of the system, as a user without rights.
fn limited(lab: &Lab, limit: &str, args: &[&str]) -> crate::support::run::Outcome {
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    let run = lab.run(&[&["-p", "dev"], args].concat()).never_as_root();
    run.under("sh", &["-c", &script]).run()
}

#[test]
fn limits_of_the_system_are_told_as_such() {
    if !root_has(&["setpriv"]) {
        return;
    }
    for files in [4, 6, 8, 10, 12, 16, 24, 32, 48, 64] {
        let lab = Lab::new();
        let code = lab.sts.code();
        let outcome = limited(&lab, &format!("-n {files}"), &["--token", &code]);
        if outcome.code == Some(0) {
            assert!(lab.credentials().contains("ASIASANDBOX"));
        } else {
            assert_eq!(lab.sts.connections(), 0, "-n {files}");
            outcome
                .exits(1)
                .says(&["Too many open files"])
                .never_says("a bug");
        }
    }
    let lab = Lab::new();
    limited(&lab, "-n 8", &["--token", "123456"]).says(&[
        "cannot open enough files",
        "hint: raise the limit of the system (`ulimit -n` shows it)",
    ]);
}

#[test]
fn threads_that_cannot_be_started_are_no_bug() {
    if !root_has(&["prlimit", "setpriv"]) {
        return;
    }
    // Threads of other runs of the same user count, so this user is one that nobody else is.
    for threads in ["1", "2", "4"] {
        let lab = Lab::new();
        let limit = format!("--nproc={threads}");
        let run = lab
            .run(&["-p", "dev", "--token", "123456"])
            .never_as_root_but(54321);
        run.under("prlimit", &[&limit]).run().exits(1).says(&[
            "cannot start enough threads",
            "hint: raise the limit of the system (`ulimit -u` shows it)",
        ]);
        assert_eq!(lab.sts.connections(), 0);
    }
}

#[test]
fn a_clock_before_1970_is_told_as_such() {
    if !root_has(&["faketime"]) {
        return;
    }
    let lab = Lab::new();
    lab.refresh(&[])
        .under("faketime", &["1969-01-01 00:00:00"])
        .env("PATH", "/usr/bin:/bin")
        .run()
        .exits(1)
        .says(&[
            "this computer's clock is wrong: it shows the year 1969",
            "hint: set it",
        ]);
    assert_eq!(lab.sts.connections(), 0);
}

/// Secrets are in memory.
#[test]
fn no_core_file_is_left() {
    let lab = Lab::new();
    let script = "ulimit -c unlimited && exec \"$0\" \"$@\"";
    let mut terminal = Terminal::start_from_script(lab.run(&["-p", "dev"]), script);
    terminal.waits_for(PROMPT);
    terminal.signal(Signal::SIGQUIT);
    let (seen, status) = terminal.ends(&[]);
    let is_expected = matches!(status, WaitStatus::Signaled(_, Signal::SIGQUIT, false));
    assert!(is_expected, "{status:?}: {seen}");
}

/// The rehearsal finds it; the shell would show "File size limit exceeded".
#[test]
fn a_limit_of_file_sizes_is_told_as_such() {
    for blocks in ["0", "4", "40"] {
        let lab = Lab::new();
        let script = format!("ulimit -f {blocks} && exec \"$0\" \"$@\"");
        let run = lab.refresh(&[]).under("sh", &["-c", &script]);
        run.run()
            .exits(1)
            .says(&["File too large", "no code was used"]);
        assert_eq!(lab.sts.codes_received(), 0);
        assert_eq!(lab.credentials(), long_term_section());
    }
}

/// Some daemons start their children like this.
#[test]
fn commands_are_waited_for_although_that_signal_was_ignored() {
    let lab = Lab::new();
    let command = format!("sh -c 'echo {}'", lab.sts.code());
    let script = "trap '' CHLD && exec \"$0\" \"$@\"";
    let run = lab.run(&["-p", "dev", "--token-command", &command]);
    run.under("bash", &["-c", script]).run().exits(0);
}

/// Standard error is full, so the thread that signals are for waits for its reader.
#[test]
fn a_signal_ends_a_run_that_is_blocked() {
    let lab = Lab::new();
    let command = "sh -c 'seq 100000 >&2; sleep 60'";
    let mut command = lab
        .run(&["-p", "dev", "--token-command", command])
        .into_command();
    let mut child = command
        .stderr(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    std::thread::sleep(Duration::from_secs(1));
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    wait_until("it ends", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

/// `nohup`, and background jobs of shells without job control, ignore signals.
#[test]
fn what_was_ignored_stays_ignored() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let script = "trap '' HUP INT && exec \"$0\" \"$@\"";
    let args = ["-p", "dev", "--token", &code, "exec", "--"];
    let seen = ["sed", "-n", "s/SigIgn:\\t//p", "/proc/self/status"];
    let run = lab.run(&[&args[..], &seen].concat());
    let outcome = run.under("sh", &["-c", script]).run().exits(0);
    let ignored = u64::from_str_radix(outcome.stdout.trim(), 16).unwrap();
    // Signals 1 and 2.
    assert_eq!(ignored & 0b11, 0b11, "{}", outcome.stdout);
    assert_eq!(lab.sts.codes_received(), 1);
}
