//! What AWS tools obey before the session is named above the prompt, with its line and what to do.
//! Which credentials they take is judged by botocore (`tests/python/test_precedence.py`).

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::run::Run;
use crate::support::{ROLE, SERIAL, long_term_section, session_section};

const ROLE_LINES: &str = "role_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = base\n";
const HARMLESS: &str = "region = eu-west-1\ncredential_process = false\nlogin_session = x\n";

fn warnings(said: &str) -> Vec<&str> {
    let lines = said.lines();
    lines
        .filter_map(|line| line.strip_prefix("aws-mfa: warning: "))
        .collect()
}

#[test]
fn what_comes_before_the_session_is_named_before_the_code_is_asked_for() {
    let lab = Lab::new();
    lab.home
        .set_config(&format!("[profile dev]\nregion = eu-west-1\n{ROLE_LINES}"));
    let path = lab.home.path().join(".aws").join("config");
    let warning = format!(
        "{}: line 3: because of role_arn, AWS tools will assume that role instead of using this session; \
         remove it, or use another profile for the session",
        path.display()
    );
    let run = lab.run(&["-p", "dev", "--no-prompt"]).run().exits(3);
    assert_eq!(warnings(&run.stderr), [&warning]);
    let run = lab.refresh(&[]).run().exits(0);
    assert_eq!(warnings(&run.stderr), [&warning]);
    // With the profile's name, they would assume the role.
    run.says(&["to use it: aws-mfa exec --profile dev -- aws s3 ls\n"]);
    // Each morning, as long as it is so.
    let run = lab.refresh(&["--force"]).run().exits(0);
    assert_eq!(warnings(&run.stderr), [&warning]);
    // While the session is valid, only who asks for it.
    let run = lab.run(&["-p", "dev"]).run().exits(0);
    assert!(warnings(&run.stderr).is_empty(), "{}", run.stderr);
    let run = lab.run(&["-p", "dev", "-v"]).run().exits(0);
    assert_eq!(warnings(&run.stderr), [&warning]);
    // What is handed over needs no file.
    for command in ["env", "credential-process"] {
        let args = [command, "-p", "dev", "-f", "--token", &lab.sts.code()];
        let run = lab.run(&args).hands_over().run().exits(0);
        assert!(warnings(&run.stderr).is_empty(), "{}", run.stderr);
    }
}

#[test]
fn three_warnings_at_most_unless_all_are_asked_for() {
    let lab = Lab::new();
    lab.home.set_config(&format!(
        "[profile dev]\n{ROLE_LINES}sso_account_id = 1\nregion = a\nregion = a\n[x]\n[x]\nk = v\nk = v\n"
    ));
    let run = lab.refresh(&[]).run().exits(1);
    // Its own value is needed.
    run.says(&["line 6: region appears twice in section [profile dev]"]);
    let run = lab.refresh(&["--region", "us-east-1"]).run().exits(0);
    // The AWS CLI can't read the file.
    let run = run.never_says("to use it");
    let said = warnings(&run.stderr);
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(
        said[0].contains("line 2: because of role_arn")
            && said[1].contains("line 4: because of sso")
    );
    assert!(said[2].contains("line 6: region appears twice"), "{said:?}");
    assert_eq!(
        said[3],
        "1 more: `aws-mfa --profile dev --region us-east-1 -v` shows all"
    );
    let run = lab.run(&["-p", "dev", "-v"]).run().exits(0);
    assert_eq!(warnings(&run.stderr).len(), 4, "{}", run.stderr);
}

/// Once: at a profile's first session, and with `-v`.
#[test]
fn settings_without_effect_are_named_at_the_first_session() {
    let keys = long_term_section();
    let lab = Lab::with(&keys);
    lab.home.set_config(
        "[profile dev]\nduration_seconds = 3600\nassume_role = x\nregion = eu-west-1\n\
         [profile dev-long-term]\nassume_role = y\nmfa_serial = z\n",
    );
    let run = lab.refresh(&[]).run().exits(0);
    let path = lab.home.path().join(".aws").join("config");
    let of = |line: usize, key: &str, section: &str| {
        format!(
            "{}: line {line}: {key} has no effect in [{section}]; move it to [dev-long-term] of \
             the credentials file",
            path.display()
        )
    };
    let expected = [
        of(2, "duration_seconds", "profile dev"),
        of(3, "assume_role", "profile dev"),
        of(6, "assume_role", "profile dev-long-term"),
    ];
    assert_eq!(warnings(&run.stderr), expected);
    let run = lab.refresh(&["--force"]).run().exits(0);
    assert!(warnings(&run.stderr).is_empty(), "{}", run.stderr);
    let run = lab.run(&["-p", "dev", "-v"]).run().exits(0);
    assert_eq!(warnings(&run.stderr), expected);
    // In a role's profile they are the role's.
    let lab = Lab::new();
    let role = ROLE_LINES.replace("base", "dev");
    lab.home
        .set_config(&format!("[profile dev]\n{role}duration_seconds = 3600\n"));
    let run = lab.refresh(&["-v"]).run().exits(0);
    run.never_says("has no effect");
}

#[test]
fn a_region_is_advised_where_aws_tools_find_none() {
    let first = |config: &str, credentials: &str, args: &[&str], variables: &[(&str, &str)]| {
        let lab = Lab::with(&(long_term_section() + credentials));
        lab.home.set_config(config);
        let refresh = || {
            let run = lab.refresh(&[args, &["--force"]].concat());
            let with = |run: Run, (name, value): &(&str, &str)| run.env(name, value);
            variables.iter().fold(run, with).run().exits(0)
        };
        let said = refresh().stderr;
        // Once.
        refresh().never_says("to set a region");
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("to set a region: "));
        line.map(str::to_owned)
    };
    let advice = |region: &str, profile: &str| {
        Some(format!(
            "aws configure set region {region} --profile {profile}"
        ))
    };
    let none = &[][..];
    let (us, eu) = (advice("us-east-1", "dev"), advice("eu-west-1", "dev"));
    assert_eq!(first("", "", &[], none), us);
    assert_eq!(first("[profile other]\nregion = x\n", "", &[], none), us);
    assert_eq!(first("[profile dev]\nregion =\n", "", &[], none), us);
    // Only we read that one, and only this time was the other one given.
    assert_eq!(first("", "region = eu-west-1\n", &[], none), eu);
    assert_eq!(first("", "", &["--region", "eu-west-1"], none), eu);
    // The session's profile is another one.
    let suffix = &["--short-term-suffix", "mfa"];
    let region = "region = eu-west-1\n";
    let other = advice("eu-west-1", "dev-mfa");
    assert_eq!(
        first(&format!("[profile dev]\n{region}"), "", suffix, none),
        other
    );
    assert_eq!(
        first(&format!("[profile dev-mfa]\n{region}"), "", suffix, none),
        None
    );
    // Found.
    assert_eq!(
        first(&format!("[profile dev]\n{region}"), "", &[], none),
        None
    );
    assert_eq!(
        first(
            &format!("[DEFAULT]\n{region}[profile dev]\n"),
            "",
            &[],
            none
        ),
        None
    );
    assert_eq!(first("", &format!("[DEFAULT]\n{region}"), &[], none), None);
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        assert_eq!(first("", "", &[], &[(name, "eu-west-1")]), None);
    }
    // The AWS CLI uses that profile by itself.
    assert_eq!(
        first("", "", &[], &[("AWS_PROFILE", "dev")]),
        Some("aws configure set region us-east-1".to_owned())
    );
    // Nothing could be set there.
    assert_eq!(
        first("", "", &[], &[("AWS_CONFIG_FILE", "/dev/null")]),
        None
    );
}

#[test]
fn role_profiles_that_ask_for_their_own_code_are_named() {
    let lab = Lab::new();
    let role = |name: &str, source: &str| {
        format!(
            "[profile {name}]\nrole_arn = {ROLE}\nsource_profile = {source}\nmfa_serial = {SERIAL}\n"
        )
    };
    lab.home.set_config(&format!(
        "[profile dev]\nregion = eu-west-1\n{}{}",
        role("admin", "dev"),
        role("other", "prod")
    ));
    let run = lab.refresh(&[]).run().exits(0);
    let said = warnings(&run.stderr);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("line 6: because of mfa_serial, AWS tools will ask for another MFA code"),
        "{said:?}"
    );
}

#[test]
fn variables_in_a_path_are_said_at_the_first_session() {
    let lab = Lab::new();
    let path = "$HOME/.aws/credentials";
    let refresh = |args: &[&str]| {
        lab.refresh(args)
            .env("AWS_SHARED_CREDENTIALS_FILE", path)
            .run()
    };
    let words = "AWS_SHARED_CREDENTIALS_FILE contains a variable: the AWS CLI and boto3 expand it";
    refresh(&[]).exits(0).says(&[words]);
    refresh(&["--force"]).exits(0).never_says(words);
    refresh(&["-v"]).exits(0).says(&[words]);
    assert!(lab.credentials().contains("[dev]\n"));
}

/// As files of variables, compose and systemd leave it.
#[test]
fn a_path_that_is_not_expanded_makes_no_folder() {
    for path in [
        "$NOWHERE/.aws/credentials",
        "'/tmp/x'",
        "~alice/.aws/credentials",
        "a/b/c",
    ] {
        let lab = Lab::at(Home::empty());
        let setup = [
            "setup",
            "-p",
            "dev",
            "--access-key-id",
            "AKIAIOSFODNN7EXAMPLE",
        ];
        let run = lab.run(&[&setup[..], &["--device", SERIAL, "-y"]].concat());
        let run = run.env("AWS_SHARED_CREDENTIALS_FILE", path).in_home();
        run.stdin("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
            .run()
            .exits(1);
        let left = std::fs::read_dir(lab.home.path()).unwrap().count();
        assert_eq!(left, 0, "{path}");
        assert_eq!(lab.sts.connections(), 0);
    }
}

#[test]
fn what_comes_after_the_session_is_never_mentioned() {
    let home = Home::with(&(session_section(3600) + &long_term_section()));
    home.set_config(&format!("[profile dev]\n{HARMLESS}"));
    let run = home.run_offline(&["-p", "dev", "-v"]).run().exits(0);
    assert!(warnings(&run.stderr).is_empty(), "{}", run.stderr);
}
