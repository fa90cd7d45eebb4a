//! Hides codes and keys in text that isn't ours, before any of it is shown. Pure.

use super::TokenCode;

/// Stands for a code or a key.
pub(crate) const HIDDEN: &str = "******";

/// How many characters may stand between two digits of a code.
const MAX_BETWEEN: usize = 3;
const CODE_DIGITS: usize = 6;
/// In characters; so long are all of AWS's.
const SECRET_KEY: usize = 40;
/// A word that isn't finished and as long as this may become a key.
const LONG_WORD: usize = 16;

/// A group of digits: where it is, and how many they are.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    count: usize,
}

/// Hides `code` however it is spelled: with other digits than ASCII's, or with characters between.
pub(crate) fn hide_code(text: &str, code: &TokenCode) -> String {
    let wanted: Vec<u32> = code.expose().chars().filter_map(digit).collect();
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = length_of(&wanted, rest) {
            hidden.push_str(HIDDEN);
            rest = &rest[length..];
        } else {
            hidden.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    hidden
}

/// In bytes, if `text` begins with these digits.
fn length_of(wanted: &[u32], text: &str) -> Option<usize> {
    let mut at = 0;
    for (n, wanted) in wanted.iter().enumerate() {
        if n > 0 {
            at += length_between(&text[at..]);
        }
        let c = text[at..].chars().next()?;
        (digit(c) == Some(*wanted)).then_some(())?;
        at += c.len_utf8();
    }
    Some(at)
}

/// Hides what may be a code or a secret access key.
pub(crate) fn hide_secrets(text: &str) -> String {
    hide_codes(&hide_keys(text))
}

/// Hides each six digits that may be a code: six in one group, groups of one, two or three, or
/// whatever groups if no other digits are near. Longer numbers, such as an account's, stay.
fn hide_codes(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut shown_to = 0;
    for (start, end) in codes(text) {
        hidden.push_str(&text[shown_to..start]);
        hidden.push_str(HIDDEN);
        shown_to = end;
    }
    hidden + &text[shown_to..]
}

/// Where they start and end.
fn codes(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c| digit(c).is_some()) {
        let run = run_of_groups(text, at + start);
        at = run.last().map_or(text.len(), |group| group.end);
        if count(&run) == CODE_DIGITS {
            found.extend(span(&run));
            continue;
        }
        for alike in run.chunk_by(|one, next| one.count == next.count) {
            if alike[0].count == CODE_DIGITS {
                found.extend(alike.iter().map(|group| (group.start, group.end)));
            } else if count(alike) == CODE_DIGITS {
                found.extend(span(alike));
            }
        }
    }
    found
}

fn count(groups: &[Group]) -> usize {
    groups.iter().map(|group| group.count).sum()
}

fn span(groups: &[Group]) -> Option<(usize, usize)> {
    Some((groups.first()?.start, groups.last()?.end))
}

/// The groups of digits from `start`, with little between one and the next.
fn run_of_groups(text: &str, start: usize) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut start = start;
    loop {
        let digits = text[start..].chars().take_while(|c| digit(*c).is_some());
        let (count, length) = digits.fold((0, 0), |(n, length), c| (n + 1, length + c.len_utf8()));
        if count == 0 {
            return groups;
        }
        let end = start + length;
        groups.push(Group { start, end, count });
        let between = length_between(&text[end..]);
        // A comma or a full stop and a space end a number.
        let ends = text[end..end + between].starts_with([',', ';', ':', '.']) && between > 1;
        if between == 0 || ends {
            return groups;
        }
        start = end + between;
    }
}

/// In bytes, what may stand between two digits of a code, at the start of `text`.
fn length_between(text: &str) -> usize {
    let mut at = 0;
    for _ in 0..MAX_BETWEEN {
        let rest = &text[at..];
        let space = rest.len() - rest.trim_start().len();
        at += match escape_sequence(rest) {
            Some(length) => length,
            // It is shown as one space, however much there is.
            None if space > 0 => space,
            None => match rest.chars().next() {
                Some(c) if !c.is_alphanumeric() => c.len_utf8(),
                _ => break,
            },
        };
    }
    at
}

/// The length of what programs write for one character, or of what a terminal takes as one.
fn escape_sequence(text: &str) -> Option<usize> {
    let end_of = |prefix: &str, is_end: fn(char) -> bool| {
        let rest = text.strip_prefix(prefix)?;
        let (end, last) = rest.char_indices().take(12).find(|(_, c)| is_end(*c))?;
        Some(prefix.len() + end + last.len_utf8())
    };
    let is_byte = |text: &&str| text.bytes().skip(2).all(|b| b.is_ascii_hexdigit());
    let byte = text.strip_prefix("\\x").and(text.get(..4)).filter(is_byte);
    byte.map(str::len)
        .or_else(|| end_of("\\u{", |c| c == '}'))
        .or_else(|| end_of("\u{1b}[", |c| ('@'..='~').contains(&c)))
        .or_else(|| {
            let is_control = ["\\n", "\\r", "\\t", "\\0"]
                .iter()
                .any(|c| text.starts_with(c));
            is_control.then_some(2)
        })
}

/// Hides each word with the form of a secret access key.
fn hide_keys(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_of_key) {
        hidden.push_str(&rest[..start]);
        let word = &rest[start..];
        let (word, after) = word.split_at(word.find(|c| !is_of_key(c)).unwrap_or(word.len()));
        if word.len() == SECRET_KEY {
            hidden.push_str(HIDDEN);
        } else {
            // `key=…`: what stands after it is a word of its own.
            let parts = word.split('=').map(|part| match part.len() {
                SECRET_KEY => HIDDEN,
                _ => part,
            });
            hidden.push_str(&parts.collect::<Vec<_>>().join("="));
        }
        rest = after;
    }
    hidden + rest
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '+' | '=')
}

/// How much of a line that isn't finished can be shown, in bytes. What follows may be the start of
/// a code or a key.
pub(crate) fn settled(line: &str) -> usize {
    let is_between = |c: char| digit(c).is_some() || !c.is_alphanumeric();
    let end = line.trim_end_matches(is_between).len();
    let digits = line[end..].find(|c| digit(c).is_some());
    let word = line.trim_end_matches(is_of_key).len();
    let word = if line.len() - word < LONG_WORD {
        line.len()
    } else {
        word
    };
    digits.map_or(line.len(), |start| end + start).min(word)
}

/// Whether the last of `lines` may be the first part of a code: nothing but a few digits.
pub(crate) fn may_go_on(lines: &str) -> bool {
    let last = lines.rsplit('\n').next().unwrap_or_default();
    let digits = |text: &str| text.chars().filter(|c| digit(*c).is_some()).count();
    !last.contains(|c: char| c.is_alphanumeric() && digit(c).is_none())
        && digits(last) > 0
        && digits(lines) < CODE_DIGITS
}

/// The value of a digit, also of a full-width, Arabic or Indian one.
fn digit(c: char) -> Option<u32> {
    let zeros = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'].into_iter();
    let mut values = zeros.filter_map(|zero| u32::from(c).checked_sub(u32::from(zero)));
    values.find(|value| *value < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_was_sent_is_hidden_however_it_is_spelled() {
        let code = TokenCode::parse("123456").unwrap();
        for text in [
            "123456",
            "123 456",
            "1-2-3-4-5-6",
            "12\u{200b}34\u{200b}\u{200b}56",
            "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}",
            "\u{661}\u{662}\u{663}456",
            "123 - 456",
            "1\\xe2\\x80\\x8b2\\u{200b}3\\n4\u{1b}[31m5\t6",
        ] {
            let shown = hide_code(&format!("a1 12{text}7 é"), &code);
            assert_eq!(shown, "a1 12******7 é", "{text}");
        }
        for other in ["123457", "123 a 456", "1234", "654321", ""] {
            assert_eq!(hide_code(other, &code), other);
        }
    }

    #[test]
    fn codes_are_hidden_in_foreign_text() {
        for (text, shown) in [
            ("123456", "******"),
            ("code 123456.", "code ******."),
            ("123 456 and １２３４５６", "****** and ******"),
            ("123-456", "******"),
            ("1-2-3-4-5-6", "******"),
            ("12 34 56", "******"),
            ("1234 56", "******"),
            ("123 - 456", "******"),
            ("123\n456", "******"),
            ("1    2    3    4    5    6", "******"),
            ("1\u{200b}23456", "******"),
            ("\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}", "******"),
            (
                "\u{1b}[31m1 2 3 4 5 6\u{1b}[0m",
                "\u{1b}[31m******\u{1b}[0m",
            ),
            ("123456 654321", "****** ******"),
            ("123456 30", "****** 30"),
            (
                "id 12345 1234567 123456789012",
                "id 12345 1234567 123456789012",
            ),
            ("1234-5678-9012", "1234-5678-9012"),
            ("123-456-789-012", "123-456-789-012"),
            ("2026-11-25 12:34:56", "2026-11-25 12:34:56"),
            ("12 345, 123 45, 1234 567", "12 345, 123 45, 1234 567"),
            ("1 123 456", "1 ******"),
            ("a123456b654321", "a******b******"),
            ("Touch it!", "Touch it!"),
            ("", ""),
        ] {
            assert_eq!(hide_codes(text), shown);
        }
    }

    #[test]
    fn words_with_the_form_of_a_secret_key_are_hidden() {
        let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        for (before, after) in [("", ""), ("'", "'"), ("\"Key\":\"", "\""), ("key=", " x")] {
            let shown = hide_secrets(&format!("{before}{key}{after}"));
            assert_eq!(shown, format!("{before}******{after}"));
        }
        for other in [&key[1..], &format!("{key}a"), "/usr/bin/x", ""] {
            assert_eq!(hide_secrets(other), other);
        }
    }

    #[test]
    fn what_may_become_a_code_or_a_key_is_not_settled() {
        for (line, shown) in [
            ("PIN? ", "PIN? "),
            ("Touch it", "Touch it"),
            ("code: 123", "code: "),
            ("code: 1 2\u{200b}", "code: "),
            ("slot 2 is on", "slot 2 is on"),
            ("wJalrXUtnFEMI/K7", ""),
            ("key wJalrXUtnFEMI/K7MDENG", "key "),
            ("", ""),
        ] {
            assert_eq!(&line[..settled(line)], shown, "{line}");
        }
    }
}
