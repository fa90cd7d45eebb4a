//! What can be typed on the command line. The types hold what the user typed, and nothing more; meaning, defaults and precedence
//! are [`crate::settings`]'s.

#![allow(
    clippy::doc_markdown,
    rustdoc::broken_intra_doc_links,
    reason = "the options' doc comments are the text of --help"
)]

mod fast_path;
mod help;
mod options;

use std::ffi::OsString;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use options::{CommonArgs, LogLevel, OutputArgs, RefreshArgs, ValidityArgs};

/// Asks for your MFA code once and keeps a temporary AWS session in the shared credentials file, for every AWS tool.
#[derive(Debug, Default, Parser)]
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
