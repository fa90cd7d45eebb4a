//! Why a file is not edited: the line and the reason, never the line's content. Pure.

use std::fmt;

/// Why `aws-mfa` will not edit, or cannot read, a file. The file is unchanged and no code was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Line number, counted from 1; none where the whole file or the new value is meant.
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
}

impl Refusal {
    /// What to do about it; none where no line is to blame.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        self.line.map(|_| {
            "fix that line, then run the same command again; nothing was changed and no code was used"
        })
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

/// What is wrong with a line, a section or a value. Section and key names are shown, values never.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// Not UTF-8 (UTF-16 included): the AWS CLI rejects the file, the SDKs take it for empty.
    #[error("not UTF-8 text")]
    NotUtf8,
    /// A byte order mark: both grammars reject the file.
    #[error("the file begins with a byte order mark (save it as UTF-8 without BOM)")]
    ByteOrderMark,
    /// NUL, a lone carriage return, Ctrl-Z and the like.
    #[error("a control character (such as a carriage return without a line feed)")]
    ControlCharacter,
    /// Starts with `[` but is no header to the AWS CLI.
    #[error("a section header without a name or without its closing bracket")]
    Header,
    /// White space, then `[`: a header to one reader, part of a value to the other.
    #[error("a section header that is indented")]
    IndentedHeader,
    /// White space that only some readers take for indentation.
    #[error("begins with a white-space character that isn't a space or tab")]
    UnicodeWhiteSpace,
    /// A key and value that belong to no section.
    #[error("text before the first section header")]
    BeforeFirstHeader,
    /// Neither `=` nor `:`.
    #[error("neither a section header nor `key = value`")]
    NoDelimiter,
    /// Nothing before the `=`.
    #[error("a value without a key")]
    EmptyKey,
    /// The section is there more than once: AWS CLI and SDKs disagree on what that means.
    #[error("section [{section}] appears twice (first on line {first})")]
    DuplicateSection { section: String, first: usize },
    /// A section that should be changed isn't there.
    #[error("there is no section [{section}]")]
    NoSection { section: String },
    /// A section's new name is another section's.
    #[error("there is already a section [{section}]")]
    SectionExists { section: String },
    /// A header that is `[section]` to one reader and something else to the other.
    #[error(
        "a header that only some AWS tools read as [{section}] (spaces inside the brackets, or text after them)"
    )]
    AmbiguousHeader { section: String },
    /// An indented line directly below the section's header.
    #[error("an indented line before the first key of section [{section}]")]
    IndentedFirstKey { section: String },
    /// An indented comment that the SDKs read as part of the value above it.
    #[error(
        "an indented comment below a key that aws-mfa writes (some AWS tools read it as part of the value)"
    )]
    IndentedComment,
    /// A key that is there twice where its value is needed.
    #[error("{key} appears twice in section [{section}]")]
    DuplicateKey { section: String, key: String },
    /// A value that the next, indented line continues where one line is needed.
    #[error("{key} continues on an indented line")]
    ContinuedValue { key: String },
    /// `[DEFAULT]` holds a block of settings that isn't one: the AWS CLI, which gives it to every section, can't read any then.
    #[error(
        "the AWS CLI gives the indented lines under this key of [DEFAULT] to every section, and can't read a section that has them"
    )]
    BadDefault,
    /// A value that the SDKs cut at ` #` or ` ;`, or that the grammars read differently in another way.
    #[error("AWS tools disagree on the value of {key} (is there a comment after it?)")]
    AmbiguousValue { key: String },
    /// A section name that the AWS SDKs ignore.
    #[error(
        "[{section}] cannot be a profile of this file: AWS tools read only names of letters, digits and _-/.%@:+"
    )]
    SectionName { section: String },
    /// `[DEFAULT]`: the AWS CLI would merge it into every other profile.
    #[error("the AWS CLI applies [DEFAULT] to all profiles; did you mean [default]?")]
    DefaultSection,
    /// A new value that the file's grammars could not carry.
    #[error("the new value of {key} cannot be written to this file")]
    NewValue { key: String },
    /// The edited text did not pass the check that compares it with the old one.
    #[error("the edited text didn't pass verification; this is a bug in aws-mfa, please report it")]
    Unverified,
}

impl Problem {
    /// Whether no AWS tool reads any of a file with such a line.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Header | Self::BeforeFirstHeader | Self::NoDelimiter | Self::EmptyKey
        )
    }
}
