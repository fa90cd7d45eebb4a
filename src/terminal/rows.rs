//! How many rows a question and its answer take on the screen. Pure.

use unicode_width::UnicodeWidthChar;

/// A tab goes to the next multiple of this.
const TAB: usize = 8;

/// The rows of `shown`, which begins at the left edge of a terminal with so many columns, as the
/// terminal echoes it: a control character as `^` and a letter.
pub(super) fn rows(shown: impl Iterator<Item = char>, columns: usize) -> usize {
    rows_and_column(shown, columns).0
}

/// The columns that are taken in the last row.
#[cfg(unix)]
pub(super) fn column(shown: impl Iterator<Item = char>, columns: usize) -> usize {
    rows_and_column(shown, columns).1
}

fn rows_and_column(shown: impl Iterator<Item = char>, columns: usize) -> (usize, usize) {
    let columns = columns.max(1);
    let (mut rows, mut column) = (1, 0);
    let mut advance = |column: &mut usize, width: usize| {
        // Only the next character moves on from a full row.
        if *column + width > columns && width > 0 {
            rows += 1;
            *column = 0;
        }
        *column += width;
    };
    for c in shown {
        match c {
            // It stays in its row.
            '\t' => column = column.max(((column / TAB + 1) * TAB).min(columns - 1)),
            _ if c.is_ascii_control() => {
                advance(&mut column, 1);
                advance(&mut column, 1);
            }
            _ => advance(&mut column, c.width().unwrap_or_default()),
        }
    }
    (rows, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_takes_so_many_rows() {
        for (shown, columns, expected) in [
            ("", 10, 1),
            ("123456789", 10, 1),
            // The cursor waits at the edge.
            ("1234567890", 10, 1),
            ("12345678901", 10, 2),
            ("12345678901234567890", 10, 2),
            ("日本語日本", 10, 1),
            ("日本語日本語", 10, 2),
            // What doesn't fit into the last column leaves it empty.
            ("1日本語日本", 10, 2),
            ("1日本語日12", 10, 2),
            // The accent is a character of its own.
            ("123456789e\u{301}", 10, 1),
            ("\t\t\t", 25, 1),
            ("\t1\t1\t12", 26, 1),
            ("\t1\t1\t123", 26, 2),
            // At the edge, a tab does nothing.
            ("\t\t\t\t1", 10, 1),
            ("\t\t\t\t12", 10, 2),
            ("1234567890\t", 10, 1),
            ("12345678\u{1b}", 10, 1),
            ("123456789\u{1b}", 10, 2),
            ("12345678\u{7f}", 10, 1),
            ("123", 0, 3),
        ] {
            assert_eq!(rows(shown.chars(), columns), expected, "{shown:?}");
        }
    }
}
