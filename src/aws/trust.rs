//! Trusts a file of certificate authorities, for example that of a company's TLS proxy. Edge.
//!
//! The SDK doesn't know `AWS_CA_BUNDLE`, and panics on a certificate that it can't read, so each
//! one is tried first.

use std::path::PathBuf;

use aws_sdk_sts::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::AwsError;
use crate::files;
use crate::settings::Setting;

/// An HTTP client that trusts only the authorities in `bundle`. Proxies come from the environment.
pub(super) fn client(bundle: &Setting<PathBuf>) -> Result<SharedHttpClient, AwsError> {
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
    let context = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
        .build()
        .map_err(|error| bad(error.to_string()))?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder()
                .proxy_config(ProxyConfig::from_env())
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(context.clone());
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.build()
        }),
    )
}
