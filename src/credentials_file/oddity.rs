//! Oddities of a file that can be edited, but that some AWS tools misread. Pure.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use super::botocore::{Checker, Role};
use super::document::Document;
use super::line::{Kind, Line, lines};
use super::name::{DEFAULTS, is_sdk_name, is_two_words, without_prefix};

/// Something odd in a file, and which AWS tools misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Counted from 1; `None` if no line is to blame.
    pub line: Option<usize>,
    /// What it is.
    pub kind: OddityKind,
}

/// What can be odd, and who can't read it: the tools that were tried, or whose source was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OddityKind {
    /// The session's section is named like this.
    #[error(
        "the AWS SDKs for Rust, Java and C++ won't find this profile: its name has a character \
         other than letters, digits and _-/.%@:+"
    )]
    Name,
    /// JavaScript's SDK takes the first of two words for a kind of section, such as `profile`.
    #[error(
        "the AWS SDKs for JavaScript, Rust, Java and C++ won't find this profile: its name is two \
         words"
    )]
    NameOfTwoWords,
    /// Not even if they are in one place.
    #[error("a section appears twice; the AWS CLI and boto3 reject the whole file")]
    DuplicateSection,
    /// Also if only case differs.
    #[error("a key appears twice in its section; the AWS CLI and boto3 reject the whole file")]
    DuplicateKey,
    /// In place of a key, or in a block of settings.
    #[error(
        "text that isn't `key = value`; the AWS CLI, boto3 and some SDKs reject the \
         whole file"
    )]
    Text,
    /// Whose keys botocore gives to every section.
    #[error("[DEFAULT] applies to every profile in the AWS CLI, but to none in the AWS SDKs")]
    DefaultSection,
    /// As in the config file.
    #[error("[profile …] belongs to the config file; the AWS SDKs ignore it here")]
    ProfileSection,
    /// JavaScript's and Go's SDKs skip the line.
    #[error(
        "`key: value` instead of `key = value`; the AWS SDKs for Rust, Java and C++ can't read \
         the file"
    )]
    Colon,
    /// Such as `[a] b` and `[a#b]`.
    #[error(
        "a section header that doesn't end at its bracket; the AWS SDKs for Rust and Java reject \
         the whole file"
    )]
    Header,
    /// A key or a comment with no key above it that isn't indented.
    #[error(
        "an indented line that doesn't continue a value; the AWS SDKs for Rust and Java reject \
         the whole file"
    )]
    Indented,
    /// A comment, for example.
    #[error(
        "an indented line below a key without a value, but not `key = value`; the AWS SDKs for \
         Rust and Java reject the whole file"
    )]
    Block,
    /// To those SDKs it is text.
    #[error(
        "a line of white space other than spaces and tabs; the AWS SDKs for Rust and Java reject \
         the whole file"
    )]
    WhiteSpace,
}

impl OddityKind {
    /// Whether the AWS CLI and boto3 reject the whole file, and not only some SDKs or nobody.
    #[must_use]
    pub fn is_for_everyone(self) -> bool {
        matches!(
            self,
            Self::DuplicateSection | Self::DuplicateKey | Self::Text
        )
    }

    /// Whether the Rust SDK rejects the whole file.
    #[must_use]
    pub fn is_rejected_by_rust(self) -> bool {
        matches!(
            self,
            Self::Colon | Self::Header | Self::Indented | Self::Block | Self::WhiteSpace
        )
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        self.kind.fmt(f)
    }
}

impl Document<'_> {
    /// What is odd when `keys` (lower-case) have been set in section `name`, whose lines with these
    /// keys don't count: the first oddity of each kind, in the file's order.
    #[must_use]
    pub fn oddities(&self, name: &str, keys: &[&str]) -> Vec<Oddity> {
        let mut found: Vec<Oddity> = Vec::new();
        let mut add = |line: Option<usize>, kind: OddityKind| {
            if found.iter().all(|oddity| oddity.kind != kind) {
                found.push(Oddity { line, kind });
            }
        };
        if is_two_words(name) {
            add(None, OddityKind::NameOfTwoWords);
        } else if !is_sdk_name(name) {
            add(None, OddityKind::Name);
        }
        let mut botocore = Botocore::for_sections(self.sections.len());
        let mut sdks = Sdks::default();
        let (mut is_edited, mut is_replaced) = (false, false);
        for line in lines(self.text, 1) {
            if line.is_header() {
                (is_edited, is_replaced) = (line.botocore_section() == Some(name), false);
            }
            let (role, odd) = botocore.read(&line);
            let odd_to_sdks = sdks.read(&line);
            if role == Some(Role::Key) {
                is_replaced = is_edited && keys.iter().any(|key| line.has_key(key));
            } else if !line.raw.starts_with([' ', '\t']) {
                // It doesn't continue the key's value.
                is_replaced &= odd != Some(OddityKind::Text);
            }
            if is_replaced {
                continue;
            }
            // Where no tool reads the line, one of them is enough.
            let odd_to_sdks = odd_to_sdks.filter(|_| odd != Some(OddityKind::Text));
            for kind in odd.into_iter().chain(odd_to_sdks) {
                add(Some(line.number), kind);
            }
        }
        found
    }
}

/// What botocore has read so far.
#[derive(Default)]
struct Botocore<'t> {
    sections: HashSet<&'t str>,
    /// How many headers were read.
    section: usize,
    /// Lower-case, each with the last section that has it.
    keys: HashMap<Cow<'t, str>, usize>,
    /// The keys of `[DEFAULT]`, which may appear any number of times.
    default_keys: HashSet<Cow<'t, str>>,
    in_default: bool,
    checker: Checker,
}

impl<'t> Botocore<'t> {
    /// For a file with so many headers, most of which should have a name of their own.
    fn for_sections(count: usize) -> Self {
        const MOST: usize = 1 << 17;
        Self {
            sections: HashSet::with_capacity(count.min(MOST)),
            ..Self::default()
        }
    }

    /// The line's role, unless it is a header or can't be read, and what is odd about it.
    fn read(&mut self, line: &Line<'t>) -> (Option<Role>, Option<OddityKind>) {
        if line.is_header() {
            return (
                None,
                self.read_header(line.botocore_section().unwrap_or("")),
            );
        }
        let role = self.checker.role(line);
        let odd = match role {
            None => Some(OddityKind::Text),
            Some(Role::Key) => line.botocore_key().and_then(|key| self.read_key(key)),
            Some(_) => None,
        };
        (role, odd)
    }

    fn read_header(&mut self, name: &'t str) -> Option<OddityKind> {
        self.section += 1;
        self.checker = Checker::default();
        self.in_default = name == DEFAULTS;
        if self.in_default {
            Some(OddityKind::DefaultSection)
        } else if !self.sections.insert(name) {
            Some(OddityKind::DuplicateSection)
        } else {
            without_prefix(name).map(|_| OddityKind::ProfileSection)
        }
    }

    fn read_key(&mut self, key: Cow<'t, str>) -> Option<OddityKind> {
        let is_duplicate = if self.in_default {
            !self.default_keys.insert(key)
        } else {
            self.keys.insert(key, self.section) == Some(self.section)
        };
        is_duplicate.then_some(OddityKind::DuplicateKey)
    }
}

/// How far the SDKs' grammar has read.
#[derive(Default)]
struct Sdks {
    /// Whether the key above has a value on its own line; `None` above a section's first key.
    has_value: Option<bool>,
}

impl Sdks {
    fn read(&mut self, line: &Line<'_>) -> Option<OddityKind> {
        match (line.kind(), self.has_value) {
            (Kind::Comment, _) | (Kind::Indented, Some(true)) => None,
            (Kind::Blank, _) => line.leading_white_space().map(|_| OddityKind::WhiteSpace),
            (Kind::Header, _) => {
                self.has_value = None;
                line.sdk_section().is_none().then_some(OddityKind::Header)
            }
            (Kind::Property, _) => {
                let value = line.sdk_value();
                self.has_value = Some(value.is_some_and(|value| !value.is_empty()));
                value.is_none().then_some(OddityKind::Colon)
            }
            (Kind::Indented, None) => Some(OddityKind::Indented),
            (Kind::Indented, Some(false)) => {
                let is_setting = line.sdk_key().is_some_and(|key| !key.is_empty());
                (!is_setting).then_some(OddityKind::Block)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oddities(text: &str) -> Vec<(usize, OddityKind)> {
        let document = Document::parse(text.as_bytes()).unwrap();
        let oddities = document.oddities("mfa", &["id"]);
        let with_line = |oddity: &Oddity| (oddity.line.unwrap(), oddity.kind);
        oddities.iter().map(with_line).collect()
    }

    #[test]
    fn finds_the_first_of_each_kind() {
        let text = "[a]\nk = v:w\nl: v\nm: w\n[DEFAULT]\n[profile x]\n[profile y]\n[a]\n[a]\n\
                    [DEFAULT]\n";
        let expected = [
            (3, OddityKind::Colon),
            (5, OddityKind::DefaultSection),
            (6, OddityKind::ProfileSection),
            (8, OddityKind::DuplicateSection),
        ];
        assert_eq!(oddities(text), expected);
        assert_eq!(oddities("# c\n[a]\nk = v\n\n[b]\nl =\n  x: y = z\n"), []);
    }

    #[test]
    fn names_what_makes_a_family_of_tools_reject_the_file() {
        use OddityKind::{Block, DuplicateKey, Header, Indented, Text, WhiteSpace};
        for (text, expected) in [
            ("[a]\nk = 1\nl = 2\nK = 3\n", vec![(4, DuplicateKey)]),
            ("[a]\nk = 1\n[b]\nk = 2\n", vec![]),
            (
                "[a]\n  k = 1\n  k = 2\n",
                vec![(2, Indented), (3, DuplicateKey)],
            ),
            ("[a]\nk =\n  text\n", vec![(3, Text)]),
            ("[a]\nk = v\n  text\n", vec![]),
            ("[a]\n  text\n", vec![(2, Text)]),
            ("[a]\nk =\n  # c\n", vec![(3, Block)]),
            ("  # c\n[a]\n", vec![(1, Indented)]),
            ("[a]\n\t# c\nk = v\n", vec![(2, Indented)]),
            ("[a] b\n", vec![(1, Header)]),
            ("[a]\n\u{a0}\n", vec![(2, WhiteSpace)]),
        ] {
            assert_eq!(oddities(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_the_edit_replaces_is_not_odd() {
        assert_eq!(oddities("[mfa]\nid: 1\nID = 2\nid =\n  text\n"), []);
        assert_eq!(
            oddities("[a]\nid: 1\n[mfa]\nid = 1\nk = 1\nk = 2\n"),
            [(2, OddityKind::Colon), (6, OddityKind::DuplicateKey)]
        );
    }

    #[test]
    fn a_name_that_not_all_sdks_read_is_odd() {
        let document = Document::parse(b"[a]\n").unwrap();
        for (name, expected) in [
            ("a", None),
            ("two words", Some(OddityKind::NameOfTwoWords)),
            ("it's me", Some(OddityKind::Name)),
        ] {
            let kinds = document.oddities(name, &[]).into_iter();
            assert_eq!(kinds.map(|oddity| oddity.kind).next(), expected, "{name}");
        }
    }
}
