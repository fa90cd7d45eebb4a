//! What the user sees on standard error: reports, warnings and, with `--verbose`, each step.
//! Everything passes through [`crate::sanitize`]. Edge.

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

    pub(crate) fn suggest(&self, label: &str, text: impl Display) {
        self.say(Level::Normal, BOLD, label, &text);
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

/// Writes one sanitized line. A terminal that is gone is no reason to fail.
fn line(style: anstyle::Style, label: &str, text: &dyn Display) {
    let text = sanitize::escape(&text.to_string());
    let say = || {
        let mut stream = anstream::stderr().lock();
        // In one write, so that output of other programs comes before or after it.
        let line = match stream.current_choice() {
            ColorChoice::Never => format!("{label} {text}\n"),
            _ => format!("{style}{label}{style:#} {text}\n"),
        };
        let _ = stream.write_all(line.as_bytes());
    };
    if std::io::stderr().is_terminal() {
        terminal::run_above_prompt(say);
    } else {
        say();
    }
}
