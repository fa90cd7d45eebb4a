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
use super::client::{Link, configure, of_keys, of_session, timeouts};
use super::error::{AwsError, IDENTITY, ROLE};
use super::identity::Identity;
use super::tls::NoRetryOnTlsError;
use crate::clock;
use crate::code::TokenCode;
use crate::keys::LongTermKeys;
use crate::session::SessionCredentials;
use crate::settings::{Role, ServiceSettings, SessionRequest};

/// A client that signs with long-term keys, or a session.
pub(crate) struct Sts {
    client: Client,
    link: Link,
}

impl Sts {
    /// Opens no connection.
    pub(crate) async fn new(
        keys: &LongTermKeys,
        settings: &ServiceSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        Self::signing_with(of_keys(keys), settings, authorities).await
    }

    /// As [`Sts::new`], with a session's credentials.
    pub(crate) async fn with_session(
        session: &SessionCredentials,
        settings: &ServiceSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        Self::signing_with(of_session(session), settings, authorities).await
    }

    async fn signing_with(
        credentials: Credentials,
        settings: &ServiceSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        let link = Link::new(settings);
        let config = configure(credentials, settings, authorities).await?;
        let config = Config::from(&config).to_builder();
        let config = config
            .retry_classifier(NoRetryOnTlsError)
            .interceptor(link.traffic.clone());
        Ok(Self {
            client: Client::from_conf(config.build()),
            link,
        })
    }

    pub(crate) fn host(&self) -> String {
        self.link.traffic.host()
    }

    /// `None` before the first request.
    pub(crate) fn signing_region(&self) -> Option<String> {
        self.link.traffic.signing_region()
    }

    /// When STS last answered, even with an error; `None` before the first answer.
    pub(crate) fn last_answer_at(&self) -> Option<OffsetDateTime> {
        self.link.traffic.last_answer_at()
    }

    /// Asks whose keys these are. Needs no permission, and leaves a connection open. Returns an
    /// empty identity if the endpoint's policy forbids the call: the keys may be good anyway. An
    /// attempt times out after `attempt`, and is repeated a few times on a new connection.
    pub(crate) async fn identity(&self, attempt: Duration) -> Result<Identity, AwsError> {
        let call = self.link.call(IDENTITY);
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
                error => Err(self.link.with_proxy_status(error).await),
            },
        }?;
        // A session with such a date would be refused, after the code is spent.
        check_date(self.link.traffic.server_time(), clock::now()).map_err(unusable)?;
        Ok(identity)
    }

    /// Assumes a role with the credentials of `signer`, once. There is no code in the request.
    pub(crate) async fn assume(
        &self,
        signer: &SessionCredentials,
        role: &Role,
        duration: Duration,
    ) -> Result<Granted, AwsError> {
        let call = self.link.call(ROLE);
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
            self.link.traffic.server_time(),
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
            serial: Some(format!("{serial}, from {}", request.device.origin)),
            code: Some(code),
            ..self.link.call(operation)
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
