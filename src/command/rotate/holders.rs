//! The sections of the credentials file with the keys that are rotated. Pure: text in, text out.

use crate::credentials_file::document::Document;
use crate::credentials_file::edit::Text;
use crate::credentials_file::properties::Properties;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::keys::write::{PAIR, replace_pair};
use crate::settings::Selection;

/// Names of sections.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Holders {
    /// With this very pair; the profile's own is among them.
    pub(super) of_pair: Vec<String>,
    /// With the same ID, but another secret, none, or lines that AWS tools read differently.
    pub(super) of_id: Vec<String>,
}

impl Holders {
    pub(super) fn find(document: &Document<'_>, keys: &LongTermKeys) -> Self {
        let mut holders = Self {
            of_pair: Vec::new(),
            of_id: Vec::new(),
        };
        for (name, text) in document.sections() {
            let properties = Properties::read(&text);
            let has_id = properties.texts(PAIR[0]).any(|id| id == keys.access_key_id);
            let is_readable = matches!(document.section(name), Ok(Some(_)));
            if is_readable && holds(&properties, keys) {
                holders.of_pair.push(name.to_owned());
            } else if has_id {
                holders.of_id.push(name.to_owned());
            }
        }
        holders.of_id.dedup();
        holders
    }
}

/// Whether all AWS tools read these keys in the section.
fn holds(section: &Properties<'_>, keys: &LongTermKeys) -> bool {
    let is = |key, value: &str| section.lenient_value(key) == Ok(Some(value));
    is(PAIR[0], &keys.access_key_id) && is(PAIR[1], keys.secret_access_key.expose())
}

/// Whether the profile's own section holds these keys.
pub(super) fn is_stored(document: &Document<'_>, section: &str, keys: &LongTermKeys) -> bool {
    let section = document.section(section).ok().flatten();
    section.is_some_and(|section| holds(&Properties::read(&section), keys))
}

/// Puts the pair `new` in the place of `old`, in those of `sections` that still hold it.
pub(super) fn replace(
    document: &Document<'_>,
    sections: &[String],
    (old, new): (&LongTermKeys, &LongTermKeys),
    selection: &Selection,
) -> Result<Text, Error> {
    let refused = selection.refused();
    let changed = || Error::KeysChanged {
        section: selection.long_term_section.clone(),
        path: selection.credentials_file.value.clone(),
    };
    if !is_stored(document, &selection.long_term_section, old) {
        return Err(changed());
    }
    let mut text: Option<Text> = None;
    for section in sections {
        let bytes = text.as_ref().map(|text| text.as_bytes());
        let edited;
        let document = match bytes {
            Some(bytes) => {
                edited = Document::parse(bytes).map_err(refused)?;
                &edited
            }
            None => document,
        };
        if is_stored(document, section, old) {
            text = Some(replace_pair(document, section, new).map_err(refused)?);
        }
    }
    text.ok_or_else(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn keys(id: &str, secret: &str) -> LongTermKeys {
        LongTermKeys {
            access_key_id: id.to_owned(),
            secret_access_key: Secret::new(secret),
        }
    }

    #[test]
    fn sections_with_the_pair_are_told_from_those_with_the_id() {
        let section = |name: &str, id: &str, secret: &str| {
            format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
        };
        let text = section("one", "AKIA1", "S")
            + &section("other", "AKIA2", "S")
            + &section("wrong", "AKIA1", "T")
            + "[half]\naws_access_key_id = AKIA1\n"
            + &section("same", "AKIA1", "S")
            + &section("twice", "AKIA1", "S")
            + &section("twice", "AKIA1", "S");
        let document = Document::parse(text.as_bytes()).unwrap();
        let found = Holders::find(&document, &keys("AKIA1", "S"));
        assert_eq!(found.of_pair, ["one", "same"]);
        assert_eq!(found.of_id, ["wrong", "half", "twice"]);
    }
}
