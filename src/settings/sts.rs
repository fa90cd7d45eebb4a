//! How AWS STS is reached, as far as it isn't the SDK's business: the region, and whom to trust.

use std::path::PathBuf;

use super::{Environment, ProfileSections, Selection, Setting};
use crate::error::Error;

/// Where AWS STS is and whom to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StsSettings {
    /// The region whose STS is called; none for the global endpoint.
    pub region: Option<Setting<String>>,
    /// A file of certificate authorities that are trusted instead of the system's; none for the system's.
    pub ca_bundle: Option<Setting<PathBuf>>,
}

impl StsSettings {
    /// Resolves them: the region from its flag, its variables, the profile's and the long-term section's files; the bundle from
    /// `AWS_CA_BUNDLE`, else `ca_bundle` of these sections, as the AWS CLI.
    ///
    /// # Errors
    /// What can't be a region's name, or what AWS's tools read differently.
    pub fn resolve(
        selection: &Selection,
        environment: &Environment,
        sections: &ProfileSections<'_>,
    ) -> Result<Self, Error> {
        Ok(Self {
            region: resolve_region(selection, sections)?,
            ca_bundle: resolve_ca_bundle(environment, sections)?,
        })
    }
}

fn resolve_region(
    selection: &Selection,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<String>>, Error> {
    let region = match &selection.region {
        Some(region) => Some(region.clone()),
        None => sections.region()?,
    };
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match region {
        Some(region) if !region.value.bytes().all(is_name) => Err(region
            .origin
            .problem("not a region's name, such as eu-central-1")),
        region => Ok(region),
    }
}

fn resolve_ca_bundle(
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<PathBuf>>, Error> {
    let given = environment.raw("AWS_CA_BUNDLE");
    let given = match given {
        Some(given) => Some(given),
        None => ProfileSections::first(&[
            (&sections.config, "ca_bundle"),
            (&sections.config_long_term, "ca_bundle"),
        ])?
        .map(|setting| Setting::new(setting.value.into(), setting.origin)),
    };
    let expand = |setting: Setting<std::ffi::OsString>| {
        let path = environment.expand_home(setting.value)?;
        Ok(Setting::new(path, setting.origin))
    };
    given.map(expand).transpose()
}
