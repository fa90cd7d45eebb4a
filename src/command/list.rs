//! `aws-mfa list`: lists every profile that has long-term keys or a session.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use zeroize::Zeroizing;

use super::context::Context;
use super::status::Status;
use crate::cli::ListArgs;
use crate::clock;
use crate::credentials_file::document::Document;
use crate::credentials_file::name::without_prefix;
use crate::credentials_file::oddity::{Oddity, OddityKind};
use crate::error::Error;
use crate::files::Contents;
use crate::files::access::{self, Use};
use crate::json::{Layout, json};
use crate::role_chain::RoleChain;
use crate::sanitize;
use crate::session::{NotValid, StoredSession, ValidSession, has_permanent_keys};
use crate::settings::{FileSection, ProfileSections, Selection, stored_role};
use crate::times::{LocalTime, TimeLeft};

#[derive(Serialize)]
struct Entry<'t> {
    #[serde(flatten)]
    status: Status<'t>,
    /// The MFA serial from the long-term section.
    device: Option<String>,
    role_arn: Option<String>,
    #[serde(skip)]
    validity: Result<ValidSession, NotValid>,
}

pub(super) fn run(context: &Context<'_>, args: &ListArgs) -> Result<(), Error> {
    let selection = &context.selection;
    let contents = context.read_file()?;
    let path = &selection.credentials_file.value;
    access::check_open(path, &contents.metadata, Use::Report, context.console)?;
    let document = selection.parse(&contents.bytes)?;
    let mut sections = document.sections();
    if let Some((_, section)) = sections.find(|(name, _)| without_prefix(name).is_some()) {
        let oddity = Oddity {
            line: Some(section.header.number),
            kind: OddityKind::ProfileSection,
        };
        let path = path.display();
        context.console.warn(format_args!("{path}: {oddity}"));
    }
    let profiles = profiles(&document, selection);
    let roles = roles(context, &contents);
    let names: HashSet<&str> = roles.iter().map(|role| &*role.name).collect();
    let mut by_source: HashMap<&str, Vec<&RoleOf>> = HashMap::new();
    for role in &roles {
        by_source.entry(&role.source).or_default().push(role);
    }
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (name, sections) in &profiles {
        // AWS tools take no session there.
        if !names.contains(name) {
            entries.push(entry(name, sections));
        }
        let of_profile = by_source.get(name).into_iter().flatten();
        entries.extend(of_profile.map(|role| role_entry(role, name, sections)));
    }
    let text = if args.json {
        json(&entries, Layout::Indented).map_err(Error::output)?
    } else if entries.is_empty() {
        context.console.report(format_args!(
            "no profiles with permanent keys or a session in {}; run `aws-mfa setup` to add one",
            selection.credentials_file.value.display()
        ));
        return Ok(());
    } else {
        Zeroizing::new(table(&entries))
    };
    writeln!(std::io::stdout(), "{}", *text).map_err(Error::output)
}

/// A role's profile.
struct RoleOf {
    name: String,
    role_arn: String,
    /// The profile that it takes its credentials from, perhaps through others.
    source: String,
}

/// The role profiles in the files' order. One that can't be followed, or a config file that can't be
/// read, keeps nothing else out of the list.
fn roles(context: &Context<'_>, contents: &Contents) -> Vec<RoleOf> {
    let Ok(stored) = context.find(Some(contents)) else {
        return Vec::new();
    };
    let config = context.read_config().ok().flatten();
    let file = config.as_ref().and_then(|config| config.parse().ok());
    let config = file.as_ref().zip(config.as_ref().map(|config| config.path));
    let profiles = stored.profiles(config, context.environment);
    let of = |chain: RoleChain| {
        let role = chain.roles.into_iter().next()?;
        Some(RoleOf {
            name: role.name,
            role_arn: role.role.arn.value,
            source: chain.source.value,
        })
    };
    profiles.chains().filter_map(of).collect()
}

fn role_entry<'t>(role: &'t RoleOf, source: &'t str, sections: &ProfileSections<'_>) -> Entry<'t> {
    let of_source = entry(source, sections);
    Entry {
        status: of_source.status.asked_for(Some(&role.name)),
        device: None,
        role_arn: Some(role.role_arn.clone()),
        validity: of_source.validity,
    }
}

/// The profiles in the file's order. If a section appears twice, the first one counts.
fn profiles<'t>(
    document: &Document<'t>,
    selection: &'t Selection,
) -> Vec<(&'t str, ProfileSections<'t>)> {
    let mut profiles: Vec<(&'t str, ProfileSections<'t>)> = Vec::new();
    let mut places: HashMap<&'t str, usize> = HashMap::new();
    let mut place = |name: &'t str, profiles: &mut Vec<_>| {
        *places.entry(name).or_insert_with(|| {
            profiles.push((name, ProfileSections::default()));
            profiles.len() - 1
        })
    };
    let mut seen = HashSet::new();
    for (name, text) in document.sections() {
        if without_prefix(name).is_some() || !seen.insert(name) {
            continue;
        }
        let section = FileSection::read(name, &text, &selection.credentials_file.value);
        if let Some(owner) = selection.profile_of_long_term_section(name)
            && (section.has("aws_access_key_id") || section.has("credential_process"))
            && !section.has("aws_session_token")
        {
            let index = place(owner, &mut profiles);
            profiles[index].1.long_term = Some(section);
        } else if let Some(owner) = selection.profile_of_session_section(name)
            && ["aws_session_token", "assumed_role", "aws_access_key_id"]
                .iter()
                .any(|key| section.has(key))
        {
            let index = place(owner, &mut profiles);
            profiles[index].1.session = Some(section);
        }
    }
    profiles
}

/// A value that can't be read doesn't keep the profile out of the list.
fn entry<'t>(name: &'t str, sections: &ProfileSections<'_>) -> Entry<'t> {
    let session = sections.session.as_ref();
    let session_role = session.and_then(|session| session.get("assumed_role_arn").ok().flatten());
    let session_role = session_role.map(|role| role.value);
    let stored = StoredSession::read(session.map(|session| &session.properties));
    // Each session is checked against its own role.
    let validity = if session.is_some_and(|session| is_permanent(session, sections)) {
        Err(NotValid::PermanentKeys)
    } else {
        stored.check(clock::now(), Duration::ZERO, session_role.as_deref())
    };
    let role = stored_role(sections.long_term.as_ref()).ok().flatten();
    let device = sections.device().ok().flatten();
    Entry {
        status: Status::new(name, &validity),
        device: device.map(|device| device.value),
        role_arn: session_role.or(role.map(|role| role.value)),
        validity,
    }
}

/// Whether the keys in the session's section are permanent ones.
fn is_permanent(session: &FileSection<'_>, sections: &ProfileSections<'_>) -> bool {
    let long_term = sections.long_term.as_ref();
    has_permanent_keys(
        &session.properties,
        long_term.map(|section| &section.properties),
    )
}

fn table(entries: &[Entry<'_>]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["PROFILE", "STATUS", "EXPIRES", "LEFT", "DEVICE", "ROLE"]);
    for entry in entries {
        let (expires, left) = match &entry.validity {
            Ok(session) => (
                LocalTime(session.expiration).to_string(),
                TimeLeft(session.remaining).to_string(),
            ),
            Err(NotValid::Expired(at)) => (LocalTime(*at).to_string(), "-".to_owned()),
            Err(_) => ("-".to_owned(), "-".to_owned()),
        };
        // Below its source.
        let indent = if entry.status.is_role() { "  " } else { "" };
        table.add_row([
            format!("{indent}{}", cell(entry.status.profile)),
            entry.status.word.to_owned(),
            expires,
            left,
            cell(entry.device.as_deref().unwrap_or("-")),
            cell(entry.role_arn.as_deref().unwrap_or("-")),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

fn cell(text: &str) -> String {
    sanitize::escape(&sanitize::shorten(text))
}
