//! The list as a table. Edge: it shows local times.
//!
//! Where a program reads it, all is there, in full. A person at a terminal gets what fits: one line for
//! each profile.

use std::collections::HashSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::entry::Entry;
use crate::layout::cut;
use crate::sanitize;
use crate::session::NotValid;
use crate::settings::short_name;
use crate::times::{LocalTime, Reader, TimeLeft};

const HEADER: [&str; 6] = ["PROFILE", "STATUS", "EXPIRES", "LEFT", "DEVICE", "ROLE"];
const PROFILE: usize = 0;
const STATUS: usize = 1;
const EXPIRES: usize = 2;
const DEVICE: usize = 4;
const ROLE: usize = 5;
/// What a cell without a value shows.
const NOTHING: &str = "-";
/// Between two columns.
const GAP: usize = 2;

/// The columns that may be cut, with what is enough of them.
const FLEXIBLE: [(usize, usize); 3] = [(PROFILE, 24), (DEVICE, 20), (ROLE, 20)];
/// What a narrow terminal does without, one after the other: the time left tells when a session
/// expires, too.
const DISPENSABLE: [usize; 2] = [EXPIRES, DEVICE];

#[derive(Clone, Copy)]
enum Colour {
    Yes,
    No,
}

/// Of a column's cell.
type StyleOf = fn(usize, &str) -> Style;

/// The terminal that shows the table.
pub(super) struct Screen {
    pub(super) columns: Option<usize>,
    pub(super) reader: Reader,
}

pub(super) fn table(entries: &[Entry<'_>], screen: Option<&Screen>) -> String {
    let reader = screen.map_or(Reader::Log, |screen| screen.reader);
    let rows: Vec<[String; 6]> = entries.iter().map(|entry| row(entry, reader)).collect();
    let all: Vec<usize> = (0..HEADER.len()).collect();
    let Some(screen) = screen else {
        return render(&all, &rows, Colour::No);
    };
    let (shown, rows) = fit(&rows, screen.columns.unwrap_or(usize::MAX));
    render(&shown, &rows, Colour::Yes)
}

/// The columns that have something to say and that there is room for, and the rows, cut to that.
fn fit(rows: &[[String; 6]], columns: usize) -> (Vec<usize>, Vec<[String; 6]>) {
    let says = |column: &usize| rows.iter().any(|row| row[*column] != NOTHING);
    let mut shown: Vec<usize> = (0..HEADER.len()).filter(says).collect();
    let mut dispensable = DISPENSABLE.into_iter();
    let mut short = short_arns(rows, true);
    if least_width(&shown, &short) > columns {
        short = short_arns(rows, false);
    }
    while least_width(&shown, &short) > columns
        && let Some(column) = dispensable.next()
    {
        shown.retain(|shown| *shown != column);
    }
    let mut widths = widths(&short);
    let total = |widths: &[usize; 6]| {
        let widths = shown.iter().map(|column| widths[*column] + GAP);
        widths.sum::<usize>().saturating_sub(GAP)
    };
    while total(&widths) > columns {
        let flexible = FLEXIBLE.map(|(column, _)| column).into_iter();
        let flexible = flexible.filter(|column| shown.contains(column));
        match flexible.max_by_key(|column| widths[*column]) {
            Some(widest) if widths[widest] > HEADER[widest].len() => widths[widest] -= 1,
            _ => break,
        }
    }
    for row in &mut short {
        for (column, _) in FLEXIBLE {
            row[column] = cut(&row[column], widths[column]).into_owned();
        }
    }
    (shown, short)
}

/// The width of the table if what may be cut is cut to what is enough.
fn least_width(shown: &[usize], rows: &[[String; 6]]) -> usize {
    let mut widths = widths(rows);
    for (column, enough) in FLEXIBLE {
        widths[column] = widths[column].min(enough);
    }
    let widths = shown.iter().map(|column| widths[*column] + GAP);
    widths.sum::<usize>().saturating_sub(GAP)
}

fn widths(rows: &[[String; 6]]) -> [usize; 6] {
    let mut widths = HEADER.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    widths
}

fn row(entry: &Entry<'_>, reader: Reader) -> [String; 6] {
    let nothing = || NOTHING.to_owned();
    let (expires, left) = match &entry.validity {
        Ok(session) => (
            LocalTime(session.expiration, reader).to_string(),
            TimeLeft(session.remaining).to_string(),
        ),
        Err(NotValid::Expired(at)) => (LocalTime(*at, reader).to_string(), nothing()),
        Err(_) => (nothing(), nothing()),
    };
    // Below its source.
    let indent = if entry.status.is_role() { "  " } else { "" };
    [
        format!("{indent}{}", cell(entry.status.profile)),
        entry.status.word.to_owned(),
        expires,
        left,
        cell(entry.device.as_deref().unwrap_or(NOTHING)),
        cell(entry.role_arn.as_deref().unwrap_or(NOTHING)),
    ]
}

fn cell(text: &str) -> String {
    sanitize::escape(&sanitize::shorten(text))
}

/// Leaves of each ARN what tells it from the others: the name, and the account if there are several.
fn short_arns(rows: &[[String; 6]], with_accounts: bool) -> Vec<[String; 6]> {
    fn account(arn: &str) -> Option<&str> {
        arn.strip_prefix("arn:")?.split(':').nth(3)
    }
    let mut short = rows.to_vec();
    for column in [DEVICE, ROLE] {
        let accounts = rows.iter().filter_map(|row| account(&row[column]));
        let has_several = accounts.collect::<HashSet<&str>>().len() > 1;
        for (row, short) in rows.iter().zip(&mut short) {
            let arn = &row[column];
            if let Some(account) = account(arn) {
                let name = short_name(arn);
                short[column] = if has_several && with_accounts {
                    format!("{account}/{name}")
                } else {
                    name.to_owned()
                };
            }
        }
    }
    short
}

/// One line for the header and for each row, in columns.
fn render(shown: &[usize], rows: &[[String; 6]], colour: Colour) -> String {
    let widths = widths(rows);
    let line = |row: [&str; 6], style: StyleOf| {
        let mut line = String::new();
        for column in shown {
            let cell = row[*column];
            let (style, padding) = (style(*column, cell), widths[*column] - cell.width() + GAP);
            // Writing to a string can't fail.
            let _ = write!(line, "{style}{cell}{style:#}{:padding$}", "");
        }
        line.trim_end().to_owned()
    };
    let plain = |_: usize, _: &str| Style::new();
    let of_header = |_: usize, _: &str| Style::new().bold();
    let of_row = |column: usize, cell: &str| match column {
        STATUS => style_of(cell),
        _ => Style::new(),
    };
    let (of_header, of_row) = match colour {
        Colour::Yes => (of_header as StyleOf, of_row as StyleOf),
        Colour::No => (plain as StyleOf, plain as StyleOf),
    };
    let header = line(HEADER, of_header);
    let rows = rows.iter().map(|row| {
        let row = std::array::from_fn(|column| row[column].as_str());
        line(row, of_row)
    });
    [header]
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

fn style_of(status: &str) -> Style {
    match status {
        "valid" => AnsiColor::Green.on_default(),
        "expiring" => AnsiColor::Yellow.on_default(),
        // Yellow can hardly be read on white.
        "expired" => AnsiColor::Red.on_default(),
        "permanent" => AnsiColor::Magenta.on_default(),
        _ => Style::new().dimmed(),
    }
}
