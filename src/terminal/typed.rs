//! A line that is typed at a prompt with stars, one for each character. Pure.
//!
//! rpassword is what edits the line (backspace, Ctrl-U, Ctrl-W, Ctrl-D, escape sequences). It could
//! also show the stars, but only where it sets the terminal itself: without signals, so without
//! Ctrl-Z, and without anybody knowing what stands on the screen when a remark comes above the prompt.

use std::io::{self, Cursor, ErrorKind};

use zeroize::Zeroizing;

/// In bytes, as long as a line of a terminal can be.
const LONGEST: usize = 4096;
/// So many characters stay of a longer line. What comes at once is a thousand bytes at most.
const ENOUGH: usize = 512;
/// Ctrl-D.
const END: u8 = 0x04;
const ESCAPE: u8 = 0x1b;

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

    /// `keys` are what came at once. What comes after the end of the line is dropped.
    pub(super) fn push(&mut self, keys: &[u8]) -> io::Result<Line> {
        if self.0.len() + keys.len() > LONGEST {
            self.shorten()?;
        }
        let room = LONGEST - self.0.len();
        // A terminal sends a key's whole sequence at once: this is the Esc key, which means nothing here.
        let alone = keys.iter().rev().take_while(|key| **key == ESCAPE).count();
        let keys = &keys[..keys.len() - alone];
        let is_first = |at: usize| at == 0 || keys[at - 1] != ESCAPE;
        let once = keys.iter().enumerate();
        let once = once.filter(|(at, key)| **key != ESCAPE || is_first(*at));
        self.0.extend(once.map(|(_, key)| *key).take(room));
        let is_end = |key: &u8| matches!(key, b'\n' | b'\r');
        let end = self.0.iter().position(is_end);
        let line = end.map_or(self.0.as_slice(), |end| &self.0[..end]);
        if end.is_none() && line.ends_with(&[END, END]) {
            return Ok(Line::Cancelled);
        }
        match edited(line) {
            Ok(line) if end.is_some() => Ok(Line::Finished(line)),
            Ok(line) => Ok(Line::Unfinished(line.chars().count())),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Line::Cancelled),
            Err(error) => Err(error),
        }
    }

    /// Makes room for the keys that edit or end the line: it is too long for an answer anyway.
    fn shorten(&mut self) -> io::Result<()> {
        let line = edited(&self.0)?;
        self.clear();
        let start = line.chars().take(ENOUGH).map(char::len_utf8).sum();
        self.0.extend_from_slice(&line.as_bytes()[..start]);
        Ok(())
    }
}

/// What the keys make of the line.
fn edited(keys: &[u8]) -> io::Result<Zeroizing<String>> {
    let keys = Cursor::new(Zeroizing::new(keys.to_vec()));
    let config = rpassword::ConfigBuilder::new()
        .input_reader(keys)
        .output_discard()
        .build();
    rpassword::read_password_with_config(config).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys one by one, as a person presses them, and all at once, as from a paste.
    fn typed(keys: &[&str]) -> Line {
        let mut typed = Typed::new();
        let mut line = Line::Unfinished(0);
        for key in keys {
            line = typed.push(key.as_bytes()).unwrap();
            if !matches!(line, Line::Unfinished(_)) {
                break;
            }
        }
        line
    }

    fn one_by_one(keys: &str) -> Vec<&str> {
        let ends = keys.char_indices().map(|(at, c)| (at, at + c.len_utf8()));
        ends.map(|(start, end)| &keys[start..end]).collect()
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
            ("12\u{4}", 2),
            ("\t\u{1a}1", 1),
        ] {
            let line = Line::Unfinished(characters);
            assert_eq!(typed(&one_by_one(keys)), line, "{keys:?}");
            assert_eq!(typed(&[keys]), line, "{keys:?}");
        }
        for (keys, characters) in [
            (&["12", "\u{1b}[D", "3"][..], 3),
            (&["\u{1b}[200~123456\u{1b}[201~"], 6),
            // The Esc key, and then something else.
            (&["\u{1b}", "1", "2"], 2),
            (&["\u{1b}", "\u{1b}[D", "1"], 1),
            (&["1\u{1b}\u{1b}[D2"], 2),
            (&["12", "\u{1b}", "\u{15}"], 0),
        ] {
            assert_eq!(typed(keys), Line::Unfinished(characters), "{keys:?}");
        }
        assert_eq!(typed(&["\u{1b}", "\u{4}"]), Line::Cancelled);
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
            assert_eq!(typed(&[keys]), line, "{keys:?}");
        }
        let mut pasted = Typed::new();
        assert_eq!(pasted.push(b"123456\nrm x").unwrap(), finished("123456"));
    }

    #[test]
    fn a_line_has_a_limit() {
        let mut typed = Typed::new();
        for _ in 0..100 {
            let line = typed.push(&[b'1'; 1000]).unwrap();
            assert!(matches!(line, Line::Unfinished(500..=LONGEST)), "{line:?}");
        }
        assert_eq!(typed.0.capacity(), LONGEST);
        let line = typed.push(b"\n").unwrap();
        assert!(matches!(line, Line::Finished(_)), "{line:?}");
        // Whatever came before.
        let mut typed = Typed::new();
        typed.push(&[b'1'; LONGEST]).unwrap();
        for _ in 0..2 * LONGEST {
            typed.push(b"\x15").unwrap();
        }
        assert_eq!(typed.push(b"12").unwrap(), Line::Unfinished(2));
    }
}
