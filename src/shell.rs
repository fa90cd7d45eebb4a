//! Statements that set and remove variables in a shell, quoted by each shell's rules. Pure.
//!
//! A value that a shell can't take unchanged is refused.

use std::fmt::Write;

use zeroize::Zeroizing;

use clap::ValueEnum;

use crate::error::Error;

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

/// A word of a command that the user is told to run.
pub(crate) fn quote_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-/.:@%+=,\\~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if cfg!(windows) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
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
    // No shell keeps a NUL, and a line break begins another statement for a line-by-line reader.
    refuse(char::is_control)?;
    let mut text = Zeroizing::new(String::with_capacity(2 + 4 * value.len()));
    match format {
        // docker and systemd also read such lines, and take quotes as part of the value.
        Format::EnvNoExport => {
            refuse(|c| !(c.is_ascii_alphanumeric() || "+/=_-.,:@%^~".contains(c)))?;
            text.push_str(value);
        }
        Format::Env => quote(&mut text, value, |c| match c {
            '\'' => Some("'\\''"),
            _ => None,
        }),
        Format::Fish => quote(&mut text, value, |c| match c {
            '\'' => Some("\\'"),
            '\\' => Some("\\\\"),
            _ => None,
        }),
        // Typographic quotes also end a string.
        Format::Powershell => quote(&mut text, value, |c| match c {
            '\'' => Some("''"),
            '\u{2018}' => Some("\u{2018}\u{2018}"),
            '\u{2019}' => Some("\u{2019}\u{2019}"),
            '\u{201a}' => Some("\u{201a}\u{201a}"),
            '\u{201b}' => Some("\u{201b}\u{201b}"),
            _ => None,
        }),
        // Their meaning differs between the command line, `for /f` and a batch file.
        Format::WindowsCmd => {
            refuse(|c| matches!(c, '"' | '%' | '!' | '^'))?;
            text.push_str(value);
        }
    }
    Ok(text)
}

/// Appends `value` in single quotes, escaped by `escape`.
fn quote(text: &mut String, value: &str, escape: impl Fn(char) -> Option<&'static str>) {
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
