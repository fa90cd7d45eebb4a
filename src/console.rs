//! What the user sees on standard error: reports, warnings and, with `--verbose`, each step.
//! Everything passes through [`crate::sanitize`]. Edge.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use anstream::ColorChoice;
use terminal_size::terminal_size_of;

use crate::layout::Layout;
use crate::sanitize;
use crate::terminal;
use crate::times::Reader;

const BOLD: anstyle::Style = anstyle::Style::new().bold();
const DIM: anstyle::Style = anstyle::Style::new().dimmed();
const RED: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const YELLOW: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();
const CYAN: anstyle::Style = anstyle::AnsiColor::Cyan.on_default().bold();

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Quiet,
    Normal,
    Verbose,
}

/// Standard error, as verbose as the user wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    level: Level,
    start: Instant,
}

impl Console {
    pub(crate) fn new(level: Level) -> Self {
        Self {
            level,
            start: Instant::now(),
        }
    }

    /// Whether only errors are shown and the exit code is the answer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.level == Level::Quiet
    }

    pub(crate) fn is_verbose(&self) -> bool {
        self.level == Level::Verbose
    }

    /// Who reads the times that are shown on standard error.
    pub(crate) fn reader(&self) -> Reader {
        self.reader_of(std::io::stderr().is_terminal())
    }

    /// As [`Console::reader`], of another stream.
    pub(crate) fn reader_of(&self, is_terminal: bool) -> Reader {
        if is_terminal && !self.is_verbose() {
            Reader::Person
        } else {
            Reader::Log
        }
    }

    pub(crate) fn report(&self, text: impl Display) {
        self.say(Level::Normal, BOLD, "aws-mfa:", &text);
    }

    /// Shown even with `--quiet`: the user may want to stop before anything is sent.
    pub(crate) fn notice(&self, text: impl Display) {
        self.say(Level::Quiet, BOLD, "aws-mfa:", &text);
    }

    /// For what the user should know although the command succeeded.
    pub(crate) fn warn(&self, text: impl Display) {
        self.say(Level::Normal, YELLOW, "aws-mfa: warning:", &text);
    }

    /// Shows a command to run, which may be copied: it is never broken into lines.
    pub(crate) fn suggest(&self, label: &str, command: impl Display) {
        if self.level >= Level::Normal {
            write(BOLD, label, &command, Layout::command);
        }
    }

    /// Shown even with `--quiet`: it may be a question or a request to touch a key.
    pub(crate) fn relay(&self, text: impl Display) {
        self.say(Level::Quiet, DIM, "  |", &text);
    }

    /// With `--verbose`, shows a step or a setting, with the time since the start.
    pub(crate) fn detail(&self, text: impl Display) {
        if self.level == Level::Verbose {
            let elapsed = self.start.elapsed().as_micros();
            let label = format!(
                "aws-mfa: [{}.{:01} ms]",
                elapsed / 1000,
                elapsed % 1000 / 100
            );
            line(DIM, &label, &text);
        }
    }

    fn say(&self, level: Level, style: anstyle::Style, label: &str, text: &dyn Display) {
        if self.level >= level {
            line(style, label, text);
        }
    }
}

pub(crate) fn error(label: &str, text: &dyn Display) {
    line(RED, label, text);
}

pub(crate) fn hint(text: &dyn Display) {
    line(CYAN, "  hint:", text);
}

fn line(style: anstyle::Style, label: &str, text: &dyn Display) {
    write(style, label, text, Layout::text);
}

/// `text` as it is shown on standard output, after `label`, if that is a terminal.
pub(crate) fn for_output(text: &str) -> String {
    let text = sanitize::escape(text);
    let output = std::io::stdout();
    if output.is_terminal() {
        Layout::new(terminal_size_of(&output), dirs::home_dir()).text("", &text)
    } else {
        text
    }
}

/// Writes a sanitized message: one line, or what `arrange` makes of it for a terminal. A terminal that
/// is gone is no reason to fail.
fn write(
    style: anstyle::Style,
    label: &str,
    text: &dyn Display,
    arrange: fn(&Layout, &str, &str) -> String,
) {
    let text = sanitize::escape(&text.to_string());
    let say = |text: &str| {
        let mut stream = anstream::stderr().lock();
        let space = if text.starts_with('\n') { "" } else { " " };
        // In one write, so that output of other programs comes before or after it.
        let line = match stream.current_choice() {
            ColorChoice::Never => format!("{label}{space}{text}\n"),
            _ => format!("{style}{label}{style:#}{space}{text}\n"),
        };
        let _ = stream.write_all(line.as_bytes());
    };
    let stderr = std::io::stderr();
    if stderr.is_terminal() {
        let layout = Layout::new(terminal_size_of(&stderr), dirs::home_dir());
        let text = arrange(&layout, label, &text);
        terminal::run_above_prompt(|| say(&text));
    } else {
        say(&text);
    }
}
