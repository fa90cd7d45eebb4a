//! Command lines word by word, also those that clap refuses or that aren't finished. Pure.

use std::ffi::OsString;
use std::ops::Range;

use clap::{Arg, Command};

/// What a word is, by clap's definitions.
pub(crate) enum Item<'c> {
    Command(&'c Command),
    /// With its value, if it takes one.
    Option(&'c Arg),
    /// The last word: its value is missing.
    WithoutValue(&'c Arg),
    Unknown,
    /// Neither an option nor a command.
    Argument,
    /// `--`: none of the others is an option.
    Separator,
}

/// Goes through the words of a command line up to `--`. The first is the program's name.
pub(crate) struct Walk<'c> {
    words: lexopt::Parser,
    /// The command that the next word belongs to.
    pub(crate) command: &'c Command,
    count: usize,
    /// The number of the word that is read.
    at: usize,
    is_over: bool,
}

impl<'c> Walk<'c> {
    /// `root` is built.
    pub(crate) fn new(root: &'c Command, words: &[OsString]) -> Self {
        Self {
            words: lexopt::Parser::from_iter(words),
            command: root,
            count: words.len(),
            at: 0,
            is_over: false,
        }
    }

    /// The number of the next word; none between letters of one.
    fn position(&mut self) -> Option<usize> {
        let rest = self.words.try_raw_args()?;
        Some(self.count - rest.as_slice().len())
    }

    fn is_at_separator(&mut self) -> bool {
        let rest = self.words.try_raw_args();
        rest.is_some_and(|rest| rest.peek().is_some_and(|word| word == "--"))
    }

    fn item(&mut self) -> Option<Item<'c>> {
        if self.is_at_separator() {
            self.is_over = true;
            return Some(Item::Separator);
        }
        let option = match self.words.next() {
            Ok(None) => return None,
            Ok(Some(lexopt::Arg::Value(word))) => {
                let Some(command) = self.command.find_subcommand(word) else {
                    return Some(Item::Argument);
                };
                self.command = command;
                return Some(Item::Command(command));
            }
            Ok(Some(lexopt::Arg::Long(name))) => long_option(self.command, name),
            Ok(Some(lexopt::Arg::Short(name))) => short_option(self.command, name),
            // A value of an option that takes none.
            Err(_) => return Some(Item::Unknown),
        };
        Some(match option {
            None => Item::Unknown,
            Some(option) if takes_value(option) && self.words.value().is_err() => {
                Item::WithoutValue(option)
            }
            Some(option) => Item::Option(option),
        })
    }
}

impl<'c> Iterator for Walk<'c> {
    /// With the numbers of its words. Letters of one word have the same.
    type Item = (Range<usize>, Item<'c>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        self.at = self.position().unwrap_or(self.at);
        let item = self.item()?;
        let end = match item {
            Item::Separator => self.at + 1,
            _ => self.position().unwrap_or(self.at + 1),
        };
        Some((self.at..end, item))
    }
}

pub(crate) fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

/// Whether all words after `--` belong to it.
pub(crate) fn takes_words(command: &Command) -> bool {
    command.get_positionals().any(Arg::is_last_set)
}

pub(crate) fn long_option<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    let is_it = |arg: &&Arg| {
        let aliases = arg.get_all_aliases().unwrap_or_default();
        arg.get_long() == Some(name) || aliases.contains(&name)
    };
    command.get_arguments().find(is_it)
}

pub(crate) fn short_option(command: &Command, name: char) -> Option<&Arg> {
    let mut options = command.get_arguments();
    options.find(|arg| arg.get_short() == Some(name))
}
