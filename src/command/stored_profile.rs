//! What the files say about a profile: its sections in the credentials file, and, if they are missing,
//! what may have been meant. Edge: it reads the clock.

use std::fs::Metadata;
use std::path::Path;

use super::all_profiles::{AllProfiles, has_keys};
use crate::clock;
use crate::credentials_file::document::Document;
use crate::credentials_file::name::{check_name, without_prefix};
use crate::credentials_file::properties::Properties;
use crate::error::Error;
use crate::files::Bytes;
use crate::ini_file::IniFile;
use crate::keys::LongTermKeys;
use crate::keys::useless::UselessKeys;
use crate::keys::write::PAIR;
use crate::precedence::Profile;
use crate::role_chain::RoleChain;
use crate::sanitize::shorten;
use crate::session::{
    NotValid, SessionCredentials, StoredSession, ValidSession, has_permanent_keys, may_be_real,
};
use crate::settings::{
    DEVICE_KEYS, Environment, FileSection, MIN_REMAINING_FOR_HANDOVER, ProfileSections, Selection,
    Setting, Verb,
};
use crate::shell;

/// The config file, as it was read.
pub(super) struct ConfigFile<'s> {
    pub(super) path: &'s Path,
    pub(super) bytes: Bytes,
    pub(super) metadata: Metadata,
}

impl ConfigFile<'_> {
    /// Returns an error if no AWS tool reads the file.
    pub(super) fn parse(&self) -> Result<IniFile<'_>, Error> {
        IniFile::parse(&self.bytes).map_err(Error::refused(self.path))
    }
}

pub(super) struct StoredProfile<'t> {
    pub(super) document: Document<'t>,
    pub(super) session: Option<FileSection<'t>>,
    pub(super) long_term: Option<FileSection<'t>>,
    /// The role that the session must be for.
    pub(super) role: Option<Setting<String>>,
    /// Of the credentials file; `None` if it doesn't exist.
    pub(super) metadata: Option<&'t Metadata>,
    pub(super) selection: &'t Selection,
    /// The first error in reading these sections, ignored if the session is valid anyway.
    problem: Option<Error>,
}

impl<'t> StoredProfile<'t> {
    pub(super) fn find(document: Document<'t>, selection: &'t Selection) -> Self {
        let path: &Path = &selection.credentials_file.value;
        let mut problem = None;
        let mut find =
            |name: &str| tolerate(FileSection::find(&document, name, path), &mut problem);
        let session = find(&selection.section);
        let long_term = find(&selection.long_term_section);
        let role = tolerate(selection.role(long_term.as_ref()), &mut problem);
        let name = check_name(&selection.section).map(|()| None::<()>);
        tolerate(name.map_err(selection.refused()), &mut problem);
        Self {
            document,
            session,
            long_term,
            role,
            metadata: None,
            selection,
            problem,
        }
    }

    /// Returns an error if the section with a profile's permanent keys was given as the profile.
    pub(super) fn refuse_long_term_profile(&self) -> Result<(), Error> {
        let name = &self.selection.profile.value;
        if let Some(meant) = without_prefix(name) {
            return Err(Error::PrefixedProfile {
                name: name.clone(),
                option: shell::option("--profile", meant),
            });
        }
        if let Some(meant) = self.meant_profile() {
            return Err(Error::LongTermProfile {
                section: self.selection.section.clone(),
                profile: meant.to_owned(),
                option: shell::option("--profile", meant),
            });
        }
        Ok(())
    }

    /// Returns an error if the session's section holds permanent keys that are stored nowhere else.
    pub(super) fn refuse_permanent_keys(&self) -> Result<(), Error> {
        self.refuse_long_term_profile()?;
        let long_term = self.long_term.as_ref().map(|section| &section.properties);
        let session = self.session.as_ref().map(|section| &section.properties);
        match session {
            Some(session) if has_permanent_keys(session, long_term) => {
                Err(permanent_keys(self.selection, session))
            }
            _ => Ok(()),
        }
    }

    /// Whether the stored session is valid. Returns an error if permanent keys are in its place.
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

    /// Whether the session's section is for a role's.
    pub(super) fn holds_role(&self) -> bool {
        let section = self.session.as_ref();
        section.is_some_and(|section| section.has("assumed_role_arn"))
    }

    /// The session of the profile itself, whatever the suffix; `None` if it isn't valid, or a role's.
    pub(super) fn own_session(&self) -> Option<SessionCredentials> {
        let name = &self.selection.profile.value;
        let section = self.document.section(name).ok().flatten()?;
        let properties = Properties::read(&section);
        let stored = StoredSession::read(Some(&properties));
        let valid = stored.check(clock::now(), MIN_REMAINING_FOR_HANDOVER, None);
        valid.ok().and_then(|_| stored.credentials())
    }

    /// The profile's sections, including those from the config file.
    pub(super) fn sections<'f>(
        &self,
        config: Option<&'f ConfigFile<'_>>,
    ) -> Result<ProfileSections<'f>, Error>
    where
        't: 'f,
    {
        self.sections_with(Vec::new(), None, config)
    }

    /// The session's profile as the AWS CLI and boto3 read it; `config` is the config file.
    pub(super) fn as_tools_read_it<'f>(
        &'f self,
        config: Option<(&'f IniFile<'t>, &'f Path)>,
    ) -> Profile<'f, 't> {
        let session = self.session.as_ref().map(|section| &section.properties);
        let credentials = (
            &self.document,
            self.selection.credentials_file.value.as_path(),
        );
        Profile::new(&self.selection.section, session, credentials, config)
    }

    /// The way to the profile with the session if this one is a role's and has no permanent keys of
    /// its own.
    pub(super) fn chain(
        &self,
        config: Option<&ConfigFile<'_>>,
        environment: &Environment,
    ) -> Result<Option<RoleChain>, Error> {
        let file = config.map(ConfigFile::parse).transpose()?;
        let config = file.as_ref().zip(config.map(|config| config.path));
        let profiles = self.profiles(config, environment);
        profiles.chain_of(&self.selection.profile.value)
    }

    /// All profiles; `config` is the config file.
    pub(super) fn profiles<'f>(
        &'f self,
        config: Option<(&'f IniFile<'f>, &'f Path)>,
        environment: &'f Environment,
    ) -> AllProfiles<'f> {
        AllProfiles::new(&self.document, self.selection, config, environment)
    }

    /// Whether the credentials file has permanent keys for the profile.
    pub(super) fn has_own_keys(&self) -> bool {
        let section = self.long_term.as_ref();
        section.is_some_and(|section| has_keys(&section.properties))
    }

    /// As [`StoredProfile::sections`], with those of the role's profile `role` first.
    pub(super) fn sections_for_role<'f>(
        &self,
        role: &str,
        config: Option<&'f ConfigFile<'_>>,
    ) -> Result<ProfileSections<'f>, Error>
    where
        't: 'f,
    {
        let path: &Path = &self.selection.credentials_file.value;
        let own = FileSection::find(&self.document, role, path)?;
        self.sections_with(own.into_iter().collect(), Some(role), config)
    }

    /// `of_role` is in the credentials file, for the role's profile `role`.
    fn sections_with<'f>(
        &self,
        of_role: Vec<FileSection<'f>>,
        role: Option<&str>,
        config: Option<&'f ConfigFile<'_>>,
    ) -> Result<ProfileSections<'f>, Error>
    where
        't: 'f,
    {
        let mut sections = ProfileSections {
            role: of_role,
            session: self.session.clone(),
            long_term: self.long_term.clone(),
            ..ProfileSections::default()
        };
        let Some(config) = config else {
            return Ok(sections);
        };
        let (file, path) = (config.parse()?, config.path);
        if let Some(role) = role {
            sections.add_role(&file, role, path)?;
        }
        let (profile, long_term) = (
            &self.selection.profile.value,
            &self.selection.long_term_section,
        );
        sections.add_config(&file, profile, long_term, path)?;
        Ok(sections)
    }

    /// Returns an error if AWS tools disagree on these sections; a valid session may ignore it.
    pub(super) fn check_sections(&mut self) -> Result<(), Error> {
        self.problem.take().map_or(Ok(()), Err)
    }

    /// Returns an error if the file has no section for the profile: its name is probably mistyped.
    pub(super) fn check_exists(&self) -> Result<(), Error> {
        if self.session.is_some() || self.long_term.is_some() {
            return Ok(());
        }
        Err(self.explain(Error::NoProfile {
            profile: self.selection.profile.value.clone(),
            path: self.selection.credentials_file.value.clone(),
            known: self
                .near_profiles(|_| true)
                .or_else(|| self.known_profiles())
                .or_else(|| self.usable_keys()),
        }))
    }

    /// A better error where the file shows why something isn't found, else the same.
    pub(super) fn explain(&self, error: Error) -> Error {
        let section = &self.selection.long_term_section;
        let why = match &error {
            Error::NoProfile { .. } | Error::NoLongTermSection { .. } => {
                let lookalike = |name| self.document.lookalike(name);
                lookalike(section)
                    .or_else(|| lookalike(&self.selection.section))
                    .or_else(|| self.document.in_default(section, &PAIR))
            }
            Error::NoLongTermKey { key, .. } => self.document.in_default(section, &[key]),
            Error::NoDevice { .. } => self.document.in_default(section, &DEVICE_KEYS),
            _ => None,
        };
        why.map_or(error, self.selection.refused())
    }

    /// Returns an error if the long-term section is missing, but another header looks like its own.
    pub(super) fn refuse_lookalike(&self) -> Result<(), Error> {
        let missing = self
            .long_term
            .is_none()
            .then_some(&self.selection.long_term_section);
        let lookalike = missing.and_then(|section| self.document.lookalike(section));
        lookalike.map_or(Ok(()), |why| Err(self.selection.refused()(why)))
    }

    /// Permanent keys in another section that could be this profile's: those of `[default]`, where
    /// `aws configure` puts them, or else of the only section that has some.
    pub(super) fn keys_elsewhere(&self) -> Option<(&'t str, LongTermKeys)> {
        let path: &Path = &self.selection.credentials_file.value;
        let own = [&self.selection.section, &self.selection.long_term_section];
        let sections = self.document.sections();
        let others = sections.filter(|(name, _)| !own.iter().any(|own| own == name));
        let found: Vec<(&str, LongTermKeys)> = others
            .filter_map(|(name, text)| {
                let keys = LongTermKeys::read(&FileSection::read(name, &text, path)).ok()?;
                may_be_real(&keys.access_key_id).then_some((name, keys))
            })
            .collect();
        let default = found.iter().find(|(name, _)| *name == "default");
        match (default, found.as_slice()) {
            (Some(found), _) | (None, [found]) => Some(found.clone()),
            _ => None,
        }
    }

    /// Where permanent keys are that could be this profile's.
    pub(super) fn usable_keys(&self) -> Option<String> {
        let (section, _) = self.keys_elsewhere()?;
        let setup = self.selection.command_line(Verb::Setup);
        let section = shorten(section);
        Some(format!(
            "run `{setup}`, which can use the permanent keys in [{section}]"
        ))
    }

    /// The profile that was meant if this one's name is that of a section with permanent keys.
    pub(super) fn meant_profile(&self) -> Option<&'t str> {
        let selection = self.selection;
        let meant = selection.profile_of_long_term_section(&selection.section)?;
        let holds_keys = self.session.as_ref()?.has("aws_access_key_id");
        (holds_keys && meant != selection.section && self.long_term.is_none()).then_some(meant)
    }
}

/// The error for permanent keys, half of them, or a placeholder where the session belongs.
fn permanent_keys(selection: &Selection, properties: &Properties<'_>) -> Error {
    match UselessKeys::find(properties) {
        Some(useless) => useless.error(&selection.section, selection),
        None => Error::PermanentKeys {
            section: selection.section.clone(),
            path: selection.credentials_file.value.clone(),
            setup: selection.command_line(Verb::Setup),
        },
    }
}

/// Turns an error into `None`, keeping the first one in `problem`.
fn tolerate<T>(result: Result<Option<T>, Error>, problem: &mut Option<Error>) -> Option<T> {
    result.unwrap_or_else(|error| {
        problem.get_or_insert(error);
        None
    })
}
