//! Shell completion: the scripts that shells load, and the names of the user's profiles. Edge.
//!
//! The scripts ask the program itself, through `AWS_MFA_COMPLETE`, so they never get out of date.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use clap::CommandFactory;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};

use crate::cli::{Cli, CommonArgs, RefreshArgs, add_help};
use crate::credentials_file::name::{is_sdk_name, may_be_profile};
use crate::credentials_file::properties::Properties;
use crate::credentials_file::store::Store;
use crate::ini_file::IniFile;
use crate::settings::{Environment, Selection};
use crate::shell;

/// Set by the scripts. Its usual name, `COMPLETE`, may be set for something else.
const VARIABLE: &str = "AWS_MFA_COMPLETE";
const PROGRAM: &str = "aws-mfa";

/// If a script started this run, answers it and ends the process.
pub(crate) fn answer(environment: &Environment, words: &[OsString]) {
    if is_request(environment, words) {
        CompleteEnv::with_factory(command_line)
            .var(VARIABLE)
            .complete();
    }
}

/// Whether a script asks: it names its shell in the variable, and gives the line to complete after
/// `--`. The variable alone may be left over from something else.
fn is_request(environment: &Environment, words: &[OsString]) -> bool {
    let shell = environment.get(VARIABLE).ok().flatten();
    shell.is_some_and(|shell| Shells::builtins().completer(&shell.value).is_some())
        && matches!(words, [_, separator, _, ..] if separator == "--")
}

/// Adds completion of profile names, and of paths that need no quotes.
fn command_line() -> clap::Command {
    let completes = |arg: clap::Arg, completer: fn(&OsStr) -> Vec<CompletionCandidate>| {
        arg.add(ArgValueCompleter::new(completer))
    };
    let root = Cli::command()
        .mut_arg("profile", |arg| completes(arg, profiles))
        .mut_arg("long_term_profile", |arg| {
            completes(arg, sections_with_keys)
        })
        .mut_arg("credentials_file", |arg| completes(arg, paths))
        .mut_arg("config_file", |arg| completes(arg, paths));
    // Commands get their own copies of these, so it comes last.
    add_help(root)
}

pub(crate) fn script(shell: Shell) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let completer = shells
        .completer(&shell.to_string())
        .ok_or_else(|| std::io::Error::other("no such shell"))?;
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(script)
}

/// Profiles that begin with `current`; none if the file can't be read: this is no place for errors.
fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let mut names = profile_names().unwrap_or_default();
    names.retain(|name| name.starts_with(&*current));
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// Sections with keys that begin with `current`.
fn sections_with_keys(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let mut names = names_with_keys().unwrap_or_default();
    names.retain(|name| name.starts_with(&*current));
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// Paths that begin with `current`. bash inserts them as they are, too.
fn paths(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut paths = PathCompleter::any().complete(current);
    let is_plain = |path: &CompletionCandidate| {
        let path = path.get_value().to_str();
        path.is_some_and(|path| shell::is_plain_word(path.strip_prefix("~/").unwrap_or(path)))
    };
    paths.retain(is_plain);
    paths
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

fn selection() -> Option<Selection> {
    let (common, args) = (CommonArgs::default(), RefreshArgs::default());
    let environment = Environment::from_process();
    Selection::resolve(&common, &args, Duration::ZERO, &environment).ok()
}

/// What may hold permanent keys, or a command that prints them.
fn names_with_keys() -> Option<Vec<String>> {
    let selection = selection()?;
    let contents = Store::new(&selection.credentials_file.value);
    let contents = contents.read().ok()??;
    let document = selection.parse(&contents.bytes).ok()?;
    let has_keys = |(name, text): (&str, _)| {
        let properties = Properties::read(&text);
        let has = |key| properties.line_of(key).is_some();
        let may_be_permanent = has("aws_access_key_id") && !has("aws_session_token");
        let is_source = may_be_permanent || has("credential_process");
        (is_source && is_sdk_name(name) && may_be_profile(name)).then(|| name.to_owned())
    };
    Some(document.sections().filter_map(has_keys).collect())
}

fn profile_names() -> Option<Vec<String>> {
    let selection = selection()?;
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
    let names = document.section_names().map(owner).chain(roles);
    // bash inserts a name into the command line as it is.
    let mut names: Vec<String> = names
        .filter(|name| is_sdk_name(name) && may_be_profile(name))
        .collect();
    names.sort();
    names.dedup();
    Some(names)
}
