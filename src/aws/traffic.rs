//! Records the host that was called and when it last answered, keeps the environment out of
//! requests, and limits answers. Edge: it reads the clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_runtime::user_agent::{ApiMetadata, AwsUserAgent};
use aws_sdk_sts::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeDeserializationInterceptorContextRef,
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_sdk_sts::config::{AppName, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_types::body::SdkBody;
use aws_types::os_shim_internal::Env;
use http_body_util::Limited;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::clock;
use crate::settings::aws::Service;

/// In bytes; the longest answer of STS, with the longest token, is a third of it.
pub(super) const MAX_ANSWER: usize = 64 * 1024;

/// The SDK sends the value of `_X_AMZN_TRACE_ID` in it, for programs in AWS Lambda.
const TRACE_ID: &str = "x-amzn-trace-id";

/// An interceptor that records requests and responses.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    service: &'static Service,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug, Default)]
struct Notes {
    host: Option<String>,
    signing_region: Option<String>,
    last_answer_at: Option<OffsetDateTime>,
    server_time: Option<OffsetDateTime>,
}

impl Traffic {
    pub(super) fn new(service: &'static Service) -> Self {
        Self {
            service,
            notes: Arc::default(),
        }
    }

    /// The service's title.
    pub(super) fn service(&self) -> &'static str {
        self.service.title
    }

    pub(super) fn host(&self) -> String {
        let host = self.notes().host.clone();
        host.unwrap_or_else(|| format!("AWS {}", self.service()))
    }

    pub(super) fn signing_region(&self) -> Option<String> {
        self.notes().signing_region.clone()
    }

    /// When the last HTTP response arrived, whatever its status.
    pub(super) fn last_answer_at(&self) -> Option<OffsetDateTime> {
        self.notes().last_answer_at
    }

    /// The `Date` header of the last response, UTC.
    pub(super) fn server_time(&self) -> Option<OffsetDateTime> {
        self.notes().server_time
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Traffic {
    fn name(&self) -> &'static str {
        "Traffic"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(service) = config.load::<ApiMetadata>().cloned() {
            let name = config.load::<AppName>().cloned();
            let agent = user_agent(service, name);
            config.interceptor_state().store_put(agent);
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // It isn't signed.
        context.request_mut().headers_mut().remove(TRACE_ID);
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let unlimited = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(unlimited, MAX_ANSWER));
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let rest = context.request().uri().split_once("://");
        let authority = rest.and_then(|(_, rest)| rest.split(['/', '?']).next());
        // Strip any user and password.
        let host = authority.and_then(|authority| authority.rsplit('@').next());
        // …Credential=<access key ID>/<date>/<region>/sts/aws4_request…
        let authorization = context.request().headers().get("authorization");
        let scope = authorization.and_then(|header| header.split("Credential=").nth(1));
        let signing_region = scope.and_then(|scope| scope.split('/').nth(2));
        let mut notes = self.notes();
        notes.host = host.map(str::to_owned);
        notes.signing_region = signing_region.map(str::to_owned);
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let mut notes = self.notes();
        notes.last_answer_at = Some(clock::now());
        notes.server_time = date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
        Ok(())
    }
}

/// The SDK's own, but without `AWS_EXECUTION_ENV`. That may hold anything, such as a line break,
/// with which no request could be made.
fn user_agent(service: ApiMetadata, name: Option<AppName>) -> AwsUserAgent {
    let no_variables = Env::from_slice(&[]);
    let mut agent = AwsUserAgent::new_from_environment(no_variables, service);
    if let Some(name) = name {
        agent.set_app_name(name);
    }
    agent
}
