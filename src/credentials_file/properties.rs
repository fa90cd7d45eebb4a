//! What one section says. Pure: lines are found by [`super::document`], values are parsed by rust-ini.
//!
//! rust-ini gets single property lines only. Over a whole file it joins lines that both of AWS's grammars keep apart, so it
//! never sees more than one line, and never an ending.

use ini::{Ini, ParseOption};

use super::document::SectionText;
use super::line::{Kind, Line};
use super::refusal::{Problem, Refusal};

/// A section's properties, in the file's order.
#[derive(Clone, Debug)]
pub struct Properties<'t> {
    /// The section's name, as in its header.
    name: &'t str,
    lines: Vec<Property<'t>>,
    /// The first indented line before the first property: a key to botocore, an error to the SDKs.
    indented_first: Option<usize>,
}

#[derive(Clone, Debug)]
struct Property<'t> {
    line: Line<'t>,
    /// Followed by an indented line, which belongs to its value.
    continued: bool,
}

impl<'t> Properties<'t> {
    /// Reads the properties of `section`.
    #[must_use]
    pub fn read(section: &SectionText<'t>) -> Self {
        let mut properties: Vec<Property<'t>> = Vec::new();
        let mut indented_first = None;
        for line in section.lines() {
            match line.kind() {
                Kind::Property => properties.push(Property {
                    line,
                    continued: false,
                }),
                Kind::Indented => match properties.last_mut() {
                    Some(property) => property.continued = true,
                    None => indented_first = indented_first.or(Some(line.number)),
                },
                Kind::Blank | Kind::Comment | Kind::Header => {}
            }
        }
        Self {
            name: section.header.sdk_section().unwrap_or_default(),
            lines: properties,
            indented_first,
        }
    }

    /// The value of `key` (lower-case) where every AWS tool reads the same one; none where the key is missing.
    ///
    /// # Errors
    /// Returns the line where tools disagree: the key appears twice, the value is continued or has a
    /// comment after it, or there is `:` instead of `=`.
    pub fn value(&self, key: &str) -> Result<Option<&'t str>, Refusal> {
        self.read_value(key, false)
    }

    /// As [`Properties::value`], but `key: value`, which only the AWS CLI reads, counts too.
    ///
    /// # Errors
    /// As [`Properties::value`].
    pub fn lenient_value(&self, key: &str) -> Result<Option<&'t str>, Refusal> {
        self.read_value(key, true)
    }

    /// The first word of every value of `key`, whatever AWS's tools make of its line: to recognise what must not be lost.
    pub(crate) fn words(&self, key: &'static str) -> impl Iterator<Item = &'t str> {
        let with_key = self
            .lines
            .iter()
            .map(|property| property.line)
            .filter(move |line| line.has_key(key));
        with_key
            .filter_map(|line| line.content().split_once(['=', ':']))
            .filter_map(|(_, value)| value.split_whitespace().next())
    }

    /// Whether the section has no keys but `keys` (lower-case).
    pub(crate) fn has_only(&self, keys: &[&str]) -> bool {
        let is_known = |property: &Property<'_>| keys.iter().any(|key| property.line.has_key(key));
        self.indented_first.is_none() && self.lines.iter().all(is_known)
    }

    /// Sees that the section doesn't begin with an indented line, whose key only some tools read.
    pub(crate) fn check_beginning(&self) -> Result<(), Refusal> {
        let section = self.name.to_owned();
        match self.indented_first {
            Some(line) => Err(Refusal::at(line, Problem::IndentedFirstKey { section })),
            None => Ok(()),
        }
    }

    /// Line number of the first property with `key`.
    pub(crate) fn line_of(&self, key: &str) -> Option<usize> {
        self.lines
            .iter()
            .map(|p| p.line)
            .find(|line| line.has_key(key))
            .map(|line| line.number)
    }

    fn read_value(&self, key: &str, colon_allowed: bool) -> Result<Option<&'t str>, Refusal> {
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
        if property.continued {
            return Err(Refusal::at(
                line.number,
                Problem::ContinuedValue { key: named() },
            ));
        }
        let ambiguous = || Refusal::at(line.number, Problem::AmbiguousValue { key: named() });
        let (_, value) = line
            .content()
            .split_once(['=', ':'])
            .ok_or_else(ambiguous)?;
        let value = value.trim();
        let parsed = parse_property(line.content(), key).ok_or_else(ambiguous)?;
        let sdk = match line.sdk_value() {
            Some(sdk) if line.sdk_key().as_deref() == Some(key) => sdk,
            _ if colon_allowed && !has_comment(value) => value,
            _ => return Err(ambiguous()),
        };
        if parsed == value && sdk == value {
            Ok(Some(value))
        } else {
            Err(ambiguous())
        }
    }
}

fn has_comment(value: &str) -> bool {
    value.contains(" #") || value.contains(" ;") || value.contains("\t#") || value.contains("\t;")
}

/// The value of `key` in one property line, by rust-ini.
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
    fn values_that_all_tools_read_alike() {
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
    fn values_that_tools_read_differently_are_errors_with_their_line() {
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
        ] {
            let error = value(body).expect_err(body);
            assert!(
                error.starts_with(&format!("line {line}: ")),
                "{body:?}: {error}"
            );
        }
    }

    #[test]
    fn a_colon_counts_where_only_aws_mfa_reads_the_value() {
        let document = Document::parse(b"[mfa]\nkey: v\nother: a #b\n").unwrap();
        let profile = Properties::read(&document.section("mfa").unwrap().unwrap());
        assert_eq!(profile.lenient_value("key"), Ok(Some("v")));
        assert!(profile.lenient_value("other").is_err());
    }
}
