//! How AWS STS is reached: the region, whom to trust, and whether another endpoint than AWS's was configured. The SDK resolves
//! endpoints by itself; here they are only found to be named.

use std::path::PathBuf;

use super::{Environment, Origin, ProfileSections, Selection, Setting};
use crate::error::Error;

/// Where AWS STS is and whom to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StsSettings {
    /// The region whose STS is called; none for the global endpoint.
    pub region: Option<Setting<String>>,
    /// A file of certificate authorities that are trusted instead of the system's; none for the system's.
    pub ca_bundle: Option<Setting<PathBuf>>,
    /// The URL of an endpoint that was configured.
    pub endpoint: Option<Setting<String>>,
}

/// The domains of AWS's partitions. Source: the endpoint rules of the SDKs.
const AWS_DOMAINS: [&str; 5] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
];

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
            endpoint: resolve_endpoint(environment, sections)?,
        })
    }

    /// The endpoint's host and what named it, where it isn't AWS's own.
    #[must_use]
    pub fn foreign_host(&self) -> Option<(&str, &Origin)> {
        let endpoint = self.endpoint.as_ref()?;
        let host = host_of(&endpoint.value);
        let name = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
        let is_aws = AWS_DOMAINS.iter().any(|domain| name.ends_with(domain));
        (!is_aws).then_some((host, &endpoint.origin))
    }
}

/// Host and port of a URL, without user and password.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// As the SDK does: the service's variable, the common one, the profile's `services` section, its `endpoint_url`.
fn resolve_endpoint(
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<String>>, Error> {
    let ignored = match environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")? {
        Some(ignored) => Some(ignored),
        None => ProfileSections::first(&[(&sections.config, "ignore_configured_endpoint_urls")])?,
    };
    if ignored.is_some_and(|ignored| ignored.value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    match environment.first(&["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])? {
        Some(given) => Ok(Some(given)),
        None if sections.sts_endpoint.is_some() => Ok(sections.sts_endpoint.clone()),
        None => ProfileSections::first(&[(&sections.config, "endpoint_url")]),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_that_are_not_aws_s_are_named_without_passwords() {
        for (url, host) in [
            ("https://sts.eu-west-1.amazonaws.com", None),
            ("https://vpce-1.sts.us-east-1.vpce.amazonaws.com:443/", None),
            ("https://STS.cn-north-1.amazonaws.com.cn", None),
            ("https://sts.eu-west-1.api.aws", None),
            ("http://127.0.0.1:8080/x", Some("127.0.0.1:8080")),
            ("https://user:pw@proxy.example/?q", Some("proxy.example")),
            (
                "https://amazonaws.com.evil.example",
                Some("amazonaws.com.evil.example"),
            ),
            ("https://evilamazonaws.com", Some("evilamazonaws.com")),
        ] {
            let settings = StsSettings {
                endpoint: Some(Setting::default(url.to_owned())),
                ..StsSettings::default()
            };
            assert_eq!(settings.foreign_host().map(|(host, _)| host), host, "{url}");
        }
    }
}
