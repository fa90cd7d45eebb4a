//! Which syntax is whose. Pure.

use clap::ValueEnum;

/// The formats of `aws configure export-credentials`, with the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// `export NAME='value'`, for bash, zsh, dash and similar shells
    #[value(aliases = ["bash", "zsh", "sh", "dash", "ksh"])]
    Env,
    /// NAME=value, for env files
    EnvNoExport,
    /// `set -gx NAME 'value'`
    Fish,
    /// `$Env:NAME = 'value'`
    #[value(alias = "pwsh")]
    Powershell,
    /// `set "NAME=value"`
    #[value(alias = "cmd")]
    WindowsCmd,
    /// One object with all names and values, null for a variable to remove
    Json,
}

/// A shell, by the name of its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    /// It reads one of the formats.
    Known(Format),
    Nushell,
    Xonsh,
    Elvish,
    /// Csh and its like.
    Csh,
    /// Whatever else there is, perhaps no shell at all.
    Other,
}

impl Shell {
    /// `program` is the path of a shell's program, or its name.
    pub(crate) fn named(program: &str) -> Self {
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
        let name = name.strip_suffix(".exe").unwrap_or(name);
        // bash-5.2, bash-static, ksh93, pwsh-preview
        let is_name = |c: char| c.is_ascii_alphabetic();
        let name = name.split(|c| !is_name(c)).next().unwrap_or(name);
        match name {
            "sh" | "bash" | "rbash" | "dash" | "ash" | "busybox" | "zsh" | "rzsh" | "ksh"
            | "rksh" | "mksh" | "lksh" | "oksh" | "pdksh" | "posh" | "yash" | "osh" => {
                Self::Known(Format::Env)
            }
            "fish" => Self::Known(Format::Fish),
            "pwsh" | "powershell" => Self::Known(Format::Powershell),
            "cmd" => Self::Known(Format::WindowsCmd),
            "csh" | "tcsh" => Self::Csh,
            "nu" => Self::Nushell,
            "xonsh" => Self::Xonsh,
            "elvish" => Self::Elvish,
            _ => Self::Other,
        }
    }

    pub(crate) fn format(self) -> Option<Format> {
        match self {
            Self::Known(format) => Some(format),
            Self::Nushell | Self::Xonsh | Self::Elvish | Self::Csh | Self::Other => None,
        }
    }

    /// The line that sets the variables which `command` prints as JSON, if the shell can read that.
    pub(crate) fn line_for_json(self, command: &str) -> Option<String> {
        match self {
            Self::Nushell => Some(format!("{command} | from json | load-env")),
            // An expression's value, an old secret, would be shown: hence the assignment. What xonsh takes
            // for a program that uses the terminal, its `$(…)` doesn't capture.
            Self::Xonsh => Some(format!(
                "for k, v in __import__('json').loads(__import__('subprocess').check_output({command:?}, \
                 shell=True, env=${{...}}.detype())).items(): _ = ${{...}}.pop(k, None) if v is None else \
                 ${{...}}.update({{k: v}})"
            )),
            Self::Elvish => Some(format!(
                "var s = ({command} | from-json); keys $s | each {{|k| if $s[$k] {{ set-env $k \
                 $s[$k] }} else {{ unset-env $k }} }}"
            )),
            Self::Known(_) | Self::Csh | Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_by_their_programs() {
        for (program, shell) in [
            ("/bin/bash", Shell::Known(Format::Env)),
            ("/usr/local/bin/bash-5.2", Shell::Known(Format::Env)),
            ("/usr/bin/ksh93", Shell::Known(Format::Env)),
            ("/bin/bash-static", Shell::Known(Format::Env)),
            ("/opt/pwsh-preview", Shell::Known(Format::Powershell)),
            ("zsh", Shell::Known(Format::Env)),
            ("/opt/homebrew/bin/fish", Shell::Known(Format::Fish)),
            ("/usr/bin/pwsh", Shell::Known(Format::Powershell)),
            ("C:\\Git\\usr\\bin\\bash.exe", Shell::Known(Format::Env)),
            ("/usr/bin/nu", Shell::Nushell),
            ("/usr/bin/xonsh", Shell::Xonsh),
            ("/usr/bin/elvish", Shell::Elvish),
            ("/bin/tcsh", Shell::Csh),
            ("/usr/sbin/nologin", Shell::Other),
            ("/usr/bin/fishy", Shell::Other),
        ] {
            assert_eq!(Shell::named(program), shell, "{program}");
        }
    }
}
