//! The process environment, as a value. Only [`Environment::from_process`] reads the real one.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Origin, Setting};
use crate::error::Error;
use crate::shell::{Format, Shell};

pub(super) const DEFAULT_PROFILE: &str = "default";

type Lookup = Box<dyn Fn(&str) -> Option<OsString>>;

/// An empty variable counts as unset.
pub(crate) struct Environment {
    lookup: Lookup,
    home: fn() -> Option<PathBuf>,
    cache: fn() -> Option<PathBuf>,
}

impl Environment {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reader of the environment"
    )]
    pub(crate) fn from_process() -> Self {
        Self {
            lookup: Box::new(|name| std::env::var_os(name)),
            home: dirs::home_dir,
            cache: dirs::cache_dir,
        }
    }

    /// The home folder is [`test_home`].
    #[cfg(test)]
    pub(super) fn from_variables(variables: &[(&str, &str)]) -> Self {
        let variables: Vec<(String, OsString)> = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).into()))
            .collect();
        Self::from_lookup(Box::new(move |name| {
            variables
                .iter()
                .find(|(k, _)| k == name)
                .map(|(_, v)| v.clone())
        }))
    }

    #[cfg(test)]
    pub(super) fn from_lookup(lookup: Lookup) -> Self {
        Self {
            lookup,
            home: || Some(test_home()),
            cache: || None,
        }
    }

    /// A variable that needn't be UTF-8, for paths.
    pub(super) fn raw(&self, name: &'static str) -> Option<Setting<OsString>> {
        let value = (self.lookup)(name).filter(|value| !value.is_empty())?;
        Some(Setting::new(value, Origin::Variable(name)))
    }

    pub(super) fn path(&self, name: &'static str) -> Option<Setting<PathBuf>> {
        let path = self.raw(name)?;
        Some(Setting::new(path.value.into(), path.origin))
    }

    /// Returns an error if the variable isn't UTF-8.
    pub(crate) fn get(&self, name: &'static str) -> Result<Option<Setting<String>>, Error> {
        let Some(Setting { value, origin }) = self.raw(name) else {
            return Ok(None);
        };
        match value.into_string() {
            Ok(value) => Ok(Some(Setting::new(value, origin))),
            Err(_) => Err(origin.problem("not valid UTF-8")),
        }
    }

    pub(crate) fn has(&self, name: &'static str) -> bool {
        self.raw(name).is_some()
    }

    /// Whether the variable exists, even if it is empty.
    pub(super) fn is_set(&self, name: &str) -> bool {
        (self.lookup)(name).is_some()
    }

    /// The option's value, else the first of `variables` that is set.
    pub(super) fn option_or_variable(
        &self,
        option: &'static str,
        value: Option<&String>,
        variables: &[&'static str],
    ) -> Result<Option<Setting<String>>, Error> {
        match Setting::flag(option, value.cloned()) {
            Some(flag) => Ok(Some(flag)),
            None => self.first(variables),
        }
    }

    pub(super) fn first(&self, names: &[&'static str]) -> Result<Option<Setting<String>>, Error> {
        names
            .iter()
            .find_map(|name| self.get(name).transpose())
            .transpose()
    }

    /// Expands a leading `~/`, as AWS tools do.
    pub(super) fn expand_home(&self, path: OsString) -> Result<PathBuf, Error> {
        let below_home = path
            .to_str()
            .and_then(|path| path.strip_prefix('~'))
            .and_then(|rest| rest.strip_prefix(std::path::is_separator));
        match below_home {
            Some(rest) => Ok(self.home()?.join(rest)),
            None => Ok(path.into()),
        }
    }

    /// The path of a file that AWS tools read, too. In a variable, other variables are expanded, as
    /// in the AWS CLI. What no shell and no AWS tool would have left is an error: it would be a
    /// file's name.
    pub(super) fn expand_path(&self, given: &Setting<OsString>) -> Result<ExpandedPath, Error> {
        // Other bytes are a path's own.
        let Some(text) = given.value.to_str() else {
            let value = given.value.clone().into();
            return Ok(ExpandedPath {
                value,
                has_variables: false,
            });
        };
        let problem = |problem: String| given.origin.problem(problem);
        if text.starts_with(['"', '\'']) {
            return Err(problem("begins with a quote; remove the quotes".to_owned()));
        }
        let is_variable = matches!(given.origin, Origin::Variable(_));
        let value = |name: &str| (self.lookup)(name).filter(|_| is_variable);
        let expanded = expand_variables(text, value).map_err(|name| {
            problem(if is_variable {
                match name.as_str() {
                    "${" => "a `${` has no closing brace".to_owned(),
                    name => format!("{name} isn't set; set it, or write the whole path"),
                }
            } else {
                format!("{name} isn't expanded here; write the whole path")
            })
        })?;
        let has_variables = expanded != text;
        if let Some(rest) = expanded.to_str().and_then(|text| text.strip_prefix('~'))
            && !rest.starts_with(std::path::is_separator)
        {
            let user: String = rest
                .chars()
                .take_while(|&c| !std::path::is_separator(c))
                .collect();
            let user = crate::sanitize::shorten(&user);
            return Err(problem(format!(
                "~{user} isn't expanded; write the whole path"
            )));
        }
        Ok(ExpandedPath {
            value: self.expand_home(expanded)?,
            has_variables,
        })
    }

    /// Whether AWS tools use this profile without `--profile`: botocore and the SDKs look at the two
    /// variables in different order.
    pub(crate) fn is_default_profile(&self, profile: &str) -> bool {
        let variables = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
        let mut named = variables
            .into_iter()
            .filter_map(|name| self.get(name).ok().flatten())
            .peekable();
        if named.peek().is_none() {
            return profile == DEFAULT_PROFILE;
        }
        named.all(|named| named.value == profile)
    }

    /// The user's shell: on Windows PowerShell, or bash in an MSYS2 or Git shell; elsewhere the one that
    /// `SHELL` names, or one like sh.
    pub(crate) fn shell(&self) -> Result<Shell, Error> {
        if cfg!(windows) {
            let is_msys = self.has("MSYSTEM");
            return Ok(Shell::Known(if is_msys {
                Format::Env
            } else {
                Format::Powershell
            }));
        }
        let shell = self.get("SHELL")?;
        let named = shell.map(|shell| Shell::named(&shell.value));
        Ok(named.unwrap_or(Shell::Known(Format::Env)))
    }

    /// The syntax of a line that the user is told to run, `None` if the shell has one of its own. On
    /// Windows that is cmd's, unless PowerShell runs this program.
    pub(crate) fn shell_for_advice(&self) -> Option<Format> {
        let format = self.shell().map_or(Some(Format::Env), Shell::format);
        if cfg!(windows) && format == Some(Format::Powershell) && self.powershell().is_none() {
            Some(Format::WindowsCmd)
        } else {
            format
        }
    }

    /// The program of the user's shell, to start it.
    pub(crate) fn shell_program(&self) -> OsString {
        let text = |name| self.raw(name).map(|variable| variable.value);
        if !cfg!(windows) {
            return text("SHELL").unwrap_or_else(|| "/bin/sh".into());
        }
        let msys = text("SHELL").filter(|_| self.has("MSYSTEM"));
        let powershell = || self.powershell().map(OsString::from);
        msys.or_else(powershell)
            .or_else(|| text("COMSPEC"))
            .unwrap_or_else(|| "cmd.exe".into())
    }

    /// The PowerShell that runs this program: it adds the folder of the user's own modules to the path
    /// of modules, which has that of all users anyway.
    fn powershell(&self) -> Option<&'static str> {
        let text = |name| self.get(name).ok().flatten().map(|variable| variable.value);
        let home = text("USERPROFILE")?.to_lowercase();
        let modules = text("PSModulePath")?.to_lowercase();
        let own = modules.split(';').find(|path| path.starts_with(&home))?;
        Some(if own.contains(r"\windowspowershell\") {
            "powershell.exe"
        } else {
            "pwsh.exe"
        })
    }

    pub(crate) fn cache(&self) -> Option<PathBuf> {
        (self.cache)()
    }

    /// `USERPROFILE` comes first on Windows, as in the AWS CLI.
    pub(crate) fn home(&self) -> Result<PathBuf, Error> {
        let windows = if cfg!(windows) {
            self.raw("USERPROFILE").map(|home| home.value.into())
        } else {
            None
        };
        let home = windows.or_else(self.home).ok_or(Error::NoHome)?;
        if home.is_absolute() {
            Ok(home)
        } else {
            // Whoever chooses the working directory would choose the file.
            Err(Error::RelativeHome { home })
        }
    }
}

pub(super) struct ExpandedPath {
    pub(super) value: PathBuf,
    pub(super) has_variables: bool,
}

/// Replaces `$NAME` and `${NAME}`, and `%NAME%` on Windows; any other `$` or `%` stays. The error is
/// a name without a value, as it is written. Source: `os.path.expandvars` of Python.
fn expand_variables(
    text: &str,
    value: impl Fn(&str) -> Option<OsString>,
) -> Result<OsString, String> {
    let mut expanded = OsString::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c| c == '$' || cfg!(windows) && c == '%') {
        let (before, from) = rest.split_at(at);
        expanded.push(before);
        let (written, name) = variable_at(from);
        match value(name).filter(|value| !name.is_empty() && !value.is_empty()) {
            Some(value) => expanded.push(value),
            None if ["$", "%"].contains(&written) || written.starts_with('%') => {
                expanded.push(written);
            }
            None => return Err(written.to_owned()),
        }
        rest = &from[written.len()..];
    }
    expanded.push(rest);
    Ok(expanded)
}

/// The variable that `text` begins with, as it is written, and its name; an empty name if it is only
/// a character.
fn variable_at(text: &str) -> (&str, &str) {
    let (sign, rest) = text.split_at(1);
    if sign == "%" {
        let end = rest.find('%');
        return end.map_or((sign, ""), |end| (&text[..end + 2], &rest[..end]));
    }
    if rest.starts_with('{') {
        // Without its end it is no name either, but certainly a mistake.
        let end = rest.find('}');
        return end.map_or(("${", ""), |end| (&text[..end + 2], &rest[1..end]));
    }
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = rest.find(|c| !is_in_name(c)).unwrap_or(rest.len());
    (&text[..=end], &rest[..end])
}

#[cfg(test)]
pub(super) fn test_home() -> PathBuf {
    PathBuf::from(if cfg!(windows) {
        r"C:\Users\user"
    } else {
        "/home/user"
    })
}

#[cfg(all(test, windows))]
mod tests {
    use super::*;

    #[test]
    fn the_shell_is_the_one_that_runs_this_program() {
        let home = ("USERPROFILE", r"C:\Users\alice");
        let of_all = r"C:\Program Files\WindowsPowerShell\Modules";
        let old = format!(r"C:\Users\alice\Documents\WindowsPowerShell\Modules;{of_all}");
        let new = format!(r"C:\Users\Alice\OneDrive\Documents\PowerShell\Modules;{of_all}");
        let comspec = ("COMSPEC", r"C:\Windows\System32\cmd.exe");
        let bash = ("SHELL", r"C:\Program Files\Git\usr\bin\bash.exe");
        for (variables, shell, advice) in [
            (
                &[home, comspec, ("PSModulePath", of_all)][..],
                comspec.1,
                Format::WindowsCmd,
            ),
            (
                &[home, comspec, ("PSModulePath", &old)],
                "powershell.exe",
                Format::Powershell,
            ),
            (
                &[home, comspec, ("PSModulePath", &new)],
                "pwsh.exe",
                Format::Powershell,
            ),
            (
                &[home, comspec, bash, ("MSYSTEM", "MINGW64")],
                bash.1,
                Format::Env,
            ),
            // WSL or a bash that was there before.
            (&[home, comspec, bash], comspec.1, Format::WindowsCmd),
            (&[home], "cmd.exe", Format::WindowsCmd),
        ] {
            let environment = Environment::from_variables(variables);
            assert_eq!(environment.shell_program(), shell);
            assert_eq!(environment.shell_for_advice(), Some(advice), "{shell}");
        }
    }
}
