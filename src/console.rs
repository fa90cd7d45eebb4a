//! What is said to the user, on standard error: reports, warnings, and with `--verbose` each step. Everything passes
//! [`crate::sanitize`]. Edge.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use anstream::ColorChoice;

use crate::sanitize;
use crate::terminal;

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

/// Standard error, as loud as the user wants it.
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

    /// Whether only errors are said, and exit codes answer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.level == Level::Quiet
    }

    /// Says how things went.
    pub(crate) fn report(&self, text: impl Display) {
        self.say(Level::Normal, BOLD, "aws-mfa:", &text);
    }

    /// Says what the user should know although things went well.
    pub(crate) fn warn(&self, text: impl Display) {
        self.say(Level::Normal, YELLOW, "aws-mfa: warning:", &text);
    }

    /// Says what to do next.
    pub(crate) fn advise(&self, label: &str, text: impl Display) {
        self.say(Level::Normal, BOLD, label, &text);
    }

    /// Passes on a line of a command's standard error, which may be a question or a request to touch a key: said in any case.
    pub(crate) fn relay(&self, text: impl Display) {
        self.say(Level::Quiet, DIM, "  |", &text);
    }

    /// Says, with `--verbose`, what is done or used, with the time since the start.
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

/// Says what went wrong, or a cause of it.
pub(crate) fn error(label: &str, text: &dyn Display) {
    line(RED, label, text);
}

/// Says what to do about what went wrong.
pub(crate) fn hint(text: &dyn Display) {
    line(CYAN, "  hint:", text);
}

/// Writes one line to standard error: the label in its style, then the text, made safe for a
/// terminal. A terminal that went away is no reason to fail.
fn line(style: anstyle::Style, label: &str, text: &dyn Display) {
    let text = sanitize::escape(&text.to_string());
    let say = || {
        let mut stream = anstream::stderr().lock();
        // In one piece, so that what other programs say meanwhile comes before or after it.
        let line = match stream.current_choice() {
            ColorChoice::Never => format!("{label} {text}\n"),
            _ => format!("{style}{label}{style:#} {text}\n"),
        };
        let _ = stream.write_all(line.as_bytes());
    };
    if std::io::stderr().is_terminal() {
        terminal::aside(say);
    } else {
        say();
    }
}
