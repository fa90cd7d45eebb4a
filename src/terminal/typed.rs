//! A line that is typed at a prompt with stars, one for each character. Pure.
//!
//! rpassword is what edits the line (backspace, Ctrl-U, Ctrl-W, Ctrl-D, escape sequences). It could
//! also show the stars, but only where it sets the terminal itself: without signals, so without
//! Ctrl-Z, and without anybody knowing what stands on the screen when a remark comes above the prompt.

use std::io::{self, Cursor, ErrorKind};

use zeroize::Zeroizing;

/// As long as a line of a terminal can be; more isn't taken.
const LONGEST: usize = 4096;
/// Ctrl-D.
const END: u8 = 0x04;

/// The keys typed so far.
pub(super) struct Typed(Zeroizing<Vec<u8>>);

/// What they come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// In characters.
    Unfinished(usize),
    Finished(Zeroizing<String>),
    /// Ctrl-D on an empty line, or twice.
    Cancelled,
}

impl Typed {
    pub(super) fn new() -> Self {
        // Growing would leave copies behind.
        Self(Zeroizing::new(Vec::with_capacity(LONGEST)))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    /// What comes after the end of the line is dropped.
    pub(super) fn push(&mut self, keys: &[u8]) -> io::Result<Line> {
        let room = LONGEST - self.0.len();
        self.0.extend_from_slice(&keys[..keys.len().min(room)]);
        let is_end = |key: &u8| matches!(key, b'\n' | b'\r');
        let end = self.0.iter().position(is_end);
        let line = end.map_or(self.0.as_slice(), |end| &self.0[..end]);
        if end.is_none() && line.ends_with(&[END, END]) {
            return Ok(Line::Cancelled);
        }
        let line = Cursor::new(Zeroizing::new(line.to_vec()));
        let config = rpassword::ConfigBuilder::new()
            .input_reader(line)
            .output_discard()
            .build();
        match rpassword::read_password_with_config(config).map(Zeroizing::new) {
            Ok(line) if end.is_some() => Ok(Line::Finished(line)),
            Ok(line) => Ok(Line::Unfinished(line.chars().count())),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Line::Cancelled),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> Line {
        let mut typed = Typed::new();
        let mut line = Line::Unfinished(0);
        // One by one, as a person types them.
        for key in keys.as_bytes() {
            line = typed.push(&[*key]).unwrap();
            if !matches!(line, Line::Unfinished(_)) {
                break;
            }
        }
        let pasted = Typed::new().push(keys.as_bytes()).unwrap();
        assert_eq!(pasted, line, "pasted at once: {keys:?}");
        line
    }

    #[test]
    fn keys_edit_the_line() {
        for (keys, characters) in [
            ("", 0),
            ("123", 3),
            ("12\u{7f}", 1),
            ("12\u{8}\u{8}\u{8}", 0),
            ("123\u{15}4", 1),
            ("12 34\u{17}", 3),
            ("１２３", 3),
            ("12\u{1b}[D3", 3),
            ("\u{1b}[200~123456\u{1b}[201~", 6),
            ("12\u{4}", 2),
            ("\t\u{1a}1", 1),
        ] {
            assert_eq!(typed(keys), Line::Unfinished(characters), "{keys:?}");
        }
    }

    #[test]
    fn a_line_ends() {
        let finished = |line: &str| Line::Finished(Zeroizing::new(line.to_owned()));
        for (keys, line) in [
            ("123456\n", finished("123456")),
            ("123456\r", finished("123456")),
            ("1\u{15}123456\n", finished("123456")),
            ("\u{1b}[200~123456\n", finished("123456")),
            ("\n", finished("")),
            ("\u{4}", Line::Cancelled),
            ("12\u{7f}\u{7f}\u{4}", Line::Cancelled),
            ("12\u{4}\u{4}", Line::Cancelled),
        ] {
            assert_eq!(typed(keys), line, "{keys:?}");
        }
        let mut pasted = Typed::new();
        assert_eq!(pasted.push(b"123456\nrm x").unwrap(), finished("123456"));
    }

    #[test]
    fn a_line_has_a_limit() {
        let mut typed = Typed::new();
        for _ in 0..2 {
            let line = typed.push(&[b'1'; LONGEST]).unwrap();
            assert_eq!(line, Line::Unfinished(LONGEST));
        }
        assert_eq!(typed.0.capacity(), LONGEST);
    }
}
