//! `aws-mfa setup`: keys and device stored after they were proven, keys moved, keys replaced.

use crate::support::home::{Home, LOCK, mode, set_mode};
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::sts::Tripwire;
use crate::support::{
    ACCESS_KEY_ID, PROMPT, SECRET_ACCESS_KEY, SERIAL, USER, keys_section, long_term_section,
    long_term_section_of,
};

const NEW_ID: &str = "AKIANEWKEYEXAMPLE123";
const NEW_SECRET: &str = "NewSecret/K7MDENG/bPxRfiCYEXAMPLEKEY";
const OTHER_USER: &str = "arn:aws:iam::999999999999:user/ops/bob";

/// As `aws configure` leaves it.
fn configured() -> String {
    format!("# my keys\n{}", keys_section("default"))
}

/// `aws-mfa setup` on a terminal.
fn setup(lab: &Lab, args: &[&str]) -> Terminal {
    Terminal::start(lab.run(&[&["setup"], args].concat()))
}

/// From a plain `[default]` to a working session, by what the program itself says.
#[test]
fn a_new_users_way_from_aws_configure_to_a_session() {
    let lab = Lab::with(&configured());
    let mut terminal = Terminal::start(lab.run(&[]));
    terminal.waits_for("[default] of ");
    terminal.waits_for("holds permanent keys, not a session");
    terminal.waits_for("hint: run `aws-mfa setup`");
    terminal.exits(1, &[]);

    let mut terminal = setup(&lab, &[]);
    terminal.answers("Profile [default]: ", "");
    terminal.waits_for("holds permanent keys: ****************MPLE");
    terminal.answers(
        "Move them to [default-long-term], so that [default] can hold the session? [Y/n]: ",
        "",
    );
    terminal.waits_for("these keys belong to user alice, account 123456789012");
    terminal.waits_for("this user's MFA device is");
    terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
    terminal.answers("Session duration [12h]: ", "");
    terminal.waits_for("are now in [default-long-term] of ");
    terminal.waits_for("/.aws/credentials, and [default] is free for the session");
    terminal.answers("Get the first session now? [Y/n]: ", "");
    terminal.waits_for(&format!("MFA code for default ({SERIAL}): "));
    let seen = lab.types_code(terminal);
    assert!(
        seen.contains("new session for profile default, account 123456789012"),
        "{seen}"
    );
    // The last line.
    let last = seen.trim_end().lines().next_back();
    assert_eq!(last, Some("to get the next session: aws-mfa"), "{seen}");

    let moved = format!("# my keys\n{}", long_term_section_of("default"));
    let after = lab.credentials();
    assert!(
        after.starts_with(&(moved + "\n[default]\nassumed_role = False\n")),
        "{after}"
    );
    lab.home.run_offline(&["check"]).run().exits(0);
    lab.home.run_offline(&[]).run().exits(0);
}

#[test]
fn everything_is_asked_for_where_there_is_nothing() {
    let lab = Lab::at(Home::empty());
    let seen = lab.run(&["-p", "dev"]).run().exits(1);
    seen.says(&[
        "there is no credentials file",
        "hint: run `aws-mfa setup --profile dev`",
    ]);
    let mut terminal = setup(&lab, &[]);
    terminal.answers("Profile [default]: ", "dev");
    terminal.answers("Access key ID: ", "");
    terminal.answers("Access key ID: ", "ASIAIOSFODNN7EXAMPLE");
    terminal.waits_for("this is the ID of a temporary key");
    terminal.answers("Access key ID: ", "my key");
    terminal.waits_for("not an access key ID");
    terminal.answers("Access key ID: ", ACCESS_KEY_ID);
    terminal.waits_for("Secret access key (not shown): ");
    assert!(!terminal.echoes());
    terminal.types("two words\n");
    terminal.answers("Secret access key (not shown): ", "mistyped/secret");
    terminal.waits_for("SignatureDoesNotMatch");
    terminal.waits_for("the secret access key doesn't match the access key ID");
    assert_eq!(
        lab.home.files(),
        [LOCK],
        "no keys are written before the keys are proven"
    );
    // The ID is right.
    terminal.answers("Secret access key (not shown): ", SECRET_ACCESS_KEY);
    terminal.waits_for("these keys belong to user alice");
    terminal.answers(
        "MFA device [",
        "arn:aws:iam::123456789012:u2f/user/alice/key",
    );
    terminal.waits_for("shows no codes; add an authenticator app");
    terminal.answers("MFA device [", "phone");
    terminal.waits_for("not an MFA serial");
    terminal.answers("MFA device [", "arn:aws:iam::123456789012:mfa/phone");
    terminal.answers("Session duration [12h]: ", "5");
    terminal.waits_for("outside the 900 to 129600");
    terminal.answers("Session duration [12h]: ", "8h");
    terminal.waits_for("the keys ****************MPLE are stored in [dev-long-term] of ");
    terminal.waits_for("/.aws/credentials; they belong to user alice");
    assert_eq!(
        lab.credentials(),
        long_term_section().replace("mfa/alice", "mfa/phone") + "duration_seconds = 28800\n"
    );
    assert_eq!(mode(&lab.home.credentials_path()), 0o600);
    terminal.answers("Get the first session now? [Y/n]: ", "y");
    // That was another device's name: it is asked for again.
    let first = lab.sts.code();
    terminal.answers("mfa/phone): ", &first);
    terminal.waits_for("AWS doesn't know this device for this user");
    terminal.answers("MFA device: ", SERIAL);
    let second = lab.sts.code();
    terminal.answers("mfa/alice): ", &second);
    terminal.waits_for("new session for profile dev");
    terminal.waits_for("to get the next session: aws-mfa --profile dev");
    terminal.exits(0, &[&first, &second, "two words", "mistyped"]);
    assert!(lab.credentials().contains(&format!(
        "aws_mfa_device = {SERIAL}\nduration_seconds = 28800\n"
    )));
}

#[test]
fn what_else_is_in_the_section_stays_there() {
    let lab = Lab::with(&(configured() + "region = eu-west-1\n# end\n"));
    let mut terminal = setup(&lab, &["-p", "default", "--device", SERIAL]);
    terminal.answers("Move them to [default-long-term]", "y");
    terminal.answers("Session duration [12h]: ", "");
    terminal.answers("Get the first session now? [Y/n]: ", "n");
    terminal.waits_for("to get a session: aws-mfa --profile default");
    terminal.exits(0, &[]);
    assert_eq!(
        lab.credentials(),
        format!(
            "# my keys\n[default]\nregion = eu-west-1\n# end\n\n{}",
            long_term_section_of("default")
        )
    );
}

#[test]
fn whoever_says_no_changes_nothing() {
    let lab = Lab::with(&configured());
    for (question, answer, status) in [
        ("[Y/n]: ", "n\n", 130),
        ("[Y/n]: ", "\u{4}", 130),
        ("MFA device", "\u{4}", 130),
    ] {
        let mut terminal = setup(&lab, &["-p", "default"]);
        if question == "MFA device" {
            terminal.answers("[Y/n]: ", "");
        }
        terminal.waits_for(question);
        terminal.types(answer);
        if answer == "n\n" {
            terminal.answers("Delete them from [default] instead? [y/N]: ", "");
        }
        terminal.exits(status, &[]);
        assert_eq!(lab.credentials(), configured());
    }
}

#[test]
fn everything_may_be_given_by_options() {
    let lab = Lab::at(Home::empty());
    let args = [
        "setup",
        "-p",
        "dev",
        "--access-key-id",
        ACCESS_KEY_ID,
        "--device",
        SERIAL,
        "--yes",
    ];
    let secret = format!("{SECRET_ACCESS_KEY}\n");
    lab.run(&args).stdin(&secret).run().exits(0).says(&[
        "are stored in [dev-long-term]",
        "to get a session: aws-mfa --profile dev",
    ]);
    assert_eq!(lab.credentials(), long_term_section());
    // Once more changes nothing.
    let outcome = lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(0);
    outcome.says(&["the keys in [dev-long-term] are up to date"]);
    assert_eq!(lab.credentials(), long_term_section());
    // Another device, a duration; by the Python tool's flag, too.
    let args = [
        "--setup",
        "-p",
        "dev",
        "--device",
        "GAHT12345678",
        "--duration",
        "8h",
    ];
    lab.run(&args).run().exits(0);
    let expected =
        long_term_section().replace(SERIAL, "GAHT12345678") + "duration_seconds = 28800\n";
    assert_eq!(lab.credentials(), expected);
}

#[test]
fn misplaced_keys_are_moved_without_a_question() {
    let lab = Lab::with(&configured());
    lab.run(&["setup", "--device", SERIAL, "--yes"])
        .run()
        .exits(0);
    let moved = format!("# my keys\n{}", long_term_section_of("default"));
    assert_eq!(lab.credentials(), moved);
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let tripwire = Tripwire::set();
    for (credentials, args, stdin, words) in [
        (
            String::new(),
            &[][..],
            "",
            "nobody can be asked here; give --access-key-id and --device",
        ),
        (
            String::new(),
            &["--access-key-id", ACCESS_KEY_ID],
            "",
            "give the secret access key on standard input",
        ),
        (
            String::new(),
            &["--access-key-id", "ASIAIOSFODNN7EXAMPLE"],
            "",
            "--access-key-id: this is the ID of a temporary key",
        ),
        (configured(), &[], "", "give --yes"),
    ] {
        let home = Home::with(&credentials);
        home.run_offline(&[&["setup"], args].concat())
            .with_aws_at(&tripwire.url())
            .stdin(stdin)
            .run()
            .exits(2)
            .says(&[words]);
        assert_eq!(home.credentials(), credentials);
    }
    let home = Home::empty();
    let run = home.run_offline(&["setup", "--access-key-id", ACCESS_KEY_ID]);
    run.stdin("two words\n")
        .run()
        .exits(1)
        .says(&["standard input: a secret access key is a single word"]);
    assert_eq!(tripwire.hits(), 0);
}

#[test]
fn keys_that_aws_does_not_know_are_not_written() {
    let mut lab = Lab::at(Home::empty());
    let args = ["setup", "--device", SERIAL, "--yes"];
    lab.run(&[&args[..], &["--access-key-id", NEW_ID]].concat())
        .stdin(NEW_SECRET)
        .run()
        .exits(1)
        .says(&["InvalidClientTokenId"])
        .never_says(NEW_SECRET);
    assert_eq!(lab.home.files(), [LOCK]);
    lab.home = Home::with(&configured());
    lab.sts.delete_key(ACCESS_KEY_ID);
    lab.run(&args).run().exits(1);
    assert_eq!(lab.credentials(), configured());
}

/// A long-term section as people have it, with a comment between the keys.
fn old_keys() -> String {
    format!("{}# by IT\nregion = eu-west-1\n", long_term_section())
}

fn new_keys() -> String {
    old_keys()
        .replace(ACCESS_KEY_ID, NEW_ID)
        .replace(SECRET_ACCESS_KEY, NEW_SECRET)
}

/// A lab whose STS knows the new keys of this user.
fn with_new_keys(credentials: &str, user: &str) -> Lab {
    let lab = Lab::with(credentials);
    lab.sts.add_key(NEW_ID, NEW_SECRET, user);
    lab
}

#[test]
fn rotated_keys_replace_only_the_old_ones() {
    let mut lab = with_new_keys(&old_keys(), USER);
    let mut terminal = setup(&lab, &["-p", "dev"]);
    terminal.waits_for(&format!(
        "holds the keys ****************MPLE; MFA device: {SERIAL}"
    ));
    terminal.answers("Replace its keys? [y/N]: ", "y");
    terminal.answers("Access key ID: ", NEW_ID);
    terminal.answers("Secret access key (not shown): ", NEW_SECRET);
    terminal.answers("Get the first session now? [Y/n]: ", "n");
    terminal.exits(0, &[NEW_SECRET]);
    assert_eq!(lab.credentials(), new_keys());

    // The old ones may be deleted already.
    lab.home = Home::with(&old_keys());
    lab.sts.delete_key(ACCESS_KEY_ID);
    let args = ["setup", "-p", "dev", "--access-key-id", NEW_ID, "--yes"];
    let outcome = lab.run(&args).stdin(NEW_SECRET).run().exits(0);
    outcome.never_says(NEW_SECRET);
    assert_eq!(lab.credentials(), new_keys());
}

fn keys_of_bob() -> String {
    new_keys().replace(SERIAL, "arn:aws:iam::999999999999:mfa/bob")
}

#[test]
fn keys_of_another_user_are_asked_about() {
    for old_is_known in [true, false] {
        let lab = with_new_keys(&old_keys(), OTHER_USER);
        let old = if old_is_known {
            "user alice, account 123456789012"
        } else {
            lab.sts.delete_key(ACCESS_KEY_ID);
            "account 123456789012"
        };
        let args = ["setup", "-p", "dev", "--access-key-id", NEW_ID, "--yes"];
        let outcome = lab.run(&args).stdin(NEW_SECRET).run().exits(1);
        outcome.says(&[&format!(
            "the new keys belong to user ops/bob, account 999999999999, \
             but the keys in [dev-long-term] belong to {old}"
        )]);
        assert_eq!(lab.credentials(), old_keys());
        for (answer, status, expected) in [("", 130, old_keys()), ("y", 0, keys_of_bob())] {
            let mut terminal = setup(&lab, &["-p", "dev", "--access-key-id", NEW_ID]);
            terminal.answers("Secret access key (not shown): ", NEW_SECRET);
            let question = format!("The old keys belong to {old}. Replace them anyway? [y/N]: ");
            terminal.answers(&question, answer);
            if status == 0 {
                // That user has another device.
                terminal.waits_for("MFA device [arn:aws:iam::999999999999:mfa/bob]: ");
                terminal.types("arn:aws:iam::123456789012:mfa/alice\n");
                terminal.waits_for("but the permanent keys belong to user ops/bob");
                terminal.answers("MFA device [", "");
                terminal.answers("Session duration [12h]: ", "");
                terminal.answers("Get the first session now? [Y/n]: ", "n");
            }
            terminal.exits(status, &[NEW_SECRET]);
            assert_eq!(lab.credentials(), expected);
        }
    }
}

/// `aws configure` was run for the session's section again, with the rotated keys.
#[test]
fn rotated_keys_that_are_misplaced_replace_the_old_ones() {
    let session = "[dev]\naws_session_token = StoredToken//stale\nregion = x\n";
    let misplaced = session.replace(
        "[dev]\n",
        &format!("[dev]\naws_access_key_id = {NEW_ID}\naws_secret_access_key = {NEW_SECRET}\n"),
    );
    let lab = with_new_keys(&(old_keys() + &misplaced), USER);
    let mut terminal = setup(&lab, &["-p", "dev"]);
    terminal.waits_for("holds permanent keys: ****************E123");
    let question = "Replace ****************MPLE in [dev-long-term] with them? [Y/n]: ";
    terminal.answers(question, "y");
    terminal.answers("Get the first session now? [Y/n]: ", "");
    terminal.waits_for(PROMPT);
    assert_eq!(lab.credentials(), new_keys() + session);
    let seen = lab.types_code(terminal);
    assert!(!seen.contains(NEW_SECRET));
    assert!(lab.credentials().starts_with(&new_keys()));
    lab.home.run_offline(&["check", "-p", "dev"]).run().exits(0);
}

#[test]
fn keys_that_change_meanwhile_are_left_alone() {
    let lab = Lab::with(&configured());
    let mut terminal = setup(&lab, &["-p", "default"]);
    terminal.answers("[Y/n]: ", "");
    terminal.answers("MFA device [", "");
    terminal.waits_for("Session duration");
    let changed = configured().replace(ACCESS_KEY_ID, NEW_ID);
    lab.home.write(".aws/credentials", &changed);
    terminal.types("\n");
    let seen = terminal.exits(1, &[]);
    assert!(seen.contains("have changed in the meantime"), "{seen}");
    assert_eq!(lab.credentials(), changed);
}

#[test]
fn a_section_that_goes_meanwhile_is_not_made_again() {
    let lab = Lab::new();
    let mut terminal = setup(&lab, &["-p", "dev"]);
    terminal.answers("Replace its keys? [y/N]: ", "");
    terminal.answers("MFA device [", "");
    terminal.waits_for("Session duration");
    lab.home.write(".aws/credentials", "# empty now\n");
    terminal.types("8h\n");
    let seen = terminal.exits(1, &[]);
    assert!(seen.contains("have changed in the meantime"), "{seen}");
    assert_eq!(lab.credentials(), "# empty now\n");
}

#[test]
fn what_cannot_be_edited_is_said_before_anything_is_asked() {
    let says = |lab: &Lab, profile: &str, words: &str| {
        let before = lab.credentials();
        let seen = setup(lab, &["-p", profile]).exits(1, &[]);
        assert!(seen.contains(words), "{seen}");
        assert_eq!((lab.credentials(), lab.sts.connections()), (before, 0));
    };
    let broken = Lab::with(&(configured() + "junk\n"));
    says(&broken, "default", "line 5: neither a section header nor");
    let writable = Lab::with(&configured());
    set_mode(&writable.home.credentials_path(), 0o606);
    says(&writable, "default", "can be changed by every user");
    let sso = Lab::with(&(long_term_section() + "role_arn = x\n"));
    says(&sso, "dev", "role_arn doesn't belong with permanent keys");
}

#[test]
fn temporary_keys_in_the_long_term_section_are_replaced() {
    let temporary =
        long_term_section().replace("AKIA", "ASIA") + "aws_session_token = StoredToken//x\n";
    let lab = Lab::with(&temporary);
    let args = [
        "setup",
        "-p",
        "dev",
        "--access-key-id",
        ACCESS_KEY_ID,
        "--yes",
    ];
    lab.run(&args).stdin(SECRET_ACCESS_KEY).run().exits(0);
    assert_eq!(lab.credentials(), long_term_section());
}

#[test]
fn keys_that_are_moved_lose_the_token_that_stood_in_their_place() {
    let token = "aws_session_token = StoredToken//x\naws_security_token = StoredToken//x\n";
    let long_term = format!("[dev-long-term]\naws_mfa_device = {SERIAL}\n{token}");
    let keys = keys_section("dev");
    let lab = Lab::with(&format!("{long_term}{keys}region = x\n"));
    lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(0);
    let expected = long_term_section() + "[dev]\nregion = x\n";
    assert_eq!(lab.credentials(), expected);
}

#[test]
fn options_that_setup_cannot_use_are_refused() {
    let home = Home::with(&long_term_section());
    for option in [
        &["--force"][..],
        &["--assume-role", "x"],
        &["--token", "123456"],
    ] {
        let outcome = home
            .run_offline(&[option, &["setup"]].concat())
            .run()
            .exits(2);
        outcome.says(&[option[0], "aws-mfa setup"]);
    }
}
