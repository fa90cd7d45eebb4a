//! Storing the session in the credentials file: rehearsed before a code is spent, done afterwards.

use std::time::Duration;

use super::context::Context;
use super::stored_profile::StoredProfile;
use crate::clock;
use crate::credentials_file::document::Document;
use crate::credentials_file::edit::Text;
use crate::credentials_file::store::Rehearsed;
use crate::error::Error;
use crate::runtime;
use crate::session::{MAX_TOKEN, SessionCredentials};
use crate::settings::{RefreshSettings, Selection};

/// How often to try to write the file after the code was spent.
const WRITE_ATTEMPTS: usize = 3;
const WRITE_PAUSE: Duration = Duration::from_millis(100);

/// In bytes. The token is stored twice, and the keys are longer than their placeholders, too.
const ROOM_FOR_TOKENS: usize = 2 * MAX_TOKEN + 2048;

/// Edits with placeholders and checks the folder, to find errors before a code is spent.
pub(super) fn rehearse(
    context: &Context<'_>,
    document: &Document<'_>,
    settings: &RefreshSettings,
) -> Result<Rehearsed, Error> {
    let (selection, store, console) = (&context.selection, &context.store, context.console);
    let role_arn = settings.role.as_ref().map(|role| role.arn.value.clone());
    let placeholder = SessionCredentials::placeholder(clock::now(), role_arn);
    let edited = edit(document, selection, &placeholder)?;
    runtime::run(store.rehearse(edited.len() + ROOM_FOR_TOKENS, console))
}

/// Returns an error if a session can't be written into this text.
pub(super) fn rehearse_edit(document: &Document<'_>, selection: &Selection) -> Result<(), Error> {
    let placeholder = SessionCredentials::placeholder(clock::now(), None);
    edit(document, selection, &placeholder).map(drop)
}

/// Edits the file's current text, which by now may hold permanent keys where the session belongs.
fn edit(
    document: &Document<'_>,
    selection: &Selection,
    credentials: &SessionCredentials,
) -> Result<Text, Error> {
    StoredProfile::find(document.clone(), selection).refuse_permanent_keys()?;
    let edited = credentials.with_edits(|edits| document.set(&selection.section, edits));
    edited.map_err(selection.refused())
}

/// Retries, as a code may be spent. `seen` is the file's size in bytes when this run began.
pub(super) async fn store(
    context: &Context<'_>,
    file: &Rehearsed,
    credentials: &SessionCredentials,
    seen: usize,
) -> Result<(), Error> {
    let (selection, console) = (&context.selection, context.console);
    let edit = |document: &Document<'_>| edit(document, selection, credentials);
    let mut attempt = 1;
    loop {
        match file.edit(seen, console, edit).await {
            Ok(_) => return Ok(()),
            Err(source) if attempt == WRITE_ATTEMPTS || has_waited(&source) => {
                return Err(source);
            }
            Err(error) => {
                console.detail(format_args!("{error}; trying again"));
                tokio::time::sleep(WRITE_PAUSE).await;
                attempt += 1;
            }
        }
    }
}

/// Whether the failed attempt has already waited long enough. On Windows, so does each rename.
fn has_waited(error: &Error) -> bool {
    matches!(error, Error::Busy { .. }) || cfg!(windows) && matches!(error, Error::Write { .. })
}
