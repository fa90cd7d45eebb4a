//! What all verbs begin with: which profile, in which files, and what these say of it. Edge.

use std::path::Path;
use std::time::Duration;

use crate::cli::{CommonArgs, ValidityArgs};
use crate::clock;
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::store::{Bytes, Store};
use crate::error::Error;
use crate::session::{
    NotValid, SessionCredentials, StoredSession, ValidSession, has_permanent_keys,
};
use crate::settings::{Environment, FileSection, ProfileSections, Selection, Setting};

/// The profile that a verb works on, its file, and whoever is told about it.
pub(super) struct Context<'a> {
    pub(super) selection: Selection,
    /// The shared credentials file.
    pub(super) store: Store,
    pub(super) environment: &'a Environment,
    pub(super) console: &'a Console,
}

impl<'a> Context<'a> {
    /// Finds out which profile in which files is meant. `default_min_remaining` is the verb's.
    pub(super) fn open(
        common: &CommonArgs,
        validity: &ValidityArgs,
        default_min_remaining: Duration,
        environment: &'a Environment,
        console: &'a Console,
    ) -> Result<Self, Error> {
        let selection = Selection::resolve(common, validity, default_min_remaining, environment)?;
        let store = Store::new(&selection.credentials_file.value);
        Ok(Self {
            selection,
            store,
            environment,
            console,
        })
    }

    /// The bytes of the credentials file.
    pub(super) fn read_file(&self) -> Result<Bytes, Error> {
        let (profile, file) = (&self.selection.profile, &self.selection.credentials_file);
        let path = file.value.display();
        self.console.detail(format_args!(
            "profile: {} (from {})",
            profile.value, profile.origin
        ));
        self.console.detail(format_args!(
            "credentials file: {path} (from {})",
            file.origin
        ));
        self.store.read()?.ok_or_else(|| Error::NoCredentialsFile {
            path: file.value.clone(),
            setup: self.selection.command_line(Some("setup")),
        })
    }

    /// Looks at what the credentials file says of the profile; again where it may have been half
    /// written.
    pub(super) fn read_profile<T>(
        &self,
        look: impl Fn(StoredProfile<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.store.once_settled(|| {
            let bytes = self.read_file()?;
            look(self.find(&bytes)?)
        })
    }

    /// Finds the profile in the file's bytes.
    pub(super) fn find<'t>(&'t self, bytes: &'t [u8]) -> Result<StoredProfile<'t>, Error> {
        Ok(StoredProfile::find(
            self.selection.parse(bytes)?,
            &self.selection,
        ))
    }

    /// Reads the config file; none where there is none.
    pub(super) fn read_config(&self) -> Result<Option<ConfigFile<'_>>, Error> {
        let Some(path) = self.selection.config_file.as_ref().map(|file| &file.value) else {
            return Ok(None);
        };
        let bytes = Store::new(path).read()?;
        if bytes.is_some() {
            self.console
                .detail(format_args!("config file: {}", path.display()));
        }
        Ok(bytes.map(|bytes| ConfigFile { path, bytes }))
    }
}

/// The config file's bytes, where it is there.
pub(super) struct ConfigFile<'s> {
    path: &'s Path,
    bytes: Bytes,
}

/// A profile as the credentials file has it.
pub(super) struct StoredProfile<'t> {
    pub(super) document: Document<'t>,
    /// The section that holds the session.
    pub(super) session: Option<FileSection<'t>>,
    /// The section that holds the long-term keys.
    pub(super) long_term: Option<FileSection<'t>>,
    /// The role that the session must be for.
    pub(super) role: Option<Setting<String>>,
    selection: &'t Selection,
    /// What AWS tools would read differently in these sections: it counts as absent while a session
    /// is valid without it.
    problem: Option<Error>,
}

impl<'t> StoredProfile<'t> {
    /// Finds the profile's sections in the file.
    pub(super) fn find(document: Document<'t>, selection: &'t Selection) -> Self {
        let path: &Path = &selection.credentials_file.value;
        let mut problem = None;
        let mut find =
            |name: &str| tolerate(FileSection::find(&document, name, path), &mut problem);
        let session = find(&selection.section);
        let long_term = find(&selection.long_term_section);
        let role = tolerate(selection.role(long_term.as_ref()), &mut problem);
        Self {
            document,
            session,
            long_term,
            role,
            selection,
            problem,
        }
    }

    /// Returns an error if there are permanent keys where the session belongs that stand nowhere
    /// else.
    pub(super) fn refuse_permanent_keys(&self) -> Result<(), Error> {
        let key_id = |section: &FileSection<'t>| {
            let id = section.properties.lenient_value("aws_access_key_id");
            id.ok().flatten()
        };
        let long_term_key = self.long_term.as_ref().and_then(key_id);
        let session = self.session.as_ref().map(|section| &section.properties);
        if session.is_some_and(|session| has_permanent_keys(session, long_term_key)) {
            return Err(Error::PermanentKeys {
                section: self.selection.section.clone(),
                path: self.selection.credentials_file.value.clone(),
                setup: self.selection.command_line(Some("setup")),
            });
        }
        Ok(())
    }

    /// Whether the stored session is good enough. Returns an error if there are permanent keys in its
    /// place.
    pub(super) fn validity(
        &self,
    ) -> Result<Result<(ValidSession, SessionCredentials), NotValid>, Error> {
        self.refuse_permanent_keys()?;
        let role = self.role.as_ref().map(|role| role.value.as_str());
        let session = self.session.as_ref().map(|section| &section.properties);
        let stored = StoredSession::read(session);
        let valid = stored.check(clock::now(), self.selection.min_remaining.value, role);
        Ok(valid.and_then(|valid| {
            let credentials = stored.credentials().ok_or(NotValid::Missing)?;
            Ok((valid, credentials))
        }))
    }

    /// Its sections, those of the config file included.
    pub(super) fn sections<'f>(
        &self,
        config: Option<&'f ConfigFile<'_>>,
    ) -> Result<ProfileSections<'f>, Error>
    where
        't: 'f,
    {
        let mut sections = ProfileSections {
            session: self.session.clone(),
            long_term: self.long_term.clone(),
            ..ProfileSections::default()
        };
        if let Some(ConfigFile { path, bytes }) = config {
            let document = Document::parse(bytes).map_err(Error::refused(path))?;
            document.check_readable().map_err(Error::refused(path))?;
            let (profile, long_term) = (
                &self.selection.profile.value,
                &self.selection.long_term_section,
            );
            sections.add_config(&document, profile, long_term, path)?;
        }
        Ok(sections)
    }

    /// Returns an error if AWS tools read these sections differently, which matters to all but a
    /// valid session.
    pub(super) fn check_sections(&mut self) -> Result<(), Error> {
        self.problem.take().map_or(Ok(()), Err)
    }

    /// Returns an error if no section of the profile is in the file: its name was mistyped.
    pub(super) fn check_exists(&self) -> Result<(), Error> {
        if self.session.is_some() || self.long_term.is_some() {
            return Ok(());
        }
        Err(Error::NoProfile {
            profile: self.selection.profile.value.clone(),
            path: self.selection.credentials_file.value.clone(),
            known: self.known_profiles(),
        })
    }

    /// Names the profiles of this file that have long-term keys under the usual suffix: all of them,
    /// or of many those nearest to the one that was meant.
    pub(super) fn known_profiles(&self) -> Option<String> {
        let names = self.document.section_names();
        let mut names: Vec<&str> = names
            .filter_map(|name| name.strip_suffix("-long-term"))
            .collect();
        let count = names.len();
        if count > MAX_NAMED {
            let meant = &self.selection.profile.value;
            names.sort_by_key(|name| strsim::damerau_levenshtein(meant, name));
            names.truncate(MAX_NAMED);
        }
        let names = names.join(", ");
        match count {
            0 => None,
            1..=MAX_NAMED => Some(format!("profiles with permanent keys there: {names}")),
            _ => Some(format!(
                "the nearest of the {count} profiles with permanent keys there: {names}; \
                 `aws-mfa list` shows all"
            )),
        }
    }
}

/// How many profiles are named at most.
const MAX_NAMED: usize = 5;

/// The value, or nothing and the first problem.
fn tolerate<T>(result: Result<Option<T>, Error>, problem: &mut Option<Error>) -> Option<T> {
    result.unwrap_or_else(|error| {
        problem.get_or_insert(error);
        None
    })
}
