//! `aws-mfa rotate`: replaces a profile's permanent keys by new ones from IAM, and makes the old ones
//! inactive. Edge.
//!
//! At every moment the file holds a pair that IAM knows as active. No key that could be the only one
//! that works is made inactive before another one was seen to work, and none whose secret nobody has
//! is left active without being named. What is begun and not ended is found by the next run.

mod holders;
mod inventory;
mod replace;
mod rotation;

use self::inventory::{Inventory, Listed, Next, check_again};
use self::replace::{Replacement, Verdict, pause, put_back, wait_until_known};
use self::rotation::{ATTEMPT, Clients, Rotation, bracketed, masked, noted};
use super::context::Context;
use super::hand_over;
use super::refresh::{Prepared, Refresh};
use super::setup::Dialogue;
use crate::aws::iam::{Iam, Look};
use crate::aws::sts::Sts;
use crate::cli::{RefreshArgs, RotateArgs};
use crate::code::source::Stdin;
use crate::error::Error;
use crate::files::access::Use;
use crate::keys::LongTermKeys;
use crate::lock::prompt::RotationLock;
use crate::runtime;
use crate::session::SessionCredentials;
use crate::settings::Verb;
use crate::times::age;
use crate::words::join_with_and;

pub(super) fn run(context: &Context<'_>, args: &RotateArgs) -> Result<(), Error> {
    let has_role = context.selection.given_role().is_some();
    let context = context.for_own_session();
    let refresh = args.refresh();
    let prepare = || Rotation::prepare(&context, (&refresh, args.delete_old), has_role);
    let first = prepare()?;
    let dialogue = Dialogue::open(false, context.environment);
    first.check_agreement(&dialogue, args.yes)?;
    first.refuse_deletion()?;
    let key = (&*first.keys.access_key_id, first.aws.iam.host());
    let (cache, home) = (context.environment.cache(), context.environment.home().ok());
    let _lock = RotationLock::acquire(key, cache, home.as_deref(), context.console)?;
    let session = first.session(&refresh).map_err(|error| match error {
        // A refresh that stores a session would not help.
        Error::CannotPrompt {
            reason, askpass, ..
        } if first.has_role => Error::CannotPrompt {
            reason,
            askpass,
            command: first.command_line(),
        },
        error => error,
    })?;
    // Whoever typed a code gave others the time to change the files.
    let rotation = prepare()?;
    if rotation.keys.access_key_id != first.keys.access_key_id {
        return Err(Error::KeysChanged {
            section: context.selection.long_term_section.clone(),
            path: context.selection.credentials_file.value.clone(),
        });
    }
    rotation.run(&session, &dialogue, args.yes)
}

impl Rotation<'_> {
    /// The user's own session, stored or new. A new one stays in memory where the profile's section is
    /// for a role's.
    fn session(&self, args: &RefreshArgs) -> Result<SessionCredentials, Error> {
        if !self.has_role {
            return hand_over::own_session(self.context, args);
        }
        let refresh = Refresh {
            context: self.context,
            args,
            usage: Use::HandOver,
        };
        match refresh.prepare()? {
            Prepared::StillValid { credentials, .. } => Ok(credentials),
            Prepared::Due(due) => refresh.exchange_only(&due, Stdin::Child),
            Prepared::RoleOf(_) => Err(Error::KeysChanged {
                section: self.context.selection.long_term_section.clone(),
                path: self.context.selection.credentials_file.value.clone(),
            }),
        }
    }

    fn run(
        &self,
        session: &SessionCredentials,
        dialogue: &Dialogue,
        agreed: bool,
    ) -> Result<(), Error> {
        let (context, console) = (self.context, self.context.console);
        for service in [&self.aws.sts, &self.aws.iam] {
            context.name_endpoint(service, |note| console.notice(note));
        }
        let (clients, inventory, next) = runtime::run(async {
            let authorities = &self.aws.authorities;
            let clients = Clients {
                iam: Iam::with_session(session, &self.aws.iam, authorities).await?,
                sts: Sts::with_session(session, &self.aws.sts, authorities).await?,
            };
            let inventory = noted(console, Inventory::read(self, &clients)).await?;
            let next = inventory.decide(self, &clients, dialogue).await?;
            if let Next::Replace { .. } = &next {
                self.warn_of_others();
                self.refuse_deletion()?;
                self.confirm_sections(dialogue, agreed).await?;
            }
            Ok((clients, inventory, next))
        })?;
        match next {
            Next::Replace { in_the_way } => {
                let new = self.replace(&clients, &inventory, in_the_way.as_ref())?;
                self.verify(&new, &inventory.stored, &clients)?;
                self.retire(&clients, &new, &inventory.stored)?;
            }
            Next::Finish { old } => {
                self.verify(&self.keys, &old, &clients)?;
                self.retire(&clients, &self.keys, &old)?;
            }
        }
        self.look_at_session(&clients);
        Ok(())
    }

    /// Names what will still have the old key.
    fn warn_of_others(&self) {
        let console = self.context.console;
        // Whoever wants to hear of errors only has to know this, too.
        let warn = |text: String| {
            if console.is_quiet() {
                console.notice(text);
            } else {
                console.warn(text);
            }
        };
        for place in &self.elsewhere {
            warn(format!(
                "{place} has the old key, too; aws-mfa doesn't change that"
            ));
        }
        let others = &self.holders.of_id;
        if !others.is_empty() {
            warn(format!(
                "{} {} the same access key ID, but not clearly the same secret: left alone",
                bracketed(others),
                if others.len() == 1 { "has" } else { "have" }
            ));
        }
    }

    /// A key that something else has is made inactive at most: that can be undone.
    fn refuse_deletion(&self) -> Result<(), Error> {
        let places = [self.elsewhere.clone(), self.holders.of_id.clone()].concat();
        if !self.deletes || places.is_empty() {
            return Ok(());
        }
        Err(Error::Rotation {
            problem: format!(
                "the old key can't be deleted: {} has it",
                join_with_and(&places)
            ),
            hint: Some(format!(
                "replace it there first, or only make it inactive: {}",
                self.context.selection.command_line(Verb::Rotate)
            )),
            source: None,
        })
    }

    fn needs_agreement(&self) -> bool {
        self.holders.of_pair.len() > 1
    }

    /// Returns an error if a question will have to be asked that nobody can answer.
    fn check_agreement(&self, dialogue: &Dialogue, agreed: bool) -> Result<(), Error> {
        if self.needs_agreement() && !agreed && !dialogue.can_ask() {
            self.warn_of_others();
            return Err(Error::Rotation {
                problem: format!("the keys are in {}", self.sections()),
                hint: Some("give --yes to replace them everywhere".to_owned()),
                source: None,
            });
        }
        Ok(())
    }

    /// Every section with the pair gets the new one; with more than the profile's own, that is asked.
    async fn confirm_sections(&self, dialogue: &Dialogue, agreed: bool) -> Result<(), Error> {
        if !self.needs_agreement() || agreed {
            return Ok(());
        }
        let question = format!("Replace the keys in {}?", self.sections());
        if dialogue.confirm(&question, true).await? {
            Ok(())
        } else {
            Err(Error::Cancelled)
        }
    }

    /// Makes new keys and stores them. Signals wait until both are done.
    fn replace(
        &self,
        clients: &Clients,
        inventory: &Inventory,
        in_the_way: Option<&Listed>,
    ) -> Result<LongTermKeys, Error> {
        let console = self.context.console;
        if let Some(inactive) = in_the_way {
            runtime::run(async {
                check_again(self, clients, inactive).await?;
                let deleted = clients.iam.delete(&inactive.id, self.look(&self.keys));
                deleted.await.map_err(|error| self.of_session(error))
            })?;
            let id = masked(&inactive.id);
            console.report(format_args!("deleted the inactive key {id}"));
        }
        let replacement = Replacement {
            rotation: self,
            clients,
            known: &inventory.ids,
        };
        let (new, stopped) = runtime::run_shielded(noted(console, replacement.make_and_store()))?;
        let new = new?;
        console.report(format_args!(
            "the new keys {} are stored in {}",
            new.masked_id(),
            self.sections()
        ));
        match stopped {
            Some(_) => {
                let ids = (&*self.keys.access_key_id, &*new.access_key_id);
                Err(self.unfinished("stopped", ids, None))
            }
            None => Ok(new),
        }
    }

    /// Waits until AWS knows the new keys. Returns an error if it doesn't; then the old ones, if they are
    /// still known here, may have returned.
    fn verify(&self, new: &LongTermKeys, old: &Listed, clients: &Clients) -> Result<(), Error> {
        let ids = (&*old.id, &*new.access_key_id);
        let verdict = match runtime::run(wait_until_known(self, new)) {
            Ok(verdict) => verdict,
            Err(Error::Interrupted { .. } | Error::Cancelled) => {
                return Err(self.unfinished("stopped", ids, None));
            }
            Err(error) => {
                let problem = "the new key can't be tried";
                return Err(self.unfinished(problem, ids, Some(error)));
            }
        };
        match verdict {
            Verdict::Known => Ok(()),
            Verdict::Unclear(error) => {
                let problem = "it isn't certain that all of AWS knows the new key";
                Err(self.unfinished(problem, ids, error))
            }
            Verdict::Refused(error) | Verdict::WrongSecret(error)
                if old.id == self.keys.access_key_id =>
            {
                let (outcome, _) = runtime::run_shielded(put_back(self, clients, new, error))?;
                Err(outcome)
            }
            Verdict::Refused(error) | Verdict::WrongSecret(error) => Err(Error::Rotation {
                problem: format!("AWS refuses the keys that are stored, {}", new.masked_id()),
                hint: Some(format!(
                    "store others: {}",
                    self.context.selection.command_line(Verb::Setup)
                )),
                source: Some(Box::new(error)),
            }),
        }
    }

    /// Makes the old key inactive, or deletes it, if the file still holds the new one and nothing the old
    /// one.
    fn retire(&self, clients: &Clients, new: &LongTermKeys, old: &Listed) -> Result<(), Error> {
        let ids = (&*old.id, &*new.access_key_id);
        if let Err(error) = self.check_file(new, &old.id) {
            return Err(self.unfinished("the file has changed", ids, Some(error)));
        }
        let (verb, fate) = if self.deletes {
            ("delete", "is deleted")
        } else {
            ("deactivate", "is inactive now")
        };
        let console = self.context.console;
        let (retired, _) = runtime::run_shielded(noted(console, async {
            let look = self.look(new);
            let retired = if self.deletes {
                clients.iam.delete(&old.id, look).await
            } else {
                clients.iam.deactivate(&old.id, look).await
            };
            retired.map_err(|error| self.of_session(error))
        }))?;
        retired.map_err(|error| Error::Rotation {
            problem: format!("the old key {} may still be active", masked(&old.id)),
            hint: Some(format!(
                "{}; or, to {verb} it: {}",
                self.to_finish(Some(&error)),
                self.by_hand(verb, &old.id)
            )),
            source: Some(Box::new(error)),
        })?;
        console.report(format_args!(
            "the old key {} ({}) {fate}",
            masked(&old.id),
            age(old.created)
        ));
        if !self.deletes {
            console.suggest(
                "to delete it, once nothing has used it for some days:",
                self.by_hand("delete", &old.id),
            );
        }
        Ok(())
    }

    fn look<'l>(&self, beside: &'l LongTermKeys) -> Look<'l> {
        Look {
            beside: &beside.access_key_id,
            pause: pause(self),
        }
    }

    /// Whether a session survives its key isn't documented.
    fn look_at_session(&self, clients: &Clients) {
        let answer = runtime::run(async { Ok(clients.sts.identity(ATTEMPT).await) });
        if let Ok(Err(error)) = answer
            && error.is_refused_signer()
        {
            let (console, selection) = (self.context.console, &self.context.selection);
            console.warn("AWS has ended the session together with the old key");
            let refresh = selection.command_line(Verb::ForcedRefresh);
            console.suggest("to get another:", refresh);
        }
    }
}
