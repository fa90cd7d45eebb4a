//! Files and sections that are missing, damaged or ambiguous: nothing is sent, nothing is asked,
//! nothing changes.

use std::path::PathBuf;

use crate::support::home::Home;
use crate::support::lab::Lab;
#[cfg(unix)]
use crate::support::pty::Terminal;
use crate::support::sts::Tripwire;
use crate::support::{
    SERIAL, for_this_system, long_term_section, long_term_section_of, session_section,
    session_section_until,
};

/// Where the keys around a case make it a good file: what may not stand first stands second, and a
/// line that lacked its line feed has one.
const HARMLESS: [&str; 3] = [
    "refused-text-before-the-first-header, keys before",
    "refused-indented-text-before-the-first-header, keys before",
    "refused-lone-carriage-return-at-the-end, keys after",
];

/// The files that editing section `mfa` is refused for, alone and with long-term keys in them.
fn refused() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/credentials");
    let keys = long_term_section_of("mfa").into_bytes();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let case = entry.unwrap().path();
        if case.join("refused").exists() && !case.join("operation").exists() {
            let name = case.file_name().unwrap().to_str().unwrap().to_owned();
            let before = std::fs::read(case.join("before")).unwrap();
            files.push((
                format!("{name}, keys before"),
                [&keys[..], &before].concat(),
            ));
            files.push((
                format!("{name}, keys after"),
                [&before[..], b"\n", &keys].concat(),
            ));
            files.push((name, before));
        }
    }
    files.retain(|(name, _)| !HARMLESS.contains(&name.as_str()));
    assert!(files.len() > 80, "{}", files.len());
    files
}

#[test]
fn refused_files_cost_no_code_and_stay_as_they_are() {
    for (name, before) in refused() {
        let lab = Lab::at(Home::with_bytes(&before));
        println!("{name}");
        lab.refuses(&["-v", "-p", "mfa"], &[]);
        assert_eq!(lab.home.files(), ["credentials"], "{name}");
    }
}

#[test]
#[cfg(unix)]
fn no_code_is_asked_for_where_the_file_is_refused() {
    let mut files = refused();
    files.retain(|(name, _)| name.ends_with("keys after"));
    for (name, before) in files {
        let lab = Lab::at(Home::with_bytes(&before));
        let seen = Terminal::start(lab.run(&["-p", "mfa"])).exits(1, &[]);
        assert!(!seen.contains("MFA code"), "{name}: {seen}");
        assert_eq!(lab.sts.connections(), 0);
    }
}

#[test]
fn files_and_sections_that_are_missing_are_named() {
    let home = Home::empty();
    home.refresh_offline(&[]).run().exits(1).says(&[
        "there is no credentials file ",
        ".aws/credentials",
        "hint: run `aws-mfa setup --profile dev`",
    ]);

    let home = Home::with(&long_term_section());
    let outcome = home.refresh_offline(&["-p", "dve"]).run();
    outcome.exits(1).says(&[
        "no section [dve-long-term] in ",
        "hint: did you mean dev? Otherwise run `aws-mfa setup --profile dve`",
    ]);
    let outcome = home.refresh_offline(&["-p", "other"]).run();
    outcome.exits(1).says(&[
        "hint: profiles with permanent keys there: dev; run `aws-mfa setup --profile other`",
    ]);

    for (credentials, words) in [
        (
            long_term_section().replace("aws_secret_access_key", "secret"),
            "no aws_secret_access_key in [dev-long-term]",
        ),
        (
            long_term_section().replace("AKIA", "ASIA"),
            "temporary keys",
        ),
        (
            long_term_section() + "role_arn = x\n",
            "role_arn doesn't belong with permanent keys",
        ),
        (
            long_term_section() + "duration_seconds = 5\n",
            "duration_seconds in [dev-long-term]: 5 seconds is outside",
        ),
        (
            long_term_section() + "AWS_MFA_DEVICE = x\n",
            "line 5: aws_mfa_device appears twice in section [dev-long-term]",
        ),
        (
            long_term_section().replace(SERIAL, "arn:aws:iam::123456789012:u2f/user/alice/key"),
            "security key",
        ),
    ] {
        let home = Home::with(&credentials);
        home.refresh_offline(&[]).run().exits(1).says(&[words]);
        assert_eq!(home.credentials(), credentials);
    }
}

#[test]
fn what_cannot_be_edited_is_refused_before_anything_is_sent() {
    let tripwire = Tripwire::set();
    for (bytes, words) in [
        (
            format!("{}[dev]\nx=1\n[z]\n[dev]\n", long_term_section()).into_bytes(),
            "line 8: section [dev] appears twice (first on line 5)",
        ),
        (
            format!("{}[ dev ]\n", long_term_section()).into_bytes(),
            "line 5: a header that only some AWS tools read as [dev]",
        ),
        (
            format!("{}junk\n", long_term_section()).into_bytes(),
            "line 5: neither a section header nor",
        ),
        (
            [long_term_section().as_bytes(), b"# caf\xe9\n"].concat(),
            "line 5: not UTF-8 text",
        ),
        (
            [b"\xef\xbb\xbf", long_term_section().as_bytes()].concat(),
            "byte order mark",
        ),
        (
            long_term_section().replace('\n', "\r").into_bytes(),
            "[dev-long-term]",
        ),
    ] {
        let home = Home::with_bytes(&bytes);
        home.refresh_offline(&[])
            .with_aws_at(&tripwire.url())
            .run()
            .exits(1)
            .says(&[words]);
        assert_eq!(std::fs::read(home.credentials_path()).unwrap(), bytes);
    }
    assert_eq!(tripwire.hits(), 0);
}

#[test]
fn sections_that_tools_read_differently_are_named_also_with_force() {
    let twice = format!(
        "{}{}[dev-long-term]\nk=v\n",
        session_section(3600),
        long_term_section()
    );
    let home = Home::with(&twice);
    home.run_offline(&["-p", "dev"]).run().exits(0);
    home.run_offline(&["check", "-p", "dev"]).run().exits(0);
    let words = ["line 12: section [dev-long-term] appears twice (first on line 8)"];
    home.refresh_offline(&["--force"])
        .run()
        .exits(1)
        .says(&words);
    home.run_offline(&["check", "-p", "dev", "--min-remaining", "2h"])
        .run()
        .exits(1)
        .says(&words);
}

#[test]
fn for_a_mistyped_profile_the_nearest_are_named() {
    let profiles: String = (0..300)
        .map(|n| format!("[team{n:03}-long-term]\n"))
        .collect();
    let home = Home::with(&format!("{profiles}{}", long_term_section()));
    for args in [&["-p", "tent"][..], &["check", "-p", "tent"]] {
        home.run_offline(args)
            .run()
            .exits(1)
            .says(&[
                "the closest of 301 profiles with permanent keys there: dev, team000, ",
                "`aws-mfa list`",
            ])
            .never_says("team299");
    }
}

/// By a part of it, in other letters, or mistyped: in every command.
#[test]
fn a_profile_that_may_be_meant_is_named() {
    let profiles = ["Dev", "production-eu", "production-us", "my profile"];
    let profiles = profiles.map(long_term_section_of).concat();
    let home = Home::with(&format!("{profiles}[production-ap]\nregion = x\n"));
    for (given, with_keys, any) in [
        ("dev", "Dev", "Dev"),
        ("prdouction-eu", "production-eu", "production-eu"),
        ("eu", "production-eu", "production-eu"),
        ("us-prod", "production-us", "production-us"),
        ("My-Profile", "'my profile'", "'my profile'"),
        (
            "prod",
            "production-eu or production-us",
            "production-ap, production-eu or production-us",
        ),
    ] {
        let (with_keys, any) = (for_this_system(with_keys), for_this_system(any));
        for (args, code) in [
            (&[][..], 1),
            (&["env"], 1),
            (&["exec", "--", "true"], 125),
            (&["credential-process"], 1),
            (&["rotate"], 1),
        ] {
            let args = [&["-p", given], args].concat();
            let outcome = home.run_offline(&args).run().exits(code);
            outcome.says(&[&format!(
                "hint: did you mean {with_keys}? Otherwise run `aws-mfa setup --profile {given}`"
            )]);
        }
        for command in ["check", "clear"] {
            let outcome = home.run_offline(&[command, "-p", given]).run().exits(1);
            outcome.says(&[&format!("hint: did you mean {any}?\n")]);
        }
    }
}

#[test]
fn what_is_damaged_is_said_by_every_command() {
    let half = "[dev]\naws_access_key_id = ASIAX\naws_session_token = x\n\
                expiration = 2099-01-01 00:00:00\n";
    let odd = session_section_until("tomorrow");
    for (credentials, words) in [
        (
            half.to_owned(),
            "the session's aws_secret_access_key is missing or unreadable",
        ),
        (odd, "the session's expiration is missing or unreadable"),
        (String::new(), "no session yet"),
    ] {
        let home = Home::with(&format!("{credentials}{}", long_term_section()));
        let outcome = home.run_offline(&["check", "-p", "dev"]).run().exits(3);
        assert!(outcome.stdout.contains(words), "{}", outcome.stdout);
        for args in [
            &["-p", "dev"][..],
            &["env", "-p", "dev"],
            &["credential-process", "-p", "dev"],
        ] {
            home.run_offline(args).run().exits(3).says(&[words]);
        }
        home.run_offline(&["exec", "-p", "dev", "--", "true"])
            .run()
            .exits(125)
            .says(&[words]);
        home.run_offline(&["list"]).run().exits(0);
    }
    let empty = Home::with("");
    for (args, code) in [
        (&["check"][..], 1),
        (&[], 1),
        (&["env"], 1),
        (&["exec", "--", "true"], 125),
        (&["credential-process"], 1),
        (&["clear"], 1),
        (&["list"], 0),
    ] {
        let outcome = empty.run_offline(args).run().exits(code);
        outcome.never_says("a bug in aws-mfa");
    }
}

/// Whoever has one profile, and names none.
#[test]
fn the_only_profile_is_named_to_whoever_names_none() {
    let home = Home::with(&long_term_section());
    home.run_offline(&[]).run().exits(1).says(&[
        "hint: run `aws-mfa --profile dev`; or `aws-mfa setup` to store keys for profile default\n",
    ]);
    let home = Home::with(&(long_term_section() + &long_term_section_of("ops")));
    home.run_offline(&[]).run().exits(1).says(&[
        "hint: profiles with permanent keys there: dev, ops; name one with --profile; or `aws-mfa \
         setup` to store keys for profile default\n",
    ]);
}
