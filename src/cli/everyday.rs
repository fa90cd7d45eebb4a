//! The quick way through the command line.

use std::mem::ManuallyDrop;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::{CheckArgs, Cli, Command, CommonArgs, OutputArgs, RefreshArgs};

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
