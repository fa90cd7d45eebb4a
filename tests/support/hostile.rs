//! Random credentials files that are as bad as what people and tools have made: small alphabets, so
//! that names and keys collide all the time, and every oddity of both grammars.

use proptest::prelude::*;
use proptest::sample::select;

/// The section that is edited in these files.
pub const TARGET: &str = "mfa";

/// Names that only some AWS tools read; some of the files have a section with one of them.
pub const ODD_TARGETS: &[&str] = &["with space", "it's (me)", "caf\u{e9}"];

const HEADERS: &[&str] = &[
    "[base]",
    "[z]",
    "[mfa]",
    "[mfa]",
    "[mfa]",
    "[mfa]",
    "[mfa] # c",
    "[mfa]; c",
    "[mfa]\t",
    "[default]",
    "[DEFAULT]",
    "[a]b]",
    "[a#b]",
    "[z] junk",
    "[profile z]",
    "[profile mfa]",
    "[with space]",
    "[it's (me)]",
    "[mfa-2]",
    "[Mfa]",
    "[caf\u{e9}]",
];
const BAD_HEADERS: &[&str] = &[
    "[ mfa ]",
    "[mfa] # see [base]",
    "[mfa] junk",
    "[mfa",
    "[]",
    "  [mfa]",
    "\t[z]",
    "\u{a0}[z]",
];
const KEYS: &[&str] = &[
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "expiration",
    "assumed_role",
    "assumed_role_arn",
    "AWS_ACCESS_KEY_ID",
    "Expiration",
    "aws_access_\u{212a}ey_id",
    "region",
    "Region",
    "region\u{a0}",
    "output",
    "s3",
    "x y",
    "\u{fc}ber",
    "credential_process",
];
const DELIMITERS: &[&str] = &["=", " = ", " = ", "= ", "\t=\t", ":", ": ", " : "];
const VALUES: &[&str] = &[
    "v",
    "ASIAOLD",
    "",
    "",
    "a b",
    "v # c",
    "v ;c",
    "v#c",
    "\"quoted",
    "'q'",
    "ends\\",
    "a=b=c",
    "a: b",
    "[z]",
    "[mfa]",
    "True",
    "2026-01-01 00:00:00",
    "line\u{2028}[z]",
    "\u{65e5}\u{672c}",
    "v\u{a0}",
    "\u{a0}v",
    "  spaced  ",
    "%(region)s",
    "${x}",
];
const INDENTS: &[&str] = &[" ", "  ", "\t", "    ", " \t", " \u{a0}"];
/// What stands before every line of a section: mostly nothing.
const SECTION_INDENTS: &[&str] = &["", "", "", "", "", "  ", "\t", "    "];
const INDENTED: &[&str] = &[
    "cont",
    "k = v",
    "aws_session_token = N",
    "# c",
    "; [z] c",
    "max = 3",
    "a: b",
    "=v",
    "a = b\u{85}c",
    "",
];
const OTHERS: &[&str] = &[
    "# c",
    ";c",
    "# [mfa]",
    ";[z]",
    "",
    "",
    " ",
    "\t",
    "#",
    "# caf\u{e9} \u{1f511}",
    "  # c",
    "\t; c",
    "\u{a0}",
    "\u{3000} \t",
];
const JUNK: &[&str] = &[
    "junk",
    "= v",
    ": v",
    "\u{a0}k = v",
    "\u{a0}# c",
    "k = \u{0}",
    "\u{1a}",
    "\u{c}",
    "k = \u{1b}[0m",
    "k = a\rb = c",
];

fn property() -> impl Strategy<Value = String> {
    (select(KEYS), select(DELIMITERS), select(VALUES))
        .prop_map(|(key, delimiter, value)| format!("{key}{delimiter}{value}"))
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        40 => property(),
        14 => select(HEADERS).prop_map(str::to_owned),
        8 => (select(INDENTS), select(INDENTED)).prop_map(|(space, text)| space.to_owned() + text),
        4 => (select(INDENTS), property()).prop_map(|(space, text)| space.to_owned() + &text),
        12 => select(OTHERS).prop_map(str::to_owned),
        1 => select(BAD_HEADERS).prop_map(str::to_owned),
        1 => select(JUNK).prop_map(str::to_owned),
    ]
}

fn ending() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just("\n"), 3 => Just("\r\n")]
}

/// A file of up to about 20 lines, most of them readable, many of them odd.
pub fn file() -> impl Strategy<Value = Vec<u8>> {
    let lines = (
        any::<bool>(),
        ending(),
        proptest::collection::vec((line(), ending(), select(SECTION_INDENTS)), 0..20),
    );
    (lines, select(HEADERS), any::<u8>(), any::<bool>()).prop_map(
        |((mixed, usual, lines), first, start, final_newline)| {
            let mut indent = lines.first().map_or("", |(_, _, indent)| *indent);
            let mut bytes: Vec<u8> = Vec::new();
            match start {
                0 => bytes.extend(b"\xef\xbb\xbf"),
                1 => bytes.extend(b"# \xff\n"),
                2..=4 => {}
                5..=18 => bytes.extend(b"# head\n\n"),
                19..=24 => bytes.extend(b"  # head\n\xc2\xa0\n"),
                _ => bytes.extend(format!("{first}{usual}").bytes()),
            }
            for (text, own, next_indent) in lines {
                if text.starts_with('[') {
                    indent = next_indent;
                } else if !text.is_empty() {
                    bytes.extend(indent.bytes());
                }
                bytes.extend(text.bytes());
                bytes.extend(if mixed { own } else { usual }.bytes());
            }
            if !final_newline && bytes.ends_with(b"\n") {
                bytes.pop();
                if bytes.ends_with(b"\r") {
                    bytes.pop();
                }
            }
            bytes
        },
    )
}
