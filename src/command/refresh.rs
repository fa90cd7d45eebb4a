//! The main job: refresh `[name]`, unless its session is still valid.
//!
//! The order is the point. Whatever can fail without a code is done before the code is asked for; the code is sent once;
//! what AWS granted is checked before the file is touched.

use std::time::Duration;

use super::obtain::{Request, in_runtime};
use super::profile::{ConfigFile, StoredProfile, read_file};
use super::report;
use crate::cli::{CommonArgs, RefreshArgs};
use crate::clock;
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::edit::Text;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::external_command::BUSY_SECTIONS;
use crate::long_term_keys::LongTermKeys;
use crate::session::{NotValid, SessionCredentials, ValidSession};
use crate::settings::{Environment, ProfileSections, RefreshSettings, Selection};

/// How often the file is written anew where that fails after the code was spent.
const WRITE_ATTEMPTS: usize = 3;
const WRITE_PAUSE: Duration = Duration::from_millis(100);

/// Session tokens have a thousand characters or two, and stand in the file twice; the rehearsal's are shorter.
const ROOM_FOR_TOKENS: usize = 8192;

/// Refreshes the profile's session, unless it is valid and `--force` isn't given.
///
/// # Errors
/// Whatever keeps the session from being valid.
pub(super) fn run(
    common: &CommonArgs,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let selection = Selection::resolve(common, &args.validity, environment)?;
    let store = Store::new(&selection.credentials_file.value);
    let prepare = || prepare(&store, &selection, args, environment, console);
    let (plan, due) = match store.once_settled(prepare)? {
        Prepared::StillValid(session) => {
            report::still_valid(console, &selection, session, environment);
            return Ok(());
        }
        Prepared::Due(plan, due) => (plan, due),
    };
    let request = Request {
        keys: &plan.keys,
        settings: &plan.settings,
        selection: &selection,
        due: &due,
        busy: plan.busy,
        console,
    };
    let (granted, identity) = in_runtime(request.obtain(args))?;
    store_session(&store, &selection, &granted.credentials, plan.seen, console)?;
    console.detail("the session is stored");
    let account = identity.account.as_deref();
    report::refreshed(
        console,
        &selection,
        &plan.settings,
        &granted,
        account,
        environment,
    );
    Ok(())
}

/// What there is to do.
enum Prepared {
    /// Nothing.
    StillValid(ValidSession),
    /// A refresh, so planned, for this reason.
    Due(Box<Plan>, String),
}

/// Everything that can be done, and can fail, without the network and without a code.
fn prepare(
    store: &Store,
    selection: &Selection,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<Prepared, Error> {
    let bytes = read_file(store, selection, console)?;
    let mut stored = StoredProfile::find(selection.parse(&bytes)?, selection);
    let due = match stored.validity(selection)? {
        Ok(session) if !args.force => return Ok(Prepared::StillValid(session)),
        Ok(_) => "a new session is asked for".to_owned(),
        Err(reason) => due(selection, &reason),
    };
    stored.check_sections()?;
    let plan = Plan::make(selection, &stored, bytes.len(), args, environment, console)?;
    console.detail(&due);
    rehearse(store, &bytes, selection, &plan, console)?;
    console.detail("the file can be edited");
    Ok(Prepared::Due(Box::new(plan), due))
}

/// Why a refresh is due, as a sentence's beginning.
fn due(selection: &Selection, reason: &NotValid) -> String {
    format!(
        "the session of profile {} needs a refresh ({reason})",
        selection.profile.value
    )
}

/// All that a refresh needs before a code.
struct Plan {
    keys: LongTermKeys,
    settings: RefreshSettings,
    /// The sections that aws-mfa is busy with, this one included.
    busy: String,
    /// The size of the credentials file that it was made from, in bytes.
    seen: usize,
}

impl Plan {
    fn make(
        selection: &Selection,
        stored: &StoredProfile<'_>,
        seen: usize,
        args: &RefreshArgs,
        environment: &Environment,
        console: &Console,
    ) -> Result<Self, Error> {
        let file = &selection.credentials_file.value;
        let (known, role) = (stored.known(), stored.role.clone());
        let config = ConfigFile::read(selection, console)?;
        let sections = stored.sections(selection, config.as_ref())?;
        let long_term = sections
            .long_term
            .as_ref()
            .ok_or_else(|| no_long_term_section(selection, &sections, known))?;
        let keys = LongTermKeys::read(long_term, file)?;
        let settings = RefreshSettings::resolve(selection, role, args, environment, &sections)?;
        report::settings(console, &keys, selection, &settings);
        if let Some(path) = settings
            .token_command
            .as_ref()
            .and_then(|c| c.file.as_deref())
        {
            let store = Store::new(path);
            store.check_commands()?;
            if path != file {
                store.warn_of_group(console);
            }
        }
        Ok(Self {
            keys,
            settings,
            busy: busy_sections(selection, environment)?,
            seen,
        })
    }
}

/// The sections that aws-mfa is busy with, for the commands that it runs.
fn busy_sections(selection: &Selection, environment: &Environment) -> Result<String, Error> {
    let section = &selection.section;
    let Some(busy) = environment.get(BUSY_SECTIONS)? else {
        return Ok(section.clone());
    };
    if busy.value.split(' ').any(|busy| busy == section) {
        return Err(Error::Recursion {
            section: section.clone(),
        });
    }
    Ok(format!("{} {section}", busy.value))
}

/// Why there are no long-term keys.
fn no_long_term_section(
    selection: &Selection,
    sections: &ProfileSections<'_>,
    known: Vec<String>,
) -> Error {
    let profile = selection.profile.value.clone();
    match sections.source_profile() {
        Err(error) => error,
        Ok(Some((source, section))) => Error::TakesFromAnother {
            profile,
            source_profile: source,
            section,
        },
        Ok(None) => Error::NoLongTermSection {
            section: selection.long_term_section.clone(),
            path: selection.credentials_file.value.clone(),
            known,
            setup: selection.command_line(Some("setup")),
        },
    }
}

/// Makes the edit with placeholders, and sees that the folder can be written: what would fail later fails now, before a
/// code is spent.
fn rehearse(
    store: &Store,
    bytes: &[u8],
    selection: &Selection,
    plan: &Plan,
    console: &Console,
) -> Result<(), Error> {
    let role_arn = plan
        .settings
        .role
        .as_ref()
        .map(|role| role.arn.value.clone());
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
fn store_session(
    store: &Store,
    selection: &Selection,
    credentials: &SessionCredentials,
    seen: usize,
    console: &Console,
) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        match store.edit(seen, console, |document| {
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
