//! What all commands begin with: the file, the profile's sections in it, and whether its session is valid.

use std::path::Path;

use crate::clock;
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::store::{Bytes, Store};
use crate::error::Error;
use crate::session::{
    NotValid, SessionCredentials, StoredSession, ValidSession, holds_permanent_keys,
};
use crate::settings::{FileSection, ProfileSections, Selection, Setting};

/// Reads the credentials file.
pub(super) fn read_file(
    store: &Store,
    selection: &Selection,
    console: &Console,
) -> Result<Bytes, Error> {
    let file = &selection.credentials_file;
    console.detail(format_args!(
        "profile: {} (from {})",
        selection.profile.value, selection.profile.origin
    ));
    console.detail(format_args!(
        "credentials file: {} (from {})",
        file.value.display(),
        file.origin
    ));
    store.read()?.ok_or_else(|| Error::NoCredentialsFile {
        path: file.value.clone(),
        setup: selection.command_line(Some("setup")),
    })
}

/// The config file's bytes, where it is there.
pub(super) struct ConfigFile<'s> {
    path: &'s Path,
    bytes: Bytes,
}

impl<'s> ConfigFile<'s> {
    /// Reads it; none where there is none.
    pub(super) fn read(selection: &'s Selection, console: &Console) -> Result<Option<Self>, Error> {
        let Some(path) = selection.config_file.as_ref().map(|file| &file.value) else {
            return Ok(None);
        };
        let bytes = Store::new(path).read()?;
        if bytes.is_some() {
            console.detail(format_args!("config file: {}", path.display()));
        }
        Ok(bytes.map(|bytes| Self { path, bytes }))
    }
}

/// A profile as the credentials file has it.
pub(super) struct StoredProfile<'t> {
    /// The parsed file.
    pub(super) document: Document<'t>,
    /// The section that holds the session.
    pub(super) session: Option<FileSection<'t>>,
    /// The section that holds the long-term keys.
    pub(super) long_term: Option<FileSection<'t>>,
    /// The role that the session must be for.
    pub(super) role: Option<Setting<String>>,
    /// What AWS's tools would read differently in these sections: it counts as absent while a session is valid without it.
    problem: Option<Error>,
}

impl<'t> StoredProfile<'t> {
    /// Finds the profile's sections in the file.
    pub(super) fn find(document: Document<'t>, selection: &'t Selection) -> Self {
        let path: &Path = &selection.credentials_file.value;
        let mut problem = None;
        let session = tolerate(
            FileSection::find(&document, &selection.section, path),
            &mut problem,
        );
        let long_term = tolerate(
            FileSection::find(&document, &selection.long_term_section, path),
            &mut problem,
        );
        let role = tolerate(selection.role(long_term.as_ref()), &mut problem);
        Self {
            document,
            session,
            long_term,
            role,
            problem,
        }
    }

    /// Sees that no permanent keys are where the session belongs.
    ///
    /// # Errors
    /// Permanent keys that stand nowhere else.
    pub(super) fn protect_permanent_keys(&self, selection: &Selection) -> Result<(), Error> {
        let key_id = |section: &FileSection<'t>| {
            let id = section.profile.lenient_value("aws_access_key_id");
            id.ok().flatten()
        };
        let long_term_key = self.long_term.as_ref().and_then(key_id);
        let session = self.session.as_ref().map(|section| &section.profile);
        if session.is_some_and(|session| holds_permanent_keys(session, long_term_key)) {
            return Err(Error::PermanentKeys {
                section: selection.section.clone(),
                path: selection.credentials_file.value.clone(),
                setup: selection.command_line(Some("setup")),
            });
        }
        Ok(())
    }

    /// Whether the stored session is good enough.
    ///
    /// # Errors
    /// Permanent keys where the session belongs.
    pub(super) fn validity(
        &self,
        selection: &Selection,
    ) -> Result<Result<(ValidSession, SessionCredentials), NotValid>, Error> {
        self.protect_permanent_keys(selection)?;
        let role = self.role.as_ref().map(|role| role.value.as_str());
        let session = self.session.as_ref().map(|section| &section.profile);
        let stored = StoredSession::read(session);
        let valid = stored.check(clock::now(), selection.min_remaining.value, role);
        Ok(valid.and_then(|valid| {
            let credentials = stored.credentials().ok_or(NotValid::Missing)?;
            Ok((valid, credentials))
        }))
    }

    /// Its sections, those of the config file included.
    pub(super) fn sections<'f>(
        &self,
        selection: &'f Selection,
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
            let refused = |refusal| Error::Refused {
                path: path.to_path_buf(),
                refusal,
            };
            let document = Document::parse(bytes).map_err(refused)?;
            document.check_readable().map_err(refused)?;
            let (profile, long_term) = (&selection.profile.value, &selection.long_term_section);
            sections.add_config(&document, profile, long_term, path)?;
        }
        Ok(sections)
    }

    /// Sees that AWS's tools read these sections alike, which matters to all but a valid session.
    ///
    /// # Errors
    /// The first that they read differently.
    pub(super) fn check_sections(&mut self) -> Result<(), Error> {
        self.problem.take().map_or(Ok(()), Err)
    }

    /// Sees that the profile is in the file at all.
    ///
    /// # Errors
    /// No section of it is there: a typing error.
    pub(super) fn check_exists(&self, selection: &Selection) -> Result<(), Error> {
        if self.session.is_some() || self.long_term.is_some() {
            return Ok(());
        }
        Err(Error::NoProfile {
            profile: selection.profile.value.clone(),
            path: selection.credentials_file.value.clone(),
            known: self.known(),
        })
    }

    /// Profiles of this file that have long-term keys under the usual suffix.
    pub(super) fn known(&self) -> Vec<String> {
        self.document
            .section_names()
            .filter_map(|name| name.strip_suffix("-long-term"))
            .map(str::to_owned)
            .collect()
    }
}

/// The value, or nothing and the first problem.
fn tolerate<T>(result: Result<Option<T>, Error>, problem: &mut Option<Error>) -> Option<T> {
    result.unwrap_or_else(|error| {
        problem.get_or_insert(error);
        None
    })
}
