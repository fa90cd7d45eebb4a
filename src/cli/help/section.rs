//! What a command's help says after its options, and how that looks at a terminal. Pure.

use clap::builder::styling::Style;

/// A section of a command's help, of which `--help` and the man page are made.
#[derive(Clone, Debug)]
pub struct HelpSection {
    /// Its heading, for example `Exit codes`.
    pub title: &'static str,
    /// What it says, in this order.
    pub blocks: Vec<HelpBlock>,
}

/// A part of a [`HelpSection`].
#[derive(Clone, Debug)]
pub enum HelpBlock {
    /// Text that may be wrapped.
    Paragraph(&'static str),
    /// Lines that stand as they are.
    Code(&'static str),
    /// A command line, perhaps of several lines that stand as they are.
    Example {
        /// What it is for, in one line.
        comment: &'static str,
        /// What the user types.
        command: &'static str,
    },
    /// A name, such as a variable's, and what it means.
    Definition {
        /// The name.
        term: String,
        /// Text that may be wrapped.
        meaning: &'static str,
    },
}

const INDENT: &str = "  ";
/// Between a term and its meaning.
const GAP: usize = 2;
/// Longer terms have a line of their own.
const LONGEST_TERM: usize = 27;
/// Where less is left beside the terms, the meanings stand below them.
const NARROWEST_MEANING: usize = 30;

impl HelpSection {
    /// The section for a terminal of `width` columns, with its heading like those of the options.
    pub(super) fn text(&self, heading: &Style, width: usize) -> String {
        let mut text = format!("{heading}{}:{heading:#}", self.title);
        let mut column = INDENT.len() + self.widest_term() + GAP;
        if column + NARROWEST_MEANING > width {
            column = 3 * INDENT.len();
        }
        for (index, block) in self.blocks.iter().enumerate() {
            match block {
                HelpBlock::Paragraph(paragraph) => {
                    push_wrapped(&mut text, INDENT, paragraph, INDENT, width);
                }
                HelpBlock::Code(code) => push_lines(&mut text, code),
                HelpBlock::Example { comment, command } => {
                    text.push_str(if index == 0 { "" } else { "\n" });
                    push_wrapped(&mut text, "  # ", comment, "  # ", width);
                    push_lines(&mut text, command);
                }
                HelpBlock::Definition { term, meaning } => {
                    let indent = " ".repeat(column);
                    let first = if INDENT.len() + term.len() + GAP > column {
                        format!("{INDENT}{term}\n{indent}")
                    } else {
                        format!("{:column$}", format!("{INDENT}{term}"))
                    };
                    push_wrapped(&mut text, &first, meaning, &indent, width);
                }
            }
        }
        text
    }

    /// Of those that leave room beside them.
    fn widest_term(&self) -> usize {
        let terms = self.blocks.iter().filter_map(|block| match block {
            HelpBlock::Definition { term, .. } => Some(term.len()),
            _ => None,
        });
        let short = terms.filter(|width| *width <= LONGEST_TERM);
        short.max().unwrap_or_default()
    }
}

fn push_lines(text: &mut String, lines: &str) {
    for line in lines.lines() {
        text.push('\n');
        text.push_str(INDENT);
        text.push_str(line);
    }
}

/// Appends a line that begins with `first`, and as many that begin with `next` as the words take.
fn push_wrapped(text: &mut String, first: &str, words: &str, next: &str, width: usize) {
    text.push('\n');
    text.push_str(first);
    let mut column = next.len();
    for (index, word) in words.split_whitespace().enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > width {
            text.push('\n');
            text.push_str(next);
            column = next.len();
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(width: usize, blocks: Vec<HelpBlock>) -> String {
        let section = HelpSection {
            title: "Title",
            blocks,
        };
        section.text(&Style::new(), width)
    }

    fn definition(term: &str, meaning: &'static str) -> HelpBlock {
        HelpBlock::Definition {
            term: term.to_owned(),
            meaning,
        }
    }

    #[test]
    fn a_comment_stands_above_its_example() {
        let example = |comment, command| HelpBlock::Example { comment, command };
        assert_eq!(
            text(
                12,
                vec![
                    example("Why", "one"),
                    example("A longer why", "two \\\n  three, however wide"),
                ]
            ),
            "Title:\n  # Why\n  one\n\n  # A longer\n  # why\n  two \\\n    three, however wide"
        );
    }

    #[test]
    fn meanings_stand_in_a_column_and_go_on_there() {
        let long = "word word word word word word word word";
        assert_eq!(
            text(
                38,
                vec![
                    definition("A", "short"),
                    definition("ABCD", long),
                    definition("AN_ENDLESS_NAME_OF_SOME_VARIABLE", "short"),
                ]
            ),
            "Title:\n  A     short\n  ABCD  word word word word word word\n        word word\n  \
             AN_ENDLESS_NAME_OF_SOME_VARIABLE\n        short"
        );
    }

    #[test]
    fn where_there_is_no_room_meanings_stand_below() {
        let blocks = vec![definition("A", "short"), definition("A_LONG_TERM", "short")];
        assert_eq!(
            text(44, blocks),
            "Title:\n  A   short\n  A_LONG_TERM\n      short"
        );
    }

    #[test]
    fn paragraphs_are_wrapped_and_code_is_not() {
        let blocks = vec![
            HelpBlock::Paragraph("word word word"),
            HelpBlock::Code("key = value"),
        ];
        assert_eq!(
            text(11, blocks),
            "Title:\n  word word\n  word\n  key = value"
        );
    }
}
