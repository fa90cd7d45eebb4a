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

use self::inventory::{Inventory, Listed, Next};
use self::replace::{Replacement, Verdict, put_back, wait_until_known};
use self::rotation::{Clients, Rotation, bracketed, masked};
use super::context::Context;
use super::hand_over;
use super::refresh::{Prepared, Refresh};
use super::setup::Dialogue;
use crate::aws::iam::Iam;
use crate::aws::sts::Sts;
use crate::cli::{RefreshArgs, RotateArgs};
use crate::code::source::Stdin;
use crate::error::Error;
use crate::files::access::Use;
use crate::keys::LongTermKeys;
use crate::lock::prompt::{PromptLockPlace, RotationLock};
use crate::runtime;
use crate::session::SessionCredentials;
use crate::settings::Verb;
use crate::times::age;

pub(super) fn run(context: &Context<'_>, args: &RotateArgs) -> Result<(), Error> {
    let context = context.for_own_session();
    let refresh = args.refresh();
    let rotation = Rotation::prepare(&context, &refresh)?;
    let place = PromptLockPlace {
        section: &context.selection.long_term_section,
        credentials: &context.selection.credentials_file.value,
        cache: context.environment.cache(),
        home: context.environment.home().ok(),
    };
    let _lock = RotationLock::acquire(&place, context.console)?;
    let session = rotation.session(&refresh)?;
    rotation.run(&session, args)
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
            Prepared::Due(due) => {
                let new = refresh.exchange_only(&due, Stdin::Child)?;
                Ok(new.granted.credentials)
            }
            Prepared::RoleOf(_) => Err(Error::KeysChanged {
                section: self.context.selection.long_term_section.clone(),
                path: self.context.selection.credentials_file.value.clone(),
            }),
        }
    }

    fn run(&self, session: &SessionCredentials, args: &RotateArgs) -> Result<(), Error> {
        let (context, console) = (self.context, self.context.console);
        for service in [&self.aws.sts, &self.aws.iam] {
            context.name_endpoint(service, |note| console.notice(note));
        }
        for place in &self.elsewhere {
            console.warn(place);
        }
        let dialogue = Dialogue::open(false, context.environment);
        let (clients, inventory, next) = runtime::run(async {
            let authorities = &self.aws.authorities;
            let clients = Clients {
                iam: Iam::with_session(session, &self.aws.iam, authorities).await?,
                sts: Sts::with_session(session, &self.aws.sts, authorities).await?,
            };
            let inventory = Inventory::read(&clients, &self.keys).await?;
            let next = inventory.decide(self, &clients, &dialogue).await?;
            if let Next::Replace { .. } = &next {
                self.confirm_sections(&dialogue, args.yes).await?;
            }
            Ok((clients, inventory, next))
        })?;
        match next {
            Next::Replace { in_the_way } => {
                let new = self.replace(&clients, &inventory, in_the_way.as_deref())?;
                self.verify(&clients, &new, &inventory.stored)?;
                self.retire(&clients, &inventory.stored, args.delete_old)?;
            }
            Next::Finish { old } => {
                self.verify(&clients, &self.keys, &old)?;
                self.retire(&clients, &old, args.delete_old)?;
            }
        }
        self.look_at_session(&clients);
        Ok(())
    }

    /// Every section with the pair gets the new one; with more than the profile's own, that is asked.
    async fn confirm_sections(&self, dialogue: &Dialogue, agreed: bool) -> Result<(), Error> {
        let console = self.context.console;
        if !self.holders.of_id.is_empty() {
            console.warn(format_args!(
                "{} {} the same access key ID, but not the same secret: left alone",
                bracketed(&self.holders.of_id),
                if self.holders.of_id.len() == 1 {
                    "has"
                } else {
                    "have"
                }
            ));
        }
        if self.holders.of_pair.len() < 2 || agreed {
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
        in_the_way: Option<&str>,
    ) -> Result<LongTermKeys, Error> {
        let console = self.context.console;
        if let Some(id) = in_the_way {
            runtime::run(async { Ok(clients.iam.delete(id).await?) })?;
            console.report(format_args!("deleted the inactive key {}", masked(id)));
        }
        let replacement = Replacement {
            rotation: self,
            clients,
            known: &inventory.ids,
        };
        let (new, stopped) = runtime::run_shielded(replacement.make_and_store())?;
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
    fn verify(&self, clients: &Clients, new: &LongTermKeys, old: &Listed) -> Result<(), Error> {
        let ids = (&*old.id, &*new.access_key_id);
        let verdict = match runtime::run(wait_until_known(self, new)) {
            Err(Error::Interrupted { .. } | Error::Cancelled) => {
                return Err(self.unfinished("stopped", ids, None));
            }
            verdict => verdict?,
        };
        match verdict {
            Verdict::Known => Ok(()),
            Verdict::Unclear(error) => {
                let problem = "it isn't certain that all of AWS knows the new key";
                Err(self.unfinished(problem, ids, error))
            }
            Verdict::Refused(error) if old.id == self.keys.access_key_id => {
                let (outcome, _) = runtime::run_shielded(put_back(self, clients, new, error))?;
                Err(outcome)
            }
            Verdict::Refused(error) => {
                Err(self.unfinished("AWS refuses the new key", ids, Some(error)))
            }
        }
    }

    /// Makes the old key inactive, or deletes it.
    fn retire(&self, clients: &Clients, old: &Listed, deletes: bool) -> Result<(), Error> {
        let (verb, fate) = if deletes {
            ("delete", "is deleted")
        } else {
            ("deactivate", "is inactive now")
        };
        let (retired, _) = runtime::run_shielded(async {
            if deletes {
                clients.iam.delete(&old.id).await
            } else {
                clients.iam.deactivate(&old.id).await
            }
        })?;
        retired.map_err(|error| Error::Rotation {
            problem: format!("the old key {} is still active", masked(&old.id)),
            hint: Some(format!("to {verb} it: {}", self.command(verb, &old.id))),
            source: Some(Box::new(error.into())),
        })?;
        let console = self.context.console;
        console.report(format_args!(
            "the old key {} ({}) {fate}",
            masked(&old.id),
            age(old.created)
        ));
        if !deletes {
            console.suggest(
                "to delete it, once nothing has used it for some days:",
                self.command("delete", &old.id),
            );
        }
        Ok(())
    }

    /// Whether a session survives its key isn't documented.
    fn look_at_session(&self, clients: &Clients) {
        let answer = runtime::run(async { Ok(clients.sts.identity(replace::ATTEMPT).await) });
        if let Ok(Err(error)) = answer
            && error.is_refused()
        {
            let (console, selection) = (self.context.console, &self.context.selection);
            console.warn("AWS has ended the session together with the old key");
            let refresh = selection.command_line(Verb::ForcedRefresh);
            console.suggest("to get another:", refresh);
        }
    }
}
