//! `aws-mfa rotate`: new permanent keys from IAM, and what happens when a step fails.

use time::Duration;

use crate::support::home::Home;
#[cfg(unix)]
use crate::support::home::set_mode;
use crate::support::iam::KeyChange;
use crate::support::lab::Lab;
#[cfg(unix)]
use crate::support::pty::{Signal, Terminal, WaitStatus};
use crate::support::run::{Run, spawn};
use crate::support::sts::Fault;
#[cfg(unix)]
use crate::support::tools::text;
use crate::support::{
    ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, USER, keys_section, long_term_section, now,
    session_section, wait_until,
};

const NEW: &str = "AKIANEW0000000000001";
const OTHER: &str = "AKIAOTHEROTHEROTHER1";

/// With a valid session, whose code is spent.
pub(crate) fn lab() -> Lab {
    let lab = Lab::new();
    lab.refresh(&[]).run().exits(0);
    lab
}

pub(crate) fn rotate(lab: &Lab, args: &[&str]) -> Run {
    let run = lab.run(&[&["rotate", "-p", "dev"], args].concat());
    // Under an emulator, a request takes longer.
    let pause = if cfg!(windows) { "60" } else { "5" };
    run.env("AWS_MFA_TEST_PAUSE_MS", pause)
}

/// IDs of the user's keys that are active.
pub(crate) fn active(lab: &Lab) -> Vec<String> {
    let keys = lab.sts.keys_of(USER).into_iter();
    keys.filter(|key| key.is_active).map(|key| key.id).collect()
}

/// The ID in the long-term section, whose secret must be IAM's.
#[track_caller]
pub(crate) fn stored(lab: &Lab) -> String {
    let text = lab.credentials();
    let section = text
        .split("[dev-long-term]\n")
        .nth(1)
        .unwrap_or_else(|| panic!("{text}"));
    let value = |key: &str| {
        let mut lines = section.lines();
        let value = lines.find_map(|line| line.strip_prefix(&format!("{key} = ")));
        value.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    let (id, secret) = (value("aws_access_key_id"), value("aws_secret_access_key"));
    let known = lab.sts.keys_of(USER).into_iter().find(|key| key.id == id);
    assert_eq!(known.map(|key| key.secret), Some(secret), "{text}");
    id
}

#[track_caller]
fn operations_since(lab: &Lab, before: usize) -> Vec<String> {
    lab.sts.operations()[before..].to_vec()
}

#[test]
fn the_keys_are_replaced_and_the_old_one_is_inactive() {
    let lab = lab();
    let before = lab.credentials();
    let requests = lab.sts.received().len();
    lab.sts.set_new_keys_unknown_for(2);
    let run = rotate(&lab, &[]).run().exits(0);
    run.says(&[
        "the new keys ****************0001 are stored in [dev-long-term] of ",
        "waiting until all of AWS knows the new keys",
        "the old key ****************MPLE (87 days old) is inactive now",
        &format!("aws iam delete-access-key --access-key-id {ACCESS_KEY_ID} --profile dev"),
    ]);
    let key = &lab.sts.keys_of(USER)[1];
    let expected = before
        .replace(ACCESS_KEY_ID, NEW)
        .replace(SECRET_ACCESS_KEY, &key.secret);
    assert_eq!(lab.credentials(), expected);
    assert_eq!(
        lab.sts.key_changes(),
        [
            KeyChange::Created(NEW.to_owned()),
            KeyChange::Deactivated(ACCESS_KEY_ID.to_owned())
        ]
    );
    let mut operations = operations_since(&lab, requests);
    operations.retain(|operation| operation != "GetCallerIdentity");
    let expected = [
        "ListAccessKeys",
        "CreateAccessKey",
        "UpdateAccessKey",
        "ListAccessKeys",
    ];
    assert_eq!(operations, expected);
    // All of it with the session, none with a code.
    assert_eq!(lab.sts.codes_received(), 1);
    let received = lab.sts.received();
    let by_keys = received[requests..]
        .iter()
        .filter(|request| !request.has_session_token);
    assert!(by_keys.clone().all(|request| request.access_key_id == NEW));
    // They work.
    lab.refresh(&["-f"]).run().exits(0);
    assert_eq!(stored(&lab), NEW);
}

#[test]
fn the_old_key_may_be_deleted() {
    let lab = lab();
    let run = rotate(&lab, &["--delete-old"]).run().exits(0);
    run.says(&["(87 days old) is deleted"])
        .never_says("delete-access-key");
    assert_eq!(lab.sts.keys_of(USER).len(), 1);
    assert_eq!(stored(&lab), NEW);
}

/// One that is due is got first, with a code.
#[test]
fn a_session_that_is_due_is_refreshed_first() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let run = rotate(&lab, &["--token", &code]).run().exits(0);
    run.says(&["new session for profile dev", "is inactive now"]);
    assert_eq!(lab.sts.codes_received(), 1);
    let lab = Lab::new();
    rotate(&lab, &["--no-prompt"])
        .run()
        .exits(3)
        .says(&["nobody can be asked for the MFA code"]);
    assert_eq!(lab.sts.received().len(), 0);
}

#[test]
fn every_section_with_the_pair_gets_the_new_one() {
    let others = format!(
        "[base]\n# mine\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\nregion = x\n\
         [wrong]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = other\n"
    );
    let lab_with = || {
        let lab = lab();
        let text = lab.credentials() + "\n" + &others;
        lab.home.write(".aws/credentials", &text);
        let config = format!("[profile x]\naws_access_key_id = {ACCESS_KEY_ID}\n");
        lab.home.set_config(&config);
        lab
    };
    let lab = lab_with();
    let before = lab.credentials();
    let run = rotate(&lab, &[]).run().exits(1);
    run.says(&[
        "the keys are in [dev-long-term] and [base] of ",
        "hint: give --yes to replace them everywhere",
    ]);
    assert_eq!(
        (lab.credentials(), lab.sts.key_changes().len()),
        (before.clone(), 0)
    );

    let run = rotate(&lab, &["--yes"]).run().exits(0);
    run.says(&[
        "warning: [wrong] has the same access key ID, but not clearly the same secret: left alone",
        "config: line 2: profile x has the old key, too; aws-mfa doesn't change that",
        "are stored in [dev-long-term] and [base] of ",
    ]);
    let secret = &lab.sts.keys_of(USER)[1].secret;
    let (changed, left) = before.split_at(before.find("[wrong]").unwrap());
    let changed = changed
        .replace(ACCESS_KEY_ID, NEW)
        .replace(SECRET_ACCESS_KEY, secret);
    assert_eq!(lab.credentials(), changed + left);
    // In the environment, too.
    let lab = self::lab();
    let run = rotate(&lab, &[]).env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID);
    run.run()
        .exits(0)
        .says(&["AWS_ACCESS_KEY_ID in your environment has the old key, too"]);
}

#[test]
#[cfg(unix)]
fn sections_are_named_in_a_question() {
    let lab = lab();
    let text = lab.credentials() + "\n" + &keys_section("base");
    lab.home.write(".aws/credentials", &text);
    let mut terminal = Terminal::start(rotate(&lab, &[]));
    terminal.waits_for("Replace the keys in [dev-long-term] and [base] of ");
    terminal.answers("? [Y/n]: ", "n");
    terminal.exits(130, &[]);
    assert_eq!((lab.credentials(), lab.sts.key_changes().len()), (text, 0));
    let mut terminal = Terminal::start(rotate(&lab, &[]));
    terminal.answers("? [Y/n]: ", "");
    terminal.waits_for("is inactive now");
    terminal.exits(0, &[]);
}

fn with_other(is_active: bool, days: i64) -> Lab {
    let lab = lab();
    lab.sts.add_key(OTHER, "SandboxSecret/other", USER);
    lab.sts.set_created(OTHER, now() - Duration::days(days));
    lab.sts.set_active(OTHER, is_active);
    lab
}

/// A question that `--yes` doesn't answer.
#[test]
#[cfg(unix)]
fn an_inactive_key_makes_room_if_that_is_agreed() {
    let lab = with_other(false, 200);
    lab.sts.set_last_used(OTHER, now() - Duration::days(150));
    for args in [&[][..], &["--yes"]] {
        let run = rotate(&lab, args).run().exits(1);
        run.says(&[
            "there is no room for another key: ****************HER1 (200 days old, last used at 20",
            " for s3 in us-east-1), is inactive",
            "run `aws-mfa rotate --profile dev` in a terminal, which asks; or, to delete it: aws iam",
        ]);
        assert_eq!(lab.sts.key_changes(), []);
    }
    let mut terminal = Terminal::start(rotate(&lab, &["--yes"]));
    terminal
        .waits_for("Delete the inactive one, ****************HER1 (200 days old, last used at 20");
    terminal.answers("to make room? [y/N]: ", "");
    let said = terminal.exits(1, &[]);
    assert!(
        said.contains("to delete it: aws iam delete-access-key"),
        "{said}"
    );
    assert_eq!(lab.sts.key_changes(), []);
    let mut terminal = Terminal::start(rotate(&lab, &[]));
    terminal.answers("to make room? [y/N]: ", "y");
    terminal.waits_for("deleted the inactive key ****************HER1");
    terminal.exits(0, &[]);
    assert_eq!(
        lab.sts.key_changes()[0],
        KeyChange::Deleted(OTHER.to_owned())
    );
    assert_eq!(
        (stored(&lab), active(&lab)),
        (NEW.to_owned(), vec![NEW.to_owned()])
    );
}

#[test]
#[cfg(unix)]
fn an_interrupted_rotation_is_finished() {
    let lab = with_other(true, 200);
    lab.sts.deny("GetAccessKeyLastUsed");
    let run = rotate(&lab, &["--yes"]).run().exits(1);
    run.says(&[
        "there is an older key, ****************HER1 (200 days old, last use unknown), probably left",
        "if nothing uses it any more: aws iam update-access-key",
    ]);
    assert_eq!(lab.sts.key_changes(), []);
    let mut terminal = Terminal::start(rotate(&lab, &[]));
    terminal.answers("and make it inactive? [y/N]: ", "y");
    terminal.waits_for("the old key ****************HER1 (200 days old) is inactive now");
    terminal.exits(0, &[]);
    assert_eq!(
        (stored(&lab), active(&lab)),
        (ACCESS_KEY_ID.to_owned(), vec![ACCESS_KEY_ID.to_owned()])
    );
}

#[test]
fn a_newer_key_is_left_alone() {
    let lab = with_other(true, 3);
    let run = rotate(&lab, &["--yes"]).run().exits(1);
    run.says(&[
        "there is another key, ****************HER1 (3 days old, never used): aws-mfa can't know",
        &format!("update-access-key --access-key-id {OTHER} --status Inactive --profile dev; then run `aws-mfa rotate"),
    ]);
    assert_eq!(lab.sts.key_changes(), []);
}

#[test]
fn what_cannot_be_rotated_is_said_with_the_way_to_do_it() {
    let by_command =
        format!("[dev-long-term]\ncredential_process = /bin/keys\naws_mfa_device = {SERIAL}\n");
    let home = Home::with(&(by_command + &session_section(7200)));
    let run = home.run_offline(&["rotate", "-p", "dev"]).run().exits(1);
    run.says(&[
        "the permanent keys come from a command (credential_process in [dev-long-term])",
        "put them where that command gets them",
    ]);
    let home = Home::with(&session_section(7200));
    home.set_config(&keys_section("profile dev-long-term"));
    let run = home.run_offline(&["rotate", "-p", "dev"]).run().exits(1);
    run.says(&["[profile dev-long-term] of the config file, which aws-mfa doesn't change"]);
    let home = Home::with(&(long_term_section() + &session_section(7200)));
    home.set_config(
        "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = dev\n",
    );
    let run = home.run_offline(&["rotate", "-p", "admin"]).run().exits(1);
    run.says(&[
        "admin takes its credentials from dev",
        "run `aws-mfa rotate --profile dev`",
    ]);
    let run = home.run_offline(&["rotate", "-p", "dve"]).run().exits(1);
    run.says(&["no section [dve-long-term]"]);
    let run = home
        .run_offline(&["rotate", "-p", "dev", "--assume-role", "x"])
        .run();
    run.exits(2).says(&["--assume-role"]);
    // The root user has no IAM user.
    let root = "AKIAROOTROOTROOTROOT";
    let lab = Lab::with(&keys_section("dev-long-term").replace(ACCESS_KEY_ID, root));
    lab.sts
        .add_key(root, SECRET_ACCESS_KEY, "arn:aws:iam::123456789012:root");
    let code = lab.sts.code();
    let run = rotate(&lab, &["--token", &code]).run().exits(1);
    run.says(&["these are the root user's keys, which aws-mfa doesn't rotate"]);
    assert_eq!(lab.sts.key_changes(), []);
}

/// Its session stays where it is.
#[test]
fn a_profile_with_a_role_keeps_its_role_s_session() {
    let role = "arn:aws:iam::123456789012:role/admin";
    let lab = Lab::with(&(long_term_section() + "assume_role = " + role + "\n"));
    lab.refresh(&[]).run().exits(0);
    let session = lab.credentials().split("[dev]").nth(1).unwrap().to_owned();
    let code = lab.sts.code();
    rotate(&lab, &["--token", &code])
        .run()
        .exits(0)
        .says(&["is inactive now"]);
    assert_eq!(lab.credentials().split("[dev]").nth(1).unwrap(), session);
    assert_eq!(stored(&lab), NEW);
}

#[test]
fn a_session_that_ends_with_its_key_is_said() {
    let lab = lab();
    lab.sts.sessions_end_with_their_key(true);
    let run = rotate(&lab, &[]).run().exits(0);
    run.says(&[
        "AWS has ended the session together with the old key",
        "to get another: aws-mfa --profile dev --force",
    ]);
}

/// One success can be followed by a refusal.
#[test]
fn the_new_keys_have_to_be_known_three_times_in_a_row() {
    let lab = lab();
    lab.sts
        .set_new_key_answers(&[false, true, true, false, true, false]);
    let before = lab.sts.received().len();
    rotate(&lab, &[]).run().exits(0);
    let received = lab.sts.received();
    let by_new = received[before..]
        .iter()
        .filter(|request| request.access_key_id == NEW);
    assert_eq!(by_new.count(), 9);
}

#[test]
fn keys_that_aws_refuses_for_a_minute_are_taken_back() {
    let lab = lab();
    let before = lab.credentials();
    lab.sts.set_new_keys_unknown_for(10_000);
    let run = rotate(&lab, &[]).run().exits(1);
    run.says(&[
        "AWS refuses the new keys ****************0001: the old ones, ****************MPLE, are stored again, and the new ones are inactive now",
        &format!("delete-access-key --access-key-id {NEW} --profile dev"),
    ]);
    assert_eq!(lab.credentials(), before);
    assert_eq!(active(&lab), [ACCESS_KEY_ID]);
}

/// Sometimes refused isn't refused: both stay.
#[test]
fn keys_that_aws_knows_now_and_then_stay() {
    let lab = lab();
    let answers: Vec<bool> = (0..2000).map(|n| n % 2 == 0).collect();
    lab.sts.set_new_key_answers(&answers);
    let run = rotate(&lab, &[]).run().exits(1);
    run.says(&[
        "it isn't certain that all of AWS knows the new key; both the old key ****************MPLE and the new key ****************0001 are active",
        "hint: to finish: aws-mfa rotate --profile dev",
    ]);
    assert_eq!((stored(&lab), active(&lab).len()), (NEW.to_owned(), 2));
}

/// What the user is told must lead out, however a run ended.
#[track_caller]
#[cfg(unix)]
pub(crate) fn leads_out(lab: &Lab, what: &str) {
    lab.sts.set_new_key_answers(&[]);
    for _ in 0..4 {
        let mut terminal = Terminal::start(rotate(lab, &[]));
        terminal.answers_all(&["[y/N]: "], |_| "y".to_owned());
        let (said, status) = terminal.ends(&[]);
        if matches!(status, WaitStatus::Exited(_, 0)) {
            let stored = stored(lab);
            assert_eq!(active(lab), [stored], "{what}: {said}");
            return;
        }
        // "If nothing uses it": what a person does then.
        let command = said.split("update-access-key --access-key-id ").nth(1);
        let id = command.unwrap_or_else(|| panic!("{what}: {said}"));
        lab.sts.set_active(id.split(' ').next().unwrap(), false);
    }
    panic!("{what}: no way out");
}

/// The file holds a pair that IAM knows as active, and no other key is active without being named.
#[track_caller]
pub(crate) fn nothing_is_lost(lab: &Lab, said: Option<&str>, what: &str) {
    let stored = stored(lab);
    let active = active(lab);
    assert!(
        active.contains(&stored),
        "{what}: {active:?}, stored {stored}"
    );
    let Some(said) = said else {
        return;
    };
    for id in active.iter().filter(|id| **id != stored) {
        let masked = &id[id.len() - 4..];
        assert!(
            said.contains(id.as_str()) || said.contains(masked),
            "{what}: {id} isn't named: {said}"
        );
    }
}

/// Each request in turn fails in each way.
#[test]
#[cfg(unix)]
fn each_request_may_fail_in_each_way() {
    let faults = [
        Fault::Drop,
        Fault::DoneThenDrop,
        Fault::InternalFailure,
        Fault::DoneThenInternalFailure,
        Fault::Throttle,
        Fault::CaptivePortal,
        Fault::DoneThenCaptivePortal,
        Fault::DoneThenHalfAnswer,
        Fault::DoneThenMissingFields,
        Fault::DoneThenEmptyResult,
        Fault::Refusal(
            "AccessDenied",
            "User: x is not authorized to perform: iam:y",
        ),
    ];
    let count = {
        let lab = lab();
        let before = lab.sts.received().len();
        rotate(&lab, &[]).run().exits(0);
        lab.sts.received().len() - before
    };
    let (mut runs, mut failures) = (0, 0);
    for n in 1..=count {
        for fault in faults {
            let what = format!("request {n}, {fault:?}");
            let lab = lab();
            lab.sts.misbehave_at(n, fault);
            let outcome = rotate(&lab, &[]).run();
            runs += 1;
            failures += usize::from(outcome.code != Some(0));
            assert!(
                matches!(outcome.code, Some(0 | 1)),
                "{what}: {}",
                outcome.stderr
            );
            nothing_is_lost(&lab, Some(&outcome.stderr), &what);
            if outcome.code == Some(0) {
                assert_eq!(active(&lab), [stored(&lab)], "{what}");
            } else {
                leads_out(&lab, &what);
            }
        }
    }
    println!(
        "{runs} runs with a fault at one of {count} requests: {failures} failed, none lost a key"
    );
    assert!(failures > 20);
}

/// The whole service fails from one request on.
#[test]
#[cfg(unix)]
fn each_operation_may_fail_for_good() {
    for (operation, fault, words) in [
        ("ListAccessKeys", Fault::Drop, "no answer to ListAccessKeys"),
        (
            "CreateAccessKey",
            Fault::Throttle,
            "IAM made no key; the file is unchanged",
        ),
        (
            "CreateAccessKey",
            Fault::DoneThenDrop,
            "it made the key AKIANEW0000000000001, whose secret nobody has: it is inactive now",
        ),
        (
            "CreateAccessKey",
            Fault::Drop,
            "IAM gave no usable answer to CreateAccessKey, and lists no new key; the file is unchanged",
        ),
        (
            "CreateAccessKey",
            Fault::DoneThenMissingFields,
            "it made the key AKIANEW0000000000001, whose secret nobody has: it is inactive now",
        ),
        (
            "CreateAccessKey",
            Fault::Refusal(
                "LimitExceeded",
                "Cannot exceed quota for AccessKeysPerUser: 2",
            ),
            "IAM made no key; the file is unchanged",
        ),
        (
            "UpdateAccessKey",
            Fault::Drop,
            "the old key ****************MPLE may still be active",
        ),
        (
            "GetCallerIdentity",
            Fault::InternalFailure,
            "InternalFailure",
        ),
    ] {
        let lab = lab();
        lab.sts.misbehave(operation, fault);
        let outcome = rotate(&lab, &[]).run().exits(1);
        let said = outcome.stderr.clone();
        outcome.says(&[words]);
        let what = format!("{operation}, {fault:?}");
        nothing_is_lost(&lab, Some(&said), &what);
        lab.sts.behave(operation);
        leads_out(&lab, &what);
    }
}

/// The second one refuses.
#[test]
fn two_rotations_at_once_are_one() {
    let lab = lab();
    lab.sts.misbehave("ListAccessKeys", Fault::NoAnswer);
    let mut first = spawn(&mut rotate(&lab, &[]).into_command());
    wait_until("the first one asks IAM", || {
        lab.sts
            .operations()
            .last()
            .is_some_and(|last| last == "ListAccessKeys")
    });
    let run = rotate(&lab, &[]).run().exits(1);
    run.says(&["another aws-mfa (process ", ") is rotating these keys"]);
    first.kill().unwrap();
    first.wait().unwrap();
    lab.sts.behave("ListAccessKeys");
    rotate(&lab, &[]).run().exits(0);
    assert_eq!(lab.sts.key_changes().len(), 2);
}

#[test]
#[cfg(unix)]
fn without_a_lock_nothing_is_done() {
    let lab = lab();
    let cache = lab.home.path().join("cache");
    std::fs::create_dir(&cache).unwrap();
    set_mode(&cache, 0o777);
    let run = rotate(&lab, &[])
        .env("XDG_CACHE_HOME", text(&cache))
        .run()
        .exits(1);
    run.says(&["another rotation at the same time can't be excluded: others can change "]);
    assert_eq!(lab.sts.key_changes(), []);
}

/// Users with a path, in other parts of AWS.
#[test]
fn iam_is_called_where_the_user_is() {
    let lab = lab();
    let path = "arn:aws:iam::123456789012:user/eng/alice";
    lab.sts.add_key(OTHER, SECRET_ACCESS_KEY, path);
    let text = long_term_section().replace(ACCESS_KEY_ID, OTHER);
    lab.home.write(".aws/credentials", &text);
    let code = lab.sts.code();
    rotate(&lab, &["--token", &code]).run().exits(0);
    assert_eq!(lab.sts.keys_of(path).len(), 2);
    lab.sts.demand_iams_region();
    let eu = self::lab();
    eu.home.set_config("[profile dev]\nregion = eu-west-1\n");
    eu.sts.demand_iams_region();
    rotate(&eu, &[]).run().exits(0);
    for (region, host) in [
        ("cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn"),
        ("us-gov-east-1", "iam.us-gov.amazonaws.com"),
        ("eu-central-1", "iam.amazonaws.com"),
    ] {
        let lab = self::lab();
        let run = rotate(&lab, &["--region", region]).env_remove("AWS_ENDPOINT_URL_IAM");
        let run = run
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .env("MFA_DEVICE", "GAHT12345678");
        let outcome = lab.home.trusting_somebody(run).run().exits(1);
        outcome.says(&[&format!("no answer to ListAccessKeys from {host}")]);
    }
    // Only to this computer without TLS.
    let run = rotate(&eu, &[])
        .env("AWS_ENDPOINT_URL_IAM", "http://iam.example.com")
        .run();
    run.exits(1)
        .says(&["AWS_ENDPOINT_URL_IAM: iam.example.com without TLS"]);
}

/// Ctrl-C before anything is made changes nothing; afterwards both keys are named. While a key is made
/// and stored it waits.
#[test]
#[cfg(unix)]
fn a_signal_at_each_request_loses_no_key() {
    let count = 9;
    let mut stopped = 0;
    for n in 1..=count {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let lab = lab();
            let before = lab.sts.received().len();
            // Long enough for the signal to come in the middle.
            lab.sts.misbehave_at(n, Fault::Slow);
            let mut terminal = Terminal::start(rotate(&lab, &[]));
            wait_until("the request comes", || {
                lab.sts.received().len() >= before + n
            });
            terminal.signal(signal);
            let (said, status) = terminal.ends(&[]);
            let what = format!("{signal} at request {n}: {status:?}");
            assert!(
                !matches!(status, WaitStatus::Exited(_, 2..)),
                "{what}: {said}"
            );
            nothing_is_lost(&lab, Some(&said), &what);
            stopped += usize::from(!matches!(status, WaitStatus::Exited(_, 0)));
            if lab.sts.key_changes().is_empty() {
                assert!(matches!(status, WaitStatus::Signaled(..)), "{what}: {said}");
            }
            leads_out(&lab, &what);
        }
    }
    println!("{stopped} rotations were stopped by a signal");
    assert!(stopped >= 6);
}

/// Another program replaces or breaks the file while IAM makes the key.
#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let other = long_term_section().replace(ACCESS_KEY_ID, OTHER);
    for text in [&other[..], "[dev-long-term\n", ""] {
        let lab = lab();
        let before = lab.sts.received().len();
        lab.sts.misbehave("CreateAccessKey", Fault::Slow);
        let mut rotation = rotate(&lab, &[]).into_command();
        let rotation = rotation.stderr(std::process::Stdio::piped());
        let rotation = spawn(rotation);
        wait_until("the key is made", || {
            let operations = operations_since(&lab, before);
            operations
                .last()
                .is_some_and(|last| last == "CreateAccessKey")
        });
        lab.home.write(".aws/credentials", text);
        let output = rotation.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("the new keys could not be stored, and ")
                && said.contains(NEW)
                && said.contains(ACCESS_KEY_ID),
            "{said}"
        );
        assert_eq!(lab.credentials(), text);
        assert_eq!(active(&lab).len(), 2);
    }
    // What was only added stays.
    let lab = lab();
    let before = lab.sts.received().len();
    lab.sts.misbehave("CreateAccessKey", Fault::Slow);
    let mut rotation = spawn(&mut rotate(&lab, &[]).into_command());
    wait_until("the key is made", || {
        let operations = operations_since(&lab, before);
        operations
            .last()
            .is_some_and(|last| last == "CreateAccessKey")
    });
    let text = lab.credentials() + "\n[added]\nregion = x\n";
    lab.home.write(".aws/credentials", &text);
    assert!(rotation.wait().unwrap().success());
    assert!(lab.credentials().ends_with("\n[added]\nregion = x\n"));
    assert_eq!(stored(&lab), NEW);
}

/// What another program writes while AWS gets to know the keys is looked at before the old one goes.
#[test]
fn the_old_key_stays_if_the_file_holds_it_again() {
    for args in [&[][..], &["--delete-old"]] {
        let lab = lab();
        let before = lab.credentials();
        lab.sts.set_new_keys_unknown_for(12);
        let slowly = rotate(&lab, args).env("AWS_MFA_TEST_PAUSE_MS", "100");
        let mut rotation = slowly.into_command();
        let rotation = spawn(rotation.stderr(std::process::Stdio::piped()));
        wait_until("the new keys are stored", || lab.credentials() != before);
        lab.home.write(".aws/credentials", &before);
        let output = rotation.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("the file has changed; both the old key"),
            "{said}"
        );
        assert_eq!(
            (stored(&lab), active(&lab).len()),
            (ACCESS_KEY_ID.to_owned(), 2)
        );
    }
}

/// A key that a section, the config file or the environment holds is no leftover.
#[test]
#[cfg(unix)]
fn a_key_that_something_else_uses_is_named_and_stays() {
    let text = |id: &str| keys_section("ci").replace(ACCESS_KEY_ID, id);
    for (section, config, variable, place) in [
        (text(OTHER), String::new(), "", "in [ci] of "),
        (
            text(&format!("{OTHER} # mine")),
            String::new(),
            "",
            "in [ci] of ",
        ),
        (
            String::new(),
            text(OTHER).replace("[ci]", "[profile ci]"),
            "",
            "config: line 2: profile ci",
        ),
        (
            String::new(),
            String::new(),
            OTHER,
            "AWS_ACCESS_KEY_ID in your environment",
        ),
    ] {
        let with = |lab: &Lab, args: &[&str]| {
            lab.home
                .write(".aws/credentials", &(lab.credentials() + "\n" + &section));
            lab.home.set_config(&config);
            let run = rotate(lab, args);
            if variable.is_empty() {
                run
            } else {
                run.env("AWS_ACCESS_KEY_ID", variable)
            }
        };
        let lab = with_other(true, 200);
        let run = with(&lab, &["--yes"]).run().exits(1);
        run.says(&[
            "there is another key, ****************HER1 (200 days old, never used, in ",
            place,
        ]);
        assert_eq!(lab.sts.key_changes(), []);
        // An inactive one may be deleted, if that is agreed; the question names the place.
        let lab = with_other(false, 200);
        let mut terminal = Terminal::start(with(&lab, &[]));
        terminal.waits_for("never used, in ");
        terminal.answers("to make room? [y/N]: ", "n");
        terminal.exits(1, &[]);
    }
}

#[test]
#[cfg(unix)]
fn questions_say_what_will_be_done_and_look_again_afterwards() {
    let lab = with_other(true, 200);
    let mut terminal = Terminal::start(rotate(&lab, &["--delete-old"]));
    terminal.answers("and delete it for ever? [y/N]: ", "n");
    terminal.exits(1, &[]);
    // While the question is open, somebody activates the key, or stores it.
    let lab = with_other(false, 200);
    let mut terminal = Terminal::start(rotate(&lab, &[]));
    terminal.waits_for("to make room? [y/N]: ");
    lab.sts.set_active(OTHER, true);
    terminal.types("y\n");
    terminal.waits_for("the key ****************HER1 has changed in the meantime");
    terminal.exits(1, &[]);
    assert_eq!(lab.sts.key_changes(), []);
    let lab = with_other(true, 200);
    let mut terminal = Terminal::start(rotate(&lab, &[]));
    terminal.waits_for("make it inactive? [y/N]: ");
    let text = lab.credentials().replace(ACCESS_KEY_ID, OTHER);
    lab.home.write(".aws/credentials", &text);
    terminal.types("y\n");
    terminal.waits_for("the file has changed; both");
    terminal.exits(1, &[]);
    assert_eq!(lab.sts.key_changes(), []);
}

/// Also for another section of the same file, or another file.
#[test]
fn a_key_is_rotated_by_one_run_at_a_time_wherever_it_is() {
    let lab = lab();
    let text = lab.credentials() + "\n" + &long_term_section().replace("[dev-", "[b-");
    lab.home.write(".aws/credentials", &text);
    lab.sts.misbehave("ListAccessKeys", Fault::NoAnswer);
    let mut first = spawn(&mut rotate(&lab, &["--yes"]).into_command());
    wait_until("the first one asks IAM", || {
        lab.sts
            .operations()
            .last()
            .is_some_and(|last| last == "ListAccessKeys")
    });
    let copy = lab.home.write("copy", &text.replace("[dev]", "[b]"));
    let others = [
        &["rotate", "-p", "b", "--yes"][..],
        &["rotate", "-p", "b", "--yes", "--credentials-file", &copy],
    ];
    for args in others {
        let run = lab.run(args).run().exits(1);
        run.says(&["is rotating these keys"]);
    }
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_session_that_aws_ended_is_said_with_the_way_on() {
    for (operation, fault) in [
        ("ListAccessKeys", Fault::Refusal("ExpiredToken", "expired")),
        (
            "GetCallerIdentity",
            Fault::Refusal("InvalidClientTokenId", "invalid"),
        ),
        ("CreateAccessKey", Fault::Refusal("ExpiredToken", "expired")),
    ] {
        let lab = lab();
        lab.sts.misbehave(operation, fault);
        let run = rotate(&lab, &[]).run().exits(1);
        run.says(&["AWS doesn't accept the session any more: run `aws-mfa --profile dev --force`"]);
    }
    let lab = lab();
    lab.sts
        .misbehave("UpdateAccessKey", Fault::Refusal("ExpiredToken", "expired"));
    let run = rotate(&lab, &[]).run().exits(1);
    run.says(&[
        "the session has ended: `aws-mfa --profile dev --force`, and to finish: `aws-mfa rotate",
    ]);
}

/// A session by an option or a variable is kept, too; hints that can't work aren't given.
#[test]
fn a_role_s_session_is_never_overwritten() {
    let role = "arn:aws:iam::123456789012:role/admin";
    let lab = Lab::new();
    lab.refresh(&["--assume-role", role]).run().exits(0);
    let session = lab.credentials().split("[dev]").nth(1).unwrap().to_owned();
    let code = lab.sts.code();
    let run = rotate(&lab, &["--token", &code]).run().exits(0);
    run.says(&["delete AKIAIOSFODNN7EXAMPLE in the AWS console"])
        .never_says("aws iam");
    assert_eq!(lab.credentials().split("[dev]").nth(1).unwrap(), session);
}

/// The keys of a role's source may be named by an option.
#[test]
fn a_role_s_profile_is_followed_with_keys_named_by_an_option() {
    let home = Home::with(
        &(long_term_section().replace("dev-long-term", "base") + &session_section(7200)),
    );
    home.set_config(
        "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = dev\n",
    );
    let options = ["-p", "admin", "--long-term-profile", "base"];
    let run = home
        .run_offline(&[&["check"], &options[..]].concat())
        .run()
        .exits(0);
    assert!(
        run.stdout.starts_with("admin (from dev): valid"),
        "{}",
        run.stdout
    );
    let run = home
        .run_offline(&[&["rotate"], &options[..]].concat())
        .run()
        .exits(1);
    run.says(&[
        "admin takes its credentials from dev",
        "aws-mfa rotate --profile dev --long-term-profile base",
    ]);
    let run = home
        .run_offline(&[&options[..], &["-f", "--no-prompt"]].concat())
        .run()
        .exits(3);
    run.says(&["aws-mfa --profile dev --long-term-profile base --force"]);
}

/// What something else has is made inactive at most, and named also with `-q`.
#[test]
fn a_key_that_something_else_has_is_never_deleted() {
    let ci = keys_section("ci").replace(ACCESS_KEY_ID, &format!("{ACCESS_KEY_ID} # prod"));
    let lab = lab();
    lab.home
        .write(".aws/credentials", &(lab.credentials() + "\n" + &ci));
    let run = rotate(&lab, &["-q", "--delete-old"]).run().exits(1);
    run.says(&[
        "the old key can't be deleted: ci has it",
        "or only make it inactive: aws-mfa rotate --profile dev",
    ]);
    assert_eq!(lab.sts.key_changes(), []);
    let run = rotate(&lab, &["-q"]).run().exits(0);
    run.says(&["[ci] has the same access key ID, but not clearly the same secret: left alone"]);
}

/// Where no session is stored, the advice is this command itself.
#[test]
fn advice_for_a_role_s_profile_is_no_circle() {
    let role = "arn:aws:iam::123456789012:role/admin";
    let lab = Lab::with(&(long_term_section() + "assume_role = " + role + "\n"));
    lab.refresh(&[]).run().exits(0);
    let run = rotate(&lab, &["--no-prompt"]).run().exits(3);
    run.says(&["run `aws-mfa rotate --profile dev` in a terminal"]);
}
