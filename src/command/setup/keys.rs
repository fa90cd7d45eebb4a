//! Which permanent keys `setup` stores: given, found in the file, or asked for, until AWS knows them.
//! Edge.

use super::super::context::Context;
use super::change::{Keys, Misplaced};
use super::dialogue::Dialogue;
use super::situation::{KeyCommand, Situation};
use crate::aws::connection::Connection;
use crate::aws::error::AwsError;
use crate::aws::identity::Identity;
use crate::cli::SetupArgs;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::keys::useless::UselessKeys;
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
        let mut offer = Offer {
            misplaced: situation.misplaced.as_ref(),
            elsewhere: situation.elsewhere.as_ref(),
        };
        let mut keys = self.choose(&mut offer).await?;
        let mut tries = 1;
        loop {
            let error = match self.verify(keys.keys()).await {
                Ok(identity) => {
                    let drops_misplaced =
                        situation.misplaced.is_some() && offer.misplaced.is_none();
                    return Ok(Chosen {
                        keys,
                        identity,
                        drops_misplaced,
                    });
                }
                Err(Error::Aws(error)) if error.is_bad_keys() => error,
                Err(error) => return Err(error),
            };
            if !self.dialogue.is_typed() || tries == MAX_TRIES {
                return Err(error.into());
            }
            self.dialogue
                .say(&format!("{error}: {}", error.root_cause()));
            self.dialogue.say(&error.hint().unwrap_or_default());
            // Typed keys get as many tries as any.
            tries = if matches!(keys, Keys::New(_)) {
                tries + 1
            } else {
                1
            };
            keys = self.instead_of(keys, error, &mut offer).await?;
        }
    }

    /// Other keys than these, which AWS refused.
    async fn instead_of(
        &self,
        keys: Keys,
        error: AwsError,
        offer: &mut Offer<'_>,
    ) -> Result<Keys, Error> {
        let selection = &self.context.selection;
        let is_printed = matches!(keys, Keys::Keep(_)) && self.situation.command.is_some();
        if error.is_wrong_secret() && !is_printed {
            if matches!(keys, Keys::Move(_)) {
                // The same key, with the right secret, takes their place.
                offer.misplaced = None;
            }
            return Ok(Keys::New(LongTermKeys {
                access_key_id: keys.keys().access_key_id.clone(),
                secret_access_key: self.dialogue.secret().await?,
            }));
        }
        match keys {
            Keys::New(_) => {
                offer.elsewhere = None;
                self.choose(offer).await
            }
            Keys::Move(_) => {
                let section = shorten(&selection.section);
                let question = format!("Delete these keys from [{section}]?");
                if !self.dialogue.confirm(&question, false).await? {
                    return Err(error.into());
                }
                offer.misplaced = None;
                self.choose(offer).await
            }
            // They are replaced where the command gets them.
            Keys::Keep(_) if is_printed => Err(error.into()),
            Keys::Keep(_) => {
                let section = shorten(&selection.long_term_section);
                let question = format!("Replace the keys in [{section}]?");
                if !self.dialogue.confirm(&question, true).await? {
                    return Err(error.into());
                }
                self.ask().await
            }
        }
    }

    async fn choose(&self, offer: &mut Offer<'_>) -> Result<Keys, Error> {
        match offer.misplaced {
            Some(Misplaced::Keys(misplaced)) => {
                if let Some(corrected) = self.corrected(misplaced).await? {
                    offer.misplaced = None;
                    return Ok(Keys::New(corrected));
                }
                if self.confirm_move(misplaced).await? {
                    return Ok(Keys::Move(misplaced.clone()));
                }
                offer.misplaced = None;
            }
            Some(Misplaced::Useless(useless)) => {
                self.confirm_useless(useless).await?;
                offer.misplaced = None;
            }
            None => {}
        }
        let is_given = self.args.access_key_id.is_some();
        if let Some(command) = &self.situation.command {
            if !is_given {
                let console = self.context.console;
                return Ok(Keys::Keep(
                    command.source.keys(&command.busy, console).await?,
                ));
            }
            self.confirm_instead_of(command).await?;
        }
        if let (false, Some(there)) = (is_given, &self.situation.long_term) {
            let has_other_change = self.args.device.is_some()
                || self.args.duration.is_some()
                || self.situation.device.is_none();
            let replace = !has_other_change
                && !self.args.yes
                && self.dialogue.confirm("Replace its keys?", false).await?;
            if !replace {
                return Ok(Keys::Keep(there.clone()));
            }
        } else if let (false, Some((section, keys)), true) =
            (is_given, offer.elsewhere, self.dialogue.can_ask())
        {
            let section = shorten(section);
            let question = format!("Use the keys {} from [{section}]?", keys.masked_id());
            if self.dialogue.confirm(&question, true).await? {
                return Ok(Keys::New(keys.clone()));
            }
        }
        self.ask().await
    }

    /// Keys in the file come before a command.
    async fn confirm_instead_of(&self, command: &KeyCommand) -> Result<(), Error> {
        let selection = &self.context.selection;
        let section = shorten(&selection.long_term_section);
        let question = format!(
            "The keys of [{section}] come from a command. Store these in the file instead?"
        );
        if self.dialogue.can_ask() {
            let agreed = self.dialogue.confirm(&question, false).await?;
            return agreed.then_some(()).ok_or(Error::Cancelled);
        }
        let origin = command.origin().map(ToString::to_string);
        Err(Error::Setting {
            setting: "--access-key-id".to_owned(),
            problem: format!(
                "the keys of [{section}] come from a command ({}): replace them where that gets them, \
                 or delete that line first",
                origin.unwrap_or_default()
            ),
            on_command_line: false,
        })
    }

    /// The misplaced keys with another secret, if one was given for the same ID.
    async fn corrected(&self, misplaced: &LongTermKeys) -> Result<Option<LongTermKeys>, Error> {
        let given = self.args.access_key_id.as_ref();
        if given.is_none_or(|id| *id != misplaced.access_key_id) {
            return Ok(None);
        }
        let secret = self.dialogue.given_secret(self.context.console).await?;
        let other = secret.filter(|secret| *secret != misplaced.secret_access_key);
        Ok(other.map(|secret_access_key| LongTermKeys {
            access_key_id: misplaced.access_key_id.clone(),
            secret_access_key,
        }))
    }

    async fn ask(&self) -> Result<Keys, Error> {
        let missing = if self.situation.device.is_none() && self.args.device.is_none() {
            "--access-key-id and --device"
        } else {
            "--access-key-id"
        };
        let given = self.args.access_key_id.as_deref();
        let keys = self
            .dialogue
            .keys(given, missing, self.context.console)
            .await?;
        Ok(Keys::New(keys))
    }

    /// Whether to move the keys out of the session's section; if not, they are deleted. Returns an
    /// error if neither is wanted.
    async fn confirm_move(&self, misplaced: &LongTermKeys) -> Result<bool, Error> {
        let selection = &self.context.selection;
        let given = self.args.access_key_id.as_ref();
        if given.is_some_and(|id| *id != misplaced.access_key_id) {
            return Err(Error::PermanentKeys {
                section: selection.section.clone(),
                path: selection.credentials_file.value.clone(),
                setup: selection.command_line(Verb::Setup),
            });
        }
        let section = shorten(&selection.section);
        let long_term = shorten(&selection.long_term_section);
        let question = match &self.situation.long_term {
            Some(old) => format!("Replace {} in [{long_term}] with them?", old.masked_id()),
            None => {
                format!("Move them to [{long_term}], so that [{section}] can hold the session?")
            }
        };
        if self.dialogue.confirm(&question, true).await? {
            return Ok(true);
        }
        let question = format!("Delete them from [{section}] instead?");
        if self.dialogue.confirm(&question, false).await? {
            Ok(false)
        } else {
            Err(Error::Cancelled)
        }
    }

    /// What could be a secret is never deleted without a person who says so.
    async fn confirm_useless(&self, useless: &UselessKeys) -> Result<(), Error> {
        let selection = &self.context.selection;
        if !self.dialogue.can_ask() {
            return Err(useless.error(&selection.section, selection));
        }
        let question = format!(
            "[{}] holds {}. Delete {}?",
            shorten(&selection.section),
            useless.what,
            useless.lines
        );
        if self.dialogue.confirm(&question, !useless.is_half).await? {
            Ok(())
        } else {
            Err(useless.error(&selection.section, selection))
        }
    }

    /// Returns an error if half a pair in the long-term section would be lost, and nobody says so.
    pub(super) async fn confirm_loss(&self, new: &LongTermKeys) -> Result<(), Error> {
        let (selection, situation) = (&self.context.selection, self.situation);
        let half = situation.useless.as_ref().filter(|useless| useless.is_half);
        let Some(half) = half.filter(|_| situation.seen.has_other_than(new)) else {
            return Ok(());
        };
        let section = &selection.long_term_section;
        let question = format!(
            "[{}] holds {}. Replace {}?",
            shorten(section),
            half.what,
            half.lines
        );
        if self.dialogue.can_ask() && self.dialogue.confirm(&question, false).await? {
            Ok(())
        } else {
            Err(half.error(section, selection))
        }
    }

    async fn verify(&self, keys: &LongTermKeys) -> Result<Identity, Error> {
        let situation = self.situation;
        let connection = Connection::new(
            keys,
            &situation.aws.sts,
            None,
            &situation.aws.authorities,
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
