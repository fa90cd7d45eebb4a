//! Everything that can go wrong, as one enum: what happened ([`std::fmt::Display`]), why
//! ([`std::error::Error::source`]), what to do ([`Error::hint`]) and how the process ends
//! ([`Error::exit_code`]). Only [`crate::app`] renders it.
//!
//! A leaf: it imports only what errors carry. `nature` and `hint` match without a
//! wildcard, so that a new variant can't be added without deciding on its exit code and hint.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use crate::aws::error::AwsError;
use crate::code::InvalidCode;
use crate::credentials_file::refusal::Refusal;
use crate::sanitize::shorten;

/// How the process ends. Help texts are built from these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    Success = 0,
    Failed = 1,
    Usage = 2,
    /// A refresh is due, and nobody can be asked for the code.
    Due = 3,
    /// `exec`: aws-mfa itself failed. This and the next two are the codes of env(1).
    ExecFailed = 125,
    NotExecutable = 126,
    NotFound = 127,
    /// The prompt was cancelled. Shells report the same code for Ctrl-C.
    Cancelled = 130,
}

impl ExitCode {
    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// What went wrong. Messages name the file, section or setting, never a secret or a line's content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{setting}: {problem}")]
    Setting {
        setting: String,
        problem: String,
        on_command_line: bool,
    },
    #[error("{problem}")]
    CommandLine {
        problem: String,
        /// What may have been meant, and the usage.
        tip: Option<String>,
    },
    #[error(
        "the permanent keys and the session would both be in [{}]",
        shorten(section)
    )]
    SameSection { section: String },
    /// Neither `HOME` nor the system's user database names a home folder.
    #[error("no home folder was found, so there is no ~/.aws/credentials")]
    NoHome,
    /// It would depend on the current folder.
    #[error("the home folder is a relative path: {}", home.display())]
    RelativeHome { home: PathBuf },
    #[error("aws-mfa was started {0}")]
    Elevated(Elevation),
    #[error("there is no credentials file {}", path.display())]
    NoCredentialsFile { path: PathBuf, setup: String },
    #[error(
        "{} takes its credentials from {} (source_profile in [{}])",
        shorten(profile),
        shorten(source_profile),
        shorten(section)
    )]
    UsesSourceProfile {
        profile: String,
        source_profile: String,
        section: String,
        command: String,
    },
    #[error("no section [{}] in {}", shorten(section), path.display())]
    NoLongTermSection {
        section: String,
        path: PathBuf,
        hint: String,
    },
    #[error("no profile {} in {}", shorten(profile), path.display())]
    NoProfile {
        profile: String,
        path: PathBuf,
        known: Option<String>,
    },
    /// Missing or empty.
    #[error("no {key} in [{}] of {}", shorten(section), path.display())]
    NoLongTermKey {
        key: &'static str,
        section: String,
        path: PathBuf,
        setup: String,
    },
    /// The section holds something that can't be used as long-term keys.
    #[error("[{}] of {}: {problem}", shorten(section), path.display())]
    BadLongTermSection {
        section: String,
        path: PathBuf,
        /// With its line.
        problem: String,
    },
    #[error("no MFA device is known for [{}]{}", shorten(section), match source {
        Some(_) => ", and AWS doesn't tell",
        None => "",
    })]
    NoDevice {
        section: String,
        setup: String,
        /// Why IAM didn't tell.
        source: Option<Box<AwsError>>,
    },
    /// `rotate` can't begin, or has stopped.
    #[error("{problem}")]
    Rotation {
        problem: String,
        hint: Option<String>,
        source: Option<Box<Error>>,
    },
    /// None, none with codes, or several.
    #[error("{problem}")]
    NoUsableDevice { problem: String, hint: String },
    #[error("[{}] of {} holds permanent keys, not a session", shorten(section), path.display())]
    PermanentKeys {
        section: String,
        path: PathBuf,
        setup: String,
    },
    /// As in the headers of the config file.
    #[error("{} is how the config file writes a profile's name", shorten(name))]
    PrefixedProfile {
        name: String,
        /// The option that was meant, with its value.
        option: String,
    },
    /// The permanent keys' section was given as the profile.
    #[error(
        "[{}] holds the permanent keys of profile {}",
        shorten(section),
        shorten(profile)
    )]
    LongTermProfile {
        section: String,
        profile: String,
        /// The option that was meant, with its value.
        option: String,
    },
    /// Something like keys, or half of them.
    #[error("[{}] of {} holds {what}", shorten(section), path.display())]
    UselessKeys {
        section: String,
        path: PathBuf,
        /// Such as "placeholder text instead of keys".
        what: &'static str,
        cure: String,
    },
    /// The file can't be read or edited without guessing.
    #[error("cannot use {}: {refusal}", path.display())]
    Refused { path: PathBuf, refusal: Refusal },
    /// The system refused something other than writing the credentials file.
    #[error("cannot {what}")]
    Cannot { what: String, source: io::Error },
    /// A limit of the system is too low. `option` is that of `ulimit`.
    #[error("cannot {what}")]
    Limit {
        what: &'static str,
        option: &'static str,
        source: io::Error,
    },
    #[error("this computer's clock is wrong: it shows the year {year}")]
    Clock { year: i32 },
    /// Writing failed, or the rehearsal shows that it would.
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// Others could change the file, or something on the way to it; or its owner keeps this user
    /// from it.
    #[error("{problem}")]
    Exposed { problem: String, cure: String },
    /// It can't be replaced where it is.
    #[error("{} {problem}", path.display())]
    BadPlace {
        path: PathBuf,
        problem: String,
        cure: String,
    },
    #[error("another aws-mfa has been writing {} for {seconds} seconds", path.display())]
    Locked {
        path: PathBuf,
        lock: PathBuf,
        seconds: u64,
    },
    #[error("{} keeps changing while aws-mfa tries to edit it", path.display())]
    Busy { path: PathBuf },
    #[error(
        "the session was granted but could not be stored{}",
        if *with_code { "; its MFA code is spent" } else { "" }
    )]
    NotStored {
        source: Box<Error>,
        /// Whether a code was used for it.
        with_code: bool,
    },
    #[error("--token: {problem}")]
    BadToken { problem: InvalidCode },
    #[error("standard input: {problem}")]
    BadInput { problem: InvalidCode },
    /// A command that the user named failed.
    #[error("the command from {origin}: {problem}")]
    Command {
        origin: String,
        problem: CommandProblem,
        source: Option<io::Error>,
    },
    #[error(
        "a command that aws-mfa runs for [{}] calls aws-mfa for [{}] again",
        shorten(section),
        shorten(section)
    )]
    Recursion { section: String },
    #[error("nobody can be asked here; give {missing}")]
    SetupNeedsInput { missing: &'static str },
    #[error(
        "the new keys belong to {new}, but the keys in [{}] belong to {old}",
        shorten(section)
    )]
    OtherUser {
        new: String,
        old: String,
        section: String,
    },
    /// `setup`: the keys were replaced or removed after they were checked.
    #[error("the keys in [{}] of {} have changed in the \
        meantime", shorten(section), path.display())]
    KeysChanged { section: String, path: PathBuf },
    /// A program that asks in a window ended without a code.
    #[error("the askpass program from {origin}: {problem}")]
    Unanswered { origin: String, problem: String },
    #[error(
        "{reason}, and nobody can be asked for the MFA code here{}: run `{command}` in a terminal",
        askpass.as_ref().map(|askpass| format!(" ({askpass})")).unwrap_or_default()
    )]
    CannotPrompt {
        reason: String,
        /// Why an askpass program gave no code.
        askpass: Option<String>,
        command: String,
    },
    #[error(
        "[profile {}] in the config file gets its credentials from aws-mfa for [{}] \
         in the credentials file, which AWS tools read first: that session would expire and never \
         be renewed",
        shorten(profile),
        shorten(profile)
    )]
    OwnSection { profile: String, command: String },
    #[error("the value of {name} contains a character that cannot be written safely for {format}")]
    UnquotableValue { name: &'static str, format: String },
    #[error("cannot run {}", shorten(program))]
    NotRun { program: String, source: io::Error },
    #[error(
        "another aws-mfa has been asking for the MFA code for [{}] for {seconds} seconds",
        shorten(section)
    )]
    PromptBusy { section: String, seconds: u64 },
    /// Ctrl-D at the prompt.
    #[error("cancelled")]
    Cancelled,
    /// A signal ended the prompt or the wait for AWS; the process will die by it, too.
    #[error("interrupted by signal {signal}")]
    Interrupted { signal: i32 },
    /// `check --quiet` where there is no credentials file: the exit code says it.
    #[error("there is no credentials file")]
    NothingToCheck,
    /// `check`: already reported on standard output.
    #[error("{reason}")]
    NotValid { reason: String },
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// How the program got more rights than whoever started it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Elevation {
    /// Set-user-ID.
    #[error("by user {user} with the rights of user {effective}")]
    User { user: u32, effective: u32 },
    /// Set-group-ID.
    #[error("by group {group} with the rights of group {effective}")]
    Group { group: u32, effective: u32 },
    #[error("with capabilities that its file gives to whoever starts it")]
    Capabilities,
}

impl Elevation {
    fn hint(self) -> &'static str {
        match self {
            Self::User { .. } => "run `chmod u-s` on the aws-mfa program",
            Self::Group { .. } => "run `chmod g-s` on the aws-mfa program",
            Self::Capabilities => "run `setcap -r` on the aws-mfa program",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandProblem {
    #[error("it cannot be started")]
    NotStarted(io::ErrorKind),
    #[error("it failed ({0})")]
    Failed(ExitStatus),
    #[error("it gave no answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    #[error("it printed no six-digit code")]
    NoCode,
    /// None in the form that the SDKs document.
    #[error("it printed no JSON with AccessKeyId and SecretAccessKey")]
    NoKeys,
    #[error("it printed temporary keys; AWS grants a session with MFA only to permanent ones")]
    TemporaryKeys,
    /// It kept printing a code that AWS had refused.
    #[error("AWS refused the code that it printed, and it printed no new one within {} \
        seconds", .0.as_secs())]
    NoOtherCode(Duration),
}

/// What an error means for retries and for the exit code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// The command line is to blame.
    Usage,
    /// The content of the credentials file, which may have been read half written.
    Content,
    /// A session is needed, and nobody can be asked.
    Due,
    Cancelled,
    Other,
}

impl Error {
    /// For `map_err`: a session couldn't be stored, which took a code or not.
    pub(crate) fn not_stored(with_code: bool) -> impl Fn(Self) -> Self + Copy {
        move |source| Self::NotStored {
            source: Box::new(source),
            with_code,
        }
    }

    /// For `map_err`: the file at `path` was refused.
    pub(crate) fn refused(path: &Path) -> impl Fn(Refusal) -> Self + Copy {
        |refusal| Self::Refused {
            path: path.to_owned(),
            refusal,
        }
    }

    /// For `map_err`: the file or folder at `path` can't be written.
    pub(crate) fn write(path: &Path) -> impl Fn(io::Error) -> Self + Copy {
        |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    /// For `map_err`: the system refused `what`.
    pub(crate) fn cannot(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |source| Self::Cannot { what, source }
    }

    /// For `map_err`: standard output can't be written.
    pub(crate) fn output(source: impl Into<io::Error>) -> Self {
        Self::cannot("write to standard output")(source.into())
    }

    fn nature(&self) -> Nature {
        match self {
            Self::CommandLine { .. }
            | Self::Setting {
                on_command_line: true,
                ..
            }
            | Self::BadToken { .. }
            | Self::SetupNeedsInput { .. }
            | Self::SameSection { .. } => Nature::Usage,
            Self::CannotPrompt { .. }
            | Self::Unanswered { .. }
            | Self::PromptBusy { .. }
            | Self::NotValid { .. } => Nature::Due,
            Self::Cancelled | Self::Interrupted { .. } => Nature::Cancelled,
            Self::NoLongTermSection { .. }
            | Self::NoProfile { .. }
            | Self::NoLongTermKey { .. }
            | Self::NoDevice { .. }
            | Self::BadLongTermSection { .. }
            | Self::Refused { .. } => Nature::Content,
            Self::Setting {
                on_command_line: false,
                ..
            }
            | Self::NoHome
            | Self::RelativeHome { .. }
            | Self::Elevated(_)
            | Self::NoCredentialsFile { .. }
            | Self::UsesSourceProfile { .. }
            | Self::NoUsableDevice { .. }
            | Self::Rotation { .. }
            | Self::PermanentKeys { .. }
            | Self::UselessKeys { .. }
            | Self::LongTermProfile { .. }
            | Self::PrefixedProfile { .. }
            | Self::Write { .. }
            | Self::Limit { .. }
            | Self::Clock { .. }
            | Self::Exposed { .. }
            | Self::BadPlace { .. }
            | Self::Locked { .. }
            | Self::Busy { .. }
            | Self::NotStored { .. }
            | Self::BadInput { .. }
            | Self::Command { .. }
            | Self::Recursion { .. }
            | Self::OtherUser { .. }
            | Self::KeysChanged { .. }
            | Self::OwnSection { .. }
            | Self::UnquotableValue { .. }
            | Self::NotRun { .. }
            | Self::NothingToCheck
            | Self::Cannot { .. }
            | Self::Aws(_) => Nature::Other,
        }
    }

    /// Whether the file's content is to blame, which may have been read half written.
    pub(crate) fn is_about_content(&self) -> bool {
        self.nature() == Nature::Content
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.nature() {
            Nature::Usage => ExitCode::Usage,
            Nature::Due => ExitCode::Due,
            Nature::Cancelled => ExitCode::Cancelled,
            Nature::Content | Nature::Other => ExitCode::Failed,
        }
    }

    /// The exit code of `exec`; all others are the command's own.
    pub(crate) fn exit_code_for_exec(&self) -> ExitCode {
        let Self::NotRun { source, .. } = self else {
            return ExitCode::ExecFailed;
        };
        if source.kind() == io::ErrorKind::NotFound {
            ExitCode::NotFound
        } else {
            ExitCode::NotExecutable
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::CommandLine { tip, .. } => tip.clone()?,
            Self::SameSection { .. } => SAME_SECTION.into(),
            Self::NoHome => "set HOME, or name the file with --credentials-file".into(),
            Self::RelativeHome { .. } => RELATIVE_HOME.into(),
            Self::Limit { option, .. } => {
                format!("raise the limit of the system (`ulimit {option}` shows it)")
            }
            Self::Clock { .. } => format!("set it, then {AGAIN}"),
            Self::Elevated(elevation) => elevation.hint().into(),
            Self::NoLongTermKey { setup, .. } => format!("run `{setup}`, which asks for the keys"),
            Self::NoCredentialsFile { setup, .. } => {
                format!("run `{setup}`: it asks for your keys and your MFA device and stores them")
            }
            Self::UsesSourceProfile { command, .. } => format!("run `{command}`"),
            Self::NoLongTermSection { hint, .. } | Self::NoUsableDevice { hint, .. } => {
                hint.clone()
            }
            Self::NoProfile { known: hint, .. } | Self::Rotation { hint, .. } => hint.clone()?,
            Self::NoDevice { setup, .. } => {
                format!("run `{setup}`, which asks for it, or pass --device")
            }
            Self::PermanentKeys { setup, .. } => {
                format!("run `{setup}`: it moves them to where they can be used to get sessions")
            }
            Self::LongTermProfile { option, .. } | Self::PrefixedProfile { option, .. } => {
                format!("did you mean `{option}`?")
            }
            Self::Refused { refusal, .. } => refusal.hint()?.into(),
            Self::Write { .. } => "nothing was changed and no code was used".into(),
            Self::Exposed { cure, .. }
            | Self::BadPlace { cure, .. }
            | Self::UselessKeys { cure, .. } => cure.clone(),
            Self::Locked { lock, .. } => format!("end the process that holds {}", lock.display()),
            Self::NotStored { source, with_code } => source.hint_when_granted(*with_code)?,
            Self::Command { problem, .. } => problem.hint().into(),
            Self::Recursion { .. } => RECURSION.into(),
            Self::OwnSection { profile, command } => format!(
                "give it a name of its own: [profile {}-auto] with credential_process = {command}",
                shorten(profile)
            ),
            Self::UnquotableValue { .. } => "use `aws-mfa exec`, which needs no shell".into(),
            Self::OtherUser { .. } => OTHER_USER.into(),
            Self::KeysChanged { .. } => format!("{AGAIN}; nothing was changed"),
            Self::BadToken { .. } | Self::BadInput { .. } => "nothing was sent to AWS".into(),
            Self::Aws(error) => error.hint()?,
            Self::BadLongTermSection { .. } => format!("fix that, then {AGAIN}"),
            Self::Setting { .. }
            | Self::Busy { .. }
            | Self::SetupNeedsInput { .. }
            | Self::CannotPrompt { .. }
            | Self::Unanswered { .. }
            | Self::NotRun { .. }
            | Self::PromptBusy { .. }
            | Self::Cancelled
            | Self::Interrupted { .. }
            | Self::Cannot { .. }
            | Self::NothingToCheck
            | Self::NotValid { .. } => return None,
        })
    }

    /// What to do if this happens when a session was granted, for a code or without one.
    fn hint_when_granted(&self, with_code: bool) -> Option<String> {
        if !with_code {
            return self.hint();
        }
        let cure = match self {
            Self::Exposed { cure, .. } | Self::BadPlace { cure, .. } => cure,
            _ => "fix that",
        };
        Some(format!("{cure}, then {AGAIN} with the device's next code"))
    }
}

const RELATIVE_HOME: &str = "set HOME to an absolute path, or name the file with \
    --credentials-file";
const SAME_SECTION: &str = "they need two sections: change --long-term-suffix, --long-term-profile or \
    --short-term-suffix";
const RECURSION: &str = "make that command use another profile, or its own keys";
const OTHER_USER: &str = "run it in a terminal without --yes to confirm; nothing was changed";
/// For hints that can't know the whole command.
const AGAIN: &str = "run the same command again";

impl CommandProblem {
    fn hint(&self) -> &'static str {
        match self {
            Self::NoOtherCode(_) => {
                "check that the command is for this profile's device and that its clock is right; \
                 the file is unchanged"
            }
            Self::NotStarted(io::ErrorKind::NotFound) => {
                "name a program that is in PATH, or its absolute path (variables aren't expanded); no \
                 code was used"
            }
            Self::NotStarted(_)
            | Self::Failed(_)
            | Self::TimedOut(_)
            | Self::NoCode
            | Self::NoKeys
            | Self::TemporaryKeys => {
                "run the command by itself to see what it says; no code was used"
            }
        }
    }
}
