//! `aws-mfa check`: is the session valid? Works offline and never asks.

use std::io::Write;

use zeroize::Zeroizing;

use super::context::Context;
use super::status::{Status, reason};
use crate::cli::CheckArgs;
use crate::error::Error;
use crate::files::access::Use;
use crate::json::{Layout, json};
use crate::sanitize;
use crate::session::{NotValid, ValidSession};
use crate::times::{LocalTime, TimeLeft};

/// Prints whether the session is valid. Returns [`Error::NotValid`] if it isn't.
pub(super) fn run(context: &Context<'_>, args: &CheckArgs) -> Result<(), Error> {
    let validity = context.read_profile(|mut stored| {
        let validity = stored.validity()?;
        if validity.is_err() {
            stored.check_sections()?;
        } else {
            context.check_session_file(&stored, Use::Report)?;
        }
        stored.check_exists()?;
        Ok(validity.map(|(session, _)| session))
    });
    let validity = validity.map_err(|error| match error {
        // In a shell's prompt, for example, before anything is set up.
        Error::NoCredentialsFile { .. } if context.console.is_quiet() => Error::NothingToCheck,
        error => error,
    })?;
    let profile = &context.selection.profile.value;
    let text = if args.json {
        json(&Status::new(profile, &validity), Layout::OneLine).map_err(Error::output)?
    } else {
        Zeroizing::new(sanitize::escape(&line(profile, &validity)))
    };
    if !context.console.is_quiet() {
        // If the reader is gone, the exit code still answers.
        let _ = writeln!(std::io::stdout(), "{}", *text);
    }
    match validity {
        Ok(_) => Ok(()),
        Err(not_valid) => Err(Error::NotValid {
            reason: reason(&not_valid),
        }),
    }
}

fn line(profile: &str, validity: &Result<ValidSession, NotValid>) -> String {
    let profile = sanitize::shorten(profile);
    match validity {
        Ok(session) => {
            let (until, left) = (LocalTime(session.expiration), TimeLeft(session.remaining));
            format!("{profile}: valid until {until} ({left} left)")
        }
        Err(not_valid) => format!("{profile}: {}", reason(not_valid)),
    }
}
