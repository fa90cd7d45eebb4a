//! Which lines of a section are keys to botocore, and which continue a value. Pure.
//!
//! The rule is Python's (`RawConfigParser`): a line that is indented deeper than the key above it
//! continues that key's value; any other line is a key of its own, also an indented one. Since the
//! SDKs take an indented line for a continuation in any case, keys that are indented make them
//! reject the file.

use super::document::SectionText;
use super::line::Line;

/// What a line below a header is to botocore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// White space, or a comment at any indentation.
    Nothing,
    Key,
    Continuation,
}

/// Reads the lines of one section, from its header on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reader {
    /// How far the key above is indented, in characters; `None` above the first key.
    level: Option<usize>,
}

impl Reader {
    pub(crate) fn role(&mut self, line: &Line<'_>) -> Role {
        let text = line.content().trim_start();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Role::Nothing;
        }
        let level = line.indent().chars().count();
        if self.level.is_some_and(|above| level > above) {
            return Role::Continuation;
        }
        self.level = Some(level);
        Role::Key
    }
}

/// The first line of `section` that makes botocore reject the file: indented text without `=`,
/// either in place of a key or below a key without a value, which begins a block of settings.
/// Returns the number of that key, or of the line.
pub(super) fn unreadable_line(section: &SectionText<'_>) -> Option<usize> {
    let mut reader = Reader::default();
    let mut block = None;
    section.lines().find_map(|line| match reader.role(&line) {
        Role::Nothing => None,
        Role::Key => {
            let (key, value) = line.content().split_once(['=', ':']).unwrap_or_default();
            block = value.trim().is_empty().then_some(line.number);
            key.trim().is_empty().then_some(line.number)
        }
        Role::Continuation => block.filter(|_| !is_block_of_settings(line.content())),
    })
}

/// Whether botocore can read this line of a block. Python also ends a line at the separators.
fn is_block_of_settings(line: &str) -> bool {
    line.split(['\u{85}', '\u{2028}', '\u{2029}'])
        .all(|setting| setting.trim().is_empty() || setting.contains('='))
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    fn roles(body: &str) -> Vec<(usize, Role)> {
        let text = format!("[a]\n{body}");
        let document = Document::parse(text.as_bytes()).unwrap();
        let mut reader = Reader::default();
        let section = document.section("a").unwrap().unwrap();
        section
            .lines()
            .map(|line| (line.number, reader.role(&line)))
            .filter(|(_, role)| *role != Role::Nothing)
            .collect()
    }

    /// Python's answers, tried with `configparser` of 3.11.
    #[test]
    fn deeper_lines_continue_and_others_are_keys() {
        use Role::{Continuation, Key};
        for (body, expected) in [
            ("k = 1\n  l = 2\n", vec![(2, Key), (3, Continuation)]),
            ("  k = 1\n  l = 2\n", vec![(2, Key), (3, Key)]),
            ("  k = 1\n    k2 = 2\n", vec![(2, Key), (3, Continuation)]),
            ("    k = 1\n  l = 2\n", vec![(2, Key), (3, Key)]),
            (
                "  k=1\nj=2\n  l=3\n",
                vec![(2, Key), (3, Key), (4, Continuation)],
            ),
            ("\tk = 1\n  l = 2\n", vec![(2, Key), (3, Continuation)]),
            ("  k = 1\n\tl = 2\n", vec![(2, Key), (3, Key)]),
            ("  k = 1\n \u{a0}l = 2\n", vec![(2, Key), (3, Key)]),
            (
                "  k = 1\n\n    # c\n\u{a0}\n    l = 2\n",
                vec![(2, Key), (6, Continuation)],
            ),
            ("    # c\n  k = 1\n", vec![(3, Key)]),
        ] {
            assert_eq!(roles(body), expected, "{body:?}");
        }
    }

    #[test]
    fn what_botocore_cannot_read_is_found() {
        for (body, line) in [
            ("s3 =\n  x = y\n\n  z=\n", None),
            ("s3 =\n  # c\n", None),
            ("s3 =\n  text\n", Some(2)),
            ("s3 =\n\n  x = y\n  text\n", Some(2)),
            ("s3 =\n  x = y\u{85}text\n", Some(2)),
            ("s3 = x\n  text\n", None),
            ("  s3 =\n    text\n", Some(2)),
            ("  text\nk = v\n", Some(2)),
            ("  = v\n", Some(2)),
        ] {
            let text = format!("[a]\n{body}");
            let document = Document::parse(text.as_bytes()).unwrap();
            let section = document.section("a").unwrap().unwrap();
            assert_eq!(unreadable_line(&section), line, "{body:?}");
        }
    }
}
