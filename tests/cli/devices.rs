//! The MFA device of a user who has configured none, as IAM knows it.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::run::{Outcome, Run};
use crate::support::sts::Fault;
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, keys_section, long_term_section};

const PHONE: &str = "arn:aws:iam::123456789012:mfa/phone";
const KEY: &str = "arn:aws:iam::123456789012:u2f/user/alice/yubikey-ABC";

/// With keys and no device.
fn lab() -> Lab {
    Lab::with(&keys_section("dev-long-term"))
}

fn refresh(lab: &Lab) -> Outcome {
    let code = lab.sts.code();
    lab.run(&["-p", "dev", "--token", &code]).run()
}

#[test]
fn the_only_device_is_used_and_how_to_store_it_is_said() {
    for others in [&[][..], &[KEY]] {
        let lab = lab();
        lab.sts.set_devices(&[&[SERIAL], others].concat());
        let run = refresh(&lab).exits(0);
        let store = format!("aws-mfa setup --profile dev --device {SERIAL}");
        run.says(&[&format!("to store the MFA device: {store}\n")]);
        let operations = lab.sts.operations();
        assert_eq!(operations[..2], ["GetCallerIdentity", "ListMFADevices"]);
        assert_eq!(operations.last().unwrap(), "GetSessionToken");
        // Following it ends that.
        let mut words = store.split(' ');
        words.next();
        let args: Vec<&str> = words.chain(["--yes"]).collect();
        lab.run(&args).run().exits(0);
        assert!(
            lab.credentials()
                .contains(&format!("aws_mfa_device = {SERIAL}\n"))
        );
        let before = lab.sts.received().len();
        let code = lab.sts.code();
        let run = lab
            .run(&["-p", "dev", "-f", "--token", &code])
            .run()
            .exits(0);
        run.never_says("to store");
        let later = &lab.sts.operations()[before..];
        assert_eq!(later, ["GetCallerIdentity", "GetSessionToken"]);
    }
}

#[test]
fn the_prompt_names_the_device_that_was_found() {
    let lab = lab();
    let mut terminal = Terminal::start(lab.run(&["-p", "dev"]));
    terminal.waits_for(&format!("MFA code for dev ({SERIAL}): "));
    lab.types_code(terminal);
    assert_eq!(lab.sts.codes_received(), 1);
}

#[test]
fn where_there_is_not_one_device_what_there_is_is_said() {
    for (devices, problem, hint) in [
        (
            &[][..],
            "user alice, account 123456789012, has no MFA device\n",
            "then Assign MFA device",
        ),
        (
            &[KEY],
            "has no MFA device that shows codes, only arn:aws:iam::123456789012:u2f/user/alice",
            "hint: add an authenticator app",
        ),
        (
            &[SERIAL, PHONE],
            "has 2 MFA devices that show codes: arn:aws:iam::123456789012:mfa/alice and arn",
            "hint: choose one, for example: aws-mfa setup --profile dev --device arn:aws:iam::123456789012:mfa/alice\n",
        ),
    ] {
        let lab = lab();
        lab.sts.set_devices(devices);
        lab.sts.set_page_size(1);
        refresh(&lab).exits(1).says(&[problem, hint]);
        assert_eq!(lab.sts.codes_received(), 0);
    }
    for (fault, words) in [
        (None, "(AccessDenied"),
        (Some(Fault::CaptivePortal), "is not from AWS IAM"),
        (Some(Fault::Drop), "no answer to ListMFADevices"),
        (Some(Fault::InternalFailure), "InternalFailure"),
        (
            Some(Fault::DoneThenMissingFields),
            "it contains an invalid serial",
        ),
    ] {
        let lab = lab();
        match fault {
            None => lab.sts.deny("ListMFADevices"),
            Some(fault) => lab.sts.misbehave("ListMFADevices", fault),
        }
        refresh(&lab).exits(1).says(&[
            "no MFA device is known for [dev-long-term], and AWS doesn't tell",
            words,
            "hint: run `aws-mfa setup --profile dev`, which asks for it, or pass --device",
        ]);
        assert_eq!(lab.sts.codes_received(), 0);
    }
    // A device of another account can't be the user's.
    let lab = lab();
    lab.sts
        .set_devices(&["arn:aws:iam::210987654321:mfa/alice"]);
    refresh(&lab)
        .exits(1)
        .says(&["belongs to account 210987654321"]);
}

/// cron hears that a refresh is due, not of the network.
#[test]
fn nobody_to_ask_is_said_first() {
    let home = Home::with(&keys_section("dev-long-term"));
    let run = home.run_offline(&["-p", "dev"]).run().exits(3);
    run.says(&["nobody can be asked for the MFA code"]);
    // Where nothing reads it, it is said without the network.
    let elsewhere = format!(
        "[DEFAULT]\naws_mfa_device = {SERIAL}\n{}",
        keys_section("dev-long-term")
    );
    let home = Home::with(&elsewhere);
    home.run_offline(&["-p", "dev"])
        .run()
        .exits(1)
        .says(&["[DEFAULT]"]);
}

fn setup(lab: &Lab) -> Run {
    lab.run(&["setup", "-p", "dev"])
}

/// Types the keys; the device is asked for next.
fn at_the_device(lab: &Lab) -> Terminal {
    let mut terminal = Terminal::start(setup(lab));
    terminal.answers("Access key ID: ", ACCESS_KEY_ID);
    terminal.answers("Secret access key (not shown): ", SECRET_ACCESS_KEY);
    terminal
}

fn ends(mut terminal: Terminal) -> String {
    terminal.answers("Session duration [12h]: ", "");
    terminal.answers("Get the first session now? [Y/n]: ", "n");
    terminal.exits(0, &[])
}

#[test]
fn setup_proposes_the_devices_that_iam_knows() {
    let lab = Lab::with("");
    lab.sts.set_devices(&[PHONE, KEY]);
    let mut terminal = at_the_device(&lab);
    terminal.waits_for(&format!("security keys and passkeys show no codes: {KEY}"));
    terminal.waits_for(&format!("this user's MFA device is {PHONE}"));
    terminal.answers(&format!("MFA device [{PHONE}]: "), "");
    ends(terminal);
    assert!(
        lab.credentials()
            .contains(&format!("aws_mfa_device = {PHONE}\n"))
    );

    let lab = Lab::with("");
    lab.sts.set_devices(&[SERIAL, PHONE, "GAHT12345678"]);
    let mut terminal = at_the_device(&lab);
    terminal.waits_for("this user's MFA devices:");
    terminal.waits_for(&format!("  2  {PHONE}"));
    let question = format!("MFA device (1 to 3, or another) [{SERIAL}]: ");
    terminal.answers(&question, "4");
    terminal.waits_for("not an MFA serial");
    terminal.answers(&question, "3");
    ends(terminal);
    assert!(
        lab.credentials()
            .contains("aws_mfa_device = GAHT12345678\n")
    );

    let lab = Lab::with("");
    lab.sts.set_devices(&[]);
    let mut terminal = at_the_device(&lab);
    terminal
        .waits_for("this user has no MFA device that shows codes; to add one: in the AWS console");
    terminal.answers("MFA device: ", SERIAL);
    ends(terminal);
}

/// Denied, out of reach, or slow: what is proposed is said to be a guess.
#[test]
fn a_guess_is_called_one() {
    for fault in [None, Some(Fault::Drop), Some(Fault::NoAnswer)] {
        let lab = Lab::with("");
        match fault {
            None => lab.sts.deny("ListMFADevices"),
            Some(fault) => lab.sts.misbehave("ListMFADevices", fault),
        }
        let mut terminal = at_the_device(&lab);
        terminal.waits_for("AWS doesn't tell this user's MFA devices (");
        terminal.waits_for("the one in brackets is a guess");
        terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
        ends(terminal);
        assert_eq!(lab.credentials(), long_term_section());
    }
}

/// Without a person, the only device is taken.
#[test]
fn setup_takes_the_only_device_without_a_person() {
    let args = [
        "setup",
        "-p",
        "dev",
        "--access-key-id",
        ACCESS_KEY_ID,
        "--yes",
    ];
    let run = |lab: &Lab| lab.run(&args).stdin(SECRET_ACCESS_KEY).run();
    let lab = Lab::with("");
    run(&lab).exits(0);
    assert_eq!(lab.credentials(), long_term_section());
    let lab = Lab::with("");
    lab.sts.set_devices(&[SERIAL, PHONE]);
    run(&lab).exits(1).says(&[
        "has 2 MFA devices that show codes",
        "choose one, for example",
    ]);
    assert_eq!(lab.credentials(), "");
}

/// Most policies tell the age only to a session.
#[test]
fn setup_names_the_keys_age() {
    let lab = Lab::new();
    lab.sts.allow_without_mfa("ListAccessKeys");
    let run = lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(0);
    run.says(&["they belong to user alice, account 123456789012 and are 87 days old"]);
    let lab = Lab::new();
    let mut terminal = Terminal::start(setup(&lab));
    terminal.answers("Replace its keys? [y/N]: ", "");
    terminal.answers(&format!("MFA device [{SERIAL}]: "), "");
    terminal.answers("Session duration [12h]: ", "");
    terminal.answers("Get the first session now? [Y/n]: ", "");
    terminal.answers("MFA code", &lab.sts.code());
    terminal.waits_for("the keys are 87 days old");
    terminal.exits(0, &[]);
}

/// In the morning, nothing but STS is asked.
#[test]
fn with_a_device_configured_iam_is_never_asked() {
    let lab = Lab::new();
    lab.refresh(&[]).run().exits(0);
    lab.run(&["-p", "dev"]).run().exits(0);
    assert_eq!(
        lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
}

#[test]
fn keys_may_be_in_any_section() {
    let keys = keys_section("default") + "aws_mfa_device = " + SERIAL + "\n";
    let lab = Lab::with(&keys);
    let code = lab.sts.code();
    let options = ["-p", "mfa", "--long-term-profile", "default"];
    lab.run(&[&options[..], &["--token", &code]].concat())
        .run()
        .exits(0);
    let after = lab.credentials();
    assert!(
        after.starts_with(&keys) && after.contains("\n[mfa]\nassumed_role = False\n"),
        "{after}"
    );
    lab.run(&[&options[..], &["check"]].concat()).run().exits(0);
    let listed = lab
        .run(&[&["list"], &options[..]].concat())
        .run()
        .exits(0)
        .stdout;
    let mfa = listed
        .lines()
        .find(|line| line.starts_with("mfa "))
        .unwrap();
    assert!(mfa.contains("valid") && mfa.contains(SERIAL), "{listed}");
    // The permanent keys' own section is never the target.
    let run = lab.run(&["-p", "default"]).run().exits(1);
    run.says(&["[default] of ", "holds permanent keys, not a session"]);
    let same = ["-p", "default", "--long-term-profile", "default"];
    let run = lab.run(&same).run().exits(2);
    run.says(&["--long-term-profile"]);

    let lab = Lab::with(&long_term_section());
    let code = lab.sts.code();
    let options = ["-p", "default", "--long-term-profile", "dev-long-term"];
    lab.run(&[&options[..], &["--token", &code]].concat())
        .run()
        .exits(0);
    assert!(lab.credentials().contains("\n[default]\n"));
    // Hints carry it.
    let run = lab
        .run(&[&options[..], &["-f", "--no-prompt"]].concat())
        .run()
        .exits(3);
    run.says(&["run `aws-mfa --profile default --long-term-profile dev-long-term --force`"]);
    let lab = Lab::with("[x]\nregion = y\n");
    let run = lab
        .run(&["-p", "dev", "--long-term-profile", "nowhere"])
        .run()
        .exits(1);
    run.says(&[
        "no section [nowhere]",
        "setup --profile dev --long-term-profile nowhere",
    ]);
    let both = [
        "-p",
        "dev",
        "--long-term-profile",
        "x",
        "--long-term-suffix",
        "y",
    ];
    lab.run(&both).run().exits(2);
    // `setup` stores them there.
    let lab = Lab::with("");
    let args = [
        "setup",
        "-p",
        "dev",
        "--long-term-profile",
        "base",
        "--access-key-id",
        ACCESS_KEY_ID,
        "--yes",
    ];
    lab.run(&args).stdin(SECRET_ACCESS_KEY).run().exits(0);
    assert_eq!(
        lab.credentials(),
        keys_section("base") + "aws_mfa_device = " + SERIAL + "\n"
    );
}

/// The root user's device has a name of AWS's own.
#[test]
fn the_root_user_s_device_is_proposed() {
    let root = "AKIAROOTROOTROOTROOT";
    let lab = Lab::with("");
    lab.sts
        .add_key(root, SECRET_ACCESS_KEY, "arn:aws:iam::123456789012:root");
    let mut terminal = Terminal::start(setup(&lab));
    terminal.answers("Access key ID: ", root);
    terminal.answers("Secret access key (not shown): ", SECRET_ACCESS_KEY);
    let device = "arn:aws:iam::123456789012:mfa/root-account-mfa-device";
    terminal.answers(&format!("MFA device [{device}]: "), "");
    let said = ends(terminal);
    assert!(said.contains("these are the root user's keys"), "{said}");
    assert!(lab.credentials().contains(device));
}
