//! The calls to AWS STS, all on one client and one connection. Edge.
//!
//! Rules, each for a reason that was seen to go wrong:
//! - Region, credentials and retries are always given: the SDK's own chains end in the instance metadata service, and its
//!   loader panics on some values of the retry variables.
//! - `GetCallerIdentity` goes first, with retries: it proves the keys, and a retry corrects the clock.
//! - The call that carries the code is made once, retries off: a code is single-use.
//! - No error of the SDK is formatted with `{:?}`: it would show the raw answer.

mod answer;
mod error;
mod signing;

use std::error::Error as StdError;
use std::path::Path;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Config, Credentials};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;

pub use answer::Granted;
use answer::ServerDate;
pub use error::{Cause, StsError};
use signing::GlobalSigning;

use crate::long_term_keys::LongTermKeys;
use crate::sanitize;
use crate::settings::RefreshSettings;
use crate::token_code::TokenCode;

/// The region that stands for the global endpoint, which is used where none is set, as botocore does.
const GLOBAL_ENDPOINT: &str = "aws-global";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the request to the end of the answer's body.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// Where the SDK finds the settings that are its own: endpoints, proxies, FIPS.
#[derive(Clone, Copy, Debug)]
pub struct SdkFiles<'a> {
    /// The profile whose settings count; it need not exist.
    pub profile: &'a str,
    /// The shared credentials file.
    pub credentials: &'a Path,
    /// The config file.
    pub config: Option<&'a Path>,
}

/// A client for AWS STS that signs with long-term keys.
#[derive(Debug)]
pub struct Sts {
    client: Client,
}

impl Sts {
    /// Makes the client. Opens no connection.
    ///
    /// # Errors
    /// Where this system trusts no certificate authority: the SDK would panic.
    pub async fn new(
        keys: &LongTermKeys,
        settings: &RefreshSettings,
        files: SdkFiles<'_>,
    ) -> Result<Self, StsError> {
        if rustls_native_certs::load_native_certs().certs.is_empty() {
            return Err(StsError::NoTrust);
        }
        let region = settings
            .region
            .as_ref()
            .map_or(GLOBAL_ENDPOINT, |region| region.value.as_str());
        let secret = keys.secret_access_key.expose();
        let credentials =
            Credentials::new(&keys.access_key_id, secret, None, None, "long-term section");
        let mut profile_files =
            EnvConfigFiles::builder().with_file(EnvConfigFileKind::Credentials, files.credentials);
        if let Some(config) = files.config {
            profile_files = profile_files.with_file(EnvConfigFileKind::Config, config);
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .profile_files(profile_files.build())
            .profile_name(files.profile)
            .retry_config(RetryConfig::standard())
            // The attempt's timeout covers the body too.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            );
        if let Ok(name) = AppName::new(concat!("aws-mfa-", env!("CARGO_PKG_VERSION"))) {
            loader = loader.app_name(name);
        }
        let mut config = Config::from(&loader.load().await).to_builder();
        if settings.region.is_none() {
            config = config.interceptor(GlobalSigning);
        }
        Ok(Self {
            client: Client::from_conf(config.build()),
        })
    }

    /// Asks whose keys these are. Needs no permission, and leaves a connection open. The account is none where a policy of
    /// the endpoint forbids the question: the keys may be good all the same.
    ///
    /// # Errors
    /// Keys that AWS doesn't accept, no answer, or an answer that isn't AWS's.
    pub async fn account(&self) -> Result<Option<String>, StsError> {
        let call = Call {
            operation: "GetCallerIdentity",
            serial: None,
        };
        match self.client.get_caller_identity().send().await {
            Ok(identity) => Ok(identity.account),
            Err(error) => match call.explain(&error) {
                StsError::Refused { code, .. } if code == "AccessDenied" => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Gets a session, or a role's session, for `code`. Sends it exactly once.
    ///
    /// # Errors
    /// AWS's refusal, no answer, or an answer that can't be used. Each but a refusal may have spent the code.
    pub async fn session(
        &self,
        settings: &RefreshSettings,
        code: &TokenCode,
    ) -> Result<Granted, StsError> {
        let operation = if settings.role.is_some() {
            "AssumeRole"
        } else {
            "GetSessionToken"
        };
        let serial = settings.device.value.as_str();
        let call = Call {
            operation,
            serial: Some(format!("{serial}, from {}", settings.device.origin)),
        };
        let seconds = i32::try_from(settings.duration.value.as_secs()).unwrap_or(i32::MAX);
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let date = ServerDate::default();
        let credentials = match &settings.role {
            None => {
                let request = self.client.get_session_token();
                let request = request
                    .serial_number(serial)
                    .token_code(code.expose())
                    .duration_seconds(seconds);
                let answer = request
                    .customize()
                    .config_override(once)
                    .interceptor(date.clone())
                    .send()
                    .await;
                answer.map_err(|error| call.explain(&error))?.credentials
            }
            Some(role) => {
                let request = self
                    .client
                    .assume_role()
                    .role_arn(&role.arn.value)
                    .role_session_name(&role.session_name.value);
                let request = request
                    .serial_number(serial)
                    .token_code(code.expose())
                    .duration_seconds(seconds);
                let request =
                    request.set_external_id(role.external_id.as_ref().map(|id| id.value.clone()));
                let answer = request
                    .customize()
                    .config_override(once)
                    .interceptor(date.clone())
                    .send()
                    .await;
                answer.map_err(|error| call.explain(&error))?.credentials
            }
        };
        let role_arn = settings.role.as_ref().map(|role| role.arn.value.clone());
        Granted::check(credentials, role_arn, &date)
            .map_err(|problem| StsError::BadAnswer { operation, problem })
    }
}

/// A call that was made, for the error where it failed.
struct Call {
    /// The API's name of the call.
    operation: &'static str,
    /// The MFA serial and its origin, where a code was sent.
    serial: Option<String>,
}

impl Call {
    fn explain<E>(&self, error: &SdkError<E>) -> StsError
    where
        E: StdError + ProvideErrorMetadata + RequestId + 'static,
    {
        let operation = self.operation;
        let with_code = self.serial.is_some();
        let status = error.raw_response().map(|raw| raw.status().as_u16());
        let cause = |error: &dyn StdError| {
            error
                .source()
                .map_or_else(|| Cause::message(&error.to_string()), Cause::chain)
        };
        match (error, status) {
            (SdkError::ServiceError(refused), Some(status)) => match refused.err().code() {
                Some(code) => StsError::Refused {
                    operation,
                    code: sanitize::excerpt(code),
                    request_id: refused.err().request_id().map(sanitize::excerpt),
                    serial: self.serial.clone(),
                    source: Cause::message(
                        refused.err().message().unwrap_or("no further explanation"),
                    ),
                },
                None => StsError::NotSts {
                    operation,
                    status,
                    with_code,
                    source: cause(error),
                },
            },
            (SdkError::ResponseError(_), Some(status)) => StsError::NotSts {
                operation,
                status,
                with_code,
                source: cause(error),
            },
            (SdkError::ConstructionFailure(_), _) => StsError::Request {
                operation,
                source: cause(error),
            },
            _ => StsError::NoAnswer {
                operation,
                with_code,
                source: cause(error),
            },
        }
    }
}
