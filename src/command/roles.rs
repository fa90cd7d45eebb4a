//! A role's credentials for a shell, a command or an SDK: assumed with a session, and written nowhere.
//! Edge.

use std::time::Duration;

use super::context::Context;
use crate::aws::error::AwsError;
use crate::aws::sts::{Granted, Sts};
use crate::error::Error;
use crate::role_chain::RoleChain;
use crate::runtime;
use crate::session::SessionCredentials;
use crate::settings::{Role, StsSettings};

/// There is no code in the request: it may be sent again.
const MAX_ATTEMPTS: usize = 3;
const PAUSE: Duration = Duration::from_millis(500);

/// Assumes role after role with the source's session; returns the last one's credentials. `source` is
/// the context of the chain's source.
pub(super) fn assume(
    source: &Context<'_>,
    chain: &RoleChain,
    session: SessionCredentials,
) -> Result<SessionCredentials, Error> {
    let contents = source.store.read()?;
    let config = source.read_config()?;
    let stored = source.find(contents.as_ref())?;
    let sections = stored.sections(config.as_ref())?;
    let regions = chain.roles.iter().find_map(|role| role.region.as_ref());
    let selection = source.selection.with_region(regions);
    let device = sections.device()?;
    let settings =
        StsSettings::resolve(&selection, source.environment, &sections, device.as_ref())?;
    source.check_obeyed(&stored, config.as_ref(), settings.obeyed())?;
    let authorities = source.read_authorities(&settings)?;
    source.name_endpoint(&settings, |note| source.console.notice(note));
    runtime::run(async {
        let sts = Sts::with_session(&session, &settings, &authorities).await?;
        let mut signer = session;
        for profile in chain.roles.iter().rev() {
            let (role, duration) = ((&*profile.name, &profile.role), profile.duration.value);
            let granted = assume_one(source, &sts, &signer, role, duration).await?;
            signer = granted.credentials;
        }
        Ok(signer)
    })
}

/// Assumes the role of this profile.
pub(super) async fn assume_one(
    source: &Context<'_>,
    sts: &Sts,
    signer: &SessionCredentials,
    (profile, role): (&str, &Role),
    duration: Duration,
) -> Result<Granted, Error> {
    let console = source.console;
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
            Err(error) => return Err(Error::Aws(explain(error, source, profile))),
        }
    }
}

fn explain(error: AwsError, source: &Context<'_>, profile: &str) -> AwsError {
    error.for_role(profile, source.selection.own_refresh())
}
