//! TLS errors, which are permanent: trying again doesn't help.

use std::error::Error;
use std::io;

use aws_sdk_sts::config::interceptors::InterceptorContext;
use aws_sdk_sts::config::retry::{ClassifyRetry, RetryAction};

/// Keeps the SDK from retrying if the server's certificate isn't trusted, to report it at once.
#[derive(Debug)]
pub(super) struct NoRetryOnTlsError;

impl ClassifyRetry for NoRetryOnTlsError {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        match error.and_then(|error| error.as_connector_error()) {
            Some(error) if tls_error(error).is_some() => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "NoRetryOnTlsError"
    }
}

/// The TLS library's error, if that is the cause.
pub(super) fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    std::iter::successors(Some(error), |&error| inner(error).or(error.source()))
        .find_map(|error| error.downcast_ref())
}

/// `io::Error::source` skips the inner error itself, which only `get_ref` returns.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

/// Whether the server was refused before anything was sent.
pub(super) fn is_about_certificate(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(_))
}

pub(super) fn hint(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. },
        ) => "check this computer's clock: the certificate has expired or isn't valid yet",
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => {
            "a different server answered instead of AWS: sign in to the captive portal, or fix \
             the endpoint"
        }
        rustls::Error::InvalidCertificate(_) => {
            "a proxy may be intercepting TLS: set AWS_CA_BUNDLE to a file with its CA certificate"
        }
        _ => {
            "the server doesn't speak TLS as AWS does: check HTTPS_PROXY and the endpoint, or \
             sign in to a captive portal"
        }
    }
}
