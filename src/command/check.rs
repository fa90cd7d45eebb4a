//! `aws-mfa check`: is the session valid? Offline; never asks.

use std::io::Write;

use super::profile::{StoredProfile, read_file};
use crate::cli::{CommonArgs, ValidityArgs};
use crate::console::Console;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::sanitize;
use crate::session::{LocalTime, TimeLeft};
use crate::settings::{Environment, Selection};

/// Says on standard output whether the session is valid.
///
/// # Errors
/// [`Error::NotValid`] where it isn't; no such profile; permanent keys in its place.
pub(super) fn run(
    common: &CommonArgs,
    validity: &ValidityArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let selection = Selection::resolve(common, validity, environment)?;
    let store = Store::new(&selection.credentials_file.value);
    let validity = store.once_settled(|| {
        let bytes = read_file(&store, &selection, console)?;
        let document = selection.parse(&bytes)?;
        let mut stored = StoredProfile::find(document, &selection);
        let validity = stored.validity(&selection)?;
        if validity.is_err() {
            stored.check_sections()?;
        }
        if stored.session.is_none() && stored.long_term.is_none() {
            let path = selection.credentials_file.value.clone();
            let profile = selection.profile.value.clone();
            return Err(Error::NoProfile {
                profile,
                path,
                known: stored.known(),
            });
        }
        Ok(validity)
    })?;
    let profile = &selection.profile.value;
    match validity {
        Ok(session) => {
            let (until, left) = (LocalTime(session.expiration), TimeLeft(session.remaining));
            answer(
                console,
                &format!("{profile}: valid until {until} ({left} left)"),
            );
            Ok(())
        }
        Err(reason) => {
            let reason = reason.to_string();
            answer(console, &format!("{profile}: {reason}"));
            Err(Error::NotValid { reason })
        }
    }
}

fn answer(console: &Console, line: &str) {
    if !console.is_quiet() {
        // A reader that went away has its answer in the exit code.
        let _ = writeln!(std::io::stdout(), "{}", sanitize::escape(line));
    }
}
