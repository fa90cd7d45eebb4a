//! `aws-mfa check`: is the session valid? Works offline and never asks.

use std::io::{IsTerminal, Write};

use zeroize::Zeroizing;

use super::context::Context;
use super::roles;
use super::status::{Status, reason};
use crate::cli::CheckArgs;
use crate::console;
use crate::error::Error;
use crate::files::access::Use;
use crate::json::{Layout, json};
use crate::role_chain::RoleChain;
use crate::sanitize;
use crate::session::{NotValid, ValidSession};
use crate::times::{LocalTime, Reader, TimeLeft};

/// Prints whether the session is valid. Returns [`Error::NotValid`] if it isn't.
pub(super) fn run(context: &Context<'_>, args: &CheckArgs) -> Result<(), Error> {
    check(context, args, None)
}

/// What the file says.
enum Checked {
    Session(Result<ValidSession, NotValid>),
    RoleOf(RoleChain),
}

/// `asked` is the role's profile that takes its credentials from this one.
fn check(context: &Context<'_>, args: &CheckArgs, asked: Option<&str>) -> Result<(), Error> {
    let checked = context.read_profile(|mut stored| {
        if let Some(chain) = context.role_chain(&stored, Use::Report)? {
            return Ok(Checked::RoleOf(chain));
        }
        let validity = stored.validity()?;
        if validity.is_err() {
            stored.check_sections()?;
        } else {
            context.check_session_file(&stored, Use::Report)?;
        }
        stored.check_exists()?;
        Ok(Checked::Session(validity.map(|(session, _)| session)))
    });
    let checked = checked.map_err(|error| match error {
        // In a shell's prompt, for example, before anything is set up.
        Error::NoCredentialsFile { .. } if context.console.is_quiet() => Error::NothingToCheck,
        error => error,
    })?;
    let validity = match checked {
        Checked::Session(validity) => validity,
        Checked::RoleOf(chain) => {
            roles::refuse_options(context, &args.refresh())?;
            let source = context.for_source(&chain);
            if context.console.is_verbose() {
                roles::warn_of_codes(&source);
            }
            return check(
                &source,
                args,
                asked.or(Some(&context.selection.profile.value)),
            );
        }
    };
    let profile = &context.selection.profile.value;
    let status = Status::new(profile, &validity).asked_for(asked);
    let text = if args.json {
        json(&status, Layout::OneLine).map_err(Error::output)?
    } else {
        let reader = context.console.reader_of(std::io::stdout().is_terminal());
        let line = line(profile, asked, &validity, reader);
        Zeroizing::new(console::for_output(&line))
    };
    if !context.console.is_quiet() {
        // If the reader is gone, the exit code still answers.
        let _ = writeln!(std::io::stdout(), "{}", *text);
    }
    match validity {
        Ok(_) => Ok(()),
        Err(not_valid) => Err(Error::NotValid {
            reason: reason(&not_valid, Reader::Log),
        }),
    }
}

fn line(
    profile: &str,
    asked: Option<&str>,
    validity: &Result<ValidSession, NotValid>,
    reader: Reader,
) -> String {
    let profile = sanitize::shorten(profile);
    let profile = match asked {
        Some(asked) => format!("{} (from {profile})", sanitize::shorten(asked)),
        None => profile.into_owned(),
    };
    match validity {
        Ok(session) => {
            let until = LocalTime(session.expiration, reader);
            let left = TimeLeft(session.remaining);
            format!("{profile}: valid until {until} ({left} left)")
        }
        Err(not_valid) => format!("{profile}: {}", reason(not_valid, reader)),
    }
}
