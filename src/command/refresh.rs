//! The main job: refresh `[name]`, unless its session is still valid.
//!
//! The order is the point. Whatever can fail without a code is done before the code is asked for; the code is sent once;
//! what AWS granted is checked before the file is touched.

use std::time::Duration;

use super::context::{ConfigFile, StoredProfile, read_file};
use super::obtain::{Request, in_runtime};
use super::plan::Plan;
use super::{own_section, report, store_session};
use crate::aws::sts::{Granted, Identity};
use crate::cli::{CommonArgs, RefreshArgs, ValidityArgs};
use crate::code::source::Standard;
use crate::console::Console;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::keys::KeySource;
use crate::lock::prompt::PromptLock;
use crate::process;
use crate::session::{NotValid, SessionCredentials, ValidSession};
use crate::settings::{Environment, Origin, Selection, Setting, resolve_region};

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
    let refresh = Refresh::new(&selection, args, environment, console);
    match refresh.prepare()? {
        Prepared::StillValid {
            remaining,
            credentials,
        } => report::still_valid(console, &selection, remaining, &credentials, environment),
        Prepared::Due(plan, due) => {
            let new = refresh.get(&plan, &due, Standard::Input)?;
            report::refreshed(console, &selection, &plan.settings, &new);
            report::how_to_use(console, &selection, &new.granted.credentials, environment);
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
    let refresh = Refresh::new(&selection, args, environment, console);
    // What is wrong with it is found before a code is asked for.
    let region = refresh.region()?;
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
        region,
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
    Ok(sections.value("region")?.is_some())
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

impl<'a> Refresh<'a> {
    fn new(
        selection: &'a Selection,
        args: &'a RefreshArgs,
        environment: &'a Environment,
        console: &'a Console,
    ) -> Self {
        Self {
            store: Store::new(&selection.credentials_file.value),
            selection,
            args,
            environment,
            console,
        }
    }

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
        store_session::rehearse(&self.store, bytes, selection, &plan.settings, console)?;
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
        store_session::store(
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
        let region = resolve_region(self.selection, &sections)?;
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
