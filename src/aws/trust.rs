//! Trusts a file of certificate authorities, for example that of a company's TLS proxy. Edge.
//!
//! The SDK doesn't know `AWS_CA_BUNDLE`, and panics on a certificate that it can't read, so each
//! one is tried first.

use std::path::PathBuf;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::AwsError;
use crate::files;
use crate::settings::Setting;

/// Trusts only the authorities in `bundle`.
pub(super) fn context(bundle: &Setting<PathBuf>) -> Result<TlsContext, AwsError> {
    let bad = |problem: String| AwsError::CaBundle {
        path: bundle.value.clone(),
        origin: bundle.origin.to_string(),
        problem,
    };
    let contents = files::read(&bundle.value).map_err(|error| bad(error.to_string()))?;
    let pem = contents
        .ok_or_else(|| bad("there is no such file".to_owned()))?
        .bytes
        .to_vec();
    let mut authorities = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| bad(format!("not PEM: {error}")))?;
        authorities
            .add(certificate)
            .map_err(|error| bad(format!("a certificate can't be read: {error}")))?;
    }
    if authorities.is_empty() {
        return Err(bad("it contains no certificate".to_owned()));
    }
    TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
        .build()
        .map_err(|error| bad(error.to_string()))
}
