//! The names of the user's profiles and sections. Edge.

use std::time::Duration;

use clap_complete::Shell;

use super::answer::{self, Candidate};
use crate::cli::{CommonArgs, RefreshArgs};
use crate::credentials_file::name::{is_sdk_name, may_be_profile};
use crate::credentials_file::properties::Properties;
use crate::credentials_file::store::Store;
use crate::ini_file::IniFile;
use crate::sanitize;
use crate::settings::{Environment, Selection};

/// None if the file can't be read: this is no place for errors.
pub(super) fn profiles(environment: &Environment, shell: Shell) -> Vec<Candidate> {
    candidates(profile_names(environment), shell)
}

/// What may hold permanent keys, or a command that prints them.
pub(super) fn sections_with_keys(environment: &Environment, shell: Shell) -> Vec<Candidate> {
    candidates(names_with_keys(environment), shell)
}

fn candidates(names: Option<Vec<String>>, shell: Shell) -> Vec<Candidate> {
    let names = names.into_iter().flatten();
    let is_offered = |name: &String| {
        // Where nothing is quoted, a name of other characters could be run.
        may_be_profile(name) && (is_sdk_name(name) || answer::quotes(shell) && is_visible(name))
    };
    names.filter(is_offered).map(Candidate::from).collect()
}

/// Whether a terminal shows every character as it is.
fn is_visible(name: &str) -> bool {
    let is_odd = |c: char| sanitize::is_unsafe(c) || c.is_whitespace() && c != ' ';
    !name.chars().any(is_odd)
}

fn role_profiles(config: &[u8]) -> Vec<String> {
    let Ok(file) = IniFile::parse(config) else {
        return Vec::new();
    };
    let roles = file.profiles().filter(|(_, properties)| {
        properties.line_of("role_arn").is_some() && properties.line_of("source_profile").is_some()
    });
    roles.map(|(name, _)| name).collect()
}

fn selection(environment: &Environment) -> Option<Selection> {
    let (common, args) = (CommonArgs::default(), RefreshArgs::default());
    Selection::resolve(&common, &args, Duration::ZERO, environment).ok()
}

fn names_with_keys(environment: &Environment) -> Option<Vec<String>> {
    let selection = selection(environment)?;
    let contents = Store::new(&selection.credentials_file.value);
    let contents = contents.read().ok()??;
    let document = selection.parse(&contents.bytes).ok()?;
    let has_keys = |(name, text): (&str, _)| {
        let properties = Properties::read(&text);
        let has = |key| properties.line_of(key).is_some();
        let may_be_permanent = has("aws_access_key_id") && !has("aws_session_token");
        let is_source = may_be_permanent || has("credential_process");
        is_source.then(|| name.to_owned())
    };
    Some(document.sections().filter_map(has_keys).collect())
}

fn profile_names(environment: &Environment) -> Option<Vec<String>> {
    let selection = selection(environment)?;
    let contents = Store::new(&selection.credentials_file.value)
        .read()
        .ok()??;
    let document = selection.parse(&contents.bytes).ok()?;
    let owner = |name| {
        selection
            .profile_of_long_term_section(name)
            .unwrap_or(name)
            .to_owned()
    };
    let config = selection.config_file.as_ref();
    let config = config.and_then(|file| Store::new(&file.value).read().ok().flatten());
    let roles = config
        .as_ref()
        .map_or_else(Vec::new, |config| role_profiles(&config.bytes));
    let mut names: Vec<String> = document.section_names().map(owner).chain(roles).collect();
    names.sort();
    names.dedup();
    Some(names)
}
