//! How to reach AWS STS: region, FIPS, dual stack, a custom endpoint, a proxy, and whom to trust.
//!
//! Resolved here, not by the SDK: it treats a config file that it can't parse as empty and ignores
//! values that it doesn't know, and would then call another endpoint than the user asked for. Only
//! the host for a region is left to the SDK.

use std::path::PathBuf;

use super::aws_hosts::STS;
use super::{Endpoint, Environment, Origin, ProfileSections, Proxy, Selection, Setting};
use crate::error::Error;

/// The SDK's name for the global endpoint, which is used if no region is set, as in botocore.
const GLOBAL_ENDPOINT: &str = "aws-global";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StsSettings {
    /// `None` means the global endpoint.
    pub(crate) region: Option<Setting<String>>,
    /// Whether to use an endpoint that is validated for FIPS 140.
    pub(crate) fips: bool,
    /// Whether to use an endpoint that answers over both IPv4 and IPv6.
    pub(crate) dual_stack: bool,
    /// Certificate authorities to trust instead of the system's.
    pub(crate) ca_bundle: Option<Setting<PathBuf>>,
    /// Where the system's are, if not where they usually are.
    pub(crate) system_ca_file: Option<Setting<PathBuf>>,
    /// As [`StsSettings::system_ca_file`], a folder of files.
    pub(crate) system_ca_folder: Option<Setting<PathBuf>>,
    /// Called instead of AWS's own endpoint.
    pub(crate) endpoint: Option<Setting<Endpoint>>,
    /// On the way to an endpoint with TLS.
    pub(crate) proxy: Option<Setting<Proxy>>,
}

impl StsSettings {
    /// In order of precedence: the flag (for the region only), environment variables, the profile's
    /// own sections, the long-term sections.
    pub(crate) fn resolve(
        selection: &Selection,
        environment: &Environment,
        sections: &ProfileSections<'_>,
    ) -> Result<Self, Error> {
        let resolve_switch = |variable, key| resolve_switch(environment, sections, variable, key);
        let fips = resolve_switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
        let endpoint = resolve_endpoint(environment, sections)?;
        if let (Some(fips), Some(endpoint)) = (&fips, &endpoint) {
            return Err(fips.origin.problem(format!(
                "can't be combined with a custom endpoint (from {})",
                endpoint.origin
            )));
        }
        refuse_custom_partitions(environment)?;
        let settings = Self {
            region: resolve_region(selection, sections)?,
            fips: fips.is_some(),
            dual_stack: resolve_switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?
                .is_some(),
            ca_bundle: resolve_ca_bundle(environment, sections)?,
            system_ca_file: environment.path("SSL_CERT_FILE"),
            system_ca_folder: environment.path("SSL_CERT_DIR"),
            endpoint,
            proxy: Proxy::resolve(environment)?,
        };
        settings.refuse_socks()?;
        Ok(settings)
    }

    /// Returns an error if requests would go through a proxy that the HTTP client can't use.
    fn refuse_socks(&self) -> Result<(), Error> {
        let Some(Setting { value, origin }) = &self.proxy else {
            return Ok(());
        };
        let endpoint = self.endpoint.as_ref().map(|endpoint| &endpoint.value);
        let has_tls = endpoint.is_none_or(Endpoint::has_tls);
        let region = self.region.as_ref();
        let host = match (endpoint, region) {
            (Some(endpoint), _) => Some(endpoint.host_and_port().to_owned()),
            (None, Some(region)) => STS.host_in(&region.value),
            (None, None) => None,
        };
        let host = host.unwrap_or_else(|| "sts.amazonaws.com".to_owned());
        if has_tls && !value.is_http() && value.is_for(&host) {
            return Err(origin.problem(
                "a SOCKS proxy can't be used; expected something like \
                 http://proxy.example.com:3128",
            ));
        }
        Ok(())
    }

    /// The name by which the SDK knows the region.
    pub(crate) fn region_or_default(&self) -> &str {
        self.region
            .as_ref()
            .map_or(GLOBAL_ENDPOINT, |region| &region.value)
    }

    /// Where the settings came from that decide whom to tell the code.
    pub(crate) fn obeyed(&self) -> impl Iterator<Item = &Origin> {
        let endpoint = self.endpoint.iter().map(|endpoint| &endpoint.origin);
        endpoint.chain(self.ca_bundle.iter().map(|bundle| &bundle.origin))
    }

    /// Names an endpoint that isn't AWS's own, and where it was set.
    pub(crate) fn custom_endpoint_note(&self) -> Option<String> {
        let Setting { value, origin } = self.endpoint.as_ref()?;
        let host = value.host_and_port();
        (!value.is_aws())
            .then(|| format!("STS is at {host} (from {origin}), which isn't AWS's own"))
    }
}

/// The SDK would take AWS's regions and domains from this file, and panic if it can't read it.
fn refuse_custom_partitions(environment: &Environment) -> Result<(), Error> {
    let name = "SMITHY_CLIENT_SDK_CUSTOM_PARTITION";
    if environment.is_set(name) {
        return Err(Origin::Variable(name).problem("not supported; unset it"));
    }
    Ok(())
}

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

/// Whether `text` is a valid label in a host name: the region becomes part of the endpoint's.
fn is_host_label(text: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= 63 && text.bytes().all(is_name) && !text.starts_with('-') && !text.ends_with('-')
}

/// `None` if the switch is off. Anything but `true` and `false` is an error: AWS tools don't accept
/// `1`, but whoever wrote it meant something.
fn resolve_switch(
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
            Err(given.origin.problem("must be true or false"))
        }
        _ => Ok(None),
    }
}

/// As in the SDKs: STS's own variable, the common one, the `services` section, `endpoint_url`.
fn resolve_endpoint(
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<Endpoint>>, Error> {
    let ignored = resolve_switch(
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

/// `AWS_CA_BUNDLE`, else `ca_bundle`, as in the AWS CLI.
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
