//! Statements that set and remove variables. Pure.
//!
//! They are quoted by one shell's rules, and a value that it can't take unchanged is refused.

use std::fmt::Write;

use clap::ValueEnum;
use serde::ser::{Serialize, SerializeMap, Serializer};
use zeroize::Zeroizing;

use super::Format;
use crate::error::Error;
use crate::json::{Layout, json};
use crate::sanitize;

/// A variable and its new value; `None` removes it.
#[derive(Clone, Copy)]
pub(crate) struct Change<'v> {
    pub(crate) name: &'static str,
    pub(crate) value: Option<&'v str>,
}

/// The statements that make `changes`, one per line.
pub(crate) fn statements(
    format: Format,
    changes: &[Change<'_>],
) -> Result<Zeroizing<String>, Error> {
    if format == Format::Json {
        let mut text = json(&Object(changes), Layout::OneLine).map_err(Error::output)?;
        text.push('\n');
        return Ok(text);
    }
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

/// A JSON object of names and values.
struct Object<'c>(&'c [Change<'c>]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for change in self.0 {
            object.serialize_entry(change.name, &change.value)?;
        }
        object.end()
    }
}

/// Whether this value can be set so that the shell gets it unchanged.
pub(crate) fn can_set(format: Format, value: &str) -> bool {
    format == Format::Json || quoted(format, "", value).is_ok()
}

fn set(text: &mut String, format: Format, name: &str, value: &str) -> std::fmt::Result {
    match format {
        Format::Env => writeln!(text, "export {name}={value}"),
        Format::EnvNoExport => writeln!(text, "{name}={value}"),
        Format::Fish => writeln!(text, "set -gx {name} {value}"),
        Format::Powershell => writeln!(text, "$Env:{name} = {value}"),
        Format::WindowsCmd => writeln!(text, "set \"{name}={value}\""),
        Format::Json => Ok(()),
    }
}

fn remove(text: &mut String, format: Format, name: &str) -> std::fmt::Result {
    match format {
        Format::Env => writeln!(text, "unset {name}"),
        // In a file of variables, such as docker's, there is nothing to remove.
        Format::EnvNoExport | Format::Json => Ok(()),
        // The last status is that of all, and one that isn't set is no failure.
        Format::Fish => writeln!(text, "set -e {name}; or true"),
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
        Format::Json => {}
    }
    Ok(text)
}

/// Typographic quotes also end a string.
pub(super) fn for_powershell(c: char) -> Option<&'static str> {
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
pub(super) fn push_quoted(
    text: &mut String,
    value: &str,
    escape: impl Fn(char) -> Option<&'static str>,
) {
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
            (Format::Fish, "set -e NAME; or true\n"),
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
