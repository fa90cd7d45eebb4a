//! A section of the credentials file or the config file, as a source of settings.

use std::path::Path;

use super::{Origin, Setting};
use crate::credentials_file::document::{Document, SectionText};
use crate::credentials_file::line::Kind;
use crate::credentials_file::properties::Properties;
use crate::credentials_file::refusal::{Problem, Refusal};
use crate::error::Error;
use crate::sanitize::shorten;

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

    /// `None` if `key` is missing or empty.
    pub(crate) fn get(&self, key: &'static str) -> Result<Option<Setting<String>>, Error> {
        let value = self
            .properties
            .lenient_value(key)
            .map_err(Error::refused(self.path))?;
        let origin = Origin::Key {
            key,
            section: self.name.clone(),
            file: self.path.to_owned(),
        };
        Ok(value
            .filter(|value| !value.is_empty())
            .map(|value| Setting::new(value.to_owned(), origin)))
    }

    /// Whether the key is there, readable or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.properties.line_of(key).is_some()
    }

    pub(crate) fn path(&self) -> &'t Path {
        self.path
    }
}

/// The sections with a profile's settings, in the credentials file unless named `config`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProfileSections<'t> {
    pub(crate) long_term: Option<FileSection<'t>>,
    pub(crate) session: Option<FileSection<'t>>,
    pub(crate) config_long_term: Option<FileSection<'t>>,
    pub(crate) config: Option<FileSection<'t>>,
    /// The STS endpoint in the config file's `services` section that the profile names.
    pub(crate) sts_endpoint: Option<Setting<String>>,
}

impl<'t> ProfileSections<'t> {
    /// Adds the config file's sections: `[profile NAME]`, with or without quotes around the name;
    /// for `default` also `[default]`, which has lower precedence.
    pub(crate) fn add_config(
        &mut self,
        document: &Document<'t>,
        profile: &str,
        long_term: &str,
        path: &'t Path,
    ) -> Result<(), Error> {
        let find = |name: &str| {
            let mut headers = vec![
                format!("profile {name}"),
                // The AWS CLI and boto3 remove quotes.
                format!("profile '{name}'"),
                format!("profile \"{name}\""),
            ];
            if name == "default" {
                headers.push(name.to_owned());
            }
            let mut found = headers
                .iter()
                .map(|header| FileSection::find(document, header, path));
            found.find_map(Result::transpose).transpose()
        };
        self.config = find(profile)?;
        self.config_long_term = find(long_term)?;
        if let Some(services) = self.value("services")? {
            self.sts_endpoint = sts_endpoint(document, &services, path)?;
        }
        Ok(())
    }

    pub(crate) fn device(&self) -> Result<Option<Setting<String>>, Error> {
        Self::first(&[
            (&self.long_term, "aws_mfa_device"),
            (&self.long_term, "mfa_serial"),
            (&self.config_long_term, "mfa_serial"),
            (&self.config, "mfa_serial"),
        ])
    }

    /// The profile's own sections come before the long-term ones.
    pub(crate) fn value(&self, key: &'static str) -> Result<Option<Setting<String>>, Error> {
        Self::first(&[
            (&self.session, key),
            (&self.config, key),
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

/// `endpoint_url` in the `sts =` block of the config file's `[services NAME]`.
fn sts_endpoint(
    document: &Document<'_>,
    services: &Setting<String>,
    path: &Path,
) -> Result<Option<Setting<String>>, Error> {
    let refused = Error::refused(path);
    let name = format!("services {}", services.value);
    let section = document.section(&name).map_err(refused)?;
    let missing = || {
        services.origin.problem(format!(
            "there is no section [{}] in {}",
            shorten(&name),
            path.display()
        ))
    };
    let mut in_sts = false;
    for line in section.ok_or_else(missing)?.lines() {
        match line.kind() {
            Kind::Property => in_sts = line.has_key("sts"),
            Kind::Indented if in_sts && !line.is_indented_comment() => {
                let nested = line.content().split_once('=');
                let (key, value) = nested
                    .ok_or_else(|| refused(Refusal::at(line.number, Problem::NoDelimiter)))?;
                if key.trim() == "endpoint_url" && !value.trim().is_empty() {
                    let origin = Origin::Key {
                        key: "endpoint_url",
                        section: name,
                        file: path.to_owned(),
                    };
                    return Ok(Some(Setting::new(value.trim().to_owned(), origin)));
                }
            }
            Kind::Indented | Kind::Blank | Kind::Comment | Kind::Header => {}
        }
    }
    Ok(None)
}
