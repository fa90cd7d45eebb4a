//! `aws-mfa setup` where something is already wrong: each answer leads on.

use std::fs;

use crate::support::home::LOCK;
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, keys_section, long_term_section};

const DELETED: &str = "AKIADELETEDKEYS12345";

fn setup(lab: &Lab, args: &[&str]) -> Terminal {
    Terminal::start(lab.run(&[&["setup", "-p", "dev"], args].concat()))
}

#[track_caller]
fn types_keys(terminal: &mut Terminal) {
    terminal.answers("Access key ID: ", ACCESS_KEY_ID);
    terminal.answers("Secret access key (not shown): ", SECRET_ACCESS_KEY);
}

/// Takes what is proposed, and no session.
#[track_caller]
fn ends(mut terminal: Terminal) -> String {
    terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
    terminal.answers("Session duration [12h]: ", "");
    terminal.answers("Get the first session now? [Y/n]: ", "n");
    terminal.exits(0, &[])
}

#[test]
fn placeholders_are_named_and_deleted() {
    for (id, secret) in [
        ("YOUR_ACCESS_KEY", "YOUR_SECRET_KEY"),
        ("<your access key id>", "<your secret>"),
        ("AKIAXXXXXXXXXXXXXXXX", "xxxxxxxx"),
        ("xxx", "xxx"),
    ] {
        let template = format!(
            "# mine\n[dev]\nregion = eu-west-1\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"
        );
        let lab = Lab::with(&template);
        for args in [&[][..], &["check"], &["env"], &["clear"]] {
            let run = lab.run(&[&["-p", "dev"], args].concat()).run().exits(1);
            run.says(&[
                "holds placeholder text instead of keys",
                "hint: delete lines 4 and 5, then run the same command again",
            ]);
        }
        let mut terminal = setup(&lab, &[]);
        terminal.answers(
            "[dev] holds placeholder text instead of keys. Delete lines 4 and 5? [Y/n]: ",
            "n",
        );
        terminal.exits(1, &[]);
        assert_eq!(lab.credentials(), template);
        let mut terminal = setup(&lab, &[]);
        terminal.answers("Delete lines 4 and 5? [Y/n]: ", "");
        types_keys(&mut terminal);
        ends(terminal);
        let expected = format!(
            "# mine\n[dev]\nregion = eu-west-1\n\n{}",
            long_term_section()
        );
        assert_eq!(lab.credentials(), expected);
    }
}

#[test]
fn keys_that_aws_does_not_know_can_be_dropped() {
    let deleted = keys_section("dev").replace(ACCESS_KEY_ID, DELETED);
    for (there, drops) in [
        (deleted.clone(), true),
        (deleted.clone(), false),
        (deleted.clone() + "\n" + &long_term_section(), true),
    ] {
        let lab = Lab::with(&there);
        let mut terminal = setup(&lab, &[]);
        terminal.waits_for("holds permanent keys: ****************2345");
        terminal.answers("[Y/n]: ", "");
        terminal.waits_for("InvalidClientTokenId");
        if !drops {
            terminal.answers("Delete these keys from [dev]? [y/N]: ", "");
            terminal.exits(1, &[]);
            assert_eq!(lab.credentials(), there);
            continue;
        }
        terminal.answers("Delete these keys from [dev]? [y/N]: ", "y");
        let has_others = there != deleted;
        if has_others {
            terminal.answers("Replace its keys? [y/N]: ", "");
        } else {
            types_keys(&mut terminal);
        }
        ends(terminal);
        let blank_line = if has_others { "\n" } else { "" };
        assert_eq!(
            lab.credentials(),
            format!("{blank_line}{}", long_term_section())
        );
    }
    // Without anybody to ask, nothing is deleted: they may be inactive only.
    let lab = Lab::with(&deleted);
    let args = ["setup", "-p", "dev", "--device", SERIAL, "--yes"];
    lab.run(&args)
        .run()
        .exits(1)
        .says(&["InvalidClientTokenId"]);
    assert_eq!(lab.credentials(), deleted);
}

#[test]
fn keys_of_another_section_are_offered() {
    let default = keys_section("default");
    for (there, name, is_offered) in [
        (default.clone(), "default", true),
        (keys_section("work"), "work", true),
        (
            format!("{default}\n{}", keys_section("work")),
            "default",
            true,
        ),
        (
            format!("{}\n{}", keys_section("a"), keys_section("b")),
            "",
            false,
        ),
        (
            default.replace(ACCESS_KEY_ID, "ASIAIOSFODNN7EXAMPLE"),
            "",
            false,
        ),
        (default.replace(ACCESS_KEY_ID, "YOUR_KEY"), "", false),
    ] {
        let lab = Lab::with(&there);
        let run = lab.run(&["-p", "dev"]).run().exits(1);
        let hint = format!(
            "hint: run `aws-mfa setup --profile dev`, which can use the permanent keys in [{name}]"
        );
        assert_eq!(run.stderr.contains(&hint), is_offered, "{}", run.stderr);
        let mut terminal = setup(&lab, &[]);
        if is_offered {
            let question = format!("Use the keys ****************MPLE from [{name}]? [Y/n]: ");
            terminal.answers(&question, "");
        } else {
            types_keys(&mut terminal);
        }
        ends(terminal);
        // They stay where they were.
        assert_eq!(
            lab.credentials(),
            format!("{there}\n{}", long_term_section())
        );
    }
    let lab = Lab::with(&default);
    let mut terminal = setup(&lab, &[]);
    terminal.answers(
        "Use the keys ****************MPLE from [default]? [Y/n]: ",
        "n",
    );
    types_keys(&mut terminal);
    ends(terminal);
    // An option outranks them, and nobody decides for a person who isn't there.
    let lab = Lab::with(&default);
    let args = ["setup", "-p", "dev", "--device", SERIAL, "--yes"];
    lab.run(&args)
        .run()
        .exits(2)
        .says(&["give --access-key-id"]);
    assert_eq!(lab.credentials(), default);
}

#[test]
fn a_secret_where_the_id_belongs_is_taken_off_the_screen() {
    let lab = Lab::with("");
    let mut terminal = Terminal::start(lab.run(&["setup", "-p", "dev"]).env("TERM", "xterm"));
    terminal.has_columns(80);
    terminal.waits_for("Access key ID: ");
    // Not one of the secrets that no output may hold: the terminal itself echoes it.
    terminal.types("abcDEFghiJKLmnoPQRstuVWXyz0123456789+/ab\n");
    // Up one line, which is cleared.
    terminal.waits_for("\r\u{1b}[1A\u{1b}[2K");
    terminal.waits_for("that looks like a secret access key, which was removed from the screen");
    types_keys(&mut terminal);
    ends(terminal);
}

#[test]
fn a_wrong_secret_is_asked_for_again_and_the_id_kept() {
    let lab = Lab::with("");
    let mut terminal = setup(&lab, &[]);
    terminal.answers("Access key ID: ", ACCESS_KEY_ID);
    for secret in ["mistyped", "mistyped/again", SECRET_ACCESS_KEY] {
        terminal.answers("Secret access key (not shown): ", secret);
    }
    let seen = ends(terminal);
    assert_eq!(seen.matches("Access key ID: ").count(), 1, "{seen}");
    assert_eq!(lab.credentials(), long_term_section());
    // Three in all.
    let lab = Lab::with("");
    let mut terminal = setup(&lab, &["--access-key-id", ACCESS_KEY_ID]);
    for _ in 0..3 {
        terminal.answers("Secret access key (not shown): ", "mistyped");
    }
    terminal.exits(1, &["mistyped"]);
    assert_eq!(lab.home.files(), [LOCK, "credentials"]);
}

#[test]
fn devices_that_cannot_be_are_refused() {
    let other = "arn:aws:iam::210987654321:mfa/alice";
    let args = |device| {
        [
            "setup",
            "-p",
            "dev",
            "--access-key-id",
            ACCESS_KEY_ID,
            "--device",
            device,
            "-y",
        ]
    };
    for (device, words) in [
        (
            "arn:aws:iam::123456789012:user/alice",
            "--device: the ARN of a user",
        ),
        (
            "arn:aws:iam::123456789012:mfa/",
            "--device: not an MFA serial",
        ),
        (
            other,
            "belongs to account 210987654321, but the permanent keys belong to user alice",
        ),
    ] {
        let lab = Lab::with("");
        let run = lab.run(&args(device)).stdin(SECRET_ACCESS_KEY).run();
        assert_ne!(run.code, Some(0), "{}", run.stderr);
        run.says(&[words]);
        assert_eq!(lab.credentials(), "");
    }
    // One that is stored is said, and asked for.
    let lab = Lab::with(&long_term_section().replace(SERIAL, other));
    let mut terminal = setup(&lab, &[]);
    terminal.answers("Replace its keys? [y/N]: ", "");
    terminal.waits_for("belongs to account 210987654321");
    ends(terminal);
    assert_eq!(lab.credentials(), long_term_section());
}

#[test]
fn yes_asks_for_what_is_missing_only() {
    let lab = Lab::with(&keys_section("dev"));
    lab.sts.deny("ListMFADevices");
    let run = lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(2);
    run.says(&["nobody can be asked here; give --device\n"]);
    let lab = Lab::with(&(keys_section("dev") + "aws_mfa_device = " + SERIAL + "\n"));
    lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(0);
    assert_eq!(lab.credentials(), long_term_section());
}

/// What may be a secret is never deleted without a person who asks for it.
#[test]
fn real_keys_are_no_placeholders() {
    let quoted = keys_section("dev").replace(ACCESS_KEY_ID, &format!("\"{ACCESS_KEY_ID}\""));
    let simulated = keys_section("dev").replace(ACCESS_KEY_ID, "test");
    for section in [quoted, simulated] {
        let lab = Lab::with(&section);
        lab.run(&["-p", "dev"])
            .run()
            .exits(1)
            .says(&["holds permanent keys, not a session"]);
        let yes = ["setup", "-p", "dev", "--device", SERIAL, "--yes"];
        assert_ne!(lab.run(&yes).run().code, Some(0));
        assert_eq!(lab.credentials(), section);
    }
    let lab =
        Lab::with(&keys_section("dev").replace(ACCESS_KEY_ID, &format!("\"{ACCESS_KEY_ID}\"")));
    let seen = setup(&lab, &[]).exits(1, &[]);
    assert!(
        seen.contains("line 2: aws_access_key_id must be letters and digits, without quotes"),
        "{seen}"
    );
    // Nobody confirmed it.
    let template = "[dev]\naws_access_key_id = YOUR_KEY\naws_secret_access_key = YOUR_SECRET\n";
    let lab = Lab::with(template);
    let yes = ["setup", "-p", "dev", "--device", SERIAL, "--yes"];
    lab.run(&yes)
        .run()
        .exits(1)
        .says(&["hint: delete lines 2 and 3"]);
    assert_eq!(lab.credentials(), template);
}

#[test]
fn half_a_pair_is_named_and_can_be_dropped() {
    let [id, secret] = [
        format!("[dev]\naws_access_key_id = {ACCESS_KEY_ID}\n"),
        format!("[dev]\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"),
    ];
    for half in [id, secret] {
        let lab = Lab::with(&half);
        for args in [&[][..], &["check"], &["env"], &["clear"]] {
            let run = lab.run(&[&["-p", "dev"], args].concat()).run().exits(1);
            run.says(&[
                "[dev] of",
                "holds only half of a pair of permanent keys",
                "hint: add the line that is missing, or delete line 2 if nobody needs it; then run \
                 `aws-mfa setup --profile dev`",
            ]);
            assert_eq!(lab.credentials(), half);
        }
        let question = "[dev] holds only half of a pair of permanent keys. Delete line 2? [y/N]: ";
        let mut terminal = setup(&lab, &[]);
        terminal.answers(question, "");
        terminal.exits(1, &[]);
        assert_eq!(lab.credentials(), half);
        let mut terminal = setup(&lab, &[]);
        terminal.answers(question, "y");
        types_keys(&mut terminal);
        ends(terminal);
        assert_eq!(lab.credentials(), long_term_section());
    }
}

/// What could be a secret is never lost where the keys belong, either.
#[test]
fn half_a_pair_where_the_keys_belong_is_kept_or_completed() {
    const OTHER: &str = "OtherSecret/AAAABBBBCCCCDDDDEEEEFFFFGGGG";
    let other = format!("[dev-long-term]\naws_secret_access_key = {OTHER}\n");
    let [id, secret] = [
        format!("[dev-long-term]\naws_access_key_id = {ACCESS_KEY_ID}\n"),
        format!("[dev-long-term]\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"),
    ];
    let yes = [
        "setup",
        "-p",
        "dev",
        "--yes",
        "--device",
        SERIAL,
        "--access-key-id",
        ACCESS_KEY_ID,
    ];
    for half in [
        id,
        secret,
        "[dev-long-term]\naws_secret_access_key = xxx\n".to_owned(),
    ] {
        let lab = Lab::with(&half);
        lab.run(&yes).stdin(SECRET_ACCESS_KEY).run().exits(0);
        let stored = lab.credentials();
        let lines = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&stored), lines(&long_term_section()), "{half}");
    }
    for there in [other.clone(), other.clone() + "\n" + &keys_section("dev")] {
        let lab = Lab::with(&there);
        let run = lab.run(&yes).stdin(SECRET_ACCESS_KEY).run().exits(1);
        run.says(&[
            "[dev-long-term] of",
            "holds only half of a pair of permanent keys",
            "or delete line 2",
        ]);
        assert_eq!(lab.credentials(), there);
    }
    for (answer, is_replaced) in [("", false), ("y", true)] {
        let lab = Lab::with(&other);
        let mut terminal = setup(&lab, &[]);
        types_keys(&mut terminal);
        terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
        terminal.answers("Session duration [12h]: ", "");
        let question =
            "[dev-long-term] holds only half of a pair of permanent keys. Replace line 2? [y/N]: ";
        terminal.answers(question, answer);
        if is_replaced {
            terminal.answers("Get the first session now? [Y/n]: ", "n");
            terminal.exits(0, &[]);
            assert!(!lab.credentials().contains(OTHER));
        } else {
            terminal.exits(1, &[]);
            assert_eq!(lab.credentials(), other);
        }
    }
}

/// Another program may write while the questions are answered.
#[test]
fn what_changes_meanwhile_is_not_lost() {
    const K3: &str = "AKIATHIRDKEYS1234567";
    let third = |section: &str| keys_section(section).replace(ACCESS_KEY_ID, K3);
    let template = "[dev]\naws_access_key_id = YOUR_KEY\naws_secret_access_key = YOUR_SECRET\n";
    for (before, questions, meanwhile) in [
        // New keys; moved ones; deleted ones; a placeholder.
        (String::new(), &[][..], third("dev-long-term")),
        (
            keys_section("dev"),
            &[("[Y/n]: ", "")][..],
            keys_section("dev") + "\n" + &third("dev-long-term"),
        ),
        (
            keys_section("dev"),
            &[("[Y/n]: ", "n"), ("[y/N]: ", "y")],
            third("dev"),
        ),
        (template.to_owned(), &[("[Y/n]: ", "y")], third("dev")),
        // The kept ones.
        (
            long_term_section(),
            &[("Replace its keys? [y/N]: ", "n")],
            third("dev-long-term"),
        ),
    ] {
        let lab = Lab::with(&before);
        let mut terminal = setup(&lab, &[]);
        for (question, answer) in questions {
            terminal.answers(question, answer);
        }
        let has_keys = questions.len() == 1 && before != template;
        if !has_keys {
            types_keys(&mut terminal);
        }
        terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
        terminal.waits_for("Session duration [12h]: ");
        fs::write(lab.home.credentials_path(), &meanwhile).unwrap();
        terminal.types("\n");
        let seen = terminal.exits(1, &[]);
        assert!(seen.contains("have changed"), "{seen}");
        assert_eq!(lab.credentials(), meanwhile);
    }
}

#[test]
fn a_piped_secret_corrects_the_stored_one() {
    let wrong = keys_section("dev").replace(
        SECRET_ACCESS_KEY,
        "wrong/Secret/AAAABBBBCCCCDDDDEEEEFFFFGGG",
    );
    let lab = Lab::with(&wrong);
    let yes = ["setup", "-p", "dev", "--yes", "--device", SERIAL];
    let args = [&yes[..], &["--access-key-id", ACCESS_KEY_ID]].concat();
    lab.run(&args).stdin(SECRET_ACCESS_KEY).run().exits(0);
    assert_eq!(lab.credentials(), long_term_section());
}

#[test]
fn a_device_that_aws_refused_is_not_tried_again() {
    let lab = Lab::with("");
    let nobody = SERIAL.replace("alice", "nobody");
    let mut terminal = setup(&lab, &[]);
    types_keys(&mut terminal);
    terminal.answers(&format!("MFA device [{SERIAL}]: "), &nobody);
    terminal.answers("Session duration [12h]: ", "");
    terminal.answers("Get the first session now? [Y/n]: ", "");
    terminal.answers("MFA code", &lab.sts.code());
    terminal.answers("MFA device: ", &nobody);
    terminal.waits_for("AWS doesn't know this device for this user");
    terminal.answers("MFA device: ", SERIAL);
    terminal.answers("MFA code", &lab.sts.code());
    terminal.exits(0, &[]);
    assert!(lab.credentials().contains(SERIAL));
}

/// `--device`, or another answer, replaces a device that can't be right.
#[test]
fn a_device_of_another_part_of_aws_is_replaced() {
    for (device, problem) in [
        (
            SERIAL.replace("arn:aws:", "arn:aws-cn:"),
            "region us-east-1 is in another part of AWS than the MFA device",
        ),
        (
            SERIAL.replace("arn:aws:", "arn:aws-us-gv:"),
            "aws-us-gv is no part of AWS that is known",
        ),
    ] {
        let there = long_term_section().replace(SERIAL, &device);
        let lab = Lab::with(&there);
        let region = if device.contains("cn") {
            &["--region", "us-east-1"][..]
        } else {
            &[]
        };
        // Without an endpoint of its own, and nothing behind the proxy.
        let run = |args: &[&str]| {
            let common = ["setup", "-p", "dev"];
            let run = lab.home.run_offline(&[&common, region, args].concat());
            let run = run.without_endpoints();
            let run = run.env("HTTPS_PROXY", "http://127.0.0.1:9");
            lab.home.trusting_somebody(run)
        };
        let mut terminal = Terminal::start(run(&[]));
        terminal.waits_for(problem);
        terminal.waits_for("the proxy http://127.0.0.1:9");
        terminal.exits(1, &[]);
        let outcome = run(&["--yes"]).run();
        assert!(outcome.stderr.contains(problem), "{}", outcome.stderr);
        let outcome = run(&["--yes", "--device", SERIAL]).run();
        assert!(outcome.stderr.contains("proxy"), "{}", outcome.stderr);
        assert_eq!(lab.credentials(), there);
    }
}

/// A long name isn't a secret.
#[test]
fn long_names_are_accepted() {
    const PROFILE: &str = "AWSAdministratorAccess/123456789012/Main";
    let device = SERIAL.replace("alice", "engineering/platform/AliceSmithWork1");
    let lab = Lab::with(&keys_section(PROFILE));
    let mut terminal = Terminal::start(lab.run(&["setup"]));
    terminal.answers("Profile [default]: ", PROFILE);
    terminal.answers("Move them to", "");
    terminal.answers("MFA device [", &device);
    terminal.answers("Session duration [12h]: ", "");
    terminal.answers("Get the first session now? [Y/n]: ", "n");
    terminal.exits(0, &[]);
    assert!(lab.credentials().contains(&device));
}

#[test]
fn bad_keys_where_they_belong_are_replaced() {
    let dead = long_term_section().replace(ACCESS_KEY_ID, DELETED);
    for there in [
        dead.clone(),
        dead.replace(&format!("aws_mfa_device = {SERIAL}\n"), ""),
        dead.replace(DELETED, "YOURACCESSKEY"),
    ] {
        let lab = Lab::with(&there);
        let mut terminal = setup(&lab, &[]);
        if there.contains(SERIAL) {
            terminal.answers("Replace its keys? [y/N]: ", "");
        }
        terminal.waits_for("InvalidClientTokenId");
        terminal.answers("Replace the keys in [dev-long-term]? [Y/n]: ", "");
        types_keys(&mut terminal);
        if !there.contains(SERIAL) {
            terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
        }
        terminal.answers("Get the first session now? [Y/n]: ", "n");
        terminal.exits(0, &[]);
        assert_eq!(lab.credentials(), long_term_section());
    }
    // The secret alone is wrong, in either section.
    for section in ["dev", "dev-long-term"] {
        let wrong = keys_section(section).replace(SECRET_ACCESS_KEY, "mistyped");
        let lab = Lab::with(&wrong);
        let mut terminal = setup(&lab, &[]);
        if section == "dev" {
            terminal.answers("Move them to [dev-long-term]", "");
        }
        terminal.waits_for("SignatureDoesNotMatch");
        terminal.answers("Secret access key (not shown): ", SECRET_ACCESS_KEY);
        if section == "dev" {
            ends(terminal);
        } else {
            // They replace others, which were the same user's.
            terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
            terminal.answers("Get the first session now? [Y/n]: ", "n");
            terminal.exits(0, &[]);
        }
        assert_eq!(lab.credentials(), long_term_section());
    }
    // So is a token that makes them look temporary.
    let lab = Lab::with(&(keys_section("dev-long-term") + "aws_session_token = x\n"));
    lab.refresh(&["--device", SERIAL])
        .run()
        .exits(1)
        .says(&["line 4: a session token doesn't belong with permanent keys: delete that line"]);
    ends(setup(&lab, &[]));
    assert_eq!(lab.credentials(), long_term_section());
}

#[test]
fn the_first_session_is_for_what_was_just_chosen() {
    let lab = Lab::with(&long_term_section());
    let run = lab.run(&["setup", "-p", "dev"]);
    let run = run
        .env("MFA_DEVICE", "arn:aws:iam::123456789012:mfa/bob")
        .env("MFA_STS_DURATION", "7200");
    let mut terminal = Terminal::start(run);
    terminal.answers("Replace its keys? [y/N]: ", "");
    terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
    terminal.answers("Session duration [12h]: ", "1h");
    terminal.waits_for("duration: 1h");
    terminal.waits_for("aws-mfa will use MFA_DEVICE and MFA_STS_DURATION from your environment");
    terminal.waits_for("to fix: unset MFA_DEVICE MFA_STS_DURATION");
    terminal.answers("Get the first session now? [Y/n]: ", "");
    terminal.waits_for(&format!("MFA code for dev ({SERIAL}): "));
    lab.types_code(terminal);
}

#[test]
fn what_a_refresh_would_refuse_is_refused_or_replaced_first() {
    for line in ["assume_role = admin", "mfa_process = otp 'x"] {
        let lab = Lab::with(&format!("{}{line}\n", long_term_section()));
        let key = line.split(' ').next().unwrap();
        let seen = setup(&lab, &[]).exits(1, &[]);
        assert!(
            seen.contains(key) && !seen.contains("Replace its keys"),
            "{seen}"
        );
    }
    let lab = Lab::with(&format!(
        "{}duration_seconds = 99999999\n",
        long_term_section()
    ));
    let run = lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(1);
    run.says(&["99999999 seconds is outside"]);
    let mut terminal = setup(&lab, &[]);
    terminal.answers("Replace its keys? [y/N]: ", "");
    terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
    terminal.waits_for("99999999 seconds is outside");
    terminal.answers("Session duration [12h]: ", "");
    terminal.answers("Get the first session now? [Y/n]: ", "n");
    terminal.exits(0, &[]);
    assert_eq!(
        lab.credentials(),
        format!("{}duration_seconds = 43200\n", long_term_section())
    );
}

#[test]
fn secrets_are_taken_off_the_screen_wherever_they_are_typed() {
    const TYPED: &str = "abcDEFghiJKLmnoPQRstuVWXyz0123456789+/ab";
    let erased = "\r\u{1b}[1A\u{1b}[2K";
    for answer in [
        format!("{ACCESS_KEY_ID},{TYPED}"),
        format!("aws_secret_access_key = {TYPED}"),
        format!("\"{TYPED}\""),
        format!("export AWS_SECRET_ACCESS_KEY={TYPED}"),
        format!("({TYPED})"),
        format!("<{TYPED}>"),
        format!("`{TYPED}`|"),
        format!("{TYPED}."),
        format!("\u{201c}{TYPED}\u{201d}"),
        format!("{TYPED}\u{200b}"),
    ] {
        let lab = Lab::with(&keys_section("dev"));
        let mut terminal = Terminal::start(lab.run(&["setup"]).env("TERM", "xterm"));
        terminal.has_columns(300);
        for question in ["Profile [default]: ", "Move them to", "MFA device ["] {
            if question == "Move them to" {
                terminal.waits_for("Profile [default]: ");
                terminal.types("dev\n");
            } else if question == "MFA device [" {
                terminal.waits_for("[Y/n]: ");
                terminal.types("\n");
            }
            terminal.waits_for(question);
            terminal.types(&format!("{answer}\n"));
            terminal.waits_for(erased);
            terminal.waits_for("which was removed from the screen");
        }
        terminal.types_control('c');
        terminal.ends(&[]);
    }
}

#[test]
fn what_could_not_hold_the_session_is_refused_before_the_first_question() {
    let section = "[dev]\n  region = x\n";
    let lab = Lab::with(section);
    let seen = setup(&lab, &[]).exits(1, &[]);
    assert!(
        seen.contains("line 2: an indented key") && !seen.contains("Access key ID"),
        "{seen}"
    );
    assert_eq!(lab.credentials(), section);
    assert_eq!(lab.sts.connections(), 0);
}

#[test]
fn indented_keys_are_seen_and_moved() {
    let lab = Lab::with(&keys_section("dev").replace("aws_", "  aws_"));
    let mut terminal = setup(&lab, &[]);
    terminal.waits_for("[dev] of ");
    terminal.answers("Move them to [dev-long-term]", "");
    ends(terminal);
    assert_eq!(
        lab.credentials(),
        long_term_section().replace("aws_", "  aws_")
    );
    lab.refresh(&[]).run().exits(0);
    lab.run(&["check", "-p", "dev"]).run().exits(0);
}

#[test]
fn a_role_s_profile_gets_keys_only_if_that_is_confirmed() {
    let lab = Lab::with("");
    lab.home
        .set_config("[profile dev]\nrole_arn = x\nsource_profile = base\n");
    let question = "Set up keys for dev anyway? [y/N]: ";
    let mut terminal = setup(&lab, &[]);
    terminal.waits_for("line 2: because of role_arn, AWS tools will assume that role");
    terminal.answers(question, "");
    terminal.exits(130, &[]);
    let mut terminal = setup(&lab, &[]);
    terminal.answers(question, "y");
    types_keys(&mut terminal);
    let seen = ends(terminal);
    assert!(seen.contains("warning: "), "{seen}");
    assert_eq!(lab.credentials(), long_term_section());
}
