//! The six digits that an MFA device shows. Pure. [`source`] finds where they come from.

mod askpass;
mod command;
pub(crate) mod hide;
mod prompt;
pub(crate) mod source;

use crate::sanitize;
use crate::secret::Secret;

/// How many codes a person may try.
const MAX_CODES: usize = 3;

/// Six ASCII digits; single-use, so a secret until AWS has seen them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenCode(Secret);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidCode {
    /// Nothing but whitespace.
    #[error("no MFA code was given")]
    Empty,
    #[error("an MFA code is six digits")]
    NotSixDigits,
}

impl TokenCode {
    /// Ignores spaces, and invisible characters that come along when a code is pasted, in and around
    /// it; full-width digits (Japanese keyboards) count too.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidCode> {
        let digits: Option<String> = text
            .chars()
            .filter(|&c| !c.is_whitespace() && !sanitize::is_ignorable(c))
            .map(to_digit)
            .collect();
        match digits {
            Some(digits) if digits.is_empty() => Err(InvalidCode::Empty),
            Some(digits) if digits.len() == 6 => Ok(Self(Secret::new(digits))),
            _ => Err(InvalidCode::NotSixDigits),
        }
    }

    /// A program's whole output, or else its first group of six digits (`976249 lasts 24s`).
    pub(crate) fn find(text: &str) -> Option<Self> {
        let mut groups = text.split(|c: char| !c.is_ascii_digit());
        let first = groups.find(|digits| digits.len() == 6);
        Self::parse(text)
            .ok()
            .or_else(|| first.map(|digits| Self(Secret::new(digits))))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

fn to_digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_codes_are_accepted() {
        for text in [
            "123456",
            " 123456\r\n",
            "123 456",
            "\u{3000}１２３ 456",
            "1 2 3\t4 5 6",
            "\u{200b}123\u{200d}456\u{feff}",
            "\u{202d}123\u{2060}456\u{202c}",
            "\u{200e}123456\u{200f}\u{ad}",
        ] {
            assert_eq!(
                TokenCode::parse(text)
                    .map(|c| c.expose().to_owned())
                    .as_deref(),
                Ok("123456"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_code_is_found_in_program_output() {
        for (text, code) in [
            ("123456\n", Some("123456")),
            ("123 456\n", Some("123456")),
            ("976249 lasts 24s | 5 6", Some("976249")),
            ("Amazon:alice@123456789012  654321\n", Some("654321")),
            ("code:654321.\n222222\n", Some("654321")),
            ("12345 1234567 a12345b", None),
            ("", None),
        ] {
            let found = TokenCode::find(text);
            assert_eq!(found.as_ref().map(TokenCode::expose), code, "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "12345",
            "1234567",
            "12345a",
            "-23456",
            "123456 lasts 24s",
            "١٢٣٤٥٦",
            "1.2345",
        ] {
            assert_eq!(
                TokenCode::parse(text),
                Err(InvalidCode::NotSixDigits),
                "{text:?}"
            );
        }
        assert_eq!(TokenCode::parse(" \n"), Err(InvalidCode::Empty));
    }
}
