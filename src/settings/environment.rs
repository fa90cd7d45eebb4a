//! The process environment, as a value. Only [`Environment::from_process`] reads the real one.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Origin, Setting};
use crate::error::Error;

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
            .and_then(|rest| {
                let separators: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
                rest.strip_prefix(separators)
            });
        match below_home {
            Some(rest) => Ok(self.home()?.join(rest)),
            None => Ok(path.into()),
        }
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

#[cfg(test)]
pub(super) fn test_home() -> PathBuf {
    PathBuf::from(if cfg!(windows) {
        r"C:\Users\user"
    } else {
        "/home/user"
    })
}
