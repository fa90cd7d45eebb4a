//! Which MFA device `setup` stores: given, stored already, one of those that IAM knows, or asked for.
//! Edge.

use super::settings::problem;
use super::{Setup, UNKNOWN_DEVICE};
use crate::aws::connection::check_account;
use crate::aws::identity::Identity;
use crate::command::devices::{ADD_ONE, Devices};
use crate::error::Error;
use crate::settings::{DeviceArn, Origin, Setting, check_device};
use crate::words::join_with_and;

/// What the user knows of devices before being asked for one.
struct Shown {
    proposed: Option<String>,
    /// Numbered from 1.
    choices: Vec<String>,
}

impl Setup<'_> {
    /// The MFA device's serial. `devices` are those that IAM knows, or why it doesn't tell.
    pub(super) async fn choose_device(
        &self,
        known: Option<&Setting<String>>,
        (identity, devices): (&Identity, Result<Devices, String>),
        rotates: bool,
    ) -> Result<String, Error> {
        if let Some(given) = &self.args.device {
            let given = Setting::new(given.clone(), Origin::Flag("--device"));
            return check(given, identity).map(|device| device.value);
        }
        let can_ask = self.dialogue.can_ask();
        let known = match known.map(|known| check(known.clone(), identity)) {
            Some(Err(error)) if !can_ask => return Err(error),
            Some(Err(error)) => {
                self.dialogue.say(&error.to_string());
                None
            }
            Some(Ok(known)) if rotates || !can_ask => return Ok(known.value),
            Some(Ok(known)) => Some(known.value),
            None => None,
        };
        let shown = match (known, devices) {
            (Some(known), _) => Shown {
                proposed: Some(known),
                choices: Vec::new(),
            },
            (None, Ok(devices)) if can_ask => self.show(devices),
            (None, Ok(devices)) => {
                let device = devices.only_one(identity, &self.context.selection)?;
                return check(device, identity).map(|device| device.value);
            }
            (None, Err(reason)) if can_ask => self.guess(identity, &reason),
            (None, Err(reason)) => {
                let console = self.context.console;
                console.report(format_args!(
                    "AWS doesn't tell this user's MFA devices ({reason})"
                ));
                Shown {
                    proposed: None,
                    choices: Vec::new(),
                }
            }
        };
        self.ask_for(&shown, identity, &[]).await
    }

    /// Shows what IAM knows.
    fn show(&self, devices: Devices) -> Shown {
        let Devices { with_codes, others } = devices;
        if !others.is_empty() {
            self.dialogue.say(&format!(
                "security keys and passkeys show no codes: {}",
                join_with_and(&others)
            ));
        }
        match with_codes.as_slice() {
            [] => self.dialogue.say(&format!(
                "this user has no MFA device that shows codes; to add one: {ADD_ONE}"
            )),
            [only] => self
                .dialogue
                .say(&format!("this user's MFA device is {only}")),
            several => {
                self.dialogue.say("this user's MFA devices:");
                for (index, device) in several.iter().enumerate() {
                    self.dialogue.say(&format!("  {}  {device}", index + 1));
                }
            }
        }
        Shown {
            proposed: with_codes.first().cloned(),
            choices: with_codes,
        }
    }

    /// Proposes what most users call their device.
    fn guess(&self, identity: &Identity, reason: &str) -> Shown {
        let proposed = identity.usual_device();
        let guess = match proposed {
            Some(_) => "; the one in brackets is a guess",
            None => "",
        };
        self.dialogue.say(&format!(
            "AWS doesn't tell this user's MFA devices ({reason}){guess}"
        ));
        self.dialogue.say(WHERE_TO_FIND);
        Shown {
            proposed,
            choices: Vec::new(),
        }
    }

    /// Asks for a device that isn't one of `unknown`: another code would be lost on it.
    pub(super) async fn ask_device(
        &self,
        identity: &Identity,
        unknown: &[String],
    ) -> Result<String, Error> {
        self.dialogue.say(WHERE_TO_FIND);
        let shown = Shown {
            proposed: None,
            choices: Vec::new(),
        };
        self.ask_for(&shown, identity, unknown).await
    }

    async fn ask_for(
        &self,
        shown: &Shown,
        identity: &Identity,
        unknown: &[String],
    ) -> Result<String, Error> {
        let chosen = |text: &str| {
            let index = text.parse::<usize>().ok()?.checked_sub(1)?;
            shown.choices.get(index).cloned()
        };
        let device = |text: &str| {
            let device = chosen(text).unwrap_or_else(|| text.to_owned());
            let device = Setting::new(device, Origin::Default);
            let device = check(device, identity).map_err(problem)?.value;
            if unknown.contains(&device) {
                return Err(UNKNOWN_DEVICE.to_owned());
            }
            Ok(device)
        };
        let is_arn = |text: &str| DeviceArn::parse(text).is_some();
        let question = match shown.choices.len() {
            0 | 1 => "MFA device".to_owned(),
            count => format!("MFA device (1 to {count}, or another)"),
        };
        let proposed = shown.proposed.as_deref();
        let asked = self
            .dialogue
            .line(&question, "--device", proposed, is_arn, device);
        asked.await
    }
}

const WHERE_TO_FIND: &str = "To find the device's ARN in the AWS console, click your name at the top \
    right, then Security credentials, and see Multi-factor authentication. A hardware token has a \
    number instead.";

/// Returns an error if it isn't a device of that user's account.
fn check(device: Setting<String>, identity: &Identity) -> Result<Setting<String>, Error> {
    let device = check_device(device)?;
    check_account(&device, identity)?;
    Ok(device)
}
