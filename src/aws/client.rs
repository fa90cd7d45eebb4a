//! How a client of AWS is set up: region, keys, trust, proxy, retries, timeouts. Edge.
//!
//! Rules, each for a reason that was seen to go wrong:
//! - Region, endpoint, credentials and retries are always given, and no file: the SDK's own chains
//!   end in the instance metadata service, its loader panics on some values of the retry variables,
//!   and a file that it can't parse is an empty one to it.
//! - No error of the SDK is formatted with `{:?}`: it would show the raw answer.

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

/// The region that stands for the global endpoint, which is used where none is set, as botocore does.
const GLOBAL_ENDPOINT: &str = "aws-global";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the request to the end of the answer's body.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// What the clients of all services share. Opens no connection. Returns an error if this system
/// trusts no certificate authority, or if those named can't be read: the SDK would panic.
pub(super) async fn configure(
    keys: &LongTermKeys,
    settings: &StsSettings,
) -> Result<SdkConfig, AwsError> {
    let region = settings
        .region
        .as_ref()
        .map_or(GLOBAL_ENDPOINT, |region| &region.value);
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
        // The attempt's timeout covers the body too.
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

/// The HTTP client; none for the SDK's own, which trusts the system's certificates.
fn http_client(settings: &StsSettings) -> Result<Option<SharedHttpClient>, AwsError> {
    let trusting_bundle = settings.ca_bundle.as_ref().map(trust::client).transpose()?;
    let endpoint = settings.endpoint.as_ref().map(|endpoint| &endpoint.value);
    if endpoint.is_some_and(|endpoint| !endpoint.has_tls()) {
        // On this computer: no proxy, which would be another one, and nobody to trust.
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
