//! The calls to AWS STS, all through one client and one connection. Edge.
//!
//! `GetCallerIdentity` goes first, with retries: it checks the keys, and a retry corrects the
//! clock. The call that carries the code is made once, without retries: a code is single-use.

mod answer;

use std::time::Duration;

use aws_sdk_sts::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::{Config, Credentials};
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::types;
use time::OffsetDateTime;

pub(crate) use answer::Granted;
use answer::check_date;

use super::authorities::Authorities;
use super::call::Call;
use super::client::{configure, timeouts};
use super::error::{AwsError, IDENTITY, ROLE};
use super::identity::Identity;
use super::proxy_status;
use super::tls::NoRetryOnTlsError;
use super::traffic::Traffic;
use crate::clock;
use crate::code::TokenCode;
use crate::keys::LongTermKeys;
use crate::session::SessionCredentials;
use crate::settings::{Proxy, Role, SessionRequest, Setting, StsSettings};

/// As the SDK's own messages name where credentials come from.
const PROVIDER: &str = "aws-mfa";

fn of_session(session: &SessionCredentials) -> Credentials {
    Credentials::new(
        &session.access_key_id,
        session.secret_access_key.expose(),
        Some(session.session_token.expose().to_owned()),
        None,
        PROVIDER,
    )
}

/// A client that signs with long-term keys, or a session.
pub(crate) struct Sts {
    client: Client,
    traffic: Traffic,
    /// As errors name them.
    region: String,
    proxy: String,
    proxy_setting: Option<Setting<Proxy>>,
}

impl Sts {
    /// Opens no connection.
    pub(crate) async fn new(
        keys: &LongTermKeys,
        settings: &StsSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        let (id, secret) = (&keys.access_key_id, keys.secret_access_key.expose());
        let credentials = Credentials::new(id, secret, None, None, PROVIDER);
        Self::signing_with(credentials, settings, authorities).await
    }

    /// As [`Sts::new`], with a session's credentials.
    pub(crate) async fn with_session(
        session: &SessionCredentials,
        settings: &StsSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        Self::signing_with(of_session(session), settings, authorities).await
    }

    async fn signing_with(
        credentials: Credentials,
        settings: &StsSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        let endpoint = settings
            .endpoint
            .as_ref()
            .map(|endpoint| endpoint.value.url());
        let traffic = Traffic::default();
        let config = configure(credentials, settings, authorities).await?;
        let mut config = Config::from(&config).to_builder();
        config
            .set_use_fips(Some(settings.fips))
            .set_use_dual_stack(Some(settings.dual_stack))
            .set_endpoint_url(endpoint);
        let config = config
            .retry_classifier(NoRetryOnTlsError)
            .interceptor(traffic.clone());
        Ok(Self {
            client: Client::from_conf(config.build()),
            traffic,
            region: settings.region.to_string(),
            proxy_setting: settings.proxy.clone(),
            proxy: match &settings.proxy {
                Some(proxy) => format!("the proxy {proxy}"),
                None => "the proxy".to_owned(),
            },
        })
    }

    pub(crate) fn host(&self) -> String {
        self.traffic.host()
    }

    /// `None` before the first request.
    pub(crate) fn signing_region(&self) -> Option<String> {
        self.traffic.signing_region()
    }

    /// When STS last answered, even with an error; `None` before the first answer.
    pub(crate) fn last_answer_at(&self) -> Option<OffsetDateTime> {
        self.traffic.last_answer_at()
    }

    /// Asks whose keys these are. Needs no permission, and leaves a connection open. Returns an
    /// empty identity if the endpoint's policy forbids the call: the keys may be good anyway. An
    /// attempt times out after `attempt`, and is repeated a few times on a new connection.
    pub(crate) async fn identity(&self, attempt: Duration) -> Result<Identity, AwsError> {
        let call = Call {
            operation: IDENTITY,
            serial: None,
            code: None,
            region: &self.region,
            proxy: &self.proxy,
            traffic: &self.traffic,
        };
        let timeouts = Config::builder().timeout_config(timeouts(attempt));
        let request = self.client.get_caller_identity().customize();
        let unusable = |problem| AwsError::BadAnswer {
            operation: IDENTITY,
            problem,
            with_code: false,
        };
        // The SDK's futures are large.
        let identity = match Box::pin(request.config_override(timeouts).send()).await {
            Ok(answer) => Identity::check(answer.account, answer.arn).map_err(unusable),
            Err(error) => match call.explain(&error) {
                AwsError::Refused { code, .. } if code == "AccessDenied" => Ok(Identity::default()),
                error if error.is_refused_tunnel() => Err(self.with_proxy_status(error).await),
                error => Err(error),
            },
        }?;
        // A session with such a date would be refused, after the code is spent.
        check_date(self.traffic.server_time(), clock::now()).map_err(unusable)?;
        Ok(identity)
    }

    async fn with_proxy_status(&self, error: AwsError) -> AwsError {
        let Some(Setting { value, .. }) = &self.proxy_setting else {
            return error;
        };
        match proxy_status::status(value, &self.host()).await {
            Some(status) => error.with_proxy_status(&self.proxy, &status),
            None => error,
        }
    }

    /// Assumes a role with the credentials of `signer`, once. There is no code in the request.
    pub(crate) async fn assume(
        &self,
        signer: &SessionCredentials,
        role: &Role,
        duration: Duration,
    ) -> Result<Granted, AwsError> {
        let call = Call {
            operation: ROLE,
            serial: None,
            code: None,
            region: &self.region,
            proxy: &self.proxy,
            traffic: &self.traffic,
        };
        let once = Config::builder()
            .retry_config(RetryConfig::disabled())
            .credentials_provider(of_session(signer));
        let request = self.assume_role(role, duration);
        let answer = Box::pin(request.customize().config_override(once).send()).await;
        let credentials = answer.map_err(|error| call.explain(&error))?.credentials;
        self.granted(credentials, Some(role), ROLE, false)
    }

    fn assume_role(&self, role: &Role, duration: Duration) -> AssumeRoleFluentBuilder {
        self.client
            .assume_role()
            .role_arn(&role.arn.value)
            .role_session_name(&role.session_name.value)
            .set_external_id(role.external_id.as_ref().map(|id| id.value.clone()))
            .duration_seconds(seconds(duration))
    }

    fn granted(
        &self,
        credentials: Option<types::Credentials>,
        role: Option<&Role>,
        operation: &'static str,
        with_code: bool,
    ) -> Result<Granted, AwsError> {
        let role_arn = role.map(|role| role.arn.value.clone());
        let granted = Granted::check(
            credentials,
            role_arn,
            self.traffic.server_time(),
            clock::now(),
        );
        granted.map_err(|problem| AwsError::BadAnswer {
            operation,
            problem,
            with_code,
        })
    }

    /// Exchanges `code` for a session, or for a role's session. Sends it exactly once: any error
    /// except a refusal may mean that it was used up.
    pub(crate) async fn session(
        &self,
        request: SessionRequest<'_>,
        code: &TokenCode,
    ) -> Result<Granted, AwsError> {
        let operation = if request.role.is_some() {
            ROLE
        } else {
            "GetSessionToken"
        };
        let serial = request.device.value.as_str();
        let call = Call {
            operation,
            serial: Some(format!("{serial}, from {}", request.device.origin)),
            code: Some(code),
            region: &self.region,
            proxy: &self.proxy,
            traffic: &self.traffic,
        };
        let SessionRequest { duration, role, .. } = request;
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let credentials = if let Some(role) = role {
            let request = self.assume_role(role, duration);
            let request = request.serial_number(serial).token_code(code.expose());
            let answer = Box::pin(request.customize().config_override(once).send()).await;
            answer.map_err(|error| call.explain(&error))?.credentials
        } else {
            let request = self
                .client
                .get_session_token()
                .serial_number(serial)
                .token_code(code.expose())
                .duration_seconds(seconds(duration));
            let answer = Box::pin(request.customize().config_override(once).send()).await;
            answer.map_err(|error| call.explain(&error))?.credentials
        };
        self.granted(credentials, role, operation, true)
    }
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}
