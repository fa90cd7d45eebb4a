//! What looks like keys where the session belongs, but can't be used. Pure.

use super::is_like_secret;
use super::write::{CREDENTIALS, PAIR};
use crate::credentials_file::properties::Properties;
use crate::error::Error;
use crate::session::may_be_real;
use crate::settings::Selection;
use crate::words::join_with_and;

/// A template's text, or half of a pair.
pub(crate) struct UselessKeys {
    pub(crate) what: &'static str,
    /// `line 2`, `lines 2 and 3`.
    pub(crate) lines: String,
    /// Whether they are one half of a pair, which may be worth something.
    pub(crate) is_half: bool,
}

impl UselessKeys {
    /// `None` if there may be a pair of keys in this section.
    pub(crate) fn find(properties: &Properties<'_>) -> Option<Self> {
        let words = |key| {
            properties
                .words(key)
                .map(|word| word.trim_matches(['"', '\'']))
        };
        let [id, secret] = PAIR;
        let is_half = words(id).next().is_none() || words(secret).next().is_none();
        let may_be_keys = words(id).any(may_be_real) || words(secret).any(is_like_secret);
        if !is_half && may_be_keys {
            return None;
        }
        let mut lines: Vec<usize> = CREDENTIALS
            .iter()
            .filter_map(|key| properties.line_of(key))
            .collect();
        lines.sort_unstable();
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        let word = if lines.len() == 1 { "line" } else { "lines" };
        Some(Self {
            what: if is_half {
                "only half of a pair of permanent keys"
            } else {
                "placeholder text instead of keys"
            },
            lines: format!("{word} {}", join_with_and(&lines)),
            is_half,
        })
    }

    pub(crate) fn error(&self, selection: &Selection) -> Error {
        Error::UselessKeys {
            section: selection.section.clone(),
            path: selection.credentials_file.value.clone(),
            what: self.what,
            lines: self.lines.clone(),
        }
    }
}
