//! The main job: refresh `[name]`, unless its session is still valid.
//!
//! The order is the point. Whatever can fail without a code is done before the code is asked for; the code is sent once;
//! what AWS granted is checked before the file is touched.

use std::time::Duration;

use super::obtain::{Request, in_runtime};
use super::own_section;
use super::profile::{ConfigFile, StoredProfile, read_file};
use super::report;
use crate::cli::{CommonArgs, RefreshArgs, ValidityArgs};
use crate::clock;
use crate::code_source::Standard;
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::edit::Text;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::external_command::{self, BUSY_SECTIONS};
use crate::long_term_keys::KeySource;
use crate::prompt_lock::PromptLock;
use crate::session::{NotValid, SessionCredentials, ValidSession};
use crate::settings::{
    Environment, Origin, ProfileSections, RefreshSettings, Selection, Setting, StsSettings,
};
use crate::sts::{Granted, Identity};

/// How often the file is written anew where that fails after the code was spent.
const WRITE_ATTEMPTS: usize = 3;
const WRITE_PAUSE: Duration = Duration::from_millis(100);

/// Session tokens have a thousand characters or two, and stand in the file twice; the rehearsal's are shorter.
const ROOM_FOR_TOKENS: usize = 8192;

/// A session that is handed on should last for what is done with it.
const HANDED_ON_FOR: Duration = Duration::from_mins(5);

/// The main job: refreshes the profile's session, unless it is valid and `--force` isn't given.
///
/// # Errors
/// Whatever keeps the session from being valid.
pub(super) fn run(
    common: &CommonArgs,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let selection = Selection::resolve(common, &args.validity, Duration::ZERO, environment)?;
    let refresh = Refresh {
        store: Store::new(&selection.credentials_file.value),
        selection: &selection,
        args,
        environment,
        console,
    };
    match refresh.prepare()? {
        Prepared::StillValid { remaining, .. } => {
            report::still_valid(console, &selection, remaining, environment);
        }
        Prepared::Due(plan, due) => {
            let new = refresh.get(&plan, &due, Standard::Input)?;
            report::refreshed(console, &selection, &plan.settings, &new);
            report::how_to_use(console, &selection, environment);
        }
    }
    Ok(())
}

/// A session to hand on.
pub(super) struct Session {
    pub(super) credentials: SessionCredentials,
    /// The region that the profile's own settings or `--region` name.
    pub(super) region: Option<String>,
}

/// Gets a session to hand on to a shell, a command or an SDK: the stored one, where it lasts for a while, else a new one. Of many
/// callers one asks for the code.
///
/// # Errors
/// Whatever keeps the session from being valid.
pub(super) fn session(
    common: &CommonArgs,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<Session, Error> {
    let selection = Selection::resolve(common, &args.validity, HANDED_ON_FOR, environment)?;
    let refresh = Refresh {
        store: Store::new(&selection.credentials_file.value),
        selection: &selection,
        args,
        environment,
        console,
    };
    let mut lock = None;
    let credentials = if let Some(credentials) = refresh.stored()? {
        credentials
    } else {
        let file = &selection.credentials_file.value;
        let cache = environment.cache();
        lock = Some(PromptLock::acquire(
            &selection.section,
            file,
            cache,
            console,
        )?);
        // Another caller may have got one meanwhile.
        match refresh.prepare()? {
            Prepared::StillValid { credentials, .. } => credentials,
            Prepared::Due(plan, due) => {
                let new = refresh.get(&plan, &due, Standard::InputOfOthers)?;
                report::refreshed(console, &selection, &plan.settings, &new);
                new.granted.credentials
            }
        }
    };
    drop(lock);
    Ok(Session {
        credentials,
        region: refresh.region()?,
    })
}

/// Whether the profile's files name a region, which is handed on with its session.
///
/// # Errors
/// A file that can't be read, or that AWS's tools read differently.
pub(super) fn has_region(
    common: &CommonArgs,
    environment: &Environment,
    console: &Console,
) -> Result<bool, Error> {
    let validity = ValidityArgs::default();
    let selection = Selection::resolve(common, &validity, HANDED_ON_FOR, environment)?;
    let store = Store::new(&selection.credentials_file.value);
    let bytes = read_file(&store, &selection, console)?;
    let stored = StoredProfile::find(selection.parse(&bytes)?, &selection);
    let config = ConfigFile::read(&selection, console)?;
    let sections = stored.sections(&selection, config.as_ref())?;
    Ok(sections.region()?.is_some())
}

/// A refresh of a profile, if it is due.
struct Refresh<'a> {
    store: Store,
    selection: &'a Selection,
    args: &'a RefreshArgs,
    environment: &'a Environment,
    console: &'a Console,
}

/// What there is to do.
enum Prepared {
    /// Nothing.
    StillValid {
        remaining: ValidSession,
        credentials: SessionCredentials,
    },
    /// A refresh, so planned, for this reason.
    Due(Box<Plan>, String),
}

/// A session that was got.
pub(super) struct New {
    pub(super) granted: Granted,
    pub(super) identity: Identity,
}

impl Refresh<'_> {
    /// The stored session's credentials, where it is valid and good enough.
    fn stored(&self) -> Result<Option<SessionCredentials>, Error> {
        if self.args.force {
            return Ok(None);
        }
        let validity = self.store.once_settled(|| {
            let bytes = read_file(&self.store, self.selection, self.console)?;
            let stored = StoredProfile::find(self.selection.parse(&bytes)?, self.selection);
            stored.validity(self.selection)
        })?;
        Ok(validity.ok().map(|(_, credentials)| credentials))
    }

    /// Everything that can be done, and can fail, without the network and without a code.
    fn prepare(&self) -> Result<Prepared, Error> {
        let attempt = || {
            let bytes = read_file(&self.store, self.selection, self.console)?;
            self.prepare_from(&bytes)
        };
        self.store.once_settled(attempt)
    }

    fn prepare_from(&self, bytes: &[u8]) -> Result<Prepared, Error> {
        let (selection, console) = (self.selection, self.console);
        let mut stored = StoredProfile::find(selection.parse(bytes)?, selection);
        let due = match stored.validity(selection)? {
            Ok((remaining, credentials)) if !self.args.force => {
                return Ok(Prepared::StillValid {
                    remaining,
                    credentials,
                });
            }
            Ok(_) => "a new session is asked for".to_owned(),
            Err(reason) => due(selection, &reason),
        };
        stored.check_sections()?;
        let (args, environment) = (self.args, self.environment);
        let plan = Plan::make(selection, &stored, bytes.len(), args, environment, console)?;
        console.detail(&due);
        rehearse(&self.store, bytes, selection, &plan, console)?;
        console.detail("the file can be edited");
        Ok(Prepared::Due(Box::new(plan), due))
    }

    /// Gets a new session and stores it.
    fn get(&self, plan: &Plan, due: &str, standard: Standard) -> Result<New, Error> {
        // Before any prompt of ours: a password manager may have its own.
        let keys = match &plan.keys {
            KeySource::File { keys, .. } => keys.clone(),
            KeySource::Process(command) => {
                in_runtime(external_command::keys(command, &plan.busy, self.console))?
            }
        };
        let request = Request {
            keys: &keys,
            settings: &plan.settings,
            selection: self.selection,
            due,
            busy: plan.busy.clone(),
            console: self.console,
        };
        let (granted, identity) = in_runtime(request.obtain(self.args, standard))?;
        let credentials = &granted.credentials;
        store_session(
            &self.store,
            self.selection,
            credentials,
            plan.seen,
            self.console,
        )?;
        self.console.detail("the session is stored");
        Ok(New { granted, identity })
    }

    /// The region that `--region` or the files name for the profile. One of the environment is there anyway.
    fn region(&self) -> Result<Option<String>, Error> {
        let bytes = self.store.read()?.unwrap_or_default();
        let stored = StoredProfile::find(self.selection.parse(&bytes)?, self.selection);
        let config = ConfigFile::read(self.selection, self.console)?;
        let sections = stored.sections(self.selection, config.as_ref())?;
        own_section::check(self.selection, &sections, self.environment)?;
        let region = StsSettings::resolve(self.selection, self.environment, &sections)?.region;
        let is_new = |region: &Setting<String>| !matches!(region.origin, Origin::Variable(_));
        Ok(region.filter(is_new).map(|region| region.value))
    }
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
    keys: KeySource,
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
        let keys = KeySource::find(&sections)?
            .ok_or_else(|| no_long_term_section(selection, &sections, known))?;
        own_section::check(selection, &sections, environment)?;
        let settings = RefreshSettings::resolve(selection, role, args, environment, &sections)?;
        report::settings(console, &keys, &settings);
        let of_keys = match &keys {
            KeySource::Process(command) => Some(command),
            KeySource::File { .. } => None,
        };
        let commands = of_keys.into_iter().chain(&settings.token_command);
        for path in commands.filter_map(|command| command.file.as_deref()) {
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
            profile,
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
