//! `aws-mfa list`: every profile that has long-term keys or a session.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use super::context::read_file;
use super::status::Status;
use crate::cli::{CommonArgs, ListArgs, ValidityArgs};
use crate::clock;
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::properties::Profile;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::sanitize;
use crate::session::{LocalTime, NotValid, StoredSession, TimeLeft, ValidSession};
use crate::settings::{Environment, Selection};

/// What is said of a profile.
#[derive(Serialize)]
struct Entry<'t> {
    #[serde(flatten)]
    status: Status<'t>,
    /// The MFA serial in the long-term section.
    device: Option<&'t str>,
    /// The role that the session is, or would be, for.
    role_arn: Option<&'t str>,
    #[serde(skip)]
    validity: Result<ValidSession, NotValid>,
}

/// The sections of a profile.
#[derive(Default)]
struct Sections<'t> {
    name: &'t str,
    long_term: Option<Profile<'t>>,
    session: Option<Profile<'t>>,
}

/// Lists the profiles on standard output.
///
/// # Errors
/// A file that isn't there or that no AWS tool could read.
pub(super) fn run(
    common: &CommonArgs,
    args: &ListArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let validity = ValidityArgs::default();
    let selection = Selection::resolve(common, &validity, Duration::ZERO, environment)?;
    let store = Store::new(&selection.credentials_file.value);
    let bytes = read_file(&store, &selection, console)?;
    let document = selection.parse(&bytes)?;
    let profiles = profiles(&document, &selection);
    let entries: Vec<Entry<'_>> = profiles.iter().map(Sections::entry).collect();
    let text = if args.json {
        let text = serde_json::to_string_pretty(&entries);
        text.map_err(|error| Error::Output {
            source: error.into(),
        })?
    } else if entries.is_empty() {
        console.report(format_args!(
            "no profiles with long-term keys or a session in {}; `aws-mfa setup` makes one",
            selection.credentials_file.value.display()
        ));
        return Ok(());
    } else {
        table(&entries)
    };
    writeln!(std::io::stdout(), "{text}").map_err(|source| Error::Output { source })
}

/// The profiles of the file, in its order, each with its sections. Of a section that is there twice the first counts.
fn profiles<'t>(document: &Document<'t>, selection: &Selection) -> Vec<Sections<'t>> {
    let mut profiles: Vec<Sections<'t>> = Vec::new();
    let mut places: HashMap<&'t str, usize> = HashMap::new();
    let mut place = |name: &'t str, profiles: &mut Vec<Sections<'t>>| {
        *places.entry(name).or_insert_with(|| {
            profiles.push(Sections {
                name,
                ..Sections::default()
            });
            profiles.len() - 1
        })
    };
    let mut seen = HashSet::new();
    for (name, section) in document.sections() {
        if !seen.insert(name) {
            continue;
        }
        let profile = Profile::read(&section);
        let has = |key| profile.line_of(key).is_some();
        if let Some(owner) = selection.owner_of_long_term(name)
            && (has("aws_access_key_id") || has("credential_process"))
            && !has("aws_session_token")
        {
            let index = place(owner, &mut profiles);
            profiles[index].long_term = Some(profile);
        } else if let Some(owner) = selection.owner_of_session(name)
            && (has("aws_session_token") || has("assumed_role"))
        {
            let index = place(owner, &mut profiles);
            profiles[index].session = Some(profile);
        }
    }
    profiles
}

impl<'t> Sections<'t> {
    fn entry(&self) -> Entry<'t> {
        let of_keys = |key| {
            let profile = self.long_term.as_ref()?;
            profile.lenient_value(key).ok().flatten()
        };
        let of_session = |key| {
            let profile = self.session.as_ref()?;
            profile.lenient_value(key).ok().flatten()
        };
        let session_role = of_session("assumed_role_arn");
        let stored = StoredSession::read(self.session.as_ref());
        // Each session is measured by its own role.
        let validity = stored.check(clock::now(), Duration::ZERO, session_role);
        Entry {
            status: Status::new(self.name, &validity),
            device: of_keys("aws_mfa_device").or_else(|| of_keys("mfa_serial")),
            role_arn: session_role.or_else(|| of_keys("assume_role")),
            validity,
        }
    }
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
        let foreign = |text: Option<&str>| sanitize::escape(text.unwrap_or("-"));
        table.add_row([
            sanitize::escape(entry.status.profile),
            entry.status.word.to_owned(),
            expires,
            left,
            foreign(entry.device),
            foreign(entry.role_arn),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}
