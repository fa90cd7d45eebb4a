//! What STS granted, checked before anything is written: the SDK takes a truncated answer for a whole one.

use std::sync::{Arc, Mutex};

use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_sdk_sts::types::Credentials;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::secret::Secret;
use crate::session::SessionCredentials;

/// A session that STS granted.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The session's credentials.
    pub credentials: SessionCredentials,
    /// The time by the answer's own Date header, UTC.
    pub server_time: Option<OffsetDateTime>,
}

impl Granted {
    pub(super) fn check(
        answer: Option<Credentials>,
        role_arn: Option<String>,
        date: &ServerDate,
    ) -> Result<Self, &'static str> {
        let answer = answer.ok_or("it holds no credentials")?;
        let secret_access_key = Secret::new(answer.secret_access_key);
        let session_token = Secret::new(answer.session_token);
        let values = [
            answer.access_key_id.as_str(),
            secret_access_key.expose(),
            session_token.expose(),
        ];
        if values.iter().any(|value| value.is_empty()) {
            return Err("a key or the session token is missing");
        }
        if values
            .iter()
            .any(|value| !value.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(
                "a key or the session token holds a blank, a line break or other characters that cannot be",
            );
        }
        let expiration = OffsetDateTime::from_unix_timestamp(answer.expiration.secs())
            .map_err(|_| "its expiration is no date")?;
        let server_time = date.get();
        if expiration <= server_time.unwrap_or_else(crate::clock::now) {
            return Err("its expiration is not in the future");
        }
        let credentials = SessionCredentials {
            access_key_id: answer.access_key_id,
            secret_access_key,
            session_token,
            expiration,
            role_arn,
        };
        Ok(Self {
            credentials,
            server_time,
        })
    }
}

/// Notes the Date header of an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerDate(Arc<Mutex<Option<OffsetDateTime>>>);

impl ServerDate {
    fn get(&self) -> Option<OffsetDateTime> {
        self.0.lock().ok().and_then(|date| *date)
    }
}

impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "ServerDate"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let header = context.response().headers().get("date");
        if let (Ok(mut date), Some(header)) = (self.0.lock(), header) {
            *date = OffsetDateTime::parse(header, &Rfc2822).ok();
        }
        Ok(())
    }
}
