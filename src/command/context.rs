//! What every command starts with: the profile, its files, and who may change them. Edge.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::stored_profile::{ConfigFile, StoredProfile};
use crate::aws::authorities::Authorities;
use crate::cli::{CommonArgs, RefreshArgs};
use crate::console::Console;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::files::Contents;
use crate::files::access::{self, Use};
use crate::role_chain::RoleChain;
use crate::settings::{Environment, Origin, Selection, ServiceSettings, Verb};

pub(super) struct Context<'a> {
    pub(super) selection: Selection,
    pub(super) store: Store,
    pub(super) environment: &'a Environment,
    pub(super) console: &'a Console,
    /// If that was asked for.
    pub(super) role_profile: Option<RoleProfile>,
    named_endpoints: RefCell<Vec<String>>,
    /// Whether profile and file were named.
    is_named: Cell<bool>,
}

/// A role's profile that takes its credentials from this one.
pub(super) struct RoleProfile {
    pub(super) name: String,
    /// Those on the way to the source for which AWS tools ask for a code.
    pub(super) asking_for_codes: Vec<String>,
    /// Whether AWS tools, on the way to the source, come to the session's section.
    pub(super) leads_to_session: bool,
}

impl<'a> Context<'a> {
    /// Resolves the profile and its files. `default_min_remaining` depends on the command.
    pub(super) fn open(
        common: &CommonArgs,
        args: &RefreshArgs,
        default_min_remaining: Duration,
        environment: &'a Environment,
        console: &'a Console,
    ) -> Result<Self, Error> {
        let selection = Selection::resolve(common, args, default_min_remaining, environment)?;
        let store = Store::new(&selection.credentials_file.value);
        Ok(Self {
            selection,
            store,
            environment,
            console,
            role_profile: None,
            named_endpoints: RefCell::default(),
            is_named: Cell::default(),
        })
    }

    /// The same for the user's own session, whatever role is set.
    pub(super) fn for_own_session(&self) -> Self {
        Self {
            selection: self.selection.without_role(),
            role_profile: None,
            store: self.store.clone(),
            named_endpoints: self.named_endpoints.clone(),
            is_named: self.is_named.clone(),
            ..*self
        }
    }

    /// The same for the profile that this role's profile takes its credentials from.
    pub(super) fn for_source(&self, chain: &RoleChain) -> Self {
        let asking = chain.roles.iter();
        let asking = asking.filter_map(|role| role.asks_for_code.clone());
        let selection = self.selection.for_source(chain.source.clone());
        let section = chain.section_of_tools.as_ref();
        Self {
            role_profile: Some(RoleProfile {
                name: self.selection.profile.value.clone(),
                asking_for_codes: asking.collect(),
                leads_to_session: section.is_none_or(|section| *section == selection.section),
            }),
            selection,
            store: self.store.clone(),
            named_endpoints: self.named_endpoints.clone(),
            is_named: Cell::default(),
            ..*self
        }
    }

    /// The way to the profile with the session, if this one is a role's. A profile with permanent keys
    /// of its own isn't, which is known without the config file; a source with a valid session of its
    /// own isn't either: AWS tools take that. Where a valid session is only reported (`usage`), a way
    /// that leads nowhere is nothing but a warning.
    pub(super) fn role_chain(
        &self,
        stored: &StoredProfile<'_>,
        usage: Use,
    ) -> Result<Option<RoleChain>, Error> {
        // An option may name the keys of a role's source.
        let is_by_option = self.selection.exact_long_term_section().is_some();
        if stored.has_own_keys() && !is_by_option {
            return Ok(None);
        }
        let is_valid = matches!(stored.validity(), Ok(Ok(_)));
        if is_valid && self.role_profile.is_some() {
            return Ok(None);
        }
        let config = match self.read_config() {
            // A valid session needs no config file.
            Err(_) if is_valid => return Ok(None),
            config => config?,
        };
        let is_unreadable = config
            .as_ref()
            .is_some_and(|config| config.parse().is_err());
        if is_valid && is_unreadable {
            return Ok(None);
        }
        let chain = stored.chain(config.as_ref(), self.environment);
        if is_valid && usage == Use::Report {
            return Ok(chain.ok().flatten().filter(|chain| chain.has_keys));
        }
        chain
    }

    /// Has an endpoint that isn't AWS's own named by `announce`, once: before anything is sent.
    pub(super) fn name_endpoint(&self, service: &ServiceSettings, announce: impl FnOnce(&str)) {
        let Some(note) = service.custom_endpoint_note() else {
            return;
        };
        let is_new = !self.named_endpoints.borrow().contains(&note);
        if is_new {
            announce(&note);
            self.named_endpoints.borrow_mut().push(note);
        }
    }

    /// Reads the credentials file, which must exist.
    pub(super) fn read_file(&self) -> Result<Contents, Error> {
        let file = &self.selection.credentials_file;
        if !self.is_named.replace(true) {
            let (path, origin) = (file.value.display(), &file.origin);
            self.console
                .detail(format_args!("profile: {}", self.selection.profile));
            self.console
                .detail(format_args!("credentials file: {path} (from {origin})"));
        }
        self.store.read()?.ok_or_else(|| Error::NoCredentialsFile {
            path: file.value.clone(),
            setup: self.selection.command_line(Verb::Setup),
        })
    }

    /// Applies `look` to the profile; again if the credentials file may have been half written.
    pub(super) fn read_profile<T>(
        &self,
        look: impl Fn(StoredProfile<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.store.once_settled(|| {
            let contents = self.read_file()?;
            look(self.find(Some(&contents))?)
        })
    }

    /// Finds the profile in the credentials file, which may not exist.
    pub(super) fn find<'t>(
        &'t self,
        contents: Option<&'t Contents>,
    ) -> Result<StoredProfile<'t>, Error> {
        let bytes = contents.map_or(&[][..], |contents| contents.bytes.as_slice());
        let document = self.selection.parse(bytes)?;
        let mut stored = StoredProfile::find(document, &self.selection);
        stored.metadata = contents.map(|contents| &contents.metadata);
        Ok(stored)
    }

    /// Checks that the session in the credentials file can be used like this, although others might
    /// have put it there.
    pub(super) fn check_session_file(
        &self,
        stored: &StoredProfile<'_>,
        usage: Use,
    ) -> Result<(), Error> {
        let path = &self.selection.credentials_file.value;
        let check = |metadata| access::check_open(path, metadata, usage, self.console);
        stored.metadata.map_or(Ok(()), check)
    }

    /// Checks that nobody else could have written these settings, which say what to run, whom to
    /// trust or whom to tell the code. Those from the command line and the environment are trusted.
    pub(super) fn check_obeyed<'o>(
        &self,
        stored: &StoredProfile<'_>,
        config: Option<&ConfigFile<'_>>,
        origins: impl IntoIterator<Item = &'o Origin>,
    ) -> Result<(), Error> {
        let files: BTreeSet<&Path> = origins.into_iter().filter_map(Origin::file).collect();
        let home = self.environment.home().ok();
        for file in files {
            let config = config.filter(|config| config.path == file);
            let read = config.map(|config| &config.metadata).or(stored.metadata);
            if let Some(read) = read {
                access::check_read(file, read, Use::Obey, home.as_deref(), self.console)?;
            }
        }
        Ok(())
    }

    /// Reads the certificate authorities to trust, unless those are the system's.
    pub(super) fn read_authorities(&self, sts: &ServiceSettings) -> Result<Authorities, Error> {
        let home = self.environment.home().ok();
        Authorities::read(sts, home.as_deref(), self.console)
    }

    /// Whether there may be a config file: `/dev/null` is what people name who want none.
    pub(super) fn has_config_file(&self) -> bool {
        let file = self.selection.config_file.as_ref();
        file.is_some_and(|file| file.value != Path::new("/dev/null"))
    }

    /// Reads the config file; `None` if there is none.
    pub(super) fn read_config(&self) -> Result<Option<ConfigFile<'_>>, Error> {
        if let Some(problem) = &self.selection.config_problem {
            return Err(Origin::Variable("AWS_CONFIG_FILE").problem(problem));
        }
        let file = self.selection.config_file.as_ref();
        let Some(path) = file
            .filter(|_| self.has_config_file())
            .map(|file| &file.value)
        else {
            return Ok(None);
        };
        let contents = Store::new(path).read()?;
        if contents.is_some() {
            self.console
                .detail(format_args!("config file: {}", path.display()));
        }
        Ok(contents.map(|contents| ConfigFile {
            path,
            bytes: contents.bytes,
            metadata: contents.metadata,
        }))
    }
}
