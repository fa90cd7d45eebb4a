//! All commands accept the options for profile, files and output, but the help of each shows only
//! those that it uses.

use clap::{Arg, Command};

use crate::support::home::Home;
use crate::support::{keys_section, long_term_section, session_section_until};

/// They need no network, so that what an option changes can be seen.
const OFFLINE: [&str; 4] = ["check", "list", "clear", "completions"];

/// A home with two sessions, keys in unusual sections, and a role.
fn home() -> Home {
    let session = session_section_until("2199-01-01 00:00:00");
    let text = [
        long_term_section(),
        session.clone(),
        session.replace("[dev]", "[ops]"),
        keys_section("keys"),
        keys_section("spare-x"),
    ];
    let home = Home::with(&text.concat());
    home.set_config(
        "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = dev\n",
    );
    home.write("empty", "");
    home
}

/// The option with a value that isn't the default.
fn with_value(option: &Arg) -> Vec<String> {
    let long = format!("--{}", option.get_long().unwrap());
    let value = match option.get_id().as_str() {
        "profile" => "ops",
        "long_term_profile" => "keys",
        "region" => "eu-west-1",
        "credentials_file" | "config_file" => "no-such-file",
        "log_level" => "ERROR",
        _ => "x",
    };
    let takes_value = option.get_action().takes_values();
    [long]
        .into_iter()
        .chain(takes_value.then(|| value.to_owned()))
        .collect()
}

/// Where the option makes a difference, if the command uses it.
fn situation(command: &str, option: &str) -> &'static [&'static str] {
    match (command, option) {
        ("list", "profile") => &["--long-term-profile", "keys"],
        ("list", "quiet") => &["--credentials-file", "empty"],
        ("completions", _) => &["bash"],
        ("list", _) | (_, "profile") => &[],
        // There is no such profile, unless that says where its keys are.
        (_, "long_term_suffix" | "long_term_profile") => &["-p", "spare"],
        (_, "config_file") => &["-p", "admin"],
        _ => &["-p", "dev"],
    }
}

/// Everything that a run does, without what differs from run to run.
fn outcome(args: &[String]) -> String {
    let home = home();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = home.run_offline(&args).in_home().run();
    let said = format!(
        "{:?}\n{}\n{}\n{}",
        outcome.code,
        outcome.stdout,
        outcome.stderr,
        home.credentials()
    );
    let said = said.replace(home.path().to_str().unwrap(), "~");
    said.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn command_line() -> Command {
    let mut root = aws_mfa::command_line();
    root.build();
    root
}

fn shared(root: &Command) -> impl Iterator<Item = &Arg> {
    root.get_arguments()
        .filter(|arg| arg.is_global_set() && arg.get_id() != "log_level")
}

fn shows(command: &Command, option: &Arg) -> bool {
    let mut options = command.get_arguments();
    options.any(|arg| arg.get_id() == option.get_id() && !arg.is_hide_set())
}

#[test]
fn a_help_shows_the_shared_options_that_the_command_uses() {
    let root = command_line();
    let mut hidden = 0;
    for name in OFFLINE {
        let command = root.find_subcommand(name).unwrap();
        for option in shared(&root) {
            let id = option.get_id().as_str();
            let situation = situation(name, id).iter().map(|word| (*word).to_owned());
            let without: Vec<String> = [name.to_owned()].into_iter().chain(situation).collect();
            let with = [without.clone(), with_value(option)].concat();
            let is_used = outcome(&without) != outcome(&with);
            assert_eq!(shows(command, option), is_used, "{name}: {id}");
            hidden += usize::from(!is_used);
        }
    }
    assert_eq!(hidden, 12, "three regions, and all nine of completions");
}

/// They get a session, which needs all of these.
#[test]
fn the_help_of_other_commands_shows_all_shared_options() {
    let root = command_line();
    let commands = root.get_subcommands();
    let others = commands.filter(|command| !OFFLINE.contains(&command.get_name()));
    let others: Vec<&Command> = others.filter(|c| c.get_name() != "help").collect();
    assert_eq!(others.len(), 5);
    for command in others {
        for option in shared(&root) {
            let name = (command.get_name(), option.get_id());
            assert!(shows(command, option), "{name:?}");
        }
    }
}

/// Aliases may hold them.
#[test]
fn hidden_options_are_accepted_before_and_after_the_command() {
    let root = command_line();
    for name in OFFLINE {
        let command = root.find_subcommand(name).unwrap();
        let rest = if name == "completions" { "bash" } else { "-v" };
        for option in shared(&root).filter(|option| !shows(command, option)) {
            let mut words = vec![name.to_owned(), rest.to_owned()];
            if name != "completions" {
                words.extend(["-p", "dev"].map(str::to_owned));
            }
            for args in [
                [with_value(option), words.clone()].concat(),
                [words, with_value(option)].concat(),
            ] {
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                home().run_offline(&args).run().exits(0);
            }
        }
    }
}
