//! `aws-mfa setup`: checks permanent keys with AWS and stores them with the MFA device; moves keys
//! out of the section where the session belongs; replaces old keys with rotated ones. It ends with
//! the first session.
//!
//! Nothing is written before AWS has confirmed whose keys they are.

mod change;
mod dialogue;
mod situation;

use std::time::Duration;

use self::change::{Change, Keys};
use self::dialogue::Dialogue;
use self::situation::Situation;
use super::context::{Context, permanent_keys};
use super::refresh;
use crate::aws::connection::Connection;
use crate::aws::identity::Identity;
use crate::cli::{CommonArgs, RefreshArgs, SetupArgs, ValidityArgs};
use crate::console::Console;
use crate::credentials_file::store::Rehearsed;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::runtime;
use crate::settings::{
    Environment, Origin, Setting, check_device, check_duration, default_duration,
};
use crate::times::TimeLeft;

/// How often keys or a device can be entered before AWS's refusal is final.
const MAX_TRIES: usize = 3;

/// In bytes.
const ROOM: usize = 1024;

pub(super) fn run(
    common: &CommonArgs,
    args: &SetupArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let dialogue = Dialogue::open(args.yes);
    let any = ValidityArgs::default();
    let open = |common| Context::open(common, &any, Duration::ZERO, environment, console);
    let mut context = open(common)?;
    if context.selection.profile.origin == Origin::Default && dialogue.can_ask() {
        let selected = &context.selection.profile.value;
        let ask = dialogue.line("Profile", Some(selected), |name| Ok(name.to_owned()));
        let profile = runtime::run(ask)?;
        if profile != *selected {
            context = open(&CommonArgs {
                profile: Some(profile),
                ..common.clone()
            })?;
        }
    }
    Setup {
        context,
        args,
        dialogue: &dialogue,
    }
    .run()
}

struct Setup<'a> {
    context: Context<'a>,
    args: &'a SetupArgs,
    dialogue: &'a Dialogue,
}

impl Setup<'_> {
    fn run(&self) -> Result<(), Error> {
        let (selection, store, console) = (
            &self.context.selection,
            &self.context.store,
            self.context.console,
        );
        let situation = store.once_settled(|| Situation::read(&self.context))?;
        let file = runtime::run(store.rehearse(situation.size + ROOM, console))?;
        self.context.name_endpoint(&situation.sts, |note| {
            if self.dialogue.can_ask() {
                self.dialogue.say(note);
            } else {
                console.notice(note);
            }
        });
        let (mut change, identity) = runtime::run(self.decide(&situation))?;
        self.store(&file, situation.size, &change)?;
        console.report(self.describe(&change, &identity));
        if !runtime::run(self.dialogue.wants_first_session())? {
            console.suggest("to get a session:", selection.command_line(None));
            return Ok(());
        }
        for _ in 1..MAX_TRIES {
            match self.refresh(&change) {
                Err(Error::Aws(error)) if error.is_wrong_serial() => {
                    self.dialogue
                        .say("AWS doesn't know this device for this user; check its ARN");
                    change = Change {
                        keys: Keys::Keep(change.keys.keys().clone()),
                        device: Some(runtime::run(self.ask_device(None))?),
                        duration: None,
                    };
                    self.store(&file, 0, &change)?;
                }
                outcome => return outcome,
            }
        }
        self.refresh(&change)
    }

    /// Finds out what to change, from the options and by asking, and checks the keys with AWS.
    async fn decide(&self, situation: &Situation) -> Result<(Change, Identity), Error> {
        situation.describe(&self.context.selection, self.dialogue);
        let mut tries = 1;
        let (keys, identity) = loop {
            let keys = self.choose_keys(situation).await?;
            match self.verify(keys.keys(), situation).await {
                Err(Error::Aws(error))
                    if error.is_bad_keys()
                        && keys.is_new()
                        && self.dialogue.is_typed()
                        && tries < MAX_TRIES =>
                {
                    self.dialogue
                        .say(&format!("{error}: {}", error.root_cause()));
                    self.dialogue.say(&error.hint().unwrap_or_default());
                    tries += 1;
                }
                outcome => break (keys, outcome?),
            }
        };
        self.dialogue
            .say(&format!("these keys belong to {identity}"));
        if identity.is_root() {
            self.context.console.warn(
                "these are the root user's keys: its sessions last an hour \
                at most, and AWS advises against using them; create an IAM user instead",
            );
        }
        if let Some(old) = situation.replaced_by(&keys) {
            self.check_owner(old, &identity, situation).await?;
        }
        let rotates = situation.replaced_by(&keys).is_some() && situation.device.is_some();
        let device = self.choose_device(situation, &identity, rotates).await?;
        let duration = self.choose_duration(situation, rotates).await?;
        let change = Change {
            keys,
            device,
            duration,
        };
        Ok((change, identity))
    }

    async fn choose_keys(&self, situation: &Situation) -> Result<Keys, Error> {
        let selection = &self.context.selection;
        let (section, long_term) = (&selection.section, &selection.long_term_section);
        let given = self.args.access_key_id.as_deref();
        if let Some(misplaced) = &situation.misplaced {
            if given.is_some_and(|id| id != misplaced.access_key_id) {
                return Err(permanent_keys(&self.context.selection));
            }
            let question = match &situation.long_term {
                Some(old) => format!("Replace {} in [{long_term}] with them?", old.masked_id()),
                None => {
                    format!("Move them to [{long_term}], so that [{section}] can hold the session?")
                }
            };
            return if self.dialogue.confirm(&question, true).await? {
                Ok(Keys::Move(misplaced.clone()))
            } else {
                Err(Error::Cancelled)
            };
        }
        if let (None, Some(there)) = (given, &situation.long_term) {
            let has_other_change = self.args.device.is_some()
                || self.args.duration.is_some()
                || situation.device.is_none();
            let replace = !has_other_change
                && !self.args.yes
                && self.dialogue.confirm("Replace its keys?", false).await?;
            if !replace {
                return Ok(Keys::Keep(there.clone()));
            }
        }
        let keys = self.dialogue.keys(given, self.context.console).await?;
        Ok(Keys::New(keys))
    }

    async fn verify(&self, keys: &LongTermKeys, situation: &Situation) -> Result<Identity, Error> {
        let connection = Connection::new(
            keys,
            &situation.sts,
            &situation.authorities,
            self.context.console,
        );
        connection.verify_keys().await
    }

    /// Checks that new keys belong to the same user as the keys that they replace; if not, asks.
    async fn check_owner(
        &self,
        old: &LongTermKeys,
        new: &Identity,
        situation: &Situation,
    ) -> Result<(), Error> {
        // AWS can't identify deleted or inactive keys; the device's ARN names their account.
        let old_owner = match self.verify(old, situation).await {
            Ok(identity) => identity,
            Err(Error::Aws(error)) if error.is_bad_keys() => Identity {
                account: situation.account_of_device(),
                arn: None,
            },
            Err(error) => return Err(error),
        };
        let differ =
            |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
        if !differ(&old_owner.account, &new.account) && !differ(&old_owner.arn, &new.arn) {
            return Ok(());
        }
        let (old, new) = (old_owner.to_string(), new.to_string());
        if self.args.yes {
            let section = self.context.selection.long_term_section.clone();
            return Err(Error::OtherUser { new, old, section });
        }
        let question = format!("The old keys belong to {old}. Replace them anyway?");
        if self.dialogue.confirm(&question, false).await? {
            Ok(())
        } else {
            Err(Error::Cancelled)
        }
    }

    /// The MFA device; `None` if it doesn't change.
    async fn choose_device(
        &self,
        situation: &Situation,
        identity: &Identity,
        rotates: bool,
    ) -> Result<Option<String>, Error> {
        let known = situation.device.as_ref().map(|device| &*device.value);
        let device = match &self.args.device {
            Some(given) => {
                let given = Setting::new(given.clone(), Origin::Flag("--device"));
                check_device(given)?.value
            }
            None if rotates => return Ok(None),
            None if known.is_some() && !self.dialogue.can_ask() => return Ok(None),
            None => {
                let proposed = identity.usual_device();
                self.ask_device(known.or(proposed.as_deref())).await?
            }
        };
        Ok((Some(device.as_str()) != known).then_some(device))
    }

    async fn ask_device(&self, proposed: Option<&str>) -> Result<String, Error> {
        self.dialogue.say(
            "To find the device's ARN in the AWS console, click your name at the top right, then \
             Security credentials, and see Multi-factor authentication. A hardware token has a \
             number instead.",
        );
        self.dialogue.line("MFA device", proposed, device).await
    }

    /// The session duration; `None` if it doesn't change.
    async fn choose_duration(
        &self,
        situation: &Situation,
        rotates: bool,
    ) -> Result<Option<Duration>, Error> {
        let with_role = situation.has_role;
        let known = situation.duration.clone();
        let known = match known.map(|known| check_duration(known, with_role)) {
            Some(Ok(Some(known))) => known.value,
            _ => default_duration(with_role),
        };
        let duration = match &self.args.duration {
            Some(given) => {
                let given = Setting::new(given.clone(), Origin::Flag("--duration"));
                check_duration(given, with_role)?.map_or(known, |given| given.value)
            }
            None if rotates || !self.dialogue.can_ask() => return Ok(None),
            None => {
                let check = |text: &str| {
                    let given = Setting::new(text.to_owned(), Origin::Default);
                    let given = check_duration(given, with_role).map_err(problem)?;
                    Ok(given.map_or(known, |given| given.value))
                };
                let proposed = TimeLeft(known).to_string();
                self.dialogue
                    .line("Session duration", Some(&proposed), check)
                    .await?
            }
        };
        Ok((duration != known).then_some(duration))
    }

    fn store(&self, file: &Rehearsed, seen: usize, change: &Change) -> Result<(), Error> {
        let (selection, console) = (&self.context.selection, self.context.console);
        let edit = file.edit(seen, console, |document| change.apply(document, selection));
        runtime::run(edit).map(drop)
    }

    fn describe(&self, change: &Change, identity: &Identity) -> String {
        let selection = &self.context.selection;
        let (section, long_term) = (&selection.section, &selection.long_term_section);
        let keys = match &change.keys {
            Keys::New(keys) => format!("the keys {} are stored in [{long_term}]", keys.masked_id()),
            Keys::Move(keys) => format!(
                "the keys {} are now in [{long_term}], and [{section}] is free for the session",
                keys.masked_id()
            ),
            Keys::Keep(_) => format!("the keys in [{long_term}] are up to date"),
        };
        format!("{keys}; they belong to {identity}")
    }

    fn refresh(&self, change: &Change) -> Result<(), Error> {
        let args = RefreshArgs {
            force: true,
            // Takes precedence over a device from the environment.
            device: change.device.clone(),
            ..RefreshArgs::default()
        };
        refresh::run(&self.context, &args)
    }
}

/// What is wrong with an answer, without the setting's name: the user knows what was asked.
fn problem(error: Error) -> String {
    match error {
        Error::Setting { problem, .. } => problem,
        error => error.to_string(),
    }
}

fn device(text: &str) -> Result<String, String> {
    let device = Setting::new(text.to_owned(), Origin::Default);
    check_device(device)
        .map(|device| device.value)
        .map_err(problem)
}
