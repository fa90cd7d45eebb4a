//! Whose certificates are trusted: those of the authorities in a file, for example of a company's TLS
//! proxy, or the system's. Edge.
//!
//! The SDK doesn't know `AWS_CA_BUNDLE`, and panics on a certificate that it can't read, so each
//! one is tried first. Files on a network drive may block, so they are read before a prompt, or
//! outside the thread of the runtime, in which signals arrive.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::AwsError;
use crate::console::Console;
use crate::error::Error;
use crate::files;
use crate::files::access::{self, Use};
use crate::settings::{ServiceSettings, Setting};

/// How long to wait for the system's files.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) const PROVIDER: Provider = Provider::Rustls(CryptoMode::AwsLc);

/// The authorities to trust.
pub(crate) struct Authorities {
    /// `None` means the system's.
    context: Option<TlsContext>,
}

impl Authorities {
    /// Reads the file that is set, if there is one. Returns an error if it can't be used, or if
    /// others can change it. `home` is the user's home folder.
    pub(crate) fn read(
        settings: &ServiceSettings,
        home: Option<&Path>,
        console: &Console,
    ) -> Result<Self, Error> {
        let check = |file: &Setting<PathBuf>, read: &Metadata| {
            access::check_read(&file.value, read, Use::Authorities, home, console)
        };
        if let Some(bundle) = &settings.ca_bundle {
            let (context, read) = context(bundle)?;
            check(bundle, &read)?;
            return Ok(Self {
                context: Some(context),
            });
        }
        let endpoint = settings.endpoint.as_ref().map(|endpoint| &endpoint.value);
        if endpoint.is_some_and(|endpoint| !endpoint.has_tls()) {
            return Ok(Self { context: None });
        }
        // They are read later, by the HTTP client.
        if let Some(file) = &settings.system_ca_file {
            let read = files::check(&file.value).map_err(|error| bad(file, error.to_string()))?;
            read.map_or(Ok(()), |read| check(file, &read))?;
        }
        if let Some(folders) = &settings.system_ca_folder {
            for folder in std::env::split_paths(&folders.value) {
                check_folder(&folder, |path| {
                    let Ok(read) = path.metadata() else {
                        return Ok(());
                    };
                    access::check_read(path, &read, Use::Authorities, home, console)
                })?;
            }
        }
        Ok(Self { context: None })
    }

    /// Returns an error if the system has no authorities, or doesn't give them in time.
    pub(super) async fn load(&self) -> Result<TlsContext, AwsError> {
        if let Some(context) = &self.context {
            return Ok(context.clone());
        }
        let load = tokio::task::spawn_blocking(|| {
            if rustls_native_certs::load_native_certs().certs.is_empty() {
                return Err(AwsError::NoTrust);
            }
            let context = TlsContext::default();
            // The HTTP client loads them at its first use, and keeps them.
            Connector::builder()
                .tls_provider(PROVIDER)
                .tls_context(context.clone())
                .build();
            Ok(context)
        });
        let loaded = tokio::time::timeout(TIMEOUT, load).await;
        loaded
            .map_err(|_| AwsError::SlowTrust(TIMEOUT))?
            .unwrap_or(Err(AwsError::NoTrust))
    }
}

/// Checks a folder of authorities and what is in it: files, and links to files.
fn check_folder(folder: &Path, check: impl Fn(&Path) -> Result<(), Error>) -> Result<(), Error> {
    check(folder)?;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .try_for_each(|path| check(&path))
}

fn context(bundle: &Setting<PathBuf>) -> Result<(TlsContext, Metadata), AwsError> {
    let bad = |problem: String| bad(bundle, problem);
    let contents = files::read(&bundle.value).map_err(|error| bad(error.to_string()))?;
    let contents = contents.ok_or_else(|| bad("there is no such file".to_owned()))?;
    let pem = contents.bytes.to_vec();
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
    Ok((context, contents.metadata))
}

fn bad(file: &Setting<PathBuf>, problem: String) -> AwsError {
    AwsError::CaBundle {
        path: file.value.clone(),
        origin: file.origin.to_string(),
        problem,
    }
}
