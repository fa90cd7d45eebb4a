//! What can be typed on the command line. Types only: they hold what the user typed, and no behaviour. Meaning, defaults
//! and precedence are [`crate::settings`]'s.

#![allow(
    clippy::doc_markdown,
    rustdoc::broken_intra_doc_links,
    reason = "the options' doc comments are the text of --help"
)]

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  aws-mfa                          refresh the default profile, if its session isn't valid any more
  aws-mfa --profile dev --force    a new session for dev, although the old one is valid
  aws-mfa --duration 1h30m         a shorter session
  oathtool … | aws-mfa -p dev      the token code from another program
  aws-mfa check -p dev             is the session valid? the exit code answers

Exit codes:
  0    the session is valid, still or anew
  1    it failed; the reason is on standard error
  2    wrong command line
  3    a refresh is due and nobody could be asked for the code
  130  cancelled";

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
    after_help = EXAMPLES
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
        args_override_self = true
    )]
    Check(ValidityArgs),
    /// Store a profile's permanent keys and MFA device, after proving them; move them out of the way; replace rotated ones
    #[command(long_about = SETUP, args_override_self = true, after_help = SETUP_EXAMPLES)]
    Setup(SetupArgs),
}

const SETUP: &str = "\
Store a profile's permanent keys and its MFA device in [NAME-long-term] of the credentials file. It asks for what it needs, \
proves the keys to AWS, and only then writes. Keys that `aws configure` has put into [NAME] are moved; keys that are there \
already can be replaced by rotated ones. At the end it gets the first session.

The secret access key is never an option: it is asked for, or read from standard input where that is no terminal.";

const SETUP_EXAMPLES: &str = "\
Examples:
  aws-mfa setup                                        asks for everything
  aws-mfa setup --profile dev                          for profile dev
  aws-mfa setup -p dev --access-key-id AKIA… --device arn:aws:iam::123456789012:mfa/alice --yes <secret
                                                       without a question

Exit codes:
  0    the keys are stored, and the first session too if it was asked for
  1    it failed; the reason is on standard error
  2    wrong command line, or something is missing and nobody can be asked
  130  cancelled; nothing was changed";

/// Which profile, in which files.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Profile and files")]
pub struct CommonArgs {
    /// Profile that gets the session [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`]
    #[arg(short, long, value_name = "NAME", global = true, value_parser = NonEmptyStringValueParser::new())]
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

    /// The first option given that `setup` can't use.
    #[must_use]
    pub fn first_given_against_setup(&self) -> Option<&'static str> {
        self.first_given_but_for_setup()
            .or(self.validity.first_given())
    }
}
