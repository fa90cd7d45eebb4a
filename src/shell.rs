//! Words of the commands in messages, and statements that set and remove variables. Pure.
//!
//! A command in a message may be run in any shell, so its words are quoted for all of them.
//! Statements are quoted by one shell's rules, and a value that it can't take unchanged is refused.

use std::fmt::Write;

use zeroize::Zeroizing;

use clap::ValueEnum;

use crate::error::Error;
use crate::sanitize;

/// One word of a command that a user is told to run, whatever is in `text`.
pub(crate) fn word(text: &str) -> String {
    if cfg!(windows) {
        windows_word(text)
    } else {
        unix_word(text)
    }
}

/// As [`word`], for a program that would take a path beginning with `-` for an option.
pub(crate) fn path(path: &std::path::Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with('-') {
        word(&format!("./{text}"))
    } else {
        word(&text)
    }
}

/// An option and its value, which may begin with `-`.
pub(crate) fn option(name: &str, value: &str) -> String {
    let separator = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{separator}{}", word(value))
}

/// Whether every shell takes `text` as one word without quotes.
pub(crate) fn is_plain_word(text: &str) -> bool {
    is_plain(text, if cfg!(windows) { "\\" } else { "@%" })
}

/// Most other characters mean something to one shell or another, some only at the beginning.
fn is_plain(text: &str, others: &str) -> bool {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || "_-/.:+".contains(c) || others.contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || "_-/.".contains(c))
        && text.chars().all(is_plain)
}

/// For sh, bash, zsh, fish and elvish, and in PowerShell at least nothing but words: in single
/// quotes, except for what some of them don't take literally there.
fn unix_word(text: &str) -> String {
    if is_plain(text, "@%") {
        return text.to_owned();
    }
    let mut word = "'".to_owned();
    for c in text.chars() {
        match c {
            // PowerShell ends a string at typographic quotes, too.
            '\'' | '\u{2018}'..='\u{201b}' => {
                word.extend(["'\"", c.encode_utf8(&mut [0; 4]), "\"'"]);
            }
            // fish takes it for an escape.
            '\\' => word.push_str("'\"\\\\\"'"),
            c => word.push(c),
        }
    }
    word.push('\'');
    word
}

/// For cmd and PowerShell: in double quotes. What means something to one of them even there becomes
/// `?`, which is in no name.
fn windows_word(text: &str) -> String {
    if is_plain(text, "\\") {
        return text.to_owned();
    }
    // cmd expands only what is between two.
    let is_variable = text.matches('%').count() > 1;
    let is_bad = |c: char| match c {
        '%' => is_variable,
        c => "\"$`!\u{201c}\u{201d}\u{201e}".contains(c) || sanitize::is_unsafe(c),
    };
    let mut word = "\"".to_owned();
    word.extend(text.chars().map(|c| if is_bad(c) { '?' } else { c }));
    // Before the closing quote, programs take them for escapes.
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    word.extend(std::iter::repeat_n('\\', backslashes));
    word.push('"');
    word
}

/// The line that removes these variables.
pub(crate) fn removal_line(format: Format, names: &[&str]) -> String {
    match format {
        Format::Env | Format::EnvNoExport => format!("unset {}", names.join(" ")),
        Format::Fish => format!("set -e {}", names.join(" ")),
        Format::Powershell => format!("Remove-Item Env:{}", names.join(",Env:")),
        Format::WindowsCmd => format!("set \"{}=\"", names.join("=\" & set \"")),
    }
}

/// The line that runs `command` with these variables.
pub(crate) fn line_with_variables(
    format: Format,
    variables: &[(&str, String)],
    command: &str,
) -> String {
    let set = |(name, value): &(&str, String)| match format {
        Format::Env | Format::EnvNoExport | Format::Fish => {
            format!("{name}={} ", unix_word(value))
        }
        Format::Powershell => {
            let mut quoted = String::new();
            push_quoted(&mut quoted, value, for_powershell);
            format!("$Env:{name} = {quoted}; ")
        }
        Format::WindowsCmd => format!("set {} & ", windows_word(&format!("{name}={value}"))),
    };
    variables.iter().map(set).collect::<String>() + command
}

/// A variable and its new value; `None` removes it.
#[derive(Clone, Copy)]
pub(crate) struct Change<'v> {
    pub(crate) name: &'static str,
    pub(crate) value: Option<&'v str>,
}

/// The formats of `aws configure export-credentials`, with the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// `export NAME='value'`, for bash, zsh, dash and similar shells
    Env,
    /// NAME=value, for env files
    EnvNoExport,
    /// `set -gx NAME 'value'`
    Fish,
    /// `$Env:NAME = 'value'`
    Powershell,
    /// `set "NAME=value"`
    WindowsCmd,
}

/// The statements that make `changes`, one per line.
pub(crate) fn statements(
    format: Format,
    changes: &[Change<'_>],
) -> Result<Zeroizing<String>, Error> {
    let room: usize = changes
        .iter()
        .map(|change| 64 + 4 * change.value.map_or(0, str::len))
        .sum();
    // Growing would leave copies of secrets in memory.
    let mut text = Zeroizing::new(String::with_capacity(room));
    for change in changes {
        let name = change.name;
        // Writing to a string can't fail.
        let _ = match change.value {
            None => remove(&mut text, format, name),
            Some(value) => set(&mut text, format, name, &quoted(format, name, value)?),
        };
    }
    Ok(text)
}

fn set(text: &mut String, format: Format, name: &str, value: &str) -> std::fmt::Result {
    match format {
        Format::Env => writeln!(text, "export {name}={value}"),
        Format::EnvNoExport => writeln!(text, "{name}={value}"),
        Format::Fish => writeln!(text, "set -gx {name} {value}"),
        Format::Powershell => writeln!(text, "$Env:{name} = {value}"),
        Format::WindowsCmd => writeln!(text, "set \"{name}={value}\""),
    }
}

fn remove(text: &mut String, format: Format, name: &str) -> std::fmt::Result {
    match format {
        Format::Env => writeln!(text, "unset {name}"),
        // In a file of variables, such as docker's, there is nothing to remove.
        Format::EnvNoExport => Ok(()),
        Format::Fish => writeln!(text, "set -e {name}"),
        Format::Powershell => {
            writeln!(text, "Remove-Item Env:{name} -ErrorAction SilentlyContinue")
        }
        Format::WindowsCmd => writeln!(text, "set \"{name}=\""),
    }
}

fn quoted(format: Format, name: &'static str, value: &str) -> Result<Zeroizing<String>, Error> {
    let refuse = |is_bad: fn(char) -> bool| {
        if !value.chars().any(is_bad) {
            return Ok(());
        }
        let format = format.to_possible_value();
        let format = format
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default();
        Err(Error::UnquotableValue { name, format })
    };
    // No shell keeps a NUL, a line break begins another statement for a line-by-line reader, and a
    // terminal would obey or hide others.
    refuse(sanitize::is_unsafe)?;
    let mut text = Zeroizing::new(String::with_capacity(2 + 4 * value.len()));
    match format {
        // docker and systemd also read such lines, and take quotes as part of the value.
        Format::EnvNoExport => {
            refuse(|c| !(c.is_ascii_alphanumeric() || "+/=_-.,:@%^~".contains(c)))?;
            text.push_str(value);
        }
        Format::Env => push_quoted(&mut text, value, |c| match c {
            '\'' => Some("'\\''"),
            _ => None,
        }),
        Format::Fish => push_quoted(&mut text, value, |c| match c {
            '\'' => Some("\\'"),
            '\\' => Some("\\\\"),
            _ => None,
        }),
        Format::Powershell => push_quoted(&mut text, value, for_powershell),
        // Their meaning differs between the command line, `for /f` and a batch file.
        Format::WindowsCmd => {
            refuse(|c| matches!(c, '"' | '%' | '!' | '^'))?;
            text.push_str(value);
        }
    }
    Ok(text)
}

/// Typographic quotes also end a string.
fn for_powershell(c: char) -> Option<&'static str> {
    match c {
        '\'' => Some("''"),
        '\u{2018}' => Some("\u{2018}\u{2018}"),
        '\u{2019}' => Some("\u{2019}\u{2019}"),
        '\u{201a}' => Some("\u{201a}\u{201a}"),
        '\u{201b}' => Some("\u{201b}\u{201b}"),
        _ => None,
    }
}

/// Appends `value` in single quotes, escaped by `escape`.
fn push_quoted(text: &mut String, value: &str, escape: impl Fn(char) -> Option<&'static str>) {
    text.push('\'');
    for c in value.chars() {
        match escape(c) {
            Some(escaped) => text.push_str(escaped),
            None => text.push(c),
        }
    }
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(format: Format, value: Option<&str>) -> Result<String, Error> {
        let change = Change {
            name: "NAME",
            value,
        };
        statements(format, &[change]).map(|text| text.to_string())
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        for text in [
            "dev",
            "-x",
            "/home/alice/.aws/credentials",
            "a.b_c:1@x",
            "100%",
        ] {
            assert_eq!(unix_word(text), text);
        }
        for text in ["dev", "C:\\Users\\alice\\.aws\\credentials", "-x"] {
            assert_eq!(windows_word(text), text);
        }
    }

    #[test]
    fn words_are_quoted_for_all_shells() {
        for (text, expected) in [
            ("", "''"),
            ("a;b", "'a;b'"),
            ("~x", "'~x'"),
            ("=ls", "'=ls'"),
            ("@x", "'@x'"),
            ("%self", "'%self'"),
            ("a,b", "'a,b'"),
            ("it's", "'it'\"'\"'s'"),
            ("a\\", "'a'\"\\\\\"''"),
            ("\u{2019};x", "''\"\u{2019}\"';x'"),
        ] {
            assert_eq!(unix_word(text), expected);
        }
        for (text, expected) in [
            ("", "\"\""),
            ("a&b", "\"a&b\""),
            ("~", "\"~\""),
            ("50%", "\"50%\""),
            ("%PATH%", "\"?PATH?\""),
            ("a\" & calc & \"", "\"a? & calc & ?\""),
            ("$(calc)", "\"?(calc)\""),
            ("`n", "\"?n\""),
            ("\u{201d};calc", "\"?;calc\""),
            ("C:\\a b\\", "\"C:\\a b\\\\\""),
        ] {
            assert_eq!(windows_word(text), expected);
        }
    }

    #[test]
    fn a_leading_hyphen_is_no_option() {
        assert_eq!(option("--profile", "dev"), "--profile dev");
        assert_eq!(option("--profile", "-x"), "--profile=-x");
        #[cfg(unix)]
        assert_eq!(path("-x".as_ref()), "./-x");
    }

    #[test]
    fn values_are_quoted_for_each_shell() {
        let value = Some("it's $(a) `b` \\ \"c\"");
        for (format, expected) in [
            (Format::Env, "export NAME='it'\\''s $(a) `b` \\ \"c\"'\n"),
            (Format::Fish, "set -gx NAME 'it\\'s $(a) `b` \\\\ \"c\"'\n"),
            (
                Format::Powershell,
                "$Env:NAME = 'it''s $(a) `b` \\ \"c\"'\n",
            ),
        ] {
            assert_eq!(statement(format, value).unwrap(), expected);
        }
        let plain = Some("IQoJ//b3+z==");
        for (format, expected) in [
            (Format::EnvNoExport, "NAME=IQoJ//b3+z==\n"),
            (Format::WindowsCmd, "set \"NAME=IQoJ//b3+z==\"\n"),
        ] {
            assert_eq!(statement(format, plain).unwrap(), expected);
        }
    }

    #[test]
    fn variables_are_removed_in_each_shell() {
        for (format, expected) in [
            (Format::Env, "unset NAME\n"),
            (Format::EnvNoExport, ""),
            (Format::Fish, "set -e NAME\n"),
            (
                Format::Powershell,
                "Remove-Item Env:NAME -ErrorAction SilentlyContinue\n",
            ),
            (Format::WindowsCmd, "set \"NAME=\"\n"),
        ] {
            assert_eq!(statement(format, None).unwrap(), expected);
        }
    }

    #[test]
    fn values_that_a_shell_cannot_take_are_refused() {
        for (format, bad) in [
            (Format::Env, "a\nb"),
            (Format::Fish, "a\0b"),
            (Format::Powershell, "a\rb"),
            (Format::EnvNoExport, "a b"),
            (Format::EnvNoExport, "a'b"),
            (Format::Env, "a\u{202e}b"),
            (Format::Fish, "a\u{3164}b"),
            (Format::WindowsCmd, "a%b"),
            (Format::WindowsCmd, "a\"b"),
            (Format::WindowsCmd, "a!b"),
            (Format::WindowsCmd, "a^b"),
        ] {
            let error = statement(format, Some(bad)).unwrap_err().to_string();
            assert!(error.contains("NAME") && !error.contains(bad), "{error}");
        }
    }
}
