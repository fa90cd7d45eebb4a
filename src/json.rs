//! JSON for other programs. Pure.
//!
//! Parsing it gives the original text, whatever it is. It may go to a terminal, too: what
//! [`crate::sanitize`] would escape is escaped here as JSON does it.

use std::fmt::Write;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::sanitize;

/// Enough for a session and for most lists: growing would leave copies of secrets in memory.
const CAPACITY: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    OneLine,
    Indented,
}

/// `value` as JSON without an unsafe character, except for the line breaks of its layout.
pub(crate) fn json(
    value: &impl Serialize,
    layout: Layout,
) -> Result<Zeroizing<String>, serde_json::Error> {
    let mut raw = Zeroizing::new(Vec::with_capacity(CAPACITY));
    match layout {
        Layout::OneLine => serde_json::to_writer(&mut *raw, value)?,
        Layout::Indented => serde_json::to_writer_pretty(&mut *raw, value)?,
    }
    let raw = str::from_utf8(&raw).map_err(serde::ser::Error::custom)?;
    let mut text = Zeroizing::new(String::with_capacity(raw.len().max(CAPACITY)));
    for c in raw.chars() {
        // In a string, serde_json has escaped them.
        let is_layout = c == '\n';
        if is_layout || !sanitize::is_unsafe(c) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn any_text_comes_back_and_none_of_it_is_unsafe(
            text in prop_oneof![
                any::<String>(),
                // Few random characters are among these.
                "[\u{0}-\u{ff}\u{200b}-\u{2069}\u{fe00}-\u{feff}\u{e0000}-\u{e0fff}\"\\\\]*",
            ],
        ) {
            for layout in [Layout::OneLine, Layout::Indented] {
                let json = json(&[&text], layout).unwrap();
                let parsed: Vec<String> = serde_json::from_str(&json).unwrap();
                prop_assert_eq!(&parsed[0], &text);
                let is_bad = |c| c != '\n' && sanitize::is_unsafe(c);
                prop_assert!(!json.contains(is_bad), "{}", json.escape_debug());
            }
        }
    }
}
