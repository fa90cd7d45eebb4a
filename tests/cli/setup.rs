//! `aws-mfa setup`: keys and device stored after they were proven, keys moved, keys replaced.

#![cfg(unix)]

use crate::support::home::{Home, mode, set_mode};
use crate::support::pty::Terminal;
use crate::support::sts::{LoopbackSts, Tripwire};
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, USER, long_term_section};

const NEW_ID: &str = "AKIANEWKEYEXAMPLE123";
const NEW_SECRET: &str = "NewSecret/K7MDENG/bPxRfiCYEXAMPLEKEY";
const OTHER_USER: &str = "arn:aws:iam::999999999999:user/ops/bob";

/// As `aws configure` leaves it.
fn configured() -> String {
    format!(
        "# my keys\n[default]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    )
}

/// Answers `setup`'s question with `answer`, and sees that no secret is on the screen.
fn answers(terminal: &mut Terminal, question: &str, answer: &str) {
    terminal.waits_for(question);
    terminal.types(&format!("{answer}\n"));
}

/// From a plain `[default]` to a working session, by what the program itself says.
#[test]
fn a_new_users_way_from_aws_configure_to_a_session() {
    let sts = LoopbackSts::start();
    let home = Home::with(&configured());
    let mut terminal = Terminal::start(home.run(&sts, &[]));
    terminal.waits_for("[default] of ");
    terminal.waits_for("holds permanent keys, which aws-mfa never overwrites");
    terminal.waits_for("hint: run `aws-mfa setup`");
    terminal.exits(1, &[]);

    let mut terminal = Terminal::start(home.run(&sts, &["setup"]));
    answers(&mut terminal, "Profile [default]: ", "");
    terminal.waits_for("holds permanent keys: ****************MPLE");
    answers(
        &mut terminal,
        "Move them to [default-long-term], so that [default] can hold the session? [Y/n]: ",
        "",
    );
    terminal.waits_for("these are the keys of user alice, account 123456789012");
    terminal.waits_for("Security credentials");
    answers(&mut terminal, &format!("MFA device [{SERIAL}]: "), "");
    answers(&mut terminal, "How long a session lasts [12h]: ", "");
    terminal.waits_for("are in [default-long-term] now, and [default] is free for the session");
    answers(&mut terminal, "Get the first session now? [Y/n]: ", "");
    terminal.waits_for(&format!("MFA code of {SERIAL} for profile default (12h): "));
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.waits_for("new session for profile default, account 123456789012");
    terminal.exits(0, &[&code]);

    let moved = configured().replace("[default]", "[default-long-term]");
    let expected = format!("{moved}aws_mfa_device = {SERIAL}\n\n[default]\nassumed_role = False\n");
    assert!(
        home.credentials().starts_with(&expected),
        "{}",
        home.credentials()
    );
    home.run_offline(&["check"]).run().exits(0);
    home.run_offline(&[]).run().exits(0);
}

#[test]
fn everything_is_asked_for_where_there_is_nothing() {
    let sts = LoopbackSts::start();
    let home = Home::empty();
    let seen = home.run(&sts, &["-p", "dev"]).run().exits(1);
    seen.says(&[
        "there is no credentials file",
        "hint: run `aws-mfa setup --profile dev`",
    ]);
    let mut terminal = Terminal::start(home.run(&sts, &["setup"]));
    answers(&mut terminal, "Profile [default]: ", "dev");
    answers(&mut terminal, "Access key ID: ", "");
    answers(&mut terminal, "Access key ID: ", "ASIAIOSFODNN7EXAMPLE");
    terminal.waits_for("begins with ASIA is a temporary key's");
    answers(&mut terminal, "Access key ID: ", "my key");
    terminal.waits_for("not an access key ID");
    answers(&mut terminal, "Access key ID: ", ACCESS_KEY_ID);
    terminal.waits_for("Secret access key (not shown): ");
    assert!(!terminal.echoes());
    terminal.types("two words\n");
    answers(
        &mut terminal,
        "Secret access key (not shown): ",
        "mistyped/secret",
    );
    terminal.waits_for("SignatureDoesNotMatch");
    terminal.waits_for("the secret access key of the long-term section doesn't belong");
    assert_eq!(
        home.files(),
        Vec::<String>::new(),
        "nothing is written before the keys are proven"
    );
    answers(&mut terminal, "Access key ID: ", ACCESS_KEY_ID);
    answers(
        &mut terminal,
        "Secret access key (not shown): ",
        SECRET_ACCESS_KEY,
    );
    terminal.waits_for("these are the keys of user alice");
    answers(
        &mut terminal,
        "MFA device [",
        "arn:aws:iam::123456789012:u2f/user/alice/key",
    );
    terminal.waits_for("shows no codes; add an authenticator app");
    answers(&mut terminal, "MFA device [", "phone");
    terminal.waits_for("not an MFA serial");
    answers(
        &mut terminal,
        "MFA device [",
        "arn:aws:iam::123456789012:mfa/phone",
    );
    answers(&mut terminal, "How long a session lasts [12h]: ", "5");
    terminal.waits_for("outside the 900 to 129600");
    answers(&mut terminal, "How long a session lasts [12h]: ", "8h");
    terminal.waits_for(
        "the keys ****************MPLE are stored in [dev-long-term]; they are of user alice",
    );
    assert_eq!(
        home.credentials(),
        format!(
            "[dev-long-term]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n\
             aws_mfa_device = arn:aws:iam::123456789012:mfa/phone\nduration_seconds = 28800\n"
        )
    );
    assert_eq!(mode(&home.credentials_path()), 0o600);
    answers(&mut terminal, "Get the first session now? [Y/n]: ", "y");
    // That was another device's name: it is asked for again.
    let first = sts.code();
    answers(&mut terminal, "mfa/phone for profile dev (8h): ", &first);
    terminal.waits_for("AWS doesn't know this device as one of the user's");
    answers(&mut terminal, "MFA device: ", SERIAL);
    let second = sts.code();
    answers(&mut terminal, "mfa/alice for profile dev (8h): ", &second);
    terminal.waits_for("new session for profile dev");
    terminal.exits(0, &[&first, &second, "two words", "mistyped"]);
    assert!(home.credentials().contains(&format!(
        "aws_mfa_device = {SERIAL}\nduration_seconds = 28800\n"
    )));
}

#[test]
fn what_else_is_in_the_section_stays_there() {
    let sts = LoopbackSts::start();
    let before = format!("{}region = eu-west-1\n# end\n", configured());
    let home = Home::with(&before);
    let mut terminal =
        Terminal::start(home.run(&sts, &["setup", "-p", "default", "--device", SERIAL]));
    answers(&mut terminal, "Move them to [default-long-term]", "y");
    answers(&mut terminal, "How long a session lasts [12h]: ", "");
    answers(&mut terminal, "Get the first session now? [Y/n]: ", "n");
    terminal.waits_for("get a session: aws-mfa --profile default");
    terminal.exits(0, &[]);
    assert_eq!(
        home.credentials(),
        format!(
            "# my keys\n[default]\nregion = eu-west-1\n# end\n\n[default-long-term]\naws_access_key_id = {ACCESS_KEY_ID}\n\
             aws_secret_access_key = {SECRET_ACCESS_KEY}\naws_mfa_device = {SERIAL}\n"
        )
    );
}

#[test]
fn whoever_says_no_changes_nothing() {
    let sts = LoopbackSts::start();
    let home = Home::with(&configured());
    for (question, answer, status) in [
        ("[Y/n]: ", "n\n", 130),
        ("[Y/n]: ", "\u{4}", 130),
        ("MFA device", "\u{4}", 130),
    ] {
        let mut terminal = Terminal::start(home.run(&sts, &["setup", "-p", "default"]));
        if question == "MFA device" {
            answers(&mut terminal, "[Y/n]: ", "");
        }
        terminal.waits_for(question);
        terminal.types(answer);
        terminal.exits(status, &[]);
        assert_eq!(home.credentials(), configured());
    }
}

#[test]
fn without_a_question() {
    let sts = LoopbackSts::start();
    let home = Home::empty();
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
    let outcome = home
        .run(&sts, &args)
        .stdin(&format!("{SECRET_ACCESS_KEY}\n"))
        .run()
        .exits(0);
    outcome.says(&[
        "are stored in [dev-long-term]",
        "get a session: aws-mfa --profile dev",
    ]);
    assert_eq!(home.credentials(), long_term_section());
    // Once more changes nothing.
    let outcome = home
        .run(&sts, &["setup", "-p", "dev", "--yes"])
        .run()
        .exits(0);
    outcome.says(&["[dev-long-term] is up to date"]);
    assert_eq!(home.credentials(), long_term_section());
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
    home.run(&sts, &args).run().exits(0);
    let expected =
        long_term_section().replace(SERIAL, "GAHT12345678") + "duration_seconds = 28800\n";
    assert_eq!(home.credentials(), expected);
}

#[test]
fn misplaced_keys_are_moved_without_a_question() {
    let sts = LoopbackSts::start();
    let home = Home::with(&configured());
    home.run(&sts, &["setup", "--device", SERIAL, "--yes"])
        .run()
        .exits(0);
    let expected = configured().replace("[default]", "[default-long-term]");
    assert_eq!(
        home.credentials(),
        format!("{expected}aws_mfa_device = {SERIAL}\n")
    );
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let tripwire = Tripwire::set();
    for (credentials, args, stdin, words) in [
        (
            String::new(),
            &[][..],
            "",
            "nobody can be asked here: give --access-key-id and --device",
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
            "--access-key-id: an ID that begins with ASIA",
        ),
        (configured(), &[], "", "give --yes"),
    ] {
        let home = Home::with(&credentials);
        let run = home
            .run_offline(&[&["setup"], args].concat())
            .env("AWS_ENDPOINT_URL_STS", &tripwire.url());
        run.stdin(stdin).run().exits(2).says(&[words]);
        assert_eq!(home.credentials(), credentials);
    }
    let home = Home::empty();
    let run = home.run_offline(&["setup", "--access-key-id", ACCESS_KEY_ID]);
    run.stdin("two words\n")
        .run()
        .exits(1)
        .says(&["standard input: a secret access key is one word"]);
    assert_eq!(tripwire.hits(), 0);
}

#[test]
fn keys_that_aws_does_not_know_are_not_written() {
    let sts = LoopbackSts::start();
    let home = Home::empty();
    let args = [
        "setup",
        "--access-key-id",
        NEW_ID,
        "--device",
        SERIAL,
        "--yes",
    ];
    let outcome = home.run(&sts, &args).stdin(NEW_SECRET).run().exits(1);
    outcome
        .says(&["InvalidClientTokenId"])
        .never_says(NEW_SECRET);
    assert_eq!(home.files(), Vec::<String>::new());
    let home = Home::with(&configured());
    sts.delete_key(ACCESS_KEY_ID);
    home.run(&sts, &["setup", "--device", SERIAL, "--yes"])
        .run()
        .exits(1);
    assert_eq!(home.credentials(), configured());
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

#[test]
fn rotated_keys_replace_only_the_old_ones() {
    let sts = LoopbackSts::start();
    sts.add_key(NEW_ID, NEW_SECRET, USER);
    let home = Home::with(&old_keys());
    let mut terminal = Terminal::start(home.run(&sts, &["setup", "-p", "dev"]));
    terminal.waits_for(&format!(
        "holds the keys ****************MPLE; MFA device: {SERIAL}"
    ));
    answers(&mut terminal, "Replace its keys? [y/N]: ", "y");
    answers(&mut terminal, "Access key ID: ", NEW_ID);
    answers(&mut terminal, "Secret access key (not shown): ", NEW_SECRET);
    answers(&mut terminal, "Get the first session now? [Y/n]: ", "n");
    terminal.exits(0, &[NEW_SECRET]);
    assert_eq!(home.credentials(), new_keys());

    // The old ones may be deleted already.
    let home = Home::with(&old_keys());
    sts.delete_key(ACCESS_KEY_ID);
    let args = ["setup", "-p", "dev", "--access-key-id", NEW_ID, "--yes"];
    home.run(&sts, &args)
        .stdin(NEW_SECRET)
        .run()
        .exits(0)
        .never_says(NEW_SECRET);
    assert_eq!(home.credentials(), new_keys());
}

#[test]
fn keys_of_another_user_are_asked_about() {
    for old_is_known in [true, false] {
        let sts = LoopbackSts::start();
        sts.add_key(NEW_ID, NEW_SECRET, OTHER_USER);
        let old = if old_is_known {
            "user alice, account 123456789012"
        } else {
            sts.delete_key(ACCESS_KEY_ID);
            "account 123456789012"
        };
        let home = Home::with(&old_keys());
        let args = ["setup", "-p", "dev", "--access-key-id", NEW_ID, "--yes"];
        let outcome = home.run(&sts, &args).stdin(NEW_SECRET).run().exits(1);
        outcome.says(&[&format!(
            "the new keys belong to user ops/bob, account 999999999999, those of [dev-long-term] to {old}"
        )]);
        assert_eq!(home.credentials(), old_keys());
        for (answer, status, expected) in [("", 130, old_keys()), ("y", 0, new_keys())] {
            let mut terminal =
                Terminal::start(home.run(&sts, &["setup", "-p", "dev", "--access-key-id", NEW_ID]));
            answers(&mut terminal, "Secret access key (not shown): ", NEW_SECRET);
            let question = format!("The old keys are of {old}. Replace them all the same? [y/N]: ");
            answers(&mut terminal, &question, answer);
            if status == 0 {
                answers(&mut terminal, "Get the first session now? [Y/n]: ", "n");
            }
            terminal.exits(status, &[NEW_SECRET]);
            assert_eq!(home.credentials(), expected);
        }
    }
}

/// `aws configure` was run for the session's section again, with the rotated keys.
#[test]
fn rotated_keys_that_are_misplaced_replace_the_old_ones() {
    let sts = LoopbackSts::start();
    sts.add_key(NEW_ID, NEW_SECRET, USER);
    let session = "[dev]\naws_session_token = StoredToken//stale\nregion = x\n";
    let misplaced = session.replace(
        "[dev]\n",
        &format!("[dev]\naws_access_key_id = {NEW_ID}\naws_secret_access_key = {NEW_SECRET}\n"),
    );
    let home = Home::with(&format!("{}{misplaced}", old_keys()));
    let mut terminal = Terminal::start(home.run(&sts, &["setup", "-p", "dev"]));
    terminal.waits_for("holds permanent keys: ****************E123");
    let question = "Put them in the place of ****************MPLE in [dev-long-term]? [Y/n]: ";
    answers(&mut terminal, question, "y");
    answers(&mut terminal, "Get the first session now? [Y/n]: ", "");
    terminal.waits_for("for profile dev (12h): ");
    assert_eq!(home.credentials(), format!("{}{session}", new_keys()));
    let code = sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.exits(0, &[&code, NEW_SECRET]);
    assert!(home.credentials().starts_with(&new_keys()));
    home.run_offline(&["check", "-p", "dev"]).run().exits(0);
}

#[test]
fn keys_that_change_meanwhile_are_left_alone() {
    let sts = LoopbackSts::start();
    let home = Home::with(&configured());
    let mut terminal = Terminal::start(home.run(&sts, &["setup", "-p", "default"]));
    answers(&mut terminal, "[Y/n]: ", "");
    answers(&mut terminal, "MFA device [", "");
    terminal.waits_for("How long");
    let changed = configured().replace(ACCESS_KEY_ID, NEW_ID);
    std::fs::write(home.credentials_path(), &changed).unwrap();
    terminal.types("\n");
    let seen = terminal.exits(1, &[]);
    assert!(seen.contains("have changed meanwhile"), "{seen}");
    assert_eq!(home.credentials(), changed);
}

#[test]
fn a_section_that_goes_meanwhile_is_not_made_anew() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["setup", "-p", "dev"]));
    answers(&mut terminal, "Replace its keys? [y/N]: ", "");
    answers(&mut terminal, "MFA device [", "");
    terminal.waits_for("How long");
    std::fs::write(home.credentials_path(), "# empty now\n").unwrap();
    terminal.types("8h\n");
    let seen = terminal.exits(1, &[]);
    assert!(seen.contains("have changed meanwhile"), "{seen}");
    assert_eq!(home.credentials(), "# empty now\n");
}

#[test]
fn what_cannot_be_edited_is_said_before_anything_is_asked() {
    let sts = LoopbackSts::start();
    let broken = format!("{}junk\n", configured());
    let home = Home::with(&broken);
    let seen = Terminal::start(home.run(&sts, &["setup", "-p", "default"])).exits(1, &[]);
    assert!(
        seen.contains("line 5: neither a section header nor"),
        "{seen}"
    );
    let home = Home::with(&configured());
    set_mode(&home.credentials_path(), 0o606);
    let seen = Terminal::start(home.run(&sts, &["setup", "-p", "default"])).exits(1, &[]);
    assert!(seen.contains("can be changed by everybody"), "{seen}");
    let sso = format!("{}role_arn = x\n", long_term_section());
    let home = Home::with(&sso);
    let seen = Terminal::start(home.run(&sts, &["setup", "-p", "dev"])).exits(1, &[]);
    assert!(
        seen.contains("role_arn has no place among permanent keys"),
        "{seen}"
    );
    assert_eq!((home.credentials(), sts.connections()), (sso, 0));
}

#[test]
fn temporary_keys_in_the_long_term_section_are_replaced() {
    let sts = LoopbackSts::start();
    let temporary =
        long_term_section().replace("AKIA", "ASIA") + "aws_session_token = StoredToken//x\n";
    let home = Home::with(&temporary);
    let args = [
        "setup",
        "-p",
        "dev",
        "--access-key-id",
        ACCESS_KEY_ID,
        "--yes",
    ];
    home.run(&sts, &args)
        .stdin(SECRET_ACCESS_KEY)
        .run()
        .exits(0);
    assert_eq!(home.credentials(), long_term_section());
}

#[test]
fn keys_that_are_moved_lose_the_token_that_stood_in_their_place() {
    let sts = LoopbackSts::start();
    let token = "aws_session_token = StoredToken//x\naws_security_token = StoredToken//x\n";
    let long_term = format!("[dev-long-term]\naws_mfa_device = {SERIAL}\n{token}");
    let keys = format!(
        "aws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    );
    let home = Home::with(&format!("{long_term}[dev]\n{keys}region = x\n"));
    home.run(&sts, &["setup", "-p", "dev", "--yes"])
        .run()
        .exits(0);
    let expected = format!("[dev-long-term]\n{keys}aws_mfa_device = {SERIAL}\n[dev]\nregion = x\n");
    assert_eq!(home.credentials(), expected);
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
