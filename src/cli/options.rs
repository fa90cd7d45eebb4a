//! The options that commands share.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser as NonEmpty;
use clap::{ArgAction, Args, ValueEnum};

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Profile and files")]
pub(crate) struct CommonArgs {
    /// Profile that gets the session
    ///
    /// [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`]
    #[arg(short, long, value_name = "NAME", global = true, value_parser = NonEmpty::new())]
    pub(crate) profile: Option<String>,
    /// The permanent keys are in [NAME-SUFFIX]; `none`: in [NAME]
    ///
    /// [default: long-term]
    #[arg(long, visible_alias = "long-suffix", value_name = "SUFFIX", global = true, value_parser = NonEmpty::new())]
    pub(crate) long_term_suffix: Option<String>,
    /// The permanent keys are in [NAME] exactly, whatever profile the session is for
    #[arg(long, value_name = "NAME", global = true, conflicts_with = "long_term_suffix", value_parser = NonEmpty::new())]
    pub(crate) long_term_profile: Option<String>,
    /// The session is in [NAME-SUFFIX]; `none`: in [NAME]
    ///
    /// [default: none]
    #[arg(long, visible_alias = "short-suffix", value_name = "SUFFIX", global = true, value_parser = NonEmpty::new())]
    pub(crate) short_term_suffix: Option<String>,
    /// Region whose STS is called
    ///
    /// [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's region, else one in the MFA device's
    /// part of AWS, such as us-east-1]
    #[arg(long, value_name = "REGION", global = true, value_parser = NonEmpty::new())]
    pub(crate) region: Option<String>,
    /// Shared credentials file
    ///
    /// [default: AWS_SHARED_CREDENTIALS_FILE, ~/.aws/credentials]
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) credentials_file: Option<PathBuf>,
    /// Config file
    ///
    /// [default: AWS_CONFIG_FILE, ~/.aws/config]
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) config_file: Option<PathBuf>,
}

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Print errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print the settings used, where each came from, and each step with its time
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub(crate) verbose: bool,
    /// How the Python aws-mfa sets the verbosity.
    #[arg(
        long,
        value_name = "LEVEL",
        global = true,
        hide = true,
        ignore_case = true
    )]
    pub(crate) log_level: Option<LogLevel>,
}

/// Levels of Python's logging module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum LogLevel {
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
pub(crate) struct ValidityArgs {
    /// Treat a session with less time left as expired, for example 30m
    ///
    /// [default: 0]
    #[arg(long, value_name = "DURATION", value_parser = NonEmpty::new())]
    pub(crate) min_remaining: Option<String>,
    /// Role that the session is for
    ///
    /// [default: MFA_ASSUME_ROLE, the long-term section's assume_role, no role]
    #[arg(long, visible_alias = "assume", value_name = "ARN", value_parser = NonEmpty::new())]
    pub(crate) assume_role: Option<String>,
}

impl ValidityArgs {
    /// Falls back to the options given before the command.
    pub(crate) fn or(&self, before: &Self) -> Self {
        Self {
            min_remaining: or(self.min_remaining.as_ref(), before.min_remaining.as_ref()),
            assume_role: or(self.assume_role.as_ref(), before.assume_role.as_ref()),
        }
    }
}

/// Where the code comes from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "MFA code")]
pub(crate) struct CodeArgs {
    /// MFA serial: ARN or number of the device
    ///
    /// [default: MFA_DEVICE, else aws_mfa_device or mfa_serial of the long-term section, then of the
    /// config file's profiles, else your only device, asked of IAM]
    #[arg(long, visible_alias = "serial-number", value_name = "SERIAL", value_parser = NonEmpty::new())]
    pub(crate) device: Option<String>,
    /// The MFA code, instead of being asked for it
    #[arg(
        long,
        visible_alias = "mfa-token",
        value_name = "CODE",
        allow_hyphen_values = true
    )]
    pub(crate) token: Option<String>,
    /// A command that prints the code
    ///
    /// For example `ykman oath accounts code -s aws`. It is split into words as in a shell, but no
    /// shell runs it.
    ///
    /// [default: mfa_process of the long-term section, then of the config file's profile]
    #[arg(
        long,
        value_name = "COMMAND",
        value_parser = NonEmpty::new()
    )]
    pub(crate) token_command: Option<String>,
    /// Never ask anybody for the code, at a terminal or by an askpass program; fail if one is needed
    #[arg(long)]
    pub(crate) no_prompt: bool,
}

impl CodeArgs {
    /// Falls back to the options given before the command.
    pub(crate) fn or(&self, before: &Self) -> Self {
        Self {
            device: or(self.device.as_ref(), before.device.as_ref()),
            token: or(self.token.as_ref(), before.token.as_ref()),
            token_command: or(self.token_command.as_ref(), before.token_command.as_ref()),
            no_prompt: self.no_prompt || before.no_prompt,
        }
    }
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Session")]
pub(crate) struct RefreshArgs {
    #[command(flatten)]
    pub(crate) validity: ValidityArgs,
    /// Get a new session even if the old one is still valid
    #[arg(short, long)]
    pub(crate) force: bool,
    /// How long the session lasts, such as 1h30m
    ///
    /// A number without units is in seconds.
    ///
    /// [default: MFA_STS_DURATION, duration_seconds of the long-term section in either file, 12h, 1h
    /// with a role]
    #[arg(long, visible_alias = "duration-seconds", value_name = "DURATION", value_parser = NonEmpty::new())]
    pub(crate) duration: Option<String>,
    /// Name of the role session
    ///
    /// [default: the long-term section's role_session_name, your user name]
    #[arg(long, value_name = "NAME", value_parser = NonEmpty::new())]
    pub(crate) role_session_name: Option<String>,
    /// External ID that the role's trust policy requires
    ///
    /// [default: the long-term section's external_id]
    #[arg(long, value_name = "ID", value_parser = NonEmpty::new())]
    pub(crate) external_id: Option<String>,
    #[command(flatten)]
    pub(crate) code: CodeArgs,
}

impl RefreshArgs {
    /// Falls back to the options given before the command.
    pub(crate) fn or(&self, before: &Self) -> Self {
        Self {
            validity: self.validity.or(&before.validity),
            force: self.force || before.force,
            duration: or(self.duration.as_ref(), before.duration.as_ref()),
            role_session_name: or(
                self.role_session_name.as_ref(),
                before.role_session_name.as_ref(),
            ),
            external_id: or(self.external_id.as_ref(), before.external_id.as_ref()),
            code: self.code.or(&before.code),
        }
    }
}

fn or(after: Option<&String>, before: Option<&String>) -> Option<String> {
    after.or(before).cloned()
}
