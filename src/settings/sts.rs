//! How AWS STS is reached: the region, FIPS and dual stack, an endpoint other than AWS's, and whom to trust.
//!
//! Resolved here, not by the SDK: it reads a config file that doesn't parse as an empty one and passes over values that it doesn't
//! know, and so would call another endpoint than the user asked for. Which host the region means is the SDK's to know.

use std::path::PathBuf;

use super::{Endpoint, Environment, ProfileSections, Selection, Setting};
use crate::error::Error;

/// Where AWS STS is and whom to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StsSettings {
    /// The region whose STS is called; none for the global endpoint.
    pub(crate) region: Option<Setting<String>>,
    /// Whether the endpoint must be one that is validated for FIPS 140.
    pub(crate) fips: bool,
    /// Whether the endpoint must answer over IPv4 and IPv6.
    pub(crate) dual_stack: bool,
    /// A file of certificate authorities that are trusted instead of the system's; none for the system's.
    pub(crate) ca_bundle: Option<Setting<PathBuf>>,
    /// The endpoint that is called instead of AWS's own.
    pub(crate) endpoint: Option<Setting<Endpoint>>,
}

impl StsSettings {
    /// Resolves them: the region from its flag, all from their variables, else from the profile's and the long-term section's
    /// files.
    pub(crate) fn resolve(
        selection: &Selection,
        environment: &Environment,
        sections: &ProfileSections<'_>,
    ) -> Result<Self, Error> {
        let is_set = |variable, key| is_set(environment, sections, variable, key);
        let fips = is_set("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
        let endpoint = resolve_endpoint(environment, sections)?;
        if let (Some(fips), Some(endpoint)) = (&fips, &endpoint) {
            return Err(fips.origin.problem(format!(
                "can't be combined with a custom endpoint (from {})",
                endpoint.origin
            )));
        }
        Ok(Self {
            region: resolve_region(selection, sections)?,
            fips: fips.is_some(),
            dual_stack: is_set("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?.is_some(),
            ca_bundle: resolve_ca_bundle(environment, sections)?,
            endpoint,
        })
    }

    /// Names an endpoint that isn't AWS's own, and where it was set.
    pub(crate) fn foreign_endpoint(&self) -> Option<String> {
        let Setting { value, origin } = self.endpoint.as_ref()?;
        let host = value.host_and_port();
        (!value.is_aws())
            .then(|| format!("STS is at {host} (from {origin}), which isn't AWS's own"))
    }
}

/// The region: its flag, its variables, the profile's and the long-term section's files.
pub(crate) fn resolve_region(
    selection: &Selection,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<String>>, Error> {
    let region = match &selection.region {
        Some(region) => Some(region.clone()),
        None => sections.value("region")?,
    };
    match region {
        Some(region) if !is_host_label(&region.value) => Err(region
            .origin
            .problem("not a region; expected something like eu-central-1")),
        region => Ok(region),
    }
}

/// Whether a host's name can have it between its dots: it becomes a part of the endpoint's.
fn is_host_label(text: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= 63 && text.bytes().all(is_name) && !text.starts_with('-') && !text.ends_with('-')
}

/// Where a switch was set to true; none where it is off. Nothing but `true` and `false` is one: `1` is no switch to any AWS tool, but
/// whoever wrote it wants something.
fn is_set(
    environment: &Environment,
    sections: &ProfileSections<'_>,
    variable: &'static str,
    key: &'static str,
) -> Result<Option<Setting<bool>>, Error> {
    let given = match environment.get(variable)? {
        Some(given) => Some(given),
        None => sections.value(key)?,
    };
    match given {
        Some(given) if given.value.eq_ignore_ascii_case("true") => {
            Ok(Some(Setting::new(true, given.origin)))
        }
        Some(given) if !given.value.eq_ignore_ascii_case("false") => {
            Err(given.origin.problem("neither true nor false"))
        }
        _ => Ok(None),
    }
}

/// As the SDKs do: the service's variable, the common one, the profile's `services` section, its `endpoint_url`.
fn resolve_endpoint(
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<Endpoint>>, Error> {
    let ignored = is_set(
        environment,
        sections,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "ignore_configured_endpoint_urls",
    )?;
    if ignored.is_some() {
        return Ok(None);
    }
    let url = match environment.first(&["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])? {
        Some(given) => Some(given),
        None if sections.sts_endpoint.is_some() => sections.sts_endpoint.clone(),
        None => sections.value("endpoint_url")?,
    };
    url.as_ref().map(Endpoint::parse).transpose()
}

/// `AWS_CA_BUNDLE`, else `ca_bundle`, as the AWS CLI.
fn resolve_ca_bundle(
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<PathBuf>>, Error> {
    let given = match environment.raw("AWS_CA_BUNDLE") {
        Some(given) => Some(given),
        None => sections
            .value("ca_bundle")?
            .map(|setting| Setting::new(setting.value.into(), setting.origin)),
    };
    let expand = |setting: Setting<std::ffi::OsString>| {
        let path = environment.expand_home(setting.value)?;
        Ok(Setting::new(path, setting.origin))
    };
    given.map(expand).transpose()
}
