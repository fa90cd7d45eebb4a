//! Explains why a call to AWS failed. Edge, like the calls themselves.

use std::error::Error as StdError;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;

use super::error::{AwsError, Cause};
use super::tls;
use super::traffic::Traffic;
use crate::sanitize;

/// A call to AWS, as its errors describe it.
pub(super) struct Call<'s> {
    pub(super) operation: &'static str,
    /// The MFA serial and its origin if the call carries a code.
    pub(super) serial: Option<String>,
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
                source: cause(error),
            };
        }
        match (error, error.raw_response()) {
            (SdkError::ServiceError(refused), Some(_)) if refused.err().code().is_some() => {
                self.refused(refused.err())
            }
            (SdkError::ServiceError(_) | SdkError::ResponseError(_), Some(answer)) => {
                let content_type = answer.headers().get("content-type");
                AwsError::NotSts {
                    operation: self.operation,
                    status: answer.status().as_u16(),
                    content_type: content_type
                        .map_or("no content type".to_owned(), sanitize::excerpt),
                    with_code: self.serial.is_some(),
                }
            }
            (SdkError::ConstructionFailure(_), _) => AwsError::Request {
                operation: self.operation,
                source: cause(error),
            },
            _ => AwsError::NoAnswer {
                operation: self.operation,
                host: self.traffic.host(),
                with_code: self.serial.is_some(),
                source: cause(error),
            },
        }
    }

    fn refused(&self, refused: &(impl ProvideErrorMetadata + RequestId)) -> AwsError {
        AwsError::Refused {
            operation: self.operation,
            code: sanitize::excerpt(refused.code().unwrap_or_default()),
            request_id: refused.request_id().map(sanitize::excerpt),
            serial: self.serial.clone(),
            source: Cause::from_message(refused.message().unwrap_or("no details")),
        }
    }
}

fn cause(error: &dyn StdError) -> Cause {
    error.source().map_or_else(
        || Cause::from_message(&error.to_string()),
        Cause::from_chain,
    )
}
