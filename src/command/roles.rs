//! A role's credentials for a shell, a command or an SDK: assumed with a session, and written nowhere.
//! Edge.

use std::time::Duration;

use super::context::Context;
use crate::aws::authorities::Authorities;
use crate::aws::refusal::OfRole;
use crate::aws::sts::{Granted, Sts};
use crate::cli::RefreshArgs;
use crate::error::Error;
use crate::role_chain::RoleChain;
use crate::runtime;
use crate::sanitize::shorten;
use crate::session::SessionCredentials;
use crate::settings::aws::STS;
use crate::settings::{
    Origin, Role, ServiceSettings, Setting, Verb, check_role, given_device, resolve_region,
};

/// There is no code in the request: it may be sent again.
const MAX_ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// All that it takes to assume a chain's roles, except the session.
pub(super) struct Assumption<'c> {
    chain: &'c RoleChain,
    sts: ServiceSettings,
    authorities: Authorities,
    /// From an option, a variable, or the files.
    pub(super) region: Option<Setting<String>>,
}

/// Returns an error for options that say which role, as a role's profile does that already.
pub(super) fn refuse_options(context: &Context<'_>, args: &RefreshArgs) -> Result<(), Error> {
    let role = context.selection.given_role().map(|role| &role.origin);
    let name = args.role_session_name.as_ref();
    let name = name.map(|_| &Origin::Flag("--role-session-name"));
    let id = args.external_id.as_ref();
    let id = id.map(|_| &Origin::Flag("--external-id"));
    let Some(given) = role.or(name).or(id) else {
        return Ok(());
    };
    let profile = shorten(&context.selection.profile.value);
    Err(given.problem(match given {
        Origin::Variable(_) => format!("profile {profile} is a role's already: unset it"),
        _ => format!("profile {profile} is a role's already; the config file says which"),
    }))
}

/// Warns of AWS tools that ask for codes of their own on the way to this source.
pub(super) fn warn_of_codes(source: &Context<'_>) {
    let role = source.role_profile.iter();
    for warning in role.flat_map(|role| &role.asking_for_codes) {
        source.console.warn(warning);
    }
}

impl<'c> Assumption<'c> {
    /// Finds what can be wrong, before a code is spent on the session. `source` is the context of the
    /// chain's source.
    pub(super) fn prepare(
        source: &Context<'_>,
        chain: &'c RoleChain,
        args: &RefreshArgs,
    ) -> Result<Self, Error> {
        let (selection, environment) = (&source.selection, source.environment);
        let asked = &chain.roles[0];
        let contents = source.store.read()?;
        let config = source.read_config()?;
        let stored = source.find(contents.as_ref())?;
        let sections = stored.sections_for_role(&asked.name, config.as_ref())?;
        let device = given_device(args, environment, &sections)?;
        for profile in &chain.roles {
            let others = device.iter().chain([&asked.role.arn]);
            for other in others {
                check_role(other, &profile.role.arn)?;
            }
        }
        let min_remaining = &selection.min_remaining;
        if min_remaining.value >= asked.duration.value {
            let problem = format!(
                "must be shorter than the role's session ({} seconds)",
                asked.duration.value.as_secs()
            );
            return Err(min_remaining.origin.problem(problem));
        }
        let sts = ServiceSettings::resolve(
            &STS,
            selection,
            environment,
            &sections,
            Some(&asked.role.arn),
        )?;
        source.check_obeyed(&stored, config.as_ref(), sts.obeyed())?;
        Ok(Self {
            authorities: source.read_authorities(&sts)?,
            region: resolve_region(selection, &sections)?,
            chain,
            sts,
        })
    }

    /// Assumes role after role with the source's session; returns the last one's credentials.
    pub(super) fn assume(
        &self,
        source: &Context<'_>,
        session: SessionCredentials,
    ) -> Result<SessionCredentials, Error> {
        source.name_endpoint(&self.sts, |note| source.console.notice(note));
        runtime::run(async {
            let sts = Sts::with_session(&session, &self.sts, &self.authorities).await?;
            let mut signer = session;
            for profile in self.chain.roles.iter().rev() {
                if profile.is_cut {
                    note_cut(source);
                }
                let duration = profile.duration.value;
                let granted = assume_one(source, &sts, &signer, &profile.role, duration).await?;
                signer = granted.credentials;
            }
            Ok(signer)
        })
    }
}

/// Says that less than the duration that was asked for is possible.
pub(super) fn note_cut(context: &Context<'_>) {
    let console = context.console;
    console.detail("a role that is assumed with a session lasts an hour at most");
}

/// Assumes one role.
pub(super) async fn assume_one(
    context: &Context<'_>,
    sts: &Sts,
    signer: &SessionCredentials,
    role: &Role,
    duration: Duration,
) -> Result<Granted, Error> {
    let console = context.console;
    console.detail(format_args!(
        "assuming role {} for {} seconds",
        role.arn,
        duration.as_secs()
    ));
    let mut attempt = 1;
    loop {
        match sts.assume(signer, role, duration).await {
            Ok(granted) => return Ok(granted),
            Err(error) if error.may_pass() && attempt < MAX_ATTEMPTS => {
                console.report(format_args!("{error}; trying again"));
                tokio::time::sleep(PAUSE).await;
                attempt += 1;
            }
            Err(error) => {
                let refresh = match context.role_profile {
                    Some(_) => context.selection.command_line(Verb::ForcedRefresh),
                    None => context.selection.own_refresh(),
                };
                return Err(Error::Aws(error.for_role(OfRole {
                    origin: role.arn.origin.to_string(),
                    signer: signer.role_arn.clone(),
                    refresh,
                })));
            }
        }
    }
}
