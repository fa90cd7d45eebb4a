//! The command line. Pure: the types hold only what the user typed, before or after a command; what
//! it means, and what counts if it is missing, belongs to [`crate::settings`].

#![allow(
    clippy::doc_markdown,
    rustdoc::broken_intra_doc_links,
    reason = "the options' doc comments are the text of --help"
)]

mod fast_path;
mod help;
mod options;

use std::ffi::OsString;

use clap::builder::NonEmptyStringValueParser as NonEmpty;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::shell::Format;

use help::add_help;
pub use help::{HelpBlock, HelpSection, help_sections};
pub(crate) use options::{CodeArgs, CommonArgs, LogLevel, OutputArgs, RefreshArgs, ValidityArgs};

#[derive(Debug, Default, Parser)]
#[command(
    name = "aws-mfa",
    bin_name = "aws-mfa",
    version,
    args_override_self = true,
    max_term_width = help::MAX_WIDTH
)]
#[command(
    about = "Asks for your MFA code once and keeps a temporary AWS session in the shared \
        credentials file",
    long_about = "Asks for your MFA code once and keeps a temporary AWS session in the shared \
        credentials file.\n\n\
    `aws-mfa --profile dev` reads the permanent keys and the MFA device in [dev-long-term] of \
    ~/.aws/credentials, asks for the code, and writes the session to [dev], where every AWS tool \
    finds it. As long as that session is valid, aws-mfa says so at once, without a code and \
    without the network."
)]
pub(crate) struct Cli {
    /// Accepted before and after a command.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(flatten)]
    pub(crate) refresh: RefreshArgs,
    /// Accepted before and after a command.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// How the Python aws-mfa spells `setup`.
    #[arg(long, hide = true)]
    pub(crate) setup: bool,
    /// `None` means a refresh.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// A profile that was given, too, before the one that counts.
    #[arg(skip)]
    pub(crate) ignored_profile: Option<String>,
}

/// In the order of the help. Each description takes one line of 80 columns.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Store a profile's permanent keys and its MFA device
    ///
    /// They go to [NAME-long-term] of the credentials file. The command asks for what it needs, checks
    /// the keys with AWS, and only then writes. Keys that `aws configure` has put into [NAME] are
    /// moved; keys that are there already can be replaced with rotated ones. At the end it gets the
    /// first session.
    ///
    /// The secret access key is never an option: it is asked for, or read from standard input if that
    /// isn't a terminal.
    Setup(SetupArgs),
    /// Check whether the session is valid
    ///
    /// The answer is on standard output and in the exit code. This works offline and never asks for a
    /// code.
    Check(CheckArgs),
    /// List every profile that has permanent keys or a session
    List(ListArgs),
    /// Print statements that set the session in a shell
    ///
    /// If less than --min-remaining is left of the session, aws-mfa first gets a new one. The prompt and
    /// all messages go to the terminal or to standard error.
    Env(EnvArgs),
    /// Run a command, or a shell, with the session
    ///
    /// The command, or without one your shell, gets the session in its environment. If less than
    /// --min-remaining is left of the session, aws-mfa first gets a new one.
    Exec(ExecArgs),
    /// Print the session as JSON for credential_process
    ///
    /// The AWS CLI and the AWS SDKs run it where a profile of the config file says so. If less than
    /// --min-remaining is left of the session, it first gets a new one: it asks for the code at the
    /// terminal, or by an askpass program, whatever the caller does with the standard streams.
    CredentialProcess(CredentialProcessArgs),
    /// Replace a profile's permanent keys with new ones
    ///
    /// IAM makes the new keys; it answers to the session, or to a new one if that is due. They are
    /// stored in the long-term section, and in every other section with the same pair. When all of
    /// AWS knows them, the old ones are made inactive. If something goes wrong on the way, no key is
    /// lost: the message says what became of which key, and the next run finishes what is left.
    Rotate(RotateArgs),
    /// Remove the session from the credentials file
    ///
    /// Everything else in the file stays, permanent keys above all. AWS itself accepts the session
    /// until it expires.
    Clear,
    /// Print the script that completes options and profiles
    ///
    /// The shell then completes commands, options, and the names of your own profiles.
    Completions(CompletionsArgs),
}

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) validity: ValidityArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

impl CheckArgs {
    /// As of a refresh without other options.
    pub(crate) fn refresh(&self) -> RefreshArgs {
        RefreshArgs {
            validity: self.validity.clone(),
            ..RefreshArgs::default()
        }
    }
}

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ListArgs {
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

#[derive(Args, Debug, Default)]
pub(crate) struct EnvArgs {
    /// The shell's syntax
    ///
    /// [default: that of the shell that SHELL names; on Windows powershell, env in MSYS2]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: Option<Format>,
    /// Print statements that remove these variables instead; needs no session
    #[arg(long, help_heading = "Output")]
    pub(crate) unset: bool,
    #[command(flatten)]
    pub(crate) refresh: RefreshArgs,
}

#[derive(Args, Debug, Default)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) refresh: RefreshArgs,
    /// The command and its arguments
    ///
    /// [default: your shell]
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Args, Debug, Default)]
pub(crate) struct CredentialProcessArgs {
    #[command(flatten)]
    pub(crate) refresh: RefreshArgs,
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Rotation")]
pub(crate) struct RotateArgs {
    /// Delete the old key, which can't be undone, instead of making it inactive
    #[arg(long)]
    pub(crate) delete_old: bool,
    /// Agree to replacing the keys in every section that has them
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Get a new session first if less time is left than this, 5m at least
    ///
    /// [default: 5m]
    #[arg(long, value_name = "DURATION", help_heading = "Session", value_parser = NonEmpty::new())]
    pub(crate) min_remaining: Option<String>,
    #[command(flatten)]
    pub(crate) code: CodeArgs,
}

impl RotateArgs {
    /// Of the session that signs.
    pub(crate) fn refresh(&self) -> RefreshArgs {
        RefreshArgs {
            validity: ValidityArgs {
                min_remaining: self.min_remaining.clone(),
                ..ValidityArgs::default()
            },
            code: self.code.clone(),
            ..RefreshArgs::default()
        }
    }
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct CompletionsArgs {
    /// The shell
    ///
    /// [default: powershell on Windows, elsewhere the shell that SHELL names]
    pub(crate) shell: Option<clap_complete::Shell>,
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Setup")]
pub(crate) struct SetupArgs {
    /// Access key ID of the permanent keys; the secret is asked for, or read from standard input
    #[arg(long, value_name = "ID", value_parser = NonEmpty::new())]
    pub(crate) access_key_id: Option<String>,
    /// MFA serial: ARN or number of the device
    #[arg(long, visible_alias = "serial-number", value_name = "SERIAL", value_parser = NonEmpty::new())]
    pub(crate) device: Option<String>,
    /// How long sessions last, such as 1h30m
    #[arg(long, visible_alias = "duration-seconds", value_name = "DURATION", value_parser = NonEmpty::new())]
    pub(crate) duration: Option<String>,
    /// Ask nothing: agree to moving or replacing keys, and get no session yet
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Returns the definition of the whole command line with its help, for man pages and completion.
#[must_use]
pub fn command_line() -> clap::Command {
    add_help(Cli::command())
}

impl Cli {
    /// The role that `--assume-role` names for `credential-process`.
    pub(crate) fn role(&self) -> Option<&str> {
        match &self.command {
            Some(Command::CredentialProcess(args)) => args.refresh.validity.assume_role.as_deref(),
            _ => None,
        }
    }

    /// Parses a command line whose first word is the program's name. Like clap, also returns an
    /// error if help or the version is requested.
    pub(crate) fn parse_words(words: &[OsString]) -> Result<Self, clap::Error> {
        let mut cli = match fast_path::parse(words) {
            Some(cli) => cli,
            None => Self::parse_with_clap(words)?,
        };
        cli.inherit_options();
        Ok(cli)
    }

    fn parse_with_clap<W: Into<OsString> + Clone>(
        words: impl IntoIterator<Item = W>,
    ) -> Result<Self, clap::Error> {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let matches = match Cli::command().try_get_matches_from(&words) {
            Err(error) if error.kind() == ErrorKind::DisplayHelp => {
                command_line().try_get_matches_from(&words)
            }
            matches => matches,
        }?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.refuse_no_command_after_hyphens(&words)?;
        let command = match matches.subcommand_name() {
            None if cli.setup => {
                cli.command = Some(Command::Setup(SetupArgs::default()));
                Some("setup")
            }
            command => command,
        };
        command.map_or(Ok(()), |command| {
            refuse_unsupported_options(&matches, command)
        })?;
        let used = cli.common.profile.as_ref();
        let mut given = given_profiles(words).into_iter();
        cli.ignored_profile = given.find(|profile| Some(profile) != used);
        Ok(cli)
    }

    /// In a script, a variable that should hold the command may be empty: that must not open a shell.
    fn refuse_no_command_after_hyphens(&self, words: &[OsString]) -> Result<(), clap::Error> {
        let is_shell =
            matches!(&self.command, Some(Command::Exec(args)) if args.command.is_empty());
        if is_shell && words.iter().any(|word| word == "--") {
            let problem = "no command after `--`; without `--`, exec opens your shell";
            return Err(Cli::command().error(ErrorKind::MissingRequiredArgument, problem));
        }
        Ok(())
    }

    /// Passes options given before a command on to the command, whose own take precedence.
    fn inherit_options(&mut self) {
        let before = &self.refresh;
        match &mut self.command {
            Some(Command::Check(args)) => args.validity = args.validity.or(&before.validity),
            Some(
                Command::Env(EnvArgs { refresh, .. }) | Command::Exec(ExecArgs { refresh, .. }),
            ) => {
                *refresh = refresh.or(before);
            }
            Some(Command::CredentialProcess(args)) => args.refresh = args.refresh.or(before),
            Some(Command::Rotate(args)) => {
                let given = &before.validity.min_remaining;
                args.min_remaining = args.min_remaining.take().or_else(|| given.clone());
                args.code = args.code.or(&before.code);
            }
            Some(Command::Setup(args)) => {
                args.device = args.device.take().or_else(|| before.code.device.clone());
                args.duration = args.duration.take().or_else(|| before.duration.clone());
            }
            None | Some(Command::List(_) | Command::Clear | Command::Completions(_)) => {}
        }
    }
}

/// Every profile on a command line, of which clap keeps only one.
fn given_profiles(words: Vec<OsString>) -> Vec<String> {
    let may_name_profile = |word: &&OsString| {
        let word = word.to_string_lossy();
        word.starts_with('-') && word.contains('p')
    };
    if words.iter().filter(may_name_profile).count() < 2 {
        return Vec::new();
    }
    let keep_all = |arg: clap::Arg| arg.action(clap::ArgAction::Append).global(false);
    let mut all = Cli::command().mut_arg("profile", keep_all);
    let names: Vec<String> = all
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let profile = all
        .get_arguments()
        .find(|arg| arg.get_id() == "profile")
        .cloned();
    for name in names {
        let profile = profile.clone();
        all = all.mut_subcommand(name, |command| command.args(profile));
    }
    let Ok(matches) = all.try_get_matches_from(words) else {
        return Vec::new();
    };
    let of = |matches: &ArgMatches| -> Vec<String> {
        let given = matches.get_many("profile").into_iter().flatten();
        given.cloned().collect()
    };
    let mut given = of(&matches);
    given.extend(
        matches
            .subcommand()
            .map(|(_, matches)| of(matches))
            .into_iter()
            .flatten(),
    );
    given
}

/// Refuses options before a command that the command itself doesn't have, by clap's definitions.
fn refuse_unsupported_options(matches: &ArgMatches, command: &str) -> Result<(), clap::Error> {
    let mut root = Cli::command();
    root.build();
    let Some(called) = root.find_subcommand(command) else {
        return Ok(());
    };
    let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let is_supported = |id| called.get_arguments().any(|arg| arg.get_id() == id);
    let unsupported = root.get_arguments().find(|arg| {
        let id = arg.get_id();
        id != "setup" && is_given(id.as_str()) && !is_supported(id)
    });
    let Some(option) = unsupported.and_then(clap::Arg::get_long) else {
        return Ok(());
    };
    let problem = format!("`aws-mfa {command}` doesn't accept --{option}");
    Err(called.clone().error(ErrorKind::ArgumentConflict, problem))
}
