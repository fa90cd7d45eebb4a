//! Public shapes stay accepted: the cases that AWS's own parsers are tested with (`profile-parser-tests.json` in the sources
//! of `aws-runtime`), as sections of a credentials file beside the one that is edited, in our words. Each says what we do
//! with such a file, and why.

use aws_mfa::Document;
use aws_mfa::OddityKind::{
    self, Block, Colon, DuplicateKey, DuplicateSection, ProfileSection, Text,
};
use aws_mfa::managed_keys;

use crate::fixtures::set;

/// What we do with a file.
#[derive(Debug, PartialEq)]
enum We {
    /// Without a word.
    Edit,
    /// With these warnings, and their lines.
    Warn(Vec<(usize, OddityKind)>),
    /// Because of this line.
    Refuse(usize),
}

fn with(text: &str) -> We {
    let document = Document::parse(text.as_bytes()).unwrap();
    match set(&document, "mfa") {
        Ok(edited) => {
            assert!(edited.starts_with(text), "{text:?}: {:?}", &*edited);
            let oddities = document.oddities("mfa", &managed_keys());
            let with_line = |oddity: &aws_mfa::Oddity| (oddity.line.unwrap(), oddity.kind);
            match oddities.as_slice() {
                [] => We::Edit,
                oddities => We::Warn(oddities.iter().map(with_line).collect()),
            }
        }
        Err(refusal) => {
            let said = refusal.to_string();
            let line = said
                .strip_prefix("line ")
                .and_then(|said| said.split(':').next());
            We::Refuse(line.unwrap().parse().unwrap())
        }
    }
}

#[track_caller]
fn check(cases: &[(&str, We)]) {
    for (text, expected) in cases {
        assert_eq!(with(text), *expected, "{text:?}");
    }
}

/// All tools read these alike.
#[test]
fn plain_files_are_edited() {
    for text in [
        "",
        "[a]",
        "[a]\nk = v",
        "[a]\r\nk = v",
        "[a]\nk = v=w",
        "[a]\nk = \u{1f702}",
        "[a]\nk = v\nl = w",
        "[a]\nk \t=  \tv \t",
        "[a]\nk =",
        "[a]\n[b]",
        "[a]\nk = v\n[b]\nl = w",
        "\t \n[a]\n\t\n \nk = v\n\t \n[b]\n \t",
        "[a]\nABCXYZabcxyz0189-_ = v",
    ] {
        check(&[(text, We::Edit)]);
    }
}

/// What a comment cuts off is read differently, but nobody's section ends or begins there.
#[test]
fn comments_are_left_alone() {
    for text in [
        "# c\n[a] # c\nk = v # c and # d",
        "; c\n[a] ; c\nk = v ; c and ; d",
        "# c\n[a] ; c\nk = v # c and ; d",
        ";\n[a];\nk = v ;\n",
        "[a]; c\n[b]# d",
        "[a]\nk = v; c\nl = w# d",
    ] {
        check(&[(text, We::Edit)]);
    }
}

/// To some tools they are profiles, to others not; in both cases their lines are theirs.
#[test]
fn names_of_other_sections_are_left_alone() {
    for text in [
        "[Ab-1:c/d_e%f.g@h+]\n[a!b]",
        "[ \ta \t]",
        "[   a    ]\nk = v\n[b]",
        "[a b 2]\nk = v",
        "[a]\nk = v\n[a b]\nl = w\n[c]\nm = x",
        "[profilea]\nk = v\n[b]",
        "[sso-session a]\nk = v\n[b]",
        "[sso-sessiona]\nk = v\n[b]",
        "[sso-sesion a]\nk = v\n[b]",
        "[a]\nk l = v",
    ] {
        check(&[(text, We::Edit)]);
    }
}

#[test]
fn continued_values_and_blocks_are_left_alone() {
    for text in [
        "[a]\nk = v\n -more",
        "[a]\nk = v\n -more\n -and more",
        "[a]\nk = v\n \t -more \t ",
        "[a]\nk = v\n -more # c",
        "[a]\nk = v\n -more ; c",
        "[a]\ns3 =\n k = v",
        "[a]\ns3 =\n k =",
        "[a]\ns3 =\n k l = v",
        "[a]\ns3 =\n k = v\n\t \n l = w",
    ] {
        check(&[(text, We::Edit)]);
    }
}

/// No tool reads such a file, so that a session in it is of no use.
#[test]
fn what_no_tool_reads_is_refused() {
    check(&[
        ("[a", We::Refuse(1)),
        ("k = v", We::Refuse(1)),
        (" -more", We::Refuse(1)),
        ("[a]\n= v", We::Refuse(2)),
    ]);
}

/// Some tools read the file, so that the session is of use to them.
#[test]
fn what_some_tools_reject_is_warned_of() {
    check(&[
        // The Rust SDK and Java's; the AWS CLI reads it.
        ("[a]\nk : v", We::Warn(vec![(2, Colon)])),
        ("[a]\ns3 =\n = v", We::Warn(vec![(3, Block)])),
        // The AWS CLI and boto3; the SDKs take the last one.
        ("[a]\nk = v\nk = w", We::Warn(vec![(3, DuplicateKey)])),
        (
            "[a]\nk = v\n[a]\nl = w",
            We::Warn(vec![(3, DuplicateSection)]),
        ),
        (
            "[a]\nk = v\n[a]\nk = w",
            We::Warn(vec![(3, DuplicateSection)]),
        ),
        (
            "[a]\nK = v\n[a]\nk = w",
            We::Warn(vec![(3, DuplicateSection)]),
        ),
        // JavaScript's and Go's SDKs read these two.
        ("[a]\n -more", We::Warn(vec![(2, Text)])),
        ("[a]\ns3 =\n text", We::Warn(vec![(3, Text)])),
        (
            "[a]\nk = v\n[a]\n -more",
            We::Warn(vec![(3, DuplicateSection), (4, Text)]),
        ),
    ]);
}

/// The config file's way to write a header.
#[test]
fn a_header_of_the_config_file_is_warned_of() {
    check(&[
        ("[profile a]\nk = v", We::Warn(vec![(1, ProfileSection)])),
        ("[profile\ta]", We::Warn(vec![(1, ProfileSection)])),
        (
            "[default]\nk = v\n[profile default]\nl = w",
            We::Warn(vec![(3, ProfileSection)]),
        ),
        (
            "[profile default]\nk = v\n[default]\nl = w",
            We::Warn(vec![(1, ProfileSection)]),
        ),
    ]);
}
