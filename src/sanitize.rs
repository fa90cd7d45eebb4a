//! Makes all foreign text safe for a terminal: AWS's messages, values and paths from files. Pure.

/// The longest foreign text that is shown, in characters.
pub(crate) const MAX_LEN: usize = 400;

/// Escapes what could move the cursor, change the terminal's state or reorder text: control,
/// bidirectional and invisible formatting characters, and line and paragraph separators.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped
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

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
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
