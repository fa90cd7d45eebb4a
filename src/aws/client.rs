//! Configures AWS clients: region, keys, trust, proxy, retries, timeouts. Edge.
//!
//! Two rules, each learned from a failure:
//! - Region, endpoint, credentials and retries are always set, and no file is read: the SDK's own
//!   chains end in the instance metadata service, its loader panics on some values of the retry
//!   variables, and it treats a file that it can't parse as empty.
//! - SDK errors are never formatted with `{:?}`, which would print the raw response.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::config::{Credentials, SharedHttpClient};

use super::error::AwsError;
use super::trust;
use crate::keys::LongTermKeys;
use crate::settings::StsSettings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the request to the end of the response body.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// The configuration that all clients share. Opens no connection. Returns an error if the system
/// has no trusted certificate authorities, or if the configured ones can't be read: the SDK would
/// panic.
pub(super) async fn configure(
    keys: &LongTermKeys,
    settings: &StsSettings,
) -> Result<SdkConfig, AwsError> {
    let region = settings.region_or_default();
    let secret = keys.secret_access_key.expose();
    let credentials =
        Credentials::new(&keys.access_key_id, secret, None, None, "long-term section");
    let no_files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, "")
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials)
        .profile_files(no_files)
        .retry_config(RetryConfig::standard())
        // The attempt timeout covers the body too.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts(ATTEMPT_TIMEOUT));
    if let Some(client) = http_client(settings)? {
        loader = loader.http_client(client);
    }
    if let Ok(name) = AppName::new(concat!("aws-mfa-", env!("CARGO_PKG_VERSION"))) {
        loader = loader.app_name(name);
    }
    Ok(Box::pin(loader.load()).await)
}

/// `None` means the SDK's own client, which trusts the system's certificates.
fn http_client(settings: &StsSettings) -> Result<Option<SharedHttpClient>, AwsError> {
    let trusting_bundle = settings.ca_bundle.as_ref().map(trust::client).transpose()?;
    let endpoint = settings.endpoint.as_ref().map(|endpoint| &endpoint.value);
    if endpoint.is_some_and(|endpoint| !endpoint.has_tls()) {
        // Plain HTTP stays on this computer: it needs no certificates, and a proxy could be remote.
        return Ok(Some(aws_smithy_http_client::Builder::new().build_http()));
    }
    if trusting_bundle.is_none() && rustls_native_certs::load_native_certs().certs.is_empty() {
        return Err(AwsError::NoTrust);
    }
    Ok(trusting_bundle)
}

pub(super) fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .build()
}
