//! Which lines of a section are keys to botocore, and which continue a value. Pure.
//!
//! The rule is Python's (`RawConfigParser`): a line that is indented deeper than the key above it
//! continues that key's value; any other line is a key of its own, also an indented one. Since the
//! SDKs take an indented line for a continuation in any case, keys that are indented make them
//! reject the file.

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
        let content = line.content();
        let text = content.trim_start();
        if matches!(text.as_bytes().first(), None | Some(b'#' | b';')) {
            return Role::Nothing;
        }
        let level = content[..content.len() - text.len()].chars().count();
        if self.level.is_some_and(|above| level > above) {
            return Role::Continuation;
        }
        self.level = Some(level);
        Role::Key
    }
}

/// As [`Reader`], but also finds what makes botocore reject the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checker {
    reader: Reader,
    /// Whether the key above has no value on its own line: what is below is a block of settings.
    in_block: bool,
}

impl Checker {
    /// `None` if botocore can't read the line: it should be a key, or a setting of a block, but has
    /// no `=`.
    pub(crate) fn role(&mut self, line: &Line<'_>) -> Option<Role> {
        let role = self.reader.role(line);
        let is_readable = match role {
            Role::Nothing => true,
            Role::Key => {
                let (key, value) = line.key_and_value().unwrap_or_default();
                self.in_block = value.trim().is_empty();
                !key.trim().is_empty()
            }
            Role::Continuation => !self.in_block || is_setting(line.content()),
        };
        is_readable.then_some(role)
    }
}

/// Whether botocore can read this line of a block. Python also ends a line at the separators.
pub(crate) fn is_setting(line: &str) -> bool {
    line.split(['\u{85}', '\u{2028}', '\u{2029}'])
        .all(|part| part.trim().is_empty() || part.contains('='))
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
            ("s3 =\n  text\n", Some(3)),
            ("s3 =\n\n  x = y\n  text\n", Some(5)),
            ("s3 =\n  x = y\u{85}text\n", Some(3)),
            ("s3 = x\n  text\n", None),
            ("  s3 =\n    text\n", Some(3)),
            ("  text\nk = v\n", Some(2)),
            ("  = v\n", Some(2)),
        ] {
            let text = format!("[a]\n{body}");
            let document = Document::parse(text.as_bytes()).unwrap();
            let section = document.section("a").unwrap().unwrap();
            let mut checker = Checker::default();
            let found = section.lines().find(|line| checker.role(line).is_none());
            assert_eq!(found.map(|line| line.number), line, "{body:?}");
        }
    }
}
