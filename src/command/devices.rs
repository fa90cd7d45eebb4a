//! The user's MFA devices, asked of IAM where none is configured. Edge.

use std::time::Duration;

use tokio::time::timeout;

use crate::aws::authorities::Authorities;
use crate::aws::error::AwsError;
use crate::aws::iam::Iam;
use crate::aws::identity::Identity;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::settings::{Origin, Selection, ServiceSettings, Setting, Verb, check_device};
use crate::shell::option;
use crate::words::join_with_and;

/// A person waits for it, or a code that was given.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How to get one.
pub(super) const ADD_ONE: &str = "in the AWS console, click your name at the top right, then Security \
    credentials, then Assign MFA device, and choose Authenticator app";

pub(super) struct Devices {
    /// The serials of those that show codes.
    pub(super) with_codes: Vec<String>,
    /// Security keys, passkeys, and whatever else there may be.
    pub(super) others: Vec<String>,
}

impl Devices {
    pub(super) async fn ask(
        keys: &LongTermKeys,
        iam: &ServiceSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        let iam = Iam::with_keys(keys, iam, authorities).await?;
        let serials = iam.mfa_devices().await?;
        let shows_codes =
            |serial: &String| check_device(Setting::new(serial.clone(), Origin::Iam)).is_ok();
        let (with_codes, others) = serials.into_iter().partition(shows_codes);
        Ok(Self { with_codes, others })
    }

    /// The only one with codes. Otherwise the error names what there is, and how to choose.
    pub(super) fn only_one(
        mut self,
        identity: &Identity,
        selection: &Selection,
    ) -> Result<Setting<String>, Error> {
        let setup = selection.command_line(Verb::Setup);
        let (problem, hint) = match (self.with_codes.as_slice(), self.others.as_slice()) {
            ([_], _) => return Ok(Setting::new(self.with_codes.remove(0), Origin::Iam)),
            ([first, ..], _) => (
                format!(
                    "{identity}, has {} MFA devices that show codes: {}",
                    self.with_codes.len(),
                    join_with_and(&self.with_codes)
                ),
                format!(
                    "choose one, for example: {setup} {}",
                    option("--device", first)
                ),
            ),
            ([], []) => (
                format!("{identity}, has no MFA device"),
                format!("{ADD_ONE}; then run `{setup}`"),
            ),
            ([], others) => (
                format!(
                    "{identity}, has no MFA device that shows codes, only {}",
                    join_with_and(others)
                ),
                format!("add an authenticator app: {ADD_ONE}; then run `{setup}`"),
            ),
        };
        Err(Error::NoUsableDevice { problem, hint })
    }
}

/// The user's only device with codes, where none is configured.
pub(super) async fn find(
    keys: &LongTermKeys,
    iam: &ServiceSettings,
    authorities: &Authorities,
    (identity, selection): (&Identity, &Selection),
) -> Result<Setting<String>, Error> {
    let answer = timeout(PATIENCE, Devices::ask(keys, iam, authorities)).await;
    let answer = answer.unwrap_or_else(|_| {
        let host = iam.host().to_owned();
        Err(AwsError::no_answer_within("ListMFADevices", host, PATIENCE))
    });
    match answer {
        Ok(devices) => devices.only_one(identity, selection),
        Err(error) => Err(Error::NoDevice {
            section: selection.long_term_section.clone(),
            setup: selection.command_line(Verb::Setup),
            source: Some(Box::new(error)),
        }),
    }
}
