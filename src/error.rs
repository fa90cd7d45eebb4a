//! Everything that can go wrong, as one enum: what happened ([`std::fmt::Display`]), why
//! ([`std::error::Error::source`]), what to do ([`Error::hint`]) and how the process ends ([`Error::exit_code`]).
//! `main` is the only place that renders it.

use std::io;
use std::path::PathBuf;

use crate::aws::error::StsError;
use crate::code::NotACode;
use crate::credentials_file::refusal::Refusal;
use crate::process::CommandProblem;
use crate::shell::NotExpressible;

/// What went wrong. Messages name the file, section or setting; never a secret, never a line's content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting's value is no good.
    #[error("{setting}: {problem}")]
    Setting {
        /// The option, variable or key.
        setting: String,
        /// What is wrong with its value.
        problem: String,
        /// It was given on the command line.
        on_command_line: bool,
    },
    /// An option that the command can't use.
    #[error("{option} is an option of a refresh, which `aws-mfa {command}` can't use")]
    OptionOfRefresh {
        /// The option.
        option: &'static str,
        /// The command.
        command: &'static str,
    },
    /// Keys and session would share a section.
    #[error("the long-term keys and the session would both be in [{section}]")]
    SameSection {
        /// The section's name.
        section: String,
    },
    /// Neither `HOME` nor the system's user database has a home folder.
    #[error("no home folder, so no ~/.aws/credentials")]
    NoHome,
    /// The home folder depends on where one is.
    #[error("the home folder is a relative path: {}", home.display())]
    RelativeHome {
        /// What the environment says.
        home: PathBuf,
    },
    /// The program runs with another user's rights.
    #[error("aws-mfa was started by user {user} with the rights of user {effective}")]
    SetUserId {
        /// Who started it.
        user: u32,
        /// Whose rights it has.
        effective: u32,
    },
    /// The credentials file isn't there.
    #[error("there is no credentials file {}", path.display())]
    NoCredentialsFile {
        /// Its path.
        path: PathBuf,
        /// The command that makes it.
        setup: String,
    },
    /// The profile has no keys of its own.
    #[error(
        "{profile} takes its credentials from {source_profile} (source_profile in [{section}])"
    )]
    TakesFromAnother {
        /// The profile.
        profile: String,
        /// The profile that it takes them from.
        source_profile: String,
        /// The section that says so.
        section: String,
    },
    /// The file has no such section.
    #[error("no section [{section}] in {}", path.display())]
    NoLongTermSection {
        /// The profile.
        profile: String,
        /// The section that should hold the long-term keys.
        section: String,
        /// The credentials file.
        path: PathBuf,
        /// Profiles that do have long-term keys there.
        known: Vec<String>,
        /// The command that makes the section.
        setup: String,
    },
    /// The profile is nowhere in the file.
    #[error("no profile {profile} in {}", path.display())]
    NoProfile {
        /// The profile's name.
        profile: String,
        /// The credentials file.
        path: PathBuf,
        /// Profiles that do have long-term keys there.
        known: Vec<String>,
    },
    /// A key ID or secret is missing or empty.
    #[error("no {key} in [{section}] of {}", path.display())]
    NoLongTermKey {
        /// The key that is missing.
        key: &'static str,
        /// The section.
        section: String,
        /// The credentials file.
        path: PathBuf,
    },
    /// The section holds something that can't be used as long-term keys.
    #[error("[{section}] of {}: {problem}", path.display())]
    BadLongTermSection {
        /// The section.
        section: String,
        /// The credentials file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// No MFA serial anywhere.
    #[error("no MFA device is known for [{section}]")]
    NoDevice {
        /// The long-term section.
        section: String,
        /// The credentials file.
        path: PathBuf,
        /// The command that asks for one.
        setup: String,
    },
    /// The section for the session holds permanent keys.
    #[error("[{section}] of {} holds permanent keys, which aws-mfa never overwrites", path.display())]
    PermanentKeys {
        /// The section.
        section: String,
        /// The credentials file.
        path: PathBuf,
        /// The command that moves them.
        setup: String,
    },
    /// The file can't be read or edited without guessing.
    #[error("cannot use {}: {refusal}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The line and the reason.
        refusal: Refusal,
    },
    /// Reading a file failed.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Writing a file failed, or would fail.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file or its folder is where others could change it, or where it can't be replaced.
    #[error("{} {problem}", path.display())]
    BadPlace {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        cure: String,
    },
    /// Another run of aws-mfa holds the write lock.
    #[error("another aws-mfa has been writing {} for a minute", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// The locked sidecar.
        lock: PathBuf,
    },
    /// Another program rewrites the file all the time.
    #[error("{} keeps changing while aws-mfa tries to edit it", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// AWS granted the session, and it couldn't be stored.
    #[error("the session was granted but could not be stored; its token code is spent")]
    NotStored {
        /// Why.
        source: Box<Error>,
    },
    /// What was given as a code isn't one.
    #[error("{origin}: {problem}")]
    BadCode {
        /// Where it came from.
        origin: &'static str,
        /// What is wrong with it.
        problem: NotACode,
    },
    /// A command that the user named.
    #[error("the command of {origin}: {problem}")]
    Command {
        /// Where it was named. Its words may be secret.
        origin: String,
        /// What went wrong.
        problem: CommandProblem,
    },
    /// A command that aws-mfa runs for a section has come back to it.
    #[error("a command that aws-mfa runs for [{section}] asks aws-mfa for [{section}] again")]
    Recursion {
        /// The section.
        section: String,
    },
    /// `setup` has something to ask, and nobody to ask it.
    #[error("nobody can be asked here: give {missing}")]
    NobodyToSetUp {
        /// What to give, and how.
        missing: &'static str,
    },
    /// `setup`: the new keys are not of the user whose keys they would replace.
    #[error("the new keys belong to {new}, those of [{section}] to {old}")]
    OtherUser {
        /// Whose the new keys are.
        new: String,
        /// Whose the old keys are.
        old: String,
        /// The section with the old keys.
        section: String,
    },
    /// `setup`: the keys that were proven are not in the file any more.
    #[error("the keys in [{section}] of {} have changed meanwhile", path.display())]
    KeysChanged {
        /// The section.
        section: String,
        /// The credentials file.
        path: PathBuf,
    },
    /// A refresh is due and nobody can be asked for the code.
    #[error(
        "{reason}, and nobody can be asked for the token code here: run `{command}` in a terminal"
    )]
    NobodyToAsk {
        /// Why a refresh is due.
        reason: String,
        /// What to run.
        command: String,
    },
    /// The config file's profile calls aws-mfa for the section that outranks it.
    #[error(
        "[profile {profile}] of the config file gets its credentials from aws-mfa for [{profile}] of the credentials file, which AWS's tools read first: it would expire and never be renewed"
    )]
    OwnSection {
        /// The profile.
        profile: String,
    },
    /// Standard output can't be written.
    #[error("cannot write to standard output")]
    Output {
        /// Why.
        source: io::Error,
    },
    /// `env`: a value that the shell can't take.
    #[error(transparent)]
    NotExpressible(#[from] NotExpressible),
    /// `exec` without a command.
    #[error("no command to run: give it behind `--`")]
    NoCommand,
    /// `exec`: the command can't be run.
    #[error("cannot run {program}")]
    NotRun {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// Another aws-mfa has been asking for the code all the time.
    #[error("another aws-mfa has been asking for the code of [{section}] for {seconds} seconds")]
    PromptBusy {
        /// The section.
        section: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The terminal can't be read.
    #[error("cannot ask at the terminal")]
    Terminal {
        /// Why.
        source: io::Error,
    },
    /// Ctrl-D at the prompt.
    #[error("cancelled")]
    Cancelled,
    /// A signal ended the prompt or the wait for AWS; the process dies by it.
    #[error("interrupted by signal {signal}")]
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
    /// `check`: the session isn't valid. Already said on standard output.
    #[error("{reason}")]
    NotValid {
        /// Why it isn't valid.
        reason: String,
    },
    /// AWS STS.
    #[error(transparent)]
    Sts(#[from] StsError),
    /// The async runtime can't be started.
    #[error("cannot start the network client")]
    Runtime {
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// Whether the content of the credentials file is to blame, so that the file may have been read half written.
    #[must_use]
    pub fn is_of_content(&self) -> bool {
        matches!(
            self,
            Self::NoLongTermSection { .. }
                | Self::NoProfile { .. }
                | Self::NoLongTermKey { .. }
                | Self::NoDevice { .. }
                | Self::BadLongTermSection { .. }
                | Self::Refused { .. }
        )
    }

    /// The process's exit code: 1 failed, 2 wrong command line, 3 due and nobody to ask, 130 cancelled.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Setting {
                on_command_line: true,
                ..
            }
            | Self::OptionOfRefresh { .. }
            | Self::NobodyToSetUp { .. }
            | Self::SameSection { .. } => 2,
            Self::BadCode { origin, .. } if *origin == "--token" => 2,
            Self::NobodyToAsk { .. } | Self::PromptBusy { .. } | Self::NotValid { .. } => 3,
            Self::Cancelled | Self::Interrupted { .. } => 130,
            _ => 1,
        }
    }

    /// The exit code of `exec`, whose other codes are the command's own; those of env(1).
    #[must_use]
    pub fn exit_code_of_exec(&self) -> u8 {
        match self {
            Self::NotRun { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Self::NotRun { .. } => 126,
            _ => 125,
        }
    }

    /// What to do about it, in plain words.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::SameSection { .. } => "give --long-term-suffix or --short-term-suffix a value other than `none`".to_owned(),
            Self::RelativeHome { .. } => "set HOME to an absolute path, or name the file with --credentials-file".to_owned(),
            Self::SetUserId { .. } => "it isn't made for that: remove the set-user-ID bit (chmod u-s)".to_owned(),
            Self::NoHome => "set HOME, or name the file with --credentials-file".to_owned(),
            Self::NoCredentialsFile { setup, .. } => {
                format!("run `{setup}`: it asks for your keys and your MFA device, and stores them there")
            }
            Self::TakesFromAnother { profile, source_profile, .. } => {
                format!("run `aws-mfa --profile {source_profile}`, then use {profile}")
            }
            Self::NoLongTermSection { profile, known, setup, .. } => {
                let make = format!("run `{setup}` to store keys for it");
                known_profiles(profile, known).map_or(make.clone(), |known| format!("{known}; {make}"))
            }
            Self::NoProfile { profile, known, .. } => known_profiles(profile, known)?,
            Self::NoLongTermKey { .. } => "run `aws-mfa setup` for this profile, which asks for its keys".to_owned(),
            Self::NoDevice { setup, .. } => format!(
                "run `{setup}`, which asks for it; or give --device; the AWS console shows its ARN under \"Security credentials\""
            ),
            Self::PermanentKeys { setup, .. } => {
                format!("run `{setup}`: it moves them to where they can be used to get sessions")
            }
            Self::Refused { refusal, .. } if refusal.line.is_some() => {
                "mend that line and run aws-mfa again; nothing was changed and no code was used".to_owned()
            }
            Self::Write { .. } => "nothing was changed and no code was used".to_owned(),
            Self::BadPlace { cure, .. } => cure.clone(),
            Self::Locked { lock, .. } => format!("see which process has {} open", lock.display()),
            Self::NotStored { .. } => "mend that, then run aws-mfa again with the device's next code".to_owned(),
            Self::Command { problem: CommandProblem::NoOtherCode(_), .. } => {
                "is it the command for this profile's device, and is the clock right that it uses? The file is unchanged".to_owned()
            }
            Self::Command { .. } => "run the command by itself to see what it says; no code was used".to_owned(),
            Self::Recursion { .. } => "let that command use another profile, or keys of its own".to_owned(),
            Self::OwnSection { profile } => format!(
                "give it a name of its own: [profile {profile}-auto] with credential_process = aws-mfa credential-process \
                 --profile {profile}"
            ),
            Self::NotExpressible(_) => "use `aws-mfa exec`, which needs no shell".to_owned(),
            Self::OtherUser { .. } => "nothing was changed; without --yes, at a terminal, you are asked".to_owned(),
            Self::KeysChanged { .. } => "run setup again; nothing was changed".to_owned(),
            Self::BadCode { .. } => "nothing was sent to AWS".to_owned(),
            Self::Sts(error) => error.hint()?,
            _ => return None,
        })
    }
}

/// How many profiles are named at most: those whose names are nearest to the one that was meant.
const NAMED: usize = 5;

/// The profiles that there are, nearest first where there are many.
fn known_profiles(meant: &str, known: &[String]) -> Option<String> {
    if known.is_empty() {
        return None;
    }
    let mut names: Vec<&str> = known.iter().map(String::as_str).collect();
    if names.len() <= NAMED {
        return Some(format!(
            "profiles with long-term keys there: {}",
            names.join(", ")
        ));
    }
    let distance = |name: &&str| strsim::damerau_levenshtein(meant, name);
    names.sort_by_key(distance);
    let nearest = names[..NAMED].join(", ");
    Some(format!(
        "of {} profiles with long-term keys there, the nearest are: {nearest}; `aws-mfa list` shows all",
        names.len()
    ))
}
