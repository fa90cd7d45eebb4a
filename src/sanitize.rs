//! Makes all foreign text safe for a terminal: AWS's messages, values and paths from files. Pure.

use std::borrow::Cow;

use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};

/// The longest foreign text that is shown, in characters.
pub(crate) const MAX_LEN: usize = 400;
/// The longest line, in bytes; enough for a command with a long path.
const MAX_LINE: usize = 10_000;

/// What isn't shown but may change how the text around it is shown or compared.
const IGNORABLE: CodePointSetDataBorrowed<'static> =
    CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// Escapes what could move the cursor, change the terminal's state, reorder text or make two texts
/// look alike: control, bidirectional and invisible characters, and line and paragraph separators.
/// Cuts the line at [`MAX_LINE`]. Only its end is cut: without its middle, a command in it could
/// mean something else.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len().min(MAX_LINE));
    for c in text.chars() {
        if escaped.len() > MAX_LINE {
            escaped.push('…');
            break;
        }
        if is_unsafe(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A name or value from a file, cut at [`MAX_LEN`]: it may be as long as the file. The line that
/// shows it is escaped as a whole.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_LEN) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Replaces the user and password in each URL.
fn redact(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, url)) = rest.split_once("://") {
        redacted.push_str(before);
        redacted.push_str("://");
        let end = url
            .find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c))
            .unwrap_or(url.len());
        rest = match url[..end].rfind('@') {
            Some(at) => {
                redacted.push_str("***");
                &url[at..]
            }
            None => url,
        };
    }
    redacted.push_str(rest);
    redacted
}

/// `text` on one line of at most [`MAX_LEN`] characters, with white space reduced to one space,
/// users and passwords in URLs removed, and the rest escaped as by [`escape`].
pub(crate) fn excerpt(text: &str) -> String {
    let text = redact(text);
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() > MAX_LEN {
            let room = MAX_LEN.saturating_sub(line.chars().count());
            line.push(' ');
            line.extend(word.chars().take(room));
            line.push('…');
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    escape(line.trim_start())
}

/// Whether nothing is shown for `c`: zero-width characters, marks of direction, soft hyphens.
pub(crate) fn is_ignorable(c: char) -> bool {
    IGNORABLE.contains(c)
}

/// Whether a terminal would obey `c`, not show it, or show it as a space or not at all.
pub(crate) fn is_unsafe(c: char) -> bool {
    const BRAILLE_BLANK: char = '\u{2800}';
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || IGNORABLE.contains(c)
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | BRAILLE_BLANK
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
        assert_eq!(escape("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\u{a}c");
        assert_eq!(escape("user\u{202e}nimda"), "user\\u{202e}nimda");
        assert_eq!(escape("é 日本 ok"), "é 日本 ok");
    }

    #[test]
    fn invisible_characters_are_escaped() {
        for range in [
            '\u{7f}'..='\u{9f}',
            '\u{ad}'..='\u{ad}',
            '\u{34f}'..='\u{34f}',
            '\u{61c}'..='\u{61c}',
            '\u{115f}'..='\u{1160}',
            '\u{17b4}'..='\u{17b5}',
            '\u{180b}'..='\u{180f}',
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2060}'..='\u{206f}',
            '\u{2800}'..='\u{2800}',
            '\u{3164}'..='\u{3164}',
            '\u{fe00}'..='\u{fe0f}',
            '\u{feff}'..='\u{feff}',
            '\u{ffa0}'..='\u{ffa0}',
            '\u{fff0}'..='\u{fffb}',
            '\u{1bca0}'..='\u{1bca3}',
            '\u{1d173}'..='\u{1d17a}',
            '\u{e0000}'..='\u{e0fff}',
        ] {
            for c in range {
                assert!(is_unsafe(c), "{}", c.escape_unicode());
            }
        }
    }

    #[test]
    fn long_names_and_lines_are_cut() {
        let long = "é".repeat(10_000_000);
        assert_eq!(shorten(&long).chars().count(), MAX_LEN + 1);
        assert!(escape(&long).len() < MAX_LINE + 20);
        let short = "é".repeat(MAX_LEN);
        assert_eq!(shorten(&short), short);
    }

    #[test]
    fn passwords_in_urls_are_removed() {
        for (text, safe) in [
            (
                "via http://user:pa@ss@proxy:3128/x failed",
                "via http://***@proxy:3128/x failed",
            ),
            ("https://a@b https://c", "https://***@b https://c"),
            ("no url: a@b", "no url: a@b"),
            ("http://host/path@x", "http://host/path@x"),
        ] {
            assert_eq!(excerpt(text), safe);
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("  <html>\r\n\t<body>  "), "<html> <body>");
        let long = excerpt(&"x".repeat(10_000_000));
        assert!(long.chars().count() <= MAX_LEN + 2, "{}", long.len());
        assert!(long.ends_with('…'));
    }
}
