//! Many callers want a session at once: one asks, the others wait for it.

use std::process::{Child, Stdio};

use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::{PROMPT, long_term_section, long_term_section_of};

/// The lock's file goes with its last holder.
#[track_caller]
fn no_lock_stays(lab: &Lab) {
    assert!(!lab.home.path().join(".cache/aws-mfa").exists());
}

#[test]
fn ten_callers_ask_once() {
    let ops = long_term_section_of("ops");
    let lab = Lab::with(&format!("{}{ops}", long_term_section()));
    let script = "
        for n in 1 2 3; do \"$0\" exec -p dev -- sh -c 'echo \"exec:$AWS_ACCESS_KEY_ID.\"' & done
        for n in 1 2 3; do \"$0\" env -p dev >env-$n & done
        for n in 1 2 3 4; do
            \"$0\" credential-process -p dev </dev/null >process-$n 2>said-$n &
        done
        wait; echo all-done";
    let mut terminal = Terminal::start_from_script(lab.run(&[]), script);
    terminal.waits_for(PROMPT);
    terminal.waits_for("waiting for another aws-mfa (process ");
    // Nobody else's refresh is held up.
    let code = lab.sts.code();
    lab.run(&["exec", "-p", "ops", "--token", &code, "--", "true"])
        .run()
        .exits(0);
    let code = lab.sts.code();
    terminal.types(&format!("{code}\n"));
    for _ in 0..3 {
        terminal.waits_for("exec:ASIASANDBOX000000002.");
    }
    terminal.waits_for("all-done");
    let seen = terminal.exits(0, &[&code]);
    assert_eq!(seen.matches("MFA code for dev").count(), 1, "{seen}");
    assert_eq!(lab.sts.codes_received(), 2);
    no_lock_stays(&lab);
    for n in 1..=4 {
        let read = |name: &str| lab.home.read(&format!("{name}-{n}"));
        assert!(read("process").contains("ASIASANDBOX000000002"));
        assert!(n == 4 || read("env").contains("'ASIASANDBOX000000002'"));
    }
}

/// As a build that starts hundreds of tools at once.
#[test]
fn two_hundred_callers_need_one_code() {
    let lab = Lab::new();
    let script = "
        for n in $(seq 200); do
            \"$0\" exec -p dev -- sh -c 'echo \"$AWS_ACCESS_KEY_ID\"' 2>>said >>sessions &
        done
        wait; echo all-done";
    let mut terminal = Terminal::start_from_script(lab.run(&[]), script);
    terminal.waits_for(PROMPT);
    let code = lab.sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.waits_for("all-done");
    terminal.exits(0, &[&code]);
    assert_eq!(
        lab.home.read("sessions"),
        "ASIASANDBOX000000001\n".repeat(200)
    );
    assert_eq!(lab.sts.codes_received(), 1);
    no_lock_stays(&lab);
}

/// SDKs hold all three streams of a credential_process.
#[test]
fn the_prompt_appears_although_the_caller_holds_all_streams() {
    let lab = Lab::new();
    let script = "\"$0\" credential-process -p dev </dev/null >answer 2>said; echo ended:$?.";
    let mut terminal = Terminal::start_from_script(lab.run(&[]), script);
    terminal.waits_for(PROMPT);
    let code = lab.sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.waits_for("ended:0.");
    terminal.exits(0, &[&code]);
    assert!(lab.home.read("answer").starts_with("{\"Version\":1,"));
    let said = lab.home.read("said");
    assert!(said.contains("new session for profile dev"), "{said}");
}

/// The lock's file comes and goes with its holders: of callers that meet it at any moment, one gets
/// the code.
#[test]
fn a_crowd_of_callers_runs_the_token_command_once() {
    let lab = Lab::new();
    for round in 1..=5 {
        let command = format!("sh -c 'echo x >>asked-{round}; echo {}'", lab.sts.code());
        let args = [
            "credential-process",
            "-p",
            "dev",
            "--token-command",
            &command,
        ];
        let callers: Vec<Child> = (0..20)
            .map(|_| {
                let mut caller = lab.run(&args).in_home().into_command();
                caller.stdin(Stdio::null()).stdout(Stdio::null());
                caller.stderr(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for mut caller in callers {
            assert!(caller.wait().unwrap().success());
        }
        let asked = lab.home.read(&format!("asked-{round}"));
        assert_eq!((asked.as_str(), lab.sts.codes_received()), ("x\n", round));
        no_lock_stays(&lab);
        lab.home.run_offline(&["clear", "-p", "dev"]).run().exits(0);
    }
}
