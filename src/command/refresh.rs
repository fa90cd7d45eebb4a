//! The main job: gets a new session for `[name]`, unless the stored one is still valid.
//!
//! The order matters. Whatever can fail without a code is done before the code is asked for; the
//! code is sent once; what AWS granted is checked before the file is changed.

use std::fs::Metadata;

use super::context::Context;
use super::plan::{BySession, Device, Plan, Way};
use super::reason::Reason;
use super::stored_profile::StoredProfile;
use super::warnings::{self, AsToolsSeeIt, Occasion};
use super::{devices, report, roles, store_session};
use crate::aws::connection::{Connection, check_account};
use crate::aws::identity::Identity;
use crate::aws::sts::Sts;
use crate::cli::RefreshArgs;
use crate::code::source::{CodeSource, Exchange, NewSession, Obtained, Stdin, Stored};
use crate::credentials_file::store::{Rehearsed, is_unchanged};
use crate::error::Error;
use crate::files::access::Use;
use crate::keys::LongTermKeys;
use crate::role_chain::RoleChain;
use crate::runtime;
use crate::sanitize::shorten;
use crate::session::{SessionCredentials, ValidSession};
use crate::settings::Verb;
#[cfg(unix)]
use crate::signals;

pub(super) fn run(context: &Context<'_>, args: &RefreshArgs) -> Result<(), Error> {
    let refresh = Refresh {
        context,
        args,
        usage: Use::Report,
    };
    let (selection, console, environment) =
        (&context.selection, context.console, context.environment);
    match refresh.prepare()? {
        Prepared::RoleOf(chain) => {
            roles::refuse_options(context, args)?;
            return run_for_source(context, args, &chain);
        }
        Prepared::StillValid {
            remaining,
            credentials,
        } => {
            report::still_valid(console, selection, remaining, &credentials, environment);
        }
        Prepared::Due(due) => {
            let new = match refresh.get(&due, Stdin::Ours)? {
                Obtained::New(new) => new,
                Obtained::Stored(remaining, credentials) => {
                    report::stored_meanwhile(console);
                    report::still_valid(console, selection, remaining, &credentials, environment);
                    return Ok(());
                }
            };
            report::refreshed(console, selection, &due.plan.settings, &new);
            if let Some(tools) = due.to_tools {
                let credentials = &new.granted.credentials;
                report::how_to_use(context, tools.reach, credentials);
                if due.is_first {
                    let sts = &due.plan.settings.sts;
                    report::how_to_set_a_region(context, sts, tools);
                }
            }
        }
    }
    Ok(())
}

/// A role's profile has no session of its own.
fn run_for_source(
    context: &Context<'_>,
    args: &RefreshArgs,
    chain: &RoleChain,
) -> Result<(), Error> {
    let console = context.console;
    console.report(format_args!(
        "{} takes its credentials from {}",
        shorten(&context.selection.profile.value),
        shorten(&chain.source.value)
    ));
    let source = context.for_source(chain);
    roles::warn_of_codes(&source);
    run(&source, args)
}

pub(super) struct Refresh<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) args: &'a RefreshArgs,
    /// Of a session that is still valid.
    pub(super) usage: Use,
}

pub(super) enum Prepared {
    StillValid {
        remaining: ValidSession,
        credentials: SessionCredentials,
    },
    Due(Box<Due>),
    /// The profile is a role's.
    RoleOf(RoleChain),
}

pub(super) struct Due {
    pub(super) plan: Plan,
    /// The file to write the session to.
    file: Rehearsed,
    reason: Reason,
    /// Whether the profile never had a session.
    is_first: bool,
    /// The access key ID of a valid session that is to be replaced nevertheless.
    replaced: Option<String>,
    /// The credentials file, when the edit was rehearsed.
    seen: Option<Metadata>,
    /// `None` for a session that is handed over.
    to_tools: Option<AsToolsSeeIt>,
}

impl Refresh<'_> {
    /// The stored session's credentials if it is valid and `--force` isn't given.
    pub(super) fn stored(&self) -> Result<Option<SessionCredentials>, Error> {
        if self.args.force {
            return Ok(None);
        }
        self.context.read_profile(|stored| {
            let Ok((_, credentials)) = stored.validity()? else {
                return Ok(None);
            };
            self.context.check_session_file(&stored, self.usage)?;
            Ok(Some(credentials))
        })
    }

    /// Does everything that can fail without the network and without a code.
    pub(super) fn prepare(&self) -> Result<Prepared, Error> {
        self.context
            .read_profile(|stored| self.prepare_from(stored))
    }

    fn prepare_from(&self, mut stored: StoredProfile<'_>) -> Result<Prepared, Error> {
        let (selection, console) = (&self.context.selection, self.context.console);
        if let Some(chain) = self.context.role_chain(&stored, self.usage)? {
            return Ok(Prepared::RoleOf(chain));
        }
        let reader = console.reader();
        let (reason, replaced) = match stored.validity()? {
            Ok((remaining, credentials)) if !self.args.force => {
                self.context.check_session_file(&stored, self.usage)?;
                if console.is_verbose() {
                    self.warn_of_all(&stored);
                }
                return Ok(Prepared::StillValid {
                    remaining,
                    credentials,
                });
            }
            Ok((_, credentials)) => {
                let reason = Reason::new(&selection.profile.value, None, reader);
                (reason, Some(credentials.access_key_id))
            }
            Err(not_valid) => {
                let reason = Reason::new(&selection.profile.value, Some(not_valid), reader);
                (reason, None)
            }
        };
        stored.check_sections()?;
        let config = self.context.read_config()?;
        let plan = Plan::make(self.context, &stored, config.as_ref(), self.args);
        let plan = plan.map_err(|error| stored.explain(error))?;
        console.detail(&reason.text);
        let file = store_session::rehearse(self.context, &stored.document, &plan.settings)?;
        console.detail("the file can be edited");
        let is_first = stored.session.is_none();
        let occasion = if is_first {
            Occasion::First
        } else {
            Occasion::EveryDay
        };
        // What is handed over needs no file.
        let to_tools = if self.usage == Use::Report {
            Some(warnings::show(
                self.context,
                &stored,
                config.as_ref(),
                occasion,
            )?)
        } else {
            None
        };
        Ok(Prepared::Due(Box::new(Due {
            plan,
            file,
            reason,
            is_first,
            replaced,
            seen: stored.metadata.cloned(),
            to_tools,
        })))
    }

    /// Also while the session is valid, if all is to be shown: AWS tools may not use it.
    fn warn_of_all(&self, stored: &StoredProfile<'_>) {
        let (context, console) = (self.context, self.context.console);
        let config = context.read_config();
        let shown = config
            .and_then(|config| warnings::show(context, stored, config.as_ref(), Occasion::First));
        if let Err(error) = shown {
            console.warn(error);
        }
    }

    pub(super) fn get(&self, due: &Due, stdin: Stdin) -> Result<Obtained, Error> {
        if let Way::Session(signer) = &due.plan.way {
            return self.get_with_session(due, signer).map(Obtained::New);
        }
        runtime::run(async {
            let look = || self.stored_meanwhile(due);
            let new = match self.ask_and_exchange(due, stdin, &look).await? {
                Obtained::New(new) => new,
                stored @ Obtained::Stored(..) => return Ok(stored),
            };
            #[cfg(unix)]
            let _storing = signals::Storing::begin();
            let (plan, credentials) = (&due.plan, &new.granted.credentials);
            let stored = store_session::store(self.context, &due.file, credentials, plan.seen);
            stored.await.map_err(Error::not_stored(true))?;
            self.context.console.detail("the session is stored");
            Ok(Obtained::New(new))
        })
    }

    /// As [`Refresh::get`], but stores nothing, and takes nothing that others have stored.
    pub(super) fn exchange_only(
        &self,
        due: &Due,
        stdin: Stdin,
    ) -> Result<SessionCredentials, Error> {
        runtime::run(async {
            let obtained = self.ask_and_exchange(due, stdin, &|| Ok(None)).await?;
            Ok(match obtained {
                Obtained::New(new) => new.granted.credentials,
                Obtained::Stored(_, credentials) => credentials,
            })
        })
    }

    /// The session that another aws-mfa has stored since this run began. Without one, returns an error
    /// if the file has become one that no session can be written to.
    fn stored_meanwhile(&self, due: &Due) -> Result<Stored, Error> {
        let path = &self.context.selection.credentials_file.value;
        if due
            .seen
            .as_ref()
            .is_some_and(|seen| is_unchanged(path, seen))
        {
            return Ok(None);
        }
        let is_new = |credentials: &SessionCredentials| {
            due.replaced.as_ref() != Some(&credentials.access_key_id)
        };
        self.context
            .read_profile(|stored| match stored.validity()? {
                Ok((remaining, credentials)) if is_new(&credentials) => {
                    self.context.check_session_file(&stored, self.usage)?;
                    Ok(Some((remaining, credentials)))
                }
                _ => {
                    store_session::rehearse_edit(&stored.document, &self.context.selection)?;
                    Ok(None)
                }
            })
    }

    async fn ask_and_exchange(
        &self,
        due: &Due,
        stdin: Stdin,
        look: &dyn Fn() -> Result<Stored, Error>,
    ) -> Result<Obtained, Error> {
        let (console, plan) = (self.context.console, &due.plan);
        let Way::Code { keys, device } = &plan.way else {
            return Err(self.cannot_prompt(&due.reason, None));
        };
        // Before our own prompts: a password manager may have one, too.
        let pair = keys.keys(&plan.busy, console).await?;
        let source = CodeSource::find(self.args, stdin, &plan.settings, &plan.busy, console);
        let source = source.await?;
        let source = source.ok_or_else(|| self.cannot_prompt(&due.reason, None))?;
        self.context.name_endpoint(&plan.settings.sts, |note| {
            source.announce(note, console);
        });
        let obtained = self.exchange(due, (&pair, device), source, look).await;
        obtained.map_err(|error| match error {
            // Those that a command prints are replaced where it gets them.
            Error::Aws(error) if keys.command().is_none() => {
                let setup = self.context.selection.command_line(Verb::Setup);
                Error::Aws(error.with_replacement(setup))
            }
            error @ Error::Unanswered { .. } => {
                self.cannot_prompt(&due.reason, Some(error.to_string()))
            }
            error => error,
        })
    }

    /// Exchanges a code for a session.
    async fn exchange(
        &self,
        due: &Due,
        (keys, device): (&LongTermKeys, &Device),
        source: CodeSource<'_>,
        look: &dyn Fn() -> Result<Stored, Error>,
    ) -> Result<Obtained, Error> {
        let (context, settings) = (self.context, &due.plan.settings);
        let (sts, authorities) = (&settings.sts, &due.plan.authorities);
        let (console, selection) = (context.console, &context.selection);
        let connect = |device| Connection::new(keys, sts, device, authorities, console);
        let exchange = |connection, device| Exchange {
            connection,
            selection,
            request: settings.request(device),
            look,
        };
        let iam = match device {
            Device::Known(device) => {
                let connection = connect(Some(device));
                return source.session(&exchange(&connection, device)).await;
            }
            Device::Asked(iam) => iam,
        };
        let connection = connect(None);
        let identity = connection.verify_keys().await?;
        context.name_endpoint(iam, |note| source.announce(note, console));
        console.detail("asking IAM for the user's MFA devices");
        let device = devices::find(keys, iam, authorities, (&identity, selection)).await?;
        check_account(&device, &identity)?;
        let obtained = source.session(&exchange(&connection, &device)).await?;
        Ok(match obtained {
            Obtained::New(new) => Obtained::New(NewSession {
                found_device: Some(device.value),
                ..new
            }),
            stored @ Obtained::Stored(..) => stored,
        })
    }

    /// A role's session, by the user's own: no code is needed.
    fn get_with_session(
        &self,
        due: &Due,
        BySession { session, role }: &BySession,
    ) -> Result<NewSession, Error> {
        let (context, plan) = (self.context, &due.plan);
        let (sts, duration) = (&plan.settings.sts, plan.settings.duration.value);
        context.name_endpoint(sts, |note| context.console.notice(note));
        runtime::run(async {
            let sts = Sts::with_session(session, sts, &plan.authorities).await?;
            let granted = roles::assume_one(context, &sts, session, role, duration).await?;
            let credentials = &granted.credentials;
            let stored = store_session::store(context, &due.file, credentials, plan.seen);
            stored.await.map_err(Error::not_stored(false))?;
            Ok(NewSession::new(granted, Identity::default()))
        })
    }

    /// `askpass` says why a program that asks in a window gave no code.
    fn cannot_prompt(&self, due: &Reason, askpass: Option<String>) -> Error {
        Error::CannotPrompt {
            reason: due.text.clone(),
            askpass,
            command: self.context.selection.command_line(due.verb),
        }
    }
}
