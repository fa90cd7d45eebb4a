//! The user's shell: its syntax, and the words of commands in messages. Pure.
//!
//! A command in a message may be run in any shell, so its words are quoted for all of them.
//! [`statements`] are for one shell.

mod format;
pub(crate) mod statements;

use crate::sanitize;
use crate::words::join_with_and;
use statements::{for_powershell, push_quoted};

pub(crate) use format::{Format, Shell};

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

/// How to remove these variables; in words for a shell with a syntax of its own.
pub(crate) fn removal(format: Option<Format>, names: &[&str]) -> String {
    match format {
        Some(Format::Env | Format::EnvNoExport) => format!("unset {}", names.join(" ")),
        Some(Format::Fish) => format!("set -e {}", names.join(" ")),
        Some(Format::Powershell) => format!("Remove-Item Env:{}", names.join(",Env:")),
        Some(Format::WindowsCmd) => format!("set \"{}=\"", names.join("=\" & set \"")),
        Some(Format::Json) | None => {
            format!("remove {} from the environment", join_with_and(names))
        }
    }
}

/// The line that runs `command` with these variables.
pub(crate) fn line_with_variables(
    format: Option<Format>,
    variables: &[(&str, String)],
    command: &str,
) -> String {
    let set = |(name, value): &(&str, String)| match format {
        Some(Format::Powershell) => {
            let mut quoted = String::new();
            push_quoted(&mut quoted, value, for_powershell);
            format!("$Env:{name} = {quoted}; ")
        }
        Some(Format::WindowsCmd) => format!("set {} & ", windows_word(&format!("{name}={value}"))),
        Some(Format::Env | Format::EnvNoExport | Format::Fish | Format::Json) | None => {
            format!("{name}={} ", unix_word(value))
        }
    };
    let set: String = variables.iter().map(set).collect();
    // The program of this name does it where the shell has a syntax of its own.
    let env = if format.is_none() && !set.is_empty() {
        "env "
    } else {
        ""
    };
    format!("{env}{set}{command}")
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
