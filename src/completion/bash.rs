//! Words as bash reads and needs them. Pure.
//!
//! bash puts a candidate into the command line as it is, in place of what follows the last character
//! of `COMP_WORDBREAKS`, or the quote that is open.

/// What stands before the part of a word that bash replaces.
pub(super) struct Head {
    text: String,
    /// The quote that is open.
    quote: Option<char>,
}

impl Head {
    pub(super) fn new(raw: &str) -> Self {
        let (text, quote) = read(raw);
        Self { text, quote }
    }

    /// What bash is to insert for the whole word `text`; `None` if nothing that it takes for that.
    pub(super) fn insertion(&self, text: &str) -> Option<String> {
        let rest = text.strip_prefix(self.text.as_str())?;
        match self.quote {
            None => Some(rest.chars().flat_map(escaped).collect()),
            // bash would take the last character for the quote that it adds.
            Some(quote) if rest.ends_with(quote) => None,
            Some('\'') => Some(rest.replace('\'', "'\\''")),
            // Among double quotes `!` begins an event of the history, and `\!` is two characters.
            Some(_) if rest.contains('!') => None,
            Some(_) => Some(rest.chars().flat_map(escaped_in_quotes).collect()),
        }
    }
}

/// A word without its quotes.
pub(super) fn unquoted(raw: &str) -> String {
    read(raw).0
}

/// The word without its quotes, of which the last may be open.
fn read(raw: &str) -> (String, Option<char>) {
    let mut text = String::with_capacity(raw.len());
    let mut quote = None;
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '\\') => text.extend(chars.next()),
            (Some('"'), '\\') => {
                let escaped = chars.next_if(|next| "\"\\$`".contains(*next));
                text.push(escaped.unwrap_or(c));
            }
            (_, c) => text.push(c),
        }
    }
    (text, quote)
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    // bash takes characters beyond ASCII for parts of words.
    let is_plain = c.is_ascii_alphanumeric() || "_-/.%@:+,=".contains(c) || !c.is_ascii();
    (!is_plain).then_some('\\').into_iter().chain([c])
}

fn escaped_in_quotes(c: char) -> impl Iterator<Item = char> {
    "\"\\$`".contains(c).then_some('\\').into_iter().chain([c])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_bash_does() {
        for (raw, text, quote) in [
            ("a\\ b", "a b", None),
            ("a\\", "a", None),
            ("'a \\b'\\''", "a \\b'", Some('\'')),
            ("\"a\\$\\x'\"b", "a$\\x'b", None),
            ("--profile='my p", "--profile=my p", Some('\'')),
            ("\"it's", "it's", Some('"')),
        ] {
            assert_eq!(read(raw), (text.to_owned(), quote), "{raw}");
        }
    }

    #[test]
    fn what_is_inserted_completes_the_word() {
        for (head, word, insertion) in [
            ("", "my profile", Some("my\\ profile")),
            ("--profile=", "--profile=it's", Some("it\\'s")),
            ("f:", "f:$(x)", Some("\\$\\(x\\)")),
            ("\"", "a $b", Some("a \\$b")),
            ("'", "it's", Some("it'\\''s")),
            ("\"", "a!b", None),
            ("\"", "a\"", None),
            ("", "a!b", Some("a\\!b")),
            ("x", "dev", None),
            ("", "\u{e9}", Some("\u{e9}")),
        ] {
            let found = Head::new(head).insertion(word);
            assert_eq!(found.as_deref(), insertion, "{head} {word}");
            if let Some(found) = found {
                assert_eq!(unquoted(&format!("{head}{found}")), word);
            }
        }
    }
}
