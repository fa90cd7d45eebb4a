//! `aws-mfa setup` where something is already wrong: each answer leads on.

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
                "holds an access key ID that is none",
                "hint: delete lines 4 and 5, then run the same command again",
            ]);
        }
        let mut terminal = setup(&lab, &[]);
        terminal.answers(
            "[dev] holds no real keys. Delete its lines 4 and 5? [Y/n]: ",
            "n",
        );
        terminal.exits(1, &[]);
        assert_eq!(lab.credentials(), template);
        let mut terminal = setup(&lab, &[]);
        terminal.answers("Delete its lines 4 and 5? [Y/n]: ", "");
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
            let question = format!("Use the keys in [{name}], ****************MPLE? [Y/n]: ");
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
        "Use the keys in [default], ****************MPLE? [Y/n]: ",
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
    let mut terminal = setup(&lab, &[]);
    terminal.has_columns(80);
    terminal.waits_for("Access key ID: ");
    // Not one of the secrets that no output may hold: the terminal itself echoes it.
    terminal.types("abcDEFghiJKLmnoPQRstuVWXyz0123456789+/ab\n");
    // Up one line, and cleared from there.
    terminal.waits_for("\u{1b}[1A\r\u{1b}[J");
    terminal.waits_for("that looks like a secret access key, and was removed from the screen");
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
    let run = lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(2);
    run.says(&["nobody can be asked here; give --device\n"]);
    let lab = Lab::with(&(keys_section("dev") + "aws_mfa_device = " + SERIAL + "\n"));
    lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(0);
    assert_eq!(lab.credentials(), long_term_section());
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
    let question =
        "dev takes its credentials from its source_profile; set up keys for dev anyway? [y/N]: ";
    let mut terminal = setup(&lab, &[]);
    terminal.waits_for("line 2: with role_arn, AWS tools will assume that role");
    terminal.answers(question, "");
    terminal.exits(130, &[]);
    let mut terminal = setup(&lab, &[]);
    terminal.answers(question, "y");
    types_keys(&mut terminal);
    let seen = ends(terminal);
    assert!(seen.contains("warning: "), "{seen}");
    assert_eq!(lab.credentials(), long_term_section());
}
