//! Writes a pair of permanent keys into the credentials file. Pure: text in, text out.

use super::LongTermKeys;
use crate::credentials_file::document::Document;
use crate::credentials_file::edit::{Edit, Text};
use crate::credentials_file::refusal::Refusal;
use crate::error::Error;
use crate::settings::{FileSection, Selection};

/// Credentials of any kind in a section.
pub(crate) const CREDENTIALS: [&str; 4] =
    [PAIR[0], PAIR[1], "aws_session_token", "aws_security_token"];

pub(crate) const PAIR: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];

/// With a token next to them, permanent keys would count as temporary.
const NO_TOKEN: [Edit<'static>; 2] = [
    Edit {
        key: CREDENTIALS[2],
        value: None,
    },
    Edit {
        key: CREDENTIALS[3],
        value: None,
    },
];

/// A section with nothing else can become the long-term section as a whole: add each new key of
/// that section here.
const KEYS_AND_MFA_SETTINGS: [&str; 9] = [
    PAIR[0],
    PAIR[1],
    "aws_mfa_device",
    "mfa_serial",
    "mfa_process",
    "duration_seconds",
    "assume_role",
    "role_session_name",
    "external_id",
];

pub(crate) fn store(
    document: &Document<'_>,
    section: &str,
    keys: &LongTermKeys,
) -> Result<Text, Refusal> {
    document.set_long_term(section, &[], &[pair(keys), NO_TOKEN].concat())
}

/// Puts these keys in the place of others, and changes nothing else.
pub(crate) fn replace_pair(
    document: &Document<'_>,
    section: &str,
    keys: &LongTermKeys,
) -> Result<Text, Refusal> {
    document.set_long_term(section, &[], &pair(keys))
}

fn pair(keys: &LongTermKeys) -> [Edit<'_>; 2] {
    let [id, secret] = PAIR;
    [
        Edit {
            key: id,
            value: Some(&keys.access_key_id),
        },
        Edit {
            key: secret,
            value: Some(keys.secret_access_key.expose()),
        },
    ]
}

/// Removes a token that makes permanent keys count as temporary.
pub(crate) fn remove_token(document: &Document<'_>, section: &str) -> Result<Text, Refusal> {
    document.set_long_term(section, &[], &NO_TOKEN)
}

/// Moves `keys` from the session's section to the long-term section, or renames the section if it
/// has nothing else and the long-term section doesn't exist. Returns an error if the keys have
/// changed.
pub(crate) fn move_out(
    document: &Document<'_>,
    selection: &Selection,
    keys: &LongTermKeys,
) -> Result<Text, Error> {
    let refused = selection.refused();
    let path = &selection.credentials_file.value;
    let (from, to) = (&selection.section, &selection.long_term_section);
    let changed = || Error::KeysChanged {
        section: from.clone(),
        path: path.clone(),
    };
    let section = FileSection::find(document, from, path)?.ok_or_else(changed)?;
    let found = LongTermKeys::read_pair(&section)?;
    if found.access_key_id != keys.access_key_id
        || found.secret_access_key != keys.secret_access_key
    {
        return Err(changed());
    }
    let is_free = document.section(to).map_err(refused)?.is_none();
    if is_free && section.properties.has_only(&KEYS_AND_MFA_SETTINGS) {
        return document.rename(from, to).map_err(refused);
    }
    let moved = document.move_keys(from, to, &PAIR).map_err(refused)?;
    let moved =
        Document::parse(moved.as_bytes()).and_then(|moved| moved.set_long_term(to, &[], &NO_TOKEN));
    moved.map_err(refused)
}
