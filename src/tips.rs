//! What a command line with a word in the wrong place was meant to be. Pure.

use std::ffi::OsString;
use std::ops::Range;

use crate::cli::{self, Cli};
use crate::code::hide::hide_secrets;
use crate::command_line::{Item, Walk, takes_words};
use crate::sanitize;
use crate::shell;

/// Commands of similar tools, and what does the same here; an empty one is aws-mfa itself.
const OF_OTHER_TOOLS: [(&str, &str); 27] = [
    ("login", ""),
    ("signin", ""),
    ("refresh", ""),
    ("renew", ""),
    ("get", ""),
    ("session", ""),
    ("get-session-token", ""),
    ("logout", "clear"),
    ("logoff", "clear"),
    ("signout", "clear"),
    ("remove", "clear"),
    ("rm", "clear"),
    ("delete", "clear"),
    ("configure", "setup"),
    ("config", "setup"),
    ("init", "setup"),
    ("add", "setup"),
    ("status", "check"),
    ("whoami", "check"),
    ("ls", "list"),
    ("profiles", "list"),
    ("show", "list"),
    ("run", "exec"),
    ("shell", "exec"),
    ("export", "env"),
    ("process", "credential-process"),
    ("version", "--version"),
];
/// A longer name isn't typed by a person.
const MAX_NAME: usize = 64;
/// The longest command that is shown, in bytes.
const MAX_COMMAND: usize = 300;
/// A mistyped code has some digits more or less than six. Account numbers, which are also names of
/// profiles, have twelve.
const MAX_CODE_DIGITS: usize = 8;

/// A command line, and the words of it that stand where none belongs.
pub(crate) struct Misplaced<'w> {
    words: Vec<&'w str>,
    /// The command, if one is given.
    command: Option<String>,
    takes_code: bool,
    /// Their numbers, without those of a code.
    arguments: Vec<usize>,
    /// The first of them stands before the command, or there is none.
    is_before_command: bool,
    /// The numbers of words that are, or may be, parts of a code.
    code: Vec<usize>,
    /// The number of `--`, or of words.
    separator: usize,
    has_profile: bool,
    /// Options with a code, or a command that prints one, which may contain secrets.
    secret: Vec<Range<usize>>,
}

impl<'w> Misplaced<'w> {
    pub(crate) fn find(words: &'w [OsString]) -> Option<Self> {
        let mut root = cli::command_line();
        root.build();
        let mut walk = Walk::new(&root, words);
        let mut found = Self {
            words: words
                .iter()
                .map(|word| word.to_str())
                .collect::<Option<_>>()?,
            command: None,
            takes_code: false,
            arguments: Vec::new(),
            is_before_command: false,
            code: Vec::new(),
            separator: words.len(),
            has_profile: false,
            secret: Vec::new(),
        };
        for (range, item) in walk.by_ref() {
            match item {
                Item::Argument => found.arguments.push(range.start),
                Item::Command(command) => {
                    found.is_before_command |= !found.arguments.is_empty();
                    found.command = Some(command.get_name().to_owned());
                }
                Item::Option(option) => match option.get_id().as_str() {
                    "profile" => found.has_profile = true,
                    "token" | "token_command" => found.secret.push(range),
                    _ => {}
                },
                Item::Separator => found.separator = range.start,
                Item::WithoutValue(_) | Item::Unknown => {}
            }
        }
        found.is_before_command |= found.command.is_none();
        if !takes_words(walk.command) {
            found.arguments.extend(found.separator + 1..words.len());
        }
        let mut options = walk.command.get_arguments();
        found.takes_code = options.any(|arg| arg.get_id() == "token");
        found.take_code();
        Some(found)
    }

    fn has_separator(&self) -> bool {
        self.separator < self.words.len()
    }

    /// Tells the words of a code from the others.
    fn take_code(&mut self) {
        let is_numeric = |number: &usize| {
            let word = self.words[*number];
            word.contains(char::is_numeric) && !word.contains(char::is_alphabetic)
        };
        let (code, others): (Vec<usize>, Vec<usize>) =
            self.arguments.iter().partition(|number| is_numeric(number));
        let words = code.iter().map(|number| self.words[*number]);
        let digits = words.flat_map(str::chars).filter(|c| c.is_numeric());
        if digits.count() <= MAX_CODE_DIGITS {
            (self.code, self.arguments) = (code, others);
        }
    }

    /// `text` without the words of a code.
    pub(crate) fn hide_code(&self, text: &str) -> String {
        let words = self.code.iter().map(|number| self.words[*number]);
        words.fold(text.to_owned(), |text, word| {
            text.replace(&format!("'{word}'"), "'******'")
        })
    }

    /// What to do about a code in the wrong place.
    pub(crate) fn tip_for_code(&self) -> Option<String> {
        if self.code.is_empty() || !self.takes_code {
            return None;
        }
        let command = match self.arguments.as_slice() {
            [] => self.rendered(Vec::new()),
            [argument] => self.with_profile(*argument, Vec::new()),
            _ => None,
        };
        Some(format!(
            "run `{}` and type the code when it asks, or pass it with --token",
            command.as_deref().unwrap_or("aws-mfa")
        ))
    }

    /// The command that has another name here.
    pub(crate) fn tip_for_other_name(&self, is_program: impl Fn(&str) -> bool) -> Option<String> {
        let (&first, others) = self.arguments.split_first()?;
        if !self.is_before_command || self.command.is_some() {
            return None;
        }
        let named = OF_OTHER_TOOLS
            .iter()
            .find(|(name, _)| *name == self.words[first]);
        let (_, name) = named?;
        let words = (!name.is_empty()).then(|| (*name).to_owned());
        let edit = (first..first + 1, words.into_iter().collect::<Vec<_>>());
        let before = others.iter().take_while(|number| **number < self.separator);
        let others = &others[..before.count()];
        let command = match others {
            [] => self.rendered(vec![edit]),
            [profile, start, ..]
                if *name == "exec"
                    && !self.has_separator()
                    && !self.has_profile
                    && !is_program(self.words[*profile]) =>
            {
                self.with_profile(*profile, vec![edit, separator(*start)])
            }
            [start, ..]
                if *name == "exec"
                    && !self.has_separator()
                    && (others.len() > 1 || is_program(self.words[*start])) =>
            {
                self.rendered(vec![edit, separator(*start)])
            }
            [argument] if *name != "exec" || !is_program(self.words[*argument]) => {
                self.with_profile(*argument, vec![edit])
            }
            _ => None,
        };
        let command = command.unwrap_or_else(|| format!("aws-mfa {name}").trim_end().to_owned());
        Some(format!("did you mean `{command}`?"))
    }

    /// The command that `exec` runs, or a profile without its option. `is_program` tells whether a word
    /// is a program's name.
    pub(crate) fn tip(&self, is_program: impl Fn(&str) -> bool) -> Option<String> {
        let &first = self.arguments.first()?;
        let is_profile = self.arguments.len() == 1 && !self.has_profile;
        match self.command.as_deref() {
            Some("exec") if !self.is_before_command && !self.has_separator() => {
                // `exec dev`, `exec dev aws s3 ls`
                let second = self.arguments.get(1).copied();
                let edits = second.map(separator).into_iter().collect();
                if !is_program(self.words[first])
                    && let Some(command) = self.with_profile(first, edits)
                {
                    return Some(format!("did you mean `{command}`?"));
                }
                let command = self.rendered(vec![separator(first)]);
                let command = command.map(|command| format!(": `{command}`"));
                let command = command.unwrap_or_default();
                Some(format!("put the command after `--`{command}"))
            }
            // They are for all profiles, or for none.
            Some("list" | "completions" | "help") => None,
            _ if is_profile && is_name(self.words[first]) => {
                let command = self.with_profile(first, Vec::new());
                let name = self.words[first];
                let command = command.unwrap_or_else(|| shell::option("--profile", name));
                Some(format!("did you mean `{command}`?"))
            }
            _ => None,
        }
    }

    fn with_profile(&self, argument: usize, mut edits: Vec<Edit>) -> Option<String> {
        let name = self.words[argument];
        if self.has_profile || !is_name(name) {
            return None;
        }
        let option = vec!["--profile".to_owned(), name.to_owned()];
        edits.push((argument..argument + 1, option));
        self.rendered(edits)
    }

    /// The command line with other words in some places, without a code. `None` if it isn't right
    /// either, or can't be shown.
    fn rendered(&self, mut edits: Vec<Edit>) -> Option<String> {
        let begin = |edit: &Edit| edit.0.start;
        // What comes after a command of `exec` is its own.
        let end = edits
            .iter()
            .find(|edit| edit.1 == ["--"])
            .map_or(usize::MAX, begin);
        let left_out = self.secret.iter().filter(|range| range.start < end);
        let left_out = left_out.cloned();
        let left_out = left_out.chain(self.code.iter().map(|number| *number..number + 1));
        edits.extend(left_out.map(|range| (range, Vec::new())));
        edits.sort_by_key(begin);
        let mut words: Vec<String> = vec!["aws-mfa".to_owned()];
        let mut at = 1;
        let rest = (self.words.len()..self.words.len(), Vec::new());
        for (range, replacement) in edits.into_iter().chain([rest]) {
            words.extend(
                self.words[at..range.start]
                    .iter()
                    .map(|&word| word.to_owned()),
            );
            words.extend(replacement);
            at = range.end;
        }
        let line: Vec<OsString> = words.iter().map(OsString::from).collect();
        Cli::parse_words(&line).ok()?;
        let shown = without_arguments(&words);
        let words: Vec<String> = words[..shown]
            .iter()
            .map(|word| shell::word(word))
            .collect();
        let rest = if shown < line.len() { " …" } else { "" };
        let command = words.join(" ") + rest;
        let can_be_shown = command.len() <= MAX_COMMAND
            && !command.contains(sanitize::is_unsafe)
            && hide_secrets(&command) == command;
        can_be_shown.then_some(command)
    }
}

/// How many words of a command line can be shown. Among the arguments of another program there may be a
/// password, which has no form that could be known.
fn without_arguments(words: &[String]) -> usize {
    let Some(program) = words.iter().position(|word| word == "--") else {
        return words.len();
    };
    let arguments = words.iter().skip(program + 2);
    let is_harmless = |word: &&String| !word.starts_with('-') && shell::is_plain_word(word);
    let harmless = arguments.take_while(is_harmless).count();
    words.len().min(program + 2 + harmless)
}

/// Words in place of others.
type Edit = (Range<usize>, Vec<String>);

/// `--` before this word.
fn separator(before: usize) -> Edit {
    (before..before, vec!["--".to_owned()])
}

/// Whether it may be a profile, and can be shown.
fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word.len() <= MAX_NAME
        && !word.contains(sanitize::is_unsafe)
        && hide_secrets(word) == word
}
