//! What a command line can go on with, by clap's definitions. Pure.

use std::ffi::OsString;

use clap::{Arg, Command, ValueHint};

use super::answer::Candidate;
use crate::command_line::{Item, Walk, long_option, short_option, takes_value, takes_words};

/// What the word at the cursor may be.
pub(super) enum Place<'c> {
    /// An option of this command, a command below it, or its argument.
    Word(&'c Command),
    /// The value of this option. In the word before it, if it isn't in one word with the option.
    Value(&'c Arg),
    /// A word of the command line that `exec` runs. That begins at the word with this number.
    CommandLine(usize),
    Nothing,
}

/// Finds the place after `before`, the words from the program's name on. `root` is built.
pub(super) fn place<'c>(root: &'c Command, before: &[OsString]) -> Place<'c> {
    let mut walk = Walk::new(root, before);
    while let Some((words, item)) = walk.next() {
        match item {
            Item::WithoutValue(option) => return Place::Value(option),
            Item::Separator if takes_words(walk.command) => return Place::CommandLine(words.end),
            Item::Separator => return Place::Nothing,
            _ => {}
        }
    }
    Place::Word(walk.command)
}

/// The option whose value is in one word with it, and where the value begins: `--profile=d`, `-pd`.
pub(super) fn joined<'c>(command: &'c Command, word: &str) -> Option<(&'c Arg, usize)> {
    if let Some(rest) = word.strip_prefix("--") {
        let (name, _) = rest.split_once('=')?;
        let option = long_option(command, name)?;
        return takes_value(option).then_some((option, "--=".len() + name.len()));
    }
    for (at, name) in word.strip_prefix('-')?.char_indices() {
        let option = short_option(command, name)?;
        let mut start = "-".len() + at + name.len_utf8();
        if takes_value(option) && word.len() > start {
            start += usize::from(word[start..].starts_with('='));
            return Some((option, start));
        }
    }
    None
}

/// Options if a hyphen has been typed; else commands, or the values of an argument.
pub(super) fn words(command: &Command, typed: &str) -> Vec<Candidate> {
    let mut words = if typed.starts_with('-') {
        options(command, typed)
    } else {
        commands(command)
    };
    words.retain(|word| word.text.starts_with(typed));
    words
}

fn commands(command: &Command) -> Vec<Candidate> {
    let below = command.get_subcommands();
    let mut below: Vec<&Command> = below.filter(|command| !command.is_hide_set()).collect();
    below.sort_by_key(|command| command.get_display_order());
    let word = |command: &Command| Candidate::new(command.get_name(), command.get_about());
    let mut words: Vec<Candidate> = below.into_iter().map(word).collect();
    let arguments = command.get_positionals().filter(|arg| !arg.is_last_set());
    words.extend(arguments.flat_map(values));
    if takes_words(command) {
        let help = "The command comes after it".into();
        words.push(Candidate::new("--", Some(&help)));
    }
    words
}

/// An option by the first of its names that begins like this, and by its letter.
fn options(command: &Command, typed: &str) -> Vec<Candidate> {
    let options = || {
        let options = command.get_arguments();
        options.filter(|option| !option.is_positional() && !option.is_hide_set())
    };
    let long = |option: &Arg| {
        let names = option.get_long_and_visible_aliases().unwrap_or_default();
        let mut names = names.into_iter().map(|name| format!("--{name}"));
        let name = names.find(|name| name.starts_with(typed))?;
        Some(Candidate::new(name, option.get_help()))
    };
    let short = |option: &Arg| {
        let name = option.get_short()?;
        Some(Candidate::new(format!("-{name}"), option.get_help()))
    };
    let mut words: Vec<Candidate> = options().filter_map(long).collect();
    words.extend(options().filter_map(short));
    words
}

/// The values that clap knows.
pub(super) fn values(arg: &Arg) -> Vec<Candidate> {
    let values = arg.get_possible_values().into_iter();
    values
        .filter(|value| !value.is_hide_set())
        .map(|value| Candidate::new(value.get_name(), value.get_help()))
        .collect()
}

/// Whether the value is a path.
pub(super) fn is_path(option: &Arg) -> bool {
    option.get_value_hint() == ValueHint::AnyPath
}
