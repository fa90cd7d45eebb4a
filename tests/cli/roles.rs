//! Role profiles: one code, then any role, by the session of the profile that they take their
//! credentials from.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::run::{Outcome, program};
use crate::support::sts::{Fault, Trust};
use crate::support::{
    ISSUED_TOKEN, SERIAL, USER, long_term_section, long_term_section_of, session_section,
};

const ADMIN: &str = "arn:aws:iam::123456789012:role/admin2";
const AUDIT: &str = "arn:aws:iam::210987654321:role/audit";

const CONFIG: &str = "\
[profile dev]
region = eu-west-1
[profile admin]
role_arn = arn:aws:iam::123456789012:role/admin2
source_profile = dev
external_id = some:id
role_session_name = alice-at-work
region = us-west-2
[profile audit]
role_arn = arn:aws:iam::210987654321:role/audit
source_profile = admin
";

/// With roles that trust the user with MFA, and one that trusts the other.
fn lab(config: &str) -> Lab {
    let lab = Lab::new();
    lab.home.set_config(config);
    let trust = |principal: &str, needs_mfa, external_id: Option<&str>| Trust {
        principal: principal.to_owned(),
        needs_mfa,
        external_id: external_id.map(str::to_owned),
    };
    lab.sts.add_role(ADMIN, trust(USER, true, Some("some:id")));
    let assumed = "arn:aws:sts::123456789012:assumed-role/admin2";
    lab.sts.add_role(AUDIT, trust(assumed, false, None));
    lab
}

fn refresh(lab: &Lab, profile: &str) -> Outcome {
    let code = lab.sts.code();
    lab.run(&["-p", profile, "--token", &code]).run()
}

fn credentials(lab: &Lab, args: &[&str]) -> serde_json::Value {
    let args = [&["credential-process"], args].concat();
    let printed = lab.run(&args).hands_over().run().exits(0).stdout;
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn the_source_is_refreshed_and_named() {
    let lab = lab(CONFIG);
    let words = [
        "audit takes its credentials from dev",
        "new session for profile dev",
    ];
    refresh(&lab, "audit").exits(0).says(&words);
    assert!(lab.credentials().contains("\n[dev]\n") && !lab.credentials().contains("[audit]"));
    let run = lab.run(&["-p", "admin"]).run().exits(0);
    run.says(&[
        "admin takes its credentials from dev",
        "the session of profile dev is valid",
    ]);
    let run = lab.run(&[]).env("AWS_PROFILE", "admin").run().exits(0);
    run.says(&["admin takes its credentials from dev"]);
    assert_eq!(lab.sts.codes_received(), 1);
}

#[test]
fn check_tells_the_source_s_session() {
    let home = Home::with(&(long_term_section() + &session_section(7200)));
    home.set_config(CONFIG);
    let run = home.run_offline(&["check", "-p", "audit"]).run().exits(0);
    assert!(
        run.stdout.starts_with("audit (from dev): valid until "),
        "{}",
        run.stdout
    );
    let run = home
        .run_offline(&["check", "-p", "audit", "--json"])
        .run()
        .exits(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&json["profile"], &json["source_profile"]),
        (&"audit".into(), &"dev".into())
    );
    assert_eq!(json["status"], "valid");
    let home = Home::with(&(long_term_section() + &session_section(-60)));
    home.set_config(CONFIG);
    home.run_offline(&["check", "-p", "admin"]).run().exits(3);
}

/// The loopback STS knows who trusts whom, and for how long.
#[test]
fn role_after_role_is_handed_over_and_written_nowhere() {
    let lab = lab(CONFIG);
    refresh(&lab, "admin").exits(0);
    let file = lab.credentials();
    let before = lab.sts.connections();
    let admin = credentials(&lab, &["-p", "admin"]);
    assert_eq!(lab.sts.connections() - before, 1);
    assert!(
        admin["SessionToken"]
            .as_str()
            .unwrap()
            .starts_with(ISSUED_TOKEN)
    );
    let audit = credentials(&lab, &["-p", "audit"]);
    assert_eq!(lab.sts.connections() - before, 2);
    assert_ne!(admin["AccessKeyId"], audit["AccessKeyId"]);
    let received = lab.sts.received();
    let roles: Vec<_> = received
        .iter()
        .filter(|request| request.operation == "AssumeRole")
        .map(|request| {
            let get = |name: &str| request.parameters.get(name).map(String::as_str);
            (
                get("RoleArn").unwrap(),
                get("ExternalId"),
                get("RoleSessionName").unwrap(),
                get("DurationSeconds").unwrap(),
            )
        })
        .collect();
    let to_admin = (ADMIN, Some("some:id"), "alice-at-work", "3600");
    assert_eq!(roles, [to_admin, to_admin, (AUDIT, None, "alice", "3600")]);
    assert_eq!(lab.credentials(), file);
    assert_eq!(lab.sts.codes_received(), 1);
    // The role's region, or else the source's.
    for (profile, region) in [
        ("admin", "us-west-2"),
        ("audit", "eu-west-1"),
        ("dev", "eu-west-1"),
    ] {
        let run = lab.run(&["env", "-p", profile]).hands_over().run().exits(0);
        assert!(
            run.stdout.lines().any(|line| {
                line.contains("AWS_REGION") && line.contains(&format!("'{region}'"))
            }),
            "{profile}"
        );
    }
}

#[test]
fn one_code_for_a_session_that_is_due() {
    let lab = lab(CONFIG);
    let code = lab.sts.code();
    let args = ["env", "-p", "admin", "--token", &code];
    lab.run(&args).hands_over().run().exits(0);
    assert_eq!(
        lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken", "AssumeRole"]
    );
    let itself = program();
    let command = [itself.to_str().unwrap(), "--version"];
    let args = [&["exec", "-p", "audit", "--no-prompt", "--"], &command[..]].concat();
    lab.run(&args).run().exits(0);
    assert_eq!(lab.sts.codes_received(), 1);
}

#[test]
fn a_longer_duration_is_cut_to_the_hour_that_aws_allows() {
    let lab = lab(&CONFIG.replace("region = us-west-2", "duration_seconds = 43200"));
    refresh(&lab, "dev").exits(0);
    credentials(&lab, &["-p", "admin"]);
    let last = lab.sts.received().pop().unwrap();
    assert_eq!(last.parameters["DurationSeconds"], "3600");
    let lab = self::lab(&CONFIG.replace("region = us-west-2", "duration_seconds = 900"));
    refresh(&lab, "dev").exits(0);
    credentials(&lab, &["-p", "admin"]);
    let last = lab.sts.received().pop().unwrap();
    assert_eq!(last.parameters["DurationSeconds"], "900");
}

#[test]
fn ways_that_lead_nowhere_are_named() {
    for (config, words) in [
        (
            "[profile admin]\nrole_arn = R\nsource_profile = other\n[profile other]\nrole_arn = R\nsource_profile = admin\n",
            ".aws/config: line 6: source_profile in [profile other]: admin takes its credentials from itself, perhaps",
        ),
        (
            "[profile admin]\nrole_arn = R\nsource_profile = admin\n",
            ".aws/config: line 3: source_profile in [profile admin]: admin takes its credentials from itself",
        ),
        (
            "[profile admin]\nrole_arn = R\nsource_profile = nowhere\n",
            ".aws/config: line 3: source_profile in [profile admin]: there is no profile nowhere; name one with permanent keys",
        ),
        (
            "[profile admin]\nrole_arn = R\ncredential_source = Environment\n",
            ".aws/config: line 3: credential_source in [profile admin]: AWS tools take other credentials",
        ),
        (
            "[profile admin]\nrole_arn = R\nweb_identity_token_file = /x\n",
            ".aws/config: line 3: web_identity_token_file in [profile admin]: AWS tools take other credentials",
        ),
        (
            "[profile admin]\nrole_arn = R\n",
            ".aws/config: line 2: role_arn in [profile admin]: needs a source_profile beside it",
        ),
        (
            "[profile admin]\nrole_arn = R\nsource_profile = sso\n[profile sso]\nsso_session = s\n",
            ".aws/config: line 3: source_profile in [profile admin]: sso signs in by IAM Identity Center (sso_session)",
        ),
        (
            "[profile admin]\nrole_arn = admin\nsource_profile = dev\n",
            ".aws/config: line 2: role_arn in [profile admin]: not a role ARN",
        ),
        (
            "[profile admin]\nrole_arn = R\nsource_profile = dev\nduration_seconds = 60\n",
            ".aws/config: line 4: duration_seconds in [profile admin]: shorter than the 900 seconds",
        ),
    ] {
        let home = Home::with(&long_term_section());
        home.set_config(&config.replace("= R\n", &format!("= {ADMIN}\n")));
        for args in [&[][..], &["check"], &["env"], &["credential-process"]] {
            let args = [&["-p", "admin"], args].concat();
            home.run_offline(&args).run().exits(1).says(&[words]);
        }
    }
    // A source without keys is what a refresh of it says.
    let home = Home::with("[dev]\nregion = x\n");
    home.set_config(CONFIG);
    let run = home.run_offline(&["-p", "admin"]).run().exits(1);
    run.says(&[
        "no section [dev-long-term]",
        "run `aws-mfa setup --profile dev`",
    ]);
}

/// Only warned about: it is the user's own.
#[test]
fn a_profile_with_keys_of_its_own_is_not_followed() {
    let lab = lab(CONFIG);
    let keys = long_term_section() + "\n" + &long_term_section_of("admin");
    lab.home.write(".aws/credentials", &keys);
    let run = refresh(&lab, "admin").exits(0);
    run.says(&[
        "because of role_arn, AWS tools will assume that role",
        "new session for profile admin",
    ]);
}

#[test]
fn refusals_and_faults_cost_no_code() {
    let lab = lab(CONFIG);
    refresh(&lab, "dev").exits(0);
    let run = |profile: &str| lab.run(&["env", "-p", profile]).hands_over().run();
    for (fault, words) in [
        (Fault::Throttle, "AWS is throttling requests"),
        (Fault::InternalFailure, "InternalFailure"),
        (Fault::HalfAnswer, "no answer to AssumeRole"),
        (Fault::CaptivePortal, "is not from AWS STS"),
        (
            Fault::Refusal("ExpiredToken", "expired"),
            "run `aws-mfa --profile dev --force`",
        ),
    ] {
        lab.sts.misbehave("AssumeRole", fault);
        run("admin").exits(1).says(&[words]);
        lab.sts.behave("AssumeRole");
    }
    // Asked again where that may help, and said.
    let count = |sts: &crate::support::sts::LoopbackSts| {
        sts.operations()
            .iter()
            .filter(|name| *name == "AssumeRole")
            .count()
    };
    let before = count(&lab.sts);
    lab.sts.misbehave("AssumeRole", Fault::Throttle);
    run("admin").exits(1).says(&["trying again"]);
    assert_eq!(count(&lab.sts) - before, 3);
    lab.sts.behave("AssumeRole");
    // A role that doesn't trust the user.
    lab.home.set_config(&CONFIG.replace("some:id", "other:id"));
    let refused = run("admin").exits(1);
    refused.says(&[
        "AWS refused AssumeRole (AccessDenied",
        "its trust policy doesn't let you assume it: check role_arn and external_id of profile admin",
    ]);
    assert_eq!(lab.sts.codes_received(), 1);
    let args = ["env", "-p", "admin", "--assume-role", ADMIN];
    lab.run(&args)
        .run()
        .exits(2)
        .says(&["--assume-role: profile admin is a role's already"]);
}

/// One code in the morning, and an editor was never opened.
#[test]
fn thirty_roles_for_one_code() {
    let lab = Lab::new();
    let mut config = "[profile dev]\nregion = eu-west-1\n".to_owned();
    for number in 0..30 {
        let arn = format!("arn:aws:iam::123456789012:role/role{number}");
        let lines = format!("[profile role{number}]\nrole_arn = {arn}\nsource_profile = dev\n");
        config.push_str(&lines);
        let principal = USER.to_owned();
        lab.sts.add_role(
            &arn,
            Trust {
                principal,
                needs_mfa: true,
                external_id: None,
            },
        );
    }
    lab.home.set_config(&config);
    refresh(&lab, "role7").exits(0);
    for number in 0..30 {
        credentials(&lab, &["-p", &format!("role{number}"), "--no-prompt"]);
    }
    assert_eq!(lab.sts.codes_received(), 1);
}

/// For tools that can't read `role_arn`.
#[test]
fn a_role_in_a_section_of_its_own_needs_no_code() {
    let lab = lab(CONFIG);
    refresh(&lab, "dev").exits(0);
    let config = CONFIG.replace("some:id", "");
    lab.home.set_config(&config);
    let to_admin = [
        "--assume-role",
        ADMIN,
        "--external-id",
        "some:id",
        "--short-term-suffix",
        "admin",
    ];
    let assume = |args: &[&str]| lab.run(&[&["-p", "dev"], &to_admin[..], args].concat());
    let run = assume(&["--no-prompt"]).run().exits(0);
    run.says(&[
        &format!("new session for profile dev as {ADMIN}, valid until"),
        "to use it: aws s3 ls --profile dev-admin",
    ]);
    assert_eq!(lab.sts.codes_received(), 1);
    let after = lab.credentials();
    assert!(after.contains(&format!(
        "[dev-admin]\nassumed_role = True\nassumed_role_arn = {ADMIN}\n"
    )));
    assume(&["--no-prompt"])
        .run()
        .exits(0)
        .says(&["is valid until"]);
    // Longer than AWS allows, and nobody asked for it: cut.
    let lab_with = |line: &str| {
        let lab = self::lab(CONFIG);
        lab.home
            .write(".aws/credentials", &(long_term_section() + line));
        refresh(&lab, "dev").exits(0);
        lab
    };
    let lab = lab_with("duration_seconds = 7200\n");
    let args = [&["-p", "dev", "-v", "--no-prompt"], &to_admin[..]].concat();
    let run = lab.run(&args).run().exits(0);
    run.says(&["lasts an hour at most"])
        .never_says("AWS granted a shorter session");
    assert_eq!(
        lab.sts.received().pop().unwrap().parameters["DurationSeconds"],
        "3600"
    );
    // Asked for: with a code.
    for variable in [false, true] {
        let lab = lab_with("");
        let duration = ["--duration", "2h"];
        let args = [&["-p", "dev", "--no-prompt"], &to_admin[..]].concat();
        let args = if variable {
            args
        } else {
            [&args[..], &duration].concat()
        };
        let mut run = lab.run(&args);
        if variable {
            run = run.env("MFA_STS_DURATION", "7200");
        }
        run.run()
            .exits(3)
            .says(&["nobody can be asked for the MFA code"]);
    }
    // AWS doesn't accept the stored session any more: its own refresh helps.
    let lab = lab_with("");
    lab.sts
        .misbehave("AssumeRole", Fault::Refusal("ExpiredToken", "expired"));
    let args = [&["-p", "dev", "--no-prompt"], &to_admin[..]].concat();
    let run = lab.run(&args).run().exits(1);
    run.says(&[
        "hint: AWS doesn't accept the stored session any more: run `aws-mfa --profile dev --force`",
    ]);
    // Into [dev] itself it stays as the Python tool does it: keys and code.
    let args = ["-p", "dev", "--no-prompt", "--assume-role", ADMIN];
    lab.run(&args).run().exits(3);
}

#[test]
fn a_code_of_their_own_is_warned_of_where_a_role_is_followed() {
    let lab = lab(&CONFIG.replace("region = us-west-2", &format!("mfa_serial = {SERIAL}")));
    let warning =
        "line 8: because of mfa_serial, AWS tools will ask for another MFA code for profile admin";
    // Once, and by a way that needs no other code.
    let first = refresh(&lab, "audit").exits(0);
    assert_eq!(first.stderr.matches(warning).count(), 1, "{}", first.stderr);
    first.says(&["to use it: aws-mfa exec --profile audit -- aws s3 ls\n"]);
    for profile in ["admin", "audit"] {
        lab.run(&["-p", profile]).run().exits(0).says(&[warning]);
        // Not touched by it.
        let run = lab.run(&["env", "-p", profile]).hands_over().run().exits(0);
        run.never_says("mfa_serial");
    }
    let setup = lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(0);
    setup.says(&[warning]);
}

#[test]
fn clear_names_the_source() {
    let home = Home::with(&(long_term_section() + &session_section(7200)));
    home.set_config(CONFIG);
    let run = home.run_offline(&["clear", "-p", "admin"]).run().exits(1);
    run.says(&[
        "admin takes its credentials from dev (source_profile in [profile admin])",
        "hint: run `aws-mfa clear --profile dev`",
    ]);
    home.run_offline(&["clear", "-p", "dev"]).run().exits(0);
}

#[test]
fn roles_are_listed_below_their_source() {
    let home =
        Home::with(&(long_term_section() + &session_section(7200) + &long_term_section_of("x")));
    let broken = "[profile lost]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = nowhere\n";
    home.set_config(&format!("{CONFIG}{broken}"));
    let listed = home.run_offline(&["list"]).run().exits(0).stdout;
    let first: Vec<&str> = listed
        .lines()
        .map(|line| line.split("  ").find(|word| !word.is_empty()).unwrap())
        .collect();
    assert_eq!(first, ["PROFILE", "dev", "admin", "audit", "x"], "{listed}");
    let admin = listed.lines().nth(2).unwrap();
    assert!(
        admin.starts_with("  admin") && admin.contains("valid") && admin.ends_with(ADMIN),
        "{admin}"
    );
    let json = home.run_offline(&["list", "--json"]).run().exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let role = &json[2];
    assert_eq!(role["profile"], "audit");
    assert_eq!(role["source_profile"], "dev");
    assert_eq!(role["role_arn"], AUDIT);
    assert_eq!(role["status"], "valid");
    assert!(json[0].get("source_profile").is_none());
    // A config file that nobody can read keeps nothing out.
    home.set_config("[profile dev\n");
    assert!(
        home.run_offline(&["list"])
            .run()
            .exits(0)
            .stdout
            .contains("dev ")
    );
}
