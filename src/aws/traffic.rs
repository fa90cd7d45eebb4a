//! Records the host that was called and when it last answered. Edge: it reads the clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_sts::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef,
    BeforeTransmitInterceptorContextRef,
};
use aws_sdk_sts::config::{ConfigBag, Intercept, Region, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_types::region::SigningRegion;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::clock;

/// An interceptor that records requests and responses, and overrides the signing region if needed.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    /// The SDK signs for `us-east-1` at the global endpoint, but for `aws-global` at a custom one.
    sign_for: Option<&'static str>,
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
    /// Signs for `sign_for`, if given, whatever the endpoint.
    pub(super) fn new(sign_for: Option<&'static str>) -> Self {
        Self {
            sign_for,
            notes: Arc::default(),
        }
    }

    pub(super) fn host(&self) -> String {
        let host = self.notes().host.clone();
        host.unwrap_or_else(|| "AWS STS".to_owned())
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
        if let Some(region) = self.sign_for {
            let region = SigningRegion::from(Region::from_static(region));
            config.interceptor_state().store_put(region);
        }
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
