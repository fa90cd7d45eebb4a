//! What makes AWS tools take other credentials than the session, or none, although it is stored as
//! it should be. Edge: it shows this above the prompt.

use std::cell::LazyCell;
use std::path::Path;

use super::all_profiles::AllProfiles;
use super::context::{Context, RoleProfile};
use super::stored_profile::{ConfigFile, StoredProfile};
use crate::credentials_file::oddity::Oddity;
use crate::error::Error;
use crate::ini_file::IniFile;
use crate::role_chain::Profiles;
use crate::sanitize::shorten;
use crate::session::managed_keys;
use crate::settings::{DEVICE_KEYS, ProfileSections, Selection, Verb};

/// More would hide the prompt.
const MAX_SHOWN: usize = 3;

/// Settings of aws-mfa in sections where it doesn't look for them.
const READ_ELSEWHERE: [(&str, &[Place]); 8] = [
    (DEVICE_KEYS[0], &[Place::Session]),
    (DEVICE_KEYS[1], &[Place::Session]),
    ("mfa_process", &[Place::Session]),
    ("mfa_askpass", &[Place::Session]),
    ("duration_seconds", &[Place::Session, Place::Config]),
    ("assume_role", &ALL_PLACES),
    ("role_session_name", &ALL_PLACES),
    ("external_id", &ALL_PLACES),
];

const ALL_PLACES: [Place; 3] = [Place::Session, Place::Config, Place::ConfigLongTerm];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Session,
    Config,
    ConfigLongTerm,
}

/// How much is worth a person's time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// What is true for the AWS CLI and boto3.
    EveryDay,
    /// Also what only some SDKs stumble over, and settings that have no effect.
    First,
}

/// How AWS tools reach the session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// By the profile's name.
    Profile,
    /// By variables that hold it: something else comes before it in the profile.
    Variables,
    /// The AWS CLI and boto3 reject a file.
    Nothing,
}

/// The session's profile to AWS tools.
#[derive(Clone, Copy)]
pub(super) struct AsToolsSeeIt {
    pub(super) reach: Reach,
    /// Whether a file names a region for it.
    pub(super) has_region: bool,
}

/// Shows warnings about the files, at most three unless `--verbose` asks for all.
pub(super) fn show(
    context: &Context<'_>,
    stored: &StoredProfile<'_>,
    config: Option<&ConfigFile<'_>>,
    occasion: Occasion,
) -> Result<AsToolsSeeIt, Error> {
    let selection = &context.selection;
    let file = config.map(ConfigFile::parse).transpose()?;
    let parsed = file.as_ref().zip(config.map(|config| config.path));
    let profile = stored.as_tools_read_it(parsed);
    // Of a large file, it takes a while, and is seldom needed.
    let profiles = LazyCell::new(|| stored.profiles(parsed, context.environment));
    let oddities = stored
        .document
        .oddities(&selection.section, &managed_keys());
    let (rejected, misread): (Vec<Oddity>, Vec<Oddity>) = oddities
        .into_iter()
        .partition(|oddity| oddity.kind.is_for_everyone());
    let path = selection.credentials_file.value.display();
    let named = |oddity: Oddity| format!("{path}: {oddity}");

    let outranking = profile.outranking();
    let mut rejections = rejections(parsed);
    rejections.extend(rejected.into_iter().map(named));
    let role = context.role_profile.as_ref();
    let said = role.map_or(&[][..], |role| &role.asking_for_codes);
    let reach = if !rejections.is_empty() {
        Reach::Nothing
    } else if !outranking.is_empty() || role.is_some_and(is_no_way_for_tools) {
        Reach::Variables
    } else {
        Reach::Profile
    };
    let mut warnings = [outranking, rejections].concat();
    if occasion == Occasion::First || context.console.is_verbose() {
        warnings.extend(misread.into_iter().map(named));
        warnings.extend(without_effect(&stored.sections(config)?, selection));
        warnings.extend(asking_for_codes(&profiles, &selection.profile.value));
        warnings.extend(selection.expanded.iter().map(|variable| {
            format!(
                "{variable} contains a variable: the AWS CLI and boto3 expand it, but some AWS SDKs \
                 don't; write the whole path"
            )
        }));
    }
    warnings.retain(|warning| !said.contains(warning));
    say(context, &warnings);
    Ok(AsToolsSeeIt {
        reach,
        has_region: match role {
            Some(role) => profiles.find(&role.name).has_region(),
            None => profile.has_region(),
        },
    })
}

/// Whether AWS tools ask for a code on their way to the session, or don't come to it.
fn is_no_way_for_tools(role: &RoleProfile) -> bool {
    !role.asking_for_codes.is_empty() || !role.leads_to_session
}

/// Warnings of the role profiles that take their credentials from this profile, perhaps through
/// others, and for which AWS tools ask for a code nevertheless.
fn asking_for_codes(profiles: &AllProfiles<'_>, source: &str) -> Vec<String> {
    let ours = profiles
        .chains()
        .filter(|chain| chain.source.value == source);
    // The others on the way have a chain of their own.
    ours.filter_map(|chain| chain.roles.into_iter().next()?.asks_for_code)
        .collect()
}

/// Why the AWS CLI and boto3 reject the config file.
fn rejections(config: Option<(&IniFile<'_>, &Path)>) -> Vec<String> {
    let Some((file, path)) = config else {
        return Vec::new();
    };
    let path = path.display();
    let name =
        |rejection| format!("{path}: {rejection}; the AWS CLI and boto3 reject the whole file");
    file.rejections().iter().map(name).collect()
}

fn say(context: &Context<'_>, warnings: &[String]) {
    let console = context.console;
    let count = warnings.len();
    let most = if console.is_verbose() {
        count
    } else {
        MAX_SHOWN
    };
    for warning in warnings.iter().take(most) {
        console.warn(warning);
    }
    if count > most {
        console.warn(format_args!(
            "{} more: `{} -v` shows all",
            count - most,
            context.selection.command_line(Verb::Refresh)
        ));
    }
}

fn without_effect(sections: &ProfileSections<'_>, selection: &Selection) -> Vec<String> {
    let long_term_name = shorten(&selection.long_term_section);
    let places = [
        (Place::Session, &sections.session),
        (Place::Config, &sections.config),
        (Place::ConfigLongTerm, &sections.config_long_term),
    ];
    let mut found = Vec::new();
    for (place, section) in places {
        // In a role's profile they mean something to AWS tools.
        let Some(section) = section.as_ref().filter(|section| !section.has("role_arn")) else {
            continue;
        };
        // Without a suffix, it is the same section.
        let long_term = sections.config_long_term.as_ref();
        if place == Place::Config && long_term.is_some_and(|other| other.name == section.name) {
            continue;
        }
        let keys = READ_ELSEWHERE
            .iter()
            .filter(|(_, not_read)| not_read.contains(&place));
        found.extend(keys.filter_map(|(key, _)| {
            let line = section.properties.line_of(key)?;
            Some(format!(
                "{}: line {line}: {key} has no effect in [{}]; move it to [{long_term_name}] of the \
                 credentials file",
                section.path().display(),
                shorten(&section.name),
            ))
        }));
    }
    found
}
