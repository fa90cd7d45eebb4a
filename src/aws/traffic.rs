//! What goes to STS and comes back, as far as others need to know: the host that is called, and when it last answered.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sts::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use time::OffsetDateTime;

use crate::clock;

/// An interceptor that takes notes.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    host: Option<String>,
    signing_region: Option<String>,
    answered: Option<OffsetDateTime>,
}

impl Traffic {
    /// The host of the last request.
    pub(super) fn host(&self) -> String {
        let host = self.notes().host.clone();
        host.unwrap_or_else(|| "AWS STS".to_owned())
    }

    /// The region that the last request was signed for.
    pub(super) fn signing_region(&self) -> Option<String> {
        self.notes().signing_region.clone()
    }

    /// When the last HTTP answer came, whatever it said.
    pub(super) fn answered(&self) -> Option<OffsetDateTime> {
        self.notes().answered
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Traffic {
    fn name(&self) -> &'static str {
        "Traffic"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let rest = context.request().uri().split_once("://");
        let authority = rest.and_then(|(_, rest)| rest.split(['/', '?']).next());
        // Without a password that somebody put there.
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
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.notes().answered = Some(clock::now());
        Ok(())
    }
}
