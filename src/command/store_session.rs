//! The session's way into the credentials file: rehearsed before a code is asked for, done after it is spent.

use std::time::Duration;

use super::context::StoredProfile;
use crate::clock;
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::edit::Text;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::session::SessionCredentials;
use crate::settings::{RefreshSettings, Selection};

/// How often the file is written anew where that fails after the code was spent.
const WRITE_ATTEMPTS: usize = 3;
const WRITE_PAUSE: Duration = Duration::from_millis(100);

/// Session tokens have a thousand characters or two, and stand in the file twice; the rehearsal's are shorter.
const ROOM_FOR_TOKENS: usize = 8192;

/// Makes the edit with placeholders, and sees that the folder can be written: what would fail later fails now, before a
/// code is spent.
pub(super) fn rehearse(
    store: &Store,
    bytes: &[u8],
    selection: &Selection,
    settings: &RefreshSettings,
    console: &Console,
) -> Result<(), Error> {
    let role_arn = settings.role.as_ref().map(|role| role.arn.value.clone());
    let placeholder = SessionCredentials::placeholder(clock::now(), role_arn);
    let document = selection.parse(bytes)?;
    let edited = edit(&document, selection, &placeholder)?;
    let path = selection.credentials_file.value.display();
    for oddity in document.oddities() {
        console.warn(format_args!("{path}: {oddity}"));
    }
    store.rehearse(edited.len() + ROOM_FOR_TOKENS, console)
}

/// The edit, of the file as it is at the moment: also then it may hold permanent keys where the session belongs.
fn edit(
    document: &Document<'_>,
    selection: &Selection,
    credentials: &SessionCredentials,
) -> Result<Text, Error> {
    StoredProfile::find(document.clone(), selection).protect_permanent_keys(selection)?;
    let edited = credentials.with_edits(|edits| document.set(&selection.section, edits));
    edited.map_err(|refusal| selection.refused(refusal))
}

/// Writes the session. The code is spent by now, so a failure is tried again.
pub(super) fn store(
    file: &Store,
    selection: &Selection,
    credentials: &SessionCredentials,
    seen: usize,
    console: &Console,
) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        match file.edit(seen, console, |document| {
            edit(document, selection, credentials)
        }) {
            Ok(_) => return Ok(()),
            Err(source) if attempt == WRITE_ATTEMPTS || has_waited(&source) => {
                return Err(Error::NotStored {
                    source: Box::new(source),
                });
            }
            Err(error) => {
                console.detail(format_args!("{error}; trying again"));
                std::thread::sleep(WRITE_PAUSE);
                attempt += 1;
            }
        }
    }
}

/// Whether the failed attempt has been waiting for others long enough.
fn has_waited(error: &Error) -> bool {
    matches!(error, Error::Locked { .. } | Error::Busy { .. })
}
