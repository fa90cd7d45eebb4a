//! `aws-mfa list`: lists every profile that has long-term keys or a session.

mod entry;
mod table;

use std::collections::{HashMap, HashSet};
use std::io::{IsTerminal, Write};

use zeroize::Zeroizing;

use super::context::Context;
use crate::cli::ListArgs;
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::name::without_prefix;
use crate::credentials_file::oddity::{Oddity, OddityKind};
use crate::error::Error;
use crate::files::Contents;
use crate::files::access::{self, Use};
use crate::json::{Layout, json};
use crate::role_chain::RoleChain;
use crate::settings::{FileSection, ProfileSections, Selection};
use entry::{Entry, entry};
use table::{Screen, table};

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
        Zeroizing::new(table(&entries, screen(context.console).as_ref()))
    };
    // It takes the colours out where they aren't wanted.
    let mut output = anstream::stdout();
    writeln!(output, "{}", *text).map_err(Error::output)
}

/// `None` if the list goes to a program.
fn screen(console: &Console) -> Option<Screen> {
    let output = std::io::stdout();
    output.is_terminal().then(|| Screen {
        columns: terminal_size::terminal_size_of(&output).map(|(columns, _)| columns.0.into()),
        reader: console.reader_of(true),
    })
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
