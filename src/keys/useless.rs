//! What looks like keys, but can't be used: placeholders and halves of a pair. Pure.

use super::write::{CREDENTIALS, PAIR};
use crate::credentials_file::properties::Properties;
use crate::error::Error;
use crate::session::TEMPORARY_KEY_PREFIX;
use crate::settings::{Selection, Verb};
use crate::words::join_with_and;

/// Words of templates, for a text without digits.
const PLACEHOLDER_WORDS: [&str; 8] = [
    "your",
    "replace",
    "change",
    "placeholder",
    "insert",
    "paste",
    "todo",
    "...",
];

/// Pairs of brackets around what is to be filled in.
const BRACKETS: [(char, char); 4] = [('<', '>'), ('[', ']'), ('{', '}'), ('\u{2039}', '\u{203a}')];

pub(crate) struct UselessKeys {
    pub(crate) what: &'static str,
    /// `line 2`, `lines 2 and 3`.
    pub(crate) lines: String,
    /// Whether they are one half of a pair, which may be worth something.
    pub(crate) is_half: bool,
}

impl UselessKeys {
    /// `None` if there may be a pair of keys in this section, or if there is nothing like keys.
    pub(crate) fn find(properties: &Properties<'_>) -> Option<Self> {
        let has = PAIR.map(|key| properties.texts(key).next().is_some());
        let mut texts = PAIR.iter().flat_map(|key| properties.texts(key));
        let is_placeholder = texts.all(is_placeholder);
        if has == [false; 2] || (has == [true; 2] && !is_placeholder) {
            return None;
        }
        let lines = properties.lines_with(&CREDENTIALS);
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        let word = if lines.len() == 1 { "line" } else { "lines" };
        Some(Self {
            what: if is_placeholder {
                "placeholder text instead of keys"
            } else {
                "only half of a pair of permanent keys"
            },
            lines: format!("{word} {}", join_with_and(&lines)),
            is_half: !is_placeholder,
        })
    }

    /// The error for these in `section`.
    pub(crate) fn error(&self, section: &str, selection: &Selection) -> Error {
        let lines = &self.lines;
        Error::UselessKeys {
            section: section.to_owned(),
            path: selection.credentials_file.value.clone(),
            what: self.what,
            cure: if self.is_half {
                format!(
                    "add the line that is missing, or delete {lines} if nobody needs it; then run \
                     `{}`",
                    selection.command_line(Verb::Setup)
                )
            } else {
                format!("delete {lines}, then run the same command again")
            },
        }
    }
}

/// Whether a key is to be put in the place of `text`. What isn't certainly a placeholder may be a key.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let unique = ["AKIA", TEMPORARY_KEY_PREFIX]
        .iter()
        .find_map(|prefix| letters.strip_prefix(prefix));
    let mut unique = unique.unwrap_or(&letters).chars();
    let first = unique.next();
    if unique.all(|c| Some(c) == first) {
        return true;
    }
    let is_key = |c: char| c.is_ascii_digit() || "+/=".contains(c);
    let is_bracketed = BRACKETS.iter().any(|&(open, close)| {
        text.trim_start_matches('$').starts_with(open) && text.ends_with(close)
    });
    let lower = text.to_lowercase();
    let has_word = PLACEHOLDER_WORDS.iter().any(|word| lower.contains(word));
    !text.contains(is_key) && (is_bracketed || has_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_key_is_no_placeholder() {
        for text in [
            "YOUR_ACCESS_KEY",
            "\"your-secret\"",
            "<access key id>",
            "${AWS_SECRET}",
            "AKIAXXXXXXXXXXXXXXXX",
            "AKIA****************",
            "AKIA",
            "xxx",
            "****",
            "...",
            "REPLACE_ME",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "\"AKIAIOSFODNN7EXAMPLE\",",
            "\u{201c}wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\u{201d}",
            "<wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY>",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY;",
            "3f2a9c1b7d8e4f60a1b2c3d4e5f60718",
            "00266d1a9a2d9c40000000001",
            "K0029k1f2D3lS0mEb4ckbl4zeS3cret",
            "test",
            "minioadmin",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
