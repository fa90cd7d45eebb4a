//! Which permanent keys `setup` stores: given, found in the file, or asked for, until AWS knows them.
//! Edge.

use super::super::context::Context;
use super::change::{Keys, Misplaced};
use super::dialogue::Dialogue;
use super::situation::Situation;
use crate::aws::connection::Connection;
use crate::aws::identity::Identity;
use crate::cli::SetupArgs;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::sanitize::shorten;
use crate::settings::Verb;

/// How often keys can be entered before AWS's refusal is final.
const MAX_TRIES: usize = 3;

pub(super) struct KeyChoice<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) args: &'a SetupArgs,
    pub(super) dialogue: &'a Dialogue,
    pub(super) situation: &'a Situation,
}

/// Keys that AWS knows.
pub(super) struct Chosen {
    pub(super) keys: Keys,
    pub(super) identity: Identity,
    /// Whether the keys in the session's section are of no use and go.
    pub(super) drops_misplaced: bool,
}

/// What is still offered.
struct Offer<'s> {
    misplaced: Option<&'s Misplaced>,
    elsewhere: Option<&'s (String, LongTermKeys)>,
}

impl KeyChoice<'_> {
    /// Asks until AWS knows the keys.
    pub(super) async fn make(&self) -> Result<Chosen, Error> {
        let situation = self.situation;
        let mut tries = 1;
        let mut offer = Offer {
            misplaced: situation.misplaced.as_ref(),
            elsewhere: situation.elsewhere.as_ref(),
        };
        let has_dropped =
            |offer: &Offer<'_>| situation.misplaced.is_some() && offer.misplaced.is_none();
        let mut keys = self.choose(&mut offer).await?;
        loop {
            let error = match self.verify(keys.keys()).await {
                Ok(identity) => {
                    return Ok(Chosen {
                        drops_misplaced: has_dropped(&offer),
                        keys,
                        identity,
                    });
                }
                Err(Error::Aws(error)) if error.is_bad_keys() => error,
                Err(error) => return Err(error),
            };
            if !self.dialogue.is_typed() || tries == MAX_TRIES {
                return Err(error.into());
            }
            tries += 1;
            self.dialogue
                .say(&format!("{error}: {}", error.root_cause()));
            self.dialogue.say(&error.hint().unwrap_or_default());
            let is_misplaced = matches!(keys, Keys::Move(_));
            keys = match keys {
                Keys::New(old) if error.is_wrong_secret() => Keys::New(LongTermKeys {
                    access_key_id: old.access_key_id,
                    secret_access_key: self.dialogue.secret().await?,
                }),
                Keys::New(_) => {
                    offer.elsewhere = None;
                    self.choose(&mut offer).await?
                }
                Keys::Move(_) if error.is_unknown_key() => {
                    let section = &self.context.selection.section;
                    let question = format!("Delete these keys from [{section}]?");
                    if !self.dialogue.confirm(&question, false).await? {
                        return Err(error.into());
                    }
                    offer.misplaced = None;
                    self.choose(&mut offer).await?
                }
                Keys::Move(_) | Keys::Keep(_) => return Err(error.into()),
            };
            // Other keys get as many tries.
            if is_misplaced {
                tries = 1;
            }
        }
    }

    async fn choose(&self, offer: &mut Offer<'_>) -> Result<Keys, Error> {
        let given = self.args.access_key_id.as_deref();
        match offer.misplaced {
            Some(Misplaced::Keys(misplaced)) => {
                return self.move_keys(misplaced).await;
            }
            Some(Misplaced::Placeholders(lines)) => {
                self.confirm_placeholders(lines).await?;
                offer.misplaced = None;
            }
            None => {}
        }
        if let (None, Some(there)) = (given, &self.situation.long_term) {
            let has_other_change = self.args.device.is_some()
                || self.args.duration.is_some()
                || self.situation.device.is_none();
            let replace = !has_other_change
                && !self.args.yes
                && self.dialogue.confirm("Replace its keys?", false).await?;
            if !replace {
                return Ok(Keys::Keep(there.clone()));
            }
        } else if let (None, Some((section, keys)), true) =
            (given, offer.elsewhere, self.dialogue.can_ask())
        {
            let question = format!(
                "Use the keys in [{}], {}?",
                shorten(section),
                keys.masked_id()
            );
            if self.dialogue.confirm(&question, true).await? {
                return Ok(Keys::New(keys.clone()));
            }
        }
        let missing = if self.situation.device.is_none() && self.args.device.is_none() {
            "--access-key-id and --device"
        } else {
            "--access-key-id"
        };
        let keys = self
            .dialogue
            .keys(given, missing, self.context.console)
            .await?;
        Ok(Keys::New(keys))
    }

    async fn move_keys(&self, misplaced: &LongTermKeys) -> Result<Keys, Error> {
        let selection = &self.context.selection;
        let (section, long_term) = (&selection.section, &selection.long_term_section);
        let given = self.args.access_key_id.as_ref();
        if given.is_some_and(|id| *id != misplaced.access_key_id) {
            return Err(Error::PermanentKeys {
                section: section.clone(),
                path: selection.credentials_file.value.clone(),
                setup: selection.command_line(Verb::Setup),
            });
        }
        let question = match &self.situation.long_term {
            Some(old) => format!("Replace {} in [{long_term}] with them?", old.masked_id()),
            None => {
                format!("Move them to [{long_term}], so that [{section}] can hold the session?")
            }
        };
        if self.dialogue.confirm(&question, true).await? {
            Ok(Keys::Move(misplaced.clone()))
        } else {
            Err(Error::Cancelled)
        }
    }

    async fn confirm_placeholders(&self, lines: &str) -> Result<(), Error> {
        let selection = &self.context.selection;
        let section = &selection.section;
        let question = format!("[{section}] holds no real keys. Delete its {lines}?");
        if self.dialogue.confirm(&question, true).await? {
            return Ok(());
        }
        Err(Error::PlaceholderKeys {
            section: section.clone(),
            path: selection.credentials_file.value.clone(),
            lines: lines.to_owned(),
        })
    }

    async fn verify(&self, keys: &LongTermKeys) -> Result<Identity, Error> {
        let situation = self.situation;
        let connection = Connection::new(
            keys,
            &situation.sts,
            None,
            &situation.authorities,
            self.context.console,
        );
        connection.verify_keys().await
    }

    /// Whether new keys belong to the same user as the keys that they replace; if not, asks.
    pub(super) async fn confirm_owner(
        &self,
        old: &LongTermKeys,
        new: &Identity,
    ) -> Result<bool, Error> {
        // AWS can't identify deleted or inactive keys; the device's ARN names their account.
        let old_owner = match self.verify(old).await {
            Ok(identity) => identity,
            Err(Error::Aws(error)) if error.is_bad_keys() => Identity {
                account: self.situation.account_of_device(),
                arn: None,
            },
            Err(error) => return Err(error),
        };
        let differ =
            |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
        if !differ(&old_owner.account, &new.account) && !differ(&old_owner.arn, &new.arn) {
            return Ok(true);
        }
        let (old, new) = (old_owner.to_string(), new.to_string());
        if self.args.yes {
            let section = self.context.selection.long_term_section.clone();
            return Err(Error::OtherUser { new, old, section });
        }
        let question = format!("The old keys belong to {old}. Replace them anyway?");
        if self.dialogue.confirm(&question, false).await? {
            Ok(false)
        } else {
            Err(Error::Cancelled)
        }
    }
}
