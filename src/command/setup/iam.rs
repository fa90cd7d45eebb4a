//! What IAM says of the keys that `setup` stores. Nothing depends on its answer, and many policies
//! forbid to ask. Edge.

use time::OffsetDateTime;
use tokio::time::timeout;

use super::super::aws_services::AwsServices;
use super::super::context::Context;
use super::super::devices::{Devices, PATIENCE};
use crate::aws::iam::Iam;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::runtime;
use crate::times::age;

pub(super) struct OfIam {
    /// The user's devices, or why IAM doesn't tell.
    pub(super) devices: Result<Devices, String>,
    /// When the keys were made, UTC.
    pub(super) created: Option<OffsetDateTime>,
}

/// Asks with the keys themselves.
pub(super) async fn ask(aws: &AwsServices, keys: &LongTermKeys) -> OfIam {
    let (iam, authorities) = (&aws.iam, &aws.authorities);
    let devices = async {
        let answer = timeout(PATIENCE, Devices::ask(keys, iam, authorities)).await;
        match answer {
            Ok(Ok(devices)) => Ok(devices),
            Ok(Err(error)) => Err(error.reason()),
            Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
        }
    };
    let created = async {
        let iam = Iam::with_keys(keys, iam, authorities).await.ok()?;
        let created = iam.created(&keys.access_key_id);
        timeout(PATIENCE, created).await.ok()?
    };
    let (devices, created) = tokio::join!(devices, created);
    OfIam { devices, created }
}

/// With a session, more policies allow to ask.
pub(super) fn report_age(
    context: &Context<'_>,
    aws: &AwsServices,
    known: Option<OffsetDateTime>,
) -> Result<(), Error> {
    if known.is_some() {
        return Ok(());
    }
    let stored = context.read_profile(|stored| {
        let keys = stored.long_term.as_ref();
        // Those that a command prints aren't there.
        let keys = keys.and_then(|section| LongTermKeys::read(section).ok());
        Ok(stored.own_session().zip(keys))
    })?;
    let Some((session, keys)) = stored else {
        return Ok(());
    };
    let created = runtime::run(async {
        let ask = async {
            let authorities = &aws.authorities;
            let iam = Iam::with_session(&session, &aws.iam, authorities).await;
            iam.ok()?.created(&keys.access_key_id).await
        };
        Ok(timeout(PATIENCE, ask).await.ok().flatten())
    })?;
    if let Some(created) = created {
        let console = context.console;
        console.report(format_args!("the keys are {}", age(created)));
    }
    Ok(())
}
