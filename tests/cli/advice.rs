//! Whoever runs what a message says to run gets what they wanted: each message is provoked, its
//! command is run in a shell at a terminal, and then the first command succeeds.

use crate::support::home::{Home, set_mode};
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::run::Run;
use crate::support::tools::text;
use crate::support::{
    ACCESS_KEY_ID, ROLE, SECRET_ACCESS_KEY, SERIAL, keys_section, long_term_section,
    long_term_section_of, session_section,
};

/// Each of `setup`'s questions and the prompt for a code, with an answer.
const ANSWERS: [(&str, &str); 7] = [
    ("Access key ID: ", ACCESS_KEY_ID),
    ("Secret access key (not shown): ", SECRET_ACCESS_KEY),
    ("MFA device [arn:aws:iam::123456789012:mfa/alice]: ", SERIAL),
    ("MFA device: ", SERIAL),
    ("Session duration [12h]: ", ""),
    ("[Y/n]: ", ""),
    ("mfa/alice): ", "code"),
];

/// The commands that a message tells the user to run.
fn advised(said: &str) -> Vec<String> {
    let run = said.split("run `").skip(1);
    let run = run.filter_map(|rest| rest.split('`').next());
    let to = said.lines().filter_map(|line| {
        let (label, command) = line.strip_prefix("to ")?.split_once(": ")?;
        // These have tests of their own.
        (!["use it", "set a region"].contains(&label)).then_some(command)
    });
    let mut commands: Vec<String> = run.chain(to).map(str::to_owned).collect();
    commands.dedup();
    commands
}

/// Runs a line in a shell, at a terminal, with the environment of `run`.
#[track_caller]
fn follow(lab: &Lab, line: &str, run: Run) {
    let mut shell = lab.home.other_program("sh");
    let variables = run.into_command();
    let variables = variables
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    shell
        .args(["-c", line])
        .envs(variables.filter(|(name, _)| *name != "PATH"));
    let mut terminal = Terminal::start_command(shell);
    let questions = ANSWERS.map(|(question, _)| question);
    terminal.answers_all(&questions, |question| {
        let (_, answer) = ANSWERS
            .into_iter()
            .find(|(asked, _)| *asked == question)
            .unwrap();
        if answer == "code" {
            lab.sts.code()
        } else {
            answer.to_owned()
        }
    });
    let seen = terminal.exits(0, &[]);
    assert!(!seen.contains("error: "), "{line}: {seen}");
}

/// The commands must be these, and following the last ends the trouble.
#[track_caller]
fn leads_out(lab: &Lab, run: impl Fn() -> Run, expected: &str) {
    let said = run().hands_over().run();
    let output = format!("{}{}", said.stdout, said.stderr);
    let commands = advised(&output);
    assert_eq!(
        commands.last().map(String::as_str),
        Some(expected),
        "{output}"
    );
    follow(lab, expected, run());
    let after = run().hands_over().run().exits(0);
    assert!(advised(&after.stderr).is_empty(), "{}", after.stderr);
}

#[test]
fn a_profile_that_is_not_set_up() {
    let setup = "aws-mfa setup --profile dev";
    let run = |lab: &Lab| lab.run(&["-p", "dev"]);
    for credentials in [
        "",
        "[other]\nregion = x\n",
        &keys_section("dev"),
        &keys_section("default"),
        &long_term_section().replace("aws_secret_access_key", "old_key"),
    ] {
        let lab = Lab::with(credentials);
        leads_out(&lab, || run(&lab), setup);
    }
    let lab = Lab::at(Home::empty());
    leads_out(&lab, || run(&lab), setup);
    // Every command says the same.
    for args in [
        &["check"][..],
        &["env"],
        &["credential-process"],
        &["exec", "--", "true"],
    ] {
        let lab = Lab::with(&keys_section("dev"));
        let run = || {
            lab.run(&[&["-p", "dev"], args].concat())
                .env("PATH", "/usr/bin:/bin")
        };
        leads_out(&lab, run, setup);
    }
}

#[test]
fn a_session_that_is_due_where_nobody_can_be_asked() {
    for args in [
        &["--no-prompt"][..],
        &["env", "--no-prompt"],
        &["credential-process", "--no-prompt"],
        &["exec", "--no-prompt", "--", "true"],
    ] {
        let args = [&["-p", "dev"], args].concat();
        for (session, force) in [
            (String::new(), ""),
            (session_section(-60), ""),
            // Valid for the main job, but not for long.
            (session_section(240), " --force"),
        ] {
            if !force.is_empty() && args.len() == 3 {
                continue;
            }
            let lab = Lab::with(&(session + "\n" + &long_term_section()));
            let run = || lab.run(&args).env("PATH", "/usr/bin:/bin");
            leads_out(&lab, run, &format!("aws-mfa --profile dev{force}"));
        }
    }
    let lab = Lab::with(&(session_section(1200) + "\n" + &long_term_section()));
    let run = || lab.run(&["-p", "dev", "--no-prompt", "--min-remaining", "30m"]);
    leads_out(&lab, run, "aws-mfa --profile dev --force");
}

/// Without one of them, the advice would do something else.
#[test]
fn options_that_were_given_are_repeated() {
    let lab = Lab::with(&long_term_section().replace("mfa/alice", "mfa/other"));
    let options = [
        "--device",
        SERIAL,
        "--assume-role",
        ROLE,
        "--duration",
        "1h",
    ];
    let args = [&["-p", "dev"], &options[..], &["--no-prompt"]].concat();
    let expected =
        format!("aws-mfa --profile dev --device {SERIAL} --duration 1h --assume-role {ROLE}");
    leads_out(&lab, || lab.run(&args), &expected);

    // It is still valid, and near its end: the role stays the same.
    let stored = session_section(600) + &format!("assumed_role_arn = {ROLE}\n");
    let lab = Lab::with(&(stored + "\n" + &long_term_section()));
    let run = || lab.run(&["-p", "dev", "--assume-role", ROLE]);
    let expected = format!("aws-mfa --profile dev --assume-role {ROLE} --force");
    leads_out(&lab, run, &expected);

    let lab = Lab::at(Home::empty());
    let path = lab.home.write(
        "my credentials",
        &long_term_section().replace("long-term", "keys"),
    );
    set_mode(path.as_ref(), 0o600);
    let config = lab
        .home
        .write("my config", "[profile dev]\nregion = eu-west-1\n");
    let options = [
        "--long-term-suffix",
        "keys",
        "--short-term-suffix",
        "mfa",
        "--credentials-file",
        &path,
        "--config-file",
        &config,
        "--region",
        "us-west-2",
    ];
    let args = [&["-p", "dev", "--no-prompt"], &options[..]].concat();
    let expected = format!(
        "aws-mfa --profile dev --long-term-suffix keys --short-term-suffix mfa \
         --credentials-file '{path}' --config-file '{config}' --region us-west-2"
    );
    leads_out(&lab, || lab.run(&args), &expected);

    // `setup` stores what it is told.
    let lab = Lab::at(Home::empty());
    let run = || lab.run(&["-p", "dev", "--device", SERIAL, "--duration", "2h"]);
    let expected = format!("aws-mfa setup --profile dev --device {SERIAL} --duration 2h");
    leads_out(&lab, run, &expected);
    assert!(lab.credentials().contains("duration_seconds = 7200"));
}

#[test]
fn after_setup_and_near_the_end() {
    let lab = Lab::at(Home::empty());
    let setup = [
        "setup",
        "-p",
        "dev",
        "--access-key-id",
        ACCESS_KEY_ID,
        "--device",
        SERIAL,
        "-y",
    ];
    let said = lab
        .run(&setup)
        .stdin(SECRET_ACCESS_KEY)
        .run()
        .exits(0)
        .stderr;
    assert_eq!(advised(&said), ["aws-mfa --profile dev"]);
    follow(&lab, "aws-mfa --profile dev", lab.run(&[]));
    lab.run(&["check", "-p", "dev"]).run().exits(0);

    let lab = Lab::with(&(session_section(600) + "\n" + &long_term_section()));
    let run = || lab.run(&["-p", "dev"]);
    leads_out(&lab, run, "aws-mfa --profile dev --force");
}

#[test]
fn variables_that_come_before_the_session() {
    let lab = Lab::with(&(session_section(3600) + &long_term_section()));
    for (shell, line) in [
        ("/bin/bash", "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"),
        (
            "/usr/bin/fish",
            "set -e AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
        ),
        (
            "/usr/bin/pwsh",
            "Remove-Item Env:AWS_ACCESS_KEY_ID,Env:AWS_SECRET_ACCESS_KEY",
        ),
    ] {
        let run = lab.run(&["-p", "dev"]).env("SHELL", shell);
        let run = run
            .env("AWS_ACCESS_KEY_ID", "x")
            .env("AWS_SECRET_ACCESS_KEY", "x");
        assert_eq!(advised(&run.run().exits(0).stderr), [line]);
    }
    let mut shell = lab.home.other_program("sh");
    let script = "eval \"$(aws-mfa -p dev 2>&1 | sed -n 's/^to fix: //p')\"; aws-mfa -p dev";
    shell
        .args(["-c", script])
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_ROLE_ARN", "x");
    shell.env("AWS_WEB_IDENTITY_TOKEN_FILE", "x");
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && !said.contains("warning"),
        "{said}"
    );
}

/// A stand-in for the AWS CLI says whether the profile in that file has a session.
#[test]
fn what_is_used_is_the_session() {
    let stand_in = "#!/bin/sh\nshift 2\nexec aws-mfa check \"$@\"\n";
    for (args, variables) in [
        (&["-p", "dev"][..], &[][..]),
        (&["-p", "dev"], &[("AWS_PROFILE", "other")]),
        (
            &["-p", "dev"],
            &[("AWS_PROFILE", "dev"), ("AWS_DEFAULT_PROFILE", "other")],
        ),
        (&["-p", "dev", "--short-term-suffix", "mfa"], &[]),
        (&["-p", "dev", "--credentials-file", "my file"], &[]),
        (
            &["--credentials-file", "my file"],
            &[("AWS_PROFILE", "dev")],
        ),
    ] {
        let lab = Lab::at(Home::empty());
        let folder = lab.home.path().join(".aws");
        std::fs::create_dir(&folder).unwrap();
        let name = if args.contains(&"my file") {
            "my file"
        } else {
            ".aws/credentials"
        };
        set_mode(lab.home.write(name, &long_term_section()).as_ref(), 0o600);
        let code = lab.sts.code();
        let run = |args: &[&str]| {
            let run = lab.run(args).in_home();
            variables
                .iter()
                .fold(run, |run, (name, value)| run.env(name, value))
        };
        let said = run(&[args, &["--token", &code]].concat())
            .run()
            .exits(0)
            .stderr;
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("to use it: "));
        let line = line.unwrap_or_else(|| panic!("{args:?}: {said}"));
        let mut shell = lab.home.other_program("sh");
        lab.home.write_program("bin/aws", stand_in);
        shell.args(["-c", line]).envs(variables.iter().copied());
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    }
    // Where something else comes before it in the profile, variables reach it.
    let lab = Lab::new();
    lab.home
        .set_config("[profile dev]\nrole_arn = x\nsource_profile = dev\n");
    let said = lab.refresh(&[]).run().exits(0).stderr;
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("to use it: "));
    assert_eq!(line, Some("aws-mfa exec --profile dev -- aws s3 ls"));
    let mut shell = lab.home.other_program("sh");
    let stub = "#!/bin/sh\ncase $AWS_ACCESS_KEY_ID in ASIASANDBOX*) ;; *) exit 1;; esac\n";
    lab.home.write_program("bin/aws", stub);
    let output = shell.args(["-c", line.unwrap()]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // Nothing to say where it is used anyway.
    let lab = Lab::new();
    let run = lab
        .run(&["--token", &lab.sts.code()])
        .env("AWS_PROFILE", "dev");
    run.run().exits(0).never_says("to use it");
}

#[test]
fn a_long_term_section_is_no_profile() {
    let lab = Lab::new();
    for args in [&[][..], &["check"], &["setup"], &["clear"], &["env"]] {
        let args = [&["-p", "dev-long-term"], args].concat();
        let outcome = lab.run(&args).run().exits(1);
        outcome.says(&[
            "[dev-long-term] holds the permanent keys of profile dev",
            "hint: did you mean `--profile dev`?",
        ]);
    }
    assert_eq!(lab.credentials(), long_term_section());
}

#[test]
fn files_that_others_can_change() {
    let lab = Lab::with(&(long_term_section() + &long_term_section_of("x")));
    let path = lab.home.credentials_path();
    set_mode(&path, 0o602);
    let run = || lab.refresh(&[]);
    leads_out(&lab, run, &format!("chmod 600 {}", text(&path)));
}
