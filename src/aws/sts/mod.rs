//! The calls to AWS STS, all on one client and one connection. Edge.
//!
//! Rules, each for a reason that was seen to go wrong:
//! - Region, endpoint, credentials and retries are always given, and no file: the SDK's own chains end in the instance metadata
//!   service, its loader panics on some values of the retry variables, and a file that it can't parse is an empty one to it.
//! - `GetCallerIdentity` goes first, with retries: it proves the keys, and a retry corrects the clock.
//! - The call that carries the code is made once, retries off: a code is single-use.
//! - No error of the SDK is formatted with `{:?}`: it would show the raw answer.

mod answer;

use std::error::Error as StdError;
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
use time::OffsetDateTime;

use crate::aws::error::{Cause, StsError};
use crate::aws::signing::GlobalSigning;
use crate::aws::tls::NoRetryWithoutTrust;
use crate::aws::traffic::Traffic;
use crate::aws::{tls, trust};
pub use answer::Granted;
use answer::ServerDate;

use crate::code::TokenCode;
use crate::keys::LongTermKeys;
use crate::sanitize;
use crate::settings::{Endpoint, RefreshSettings, StsSettings};

/// The region that stands for the global endpoint, which is used where none is set, as botocore does.
const GLOBAL_ENDPOINT: &str = "aws-global";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// From the request to the end of the answer's body.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// The call that proves the keys.
pub(super) const IDENTITY: &str = "GetCallerIdentity";

/// A client for AWS STS that signs with long-term keys.
#[derive(Debug)]
pub struct Sts {
    client: Client,
    traffic: Traffic,
}

/// Whose keys they are, as far as AWS says.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The account's number.
    pub account: Option<String>,
    /// The ARN of the user.
    pub arn: Option<String>,
}

impl Sts {
    /// Makes the client. Opens no connection.
    ///
    /// # Errors
    /// Where this system trusts no certificate authority, or those named can't be read: the SDK would panic.
    pub async fn new(keys: &LongTermKeys, settings: &StsSettings) -> Result<Self, StsError> {
        let endpoint = settings.endpoint.as_ref().map(|endpoint| &endpoint.value);
        let bundle = settings.ca_bundle.as_ref();
        let mut client = bundle.map(trust::client).transpose()?;
        if endpoint.is_some_and(|endpoint| !endpoint.has_tls()) {
            // On this computer: no proxy, which would be another one, and nobody to trust.
            client = Some(aws_smithy_http_client::Builder::new().build_http());
        }
        if client.is_none() && rustls_native_certs::load_native_certs().certs.is_empty() {
            return Err(StsError::NoTrust);
        }
        let region = settings.region.as_ref();
        let region = region.map(|region| region.value.as_str());
        let secret = keys.secret_access_key.expose();
        let credentials =
            Credentials::new(&keys.access_key_id, secret, None, None, "long-term section");
        let no_files = EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, "")
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region.unwrap_or(GLOBAL_ENDPOINT).to_owned()))
            .credentials_provider(credentials)
            .profile_files(no_files)
            .retry_config(RetryConfig::standard())
            // The attempt's timeout covers the body too.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(timeouts(ATTEMPT_TIMEOUT));
        if let Some(client) = client {
            loader = loader.http_client(client);
        }
        if let Ok(name) = AppName::new(concat!("aws-mfa-", env!("CARGO_PKG_VERSION"))) {
            loader = loader.app_name(name);
        }
        let traffic = Traffic::default();
        let mut config = Config::from(&Box::pin(loader.load()).await).to_builder();
        config
            .set_use_fips(Some(settings.fips))
            .set_use_dual_stack(Some(settings.dual_stack))
            .set_endpoint_url(endpoint.map(Endpoint::url));
        config = config
            .retry_classifier(NoRetryWithoutTrust)
            .interceptor(traffic.clone());
        if region.is_none() {
            config = config.interceptor(GlobalSigning);
        }
        Ok(Self {
            client: Client::from_conf(config.build()),
            traffic,
        })
    }

    /// The host that is called.
    #[must_use]
    pub fn host(&self) -> String {
        self.traffic.host()
    }

    /// The region that requests are signed for; none before the first.
    #[must_use]
    pub fn signing_region(&self) -> Option<String> {
        self.traffic.signing_region()
    }

    /// When it last answered, whatever it said; none before the first answer.
    #[must_use]
    pub fn answered(&self) -> Option<OffsetDateTime> {
        self.traffic.answered()
    }

    /// Asks whose keys these are. Needs no permission, and leaves a connection open. Nothing is known where a policy of the
    /// endpoint forbids the question: the keys may be good all the same. An attempt is given up after `attempt`, and made
    /// again a few times on a new connection.
    ///
    /// # Errors
    /// Keys that AWS doesn't accept, no answer, or an answer that isn't AWS's.
    pub async fn identity(&self, attempt: Duration) -> Result<Identity, StsError> {
        let call = Call {
            operation: IDENTITY,
            serial: None,
            traffic: &self.traffic,
        };
        let timeouts = Config::builder().timeout_config(timeouts(attempt));
        let request = self.client.get_caller_identity().customize();
        // The SDK's futures are large.
        match Box::pin(request.config_override(timeouts).send()).await {
            Ok(identity) => Ok(Identity {
                account: identity.account,
                arn: identity.arn,
            }),
            Err(error) => match call.explain(&error) {
                StsError::Refused { code, .. } if code == "AccessDenied" => Ok(Identity::default()),
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
            traffic: &self.traffic,
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
                let request = request
                    .customize()
                    .config_override(once)
                    .interceptor(date.clone());
                let answer = Box::pin(request.send()).await;
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
                let request = request
                    .customize()
                    .config_override(once)
                    .interceptor(date.clone());
                let answer = Box::pin(request.send()).await;
                answer.map_err(|error| call.explain(&error))?.credentials
            }
        };
        let role_arn = settings.role.as_ref().map(|role| role.arn.value.clone());
        Granted::check(credentials, role_arn, &date)
            .map_err(|problem| StsError::BadAnswer { operation, problem })
    }
}

fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .build()
}

/// A call that was made, for the error where it failed.
struct Call<'s> {
    /// The API's name of the call.
    operation: &'static str,
    /// The MFA serial and its origin, where a code was sent.
    serial: Option<String>,
    traffic: &'s Traffic,
}

impl Call<'_> {
    fn explain<E>(&self, error: &SdkError<E>) -> StsError
    where
        E: StdError + ProvideErrorMetadata + RequestId + 'static,
    {
        let operation = self.operation;
        let with_code = self.serial.is_some();
        let status = error.raw_response().map(|raw| raw.status().as_u16());
        let content_type = || {
            let answer = error.raw_response();
            let content_type = answer.and_then(|answer| answer.headers().get("content-type"));
            content_type.map_or("of no type".to_owned(), sanitize::excerpt)
        };
        let not_sts = |status| StsError::NotSts {
            operation,
            status,
            content_type: content_type(),
            with_code,
        };
        let cause = |error: &dyn StdError| {
            error
                .source()
                .map_or_else(|| Cause::message(&error.to_string()), Cause::chain)
        };
        if let Some(refusal) = error.source().and_then(tls::error_of) {
            return StsError::Tls {
                operation,
                host: self.traffic.host(),
                hint: tls::hint(refusal),
                source: cause(error),
            };
        }
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
                None => not_sts(status),
            },
            (SdkError::ResponseError(_), Some(status)) => not_sts(status),
            (SdkError::ConstructionFailure(_), _) => StsError::Request {
                operation,
                source: cause(error),
            },
            _ => StsError::NoAnswer {
                operation,
                host: self.traffic.host(),
                with_code,
                source: cause(error),
            },
        }
    }
}
