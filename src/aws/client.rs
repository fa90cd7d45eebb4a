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
use super::error::AwsError;
use crate::settings::{Setting, StsSettings};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the request to the end of the response body.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// The configuration that all clients share. Opens no connection. Returns an error if the system
/// has no trusted certificate authorities: the SDK would panic.
pub(super) async fn configure(
    credentials: Credentials,
    settings: &StsSettings,
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
    Ok(config.build())
}

fn http_client(settings: &StsSettings, context: TlsContext) -> Result<SharedHttpClient, AwsError> {
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
fn proxy_config(settings: &StsSettings) -> Result<ProxyConfig, AwsError> {
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
