//! Configures AWS clients: region, keys, trust, proxy, retries, timeouts. Edge.
//!
//! Two rules, each learned from a failure:
//! - The SDK gets every setting from here. What it would read from files and the environment by
//!   itself ends in the instance metadata service, panics on some values, turns proxies off, or
//!   goes into a header that can't carry it.
//! - SDK errors are never formatted with `{:?}`, which would print the raw response.

use std::time::Duration;

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{
    AppName, BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_http_client::{Builder, Connector};
use aws_types::SdkConfig;
use time::OffsetDateTime;

use super::error::AwsError;
use super::trust;
use crate::clock;
use crate::keys::LongTermKeys;
use crate::settings::{Proxy, Setting, StsSettings};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the request to the end of the response body.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// The configuration that all clients share. Opens no connection. Returns an error if the system
/// has no trusted certificate authorities, or if the configured ones can't be read: the SDK would
/// panic.
pub(super) fn configure(
    keys: &LongTermKeys,
    settings: &StsSettings,
) -> Result<SdkConfig, AwsError> {
    refuse_early_clock(clock::now())?;
    let region = settings.region_or_default();
    let secret = keys.secret_access_key.expose();
    let credentials =
        Credentials::new(&keys.access_key_id, secret, None, None, "long-term section");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client(settings)?)
        .retry_config(RetryConfig::standard())
        // The attempt timeout covers the body too.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts(ATTEMPT_TIMEOUT));
    config.set_app_name(AppName::new(concat!("aws-mfa-", env!("CARGO_PKG_VERSION"))).ok());
    Ok(config.build())
}

/// The TLS library panics on a time before 1970.
fn refuse_early_clock(now: OffsetDateTime) -> Result<(), AwsError> {
    if now < OffsetDateTime::UNIX_EPOCH {
        return Err(AwsError::EarlyClock { year: now.year() });
    }
    Ok(())
}

fn http_client(settings: &StsSettings) -> Result<SharedHttpClient, AwsError> {
    let context = settings
        .ca_bundle
        .as_ref()
        .map(trust::context)
        .transpose()?;
    let endpoint = settings.endpoint.as_ref().map(|endpoint| &endpoint.value);
    if endpoint.is_some_and(|endpoint| !endpoint.has_tls()) {
        // Plain HTTP stays on this computer: it needs no certificates, and a proxy could be remote.
        return Ok(Builder::new().build_http());
    }
    if context.is_none() && rustls_native_certs::load_native_certs().certs.is_empty() {
        return Err(AwsError::NoTrust);
    }
    let proxy = proxy_config(settings.proxy.as_ref())?;
    Ok(https_client(context.unwrap_or_default(), proxy))
}

/// Without a setting, no proxy: the SDK must not look for one.
fn proxy_config(proxy: Option<&Setting<Proxy>>) -> Result<ProxyConfig, AwsError> {
    let Some(Setting { value, origin }) = proxy else {
        return Ok(ProxyConfig::disabled());
    };
    if !value.is_http() {
        // Only allowed where it is an exception for this endpoint.
        return Ok(ProxyConfig::disabled());
    }
    let config = ProxyConfig::https(value.url()).map_err(|_| AwsError::Proxy {
        origin: origin.to_string(),
    })?;
    Ok(config.no_proxy(value.exceptions()))
}

fn https_client(context: TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .proxy_config(proxy.clone())
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context.clone());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    })
}

pub(super) fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .build()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_clock_before_1970_is_refused() {
        for (now, is_refused) in [
            (datetime!(1969-12-31 23:59:59 UTC), true),
            (datetime!(-1-01-01 00:00 UTC), true),
            (datetime!(1970-01-01 00:00 UTC), false),
            (datetime!(2026-11-22 00:00 UTC), false),
        ] {
            assert_eq!(refuse_early_clock(now).is_err(), is_refused, "{now}");
        }
    }
}
