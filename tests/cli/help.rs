//! `-h` and `--help` of every command.

use aws_mfa::HelpBlock;
use clap::{Arg, Command};

use crate::support::home::Home;
use crate::support::{STORED_ACCESS_KEY_ID, session_section};

const FLAGS: [&str; 2] = ["-h", "--help"];

/// The definition of the program, then of each command, with all of their options.
fn commands() -> Vec<Command> {
    let mut root = aws_mfa::command_line();
    root.build();
    let commands = root.get_subcommands().filter(|c| c.get_name() != "help");
    let commands = commands.cloned().collect();
    [vec![root], commands].concat()
}

/// The help of a command at a terminal so many columns wide.
#[track_caller]
fn help(command: &Command, flag: &str, columns: usize) -> String {
    let home = Home::empty();
    let name = command.get_name();
    let args: &[&str] = if name == "aws-mfa" {
        &[flag]
    } else {
        &[name, flag]
    };
    let run = home.run_offline(args).env("COLUMNS", &columns.to_string());
    run.run().exits(0).says_nothing().stdout
}

/// The lines of a section of the help, without its heading.
fn section<'t>(help: &'t str, heading: &str) -> Vec<&'t str> {
    let lines = help.lines().skip_while(|line| *line != heading).skip(1);
    lines
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .collect()
}

#[test]
fn every_help_has_what_it_should() {
    for command in commands() {
        let name = command.get_name();
        let full_name = command.get_bin_name().unwrap();
        let short = help(&command, "-h", 80);
        let usage = format!("Usage: {full_name}");
        let pointer = format!("\n\nFor details: {full_name} --help\n");
        for words in [&*usage, "\nExamples:\n  # ", &*pointer] {
            assert!(short.contains(words), "{name}: {words}: {short}");
        }
        assert!(!short.contains("Exit codes"), "{name}: {short}");
        let long = help(&command, "--help", 80);
        let about_itself = ["Variables:\n  ", "Files:\n  "];
        let has_settings = name != "completions";
        for words in [&*usage, "\nExamples:\n  # ", "\nExit codes:\n  "]
            .into_iter()
            .chain(about_itself.into_iter().filter(|_| has_settings))
        {
            assert!(long.contains(words), "{name}: {words}: {long}");
        }
    }
}

/// A short help is read at once.
#[test]
fn short_help_fits_a_terminal() {
    for command in commands() {
        let short = help(&command, "-h", 100);
        let lines = short.lines().count();
        assert!(
            lines <= 45,
            "{}: {lines} lines: {short}",
            command.get_name()
        );
    }
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for command in commands() {
        for flag in FLAGS {
            for columns in [60, 80, 100] {
                let help = help(&command, flag, columns);
                for line in help.lines() {
                    let name = command.get_name();
                    let width = line.chars().count();
                    assert!(width <= columns, "{name} {flag} at {columns}: {line}");
                }
            }
        }
    }
}

/// `setup` is what a new user needs; then comes what is used most. One line each.
#[test]
fn commands_stand_in_the_order_of_use() {
    let expected = [
        "setup",
        "check",
        "list",
        "env",
        "exec",
        "credential-process",
        "rotate",
        "clear",
        "completions",
        "help",
    ];
    let root = &commands()[0];
    for flag in FLAGS {
        let help = help(root, flag, 80);
        let lines = section(&help, "Commands:");
        let lines = lines.iter().filter(|line| !line.is_empty());
        // A line that goes on has no name.
        let names: Vec<&str> = lines
            .map(|line| line[2..].split(' ').next().unwrap())
            .collect();
        assert_eq!(names, expected, "{help}");
    }
}

#[test]
fn comments_stand_above_examples() {
    for command in commands() {
        for flag in FLAGS {
            let help = help(&command, flag, 80);
            let lines = section(&help, "Examples:").join("\n");
            for example in lines.trim_end().split("\n\n") {
                let (comments, code): (Vec<&str>, Vec<&str>) =
                    example.lines().partition(|line| line.starts_with("  # "));
                let is_above = example.starts_with("  # ") && !comments.is_empty();
                let has_another = code.iter().any(|line| line.contains('#'));
                let name = command.get_name();
                assert!(is_above && !has_another, "{name} {flag}: {example}");
                assert!(!code.is_empty(), "{name} {flag}: {example}");
            }
        }
    }
}

/// What is copied from an example is accepted.
#[test]
fn examples_are_the_program_s() {
    let mut checked = 0;
    for command in commands() {
        for section in aws_mfa::help_sections(command.get_name()) {
            for block in &section.blocks {
                let HelpBlock::Example { command, .. } = block else {
                    continue;
                };
                parses(&command.replace("\\\n", ""));
                checked += 1;
            }
        }
    }
    assert!(checked > 25, "{checked}");
}

/// Checks the options of the command in a shell's line.
#[track_caller]
fn parses(line: &str) {
    let (_, rest) = line.split_once("aws-mfa ").unwrap_or((line, ""));
    let (options, command) = match rest.split_once(" -- ") {
        Some((options, _)) => (options, "-- x"),
        None => (rest, ""),
    };
    let end = options.find(['|', '<', '>', ')', '\'', '"', '…', '\n', '#']);
    let options = &options[..end.unwrap_or(options.len())];
    let words = format!("aws-mfa {options} {command}");
    let parsed = aws_mfa::command_line().try_get_matches_from(words.split_whitespace());
    if let Err(error) = parsed {
        panic!("{line}: {error}");
    }
}

/// The line of a help that begins with the option.
fn lists(help: &str, option: &Arg) -> bool {
    let long = format!("--{}", option.get_long().unwrap());
    let is_its = |line: &str| {
        let words = line.trim_start();
        // Behind a short one.
        let words = words
            .split_once(", --")
            .map_or(words, |(short, _)| &words[short.len() + 2..]);
        words.split([' ', '=']).next() == Some(&long)
    };
    help.lines()
        .filter(|line| line.starts_with("  "))
        .any(is_its)
}

#[test]
fn the_long_help_lists_every_option_that_is_used() {
    for command in commands() {
        let short = help(&command, "-h", 100);
        let long = help(&command, "--help", 100);
        let options = command.get_arguments().filter(|arg| !arg.is_positional());
        for option in options {
            let name = (command.get_name(), option.get_id());
            let is_visible = !option.is_hide_set();
            assert_eq!(lists(&long, option), is_visible, "{name:?}: {long}");
            let is_everyday = is_visible && !option.is_hide_short_help_set();
            assert_eq!(lists(&short, option), is_everyday, "{name:?}: {short}");
            // A default is where the details are.
            assert!(!short.contains("[default"), "{name:?}: {short}");
        }
    }
}

#[test]
fn what_is_for_users_of_the_python_tool_is_hidden() {
    let root = &commands()[0];
    for flag in FLAGS {
        let help = help(root, flag, 80);
        assert!(!help.contains("--log-level") && !help.contains("--setup"));
    }
}

#[test]
fn a_profile_may_be_named_before_or_after_the_command() {
    let text = session_section(3600).replace("[dev]", "[prod]");
    let home = Home::with(&text);
    for args in [&["-p", "prod", "check"][..], &["check", "-p", "prod"]] {
        let outcome = home.run_offline(args).run().exits(0);
        assert!(outcome.stdout.starts_with("prod: "), "{}", outcome.stdout);
    }
    let outcome = home
        .run_offline(&["-p", "prod", "env"])
        .hands_over()
        .run()
        .exits(0);
    assert!(outcome.stdout.contains(STORED_ACCESS_KEY_ID));
}
