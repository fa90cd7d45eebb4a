//! Parses everyday command lines without clap, whose setup takes longer than everything else that
//! aws-mfa does while a session is valid. Pure.

use std::ffi::OsString;

use lexopt::Arg::{Long, Short, Value};

use super::{CheckArgs, Cli, Command};

/// Parses refresh and `check` command lines exactly as clap would. Returns `None` for all others
/// and for errors, which are left to clap.
pub(super) fn parse(words: &[OsString]) -> Option<Cli> {
    // What follows `--` is never a command.
    if words.iter().any(|word| word == "--") {
        return None;
    }
    let mut words = lexopt::Parser::from_iter(words);
    let mut cli = Cli::default();
    let mut check: Option<CheckArgs> = None;
    while let Some(word) = words.next().ok()? {
        match word {
            // The user should hear of a second one.
            Short('p') | Long("profile") if cli.common.profile.is_none() => {
                cli.common.profile = Some(value(&mut words)?);
            }
            Short('q') | Long("quiet") => cli.output.quiet = true,
            Long("min-remaining") => {
                let validity = match &mut check {
                    Some(check) => &mut check.validity,
                    None => &mut cli.refresh.validity,
                };
                validity.min_remaining = Some(value(&mut words)?);
            }
            Long("json") => check.as_mut()?.json = true,
            Value(command) if command == "check" && check.is_none() => {
                check = Some(CheckArgs::default());
            }
            _ => return None,
        }
    }
    cli.command = check.map(Command::Check);
    Some(cli)
}

/// `None` if the value could be the next option.
fn value(words: &mut lexopt::Parser) -> Option<String> {
    let value = words.value().ok()?.into_string().ok()?;
    (!value.is_empty() && !value.starts_with('-')).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words_of(line: &[&str]) -> Vec<OsString> {
        let words = ["aws-mfa"].iter().chain(line);
        words.map(OsString::from).collect()
    }

    #[test]
    fn readme_command_lines_take_the_fast_path() {
        for line in [
            &[][..],
            &["-p", "dev"],
            &["--profile", "dev"],
            &["--profile=dev", "--quiet"],
            &["-p", "dev", "--min-remaining", "30m"],
            &["check"],
            &["-q", "check", "-p", "dev"],
            &["check", "--json", "--min-remaining", "1h"],
        ] {
            assert!(parse(&words_of(line)).is_some(), "{line:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn the_fast_path_agrees_with_clap(
            line in prop::collection::vec(
                prop::sample::select(&[
                    "-p", "-pdev", "-p=dev", "-p-x", "--profile", "--profile=dev", "--profile=",
                    "--prof", "dev", "check", "check", "-q", "--quiet", "--quiet=1", "-qp", "-qq",
                    "--min-remaining", "--min-remaining=5m", "30m", "--json", "--json", "", "--",
                    "-", "-x", "--force", "-f", "list", "=", "-p=", "-q=",
                ][..]),
                0..6,
            ),
        ) {
            let words = words_of(&line);
            if let Some(quick) = parse(&words) {
                let full = Cli::parse_with_clap(&words);
                let full = full.map_err(|error| TestCaseError::fail(format!("{line:?}: {error}")))?;
                prop_assert_eq!(format!("{quick:?}"), format!("{full:?}"), "{:?}", line);
            }
        }
    }
}
