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
            "[profile admin]\nrole_arn = R\nsource_profile = sso\n[profile sso]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n",
            ".aws/config: line 3: source_profile in [profile admin]: sso signs in by IAM Identity Center (sso_account_id)",
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
        "its trust policy doesn't let your user assume it: check role_arn in [profile admin], and the external ID",
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

/// Whatever is wrong with the call for the role is found before the session's code is spent.
#[test]
fn the_role_is_checked_before_the_code_is_spent() {
    let cases: [(&str, &str, &[&str]); 5] = [
        ("region = us-west-2", "region = EU_WEST", &[]),
        ("region = us-west-2", "services = nope", &[]),
        (
            "arn:aws:iam::123456789012:role/admin2",
            "arn:aws-cn:iam::123456789012:role/admin2",
            &[],
        ),
        (
            "arn:aws:iam::123456789012:role/admin2",
            "arn:aws:iam::123456789012:role/",
            &[],
        ),
        ("region", "region", &["--min-remaining", "1h"]),
    ];
    for (from, to, args) in cases {
        let lab = lab(&CONFIG.replace(from, to));
        let code = lab.sts.code();
        let args = [&["env", "-p", "admin", "--token", &code], args].concat();
        let run = lab.run(&args).hands_over().run();
        assert!(matches!(run.code, Some(1 | 2)), "{to}: {}", run.stderr);
        assert_eq!(lab.sts.received().len(), 0, "{to}: {}", run.stderr);
    }
}

/// As for the AWS CLI, what the role's profile says of regions and endpoints counts for the role.
#[test]
fn a_role_profile_s_own_settings_count_for_its_call() {
    let own = Lab::new();
    let lab = lab(&CONFIG.replace(
        "region = us-west-2",
        &format!("endpoint_url = {}", own.sts.url()),
    ));
    refresh(&lab, "dev").exits(0);
    let offline = |profile: &str| {
        lab.run(&["env", "-p", profile])
            .hands_over()
            .without_endpoints()
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .run()
    };
    let before = lab.sts.received().len();
    offline("admin").exits(1);
    assert_eq!(own.sts.operations(), ["AssumeRole"]);
    assert_eq!(lab.sts.received().len(), before);
    // The part of AWS is the role's, where nothing else says it.
    for (arn, host) in [
        (
            "arn:aws-cn:iam::123456789012:role/r",
            "sts.cn-north-1.amazonaws.com.cn",
        ),
        (
            "arn:aws-us-gov:iam::123456789012:role/r",
            "sts.us-gov-west-1.amazonaws.com",
        ),
    ] {
        let home = Home::with(&session_section(7200));
        home.set_config(&format!(
            "[profile x]\nrole_arn = {arn}\nsource_profile = dev\n"
        ));
        let run = home
            .run_offline(&["env", "-p", "x"])
            .without_endpoints()
            .env("HTTPS_PROXY", "http://127.0.0.1:9");
        let run = home.trusting_somebody(run).hands_over().run().exits(1);
        run.says(&[&format!("no answer to AssumeRole from {host}")]);
    }
}

#[test]
fn options_for_another_role_are_refused() {
    let home = Home::with(&(long_term_section() + &session_section(7200)));
    home.set_config(CONFIG);
    for command in [&[][..], &["env"], &["check"]] {
        let args = [&["-p", "admin"], command].concat();
        let flag = [&args[..], &["--assume-role", ADMIN]].concat();
        let run = home.run_offline(&flag).run().exits(2);
        run.says(&["--assume-role: profile admin is a role's already"]);
        let run = home
            .run_offline(&args)
            .env("MFA_ASSUME_ROLE", AUDIT)
            .run()
            .exits(1);
        run.says(&["MFA_ASSUME_ROLE: profile admin is a role's already: unset it"]);
        if command != ["check"] {
            let id = [&args[..], &["--external-id", "xx"]].concat();
            home.run_offline(&id)
                .run()
                .exits(2)
                .says(&["--external-id: profile admin"]);
        }
    }
}

/// Nothing is written for it, and no code is asked for while the session lasts.
#[test]
fn a_role_by_option_is_handed_over_with_the_session() {
    let lab = lab(CONFIG);
    refresh(&lab, "dev").exits(0);
    let file = lab.credentials();
    let role = [
        "-p",
        "dev",
        "--assume-role",
        ADMIN,
        "--external-id",
        "some:id",
        "--no-prompt",
    ];
    let role_of = |printed: &serde_json::Value| printed["AccessKeyId"].as_str().unwrap().to_owned();
    let first = credentials(&lab, &role);
    let short = credentials(&lab, &[&role[..], &["--duration", "15m"]].concat());
    assert_ne!(role_of(&first), role_of(&short));
    let last = lab.sts.received().pop().unwrap();
    assert_eq!(last.parameters["DurationSeconds"], "900");
    assert_eq!((lab.credentials(), lab.sts.codes_received()), (file, 1));
    // For longer than that, or with a code, as the main job does it.
    let long = [&["env"], &role[..], &["--duration", "2h"]].concat();
    lab.run(&long).hands_over().run().exits(3);
    // AWS's reason names what was given.
    let args = ["env", "-p", "dev", "--assume-role", ADMIN, "--no-prompt"];
    lab.run(&args)
        .hands_over()
        .run()
        .exits(1)
        .says(&["check --assume-role, and the external ID"]);
}

#[test]
fn a_session_that_signs_needs_no_keys_beside_it() {
    let lab = lab(CONFIG);
    refresh(&lab, "dev").exits(0);
    let only_session = lab.credentials();
    let session = only_session.find("[dev]").unwrap();
    lab.home.write(".aws/credentials", &only_session[session..]);
    let args = [
        "-p",
        "dev",
        "--assume-role",
        ADMIN,
        "--external-id",
        "some:id",
        "--short-term-suffix",
        "admin",
        "--no-prompt",
    ];
    lab.run(&args).run().exits(0);
    assert!(lab.credentials().contains("[dev-admin]"));
    credentials(&lab, &["-p", "admin"]);
}

/// AWS's time is taken from its refusal.
#[test]
fn a_wrong_clock_is_put_right_for_roles() {
    let lab = lab(CONFIG);
    refresh(&lab, "dev").exits(0);
    lab.sts.set_clock_offset(1800);
    let run = lab.run(&["env", "-p", "admin"]).hands_over().run().exits(0);
    run.says(&["trying again"]);
}

#[test]
fn hints_for_roles_help() {
    let lab = lab(CONFIG);
    refresh(&lab, "dev").exits(0);
    for (fault, words) in [
        (
            Fault::Refusal("InvalidClientTokenId", "invalid"),
            "may not have enabled the region us-west-2 (from region in [profile admin])",
        ),
        (
            Fault::Refusal("RegionDisabledException", "disabled"),
            "region us-west-2 (from region in [profile admin]) is not enabled for your account",
        ),
        (
            Fault::Refusal("AccessDenied", "Roles may not be assumed by root accounts."),
            "the root user can't assume roles",
        ),
        (
            Fault::Refusal(
                "AccessDenied",
                "User: x is not authorized to perform: sts:AssumeRole on resource: y because no \
                 identity-based policy allows the sts:AssumeRole action",
            ),
            "an IAM policy of your user doesn't allow this",
        ),
        (
            Fault::Drop,
            "check the network, HTTPS_PROXY and the region\n",
        ),
    ] {
        lab.sts.misbehave("AssumeRole", fault);
        let run = lab.run(&["env", "-p", "admin"]).hands_over().run().exits(1);
        run.says(&[words]).never_says("no code was used");
    }
    lab.sts.behave("AssumeRole");
    // The second role is assumed by the first one.
    lab.home
        .set_config(&CONFIG.replace("role/audit", "role/unknown"));
    let run = lab.run(&["env", "-p", "audit"]).hands_over().run().exits(1);
    run.says(&["doesn't let the role arn:aws:iam::123456789012:role/admin2 assume it"]);
    // The command refreshes the section that was used.
    lab.sts
        .misbehave("AssumeRole", Fault::Refusal("ExpiredToken", "expired"));
    let code = lab.sts.code();
    let args = ["-p", "dev", "--short-term-suffix", "x", "--token", &code];
    lab.run(&args).run().exits(0);
    let args = ["env", "-p", "admin", "--short-term-suffix", "x"];
    let run = lab.run(&args).hands_over().run().exits(1);
    run.says(&["run `aws-mfa --profile dev --short-term-suffix x --force`"]);
}

/// What a source may be, beside a profile with permanent keys.
#[test]
fn sources_that_use_a_session_are_followed() {
    let role = format!("[profile admin]\nrole_arn = {ADMIN}\nsource_profile = SOURCE\n");
    let home = Home::with(&(long_term_section() + &session_section(7200)));
    let check = |source: &str, config: &str, args: &[&str]| {
        home.set_config(&(role.replace("SOURCE", source) + config));
        home.run_offline(&[&["check", "-p", "admin"], args].concat())
            .run()
    };
    let auto =
        "[profile dev-auto]\ncredential_process = aws-mfa credential-process --profile dev\n";
    assert!(
        check("dev-auto", auto, &[])
            .exits(0)
            .stdout
            .starts_with("admin (from dev): valid")
    );
    let other = "[profile other]\ncredential_process = /bin/other\n";
    check("other", other, &[])
        .exits(1)
        .says(&["gets its credentials from a command"]);
    let web = "[profile web]\nweb_identity_token_file = /x\n";
    check("web", web, &[])
        .exits(1)
        .says(&["web signs in by a web identity"]);
    check("dev-long-term", "", &[])
        .exits(1)
        .says(&["line 3: source_profile in [profile admin]: dev-long-term has the permanent keys, without MFA; write dev instead"]);
    let suffix = ["--short-term-suffix", "mfa"];
    let session = session_section(7200).replace("[dev]", "[dev-mfa]");
    home.write(".aws/credentials", &(long_term_section() + &session));
    assert!(
        check("dev-mfa", "", &suffix)
            .exits(0)
            .stdout
            .starts_with("admin (from dev): valid")
    );
    // AWS tools look into [dev] then.
    let lab = lab(CONFIG);
    let code = lab.sts.code();
    let args = [
        "-p",
        "admin",
        "--short-term-suffix",
        "mfa",
        "--token",
        &code,
    ];
    let run = lab.run(&args).run().exits(0);
    run.says(&["to use it: aws-mfa exec --profile admin --short-term-suffix mfa -- aws s3 ls"]);
}

/// A leftover of another life, or a section with something else, doesn't hide the role.
#[test]
fn a_role_is_a_role_whatever_else_its_sections_hold() {
    let expired = session_section(-60);
    let leftover = session_section(7200).replace("[dev]", "[admin]");
    let device = "[admin-long-term]\naws_mfa_device = arn:aws:iam::123456789012:mfa/alice\n";
    let permanent = long_term_section().replace("dev-long-term", "admin");
    for extra in [&leftover[..], device, &permanent] {
        let home = Home::with(&(long_term_section() + &expired + extra));
        home.set_config(CONFIG);
        let run = home.run_offline(&["check", "-p", "admin"]).run().exits(3);
        assert!(
            run.stdout.starts_with("admin (from dev): expired"),
            "{}",
            run.stdout
        );
        home.run_offline(&["-p", "admin"]).run().exits(3);
        home.run_offline(&["env", "-p", "admin"])
            .hands_over()
            .run()
            .exits(3);
        let listed = home.run_offline(&["list"]).run().exits(0).stdout;
        assert_eq!(listed.matches("admin ").count(), 1, "{listed}");
    }
    // With keys of its own, and itself as the source, it is an ordinary profile.
    let home = Home::with(&(long_term_section_of("x") + &permanent));
    home.set_config(&format!(
        "[profile admin]\nrole_arn = {ADMIN}\nsource_profile = admin\n"
    ));
    for command in [&[][..], &["env"], &["check"]] {
        let args = [&["-p", "admin"], command].concat();
        home.run_offline(&args)
            .hands_over()
            .run()
            .exits(1)
            .says(&["holds permanent keys, not a session"]);
    }
    // AWS tools take a source's own keys, even where it is a role's, too.
    let lab = lab(&CONFIG.replace("source_profile = admin", "source_profile = mid"));
    let mid = format!("[profile mid]\nrole_arn = {ADMIN}\nsource_profile = dev\n");
    lab.home
        .set_config(&(CONFIG.replace("source_profile = admin", "source_profile = mid") + &mid));
    refresh(&lab, "dev").exits(0);
    let file = lab.credentials();
    let session = file[file.find("[dev]").unwrap()..].replace("[dev]", "[mid]");
    lab.home
        .write(".aws/credentials", &(file + "\n" + &session));
    let run = lab.run(&["env", "-p", "audit"]).hands_over().run().exits(1);
    run.says(&["doesn't let your user assume it: check role_arn in [profile audit]"]);
}

#[test]
fn setup_stores_no_keys_for_a_role_unasked() {
    let lab = lab(CONFIG);
    let args = [
        "setup",
        "-p",
        "audit",
        "--access-key-id",
        "AKIAIOSFODNN7OTHERXX",
        "--device",
        SERIAL,
        "--yes",
    ];
    let file = lab.credentials();
    let run = lab.run(&args).stdin("x").run().exits(1);
    run.says(&[
        "audit takes its credentials from dev",
        "run `aws-mfa setup --profile dev",
    ]);
    assert_eq!(lab.credentials(), file);
}

#[test]
fn regions_are_those_of_the_role_s_profile() {
    let without = CONFIG.replace("region = us-west-2\n", "");
    let lab = lab(&without);
    let first = refresh(&lab, "audit").exits(0);
    first.says(&["to set a region: aws configure set region eu-west-1 --profile audit"]);
    // What `env` sets it removes.
    let set = lab
        .run(&["env", "--format", "env", "-p", "audit"])
        .hands_over()
        .run()
        .exits(0)
        .stdout;
    let unset = lab
        .run(&["env", "--format", "env", "--unset", "-p", "audit"])
        .run()
        .exits(0)
        .stdout;
    assert!(
        set.contains("AWS_REGION=") && unset.contains("AWS_REGION"),
        "{unset}"
    );
}

#[test]
fn more_roles_than_make_sense_are_named_as_such() {
    let mut config = String::new();
    for number in 0..25 {
        let next = number + 1;
        let role = format!("[profile r{number}]\nrole_arn = {ADMIN}\nsource_profile = r{next}\n");
        config.push_str(&role);
    }
    let home = Home::with(&long_term_section_of("r25"));
    home.set_config(&config);
    home.run_offline(&["check", "-p", "r0"])
        .run()
        .exits(1)
        .says(&["more than 20 roles in a row"]);
    home.run_offline(&["check", "-p", "r5"]).run().exits(3);
}

/// A warning for each role on the way, wherever it is written.
#[test]
fn codes_of_their_own_are_found_on_every_way() {
    let lab = lab("[profile dev]\nregion = eu-west-1\n");
    let role = |name: &str, source: &str| {
        format!("[{name}]\nrole_arn = {ADMIN}\nsource_profile = {source}\nmfa_serial = {SERIAL}\n")
    };
    let roles = role("near", "dev") + &role("far", "near");
    lab.home
        .write(".aws/credentials", &(long_term_section() + &roles));
    let first = refresh(&lab, "dev").exits(0);
    first.says(&[
        "another MFA code for profile near",
        "another MFA code for profile far",
    ]);
    let run = lab.run(&["check", "-v", "-p", "far"]).run().exits(0);
    run.says(&["another MFA code for profile near"]);
    let listed = lab.run(&["list"]).run().exits(0).stdout;
    assert!(
        listed.contains("\n  near ") && listed.contains("\n  far "),
        "{listed}"
    );
}

/// A leftover is not handed over as the role's.
#[test]
fn a_way_that_leads_nowhere_is_said_although_a_session_is_left() {
    let leftover = session_section(7200).replace("[dev]", "[admin]");
    let home = Home::with(&(long_term_section() + &leftover));
    for way in ["source_profile = nosuch", "credential_source = Environment"] {
        home.set_config(&format!("[profile admin]\nrole_arn = {ADMIN}\n{way}\n"));
        for command in ["env", "credential-process"] {
            let run = home
                .run_offline(&[command, "-p", "admin"])
                .hands_over()
                .run();
            run.exits(1)
                .says(&["line 3: ", "in [profile admin]: "])
                .prints("");
        }
        // It is there, and valid; AWS tools don't use it.
        let run = home.run_offline(&["-v", "-p", "admin"]).run().exits(0);
        run.says(&["line 2: because of role_arn, AWS tools will"]);
        home.run_offline(&["check", "-p", "admin"]).run().exits(0);
    }
    home.set_config("[profile admin\n");
    home.run_offline(&["check", "-p", "admin"]).run().exits(0);
}

/// What can't be followed as AWS tools do it is refused, with the way to do it.
#[test]
fn sessions_of_other_sections_are_not_confused() {
    let role = format!("[profile admin]\nrole_arn = {ADMIN}\nsource_profile = SOURCE\n");
    let session = session_section(7200).replace("[dev]", "[dev-mfa]");
    let home = Home::with(&(long_term_section() + &session));
    home.set_config(&role.replace("SOURCE", "dev-mfa"));
    let run = home.run_offline(&["-p", "admin"]).run().exits(1);
    run.says(&["dev-mfa is a session of profile dev; give --short-term-suffix mfa"]);
    for options in [
        "--short-term-suffix mfa",
        "--assume-role arn:aws:iam::1:role/x",
        "--long-term-profile x",
    ] {
        let auto = format!(
            "[profile auto]\ncredential_process = aws-mfa credential-process -p dev {options}\n"
        );
        home.set_config(&(role.replace("SOURCE", "auto") + &auto));
        let run = home.run_offline(&["check", "-p", "admin"]).run().exits(1);
        run.says(&[
            "auto gets its credentials from a command (credential_process) that can't be followed",
        ]);
    }
    // Keys in the config file, and itself as the source: no circle of advice.
    let keys = "aws_access_key_id = AKIAIOSFODNN7OTHERXX\naws_secret_access_key = x\n";
    home.set_config(&(role.replace("SOURCE", "admin") + keys));
    for command in [&[][..], &["rotate"]] {
        let args = [&["-p", "admin"], command].concat();
        let run = home.run_offline(&args).run().exits(1);
        run.says(&["no section [admin-long-term]"])
            .never_says("takes its credentials from admin");
    }
}
