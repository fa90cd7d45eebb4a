//! `aws-mfa rotate`: replaces a profile's permanent keys by new ones from IAM, and makes the old ones
//! inactive. Edge.
//!
//! At every moment the file holds a pair that IAM knows as active. No key that could be the only one
//! that works is made inactive before another one was seen to work, and none whose secret nobody has
//! is left active without being named. What is begun and not ended is found by the next run.

mod holders;
mod inventory;
mod replace;

use self::holders::Holders;
use self::inventory::{Inventory, Listed, Next};
use self::replace::{Replacement, Verdict, put_back, wait_until_known};
use super::aws_services::AwsServices;
use super::context::Context;
use super::hand_over;
use super::refresh::{Prepared, Refresh};
use super::setup::Dialogue;
use super::stored_profile::{ConfigFile, StoredProfile};
use crate::aws::iam::Iam;
use crate::aws::sts::Sts;
use crate::cli::{RefreshArgs, RotateArgs};
use crate::code::source::Stdin;
use crate::credentials_file::store::Rehearsed;
use crate::error::Error;
use crate::files::access::Use;
use crate::keys::LongTermKeys;
use crate::keys::source::KeySource;
use crate::keys::write::PAIR;
use crate::lock::prompt::{PromptLockPlace, RotationLock};
use crate::runtime;
use crate::sanitize::shorten;
use crate::secret::Secret;
use crate::session::SessionCredentials;
use crate::settings::{Verb, given_device, stored_role};
use crate::shell::line_with_variables;
use crate::times::age;
use crate::words::join_with_and;

/// In bytes: IDs and secrets may become longer.
const ROOM: usize = 4096;

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

/// What can be known without asking anybody.
struct Rotation<'a> {
    context: &'a Context<'a>,
    keys: LongTermKeys,
    holders: Holders,
    /// Where else the keys are, which aws-mfa doesn't change.
    elsewhere: Vec<String>,
    file: Rehearsed,
    /// The credentials file's size in bytes.
    seen: usize,
    aws: AwsServices,
    /// Whether the profile's stored session is a role's.
    has_role: bool,
}

/// Clients that sign with the session.
struct Clients {
    iam: Iam,
    sts: Sts,
}

impl<'a> Rotation<'a> {
    fn prepare(context: &'a Context<'a>, args: &RefreshArgs) -> Result<Self, Error> {
        let found = context.read_profile(|stored| Found::read(context, stored, args))?;
        let size = found.seen + ROOM;
        let file = runtime::run(context.store.rehearse(size, context.console))?;
        let Found {
            keys,
            holders,
            elsewhere,
            seen,
            aws,
            has_role,
        } = found;
        Ok(Self {
            context,
            keys,
            holders,
            elsewhere,
            file,
            seen,
            aws,
            has_role,
        })
    }

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
                self.verify(&clients, &new, true)?;
                self.retire(&clients, &inventory.stored, args.delete_old)?;
            }
            Next::Finish { old } => {
                self.verify(&clients, &self.keys, false)?;
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
            Some(_) => Err(self.unfinished("stopped", None)),
            None => Ok(new),
        }
    }

    /// Waits until AWS knows the new keys. Returns an error if it doesn't.
    fn verify(
        &self,
        clients: &Clients,
        new: &LongTermKeys,
        can_put_back: bool,
    ) -> Result<(), Error> {
        let verdict = match runtime::run(wait_until_known(self, new)) {
            Err(Error::Interrupted { .. } | Error::Cancelled) => {
                return Err(self.unfinished("stopped", None));
            }
            verdict => verdict?,
        };
        let id = new.masked_id();
        match verdict {
            Verdict::Known => Ok(()),
            Verdict::Unclear(error) => {
                let problem = format!("it isn't certain that all of AWS knows the new keys {id}");
                Err(self.unfinished(&problem, error))
            }
            Verdict::Refused(error) if can_put_back => {
                let (outcome, _) = runtime::run_shielded(put_back(self, clients, new, error))?;
                Err(outcome)
            }
            Verdict::Refused(error) => {
                Err(self.unfinished(&format!("AWS refuses the keys {id}"), Some(error)))
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

    /// Both keys are active, and the next run finds that.
    fn unfinished(&self, problem: &str, source: Option<Error>) -> Error {
        Error::Rotation {
            problem: format!("{problem}; both the old and the new keys are active"),
            hint: Some(format!(
                "to finish: {}",
                self.context.selection.command_line(Verb::Rotate)
            )),
            source: source.map(Box::new),
        }
    }

    /// The AWS CLI's command that does this to a key.
    fn command(&self, verb: &str, id: &str) -> String {
        let (selection, environment) = (&self.context.selection, self.context.environment);
        let what = match verb {
            "delete" => format!("delete-access-key --access-key-id {id}"),
            _ => format!("update-access-key --access-key-id {id} --status Inactive"),
        };
        let profile = crate::shell::option("--profile", &selection.section);
        let shell = environment.shell_for_advice();
        let variables = selection.file_variables();
        line_with_variables(shell, &variables, &format!("aws iam {what} {profile}"))
    }

    fn sections(&self) -> String {
        let path = self.context.selection.credentials_file.value.display();
        format!("{} of {path}", bracketed(&self.holders.of_pair))
    }
}

fn bracketed(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("[{}]", shorten(name)))
        .collect();
    join_with_and(&names)
}

/// As [`LongTermKeys::masked_id`].
fn masked(id: &str) -> String {
    let keys = LongTermKeys {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(""),
    };
    keys.masked_id()
}

/// What the files say.
struct Found {
    keys: LongTermKeys,
    holders: Holders,
    elsewhere: Vec<String>,
    seen: usize,
    aws: AwsServices,
    has_role: bool,
}

impl Found {
    fn read(
        context: &Context<'_>,
        mut stored: StoredProfile<'_>,
        args: &RefreshArgs,
    ) -> Result<Self, Error> {
        let (selection, environment) = (&context.selection, context.environment);
        stored.refuse_long_term_profile()?;
        stored.check_sections()?;
        if let Some(chain) = context.role_chain(&stored)? {
            return Err(Error::UsesSourceProfile {
                profile: selection.profile.value.clone(),
                command: selection.command_line_for(&chain.source.value, Verb::Rotate),
                section: chain.source.origin.section().unwrap_or_default().to_owned(),
                source_profile: chain.source.value,
            });
        }
        let config = context.read_config()?;
        let sections = stored.sections(config.as_ref())?;
        let keys = KeySource::find(&sections, environment)?;
        let keys = keys.ok_or_else(|| {
            stored.explain(Error::NoLongTermSection {
                section: selection.long_term_section.clone(),
                path: selection.credentials_file.value.clone(),
                hint: format!(
                    "run `{}`, which asks for keys",
                    selection.command_line(Verb::Setup)
                ),
            })
        })?;
        let keys = static_keys(keys, &stored, context)?;
        let holders = Holders::find(&stored.document, &keys);
        // What would fail later fails now.
        let placeholder = LongTermKeys {
            access_key_id: "AKIAPLACEHOLDER00000".to_owned(),
            secret_access_key: Secret::new("placeholder"),
        };
        let pairs = (&keys, &placeholder);
        holders::replace(&stored.document, &holders.of_pair, pairs, selection)?;
        let device = given_device(args, environment, &sections)?;
        let settings = (&sections, device.as_ref());
        Ok(Self {
            elsewhere: elsewhere(&keys, config.as_ref(), context)?,
            aws: AwsServices::resolve(context, &stored, config.as_ref(), settings)?,
            has_role: stored_role(stored.long_term.as_ref())?.is_some(),
            seen: stored.document.len(),
            keys,
            holders,
        })
    }
}

/// Returns an error for keys that aren't in the credentials file.
fn static_keys(
    source: KeySource,
    stored: &StoredProfile<'_>,
    context: &Context<'_>,
) -> Result<LongTermKeys, Error> {
    let selection = &context.selection;
    let refused = |problem: String, hint: String| Error::Rotation {
        problem,
        hint: Some(hint),
        source: None,
    };
    match source {
        KeySource::Process(command) => Err(refused(
            format!(
                "the permanent keys come from a command ({})",
                command.origin
            ),
            format!(
                "make new keys in the AWS console (Security credentials, Create access key), put them \
                 where that command gets them, see that `{}` works, then make the old ones inactive",
                selection.command_line(Verb::ForcedRefresh)
            ),
        )),
        KeySource::File { keys, section } => {
            let is_here = stored.long_term.as_ref();
            let is_here = is_here.is_some_and(|section| PAIR.iter().any(|key| section.has(key)));
            if is_here {
                return Ok(keys);
            }
            Err(refused(
                format!(
                    "the permanent keys are in [{}] of the config file, which aws-mfa doesn't change",
                    shorten(&section)
                ),
                format!(
                    "run `{}` with the same keys, which stores them in the credentials file; then \
                     delete them from the config file",
                    selection.command_line(Verb::Setup)
                ),
            ))
        }
    }
}

/// Places with the same keys that aws-mfa doesn't change.
fn elsewhere(
    keys: &LongTermKeys,
    config: Option<&ConfigFile<'_>>,
    context: &Context<'_>,
) -> Result<Vec<String>, Error> {
    let mut places = Vec::new();
    if let Some(config) = config {
        let path = config.path.display();
        for (name, properties) in config.parse()?.profiles() {
            if properties.texts(PAIR[0]).any(|id| id == keys.access_key_id) {
                let line = properties.line_of(PAIR[0]).unwrap_or_default();
                places.push(format!(
                    "{path}: line {line}: profile {} has the old keys, too; aws-mfa doesn't change that \
                     file",
                    shorten(&name)
                ));
            }
        }
    }
    let variable = context.environment.get(PAIR_VARIABLE)?;
    if variable.is_some_and(|id| id.value == keys.access_key_id) {
        places.push(format!(
            "{PAIR_VARIABLE} in your environment has the old key, too"
        ));
    }
    Ok(places)
}

const PAIR_VARIABLE: &str = "AWS_ACCESS_KEY_ID";
