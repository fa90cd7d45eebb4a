//! What the two files say about any profile, its role and its source. Pure.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::self_reference;
use crate::cli::CommonArgs;
use crate::credentials_file::document::{Document, SectionText};
use crate::credentials_file::name::DEFAULTS;
use crate::credentials_file::properties::Properties;
use crate::error::Error;
use crate::ini_file::IniFile;
use crate::keys::write::PAIR;
use crate::precedence::Profile;
use crate::role_chain::{Profiles, RoleChain};
use crate::settings::{Environment, NamedCommand, Selection, Setting};

/// What both files say about any profile. Looking one up takes no time, as there may be thousands.
pub(super) struct AllProfiles<'f> {
    selection: &'f Selection,
    environment: &'f Environment,
    /// By name; `None` if AWS tools disagree on the section.
    in_credentials: HashMap<&'f str, Option<SectionText<'f>>>,
    defaults: Vec<Properties<'f>>,
    in_config: HashMap<String, Properties<'f>>,
    config: Option<(&'f IniFile<'f>, &'f Path)>,
    /// Those with a role, in the files' order.
    with_roles: Vec<String>,
}

impl<'f> AllProfiles<'f> {
    pub(super) fn new(
        document: &'f Document<'f>,
        selection: &'f Selection,
        config: Option<(&'f IniFile<'f>, &'f Path)>,
        environment: &'f Environment,
    ) -> Self {
        let mut all = Self {
            selection,
            environment,
            in_credentials: HashMap::new(),
            defaults: Vec::new(),
            in_config: HashMap::new(),
            config,
            with_roles: Vec::new(),
        };
        let mut known = HashSet::new();
        for (name, properties) in config.into_iter().flat_map(|(file, _)| file.profiles()) {
            if properties.line_of("role_arn").is_some() && known.insert(name.clone()) {
                all.with_roles.push(name.clone());
            }
            all.in_config.insert(name, properties);
        }
        for (name, text) in document.sections() {
            let properties = Properties::read(&text);
            if name == DEFAULTS {
                all.defaults.push(properties);
                continue;
            }
            if properties.line_of("role_arn").is_some() && known.insert(name.to_owned()) {
                all.with_roles.push(name.to_owned());
            }
            let is_clear = Document::is_read_alike(&text);
            let entry = all.in_credentials.entry(name);
            entry
                .and_modify(|section| *section = None)
                .or_insert(is_clear.then_some(text));
        }
        all
    }

    /// The way from a role's profile to the one with the session; `None` if this is no role's, or has
    /// permanent keys of its own.
    pub(super) fn chain_of(&self, profile: &str) -> Result<Option<RoleChain>, Error> {
        RoleChain::follow(profile, self, self.selection, self.environment)
    }

    /// The profile that the selected one takes its credentials from, if that is a role's, or at least
    /// the first on a way that leads nowhere.
    pub(super) fn source_of_selected(&self) -> Option<Setting<String>> {
        let profile = &self.selection.profile.value;
        if let Ok(chain) = self.chain_of(profile) {
            return chain.map(|chain| chain.source);
        }
        let source = self.find(profile).setting("source_profile").ok()?;
        source.filter(|source| source.value != *profile)
    }

    /// The ways of all profiles with a role that can be followed, in the files' order.
    pub(super) fn chains(&self) -> impl Iterator<Item = RoleChain> {
        let chain_of = |name: &String| self.chain_of(name).ok().flatten();
        self.with_roles.iter().filter_map(chain_of)
    }

    /// Whether aws-mfa finds permanent keys in the section with this name, in either file.
    fn holds_keys(&self, section: &str) -> bool {
        let in_credentials = self.section(section);
        let sections = [in_credentials.as_ref(), self.in_config.get(section)];
        sections.into_iter().flatten().any(has_keys)
    }

    fn section(&self, name: &str) -> Option<Properties<'f>> {
        let section = self.in_credentials.get(name)?.as_ref();
        section.map(Properties::read)
    }
}

impl Profiles for AllProfiles<'_> {
    fn find(&self, name: &str) -> Profile<'_, '_> {
        let path = self.selection.credentials_file.value.as_path();
        let of_credentials = self.section(name).into_iter();
        let of_credentials = of_credentials.chain(self.defaults.iter().cloned());
        let mut sections: Vec<_> = of_credentials.map(|section| (section, path)).collect();
        if let Some((file, path)) = self.config
            && let Some(section) = self.in_config.get(name)
        {
            sections.push((section.clone(), path));
            sections.push((file.defaults().properties(), path));
        }
        Profile::of_sections(name, sections)
    }

    fn has_keys(&self, name: &str) -> bool {
        let long_term = self.selection.long_term_section_of(name);
        self.holds_keys(&long_term)
            || self
                .selection
                .exact_long_term_section()
                .is_some_and(|section| {
                    let is_role = self.find(name).place("role_arn").is_some();
                    !is_role && self.holds_keys(section)
                })
    }

    fn asked_by(&self, credential_process: Setting<String>) -> Option<String> {
        let command = NamedCommand::parse(credential_process, self.environment).ok()?;
        let called = self_reference::called(&command)?;
        // Another session than the profile's own can't be followed.
        if called.role().is_some() {
            return None;
        }
        let CommonArgs {
            profile: Some(profile),
            long_term_suffix: None,
            long_term_profile: None,
            short_term_suffix: None,
            ..
        } = called.common
        else {
            return None;
        };
        self.has_keys(&profile).then_some(profile)
    }
}

/// Whether aws-mfa finds permanent keys in this section.
pub(super) fn has_keys(section: &Properties<'_>) -> bool {
    let has = |key| section.line_of(key).is_some();
    has(PAIR[0]) || has("credential_process")
}
