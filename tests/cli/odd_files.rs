//! Files and names that only some AWS tools read: what aws-mfa reads anyway, with a warning that
//! names who doesn't; and where it can't, the line, what it is, and what to do.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::{
    ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, keys_section, long_term_section,
    long_term_section_of, session_section,
};

const COMMANDS: [&[&str]; 6] = [
    &["-p", "dev"],
    &["check", "-p", "dev"],
    &["list"],
    &["env", "-p", "dev"],
    &["clear", "-p", "dev"],
    &["setup", "-p", "dev", "--yes"],
];

/// `section` with `space` before each line but the header.
fn indented(section: &str, space: &str) -> String {
    section
        .replace('\n', &format!("\n{space}"))
        .trim_end_matches([' ', '\t'])
        .to_owned()
}

#[test]
fn indented_permanent_keys_are_read() {
    for space in ["  ", "\t"] {
        let keys =
            indented(&long_term_section(), space).replace("\taws_mfa", "\t# mine\n\taws_mfa");
        let lab = Lab::with(&keys);
        lab.refresh(&[]).run().exits(0).says(&[
            "credentials: line 2: an indented line that doesn't continue a value; the AWS SDKs for \
             Rust and Java reject the whole file",
            "new session for profile dev",
        ]);
        assert!(lab.credentials().starts_with(&keys));
        lab.run(&["check", "-p", "dev"]).run().exits(0);
        let listed = lab.run(&["list"]).run().exits(0);
        assert!(listed.stdout.contains(SERIAL), "{}", listed.stdout);
    }
}

/// They are seen before anything is asked, and moved where that needs no guess.
#[test]
fn indented_permanent_keys_in_the_sessions_section_are_moved_or_refused() {
    let setup = ["setup", "-p", "dev", "--yes", "--device", SERIAL];
    let keys = indented(&keys_section("dev"), "  ");
    let lab = Lab::with(&keys);
    let permanent = [
        "[dev] of ",
        "holds permanent keys",
        "hint: run `aws-mfa setup",
    ];
    lab.run(&["check", "-p", "dev"])
        .run()
        .exits(1)
        .says(&permanent);
    lab.run(&setup).run().exits(0);
    assert_eq!(lab.credentials(), indented(&long_term_section(), "  "));
    lab.refresh(&[]).run().exits(0);

    let keys = keys + "  region = r\n";
    let lab = Lab::with(&keys);
    let words = [
        "line 2: an indented key in section [dev]",
        "remove the spaces",
    ];
    lab.run(&setup).run().exits(1).says(&words);
    assert_eq!((lab.credentials(), lab.sts.connections()), (keys, 0));
}

#[test]
fn setup_keeps_the_indentation_of_permanent_keys() {
    let old = indented(&long_term_section().replace("AKIA", "AKIAOLD"), "  ") + "  region = r\n";
    let lab = Lab::with(&old);
    let args = [
        "setup",
        "-p",
        "dev",
        "--yes",
        "--duration",
        "8h",
        "--device",
        SERIAL,
    ];
    let args = [&args[..], &["--access-key-id", ACCESS_KEY_ID]].concat();
    let secret = format!("{SECRET_ACCESS_KEY}\n");
    lab.run(&args).stdin(&secret).run().exits(0);
    let new = indented(&(long_term_section() + "duration_seconds = 28800\n"), "  ");
    assert_eq!(lab.credentials(), new + "  region = r\n");
}

#[test]
fn what_an_indented_line_is_in_the_sessions_section_is_said() {
    for (body, what) in [
        ("  region = r\n", "an indented key in section [dev]"),
        (
            "\t# mine\nregion = r\n",
            "an indented comment in section [dev]",
        ),
        ("  text\n", "an indented line in section [dev]"),
    ] {
        let lab = Lab::with(&format!("{}[dev]\n{body}", long_term_section()));
        lab.refuses(&[], &[&format!("line 6: {what}"), "remove the spaces"]);
    }
}

#[test]
fn what_continues_or_follows_a_permanent_key_is_refused() {
    for (old, new, words) in [
        (
            "\naws_secret",
            "\n  aws_secret",
            "line 2: aws_access_key_id continues",
        ),
        (
            "\naws_mfa",
            " #1\naws_mfa",
            "line 3: AWS tools disagree on the value",
        ),
        (
            "\naws_mfa",
            "\u{a0}\naws_mfa",
            "line 3: a non-breaking space (U+00A0) after the value of aws_secret_access_key",
        ),
        (
            "\naws_mfa",
            "\naws_access_key_id = x\naws_mfa",
            "line 4: aws_access_key_id appears twice",
        ),
    ] {
        Lab::with(&long_term_section().replace(old, new)).refuses(&[], &[words]);
    }
}

#[test]
fn comments_and_blank_lines_of_any_white_space_harm_nothing() {
    let odd = format!("  # by ops\n[z]\nk = v\n\u{a0}\n{}", long_term_section());
    let lab = Lab::with(&odd);
    lab.refresh(&[]).run().exits(0).says(&[
        "credentials: line 1: an indented line that doesn't continue a value",
        "credentials: line 4: a line of white space other than spaces and tabs",
    ]);
    assert!(lab.credentials().starts_with(&odd));
}

#[test]
fn names_that_some_sdks_do_not_read_are_used_with_a_warning() {
    for (name, sdks) in [
        (
            "my work",
            "the AWS SDKs for JavaScript, Rust, Java and C++ won't find this profile",
        ),
        (
            "it's me (work)",
            "the AWS SDKs for Rust, Java and C++ won't find this profile",
        ),
        (
            "Zo\u{eb}",
            "the AWS SDKs for Rust, Java and C++ won't find this profile",
        ),
    ] {
        let lab = Lab::with(&long_term_section_of(name));
        lab.run(&["-p", name]).run().exits(3).says(&[sdks]);
        lab.run(&["check", "-p", name]).run().exits(3);
        let code = lab.sts.code();
        lab.run(&["-p", name, "--token", &code])
            .run()
            .exits(0)
            .says(&[sdks, "new session"]);
        assert!(lab.credentials().contains(&format!("\n[{name}]\n")));
        lab.run(&["-p", name]).run().exits(0).never_says("SDKs");
        let checked = lab.run(&["check", "-p", name]).run().exits(0);
        assert!(
            checked.stdout.starts_with(&format!("{name}: valid")),
            "{}",
            checked.stdout
        );
        let listed = lab.run(&["list"]).run().exits(0);
        assert!(
            listed.stdout.contains(&format!("\n{name}  ")),
            "{}",
            listed.stdout
        );
        lab.run(&["clear", "-p", name]).run().exits(0);
        assert_eq!(lab.credentials(), long_term_section_of(name));
    }
}

#[test]
fn names_that_tools_read_differently_are_refused() {
    for name in ["a]b", "a #b", "a;b", " a", "DEFAULT", "profile dev"] {
        let before = long_term_section_of(name);
        let home = Home::with(&before);
        let args = ["-p", name, "--token", "123456"];
        home.run_offline(&args)
            .run()
            .exits(1)
            .says(&["aws-mfa: error: "]);
        assert_eq!(home.credentials(), before, "{name}");
    }
}

#[test]
fn a_header_of_the_config_file_is_named() {
    let home = Home::with(&format!("# c\n{}", keys_section("profile dev-long-term")));
    let words = "line 2: [profile dev-long-term] belongs to the config file; in this file the \
                 header is [dev-long-term], without `profile`";
    for command in COMMANDS {
        let outcome = home.run_offline(command).run();
        if command == ["list"] {
            assert!(
                !outcome.stdout.contains("profile dev"),
                "{}",
                outcome.stdout
            );
            outcome
                .exits(0)
                .says(&["line 2: [profile …] belongs to the config file"]);
        } else {
            outcome.exits(1).says(&[words, "hint: fix that line"]);
        }
    }
}

#[test]
fn a_file_that_is_indented_is_said_by_every_command() {
    let home = Home::with(&indented(&format!("\n{}", long_term_section()), "  "));
    for command in COMMANDS {
        let outcome = home.run_offline(command).run().exits(1);
        outcome.says(&[
            "line 2: a section header that is indented, as all headers of this file are",
            "hint: remove the spaces at the start of the lines",
        ]);
    }
    let home = Home::with(&format!("[z]\nk = v\n  {}", long_term_section()));
    let outcome = home.refresh_offline(&[]).run().exits(1);
    outcome.says(&["line 3: a section header that is indented"]);
}

#[test]
fn what_default_holds_is_named() {
    let device = format!("aws_mfa_device = {SERIAL}\n");
    let keys = keys_section("dev-long-term");
    for (credentials, words) in [
        (
            format!("[DEFAULT]\n{device}{keys}"),
            "line 2: aws_mfa_device is in [DEFAULT]",
        ),
        (
            format!("{}[dev-long-term]\n{device}", keys_section("DEFAULT")),
            "line 2: aws_access_key_id is in [DEFAULT]",
        ),
        (
            keys_section("DEFAULT"),
            "line 2: aws_access_key_id is in [DEFAULT]",
        ),
    ] {
        let cure = "the AWS SDKs don't apply to other sections (move it to [dev-long-term])";
        Lab::with(&credentials).refuses(&[], &[words, cure]);
    }
}

#[test]
fn utf_16_is_named() {
    let text = long_term_section();
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [[&[0xff, 0xfe], &little[..]].concat(), little, big] {
        let home = Home::with_bytes(&bytes);
        for command in COMMANDS {
            home.run_offline(command).run().exits(1).says(&[
                "UTF-16 text, which no AWS tool reads",
                "hint: save the file as UTF-8 without a byte order mark, then",
            ]);
        }
    }
}

/// aws-mfa doesn't need the line while the session is valid, but the AWS CLI fails.
#[test]
fn text_beside_a_valid_session_is_warned_of() {
    let home = Home::with(&(session_section(3600) + "junk\n\n" + &long_term_section()));
    home.run_offline(&["-p", "dev", "-v"])
        .run()
        .exits(0)
        .says(&["text that isn't `key = value`; the AWS CLI, boto3 and some SDKs reject"]);
}

#[test]
fn what_makes_tools_reject_the_file_is_warned_of() {
    for (section, words) in [
        (
            "[z]\nk = 1\nK = 2\n",
            "line 3: a key appears twice in its section; the AWS CLI and boto3",
        ),
        (
            "[z]\ns3 =\n  text\n",
            "line 3: text that isn't `key = value`; the AWS CLI, boto3",
        ),
        (
            "[z]\n  k = v\n",
            "line 2: an indented line that doesn't continue a value; the AWS SDKs",
        ),
        (
            "[z]\nk: v\n",
            "line 2: `key: value` instead of `key = value`; the AWS SDKs for Rust, Java",
        ),
        (
            "[z] x\n",
            "line 1: a section header that doesn't end at its bracket; the AWS SDKs",
        ),
    ] {
        let odd = section.to_owned() + &long_term_section();
        let lab = Lab::with(&odd);
        lab.refresh(&[]).run().exits(0).says(&[words]);
        assert!(lab.credentials().starts_with(&odd));
    }
}
