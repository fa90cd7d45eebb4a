//! Why a file is not edited: the line and the reason, never the line's content. Pure.

use std::fmt;

use crate::sanitize::shorten;

/// Why aws-mfa won't edit, or can't read, a file. The file is unchanged and no code was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Counted from 1; `None` if the problem is the whole file or the new value.
    pub(crate) line: Option<usize>,
    pub(crate) problem: Problem,
}

impl Refusal {
    pub(crate) fn at(line: usize, problem: Problem) -> Self {
        Self {
            line: Some(line),
            problem,
        }
    }

    pub(crate) fn whole(problem: Problem) -> Self {
        Self {
            line: None,
            problem,
        }
    }

    /// What to do about it; `None` if no line is to blame.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match (&self.problem, self.line) {
            (Problem::Utf16 | Problem::ByteOrderMark, _) => Some(
                "save the file as UTF-8 without a byte order mark, then run the same command \
                 again; nothing was changed and no code was used",
            ),
            (Problem::IndentedFile, _) => Some(
                "remove the spaces at the start of the lines, then run the same command again; \
                 nothing was changed and no code was used",
            ),
            (_, Some(_)) => Some(
                "fix that line, then run the same command again; nothing was changed and no code \
                 was used",
            ),
            (_, None) => None,
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        self.problem.fmt(f)
    }
}

/// What is wrong with a line, a section or a value. Shows names of sections and keys, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// The AWS CLI rejects the file, the SDKs take it for empty.
    #[error("not UTF-8 text")]
    NotUtf8,
    /// What PowerShell and Notepad may write. As above.
    #[error("UTF-16 text, which no AWS tool reads")]
    Utf16,
    /// Both grammars reject the file.
    #[error("the file begins with a byte order mark")]
    ByteOrderMark,
    /// NUL, a lone carriage return, Ctrl-Z and the like.
    #[error("a control character (such as a carriage return without a line feed)")]
    ControlCharacter,
    /// Starts with `[`, but isn't a header to the AWS CLI.
    #[error("a section header without a name or without its closing bracket")]
    Header,
    /// A header to one grammar, part of a value to the other.
    #[error("a section header that is indented (remove the spaces before it)")]
    IndentedHeader,
    /// As above, and no header of the file isn't.
    #[error("a section header that is indented, as all headers of this file are")]
    IndentedFile,
    /// The AWS CLI, JavaScript and Go know this section by another name, the other SDKs not at all.
    #[error(
        "[profile {}] belongs to the config file; in this file the header is [{}], without \
         `profile`",
        shorten(section),
        shorten(section)
    )]
    PrefixedHeader { section: String },
    /// To the AWS CLI it is in every section.
    #[error(
        "{key} is in [DEFAULT], which aws-mfa and the AWS SDKs don't apply to other sections (move \
         it to [{}])",
        shorten(section)
    )]
    InDefault { section: String, key: String },
    /// White space that only some AWS tools take for indentation, or for a blank line.
    #[error("begins with {0}, which only some AWS tools take for a space (remove it)")]
    UnicodeWhiteSpace(WhiteSpace),
    #[error("text before the first section header")]
    BeforeFirstHeader,
    #[error("neither a section header nor `key = value`")]
    NoDelimiter,
    #[error("a value without a key")]
    EmptyKey,
    /// The AWS CLI and the SDKs disagree on what that means.
    #[error("section [{}] appears twice (first on line {first})", shorten(section))]
    DuplicateSection { section: String, first: usize },
    #[error("there is no section [{}]", shorten(section))]
    NoSection { section: String },
    #[error("there is already a section [{}]", shorten(section))]
    SectionExists { section: String },
    /// `[section]` to one grammar and something else to the other.
    #[error(
        "a header that only some AWS tools read as [{}] (spaces inside the brackets, text after \
         them, or `#` or `;` in the name)",
        shorten(section)
    )]
    AmbiguousHeader { section: String },
    /// Above the first key that isn't indented: botocore reads it, some SDKs reject the file.
    #[error(
        "{what} in section [{}], which only some AWS tools can read (remove the spaces before the \
         section's lines)",
        shorten(section)
    )]
    Indented { what: IndentedLine, section: String },
    #[error(
        "an indented comment below a key that aws-mfa writes (some AWS tools read it as part of \
         the value; remove the spaces before it)"
    )]
    IndentedComment,
    #[error("{} appears twice in section [{}]", shorten(key), shorten(section))]
    DuplicateKey { section: String, key: String },
    #[error("{key} continues on an indented line")]
    ContinuedValue { key: String },
    #[error(
        "indented text in [DEFAULT] that isn't `key = value`: the AWS CLI applies it to every \
         section, and can't read a section that has it"
    )]
    BadDefault,
    /// The SDKs cut the value at ` #` or ` ;`, or the grammars disagree in another way.
    #[error("AWS tools disagree on the value of {key} (is there a comment after it?)")]
    AmbiguousValue { key: String },
    /// The AWS CLI removes it, the SDKs read it as part of the value or of the key.
    #[error("{what} {place} {key} (remove it)")]
    WhiteSpaceAt {
        what: WhiteSpace,
        /// For example "after the value of".
        place: &'static str,
        key: String,
    },
    /// Also a name that AWS tools read differently.
    #[error(
        "[{}] cannot be a profile of this file: its name is empty, begins or ends with a space, \
         or has a character that no AWS tool reads there (], #, ; or a control character)",
        shorten(section)
    )]
    SectionName { section: String },
    #[error(
        "[{}] cannot be a profile of this file, where the headers have no `profile`; did you mean \
         {}?",
        shorten(section),
        shorten(profile)
    )]
    ProfilePrefix { section: String, profile: String },
    #[error("the AWS CLI applies [DEFAULT] to all profiles; did you mean [default]?")]
    DefaultSection,
    #[error("the new value of {key} cannot be written to this file")]
    NewValue { key: String },
    #[error("the edited text didn't pass verification; this is a bug in aws-mfa, please report it")]
    Unverified,
}

/// What an indented line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IndentedLine {
    #[error("an indented key")]
    Key,
    #[error("an indented comment")]
    Comment,
    #[error("an indented line")]
    Other,
}

/// A white-space character that isn't a space or tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WhiteSpace(pub(crate) char);

impl fmt::Display for WhiteSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            '\u{a0}' => "a non-breaking space",
            '\u{202f}' => "a narrow non-breaking space",
            '\u{3000}' => "an ideographic space",
            _ => "a white-space character",
        };
        write!(f, "{name} (U+{:04X})", u32::from(self.0))
    }
}
