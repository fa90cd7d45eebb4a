//! The sections of the credentials file with the keys that are rotated. Pure: text in, text out.

use crate::credentials_file::document::Document;
use crate::credentials_file::edit::Text;
use crate::credentials_file::name::DEFAULTS;
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
        let (of_pair, of_id) = with_id(document, &keys.access_key_id)
            .into_iter()
            .partition(|name| name != DEFAULTS && is_stored(document, name, keys));
        Self { of_pair, of_id }
    }
}

/// The sections with this ID, in quotes or with a comment behind it, too: tools differ on these.
pub(super) fn with_id(document: &Document<'_>, id: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, text) in document.sections() {
        let has_id = names_id(&Properties::read(&text), id);
        if has_id && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

pub(super) fn names_id(section: &Properties<'_>, id: &str) -> bool {
    let is_end = |c: char| c.is_whitespace() || c == '#' || c == ';';
    let mut words = section
        .texts(PAIR[0])
        .map(|text| text.split(is_end).next().unwrap_or_default());
    words.any(|word| word.trim_matches(['"', '\'']) == id)
}

/// Whether all AWS tools read these keys in the section.
pub(super) fn is_stored(document: &Document<'_>, section: &str, keys: &LongTermKeys) -> bool {
    let section = document.section(section).ok().flatten();
    section.is_some_and(|section| {
        let section = Properties::read(&section);
        let is = |key, value: &str| section.lenient_value(key) == Ok(Some(value));
        is(PAIR[0], &keys.access_key_id) && is(PAIR[1], keys.secret_access_key.expose())
    })
}

/// Puts the pair `new` in the place of `old`, in those of `sections` that still hold it. Returns an
/// error if the profile's own doesn't.
pub(super) fn replace(
    document: &Document<'_>,
    sections: &[String],
    pairs: (&LongTermKeys, &LongTermKeys),
    selection: &Selection,
) -> Result<Text, Error> {
    if is_stored(document, &selection.long_term_section, pairs.0)
        && let Some(text) = replace_where(document, sections, pairs, selection)?
    {
        return Ok(text);
    }
    Err(Error::KeysChanged {
        section: selection.long_term_section.clone(),
        path: selection.credentials_file.value.clone(),
    })
}

/// As [`replace`], in every section that holds the pair; `None` if there is none.
pub(super) fn replace_everywhere(
    document: &Document<'_>,
    pairs: (&LongTermKeys, &LongTermKeys),
    selection: &Selection,
) -> Result<Option<Text>, Error> {
    let sections = Holders::find(document, pairs.0).of_pair;
    replace_where(document, &sections, pairs, selection)
}

fn replace_where(
    document: &Document<'_>,
    sections: &[String],
    (old, new): (&LongTermKeys, &LongTermKeys),
    selection: &Selection,
) -> Result<Option<Text>, Error> {
    let refused = selection.refused();
    let mut text: Option<Text> = None;
    for section in sections {
        let edited;
        let document = match &text {
            Some(text) => {
                edited = Document::parse(text.as_bytes()).map_err(refused)?;
                &edited
            }
            None => document,
        };
        if is_stored(document, section, old) {
            text = Some(replace_pair(document, section, new).map_err(refused)?);
        }
    }
    Ok(text)
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
            + "[comment]\naws_access_key_id = AKIA1 # mine\naws_secret_access_key = S\n"
            + "[quoted]\naws_access_key_id = \"AKIA1\"\naws_secret_access_key = S\n"
            + &section("same", "AKIA1", "S")
            + &section("twice", "AKIA1", "S")
            + &section("twice", "AKIA1", "S");
        let document = Document::parse(text.as_bytes()).unwrap();
        let found = Holders::find(&document, &keys("AKIA1", "S"));
        assert_eq!(found.of_pair, ["one", "same"]);
        assert_eq!(found.of_id, ["wrong", "half", "comment", "quoted", "twice"]);
    }
}
