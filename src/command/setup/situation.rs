//! What the files say about a profile before `setup`. Edge.

use super::super::context::Context;
use super::change::{Change, Keys};
use super::dialogue::Dialogue;
use crate::aws::authorities::Authorities;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::sanitize::shorten;
use crate::session::has_permanent_keys;
use crate::settings::{FileSection, Selection, Setting, StsSettings};

pub(super) struct Situation {
    /// The credentials file's size in bytes; 0 if there is none.
    pub(super) size: usize,
    pub(super) long_term: Option<LongTermKeys>,
    /// Permanent keys in the session's section.
    pub(super) misplaced: Option<LongTermKeys>,
    pub(super) device: Option<Setting<String>>,
    /// From the long-term section.
    pub(super) duration: Option<Setting<String>>,
    /// Whether sessions are for a role.
    pub(super) has_role: bool,
    pub(super) sts: StsSettings,
    pub(super) authorities: Authorities,
}

impl Situation {
    /// Returns an error if AWS tools disagree on the files, or if the keys have another source.
    pub(super) fn read(context: &Context<'_>) -> Result<Self, Error> {
        let selection = &context.selection;
        let contents = context.store.read()?;
        let mut stored = context.find(contents.as_ref())?;
        stored.check_sections()?;
        let config = context.read_config()?;
        let sections = stored.sections(config.as_ref())?;
        let long_term = sections
            .long_term
            .as_ref()
            .map(long_term_keys)
            .transpose()?
            .flatten();
        let own_id = long_term.as_ref().map(|keys| keys.access_key_id.as_str());
        let holds_keys =
            |section: &&FileSection<'_>| has_permanent_keys(&section.properties, own_id);
        let misplaced = sections.session.as_ref().filter(holds_keys);
        let misplaced = misplaced.map(LongTermKeys::read_pair).transpose()?;
        let duration = match &sections.long_term {
            Some(section) => section.get("duration_seconds")?,
            None => None,
        };
        // If the file can't be edited, this fails before anything is asked.
        Change::rehearsal(misplaced.as_ref()).apply(&stored.document, selection)?;
        let sts = StsSettings::resolve(selection, context.environment, &sections)?;
        context.check_obeyed(&stored, config.as_ref(), sts.obeyed())?;
        let authorities = context.read_authorities(&sts)?;
        Ok(Self {
            size: stored.document.len(),
            misplaced,
            device: sections.device()?,
            duration,
            has_role: stored.role.is_some(),
            sts,
            authorities,
            long_term,
        })
    }

    pub(super) fn replaced_by(&self, new: &Keys) -> Option<&LongTermKeys> {
        match new {
            Keys::New(_) | Keys::Move(_) => self.long_term.as_ref(),
            Keys::Keep(_) => None,
        }
    }

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
            let device = device.map_or("none".into(), |device| shorten(&device.value));
            dialogue.say(&format!(
                "[{}] of {path} holds the keys {}; MFA device: {device}",
                selection.long_term_section,
                keys.masked_id()
            ));
        }
    }

    pub(super) fn account_of_device(&self) -> Option<String> {
        let account = self.device.as_ref()?.value.split(':').nth(4)?;
        Some(account.to_owned())
    }
}

/// The keys in the long-term section; `None` if they are missing or temporary, which `setup` fixes.
fn long_term_keys(section: &FileSection<'_>) -> Result<Option<LongTermKeys>, Error> {
    match LongTermKeys::read(section) {
        Ok(keys) => Ok(Some(keys)),
        Err(Error::NoLongTermKey { .. }) => Ok(None),
        Err(error) => match LongTermKeys::read_pair(section) {
            Ok(keys) if keys.is_temporary() => Ok(None),
            _ => Err(error),
        },
    }
}
