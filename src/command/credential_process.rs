//! `aws-mfa credential-process`: prints the session in the form that AWS SDKs read.
//!
//! Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use std::io::Write;

use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use super::context::Context;
use super::hand_over;
use crate::cli::RefreshArgs;
use crate::error::Error;
use crate::json::{Layout, json};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'s> {
    version: u8,
    access_key_id: &'s str,
    secret_access_key: &'s str,
    session_token: &'s str,
    expiration: String,
}

pub(super) fn run(context: &Context<'_>, args: &RefreshArgs) -> Result<(), Error> {
    let credentials = hand_over::session(context, args)?.credentials;
    let answer = Answer {
        version: 1,
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose(),
        session_token: credentials.session_token.expose(),
        expiration: credentials.expiration.format(&Rfc3339).unwrap_or_default(),
    };
    let text = json(&answer, Layout::OneLine).map_err(Error::output)?;
    writeln!(std::io::stdout(), "{}", *text).map_err(Error::output)
}
