//! Configures AWS clients: region, keys, trust, proxy, retries, timeouts. Edge.
//!
//! Two rules, each learned from a failure:
//! - The SDK gets every setting from here. What it would read from files and the environment by
//!   itself ends in the instance metadata service, panics on some values, turns proxies off, or
//!   goes into a header that can't carry it.
//! - SDK errors are never formatted with `{:?}`, which would print the raw response.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_http_client::{Builder, Connector};

use super::authorities::{Authorities, PROVIDER};
use super::call::Call;
use super::error::AwsError;
use super::proxy_status;
use super::traffic::Traffic;
use crate::keys::LongTermKeys;
use crate::session::SessionCredentials;
use crate::settings::{Endpoint, Proxy, ServiceSettings, Setting};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the request to the end of the response body.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// The configuration that all clients share. Opens no connection. Returns an error if the system
/// has no trusted certificate authorities: the SDK would panic.
pub(super) async fn configure(
    credentials: Credentials,
    settings: &ServiceSettings,
    authorities: &Authorities,
) -> Result<SdkConfig, AwsError> {
    let endpoint = settings.endpoint.as_ref().map(|endpoint| &endpoint.value);
    let http_client = if endpoint.is_some_and(|endpoint| !endpoint.has_tls()) {
        // Plain HTTP stays on this computer: it needs no certificates, and a proxy could be remote.
        Builder::new().build_http()
    } else {
        http_client(settings, authorities.load().await?)?
    };
    let region = &settings.region.value;
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client)
        .retry_config(RetryConfig::standard())
        // The attempt timeout covers the body too.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts(ATTEMPT_TIMEOUT));
    config.set_app_name(AppName::new(concat!("aws-mfa-", env!("CARGO_PKG_VERSION"))).ok());
    config.set_use_fips(Some(settings.fips));
    config.set_use_dual_stack(Some(settings.dual_stack));
    config.set_endpoint_url(endpoint.map(Endpoint::url));
    Ok(config.build())
}

/// As the SDK's own messages name where credentials come from.
const PROVIDER_NAME: &str = "aws-mfa";

pub(super) fn of_keys(keys: &LongTermKeys) -> Credentials {
    let (id, secret) = (&keys.access_key_id, keys.secret_access_key.expose());
    Credentials::new(id, secret, None, None, PROVIDER_NAME)
}

pub(super) fn of_session(session: &SessionCredentials) -> Credentials {
    Credentials::new(
        &session.access_key_id,
        session.secret_access_key.expose(),
        Some(session.session_token.expose().to_owned()),
        None,
        PROVIDER_NAME,
    )
}

/// What the calls through one client have in common, beside the client.
pub(super) struct Link {
    pub(super) traffic: Traffic,
    /// As errors name them.
    region: String,
    proxy: String,
    proxy_setting: Option<Setting<Proxy>>,
}

impl Link {
    pub(super) fn new(settings: &ServiceSettings) -> Self {
        Self {
            traffic: Traffic::new(settings.service),
            region: settings.region.to_string(),
            proxy_setting: settings.proxy.clone(),
            proxy: match &settings.proxy {
                Some(proxy) => format!("the proxy {proxy}"),
                None => "the proxy".to_owned(),
            },
        }
    }

    /// A call without a code.
    pub(super) fn call(&self, operation: &'static str) -> Call<'_> {
        Call {
            operation,
            serial: None,
            code: None,
            region: &self.region,
            proxy: &self.proxy,
            traffic: &self.traffic,
        }
    }

    /// The same error, with the proxy's answer if that is what failed.
    pub(super) async fn with_proxy_status(&self, error: AwsError) -> AwsError {
        let Some(Setting { value, .. }) = &self.proxy_setting else {
            return error;
        };
        if !error.is_refused_tunnel() {
            return error;
        }
        match proxy_status::status(value, &self.traffic.host()).await {
            Some(status) => error.with_proxy_status(&self.proxy, &status),
            None => error,
        }
    }
}

fn http_client(
    settings: &ServiceSettings,
    context: TlsContext,
) -> Result<SharedHttpClient, AwsError> {
    let proxy = proxy_config(settings)?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder()
                .proxy_config(proxy.clone())
                .tls_provider(PROVIDER)
                .tls_context(context.clone());
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.build()
        }),
    )
}

/// Without a setting, no proxy: the SDK must not look for one. With one that the HTTP client can't
/// use, none only where the very host that is called is an exception.
fn proxy_config(settings: &ServiceSettings) -> Result<ProxyConfig, AwsError> {
    let Some(Setting { value, origin }) = &settings.proxy else {
        return Ok(ProxyConfig::disabled());
    };
    let unusable = || AwsError::Proxy {
        origin: origin.to_string(),
    };
    if !value.is_http() {
        let is_exception = !value.is_for(settings.host());
        return is_exception
            .then(ProxyConfig::disabled)
            .ok_or_else(unusable);
    }
    let config = ProxyConfig::https(value.url()).map_err(|_| unusable())?;
    Ok(config.no_proxy(value.exceptions()))
}

pub(super) fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .build()
}
