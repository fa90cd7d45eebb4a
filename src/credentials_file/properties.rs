//! The values in one section. Pure: [`super::document`] finds the lines, rust-ini parses values.
//!
//! rust-ini gets one property line at a time, without its ending: in a whole file it joins lines
//! that both AWS grammars keep apart.

use ini::{Ini, ParseOption};

use super::botocore::{Reader, Role};
use super::document::SectionText;
use super::line::{BLANK, Kind, Line};
use super::refusal::{Problem, Refusal, WhiteSpace};

/// A section's properties as botocore reads them, in the file's order.
#[derive(Clone, Debug)]
pub struct Properties<'t> {
    name: &'t str,
    lines: Vec<Property<'t>>,
    /// Number of the first indented line that is a header to botocore, where the section ends.
    indented_header: Option<usize>,
}

#[derive(Clone, Debug)]
struct Property<'t> {
    line: Line<'t>,
    below: Below,
}

/// What indented lines below a key mean for its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Below {
    Nothing,
    /// A comment to botocore, a part of the value to the SDKs.
    Comment,
    /// A part of the value.
    Text,
}

impl<'t> Properties<'t> {
    /// Reads the properties of `section`.
    #[must_use]
    pub fn read(section: &SectionText<'t>) -> Self {
        let mut properties: Vec<Property<'t>> = Vec::new();
        let mut indented_header = None;
        let mut reader = Reader::default();
        for line in section.lines() {
            let below = match (reader.role(&line), line.kind()) {
                (Role::Key, _) if line.content().trim_start().starts_with('[') => {
                    indented_header = indented_header.or(Some(line.number));
                    continue;
                }
                (Role::Key, _) => {
                    properties.push(Property {
                        line,
                        below: Below::Nothing,
                    });
                    continue;
                }
                (Role::Continuation, _) => Below::Text,
                (Role::Nothing, Kind::Indented) => Below::Comment,
                (Role::Nothing, _) => continue,
            };
            if let Some(property) = properties.last_mut() {
                property.below = property.below.max(below);
            }
        }
        Self {
            name: section.header.sdk_section().unwrap_or_default(),
            lines: properties,
            indented_header,
        }
    }

    /// Properties from the lines that a reader found, and whether more lines continue each value.
    pub(crate) fn from_lines(name: &'t str, lines: impl Iterator<Item = (Line<'t>, bool)>) -> Self {
        let property = |(line, continued)| Property {
            line,
            below: if continued {
                Below::Text
            } else {
                Below::Nothing
            },
        };
        Self {
            name,
            lines: lines.map(property).collect(),
            indented_header: None,
        }
    }

    /// What is between the brackets of its header.
    pub(crate) fn name(&self) -> &'t str {
        self.name
    }

    /// The value of `key` (lower-case) if all AWS tools read the same one; `None` if it is missing.
    ///
    /// # Errors
    /// Returns an error with the line number if tools disagree: the key appears twice or is indented,
    /// the value is continued or has a comment after it, or there is `:` instead of `=`.
    pub fn value(&self, key: &str) -> Result<Option<&'t str>, Refusal> {
        self.read_value(key, false)
    }

    /// As [`Properties::value`], but also accepts what only botocore reads: `key: value`, keys that
    /// are indented, and indented comments.
    ///
    /// # Errors
    /// Returns an error if [`Properties::value`] would for another reason.
    pub fn lenient_value(&self, key: &str) -> Result<Option<&'t str>, Refusal> {
        self.read_value(key, true)
    }

    /// What stands behind `key` on each of its lines, however tools read it, if anything does: to
    /// find what must not be lost.
    pub(crate) fn texts(&self, key: &'static str) -> impl Iterator<Item = &'t str> {
        let with_key = self
            .lines
            .iter()
            .map(|property| property.line)
            .filter(move |line| line.has_key(key));
        with_key
            .filter_map(|line| line.key_and_value())
            .map(|(_, text)| text.trim())
            .filter(|text| !text.is_empty())
    }

    /// The numbers of the lines with one of `keys`.
    pub(crate) fn lines_with(&self, keys: &[&str]) -> Vec<usize> {
        let lines = self.lines.iter().map(|property| property.line);
        lines
            .filter(|line| keys.iter().any(|key| line.has_key(key)))
            .map(|line| line.number)
            .collect()
    }

    /// Whether the section has no keys other than `keys` (lower-case).
    pub(crate) fn has_only(&self, keys: &[&str]) -> bool {
        let is_known = |property: &Property<'_>| keys.iter().any(|key| property.line.has_key(key));
        self.lines.iter().all(is_known)
    }

    /// Returns an error if an indented line stands where a key does, but is none: botocore can't
    /// read the file then, or reads a header.
    pub(crate) fn check_indented_lines(&self) -> Result<(), Refusal> {
        if let Some(header) = self.indented_header {
            return Err(Refusal::at(header, Problem::IndentedHeader));
        }
        let mut indented = self
            .lines
            .iter()
            .map(|property| property.line)
            .filter(|line| line.kind() == Kind::Indented);
        match indented.find(|line| line.botocore_key().is_none_or(|key| key.is_empty())) {
            Some(line) => Err(Refusal::at(line.number, Problem::NoDelimiter)),
            None => Ok(()),
        }
    }

    /// The other properties than `keys`, each with whether it is continued.
    pub(super) fn others(&self, keys: &[&str]) -> Vec<(&'t str, bool)> {
        let is_other =
            |property: &&Property<'t>| !keys.iter().any(|key| property.line.has_key(key));
        self.lines
            .iter()
            .filter(is_other)
            .map(|property| (property.line.content(), property.below == Below::Text))
            .collect()
    }

    pub(crate) fn line_of(&self, key: &str) -> Option<usize> {
        self.lines
            .iter()
            .map(|p| p.line)
            .find(|line| line.has_key(key))
            .map(|line| line.number)
    }

    fn read_value(&self, key: &str, lenient: bool) -> Result<Option<&'t str>, Refusal> {
        let mut with_key = self.lines.iter().filter(|p| p.line.has_key(key));
        let Some(property) = with_key.next() else {
            return Ok(None);
        };
        let line = property.line;
        let named = || key.to_owned();
        if let Some(second) = with_key.next() {
            let section = self.name.to_owned();
            return Err(Refusal::at(
                second.line.number,
                Problem::DuplicateKey {
                    section,
                    key: named(),
                },
            ));
        }
        if let Some(header) = self.indented_header
            && header < line.number
        {
            return Err(Refusal::at(header, Problem::IndentedHeader));
        }
        if !lenient && line.kind() == Kind::Indented {
            return Err(indented(&line, self.name));
        }
        let continued = if lenient { Below::Text } else { Below::Comment };
        if property.below >= continued {
            return Err(Refusal::at(
                line.number,
                Problem::ContinuedValue { key: named() },
            ));
        }
        let ambiguous = || Refusal::at(line.number, disagreement(&line, key));
        let text = line.content().trim_start();
        let (_, value) = text.split_once(['=', ':']).ok_or_else(ambiguous)?;
        let value = value.trim();
        let parsed = parse_property(text, key).ok_or_else(ambiguous)?;
        let sdk = match line.sdk_value() {
            Some(sdk) if line.sdk_key().as_deref() == Some(key) => sdk,
            _ if lenient && !has_comment(value) => value,
            _ => return Err(ambiguous()),
        };
        if parsed == value && sdk == value {
            Ok(Some(value))
        } else {
            Err(ambiguous())
        }
    }
}

/// The refusal of an indented line where all AWS tools must agree on `section`.
pub(super) fn indented(line: &Line<'_>, section: &str) -> Refusal {
    let what = line.indented_line();
    let section = section.to_owned();
    Refusal::at(line.number, Problem::Indented { what, section })
}

/// Why AWS tools disagree on the value of `key`: an odd white space, or else probably a comment.
fn disagreement(line: &Line<'_>, key: &str) -> Problem {
    let (name, value) = line.key_and_value().unwrap_or_default();
    let (name, value) = (name.trim_matches(BLANK), value.trim_matches(BLANK));
    let places = [
        (value.chars().next_back(), "after the value of"),
        (value.chars().next(), "before the value of"),
        (name.chars().next_back(), "after the name of"),
        (name.chars().next(), "before the name of"),
    ];
    let key = key.to_owned();
    for (character, place) in places {
        if let Some(character) = character.filter(|c| c.is_whitespace()) {
            let what = WhiteSpace(character);
            return Problem::WhiteSpaceAt { what, place, key };
        }
    }
    Problem::AmbiguousValue { key }
}

fn has_comment(value: &str) -> bool {
    value.contains(" #") || value.contains(" ;") || value.contains("\t#") || value.contains("\t;")
}

fn parse_property(line: &str, key: &str) -> Option<String> {
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        ..ParseOption::default()
    };
    let ini = Ini::load_from_str_opt(line, options).ok()?;
    let mut properties = ini.section(None::<&str>)?.iter();
    let (_, value) = properties
        .next()
        .filter(|(k, _)| k.eq_ignore_ascii_case(key))?;
    properties.next().is_none().then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    fn value(body: &str) -> Result<Option<String>, String> {
        let text = format!("[mfa]\n{body}");
        let document = Document::parse(text.as_bytes()).unwrap();
        let profile = Properties::read(&document.section("mfa").unwrap().unwrap());
        profile
            .value("key")
            .map(|v| v.map(str::to_owned))
            .map_err(|r| r.to_string())
    }

    #[test]
    fn values_that_all_tools_agree_on() {
        for (body, expected) in [
            ("key = v", Some("v")),
            ("KEY=a=b==\r\n", Some("a=b==")),
            ("other = x\nkey =\t v \n# c\n", Some("v")),
            ("key = \"q\"", Some("\"q\"")),
            ("key = a#b", Some("a#b")),
            ("key = ends\\\nother = x", Some("ends\\")),
            ("key =", Some("")),
            ("keys = v", None),
            ("s3 =\n  key = v", None),
            ("", None),
        ] {
            assert_eq!(value(body), Ok(expected.map(str::to_owned)), "{body:?}");
        }
    }

    #[test]
    fn values_that_tools_disagree_on_are_errors_with_a_line_number() {
        for (body, line) in [
            ("key = 1\nkey = 2", 3),
            ("key = 1\nx = y\nKEY = 2", 4),
            ("key = a #b", 2),
            ("key = a\t;b", 2),
            ("key = a\n  b", 2),
            ("key =\n  b", 2),
            ("key: v", 2),
            ("key = v\u{a0}", 2),
            ("\u{212a}ey = v", 2),
            ("  key = v", 2),
            ("key = v\n  # c", 2),
            ("  x = y\n  [z] = x\nkey = v", 3),
        ] {
            let error = value(body).expect_err(body);
            assert!(
                error.starts_with(&format!("line {line}: ")),
                "{body:?}: {error}"
            );
        }
    }

    #[test]
    fn odd_white_space_is_named() {
        for (body, named) in [
            (
                "key = v\u{a0}",
                "a non-breaking space (U+00A0) after the value of key",
            ),
            (
                "key = \u{3000}v",
                "an ideographic space (U+3000) before the value of key",
            ),
            (
                "key\u{2003}= v",
                "a white-space character (U+2003) after the name of key",
            ),
            ("key = v #c", "(is there a comment after it?)"),
        ] {
            let error = value(body).expect_err(body);
            assert!(error.contains(named), "{body:?}: {error}");
        }
    }

    #[test]
    fn a_lenient_value_is_what_only_botocore_reads() {
        let text = "[mfa]\n  key: v\n  # c\n  other: a #b\nlast = w\n  # c\n  x\n";
        let document = Document::parse(text.as_bytes()).unwrap();
        let profile = Properties::read(&document.section("mfa").unwrap().unwrap());
        assert_eq!(profile.lenient_value("key"), Ok(Some("v")));
        assert!(profile.lenient_value("other").is_err());
        assert!(profile.lenient_value("last").is_err());
    }
}
