//! How a message is laid out for a terminal. Pure.
//!
//! Text wraps at words, and continued lines stand under the first. A command that a person may copy is
//! never broken: where it is too long, the terminal itself goes on in the next row, which copies as one
//! line.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use terminal_size::{Height, Width};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

/// Stands for a space in a command, while the words around it are wrapped. It is no character.
const KEPT: char = '\u{fdd0}';

/// Whose lines a text is on.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Of the terminal; `None` if that isn't known.
    columns: Option<usize>,
    home: Option<PathBuf>,
}

impl Layout {
    /// For a terminal of that size, if it is known, and a user with that home folder.
    pub(crate) fn new(size: Option<(Width, Height)>, home: Option<PathBuf>) -> Self {
        Self {
            columns: size.map(|(columns, _)| columns.0.into()),
            home,
        }
    }

    /// What comes after `label` and a space: text, perhaps with commands in backticks.
    pub(crate) fn text(&self, label: &str, text: &str) -> String {
        let text = text.replace(KEPT, &KEPT.escape_unicode().to_string());
        let text = self.with_short_home(&text, !cfg!(windows));
        self.wrap(label, &keep_remarks(&keep_commands(&text)))
    }

    /// As [`Layout::text`], but the whole text is a command; on a line of its own where it doesn't fit
    /// beside the label.
    pub(crate) fn command(&self, label: &str, command: &str) -> String {
        let command = if cfg!(windows) {
            command.to_owned()
        } else {
            self.with_short_home(command, true)
        };
        let width = display_width(label) + 1 + display_width(&command);
        match self.columns {
            Some(columns) if width > columns => format!("\n  {command}"),
            _ => command,
        }
    }

    fn wrap(&self, label: &str, text: &str) -> String {
        let Some(columns) = self.columns else {
            return text.replace(KEPT, " ");
        };
        let indent = if label.is_empty() {
            0
        } else {
            display_width(label) + 1
        };
        let first = " ".repeat(indent);
        let next = if indent * 2 > columns { "  " } else { &first };
        let options = Options::new(columns)
            .initial_indent(&first)
            .subsequent_indent(next)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        let wrapped = textwrap::fill(text, options).replace(KEPT, " ");
        wrapped.strip_prefix(&first).unwrap_or(&wrapped).to_owned()
    }

    /// Shows the home folder as `~`, where a shell would expand that, too. `in_commands`: also between
    /// backticks.
    fn with_short_home(&self, text: &str, in_commands: bool) -> String {
        let home = self.home.as_deref().and_then(Path::to_str);
        // The root is no home.
        let Some(home) = home.filter(|home| home.len() > 1) else {
            return text.to_owned();
        };
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(home) {
            let (before, from) = rest.split_at(at);
            shown.push_str(before);
            let after = &from[home.len()..];
            let begins_word = shown.is_empty() || shown.ends_with([' ', '(', '[', '`']);
            let is_whole =
                after.is_empty() || after.starts_with(['/', '\\', ' ', ',', ';', ')', '`']);
            let is_in_command = shown.matches('`').count() % 2 == 1;
            if begins_word && is_whole && (in_commands || !is_in_command) {
                shown.push('~');
            } else {
                shown.push_str(home);
            }
            rest = after;
        }
        shown + rest
    }
}

/// As much of a name as so many columns have room for.
pub(crate) fn cut(name: &str, columns: usize) -> Cow<'_, str> {
    if name.width() <= columns {
        return Cow::Borrowed(name);
    }
    // Some characters are narrower together than each by itself.
    let room = columns.saturating_sub(1);
    let ends = name.char_indices().map(|(at, _)| at);
    let start = ends.take_while(|at| name[..*at].width() <= room).last();
    Cow::Owned(format!("{}…", &name[..start.unwrap_or_default()]))
}

/// Joins the words of a short remark in parentheses, such as the time left.
fn keep_remarks(text: &str) -> String {
    const LONGEST: usize = 24;
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('(') {
        let (before, from) = rest.split_at(start);
        kept.push_str(before);
        let end = from.find(')').map_or(from.len(), |end| end + 1);
        let (remark, after) = from.split_at(end);
        if remark.len() <= LONGEST {
            kept.push_str(&remark.replace(' ', &KEPT.to_string()));
        } else {
            kept.push_str(remark);
        }
        rest = after;
    }
    kept + rest
}

/// Joins the words between backticks. A name in a command may have some, too: one that doesn't begin or
/// end a word is none of ours.
fn keep_commands(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_command = false;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        if c == '`' && is_command {
            is_command = !" .,;:!?)]".contains(after);
        } else if c == '`' {
            is_command = " ([".contains(before) && after != ' ';
        }
        kept.push(if c == ' ' && is_command { KEPT } else { c });
        before = c;
    }
    // It was no command.
    if is_command { text.to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(columns: u16) -> Layout {
        Layout::new(
            Some((Width(columns), Height(24))),
            Some("/home/alice".into()),
        )
    }

    #[test]
    fn text_wraps_under_its_start() {
        assert_eq!(
            at(30).text("aws-mfa:", "new session for profile dev, valid"),
            "new session for\n         profile dev, valid"
        );
        assert_eq!(
            at(30).text("x:", "valid until 23:24 (11h 59m left)"),
            "valid until 23:24\n   (11h 59m left)"
        );
        // Where the label takes most of the line, the rest isn't squeezed.
        assert_eq!(
            at(20).text("aws-mfa: warning:", "one two three four five"),
            "one\n  two three four\n  five"
        );
        // Wide characters take two columns.
        assert_eq!(
            at(10).text("x:", "日本 日本 日本"),
            "日本\n   日本\n   日本"
        );
        assert_eq!(
            at(20).text("", "one two three four five"),
            "one two three four\nfive"
        );
    }

    #[test]
    fn commands_stay_whole() {
        let hint = "run `aws-mfa --profile dev setup` first, then that";
        assert_eq!(
            at(40).text("  hint:", hint),
            "run\n        `aws-mfa --profile dev setup`\n        first, then that"
        );
        // Longer than the line: the terminal goes on.
        assert_eq!(
            at(20).text("  hint:", "run `aws-mfa --profile dev setup`"),
            "run\n        `aws-mfa --profile dev setup`"
        );
        assert_eq!(at(40).command("to fix:", "unset A B"), "unset A B");
        assert_eq!(at(16).command("to fix:", "unset A B"), "\n  unset A B");
        assert_eq!(at(11).text("", "it's `odd in it"), "it's `odd\nin it");
        // Names may have anything in them.
        assert_eq!(
            at(20).text("", "run `aws-mfa -p 'q`q  r'` for it"),
            "run\n`aws-mfa -p 'q`q  r'`\nfor it"
        );
        assert_eq!(
            at(9).text("", "a\u{f8ff}b \u{fdd0}"),
            "a\u{f8ff}b\n\\u{fdd0}"
        );
    }

    #[test]
    fn names_are_cut_at_a_width() {
        for (name, columns, shown) in [
            ("production", 10, "production"),
            ("production", 9, "producti…"),
            ("日本環境", 8, "日本環境"),
            ("日本環境", 7, "日本環…"),
            ("日本環境", 6, "日本…"),
            ("ab", 1, "…"),
            // Together they are one.
            (
                "\u{644}\u{627}\u{644}\u{627}\u{644}\u{627}",
                3,
                "\u{644}\u{627}\u{644}\u{627}\u{644}\u{627}",
            ),
        ] {
            assert_eq!(cut(name, columns), shown);
        }
    }

    #[test]
    fn a_word_is_never_broken() {
        let arn = "arn:aws:iam::123456789012:mfa/alice";
        assert_eq!(
            at(20).text("x:", &format!("device {arn}.")),
            format!("device\n   {arn}.")
        );
    }

    #[test]
    #[cfg(unix)]
    fn the_home_folder_is_short() {
        for (text, shown) in [
            (
                "cannot write /home/alice/.aws/credentials",
                "cannot write ~/.aws/credentials",
            ),
            ("/home/alice", "~"),
            ("(/home/alice/x, /home/alice)", "(~/x, ~)"),
            ("`chmod go-w /home/alice/.aws`", "`chmod go-w ~/.aws`"),
            // No shell expands these.
            ("'/home/alice/my file'", "'/home/alice/my file'"),
            ("FILE=/home/alice/x aws", "FILE=/home/alice/x aws"),
            (
                "/home/alice2 /mnt/home/alice",
                "/home/alice2 /mnt/home/alice",
            ),
        ] {
            assert_eq!(at(200).text("", text), shown);
        }
        let nowhere = Layout::new(None, Some("/".into()));
        assert_eq!(nowhere.text("", "in / there"), "in / there");
    }
}
