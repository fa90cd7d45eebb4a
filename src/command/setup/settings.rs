//! Which MFA device and session duration `setup` stores: given, stored already, or asked for. Edge.

use std::time::Duration;

use super::situation::Situation;
use super::{Setup, UNKNOWN_DEVICE};
use crate::aws::connection::check_account;
use crate::aws::identity::Identity;
use crate::error::Error;
use crate::settings::{DeviceArn, Origin, Setting, check_device, check_duration, default_duration};
use crate::times::TimeLeft;

impl Setup<'_> {
    /// The MFA device's serial.
    pub(super) async fn choose_device(
        &self,
        known: Option<&Setting<String>>,
        identity: &Identity,
        rotates: bool,
    ) -> Result<String, Error> {
        if let Some(given) = &self.args.device {
            let given = Setting::new(given.clone(), Origin::Flag("--device"));
            return check(given, identity).map(|device| device.value);
        }
        let known = match known.map(|known| check(known.clone(), identity)) {
            Some(Err(error)) if !self.dialogue.can_ask() => return Err(error),
            Some(Err(error)) => {
                self.dialogue.say(&error.to_string());
                None
            }
            Some(Ok(known)) if rotates || !self.dialogue.can_ask() => return Ok(known.value),
            Some(Ok(known)) => Some(known.value),
            None => None,
        };
        let proposed = known.or_else(|| identity.usual_device());
        self.ask_device(proposed.as_deref(), identity, &[]).await
    }

    /// Asks for a device that isn't one of `unknown`: another code would be lost on it.
    pub(super) async fn ask_device(
        &self,
        proposed: Option<&str>,
        identity: &Identity,
        unknown: &[String],
    ) -> Result<String, Error> {
        self.dialogue.say(
            "To find the device's ARN in the AWS console, click your name at the top right, then \
             Security credentials, and see Multi-factor authentication. A hardware token has a \
             number instead.",
        );
        let device = |text: &str| {
            let device = Setting::new(text.to_owned(), Origin::Default);
            let device = check(device, identity).map_err(problem)?.value;
            if unknown.contains(&device) {
                return Err(UNKNOWN_DEVICE.to_owned());
            }
            Ok(device)
        };
        let is_arn = |text: &str| DeviceArn::parse(text).is_some();
        self.dialogue
            .line("MFA device", "--device", proposed, is_arn, device)
            .await
    }

    /// The session duration, and whether it has to be stored.
    pub(super) async fn choose_duration(
        &self,
        situation: &Situation,
        rotates: bool,
    ) -> Result<(Duration, bool), Error> {
        let with_role = situation.has_role;
        let stored = situation.duration.clone();
        let (known, problem_there) = match stored.map(|known| check_duration(known, with_role)) {
            Some(Ok(Some(known))) => (known.value, None),
            Some(Ok(None)) | None => (default_duration(with_role), None),
            Some(Err(error)) => (default_duration(with_role), Some(error)),
        };
        let is_bad = problem_there.is_some();
        if let Some(given) = &self.args.duration {
            let given = Setting::new(given.clone(), Origin::Flag("--duration"));
            let given = check_duration(given, with_role)?;
            let duration = given.map_or(known, |given| given.value);
            return Ok((duration, duration != known || is_bad));
        }
        match problem_there {
            Some(error) if !self.dialogue.can_ask() => return Err(error),
            Some(error) => self.dialogue.say(&error.to_string()),
            None if rotates || !self.dialogue.can_ask() => return Ok((known, false)),
            None => {}
        }
        let check = |text: &str| {
            let given = Setting::new(text.to_owned(), Origin::Default);
            let given = check_duration(given, with_role).map_err(problem)?;
            Ok(given.map_or(known, |given| given.value))
        };
        let proposed = TimeLeft(known).to_string();
        let duration = self
            .dialogue
            .line(
                "Session duration",
                "--duration",
                Some(&proposed),
                |_| false,
                check,
            )
            .await?;
        Ok((duration, duration != known || is_bad))
    }
}

/// What is wrong with an answer, without the setting's name: the user knows what was asked.
fn problem(error: Error) -> String {
    match error {
        Error::Setting { problem, .. } => problem,
        error => error.to_string(),
    }
}

/// Returns an error if it isn't a device of that user's account.
fn check(device: Setting<String>, identity: &Identity) -> Result<Setting<String>, Error> {
    let device = check_device(device)?;
    check_account(&device, identity)?;
    Ok(device)
}
