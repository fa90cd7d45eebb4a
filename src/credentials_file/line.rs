//! One line of the file, as the two grammars that read the file see it. Pure.
//!
//! *botocore* (AWS CLI, boto3) uses Python's `RawConfigParser`; the *SDKs* (Rust, Go, Java, …)
//! share another grammar, here as the Rust SDK's `aws-runtime` implements it. A line's kind depends
//! on how it begins; both agree on it once [`Line::check`] has passed, except for blank lines of
//! other white space and for indented lines where no value is to be continued, which make the Rust
//! SDK reject the file.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memchr2_iter};

use super::refusal::{IndentedLine, Problem, Refusal, WhiteSpace};

/// White space in the SDKs' grammar, and what may indent a line.
pub(super) const BLANK: [char; 2] = [' ', '\t'];

/// Without [`BLANK`] around it: as `trim_matches`, but byte by byte, as it is done for each line.
fn trim_blank(text: &str) -> &str {
    let is_text = |b: &u8| !matches!(b, b' ' | b'\t');
    let bytes = text.as_bytes();
    let start = bytes.iter().position(is_text).unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(is_text)
        .map_or(start, |last| last + 1);
    &text[start..end]
}

/// Without any white space around it. Most texts have none.
fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [only] if only.is_ascii_graphic() => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Nearly all keys are in lower case already, and a file may have a hundred thousand.
fn lower_case(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|b| b.is_ascii() && !b.is_ascii_uppercase())
    {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// The kind of a line, by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing but white space. If it begins with another kind than spaces and tabs, it is a line
    /// without `=` to some SDKs.
    Blank,
    /// `#` or `;` in column 0.
    Comment,
    /// Starts with a space or tab: continues the value above, or is nested in it.
    Indented,
    /// `[` in column 0.
    Header,
    /// Anything else: `key = value`.
    Property,
}

/// One line with its ending.
#[derive(Clone, Copy, Debug)]
pub struct Line<'t> {
    /// The line's number, counted from 1.
    pub number: usize,
    /// The whole line, including its ending.
    pub raw: &'t str,
}

/// The lines of `text`, split at `\n` only, as in both grammars; `first` is the first one's number.
pub fn lines(text: &str, first: usize) -> impl Iterator<Item = Line<'_>> {
    let ends = memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    let unended = (!text.is_empty() && !text.ends_with('\n')).then_some(text.len());
    let mut start = 0;
    ends.chain(unended).enumerate().map(move |(index, end)| {
        let raw = &text[start..end];
        start = end;
        Line {
            number: first + index,
            raw,
        }
    })
}

impl<'t> Line<'t> {
    /// The line without its ending.
    #[must_use]
    pub fn content(&self) -> &'t str {
        let length = match self.raw.as_bytes() {
            [before @ .., b'\r', b'\n'] | [before @ .., b'\n'] => before.len(),
            all => all.len(),
        };
        &self.raw[..length]
    }

    /// The line's ending: `\n`, `\r\n`, or nothing at the end of the file.
    #[must_use]
    pub fn ending(&self) -> &'t str {
        &self.raw[self.content().len()..]
    }

    /// Whether this is a [`Kind::Header`].
    pub(super) fn is_header(&self) -> bool {
        self.raw.starts_with('[')
    }

    pub(crate) fn kind(&self) -> Kind {
        let content = self.content();
        match content.as_bytes().first() {
            None => Kind::Blank,
            Some(b'#' | b';') => Kind::Comment,
            Some(b'[') => Kind::Header,
            Some(b' ' | b'\t') if trim_blank(content).is_empty() => Kind::Blank,
            Some(b' ' | b'\t') => Kind::Indented,
            Some(first) if !first.is_ascii() && content.trim_start().is_empty() => Kind::Blank,
            Some(_) => Kind::Property,
        }
    }

    /// The white space before the line's text, as Python sees it.
    pub(crate) fn indent(&self) -> &'t str {
        let content = self.content();
        &content[..content.len() - content.trim_start().len()]
    }

    /// botocore takes such an indented line for a comment; to the SDKs it continues the value.
    pub(crate) fn is_indented_comment(&self) -> bool {
        self.content().trim_start().starts_with(['#', ';'])
    }

    /// What an indented line looks like.
    pub(crate) fn indented_line(&self) -> IndentedLine {
        if self.is_indented_comment() {
            IndentedLine::Comment
        } else if self.content().contains(['=', ':']) {
            IndentedLine::Key
        } else {
            IndentedLine::Other
        }
    }

    /// The line's first character, if it is white space but neither a space nor a tab.
    pub(crate) fn leading_white_space(&self) -> Option<WhiteSpace> {
        let first = self.content().chars().next();
        first
            .filter(|c| c.is_whitespace() && !BLANK.contains(c))
            .map(WhiteSpace)
    }

    /// Whether this would be a header without the white space before it.
    pub(crate) fn is_indented_header(&self) -> bool {
        self.kind() == Kind::Indented && self.content().trim_start().starts_with('[')
    }

    /// Whether either grammar may read `name` in this header. Rules out nearly all, and quickly.
    pub(super) fn may_name(&self, name: &str) -> bool {
        let inner = self.raw.strip_prefix('[').unwrap_or(self.raw);
        // The first letter tells most names apart, for less than a comparison.
        let begins =
            |text: &str| text.bytes().next() == name.bytes().next() && text.starts_with(name);
        name.is_empty() || begins(inner) || begins(inner.trim_start_matches(BLANK))
    }

    /// The section name that the SDKs read in this header, if they accept it: everything after the
    /// first `#` or `;` is a comment, and white space inside the brackets is ignored.
    pub(crate) fn sdk_section(&self) -> Option<&'t str> {
        let content = self.content();
        let comment = memchr2(b'#', b';', content.as_bytes());
        let header = trim_blank(&content[..comment.unwrap_or(content.len())]);
        Some(trim_blank(header.strip_prefix('[')?.strip_suffix(']')?))
    }

    /// The section name that botocore reads in this header: up to the last `]`, spaces included.
    pub(crate) fn botocore_section(&self) -> Option<&'t str> {
        let inner = self.content().strip_prefix('[')?;
        inner
            .rfind(']')
            .map(|end| &inner[..end])
            .filter(|name| !name.is_empty())
    }

    /// The lower-case key that the SDKs read in this property line (`=` only, ASCII case).
    pub(crate) fn sdk_key(&self) -> Option<String> {
        let (key, _) = self.without_sdk_comment().split_once('=')?;
        Some(trim_blank(key).to_ascii_lowercase())
    }

    /// The lower-case key that botocore reads in this property line (`=` or `:`, any case).
    pub(crate) fn botocore_key(&self) -> Option<Cow<'t, str>> {
        let (key, _) = self.key_and_value()?;
        Some(lower_case(trim(key)))
    }

    /// What is before and after the first `=` or `:`, where a key ends to botocore.
    pub(crate) fn key_and_value(&self) -> Option<(&'t str, &'t str)> {
        let content = self.content();
        let end = memchr2(b'=', b':', content.as_bytes())?;
        Some((&content[..end], &content[end + 1..]))
    }

    /// Whether either grammar reads `key` (lower-case) here.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        // Rules out most lines without allocating: a match begins with the same ASCII letters, or
        // with longer, non-ASCII characters.
        let text = self.content().trim_start();
        let begins = text.as_bytes().get(..key.len());
        let may_match = begins.is_some_and(|begins| {
            begins.eq_ignore_ascii_case(key.as_bytes()) || !begins.is_ascii()
        });
        may_match
            && (self.botocore_key().is_some_and(|k| k == key)
                || self.sdk_key().is_some_and(|k| k == key))
    }

    /// The value that the SDKs read; ` #` and ` ;` begin a comment.
    pub(crate) fn sdk_value(&self) -> Option<&'t str> {
        let text = self.without_sdk_comment();
        let end = memchr(b'=', text.as_bytes())?;
        Some(trim_blank(&text[end + 1..]))
    }

    fn without_sdk_comment(&self) -> &'t str {
        let content = self.content();
        let mut marks = memchr2_iter(b'#', b';', content.as_bytes());
        let comment = marks.find(|&mark| content[..mark].ends_with(char::is_whitespace));
        trim_blank(&content[..comment.unwrap_or(content.len())])
    }

    /// Returns an error if the grammars disagree on the line's kind. `in_section`: below a header.
    pub(crate) fn check(&self, in_section: bool) -> Result<(), Refusal> {
        self.problem(in_section)
            .map_or(Ok(()), |problem| Err(Refusal::at(self.number, problem)))
    }

    fn problem(&self, in_section: bool) -> Option<Problem> {
        let content = self.content();
        // No early end: so the compiler takes many bytes at a time.
        let is_control = |b: u8| b.is_ascii_control() && b != b'\t';
        if content.bytes().fold(false, |any, b| any | is_control(b)) {
            return Some(Problem::ControlCharacter);
        }
        match self.kind() {
            Kind::Blank | Kind::Comment => None,
            Kind::Indented if self.is_indented_comment() => None,
            Kind::Header => self.botocore_section().is_none().then_some(Problem::Header),
            // Python strips all Unicode white space before it looks for a header.
            Kind::Indented if self.is_indented_header() => Some(Problem::IndentedHeader),
            _ if !in_section => Some(Problem::BeforeFirstHeader),
            Kind::Indented => None,
            Kind::Property => match (self.leading_white_space(), self.key_and_value()) {
                (Some(character), _) => Some(Problem::UnicodeWhiteSpace(character)),
                (None, None) => Some(Problem::NoDelimiter),
                (None, Some((key, _))) => trim(key).is_empty().then_some(Problem::EmptyKey),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(raw: &str) -> Line<'_> {
        Line { number: 7, raw }
    }

    #[test]
    fn headers_as_both_grammars_read_them() {
        for (header, sdk, botocore) in [
            ("[mfa]", Some("mfa"), Some("mfa")),
            ("[mfa]  \r\n", Some("mfa"), Some("mfa")),
            ("[ mfa ]", Some("mfa"), Some(" mfa ")),
            ("[mfa] # c", Some("mfa"), Some("mfa")),
            ("[mfa]; c", Some("mfa"), Some("mfa")),
            ("[mfa] # see [base]", Some("mfa"), Some("mfa] # see [base")),
            ("[mfa] junk", None, Some("mfa")),
            ("[a#b]", None, Some("a#b")),
            ("[mfa", None, None),
            ("[]", Some(""), None),
        ] {
            assert_eq!(line(header).sdk_section(), sdk, "SDKs: {header}");
            assert_eq!(
                line(header).botocore_section(),
                botocore,
                "botocore: {header}"
            );
        }
    }

    #[test]
    fn keys_as_both_grammars_read_them() {
        for (property, sdk, botocore) in [
            ("A = b", Some("a"), Some("a")),
            ("a: b", None, Some("a")),
            ("a:b = c", Some("a:b"), Some("a")),
            ("a #x = c", None, Some("a #x")),
            ("\u{212a}ey = v", Some("\u{212a}ey"), Some("key")),
            ("nothing", None, None),
        ] {
            assert_eq!(line(property).sdk_key().as_deref(), sdk, "SDKs: {property}");
            assert_eq!(
                line(property).botocore_key().as_deref(),
                botocore,
                "botocore: {property}"
            );
        }
        assert!(line("\u{212a}ey = v").has_key("key"));
        assert!(!line("keys = v").has_key("key"));
    }

    #[test]
    fn content_and_ending_are_separated() {
        for (raw, content, ending) in [
            ("a\r\n", "a", "\r\n"),
            ("a\n", "a", "\n"),
            ("a", "a", ""),
            ("\n", "", "\n"),
            ("", "", ""),
        ] {
            assert_eq!((line(raw).content(), line(raw).ending()), (content, ending));
        }
    }

    #[test]
    fn lines_that_the_grammars_disagree_on_are_refused() {
        for (raw, in_section, problem) in [
            ("a=\u{1}", true, Some(Problem::ControlCharacter)),
            ("a=1\rb=2\n", true, Some(Problem::ControlCharacter)),
            ("a=1\r", true, Some(Problem::ControlCharacter)),
            ("[mfa", true, Some(Problem::Header)),
            ("  [x]", true, Some(Problem::IndentedHeader)),
            (" \u{a0}[x]", true, Some(Problem::IndentedHeader)),
            (
                "\u{a0}a=1",
                true,
                Some(Problem::UnicodeWhiteSpace(WhiteSpace('\u{a0}'))),
            ),
            ("\u{a0}\u{3000} ", true, None),
            ("\u{a0}", false, None),
            ("a", true, Some(Problem::NoDelimiter)),
            (" = 1", true, None),
            ("= 1", true, Some(Problem::EmptyKey)),
            ("a=1", false, Some(Problem::BeforeFirstHeader)),
            ("# c", false, None),
            ("  # c", false, None),
            ("  a=1", false, Some(Problem::BeforeFirstHeader)),
            ("a=1\u{2028}[z]", true, None),
        ] {
            assert_eq!(line(raw).problem(in_section), problem, "{raw:?}");
        }
    }

    /// All texts of up to five characters, of those that mean something to a grammar.
    fn all_texts(alphabet: &[char]) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut longest = texts.clone();
        for _ in 0..5 {
            let pairs = longest
                .iter()
                .flat_map(|text| alphabet.iter().map(move |c| (text, c)));
            longest = pairs.map(|(text, c)| format!("{text}{c}")).collect();
            texts.extend_from_slice(&longest);
        }
        texts
    }

    #[test]
    fn what_is_done_byte_by_byte_is_what_the_words_say() {
        for text in all_texts(&['a', ' ', '\t', '\u{a0}', '\u{3000}', '\u{b}']) {
            assert_eq!(trim_blank(&text), text.trim_matches(BLANK), "{text:?}");
            assert_eq!(trim(&text), text.trim(), "{text:?}");
        }
        for text in all_texts(&['A', 'a', '\u{212a}', '\u{e9}']) {
            assert_eq!(lower_case(&text), text.to_lowercase());
        }
        for text in all_texts(&['a', '\n', '\r', '\u{e9}']) {
            let raw: Vec<&str> = lines(&text, 1).map(|line| line.raw).collect();
            let expected: Vec<&str> = text.split_inclusive('\n').collect();
            assert_eq!(raw, expected, "{text:?}");
        }
    }

    #[test]
    fn no_name_that_a_grammar_reads_is_ruled_out() {
        for inner in all_texts(&['a', ' ', ']', '#', '\t', '\u{a0}', '[']) {
            let raw = format!("[{inner}]\n");
            let line = line(&raw);
            for name in [line.sdk_section(), line.botocore_section()] {
                assert!(name.is_none_or(|name| line.may_name(name)), "{raw:?}");
            }
        }
    }
}
