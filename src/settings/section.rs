//! A section of the credentials file or the config file, as a source of settings.

use std::path::Path;

use super::aws::{IAM, STS, Service};
use super::{Origin, Setting};
use crate::credentials_file::document::{Document, SectionText};
use crate::credentials_file::name::DEFAULTS;
use crate::credentials_file::properties::Properties;
use crate::error::Error;
use crate::ini_file::{IniFile, IniSection};
use crate::sanitize::shorten;

/// What may hold the MFA serial; the first one counts.
pub(crate) const DEVICE_KEYS: [&str; 2] = ["aws_mfa_device", "mfa_serial"];

#[derive(Clone, Debug)]
pub(crate) struct FileSection<'t> {
    /// As in the section's header.
    pub(crate) name: String,
    pub(crate) properties: Properties<'t>,
    path: &'t Path,
}

impl<'t> FileSection<'t> {
    pub(crate) fn find(
        document: &Document<'t>,
        name: &str,
        path: &'t Path,
    ) -> Result<Option<Self>, Error> {
        let section = document.section(name).map_err(Error::refused(path))?;
        Ok(section.map(|section| Self::read(name, &section, path)))
    }

    pub(crate) fn read(name: &str, section: &SectionText<'t>, path: &'t Path) -> Self {
        Self {
            name: name.to_owned(),
            properties: Properties::read(section),
            path,
        }
    }

    fn of_config(name: &str, section: &IniSection<'t>, path: &'t Path) -> Self {
        Self {
            // As in the documentation, however it is written.
            name: if section.name == "default" {
                name.to_owned()
            } else {
                format!("profile {name}")
            },
            properties: section.properties(),
            path,
        }
    }

    fn of_defaults(file: &IniFile<'t>, path: &'t Path) -> Self {
        Self {
            name: DEFAULTS.to_owned(),
            properties: file.defaults().properties(),
            path,
        }
    }

    /// `None` if `key` is missing or empty.
    pub(crate) fn get(&self, key: &'static str) -> Result<Option<Setting<String>>, Error> {
        let Some(line) = self.properties.line_of(key) else {
            return Ok(None);
        };
        let value = self
            .properties
            .lenient_value(key)
            .map_err(Error::refused(self.path))?;
        let origin = Origin::Key {
            key,
            section: self.name.clone(),
            file: self.path.to_owned(),
            line,
        };
        Ok(value
            .filter(|value| !value.is_empty())
            .map(|value| Setting::new(value.to_owned(), origin)))
    }

    /// Whether the key is there, readable or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.properties.line_of(key).is_some()
    }

    /// The MFA serial.
    pub(crate) fn device(&self) -> Result<Option<Setting<String>>, Error> {
        let mut found = DEVICE_KEYS.iter().map(|key| self.get(key));
        found.find_map(Result::transpose).transpose()
    }

    pub(crate) fn path(&self) -> &'t Path {
        self.path
    }
}

/// The sections with a profile's settings, in the credentials file unless named `config`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProfileSections<'t> {
    /// Those of a role's profile that takes its credentials from this one, for the call that assumes
    /// the role: they come first.
    pub(crate) role: Vec<FileSection<'t>>,
    pub(crate) long_term: Option<FileSection<'t>>,
    pub(crate) session: Option<FileSection<'t>>,
    pub(crate) config_long_term: Option<FileSection<'t>>,
    pub(crate) config: Option<FileSection<'t>>,
    /// `[DEFAULT]`, from which the AWS CLI and boto3 add to `config`.
    pub(crate) config_defaults: Option<FileSection<'t>>,
    /// Of each service, the endpoint in the config file's `services` section that the profile names, or
    /// a role's profile in any way.
    pub(crate) endpoints: Vec<(&'static Service, Setting<String>)>,
}

impl<'t> ProfileSections<'t> {
    /// Adds the config file's sections: `[profile NAME]`, and `[default]`.
    pub(crate) fn add_config(
        &mut self,
        file: &IniFile<'t>,
        profile: &str,
        long_term: &str,
        path: &'t Path,
    ) -> Result<(), Error> {
        let find = |name: &str| {
            let section = file.named("profile", name)?;
            Some(FileSection::of_config(name, section, path))
        };
        self.config = find(profile);
        self.config_defaults = self
            .config
            .as_ref()
            .map(|_| FileSection::of_defaults(file, path));
        self.config_long_term = find(long_term);
        if self.endpoints.is_empty()
            && let Some(services) = self.value("services")?
        {
            self.endpoints = endpoints(file, &services, path)?;
        }
        Ok(())
    }

    /// Adds the config file's sections of a role's profile, before those of its source.
    pub(crate) fn add_role(
        &mut self,
        file: &IniFile<'t>,
        role: &str,
        path: &'t Path,
    ) -> Result<(), Error> {
        if let Some(section) = file.named("profile", role) {
            self.role.push(FileSection::of_config(role, section, path));
            self.role.push(FileSection::of_defaults(file, path));
        }
        if let Some(services) = self.value("services")? {
            self.endpoints = endpoints(file, &services, path)?;
        }
        if self.endpoint_of(&STS).is_none()
            && let Some(url) = self.value("endpoint_url")?
        {
            self.endpoints.push((&STS, url));
        }
        Ok(())
    }

    /// The service's endpoint in a `services` section.
    pub(super) fn endpoint_of(&self, service: &Service) -> Option<&Setting<String>> {
        let mut endpoints = self.endpoints.iter();
        let found = endpoints.find(|(of, _)| **of == *service);
        found.map(|(_, url)| url)
    }

    pub(crate) fn device(&self) -> Result<Option<Setting<String>>, Error> {
        let sections = [&self.long_term, &self.config_long_term, &self.config];
        let mut found = sections.into_iter().flatten().map(FileSection::device);
        found.find_map(Result::transpose).transpose()
    }

    /// The profile's own sections come before the long-term ones.
    pub(crate) fn value(&self, key: &'static str) -> Result<Option<Setting<String>>, Error> {
        let mut of_role = self.role.iter().map(|section| section.get(key));
        if let Some(found) = of_role.find_map(Result::transpose) {
            return found.map(Some);
        }
        Self::first(&[
            (&self.session, key),
            (&self.config, key),
            (&self.config_defaults, key),
            (&self.long_term, key),
            (&self.config_long_term, key),
        ])
    }

    /// The profile that this one takes its credentials from, and the section that names it.
    pub(crate) fn source_profile(&self) -> Result<Option<(String, String)>, Error> {
        for section in [&self.config, &self.session].into_iter().flatten() {
            if let Some(source) = section.get("source_profile")? {
                return Ok(Some((source.value, section.name.clone())));
            }
        }
        Ok(None)
    }

    pub(super) fn first(
        places: &[(&Option<FileSection<'t>>, &'static str)],
    ) -> Result<Option<Setting<String>>, Error> {
        let mut values = places
            .iter()
            .filter_map(|(section, key)| section.as_ref().map(|section| section.get(key)));
        values.find_map(Result::transpose).transpose()
    }
}

/// `endpoint_url` in the blocks of the config file's `[services NAME]`, such as `sts =`.
fn endpoints(
    file: &IniFile<'_>,
    services: &Setting<String>,
    path: &Path,
) -> Result<Vec<(&'static Service, Setting<String>)>, Error> {
    let name = format!("services {}", services.value);
    let section = file.named("services", &services.value).ok_or_else(|| {
        let problem = format!("there is no section [{}]", shorten(&name));
        services.origin.problem(problem)
    })?;
    let mut endpoints = Vec::new();
    for service in [&STS, &IAM] {
        let nested = section.nested(service.name);
        let nested = nested.map_err(Error::refused(path))?;
        let url = nested
            .get("endpoint_url")
            .filter(|(_, url)| !url.is_empty());
        endpoints.extend(url.map(|&(line, url)| {
            let origin = Origin::Key {
                key: "endpoint_url",
                section: name.clone(),
                file: path.to_owned(),
                line,
            };
            (service, Setting::new(url.to_owned(), origin))
        }));
    }
    Ok(endpoints)
}
