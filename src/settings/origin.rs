//! Where a setting came from.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sanitize::shorten;

/// Where a setting came from, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(&'static str),
    /// In the credentials file or the config file.
    Key {
        key: &'static str,
        section: String,
        file: PathBuf,
        line: usize,
    },
    /// IAM, which knows the user's devices.
    Iam,
    Default,
}

impl Origin {
    /// The file that it is in.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Key { file, .. } => Some(file),
            Self::Flag(_) | Self::Variable(_) | Self::Iam | Self::Default => None,
        }
    }

    /// The section that it is in.
    pub(crate) fn section(&self) -> Option<&str> {
        match self {
            Self::Key { section, .. } => Some(section),
            Self::Flag(_) | Self::Variable(_) | Self::Iam | Self::Default => None,
        }
    }

    /// Returns an error if it is in a file and `path` is relative: whoever chooses the working
    /// directory would choose what is found there.
    pub(super) fn refuse_relative(&self, path: &Path, instead: &str) -> Result<(), Error> {
        if self.file().is_some() && path.is_relative() && !path.has_root() {
            return Err(self.problem(format!("a relative path; use {instead}")));
        }
        Ok(())
    }

    /// The error for a setting with an invalid value.
    pub(crate) fn problem(&self, problem: impl Into<String>) -> Error {
        let on_command_line = matches!(self, Self::Flag(_));
        let place = match self {
            Self::Key { file, line, .. } => format!("{}: line {line}: ", file.display()),
            Self::Flag(_) | Self::Variable(_) | Self::Iam | Self::Default => String::new(),
        };
        Error::Setting {
            setting: format!("{place}{self}"),
            problem: problem.into(),
            on_command_line,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::Key { key, section, .. } => write!(f, "{key} in [{}]", shorten(section)),
            Self::Iam => f.write_str("AWS IAM"),
            Self::Default => f.write_str("default"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T: fmt::Display> fmt::Display for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (from {})", self.value, self.origin)
    }
}

impl<T> Setting<T> {
    pub(crate) fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    pub(crate) fn default(value: T) -> Self {
        Self::new(value, Origin::Default)
    }

    pub(super) fn flag(name: &'static str, value: Option<T>) -> Option<Self> {
        value.map(|value| Self::new(value, Origin::Flag(name)))
    }
}
