//! `aws-mfa env`: prints statements that set or remove the session's variables.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use clap::ValueEnum;

use super::context::Context;
use super::hand_over::{self, PROFILE, removal};
use crate::cli::{CommonArgs, EnvArgs, RefreshArgs};
use crate::error::Error;
use crate::sanitize::shorten;
use crate::settings::{Environment, MIN_REMAINING_FOR_HANDOVER, Verb};
use crate::shell::statements::{Change, can_set, statements};
use crate::shell::{Format, Shell, option};

/// Opens the profile only if the statements depend on it.
pub(super) fn run<'a>(
    common: &CommonArgs,
    args: &EnvArgs,
    environment: &Environment,
    open: impl Fn(&RefreshArgs, Duration) -> Result<Context<'a>, Error>,
) -> Result<(), Error> {
    let format = match args.format {
        Some(format) => format,
        None => match environment.shell()? {
            Shell::Known(format) => format,
            shell => {
                let context = open(&args.refresh, Duration::ZERO).ok();
                return Err(no_syntax(shell, context.as_ref(), args, environment));
            }
        },
    };
    if args.unset {
        // Without files that can be read, a region in the environment may be the user's own.
        let has_region = || -> Result<bool, Error> {
            hand_over::has_region(&open(&RefreshArgs::default(), Duration::ZERO)?)
        };
        let with_region = common.region.is_some() || has_region().unwrap_or(false);
        return print(format, &removal(with_region));
    }
    let context = open(&args.refresh, MIN_REMAINING_FOR_HANDOVER)?;
    let session = hand_over::session(&context, &args.refresh)?;
    if std::io::stdout().is_terminal() {
        explain(&context, format, args.format.is_some());
    }
    session.with_variables(|changes| {
        let changes: Vec<Change<'_>> = changes
            .iter()
            .map(|change| settable(format, *change))
            .collect();
        print(format, &changes)
    })
}

/// At a terminal, the statements are only shown: they change nothing.
fn explain(context: &Context<'_>, format: Format, is_given: bool) {
    let mut command = context.selection.command_line(Verb::Env);
    if is_given && let Some(value) = format.to_possible_value() {
        command.extend([" --format ", value.get_name()]);
    }
    let line = match format {
        Format::Env => format!("eval \"$({command})\""),
        Format::Fish => format!("{command} | source"),
        Format::Powershell => format!("{command} | Out-String | Invoke-Expression"),
        Format::EnvNoExport | Format::WindowsCmd | Format::Json => return,
    };
    context.console.suggest("to set it in this shell:", line);
}

/// A profile's name may be one that the shell can't take, which is no reason to give it no session.
fn settable(format: Format, change: Change<'_>) -> Change<'_> {
    let is_settable =
        change.name != PROFILE || change.value.is_some_and(|name| can_set(format, name));
    Change {
        value: change.value.filter(|_| is_settable),
        ..change
    }
}

/// The error for a shell that reads none of the formats but JSON.
fn no_syntax(
    shell: Shell,
    context: Option<&Context<'_>>,
    args: &EnvArgs,
    environment: &Environment,
) -> Error {
    let named = environment.shell_program().to_string_lossy().into_owned();
    let command = |verb, default: &str| {
        let command = context.map(|context| context.selection.command_line(verb));
        command.unwrap_or_else(|| default.to_owned())
    };
    let mut print = command(Verb::Env, "aws-mfa env");
    if let Some(least) = &args.refresh.validity.min_remaining {
        print.extend([" ", &option("--min-remaining", least)]);
    }
    for (word, is_given) in [(" --force", args.refresh.force), (" --unset", args.unset)] {
        print.push_str(if is_given { word } else { "" });
    }
    print.push_str(" --format json");
    Error::CommandLine {
        problem: format!(
            "aws-mfa doesn't print the syntax of {} (from SHELL)",
            shorten(&named)
        ),
        tip: Some(match shell.line_for_json(&print) {
            Some(line) => format!("run `{line}`"),
            None if shell == Shell::Csh && !args.unset => format!(
                "run `{}`, which opens a shell with the session",
                command(Verb::Exec, "aws-mfa exec")
            ),
            None => "name a syntax with --format".to_owned(),
        }),
    }
}

fn print(format: Format, changes: &[Change<'_>]) -> Result<(), Error> {
    let text = statements(format, changes)?;
    // A partial write must be an error: the shell would take it for everything.
    let mut output = std::io::stdout();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(Error::output)
}
