//! Oddities of a file that can be edited, but that some AWS tools misread. Pure.

use std::collections::HashSet;
use std::fmt;

use super::document::Document;
use super::line::{Kind, lines};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oddity {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) kind: OddityKind,
}

/// What can be odd in sections that aws-mfa doesn't edit; in one that it edits, it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum OddityKind {
    #[error("a section appears twice; the AWS CLI rejects the whole file")]
    DuplicateSection,
    #[error("[DEFAULT] applies to every profile in the AWS CLI, but to none in the AWS SDKs")]
    DefaultSection,
    #[error("[profile …] belongs to the config file; the AWS SDKs ignore it here")]
    ProfileSection,
    #[error("`key: value` instead of `key = value`; the AWS SDKs reject the whole file")]
    Colon,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}

impl Document<'_> {
    /// The first oddity of each kind, in the file's order.
    pub(crate) fn oddities(&self) -> Vec<Oddity> {
        let mut found: Vec<Oddity> = Vec::new();
        let mut names = HashSet::new();
        for line in lines(self.text, 1) {
            let kind = match (line.kind(), line.botocore_section()) {
                (Kind::Header, Some(name)) if !names.insert(name) => OddityKind::DuplicateSection,
                (Kind::Header, Some("DEFAULT")) => OddityKind::DefaultSection,
                (Kind::Header, Some(name)) if name.starts_with("profile ") => {
                    OddityKind::ProfileSection
                }
                (Kind::Property, _) if line.sdk_key().is_none() => OddityKind::Colon,
                _ => continue,
            };
            if found.iter().all(|oddity| oddity.kind != kind) {
                found.push(Oddity {
                    line: line.number,
                    kind,
                });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_of_each_kind() {
        let text = "[a]\nk = v:w\nk: v\nl: w\n[DEFAULT]\n[profile x]\n[profile y]\n[a]\n[a]\n";
        let oddities = Document::parse(text.as_bytes()).unwrap().oddities();
        let found: Vec<(usize, OddityKind)> = oddities
            .iter()
            .map(|oddity| (oddity.line, oddity.kind))
            .collect();
        let expected = [
            (3, OddityKind::Colon),
            (5, OddityKind::DefaultSection),
            (6, OddityKind::ProfileSection),
            (8, OddityKind::DuplicateSection),
        ];
        assert_eq!(found, expected);
        assert!(
            Document::parse(b"# c\n[a]\nk = v\n\n[b]\n  x: y\n")
                .unwrap()
                .oddities()
                .is_empty()
        );
    }
}
