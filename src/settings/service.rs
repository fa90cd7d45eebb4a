//! How to reach a service of AWS: region, FIPS, dual stack, a custom endpoint, a proxy, and whom to trust.
//!
//! Resolved here, not by the SDK: it treats a config file that it can't parse as empty and ignores
//! values that it doesn't know, and would then call another endpoint than the user asked for. Only
//! the host for a region is left to the SDK, which is asked for it before anything is sent.

use std::path::PathBuf;

use super::aws::{IAM, Partition, STS, Service, has_form_of_region};
use super::device::{check_region, default_region};
use super::service_host::host_for;
use super::{Endpoint, Environment, Origin, ProfileSections, Proxy, Selection, Setting};
use crate::error::Error;

/// The SDK's name for the global endpoint. Regions that must be enabled refuse its tokens.
const GLOBAL_ENDPOINT: &str = "aws-global";

/// Whose requests `legacy` sends to the global endpoint. Source: `botocore/args.py`.
const LEGACY_REGIONS: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    GLOBAL_ENDPOINT,
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Every region accepts the tokens of its endpoint.
const DEFAULT_REGION: &str = "us-east-1";

const NO_REGION: &str = "not a region; expected something like eu-central-1";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceSettings {
    pub(crate) service: &'static Service,
    /// If none is set, that of the device's part of AWS.
    pub(crate) region: Setting<String>,
    /// Whether to use an endpoint that is validated for FIPS 140.
    pub(crate) fips: bool,
    /// Whether to use an endpoint that answers over both IPv4 and IPv6.
    pub(crate) dual_stack: bool,
    /// Certificate authorities to trust instead of the system's.
    pub(crate) ca_bundle: Option<Setting<PathBuf>>,
    /// Where the system's are, if not where they usually are.
    pub(crate) system_ca_file: Option<Setting<PathBuf>>,
    /// As [`ServiceSettings::system_ca_file`], a folder of files.
    pub(crate) system_ca_folder: Option<Setting<PathBuf>>,
    /// Called instead of AWS's own endpoint.
    pub(crate) endpoint: Option<Setting<Endpoint>>,
    /// On the way to an endpoint with TLS.
    pub(crate) proxy: Option<Setting<Proxy>>,
    /// The one that requests go to, perhaps with a port.
    host: String,
    /// What else chose the host, where that may be somebody else's than AWS's.
    chosen_by: Vec<Origin>,
}

impl ServiceSettings {
    /// `anchor`, the device's serial or the role's ARN, tells the part of AWS. In order of precedence:
    /// the flag (for the region only), environment variables, the profile's own sections, the
    /// long-term sections.
    pub(crate) fn resolve(
        service: &'static Service,
        selection: &Selection,
        environment: &Environment,
        sections: &ProfileSections<'_>,
        anchor: Option<&Setting<String>>,
    ) -> Result<Self, Error> {
        let resolve_switch = |variable, key| resolve_switch(environment, sections, variable, key);
        let fips = resolve_switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
        let dual_stack = resolve_switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?;
        let ignored = resolve_switch(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        )?;
        let endpoint = match &ignored {
            Some(_) => None,
            None => resolve_endpoint(service, environment, sections)?,
        };
        refuse_custom_partitions(environment)?;
        let legacy = resolve_legacy(environment, sections)?;
        let region = resolve_region(selection, sections)?;
        if let (Some(anchor), Some(region), None) = (anchor, &region, &endpoint) {
            check_region(anchor, region)?;
        }
        let region = match (region, anchor) {
            (Some(region), _) => region,
            (None, Some(anchor)) => {
                let own = match default_region(anchor) {
                    Err(_) if endpoint.is_some() => None,
                    own => own?,
                };
                Setting::default(own.unwrap_or(DEFAULT_REGION).to_owned())
            }
            (None, None) => Setting::default(DEFAULT_REGION.to_owned()),
        };
        let has_switch = fips.is_some() || dual_stack.is_some() || endpoint.is_some();
        let region = match legacy {
            Some(legacy)
                if *service == STS && !has_switch && LEGACY_REGIONS.contains(&&*region.value) =>
            {
                Setting::new(GLOBAL_ENDPOINT.to_owned(), legacy)
            }
            _ => region,
        };
        let mut settings = Self {
            service,
            region: match &endpoint {
                Some(_) if *service == IAM => signing_region(region),
                _ => region,
            },
            fips: fips.is_some(),
            dual_stack: dual_stack.is_some(),
            ca_bundle: resolve_ca_bundle(environment, sections)?,
            system_ca_file: environment.path("SSL_CERT_FILE"),
            system_ca_folder: environment.path("SSL_CERT_DIR"),
            endpoint,
            proxy: Proxy::resolve(environment)?,
            host: String::new(),
            chosen_by: Vec::new(),
        };
        let switches = [fips, dual_stack].map(|switch| switch.map(|switch| switch.origin));
        let ignored = ignored.map(|ignored| ignored.origin);
        settings.find_host(switches.into_iter().flatten().collect(), ignored, sections)?;
        settings.refuse_socks()?;
        Ok(settings)
    }

    /// Finds out whom requests will go to. `switches` are those for FIPS and dual stack; `ignored`
    /// turned endpoints of the user's own off.
    fn find_host(
        &mut self,
        switches: Vec<Origin>,
        ignored: Option<Origin>,
        sections: &ProfileSections<'_>,
    ) -> Result<(), Error> {
        if let Some(endpoint) = &self.endpoint {
            if let Some(switch) = switches.first() {
                return Err(switch.problem(format!(
                    "can't be combined with a custom endpoint (from {})",
                    endpoint.origin
                )));
            }
            self.host = endpoint.value.host_and_port().to_owned();
            let is_in_services = sections
                .endpoint_of(self.service)
                .is_some_and(|named| named.origin == endpoint.origin);
            if is_in_services {
                self.chosen_by
                    .extend(sections.value("services")?.map(|services| services.origin));
            }
            return Ok(());
        }
        let region = self.region.value.as_str();
        if let Some(switch) = switches.first()
            && region == GLOBAL_ENDPOINT
        {
            return Err(switch.problem("needs a region; set one with --region or AWS_REGION"));
        }
        // With an endpoint of one's own it is only a word in the signature; here it is a name of
        // AWS's, below whose domain most names are anybody's.
        if region != GLOBAL_ENDPOINT && !has_form_of_region(region) {
            return Err(self.no_region());
        }
        self.host =
            host_for(self.service, region, self.fips, self.dual_stack).ok_or_else(|| {
                let no_host = |switch: &Origin| switch.problem(format!("AWS has none in {region}"));
                switches.first().map_or_else(|| self.no_region(), no_host)
            })?;
        if !self.service.is_at(&self.host) {
            let region = std::iter::once(self.region.origin.clone());
            self.chosen_by = region.chain(switches).chain(ignored).collect();
        }
        Ok(())
    }

    fn no_region(&self) -> Error {
        self.region.origin.problem(NO_REGION)
    }

    /// Returns an error if requests would go through a proxy that the HTTP client can't use.
    fn refuse_socks(&self) -> Result<(), Error> {
        let endpoint = self.endpoint.as_ref().map(|endpoint| &endpoint.value);
        let has_tls = endpoint.is_none_or(Endpoint::has_tls);
        match &self.proxy {
            Some(Setting { value, origin })
                if has_tls && !value.is_http() && value.is_for(&self.host) =>
            {
                Err(origin.problem(
                    "a SOCKS proxy can't be used; expected something like \
                     http://proxy.example.com:3128",
                ))
            }
            _ => Ok(()),
        }
    }

    /// The host that requests go to, perhaps with a port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// A region for tools that know no global one.
    pub(crate) fn region_of_tools(&self) -> &str {
        match self.region.value.as_str() {
            GLOBAL_ENDPOINT => DEFAULT_REGION,
            region => region,
        }
    }

    /// Where the settings came from that decide whom to tell the code.
    pub(crate) fn obeyed(&self) -> impl Iterator<Item = &Origin> {
        let endpoint = self.endpoint.iter().map(|endpoint| &endpoint.origin);
        let bundle = self.ca_bundle.iter().map(|bundle| &bundle.origin);
        endpoint.chain(bundle).chain(&self.chosen_by)
    }

    /// Names a host that isn't AWS's own, and where it was set.
    pub(crate) fn custom_endpoint_note(&self) -> Option<String> {
        let (host, title) = (&self.host, self.service.title);
        match &self.endpoint {
            Some(Setting { value, origin }) => (!value.is_of(self.service))
                .then(|| format!("{title} is at {host} (from {origin}), which isn't AWS's own")),
            None => (!self.service.is_at(host)).then(|| {
                let origin = &self.region.origin;
                format!("{title} is at {host} (from {origin}), which isn't known to be AWS's own")
            }),
        }
    }
}

/// IAM takes signatures for one region of each part of AWS; the SDK knows that where it knows the host.
fn signing_region(region: Setting<String>) -> Setting<String> {
    match Partition::of_region(&region.value) {
        Some(partition) => Setting::new(partition.default_region().to_owned(), region.origin),
        None => region,
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

/// What asks for the global endpoint.
fn resolve_legacy(
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Origin>, Error> {
    let given = match environment.get("AWS_STS_REGIONAL_ENDPOINTS")? {
        Some(given) => Some(given),
        None => sections.value("sts_regional_endpoints")?,
    };
    match given {
        None => Ok(None),
        Some(given) if given.value == "legacy" => Ok(Some(given.origin)),
        Some(given) if given.value == "regional" => Ok(None),
        Some(given) => Err(given.origin.problem("must be regional or legacy")),
    }
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
        Some(region) if !is_host_label(&region.value) => Err(region.origin.problem(NO_REGION)),
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

/// As in the SDKs: the service's own variable, the common one, the `services` section,
/// `endpoint_url`.
fn resolve_endpoint(
    service: &Service,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<Endpoint>>, Error> {
    let url = match environment.first(&[service.endpoint_variable, "AWS_ENDPOINT_URL"])? {
        Some(given) => Some(given),
        None if sections.endpoint_of(service).is_some() => sections.endpoint_of(service).cloned(),
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
        let instead = "an absolute path or one that begins with ~/";
        setting.origin.refuse_relative(&path, instead)?;
        Ok(Setting::new(path, setting.origin))
    };
    given.map(expand).transpose()
}
