//! What the files have of a profile before `setup`.

use std::path::Path;

use super::super::context::{ConfigFile, StoredProfile};
use super::change::Change;
use super::dialogue::Dialogue;
use crate::console::Console;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::session::holds_permanent_keys;
use crate::settings::{Environment, FileSection, Selection, Setting, StsSettings};

/// A profile before `setup`.
pub(super) struct Situation {
    /// The credentials file's size in bytes; 0 where there is none.
    pub(super) size: usize,
    /// The permanent keys of the long-term section.
    pub(super) long_term: Option<LongTermKeys>,
    /// Permanent keys where the session belongs.
    pub(super) misplaced: Option<LongTermKeys>,
    /// The MFA serial that the files name.
    pub(super) device: Option<Setting<String>>,
    /// The duration that the long-term section names.
    pub(super) duration: Option<Setting<String>>,
    /// The sessions are a role's.
    pub(super) has_role: bool,
    /// Where AWS STS is and whom to trust.
    pub(super) sts: StsSettings,
}

impl Situation {
    /// Reads the files.
    ///
    /// # Errors
    /// Where AWS's tools would read them differently, or the long-term section means another source of credentials.
    pub(super) fn read(
        store: &Store,
        selection: &Selection,
        environment: &Environment,
        console: &Console,
    ) -> Result<Self, Error> {
        let bytes = store.read()?.unwrap_or_default();
        let path: &Path = &selection.credentials_file.value;
        let mut stored = StoredProfile::find(selection.parse(&bytes)?, selection);
        stored.check_sections()?;
        let config = ConfigFile::read(selection, console)?;
        let sections = stored.sections(selection, config.as_ref())?;
        let long_term = match &sections.long_term {
            Some(section) => long_term_keys(section, path)?,
            None => None,
        };
        let own_id = long_term.as_ref().map(|keys| keys.access_key_id.as_str());
        let holds_keys =
            |section: &&FileSection<'_>| holds_permanent_keys(&section.profile, own_id);
        let misplaced = sections.session.as_ref().filter(holds_keys);
        let misplaced = misplaced.map(|section| LongTermKeys::read_pair(section, path));
        let duration = match &sections.long_term {
            Some(section) => section.get("duration_seconds")?,
            None => None,
        };
        let misplaced = misplaced.transpose()?;
        // What can't be edited is said before anything is asked.
        Change::rehearsal(misplaced.as_ref()).apply(&stored.document, selection)?;
        Ok(Self {
            size: bytes.len(),
            misplaced,
            device: sections.device()?,
            duration,
            has_role: stored.role.is_some(),
            sts: StsSettings::resolve(selection, environment, &sections)?,
            long_term,
        })
    }

    /// Tells what there is.
    pub(super) fn describe(&self, selection: &Selection, dialogue: &Dialogue) {
        let path = selection.credentials_file.value.display();
        if let Some(keys) = &self.misplaced {
            dialogue.say(&format!(
                "[{}] of {path} holds permanent keys: {}",
                selection.section,
                keys.masked_id()
            ));
        }
        if let Some(keys) = &self.long_term {
            let device = self.device.as_ref();
            let device = device.map_or("none".to_owned(), |device| device.value.clone());
            dialogue.say(&format!(
                "[{}] of {path} holds the keys {}; MFA device: {device}",
                selection.long_term_section,
                keys.masked_id()
            ));
        }
    }

    /// The account in the device's ARN.
    pub(super) fn account_of_device(&self) -> Option<String> {
        let account = self.device.as_ref()?.value.split(':').nth(4)?;
        Some(account.to_owned())
    }
}

/// The keys of the long-term section; none where they are missing or can't be permanent ones, for that is what is mended.
fn long_term_keys(section: &FileSection<'_>, path: &Path) -> Result<Option<LongTermKeys>, Error> {
    match LongTermKeys::read(section, path) {
        Ok(keys) => Ok(Some(keys)),
        Err(Error::NoLongTermKey { .. }) => Ok(None),
        Err(error) => match LongTermKeys::read_pair(section, path) {
            Ok(keys) if keys.are_temporary() => Ok(None),
            _ => Err(error),
        },
    }
}
