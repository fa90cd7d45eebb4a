//! The form of what a command's help says beside its options. Pure.

use super::section::{HelpBlock, HelpSection};
use crate::error::ExitCode;

/// What stands in a command's help and man page, beside what the definition of its options says.
pub(super) struct Page {
    /// The command's name; the program's own for the main job.
    pub(super) command: &'static str,
    /// Shared options that it accepts, as all commands do, without using them.
    pub(super) unused: &'static [&'static str],
    /// Options that `-h` shows although it leaves them out elsewhere.
    pub(super) everyday: &'static [&'static str],
    /// Options that `-h` leaves out although it shows them elsewhere.
    pub(super) rare: &'static [&'static str],
    /// Options that mean something else here.
    pub(super) reworded: &'static [Reworded],
    /// How many examples `-h` shows.
    pub(super) everyday_examples: usize,
    pub(super) examples: &'static [Example],
    pub(super) notes: &'static [Note],
    pub(super) exit_codes: &'static [Meaning],
    /// In groups, as commands share them.
    pub(super) variables: &'static [&'static [Definition]],
    pub(super) files: &'static [&'static [Definition]],
}

pub(super) struct Reworded {
    pub(super) option: &'static str,
    pub(super) help: &'static str,
    pub(super) default: &'static str,
}

/// Its comment says what the command does.
pub(super) struct Example {
    pub(super) comment: &'static str,
    pub(super) command: &'static str,
}

pub(super) struct Note {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    /// Lines of code below the text, each as it is.
    pub(super) code: &'static str,
}

/// An exit code, or all others, and what it means.
pub(super) type Meaning = (Option<ExitCode>, &'static str);

pub(super) const FAILED: Meaning = (
    Some(ExitCode::Failed),
    "it failed; the reason is on standard error",
);
pub(super) const USAGE: Meaning = (Some(ExitCode::Usage), "wrong command line");
pub(super) const DUE: Meaning = (
    Some(ExitCode::Due),
    "a refresh is due and nobody could be asked for the code",
);
pub(super) const CANCELLED: Meaning = (Some(ExitCode::Cancelled), "cancelled");
pub(super) const PRINTED: Meaning = (Some(ExitCode::Success), "printed");

/// A name and its meaning.
pub(super) type Definition = (&'static str, &'static str);

impl Reworded {
    /// What `--profile` is for, where it doesn't get a session.
    pub(super) const fn profile(help: &'static str) -> Self {
        Self {
            option: "profile",
            help,
            default: "AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`",
        }
    }
}

impl Example {
    pub(super) const fn new(comment: &'static str, command: &'static str) -> Self {
        Self { comment, command }
    }
}

impl Page {
    pub(super) fn sections(&self) -> Vec<HelpSection> {
        let notes = self.notes.iter().map(|note| {
            let code = (!note.code.is_empty()).then_some(HelpBlock::Code(note.code));
            HelpSection {
                title: note.title,
                blocks: [HelpBlock::Paragraph(note.text)]
                    .into_iter()
                    .chain(code)
                    .collect(),
            }
        });
        let sections = [self.example_section(self.examples.len())]
            .into_iter()
            .chain(notes)
            .chain([
                self.exit_code_section(),
                definition_section("Variables", self.variables),
                definition_section("Files", self.files),
            ]);
        sections
            .filter(|section| !section.blocks.is_empty())
            .collect()
    }

    /// The first examples.
    pub(super) fn example_section(&self, count: usize) -> HelpSection {
        let blocks = self.examples.iter().take(count);
        let blocks =
            blocks.map(|&Example { comment, command }| HelpBlock::Example { comment, command });
        HelpSection {
            title: "Examples",
            blocks: blocks.collect(),
        }
    }

    fn exit_code_section(&self) -> HelpSection {
        let definition = |&(code, meaning): &Meaning| HelpBlock::Definition {
            term: code.map_or("other".to_owned(), |code| code.number().to_string()),
            meaning,
        };
        HelpSection {
            title: "Exit codes",
            blocks: self.exit_codes.iter().map(definition).collect(),
        }
    }
}

fn definition_section(title: &'static str, groups: &[&[Definition]]) -> HelpSection {
    let all = groups.iter().copied().flatten();
    let blocks = all.map(|&(term, meaning)| HelpBlock::Definition {
        term: term.to_owned(),
        meaning,
    });
    HelpSection {
        title,
        blocks: blocks.collect(),
    }
}
