//! The services of AWS that more than one command calls: how to reach them, and whom to trust. Edge.

use super::context::Context;
use super::stored_profile::{ConfigFile, StoredProfile};
use crate::aws::authorities::Authorities;
use crate::error::Error;
use crate::settings::aws::{IAM, STS};
use crate::settings::{ProfileSections, ServiceSettings, Setting};

pub(super) struct AwsServices {
    pub(super) sts: ServiceSettings,
    pub(super) iam: ServiceSettings,
    pub(super) authorities: Authorities,
}

impl AwsServices {
    /// `device` tells the part of AWS. Returns an error for settings that can't be right, or that
    /// somebody else may have written.
    pub(super) fn resolve(
        context: &Context<'_>,
        stored: &StoredProfile<'_>,
        config: Option<&ConfigFile<'_>>,
        (sections, device): (&ProfileSections<'_>, Option<&Setting<String>>),
    ) -> Result<Self, Error> {
        let (selection, environment) = (&context.selection, context.environment);
        let resolve =
            |service| ServiceSettings::resolve(service, selection, environment, sections, device);
        let (sts, iam) = (resolve(&STS)?, resolve(&IAM)?);
        context.check_obeyed(stored, config, sts.obeyed().chain(iam.obeyed()))?;
        Ok(Self {
            authorities: context.read_authorities(&sts)?,
            sts,
            iam,
        })
    }
}
