//! However a prompt ends, the terminal shows again what is typed, and half a code doesn't reach the
//! shell. On a real pseudo-terminal, with a real shell.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::relay::Relay;
use crate::support::run::Run;
use crate::support::sts::Fault;
use crate::support::tools::has;
use crate::support::{PROMPT, deleted_long_term_section, long_term_section, wait_until};

/// A shell that outlives the program, says how it ended, and reads what is typed next.
const SHELL: &str =
    "trap : INT TERM HUP QUIT; sh -c 'echo \"pid:$$.\"; exec \"$0\" \"$@\"' \"$0\" \"$@\"
echo \"ended:$?.\"; IFS= read -r line; echo \"read:[$line]\"";

/// The program at its prompt in such a shell, with half a code typed.
fn half_typed(run: Run) -> (Terminal, Pid) {
    let mut terminal = Terminal::start_from_script(run, SHELL);
    terminal.waits_for("pid:");
    let pid = terminal.waits_for(".").parse().unwrap();
    terminal.waits_for(PROMPT);
    assert!(!terminal.echoes());
    terminal.types_half("7zz7");
    (terminal, Pid::from_raw(pid).unwrap())
}

/// The program has ended so, and the shell has the terminal to itself.
#[track_caller]
fn is_the_shells_again(mut terminal: Terminal, status: i32) -> String {
    let before = terminal.waits_for(&format!("ended:{status}."));
    assert!(terminal.echoes());
    terminal.types("next\n");
    terminal.waits_for("read:[next]");
    terminal.exits(0, &["7zz7"]);
    before
}

#[test]
fn the_terminal_is_restored_after_a_withdrawal() {
    let lab = Lab::with(&deleted_long_term_section());
    let far_away = Relay::start(lab.sts.address(), Duration::from_secs(1));
    let (terminal, _) = half_typed(lab.run_through(&far_away, &["-p", "dev"]));
    let seen = is_the_shells_again(terminal, 1);
    assert!(seen.contains("InvalidClientTokenId"), "{seen}");
    assert_eq!(lab.sts.codes_received(), 0);
}

#[test]
fn the_terminal_is_restored_after_keys_that_end_the_prompt() {
    let lab = Lab::new();
    for (keys, status) in [("c", 130), ("\\", 131), ("dd", 130)] {
        let (mut terminal, _) = half_typed(lab.run(&["-p", "dev"]));
        for key in keys.chars() {
            terminal.types_control(key);
        }
        is_the_shells_again(terminal, status);
    }
    assert_eq!(lab.sts.codes_received(), 0);
}

#[test]
fn the_terminal_is_restored_after_signals() {
    let lab = Lab::new();
    for (signal, status) in [
        (Signal::INT, 130),
        (Signal::TERM, 143),
        (Signal::HUP, 129),
        (Signal::QUIT, 131),
    ] {
        let (terminal, pid) = half_typed(lab.run(&["-p", "dev"]));
        kill_process(pid, signal).unwrap();
        is_the_shells_again(terminal, status);
    }
    assert_eq!(lab.sts.codes_received(), 0);
    assert_eq!(lab.credentials(), long_term_section());
}

/// Ctrl-S: nothing can be written there.
#[test]
fn a_stopped_terminal_is_restored_after_a_signal() {
    let lab = Lab::new();
    let (mut terminal, pid) = half_typed(lab.run(&["-p", "dev"]));
    terminal.types_control('s');
    terminal.types_half("7");
    kill_process(pid, Signal::TERM).unwrap();
    terminal.waits_for_echo(true);
    terminal.types_control('q');
    is_the_shells_again(terminal, 143);
}

/// What stands behind the code in the clipboard isn't a command.
#[test]
fn what_was_pasted_after_the_code_does_not_reach_the_shell() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let mut terminal = Terminal::start_from_script(lab.run(&["-p", "dev"]), SHELL);
    terminal.waits_for(PROMPT);
    terminal.types(&format!("{code}\ntouch pasted\nhalf a line"));
    is_the_shells_again(terminal, 0);
    assert_eq!(lab.sts.codes_received(), 1);
}

/// Unlike Ctrl-Z, it can't be handled: the shell shows again what is typed, also after `fg`.
#[test]
fn the_code_stays_hidden_after_a_stop_that_cannot_be_handled() {
    let lab = Lab::new();
    let (mut terminal, pid) = half_typed(lab.run(&["-p", "dev"]));
    for _ in 0..2 {
        kill_process(pid, Signal::STOP).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        terminal.shows_what_is_typed();
        kill_process(pid, Signal::CONT).unwrap();
        terminal.waits_for(PROMPT);
        assert!(!terminal.echoes());
        terminal.types_half("7zz7");
    }
    terminal.types_control('u');
    let code = lab.sts.code();
    terminal.types(&format!("{code}\n"));
    is_the_shells_again(terminal, 0);
}

/// strace makes the runtime's wait for events fail, at which it panics.
#[test]
#[cfg(target_os = "linux")]
fn the_terminal_is_restored_after_a_panic() {
    if !has(&["strace"]) {
        return;
    }
    let lab = Lab::new();
    let far_away = Relay::start(lab.sts.address(), Duration::from_secs(2));
    let inject = "-einject=epoll_wait,epoll_pwait:error=EBADF:when=4+";
    let run = lab.run_through(&far_away, &["-p", "dev"]);
    let (terminal, _) = half_typed(run.under("strace", &["-o/dev/null", inject]));
    let seen = is_the_shells_again(terminal, 1);
    assert!(seen.contains("aws-mfa: error: a bug in aws-mfa"), "{seen}");
    assert!(seen.contains("hint: please report this bug"), "{seen}");
    assert!(!seen.contains("Bad file descriptor"), "{seen}");
}

/// An interactive shell with job control.
fn shell(run: Run) -> Terminal {
    let mut terminal =
        Terminal::start_from_script(run.env("PS1", "READY> "), "aws=\"$0\" exec sh -i");
    terminal.waits_for("READY> ");
    terminal
}

#[test]
fn ctrl_z_and_fg() {
    let lab = Lab::new();
    let mut terminal = shell(lab.run(&[]));
    terminal.types("\"$aws\" -p dev\n");
    terminal.waits_for(PROMPT);
    for resume in ["fg\n", "bg\n"] {
        assert!(!terminal.echoes());
        terminal.types_half("7zz7");
        terminal.types_control('z');
        terminal.waits_for("Stopped");
        terminal.waits_for("READY> ");
        assert!(terminal.echoes());
        terminal.types("echo shell-$((1+1))\n");
        terminal.waits_for("shell-2");
        terminal.waits_for("READY> ");
        terminal.types(resume);
        if resume == "bg\n" {
            // It asks for the terminal, and so is stopped again.
            terminal.waits_for("READY> ");
            terminal.types("jobs\n");
            while !terminal.waits_for("READY> ").contains("Stopped") {
                terminal.types("jobs\n");
            }
            terminal.types("fg\n");
        }
        terminal.waits_for(PROMPT);
    }
    let code = lab.sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.waits_for("new session for profile dev");
    terminal.waits_for("READY> ");
    assert!(terminal.echoes());
    terminal.types("exit\n");
    terminal.exits(0, &["7zz7", &code]);
}

/// bash and zsh take a job that was continued for running, and don't tell it that it is fetched.
#[test]
fn the_code_stays_hidden_after_a_stop_and_bg() {
    let interactive = [("bash", "--norc -i"), ("zsh", "-fi"), ("dash", "-i")];
    for (shell_name, options) in interactive {
        if !has(&[shell_name]) {
            continue;
        }
        for go_on in ["bg", "kill -CONT %1", "kill -CONT %1; fg"] {
            // dash leaves the terminal as it was: nothing is to be done.
            if shell_name == "dash" && go_on.ends_with("fg") {
                continue;
            }
            let lab = Lab::new();
            let mut terminal = Terminal::start_from_script(
                lab.run(&[]).env("PS1", "READY> ").env("TERM", "dumb"),
                &format!("aws=\"$0\" exec {shell_name} {options}"),
            );
            terminal.waits_for("READY> ");
            let pid = starts_as_job(&mut terminal);
            kill_process(pid, Signal::STOP).unwrap();
            terminal.waits_for("READY> ");
            terminal.types(&format!("{go_on}\n"));
            if !go_on.ends_with("fg") {
                terminal.waits_for("READY> ");
                std::thread::sleep(Duration::from_millis(400));
                terminal.types("fg\n");
            }
            terminal.waits_for(PROMPT);
            assert!(!terminal.echoes(), "{shell_name}: {go_on}");
            // Once is enough.
            terminal.types_half("7zz7");
            terminal.types_control('z');
            terminal.waits_for("READY> ");
            terminal.types("fg\n");
            terminal.waits_for(PROMPT);
            assert!(!terminal.echoes(), "{shell_name}: {go_on}");
            let code = lab.sts.code();
            terminal.types(&format!("{code}\n"));
            terminal.waits_for("new session for profile dev");
            terminal.waits_for("READY> ");
            terminal.types("exit\n");
            terminal.exits(0, &["7zz7", &code]);
        }
    }
}

/// Starts the program from an interactive shell; it is at its prompt then.
fn starts_as_job(terminal: &mut Terminal) -> Pid {
    terminal.types("sh -c 'printf \"%s:%s.\" pid $$; exec \"$aws\" -p dev'\n");
    terminal.waits_for("pid:");
    let pid = terminal.waits_for(".").parse().unwrap();
    terminal.waits_for(PROMPT);
    Pid::from_raw(pid).unwrap()
}

/// The text was typed before the program knew that it has the terminal again.
#[test]
fn a_code_that_was_shown_is_not_taken() {
    let lab = Lab::new();
    let mut terminal = lab.asks();
    terminal.shows_what_is_typed();
    terminal.types("123456\n");
    terminal.waits_for(PROMPT);
    assert!(!terminal.echoes());
    lab.types_code(terminal);
    assert_eq!(lab.sts.codes_received(), 1);
}

/// Its shell is gone, but not the terminal, and it can't be told by SIGHUP.
#[test]
fn a_prompt_that_nobody_can_fetch_ends() {
    let lab = Lab::new();
    let script = "aws=\"$0\" sh -i; echo \"shell:gone.\"; exec sleep 60";
    let run = lab.run(&[]).env("PS1", "READY> ");
    let mut terminal = Terminal::start_from_script(run, script);
    terminal.waits_for("READY> ");
    terminal.types("trap '' HUP\n");
    terminal.waits_for("READY> ");
    let pid = starts_as_job(&mut terminal);
    terminal.types_control('z');
    terminal.waits_for("READY> ");
    terminal.types("kill -KILL $$\n");
    terminal.waits_for("shell:gone.");
    wait_until("the end of the program", || test_kill_process(pid).is_err());
    terminal.signal(crate::support::pty::Signal::SIGTERM);
    terminal.ends(&[]);
}

/// The shell has the terminal then, and touching it would stop the process again.
#[test]
fn a_stopped_prompt_can_be_ended() {
    let lab = Lab::new();
    for (kill, end) in [
        ("kill %1", "Terminated"),
        ("kill -HUP %1", "Hangup"),
        ("bg; sleep 1; kill %1", "Terminated"),
    ] {
        let mut terminal = shell(lab.run(&[]));
        terminal.types("\"$aws\" -p dev\n");
        terminal.waits_for(PROMPT);
        terminal.types_control('z');
        terminal.waits_for("READY> ");
        terminal.types(&format!("{kill}; kill -CONT %1; sleep 1; jobs\n"));
        terminal.waits_for(end);
        terminal.waits_for("READY> ");
        assert!(terminal.echoes());
        terminal.types("exit\n");
        terminal.exits(0, &[]);
    }
}

#[test]
fn ctrl_z_while_waiting_for_aws() {
    let lab = Lab::new();
    lab.sts.misbehave("GetCallerIdentity", Fault::NoAnswer);
    let mut terminal = shell(lab.run(&[]));
    terminal.types("\"$aws\" -p dev --token 123456\n");
    terminal.waits_for("waiting for 127.0.0.1");
    let job = terminal.foreground();
    terminal.types_control('z');
    terminal.waits_for("Stopped");
    terminal.waits_for("READY> ");
    terminal.types("fg\n");
    wait_until("it has the terminal", || terminal.foreground() == job);
    terminal.types_control('c');
    terminal.waits_for("READY> ");
    terminal.types("echo ended-$?; exit 0\n");
    terminal.waits_for("ended-130");
    terminal.exits(0, &[]);
}

/// Where no shell could let it go on, Ctrl-Z must not stop it for ever.
#[test]
fn ctrl_z_without_a_shell() {
    let lab = Lab::new();
    let mut terminal = lab.asks();
    terminal.types_control('z');
    terminal.waits_for(PROMPT);
    lab.types_code(terminal);
}

#[test]
fn a_background_job_is_not_stopped() {
    let lab = Lab::new();
    let mut terminal = shell(lab.run(&[]));
    terminal.types("\"$aws\" -p dev </dev/tty & wait $!; echo ended-$?\n");
    terminal.waits_for("nobody can be asked for the MFA code here");
    terminal.waits_for("ended-3");
    terminal.types("exit\n");
    terminal.exits(0, &[]);
    assert_eq!(lab.sts.connections(), 0);
}

/// The window is closed: the program ends, and its shell sees why.
#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_goes_away() {
    use crate::support::pty::open_pty;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use std::process::Stdio;

    const LONGEST_WAIT: Timespec = Timespec {
        tv_sec: 20,
        tv_nsec: 0,
    };
    let lab = Lab::new();
    let (master, slave) = open_pty();
    let script = "trap : HUP; \"$0\" \"$@\"; echo $? >status";
    let mut command = lab
        .run(&["-p", "dev"])
        .under("sh", &["-c", script])
        .under("setsid", &["--ctty"])
        .in_home()
        .env("PATH", "/usr/bin:/bin")
        .into_command();
    command
        .stdin(slave.try_clone().unwrap())
        .stdout(slave.try_clone().unwrap())
        .stderr(Stdio::from(slave));
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(PROMPT) {
        let mut waiting = [PollFd::new(&master, PollFlags::IN)];
        let ready = poll(&mut waiting, Some(&LONGEST_WAIT)).unwrap();
        assert_eq!(ready, 1, "no prompt: {}", String::from_utf8_lossy(&seen));
        let mut buffer = [0; 4096];
        let count = rustix::io::read(&master, &mut buffer).unwrap();
        seen.extend(&buffer[..count]);
    }
    rustix::io::write(&master, b"7zz7").unwrap();
    drop(master);
    child.wait().unwrap();
    assert_eq!(lab.home.read("status"), "129\n");
    assert_eq!(lab.sts.codes_received(), 0);
}
