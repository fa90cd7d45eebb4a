//! The keys that are rotated, where they are, and what messages say of them. Edge.

use std::time::Duration;

use super::super::aws_services::AwsServices;
use super::super::context::Context;
use super::super::plan::find_keys;
use super::super::stored_profile::{ConfigFile, StoredProfile};
use super::holders::{self, Holders};
use crate::aws::error::AwsError;
use crate::aws::iam::Iam;
use crate::aws::sts::Sts;
use crate::cli::RefreshArgs;
use crate::console::Console;
use crate::credentials_file::store::Rehearsed;
use crate::error::Error;
use crate::files::access::Use;
use crate::keys::LongTermKeys;
use crate::keys::source::KeySource;
use crate::keys::write::PAIR;
use crate::runtime;
use crate::sanitize::shorten;
use crate::secret::Secret;
use crate::settings::{Verb, given_device, stored_role};
use crate::shell::{line_with_variables, option};
use crate::words::join_with_and;

/// How long one question to AWS may take.
pub(super) const ATTEMPT: Duration = Duration::from_secs(5);

/// After this long, the user is told what we are waiting for.
const MENTION_AFTER: Duration = Duration::from_secs(3);

/// In bytes: IDs and secrets may become longer.
const ROOM: usize = 4096;

/// What can be known without asking anybody.
pub(super) struct Rotation<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) keys: LongTermKeys,
    pub(super) holders: Holders,
    /// Where else the keys are, which aws-mfa doesn't change.
    pub(super) elsewhere: Vec<String>,
    /// Whether the old key is to be deleted.
    pub(super) deletes: bool,
    pub(super) file: Rehearsed,
    /// The credentials file's size in bytes.
    pub(super) seen: usize,
    pub(super) aws: AwsServices,
    /// Whether the profile's stored session is a role's.
    pub(super) has_role: bool,
}

/// Clients that sign with the session.
pub(super) struct Clients {
    pub(super) iam: Iam,
    pub(super) sts: Sts,
}

impl<'a> Rotation<'a> {
    /// Reads the files, and finds what would fail later. `has_role` tells whether the profile's section
    /// is for a role's session.
    pub(super) fn prepare(
        context: &'a Context<'a>,
        (args, deletes): (&RefreshArgs, bool),
        has_role: bool,
    ) -> Result<Self, Error> {
        let found = context.read_profile(|stored| Found::read(context, stored, args))?;
        let size = found.seen + ROOM;
        let file = runtime::run(context.store.rehearse(size, context.console))?;
        let Found {
            keys,
            holders,
            elsewhere,
            seen,
            aws,
            is_for_role,
        } = found;
        Ok(Self {
            context,
            keys,
            holders,
            elsewhere,
            deletes,
            file,
            seen,
            aws,
            has_role: has_role || is_for_role,
        })
    }

    /// Both keys are active, as far as is known, and the next run finds that.
    pub(super) fn unfinished(
        &self,
        problem: &str,
        (old, new): (&str, &str),
        source: Option<Error>,
    ) -> Error {
        Error::Rotation {
            problem: format!(
                "{problem}; both the old key {} and the new key {} are active",
                masked(old),
                masked(new)
            ),
            hint: Some(self.to_finish(None)),
            source: source.map(Box::new),
        }
    }

    /// What to run next, after this error.
    pub(super) fn to_finish(&self, error: Option<&Error>) -> String {
        let rotate = self.command_line();
        match error {
            Some(Error::Aws(error)) if error.is_refused_signer() => {
                let refresh = self.another_session();
                if refresh == rotate {
                    return format!("the session has ended; to finish: {rotate}");
                }
                format!("the session has ended: `{refresh}`, and to finish: `{rotate}`")
            }
            _ => format!("to finish: {rotate}"),
        }
    }

    /// This command, as it was given.
    pub(super) fn command_line(&self) -> String {
        let mut line = self.context.selection.command_line(Verb::Rotate);
        if self.deletes {
            line.push_str(" --delete-old");
        }
        line
    }

    /// The command that gets another session: this one, where none is stored.
    fn another_session(&self) -> String {
        if self.has_role {
            self.command_line()
        } else {
            self.context.selection.command_line(Verb::ForcedRefresh)
        }
    }

    /// An error of a request that the session signed.
    pub(super) fn of_session(&self, error: AwsError) -> Error {
        error.with_session(self.another_session()).into()
    }

    /// How a person does this to a key.
    pub(super) fn by_hand(&self, verb: &str, id: &str) -> String {
        let (selection, environment) = (&self.context.selection, self.context.environment);
        if self.has_role {
            // The AWS CLI would use the role's session.
            return format!("{verb} {id} in the AWS console, under Security credentials");
        }
        let what = match verb {
            "delete" => format!("delete-access-key --access-key-id {id}"),
            _ => format!("update-access-key --access-key-id {id} --status Inactive"),
        };
        let region = match &selection.region_by_option() {
            Some(region) => format!(" {}", option("--region", region)),
            None => String::new(),
        };
        let profile = option("--profile", &selection.section);
        let shell = environment.shell_for_advice();
        let variables = selection.file_variables();
        line_with_variables(
            shell,
            &variables,
            &format!("aws iam {what} {profile}{region}"),
        )
    }

    /// Where this key stands, whatever its secret: sections of both files, and the environment.
    pub(super) fn places_of(&self, id: &str) -> Result<Vec<String>, Error> {
        let (context, mut places) = (self.context, Vec::new());
        let contents = context.store.read()?;
        if let Some(contents) = &contents {
            let document = context.selection.parse(&contents.bytes)?;
            let path = context.selection.credentials_file.value.display();
            let named = holders::with_id(&document, id).into_iter();
            places.extend(named.map(|name| format!("[{}] of {path}", shorten(&name))));
        }
        places.extend(elsewhere(id, context.read_config()?.as_ref(), context)?);
        Ok(places)
    }

    /// Reads the file again: returns an error unless the profile's section holds the new pair, and
    /// nothing the old key but what was left alone before.
    pub(super) fn check_file(&self, new: &LongTermKeys, old: &str) -> Result<(), Error> {
        let selection = &self.context.selection;
        let contents = self.context.store.read()?;
        let bytes = contents
            .as_ref()
            .map_or(&[][..], |contents| &contents.bytes);
        let document = selection.parse(bytes)?;
        let left = &self.holders.of_id;
        let mut with_old = holders::with_id(&document, old);
        with_old.retain(|name| !left.contains(name));
        let is_new = holders::is_stored(&document, &selection.long_term_section, new);
        if is_new && with_old.is_empty() {
            return Ok(());
        }
        Err(Error::KeysChanged {
            section: with_old
                .pop()
                .unwrap_or_else(|| selection.long_term_section.clone()),
            path: selection.credentials_file.value.clone(),
        })
    }

    pub(super) fn sections(&self) -> String {
        let path = self.context.selection.credentials_file.value.display();
        format!("{} of {path}", bracketed(&self.holders.of_pair))
    }
}

/// Waits for `answer`, and tells the user if that takes long.
pub(super) async fn noted<T>(console: &Console, answer: impl Future<Output = T>) -> T {
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => return answer,
        () = tokio::time::sleep(MENTION_AFTER) => {}
    }
    console.report("waiting for AWS IAM…");
    answer.await
}

pub(super) fn bracketed(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("[{}]", shorten(name)))
        .collect();
    join_with_and(&names)
}

/// As [`LongTermKeys::masked_id`].
pub(super) fn masked(id: &str) -> String {
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
    is_for_role: bool,
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
        if let Some(chain) = context.role_chain(&stored, Use::HandOver)? {
            return Err(Error::UsesSourceProfile {
                profile: selection.profile.value.clone(),
                command: selection.command_line_for(&chain.source.value, Verb::Rotate),
                section: chain.source.origin.section().unwrap_or_default().to_owned(),
                source_profile: chain.source.value,
            });
        }
        let config = context.read_config()?;
        let sections = stored.sections(config.as_ref())?;
        let keys = find_keys(selection, &sections, &stored, environment);
        let keys = keys.map_err(|error| stored.explain(error))?;
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
            elsewhere: elsewhere(&keys.access_key_id, config.as_ref(), context)?,
            aws: AwsServices::resolve(context, &stored, config.as_ref(), settings)?,
            is_for_role: stored_role(stored.long_term.as_ref())?.is_some() || stored.holds_role(),
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

/// Places with this key that aws-mfa doesn't change.
fn elsewhere(
    id: &str,
    config: Option<&ConfigFile<'_>>,
    context: &Context<'_>,
) -> Result<Vec<String>, Error> {
    let mut places = Vec::new();
    if let Some(config) = config {
        let path = config.path.display();
        for (name, properties) in config.parse()?.profiles() {
            if holders::names_id(&properties, id) {
                let line = properties.line_of(PAIR[0]).unwrap_or_default();
                places.push(format!("{path}: line {line}: profile {}", shorten(&name)));
            }
        }
    }
    let variable = context.environment.get(PAIR_VARIABLE)?;
    if variable.is_some_and(|given| given.value == id) {
        places.push(format!("{PAIR_VARIABLE} in your environment"));
    }
    Ok(places)
}

const PAIR_VARIABLE: &str = "AWS_ACCESS_KEY_ID";
