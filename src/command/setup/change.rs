//! What `setup` changes in the credentials file. Pure: text in, text out.

use std::time::Duration;

use crate::credentials_file::document::Document;
use crate::credentials_file::edit::{Edit, Text};
use crate::credentials_file::properties::Properties;
use crate::credentials_file::refusal::Refusal;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::keys::useless::UselessKeys;
use crate::keys::write::{self, CREDENTIALS, PAIR};
use crate::secret::Secret;
use crate::session::has_permanent_keys;
use crate::settings::Selection;

pub(super) struct Change {
    pub(super) keys: Keys,
    /// What the change was decided on.
    pub(super) seen: Seen,
    /// Whether the keys in the session's section are of no use and go.
    pub(super) drops_misplaced: bool,
    /// The new MFA serial, if it changes.
    pub(super) device: Option<String>,
    /// The new session duration, if it changes.
    pub(super) duration: Option<Duration>,
}

/// What stands where `setup` writes keys, or removes them. Another program may change it while the
/// questions are answered.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Seen {
    /// What is misplaced in the session's section.
    session: Vec<Secret>,
    long_term: Vec<Secret>,
}

impl Seen {
    /// A session isn't part of it: it may be refreshed meanwhile.
    pub(super) fn in_file(document: &Document<'_>, selection: &Selection) -> Result<Self, Error> {
        let find = |name: &str| {
            let section = document.section(name).map_err(selection.refused())?;
            Ok::<_, Error>(section.map(|section| Properties::read(&section)))
        };
        let texts = |section: Option<&Properties<'_>>| {
            let texts = PAIR
                .iter()
                .flat_map(|key| section.into_iter().flat_map(|section| section.texts(key)));
            texts.map(Secret::new).collect()
        };
        let long_term = find(&selection.long_term_section)?;
        let session = find(&selection.section)?;
        let misplaced = session.filter(|section| has_permanent_keys(section, long_term.as_ref()));
        Ok(Self {
            session: texts(misplaced.as_ref()),
            long_term: texts(long_term.as_ref()),
        })
    }

    /// What there is once `keys` are stored.
    pub(super) fn stored(keys: &LongTermKeys) -> Self {
        let id = Secret::new(&*keys.access_key_id);
        Self {
            session: Vec::new(),
            long_term: vec![id, keys.secret_access_key.clone()],
        }
    }

    /// Whether `keys` would replace something else in the long-term section.
    pub(super) fn has_other_than(&self, keys: &LongTermKeys) -> bool {
        let Self { long_term: new, .. } = Self::stored(keys);
        self.long_term.iter().any(|text| !new.contains(text))
    }

    fn check(&self, document: &Document<'_>, selection: &Selection) -> Result<(), Error> {
        let now = Self::in_file(document, selection)?;
        let changed = if now.long_term != self.long_term {
            &selection.long_term_section
        } else if now.session != self.session {
            &selection.section
        } else {
            return Ok(());
        };
        Err(Error::KeysChanged {
            section: changed.clone(),
            path: selection.credentials_file.value.clone(),
        })
    }
}

/// What is in the session's section instead of a session.
pub(super) enum Misplaced {
    /// Permanent keys.
    Keys(LongTermKeys),
    Useless(UselessKeys),
}

pub(super) enum Keys {
    /// Given by the user, to be stored.
    New(LongTermKeys),
    /// To be moved out of the session's section.
    Move(LongTermKeys),
    /// Already in the long-term section.
    Keep(LongTermKeys),
}

impl Keys {
    pub(super) fn keys(&self) -> &LongTermKeys {
        match self {
            Self::New(keys) | Self::Move(keys) | Self::Keep(keys) => keys,
        }
    }
}

impl Change {
    /// A placeholder for the coming change, to find out early whether the file can be edited.
    pub(super) fn rehearsal(misplaced: Option<&Misplaced>, seen: Seen) -> Self {
        let keys = match misplaced {
            Some(Misplaced::Keys(keys)) => Keys::Move(keys.clone()),
            Some(Misplaced::Useless(_)) | None => Keys::New(LongTermKeys {
                access_key_id: "AKIAPLACEHOLDER".to_owned(),
                secret_access_key: Secret::new("placeholder"),
            }),
        };
        Self {
            keys,
            seen,
            drops_misplaced: matches!(misplaced, Some(Misplaced::Useless(_))),
            device: Some("placeholder".to_owned()),
            duration: Some(Duration::ZERO),
        }
    }

    pub(super) fn apply(
        &self,
        document: &Document<'_>,
        selection: &Selection,
    ) -> Result<Text, Error> {
        self.seen.check(document, selection)?;
        if self.drops_misplaced {
            let rest = document.remove(&selection.section, &CREDENTIALS);
            let rest = rest.map_err(selection.refused())?;
            return self.store(&selection.parse(rest.as_bytes())?, selection);
        }
        self.store(document, selection)
    }

    fn store(&self, document: &Document<'_>, selection: &Selection) -> Result<Text, Error> {
        let refused = selection.refused();
        let long_term = &selection.long_term_section;
        let mut text = match &self.keys {
            Keys::New(keys) => write::store(document, long_term, keys).map_err(refused)?,
            Keys::Move(keys) => write::move_out(document, selection, keys)?,
            Keys::Keep(_) => write::remove_token(document, long_term).map_err(refused)?,
        };
        let seconds = self.duration.map(|duration| duration.as_secs().to_string());
        let settings = [
            ("aws_mfa_device", self.device.as_deref()),
            ("duration_seconds", seconds.as_deref()),
        ];
        // Each follows the keys and the previous setting.
        let neighbours = [
            PAIR[0],
            PAIR[1],
            "credential_process",
            "aws_mfa_device",
            "mfa_serial",
        ];
        for (key, value) in settings {
            if value.is_some() {
                let edited = Document::parse(text.as_bytes()).and_then(|document| {
                    let key = setting_key(&document, long_term, key)?;
                    document.set_long_term(long_term, &neighbours, &[Edit { key, value }])
                });
                text = edited.map_err(refused)?;
            }
        }
        Ok(text)
    }
}

/// The key to set: `mfa_serial` for the device if the section has only that.
fn setting_key(
    document: &Document<'_>,
    section: &str,
    key: &'static str,
) -> Result<&'static str, Refusal> {
    let section = document.section(section)?;
    let has = |key| {
        let properties = section.as_ref().map(Properties::read);
        properties.is_some_and(|properties| properties.line_of(key).is_some())
    };
    let is_serial = key == "aws_mfa_device" && !has(key) && has("mfa_serial");
    Ok(if is_serial { "mfa_serial" } else { key })
}
