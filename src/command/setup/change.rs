//! What `setup` changes in the credentials file. Pure: text in, text out.

use std::time::Duration;

use super::situation::Situation;
use crate::credentials_file::document::Document;
use crate::credentials_file::edit::{Edit, Text};
use crate::credentials_file::properties::Profile;
use crate::credentials_file::refusal::Refusal;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::secret::Secret;
use crate::settings::{FileSection, Selection};

const KEYS: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];

/// With a token beside them permanent keys would be temporary ones.
const NO_TOKEN: [Edit<'static>; 2] = [
    Edit {
        key: "aws_session_token",
        value: None,
    },
    Edit {
        key: "aws_security_token",
        value: None,
    },
];

/// What may stand in a section that becomes the long-term section as a whole.
const KEYS_AND_MFA_SETTINGS: [&str; 7] = [
    KEYS[0],
    KEYS[1],
    "aws_mfa_device",
    "mfa_serial",
    "mfa_process",
    "duration_seconds",
    "assume_role",
];

/// A change of the long-term section.
pub(super) struct Change {
    pub(super) keys: Keys,
    /// The new MFA serial.
    pub(super) device: Option<String>,
    /// The new duration of sessions.
    pub(super) duration: Option<Duration>,
}

/// What becomes of the keys.
pub(super) enum Keys {
    /// These are stored.
    New(LongTermKeys),
    /// These are moved out of the section where the session belongs.
    Move(LongTermKeys),
    /// These are in the long-term section, and stay.
    Stay(LongTermKeys),
}

impl Keys {
    /// The keys as they will be.
    pub(super) fn keys(&self) -> &LongTermKeys {
        match self {
            Self::New(keys) | Self::Move(keys) | Self::Stay(keys) => keys,
        }
    }

    /// Whether they were given by the person who sets up.
    pub(super) fn are_new(&self) -> bool {
        matches!(self, Self::New(_))
    }

    /// The keys that they replace.
    pub(super) fn replaces<'a>(&self, situation: &'a Situation) -> Option<&'a LongTermKeys> {
        match self {
            Self::New(_) | Self::Move(_) => situation.long_term.as_ref(),
            Self::Stay(_) => None,
        }
    }
}

impl Change {
    /// A change like the one to come, where permanent keys are misplaced or not.
    pub(super) fn rehearsal(misplaced: Option<&LongTermKeys>) -> Self {
        let placeholder = || LongTermKeys {
            access_key_id: "AKIAPLACEHOLDER".to_owned(),
            secret_access_key: Secret::new("placeholder"),
        };
        Self {
            keys: misplaced
                .map_or_else(|| Keys::New(placeholder()), |keys| Keys::Move(keys.clone())),
            device: Some("placeholder".to_owned()),
            duration: Some(Duration::ZERO),
        }
    }

    /// Whether there are still permanent keys where the session belongs.
    pub(super) fn leaves_permanent_keys(&self, situation: &Situation) -> bool {
        situation.misplaced.is_some() && !matches!(self.keys, Keys::Move(_))
    }

    /// Makes the change in the file as it is now.
    ///
    /// # Errors
    /// Where the file can't be edited, or the keys to move aren't there any more.
    pub(super) fn apply(
        &self,
        document: &Document<'_>,
        selection: &Selection,
    ) -> Result<Text, Error> {
        let refused = |refusal| selection.refused(refusal);
        let long_term = &selection.long_term_section;
        let mut text = match &self.keys {
            Keys::New(keys) => store_keys(document, long_term, keys).map_err(refused)?,
            Keys::Move(keys) => move_keys(document, selection, keys)?,
            Keys::Stay(_) if document.section(long_term).map_err(refused)?.is_none() => {
                return Err(Error::KeysChanged {
                    section: long_term.clone(),
                    path: selection.credentials_file.value.clone(),
                });
            }
            Keys::Stay(_) => document.set(long_term, &[]).map_err(refused)?,
        };
        let seconds = self.duration.map(|duration| duration.as_secs().to_string());
        let settings = [
            ("aws_mfa_device", self.device.as_deref()),
            ("duration_seconds", seconds.as_deref()),
        ];
        // Each stands behind the keys and the setting before it.
        let neighbours = [KEYS[0], KEYS[1], "aws_mfa_device", "mfa_serial"];
        for (key, value) in settings {
            if value.is_some() {
                let edited = Document::parse(text.as_bytes()).and_then(|document| {
                    let key = setting_key(&document, long_term, key)?;
                    document.set_beside(long_term, &neighbours, &[Edit { key, value }])
                });
                text = edited.map_err(refused)?;
            }
        }
        Ok(text)
    }
}

/// The key to set: where the section has only `mfa_serial`, that is the device's.
fn setting_key(
    document: &Document<'_>,
    section: &str,
    key: &'static str,
) -> Result<&'static str, Refusal> {
    let section = document.section(section)?;
    let has = |key| {
        let profile = section.as_ref().map(Profile::read);
        profile.is_some_and(|profile| profile.line_of(key).is_some())
    };
    let is_serial = key == "aws_mfa_device" && !has(key) && has("mfa_serial");
    Ok(if is_serial { "mfa_serial" } else { key })
}

fn store_keys(
    document: &Document<'_>,
    section: &str,
    keys: &LongTermKeys,
) -> Result<Text, Refusal> {
    let edit = |key, value| Edit { key, value };
    let keys = [
        edit(KEYS[0], Some(keys.access_key_id.as_str())),
        edit(KEYS[1], Some(keys.secret_access_key.expose())),
    ];
    document.set(section, &[keys, NO_TOKEN].concat())
}

/// Moves the keys out of the session's section: the whole section, where it has nothing else and there is no other.
fn move_keys(
    document: &Document<'_>,
    selection: &Selection,
    keys: &LongTermKeys,
) -> Result<Text, Error> {
    let refused = |refusal| selection.refused(refusal);
    let path = &selection.credentials_file.value;
    let (from, to) = (&selection.section, &selection.long_term_section);
    let changed = || Error::KeysChanged {
        section: from.clone(),
        path: path.clone(),
    };
    let section = FileSection::find(document, from, path)?.ok_or_else(changed)?;
    let found = LongTermKeys::read_pair(&section, path)?;
    if found.access_key_id != keys.access_key_id
        || found.secret_access_key != keys.secret_access_key
    {
        return Err(changed());
    }
    let is_free = document.section(to).map_err(refused)?.is_none();
    if is_free && section.profile.has_only(&KEYS_AND_MFA_SETTINGS) {
        return document.rename(from, to).map_err(refused);
    }
    let moved = document.move_keys(from, to, &KEYS).map_err(refused)?;
    let moved = Document::parse(moved.as_bytes()).and_then(|moved| moved.set(to, &NO_TOKEN));
    moved.map_err(refused)
}
