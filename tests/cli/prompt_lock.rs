//! Many callers want a session at once: one asks, the others wait for it.

use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::pty::Terminal;
use crate::support::sts::LoopbackSts;

const PROMPT: &str = "for profile dev (12h): ";

#[test]
fn ten_callers_ask_once() {
    let sts = LoopbackSts::start();
    let ops = long_term_section().replace("[dev-long-term]", "[ops-long-term]");
    let home = Home::with(&format!("{}{ops}", long_term_section()));
    let script = "for n in 1 2 3; do \"$0\" exec -p dev -- sh -c 'echo \"exec:$AWS_ACCESS_KEY_ID.\"' & done
        for n in 1 2 3; do \"$0\" env -p dev >env-$n & done
        for n in 1 2 3 4; do \"$0\" credential-process -p dev </dev/null >process-$n 2>said-$n & done
        wait; echo all-done";
    let mut run = home.run(&sts, &[]);
    run = run.env("PATH", "/usr/bin:/bin");
    let mut command = run.under("sh", &["-c", script]).into_command();
    command.current_dir(home.path());
    let mut terminal = Terminal::start_command(command);
    terminal.waits_for(PROMPT);
    terminal.waits_for("waiting for another aws-mfa (process ");
    // Nobody else's refresh is held up.
    let other = home.run(
        &sts,
        &["exec", "-p", "ops", "--token", &sts.code(), "--", "true"],
    );
    other.run().exits(0);
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    for _ in 0..3 {
        terminal.waits_for("exec:ASIASANDBOX000000002.");
    }
    terminal.waits_for("all-done");
    let seen = terminal.exits(0, &[&code]);
    assert_eq!(seen.matches("MFA code of").count(), 1, "{seen}");
    assert_eq!(sts.codes_received(), 2);
    assert!(
        !home.path().join(".cache/aws-mfa").exists(),
        "no lock stays"
    );
    for n in 1..=4 {
        let read =
            |name: &str| std::fs::read_to_string(home.path().join(format!("{name}-{n}"))).unwrap();
        assert!(read("process").contains("ASIASANDBOX000000002"));
        assert!(n == 4 || read("env").contains("'ASIASANDBOX000000002'"));
    }
}

/// SDKs hold all three streams of a credential_process.
#[test]
fn the_prompt_appears_although_the_caller_holds_all_streams() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let script = "\"$0\" credential-process -p dev </dev/null >answer 2>said; echo ended:$?.";
    let mut command = home
        .run(&sts, &[])
        .under("sh", &["-c", script])
        .into_command();
    command.current_dir(home.path());
    let mut terminal = Terminal::start_command(command);
    terminal.waits_for(PROMPT);
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.waits_for("ended:0.");
    terminal.exits(0, &[&code]);
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert!(read("answer").starts_with("{\"Version\":1,"));
    assert!(read("said").contains("new session for profile dev"));
}

/// The lock's file comes and goes with its holders: of callers that meet it at any moment, one gets the code.
#[test]
fn a_crowd_of_callers_runs_the_token_command_once() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    for round in 1..=5 {
        let command = format!("sh -c 'echo x >>asked-{round}; echo {}'", sts.code());
        let args = [
            "credential-process",
            "-p",
            "dev",
            "--token-command",
            &command,
        ];
        let callers: Vec<std::process::Child> = (0..20)
            .map(|_| {
                let mut caller = home.run(&sts, &args).into_command();
                let quiet = std::process::Stdio::null;
                caller.current_dir(home.path()).stdin(quiet());
                caller.stdout(quiet()).stderr(quiet()).spawn().unwrap()
            })
            .collect();
        for mut caller in callers {
            assert!(caller.wait().unwrap().success());
        }
        let asked = std::fs::read_to_string(home.path().join(format!("asked-{round}"))).unwrap();
        assert_eq!((asked.as_str(), sts.codes_received()), ("x\n", round));
        assert!(
            !home.path().join(".cache/aws-mfa").exists(),
            "no lock stays"
        );
        home.run_offline(&["clear", "-p", "dev"]).run().exits(0);
    }
}
