//! Explains why a call to AWS failed. Edge, like the calls themselves.

use std::error::Error as StdError;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;
use http_body_util::LengthLimitError;

use super::error::{AwsError, Cause};
use super::refusal::Sent;
use super::tls;
use super::traffic::{MAX_ANSWER, Traffic};
use crate::code::TokenCode;
use crate::code::hide::hide_code;
use crate::sanitize;

/// A call to AWS, as its errors describe it.
pub(super) struct Call<'s> {
    pub(super) operation: &'static str,
    /// The MFA serial and its origin if the call carries a code.
    pub(super) serial: Option<String>,
    pub(super) code: Option<&'s TokenCode>,
    /// With its origin.
    pub(super) region: &'s str,
    /// As errors name it.
    pub(super) proxy: &'s str,
    pub(super) traffic: &'s Traffic,
}

impl Call<'_> {
    pub(super) fn explain<E>(&self, error: &SdkError<E>) -> AwsError
    where
        E: StdError + ProvideErrorMetadata + RequestId + 'static,
    {
        if let Some(refusal) = error.source().and_then(tls::tls_error) {
            return AwsError::Tls {
                operation: self.operation,
                host: self.traffic.host(),
                hint: tls::hint(refusal),
                is_certificate: tls::is_about_certificate(refusal),
                with_code: self.code.is_some(),
                source: self.cause(error),
            };
        }
        if is_too_long(error) {
            return AwsError::TooLong {
                operation: self.operation,
                host: self.traffic.host(),
                kibibytes: MAX_ANSWER / 1024,
                with_code: self.code.is_some(),
            };
        }
        match (error, error.raw_response()) {
            (SdkError::ServiceError(refused), Some(answer)) if refused.err().code().is_some() => {
                self.refused(refused.err(), answer.status().as_u16())
            }
            (SdkError::ServiceError(_) | SdkError::ResponseError(_), Some(answer)) => {
                let content_type = answer.headers().get("content-type");
                AwsError::NotAws {
                    service: self.traffic.service(),
                    operation: self.operation,
                    status: answer.status().as_u16(),
                    content_type: content_type
                        .map_or("no content type".to_owned(), |text| self.excerpt(text)),
                    with_code: self.code.is_some(),
                }
            }
            (SdkError::ConstructionFailure(_), _) => AwsError::Request {
                operation: self.operation,
                source: self.cause(error),
            },
            _ => AwsError::NoAnswer {
                operation: self.operation,
                host: self.traffic.host(),
                with_code: self.code.is_some(),
                source: self.cause(error),
            },
        }
    }

    fn refused(&self, refused: &(impl ProvideErrorMetadata + RequestId), status: u16) -> AwsError {
        AwsError::Refused {
            operation: self.operation,
            code: self.excerpt(refused.code().unwrap_or_default()),
            request_id: refused.request_id().map(|id| self.excerpt(id)),
            sent: Box::new(Sent {
                serial: self.serial.clone(),
                host: self.traffic.host(),
                region: self.region.to_owned(),
                status,
                replace_keys: None,
                refresh: None,
                role: None,
            }),
            source: Cause::from_message(&self.hide(refused.message().unwrap_or("no details"))),
        }
    }

    fn cause(&self, error: &dyn StdError) -> Cause {
        error.source().map_or_else(
            || Cause::from_message(&self.hide(&error.to_string())),
            |source| Cause::from_chain(source, self.proxy, |text| self.hide(text)),
        )
    }

    fn excerpt(&self, text: &str) -> String {
        sanitize::excerpt(&self.hide(text))
    }

    /// Removes the code, which whoever answers may repeat: it may still be unused. Done first, as
    /// an excerpt could end within it.
    fn hide(&self, text: &str) -> String {
        match self.code {
            Some(code) => hide_code(text, code),
            None => text.to_owned(),
        }
    }
}

fn is_too_long(error: &(dyn StdError + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .any(<dyn StdError>::is::<LengthLimitError>)
}
