//! What can be typed on the command line. The types hold what the user typed, and nothing more; meaning, defaults and precedence
//! are [`crate::settings`]'s.

#![allow(
    clippy::doc_markdown,
    rustdoc::broken_intra_doc_links,
    reason = "the options' doc comments are the text of --help"
)]

mod help;

use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use crate::completion;

/// Asks for your MFA code once and keeps a temporary AWS session in the shared credentials file, for every AWS tool.
#[derive(Debug, Parser)]
#[command(
    name = "aws-mfa",
    bin_name = "aws-mfa",
    version,
    args_override_self = true,
    max_term_width = 120
)]
#[command(
    about = "Asks for your MFA code once and keeps a temporary AWS session in the shared credentials file"
)]
#[command(
    long_about = "Asks for your MFA code once and keeps a temporary AWS session in the shared credentials file.\n\n\
    `aws-mfa --profile dev` reads the permanent keys and the MFA device in [dev-long-term] of ~/.aws/credentials, asks \
    for the code, and writes the session to [dev], where every AWS tool finds it. While that session is valid it says \
    so at once, without a code and without the network.",
    after_help = help::EXAMPLES
)]
pub struct Cli {
    /// Options that stand before or after a command.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Options of the main job.
    #[command(flatten)]
    pub refresh: RefreshArgs,
    /// Options that stand before or after a command, too.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The Python aws-mfa's way to say `setup`.
    #[arg(long, hide = true)]
    pub setup: bool,
    /// None is the main job.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The command lines of every day: the main job's, and its pre-check's.
#[derive(Debug, Parser)]
#[command(
    args_override_self = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true
)]
struct Everyday {
    #[command(flatten)]
    common: CommonArgs,
    #[command(flatten)]
    refresh: RefreshArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[arg(long)]
    setup: bool,
    #[command(subcommand)]
    command: Option<EverydayCommand>,
}

#[derive(Debug, Subcommand)]
enum EverydayCommand {
    #[command(args_override_self = true, disable_help_flag = true)]
    Check(CheckArgs),
}

impl Cli {
    /// Parses the process's command line. Those of every day go without the other commands and their options: to build them takes
    /// clap longer than all else takes aws-mfa while a session is valid. What they can't read is parsed in full, errors included.
    ///
    /// # Errors
    /// As clap's: help and version among them.
    pub fn of_process() -> Result<Self, clap::Error> {
        // Nor is there time to take the parser apart at the end.
        let mut parser = ManuallyDrop::new(Everyday::command());
        let everyday = parser.try_get_matches_from_mut(std::env::args_os());
        match everyday.and_then(|mut matches| Everyday::from_arg_matches_mut(&mut matches)) {
            Ok(everyday) => Ok(Self {
                common: everyday.common,
                refresh: everyday.refresh,
                output: everyday.output,
                setup: everyday.setup,
                command: everyday
                    .command
                    .map(|EverydayCommand::Check(args)| Command::Check(args)),
            }),
            Err(_) => Self::try_parse(),
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say whether the session is valid; offline, never asks for a code
    #[command(
        long_about = "Say whether the session is valid, on standard output and by the exit code: 0 valid, 3 expired, \
        missing or less than --min-remaining left, 1 no such profile. Offline, never asks for a code.",
        args_override_self = true,
        after_help = help::CHECK_EXAMPLES
    )]
    Check(CheckArgs),
    /// List every profile that has long-term keys or a session
    #[command(args_override_self = true, after_help = help::LIST_EXAMPLES)]
    List(ListArgs),
    /// Print statements that set the session in a shell; refreshes it first if needed
    #[command(args_override_self = true, after_help = help::ENV_EXAMPLES)]
    Env(EnvArgs),
    /// Run a command with the session in its environment; refreshes it first if needed
    #[command(args_override_self = true, after_help = help::EXEC_EXAMPLES)]
    Exec(ExecArgs),
    /// Print the session as AWS's SDKs read it from a credential_process; refreshes it first if needed
    #[command(args_override_self = true, after_help = help::CREDENTIAL_PROCESS_EXAMPLES)]
    CredentialProcess(HandOverArgs),
    /// Remove the session from the credentials file; permanent keys and all else stay
    #[command(args_override_self = true, after_help = help::CLEAR_EXAMPLES)]
    Clear,
    /// Print the script that makes a shell complete options and profiles
    #[command(args_override_self = true, after_help = help::COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Store a profile's permanent keys and MFA device, after proving them; move them out of the way; replace rotated ones
    #[command(long_about = help::SETUP, args_override_self = true, after_help = help::SETUP_EXAMPLES)]
    Setup(SetupArgs),
}

/// Which profile, in which files.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Profile and files")]
pub struct CommonArgs {
    /// Profile that gets the session [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`]
    #[arg(short, long, value_name = "NAME", global = true, value_parser = NonEmptyStringValueParser::new(), add = ArgValueCompleter::new(completion::profiles))]
    pub profile: Option<String>,
    /// Keys are read from [NAME-SUFFIX]; `none`: from [NAME] [default: long-term]
    #[arg(long, visible_alias = "long-suffix", value_name = "SUFFIX", global = true, value_parser = NonEmptyStringValueParser::new())]
    pub long_term_suffix: Option<String>,
    /// The session is written to [NAME-SUFFIX]; `none`: to [NAME] [default: none]
    #[arg(long, visible_alias = "short-suffix", value_name = "SUFFIX", global = true, value_parser = NonEmptyStringValueParser::new())]
    pub short_term_suffix: Option<String>,
    /// Region whose STS is called [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's region, the global endpoint]
    #[arg(long, value_name = "REGION", global = true, value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// Shared credentials file [default: AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials]
    #[arg(long, value_name = "PATH", global = true)]
    pub credentials_file: Option<PathBuf>,
    /// Config file [default: AWS_CONFIG_FILE, ~/.aws/config]
    #[arg(long, value_name = "PATH", global = true)]
    pub config_file: Option<PathBuf>,
}

/// How much is said.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say which settings are used, where each came from, and each step with its time
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub verbose: bool,
    /// The Python aws-mfa's way to set how much is said.
    #[arg(
        long,
        value_name = "LEVEL",
        global = true,
        hide = true,
        ignore_case = true
    )]
    pub log_level: Option<LogLevel>,
}

/// Levels of Python's logging module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum LogLevel {
    /// Errors only.
    Critical,
    /// Errors only.
    Error,
    /// Errors only: our warnings belong to the reports that this level hides.
    Warning,
    /// The default.
    Info,
    /// As `--verbose`.
    Debug,
    /// The default.
    Notset,
}

/// What makes a stored session count as valid.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Session")]
pub struct ValidityArgs {
    /// Treat a session with less time left as expired, such as 30m [default: 0]
    #[arg(long, value_name = "DURATION", value_parser = NonEmptyStringValueParser::new())]
    pub min_remaining: Option<String>,
    /// Role that the session is for [default: MFA_ASSUME_ROLE, the long-term section's assume_role, no role]
    #[arg(long, visible_alias = "assume", value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub assume_role: Option<String>,
}

impl ValidityArgs {
    /// The first option given.
    #[must_use]
    pub fn first_given(&self) -> Option<&'static str> {
        let role = self.assume_role.as_ref().map(|_| "--assume-role");
        role.or(self.min_remaining.as_ref().map(|_| "--min-remaining"))
    }

    /// These options, or those given before the command.
    #[must_use]
    pub fn or(&self, before: &Self) -> Self {
        Self {
            min_remaining: self
                .min_remaining
                .clone()
                .or_else(|| before.min_remaining.clone()),
            assume_role: self
                .assume_role
                .clone()
                .or_else(|| before.assume_role.clone()),
        }
    }
}

/// Options of `check`.
#[derive(Args, Clone, Debug, Default)]
pub struct CheckArgs {
    /// Which stored session is good enough.
    #[command(flatten)]
    pub validity: ValidityArgs,
    /// Say it in JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// Options of `list`.
#[derive(Args, Clone, Debug, Default)]
pub struct ListArgs {
    /// List in JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// Options of `env`.
#[derive(Args, Debug, Default)]
pub struct EnvArgs {
    /// The shell's syntax [default: on Windows powershell, env in MSYS2; elsewhere by SHELL: fish, powershell, else env]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Format>,
    /// Remove what was set instead, without a session
    #[arg(long, help_heading = "Output")]
    pub unset: bool,
    /// Options of the refresh.
    #[command(flatten)]
    pub refresh: RefreshArgs,
}

/// Options of `exec`.
#[derive(Args, Debug, Default)]
pub struct ExecArgs {
    /// Options of the refresh.
    #[command(flatten)]
    pub refresh: RefreshArgs,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// Options of `credential-process`.
#[derive(Args, Debug, Default)]
pub struct HandOverArgs {
    /// Options of the refresh.
    #[command(flatten)]
    pub refresh: RefreshArgs,
}

/// Options of `completions`.
#[derive(Args, Clone, Copy, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// How statements for a shell are written; the names of `aws configure export-credentials`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// `export NAME='value'`, for bash, zsh, dash and their like
    Env,
    /// NAME=value, for files of variables
    EnvNoExport,
    /// `set -gx NAME 'value'`
    Fish,
    /// `$Env:NAME = 'value'`
    Powershell,
    /// `set "NAME=value"`
    WindowsCmd,
}

impl Format {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::EnvNoExport => "env-no-export",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::WindowsCmd => "windows-cmd",
        }
    }
}

/// Shells that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
    /// PowerShell.
    Powershell,
}

impl Shell {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
        }
    }
}

/// Options of `setup`.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Setup")]
pub struct SetupArgs {
    /// Access key ID of the permanent keys; the secret is asked for, or read from standard input
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub access_key_id: Option<String>,
    /// MFA serial: the device's ARN, or a hardware token's number
    #[arg(long, visible_alias = "serial-number", value_name = "SERIAL", value_parser = NonEmptyStringValueParser::new())]
    pub device: Option<String>,
    /// How long sessions last, such as 12h or 43200 seconds
    #[arg(long, visible_alias = "duration-seconds", value_name = "DURATION", value_parser = NonEmptyStringValueParser::new())]
    pub duration: Option<String>,
    /// Ask nothing: say yes to moving or replacing keys, and get no session yet
    #[arg(short, long)]
    pub yes: bool,
}

impl SetupArgs {
    /// These options, or those of a refresh that were given before the command and mean the same.
    #[must_use]
    pub fn or(&self, before: &RefreshArgs) -> Self {
        Self {
            device: self.device.clone().or_else(|| before.device.clone()),
            duration: self.duration.clone().or_else(|| before.duration.clone()),
            ..self.clone()
        }
    }
}

/// Options of a refresh.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Session")]
pub struct RefreshArgs {
    /// Which stored session is good enough.
    #[command(flatten)]
    pub validity: ValidityArgs,
    /// Get a new session although the old one is valid
    #[arg(short, long)]
    pub force: bool,
    /// How long the session lasts, such as 12h, 1h30m or 43200 seconds [default: MFA_STS_DURATION, the long-term
    /// section's duration_seconds, 12h, 1h with a role]
    #[arg(long, visible_alias = "duration-seconds", value_name = "DURATION", value_parser = NonEmptyStringValueParser::new())]
    pub duration: Option<String>,
    /// Name of the role session [default: your user name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub role_session_name: Option<String>,
    /// External ID that the role's trust policy asks for
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub external_id: Option<String>,
    /// MFA serial: the device's ARN, or a hardware token's number [default: MFA_DEVICE, the long-term section's
    /// aws_mfa_device or mfa_serial, mfa_serial of the config file's profile]
    #[arg(long, visible_alias = "serial-number", value_name = "SERIAL", help_heading = "MFA code", value_parser = NonEmptyStringValueParser::new())]
    pub device: Option<String>,
    /// The token code, instead of being asked for it
    #[arg(
        long,
        visible_alias = "mfa-token",
        value_name = "CODE",
        help_heading = "MFA code",
        allow_hyphen_values = true
    )]
    pub token: Option<String>,
    /// A command that prints the code, such as `ykman oath accounts code -s aws` [default: mfa_process of the long-term
    /// section, then of the config file's profile]
    #[arg(
        long,
        value_name = "COMMAND",
        help_heading = "MFA code",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub token_command: Option<String>,
    /// Never ask at the terminal; exit with 3 where a code is needed
    #[arg(long, help_heading = "MFA code")]
    pub no_prompt: bool,
}

impl RefreshArgs {
    /// These options, or those given before the command.
    #[must_use]
    pub fn or(&self, before: &Self) -> Self {
        let or = |after: &Option<String>, before: &Option<String>| {
            after.clone().or_else(|| before.clone())
        };
        Self {
            validity: self.validity.or(&before.validity),
            force: self.force || before.force,
            duration: or(&self.duration, &before.duration),
            role_session_name: or(&self.role_session_name, &before.role_session_name),
            external_id: or(&self.external_id, &before.external_id),
            device: or(&self.device, &before.device),
            token: or(&self.token, &before.token),
            token_command: or(&self.token_command, &before.token_command),
            no_prompt: self.no_prompt || before.no_prompt,
        }
    }

    /// The first option given that only a refresh can use, for commands that never refresh.
    #[must_use]
    pub fn first_given(&self) -> Option<&'static str> {
        let of_setup = [
            (self.duration.is_some(), "--duration"),
            (self.device.is_some(), "--device"),
        ];
        let mut given = of_setup.into_iter();
        let given = given.find_map(|(given, name)| given.then_some(name));
        given.or_else(|| self.first_given_but_for_setup())
    }

    fn first_given_but_for_setup(&self) -> Option<&'static str> {
        [
            (self.force, "--force"),
            (self.role_session_name.is_some(), "--role-session-name"),
            (self.external_id.is_some(), "--external-id"),
            (self.token.is_some(), "--token"),
            (self.token_command.is_some(), "--token-command"),
            (self.no_prompt, "--no-prompt"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }

    /// The first option given, those of [`ValidityArgs`] included.
    #[must_use]
    pub fn first_given_of_all(&self) -> Option<&'static str> {
        self.first_given().or(self.validity.first_given())
    }

    /// The first option given that `setup` can't use.
    #[must_use]
    pub fn first_given_against_setup(&self) -> Option<&'static str> {
        self.first_given_but_for_setup()
            .or(self.validity.first_given())
    }
}
