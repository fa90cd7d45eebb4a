//! `aws-mfa setup`: checks permanent keys with AWS and stores them with the MFA device; moves keys
//! out of the section where the session belongs; replaces old keys with rotated ones. It ends with
//! the first session.
//!
//! Nothing is written before AWS has confirmed whose keys they are.

mod change;
mod device;
mod dialogue;
mod iam;
mod keys;
mod settings;
mod situation;

use std::time::Duration;

use time::OffsetDateTime;

use self::change::{Change, Keys};
pub(super) use self::dialogue::Dialogue;
use self::iam::OfIam;
use self::keys::{Chosen, KeyChoice};
use self::situation::Situation;
use super::context::Context;
use super::stored_profile::StoredProfile;
use super::warnings::{self, Occasion};
use super::{refresh, report};
use crate::aws::identity::Identity;
use crate::cli::{CodeArgs, CommonArgs, RefreshArgs, SetupArgs};
use crate::console::Console;
use crate::credentials_file::name::check_name;
use crate::credentials_file::store::Rehearsed;
use crate::error::Error;
use crate::runtime;
use crate::sanitize::shorten;
use crate::settings::{Environment, Origin, Setting, Verb, parse_duration};
use crate::shell::removal;
use crate::times::{TimeLeft, age};
use crate::words::join_with_and;

/// How often a device can be entered before AWS's refusal is final.
const MAX_TRIES: usize = 3;

const UNKNOWN_DEVICE: &str = "AWS doesn't know this device for this user; check its ARN";

const OUTSIDE_THE_FILE: &str = "The file holds them as plain text. `aws-mfa setup --help` tells how to keep them \
    in the system's key store or a password manager instead.";

/// In bytes.
const ROOM: usize = 1024;

pub(super) fn run(
    common: &CommonArgs,
    args: &SetupArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let dialogue = Dialogue::open(args.yes, environment);
    let any = RefreshArgs::default();
    let open = |common| Context::open(common, &any, Duration::ZERO, environment, console);
    let mut context = open(common)?;
    if context.selection.profile.origin == Origin::Default && dialogue.can_ask() {
        let selected = &context.selection.profile.value;
        let check = |name: &str| match check_name(name) {
            Ok(()) => Ok(name.to_owned()),
            Err(problem) => Err(problem.to_string()),
        };
        let names = section_names(&context);
        let is_known = |name: &str| names.iter().any(|known| known == name);
        let ask = dialogue.line("Profile", "--profile", Some(selected), is_known, check);
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

/// What to change, and what the first session is for.
struct Decision {
    change: Change,
    identity: Identity,
    /// When the keys were made, UTC; `None` if IAM doesn't tell.
    created: Option<OffsetDateTime>,
    device: String,
    duration: Duration,
}

struct Setup<'a> {
    context: Context<'a>,
    args: &'a SetupArgs,
    dialogue: &'a Dialogue,
}

impl Setup<'_> {
    fn run(&self) -> Result<(), Error> {
        let (selection, console) = (&self.context.selection, self.context.console);
        let store = &self.context.store;
        let situation = store.once_settled(|| {
            let device = self.args.device.as_deref();
            Situation::read(&self.context, device, self.dialogue.can_ask())
        })?;
        let file = runtime::run(store.rehearse(situation.size + ROOM, console))?;
        for service in [&situation.aws.sts, &situation.aws.iam] {
            self.context.name_endpoint(service, |note| {
                if self.dialogue.can_ask() {
                    self.dialogue.say(note);
                } else {
                    console.notice(note);
                }
            });
        }
        let Decision {
            mut change,
            identity,
            created,
            mut device,
            duration,
        } = runtime::run(self.decide(&situation))?;
        self.store(&file, situation.size, &change)?;
        console.report(self.describe(&situation, &change, &identity, created));
        if !matches!(change.keys, Keys::Keep(_)) {
            self.dialogue.say(OUTSIDE_THE_FILE);
        }
        self.warn_of_variables(&device, duration);
        if !runtime::run(self.dialogue.wants_first_session())? {
            console.suggest("to get a session:", selection.command_line(Verb::Refresh));
            iam::report_age(&self.context, &situation.aws, created)?;
            return self.warn(&situation);
        }
        let mut unknown = Vec::new();
        for _ in 1..MAX_TRIES {
            match self.refresh(&device, duration) {
                Err(Error::Aws(error)) if error.is_wrong_serial() => {
                    self.dialogue.say(UNKNOWN_DEVICE);
                    unknown.push(device);
                    device = runtime::run(self.ask_device(&identity, &unknown))?;
                    change = Change {
                        keys: Keys::Keep(change.keys.keys().clone()),
                        seen: situation.seen_after(&change.keys),
                        drops_misplaced: false,
                        device: Some(device.clone()),
                        duration: None,
                    };
                    self.store(&file, 0, &change)?;
                }
                outcome => {
                    outcome?;
                    return self.finish(&situation, created);
                }
            }
        }
        self.refresh(&device, duration)?;
        self.finish(&situation, created)
    }

    /// After the first session.
    fn finish(&self, situation: &Situation, created: Option<OffsetDateTime>) -> Result<(), Error> {
        iam::report_age(&self.context, &situation.aws, created)?;
        let command = self.context.selection.command_line(Verb::Refresh);
        self.context
            .console
            .suggest("to get the next session:", command);
        Ok(())
    }

    /// Finds out what to change, from the options and by asking, and checks the keys with AWS.
    async fn decide(&self, situation: &Situation) -> Result<Decision, Error> {
        situation.describe(&self.context.selection, self.dialogue);
        self.confirm_role_profile(situation).await?;
        let choice = KeyChoice {
            context: &self.context,
            args: self.args,
            dialogue: self.dialogue,
            situation,
        };
        let Chosen {
            keys,
            identity,
            drops_misplaced,
        } = choice.make().await?;
        self.dialogue
            .say(&format!("these keys belong to {identity}"));
        if identity.is_root() {
            self.context.console.warn(
                "these are the root user's keys: its sessions last an hour \
                at most, and AWS advises against using them; create an IAM user instead",
            );
        }
        let is_same_user = match situation.replaced_by(&keys) {
            Some(old) => choice.confirm_owner(old, &identity).await?,
            None => true,
        };
        let rotates = situation.replaced_by(&keys).is_some() && is_same_user;
        let known = situation
            .device
            .as_ref()
            .or(situation.misplaced_device.as_ref());
        let known = known.filter(|_| is_same_user);
        let OfIam { devices, created } = iam::ask(&situation.aws, keys.keys()).await;
        let device = self
            .choose_device(known, (&identity, devices), rotates)
            .await?;
        let (duration, is_new) = self.choose_duration(situation, rotates).await?;
        let stored = situation.device.as_ref().map(|device| &device.value);
        choice.confirm_loss(keys.keys()).await?;
        let change = Change {
            keys,
            seen: situation.seen.clone(),
            drops_misplaced,
            device: (Some(&device) != stored).then(|| device.clone()),
            duration: is_new.then_some(duration),
        };
        Ok(Decision {
            change,
            identity,
            created,
            device,
            duration,
        })
    }

    /// A role's profile would get keys that no AWS tool uses.
    async fn confirm_role_profile(&self, situation: &Situation) -> Result<(), Error> {
        let Some(source) = &situation.source_profile else {
            return Ok(());
        };
        let selection = &self.context.selection;
        let profile = shorten(&selection.profile.value);
        if !self.dialogue.can_ask() {
            return Err(Error::UsesSourceProfile {
                profile: selection.profile.value.clone(),
                command: selection.command_line_for(&source.value, Verb::Setup),
                section: source.origin.section().unwrap_or_default().to_owned(),
                source_profile: source.value.clone(),
            });
        }
        self.dialogue.say(&format!(
            "{profile} takes its credentials from {}; to set that up: {}",
            shorten(&source.value),
            selection.command_line_for(&source.value, Verb::Setup)
        ));
        let question = format!("Set up keys for {profile} anyway?");
        if self.dialogue.confirm(&question, false).await? {
            Ok(())
        } else {
            Err(Error::Cancelled)
        }
    }

    fn store(&self, file: &Rehearsed, seen: usize, change: &Change) -> Result<(), Error> {
        let (selection, console) = (&self.context.selection, self.context.console);
        let edit = file.edit(seen, console, |document| change.apply(document, selection));
        runtime::run(edit).map(drop)
    }

    fn describe(
        &self,
        situation: &Situation,
        change: &Change,
        identity: &Identity,
        created: Option<OffsetDateTime>,
    ) -> String {
        let selection = &self.context.selection;
        let section = shorten(&selection.section);
        let long_term = shorten(&selection.long_term_section);
        let path = selection.credentials_file.value.display();
        let keys = match &change.keys {
            Keys::New(keys) => format!(
                "the keys {} are stored in [{long_term}] of {path}",
                keys.masked_id()
            ),
            Keys::Move(keys) => format!(
                "the keys {} are now in [{long_term}] of {path}, and [{section}] is free for the \
                 session",
                keys.masked_id()
            ),
            Keys::Keep(keys) if situation.command.is_some() => format!(
                "the keys {} of [{long_term}] come from a command",
                keys.masked_id()
            ),
            Keys::Keep(_) => format!("the keys in [{long_term}] are up to date"),
        };
        let device = change.device.as_ref();
        let device = device.map(|device| format!("; MFA device: {device}"));
        let duration = change.duration.map(TimeLeft);
        let duration = duration.map(|duration| format!("; duration: {duration}"));
        let settings = match &change.keys {
            Keys::Keep(_) => [device, duration].into_iter().flatten().collect(),
            _ => String::new(),
        };
        let age = created.map(|created| format!(" and are {}", age(created)));
        let age = age.unwrap_or_default();
        format!("{keys}; they belong to {identity}{age}{settings}")
    }

    /// Warns of what the first session would have warned of.
    fn warn(&self, situation: &Situation) -> Result<(), Error> {
        let context = &self.context;
        context.read_profile(|stored| {
            let config = context.read_config()?;
            let tools = warnings::show(context, &stored, config.as_ref(), Occasion::First)?;
            report::how_to_set_a_region(context, &situation.aws.sts, tools);
            Ok(())
        })
    }

    /// The variables would be used instead of what is stored.
    fn warn_of_variables(&self, device: &str, duration: Duration) {
        let (console, environment) = (self.context.console, self.context.environment);
        let differs = |name, is_same: &dyn Fn(&Setting<String>) -> bool| {
            let variable = environment.get(name).ok().flatten();
            variable.is_some_and(|variable| !is_same(&variable))
        };
        let is_duration =
            |text: &Setting<String>| parse_duration(text).is_ok_and(|given| given == duration);
        let variables = [
            (
                "MFA_DEVICE",
                differs("MFA_DEVICE", &|given| given.value == device),
            ),
            (
                "MFA_STS_DURATION",
                differs("MFA_STS_DURATION", &is_duration),
            ),
        ];
        let names: Vec<&str> = variables
            .into_iter()
            .filter_map(|(name, differs)| differs.then_some(name))
            .collect();
        if !names.is_empty() {
            console.warn(format_args!(
                "aws-mfa will use {} from your environment instead of what is stored",
                join_with_and(&names)
            ));
            let cure = removal(environment.shell_for_advice(), &names);
            console.suggest("to fix:", cure);
        }
    }

    /// With what was just chosen, whatever the environment says.
    fn refresh(&self, device: &str, duration: Duration) -> Result<(), Error> {
        let args = RefreshArgs {
            force: true,
            code: CodeArgs {
                device: Some(device.to_owned()),
                ..CodeArgs::default()
            },
            duration: Some(duration.as_secs().to_string()),
            ..RefreshArgs::default()
        };
        refresh::run(&self.context, &args)
    }
}

/// Of the credentials file; none if it can't be read, which is reported later.
fn section_names(context: &Context<'_>) -> Vec<String> {
    let contents = context.store.read().ok().flatten();
    let stored = context.find(contents.as_ref());
    let names = |stored: StoredProfile<'_>| {
        let names = stored.document.section_names();
        names.map(str::to_owned).collect()
    };
    stored.map(names).unwrap_or_default()
}
