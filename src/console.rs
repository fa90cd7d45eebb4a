//! What is said to the user, on standard error: reports, warnings, and with `--verbose` each step. Everything passes
//! [`crate::sanitize`]. Edge.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use anstream::ColorChoice;

use crate::cli::{LogLevel, OutputArgs};
use crate::sanitize;
use crate::terminal;

const BOLD: anstyle::Style = anstyle::Style::new().bold();
const DIM: anstyle::Style = anstyle::Style::new().dimmed();
/// Begins an error.
pub const RED: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
/// Begins a warning.
const YELLOW: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Quiet,
    Normal,
    Verbose,
}

/// Standard error, as loud as the user wants it.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    level: Level,
    start: Instant,
}

impl Console {
    /// The console that the options ask for.
    #[must_use]
    pub fn new(output: &OutputArgs) -> Self {
        let level = match output.log_level {
            _ if output.quiet => Level::Quiet,
            _ if output.verbose => Level::Verbose,
            Some(LogLevel::Critical | LogLevel::Error | LogLevel::Warning) => Level::Quiet,
            Some(LogLevel::Debug) => Level::Verbose,
            Some(LogLevel::Info | LogLevel::Notset) | None => Level::Normal,
        };
        Self {
            level,
            start: Instant::now(),
        }
    }

    /// Whether only errors are said, and exit codes answer.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.level == Level::Quiet
    }

    /// Says how things went.
    pub fn report(&self, text: impl Display) {
        self.say(Level::Normal, BOLD, "aws-mfa:", &text);
    }

    /// Says what the user should know although things went well.
    pub fn warn(&self, text: impl Display) {
        self.say(Level::Normal, YELLOW, "aws-mfa: warning:", &text);
    }

    /// Says what to do next.
    pub fn advise(&self, label: &str, text: impl Display) {
        self.say(Level::Normal, BOLD, label, &text);
    }

    /// Passes on a line of a command's standard error, which may be a question or a request to touch a key: said in any case.
    pub fn relay(&self, text: impl Display) {
        self.say(Level::Quiet, DIM, "  |", &text);
    }

    /// Says, with `--verbose`, what is done or used, with the time since the start.
    pub fn detail(&self, text: impl Display) {
        if self.level == Level::Verbose {
            let elapsed = self.start.elapsed().as_micros();
            self.say(
                Level::Verbose,
                DIM,
                &format!(
                    "aws-mfa: [{}.{:01} ms]",
                    elapsed / 1000,
                    elapsed % 1000 / 100
                ),
                &text,
            );
        }
    }

    fn say(&self, level: Level, style: anstyle::Style, label: &str, text: &dyn Display) {
        if self.level >= level {
            line(style, label, text);
        }
    }
}

/// Writes one line to standard error: the label in its style, then the text, made safe for a terminal. A terminal that went
/// away is no reason to fail.
pub fn line(style: anstyle::Style, label: &str, text: &dyn Display) {
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
