//! `aws-mfa check`: is the session valid? Offline; never asks.

use std::io::Write;
use std::time::Duration;

use super::context::{StoredProfile, read_file};
use super::status::Status;
use crate::cli::{CheckArgs, CommonArgs};
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
    args: &CheckArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let selection = Selection::resolve(common, &args.validity, Duration::ZERO, environment)?;
    let store = Store::new(&selection.credentials_file.value);
    let validity = store.once_settled(|| {
        let bytes = read_file(&store, &selection, console)?;
        let mut stored = StoredProfile::find(selection.parse(&bytes)?, &selection);
        let validity = stored.validity(&selection)?;
        if validity.is_err() {
            stored.check_sections()?;
        }
        stored.check_exists(&selection)?;
        Ok(validity.map(|(session, _)| session))
    })?;
    let profile = &selection.profile.value;
    let text = if args.json {
        let text = serde_json::to_string(&Status::new(profile, &validity));
        text.map_err(|error| Error::Output {
            source: error.into(),
        })?
    } else {
        match &validity {
            Ok(session) => {
                let (until, left) = (LocalTime(session.expiration), TimeLeft(session.remaining));
                format!("{profile}: valid until {until} ({left} left)")
            }
            Err(reason) => format!("{profile}: {reason}"),
        }
    };
    answer(console, &text);
    validity.map(drop).map_err(|reason| Error::NotValid {
        reason: reason.to_string(),
    })
}

fn answer(console: &Console, line: &str) {
    if !console.is_quiet() {
        // A reader that went away has its answer in the exit code.
        let _ = writeln!(std::io::stdout(), "{}", sanitize::escape(line));
    }
}
