//! `aws-mfa credential-process`: the session as AWS's SDKs read it from a `credential_process`.
//!
//! Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::io::Write;

use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::refresh;
use crate::cli::{CommonArgs, RefreshArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;

/// What an SDK reads.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'s> {
    version: u8,
    access_key_id: &'s str,
    secret_access_key: &'s str,
    session_token: &'s str,
    expiration: String,
}

/// Prints the session.
///
/// # Errors
/// Whatever keeps it from being valid.
pub(super) fn run(
    common: &CommonArgs,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let session = refresh::session(common, args, environment, console)?;
    let credentials = &session.credentials;
    let answer = Answer {
        version: 1,
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose(),
        session_token: credentials.session_token.expose(),
        expiration: credentials.expiration.format(&Rfc3339).unwrap_or_default(),
    };
    let failed = |source| Error::Output { source };
    let text = serde_json::to_string(&answer).map(Zeroizing::new);
    let text = text.map_err(|error| failed(error.into()))?;
    writeln!(std::io::stdout(), "{}", *text).map_err(failed)
}
