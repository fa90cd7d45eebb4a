//! What a refresh needs besides the profile: device, duration, role, region. Invalid values are
//! found here, before a code is asked for.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::aws::STS;
use super::device::{check_device, check_role, iam_arn};
use super::duration::{check_duration, default_duration};
use super::{Environment, NamedCommand, ProfileSections, Selection, ServiceSettings, Setting};
use crate::cli::RefreshArgs;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefreshSettings {
    /// The MFA serial: a virtual device's ARN or a hardware token's number.
    pub(crate) device: Option<Setting<String>>,
    pub(crate) duration: Setting<Duration>,
    /// `None` means `GetSessionToken`.
    pub(crate) role: Option<Role>,
    pub(crate) sts: ServiceSettings,
    pub(crate) token_command: Option<NamedCommand>,
    /// Asks in a window where there is no terminal.
    pub(crate) askpass: Option<NamedCommand>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) arn: Setting<String>,
    /// The session's name in AWS's logs.
    pub(crate) session_name: Setting<String>,
    /// The role's trust policy may require it.
    pub(crate) external_id: Option<Setting<String>>,
}

/// What a code is exchanged for.
#[derive(Clone, Copy)]
pub(crate) struct SessionRequest<'s> {
    /// The MFA serial.
    pub(crate) device: &'s Setting<String>,
    pub(crate) duration: Duration,
    /// `None` means `GetSessionToken`.
    pub(crate) role: Option<&'s Role>,
}

impl RefreshSettings {
    pub(crate) fn request<'s>(&'s self, device: &'s Setting<String>) -> SessionRequest<'s> {
        SessionRequest {
            device,
            duration: self.duration.value,
            role: self.role.as_ref(),
        }
    }

    /// `role` comes from [`Selection::role`].
    pub(crate) fn resolve(
        selection: &Selection,
        role: Option<Setting<String>>,
        args: &RefreshArgs,
        environment: &Environment,
        sections: &ProfileSections<'_>,
    ) -> Result<Self, Error> {
        let role = role
            .map(|arn| Role::resolve(arn, args, environment, sections))
            .transpose()?;
        let duration = resolve_duration(role.is_some(), args, environment, sections)?;
        let min_remaining = &selection.min_remaining;
        if min_remaining.value >= duration.value {
            let problem = format!(
                "must be shorter than the session ({} seconds)",
                duration.value.as_secs()
            );
            return Err(min_remaining.origin.problem(problem));
        }
        let device = given_device(args, environment, sections)?;
        let role_arn = role.as_ref().map(|role| &role.arn);
        if let (Some(device), Some(role)) = (&device, role_arn) {
            check_role(device, role)?;
        }
        let anchor = device.as_ref().or(role_arn);
        Ok(Self {
            sts: ServiceSettings::resolve(&STS, selection, environment, sections, anchor)?,
            device,
            duration,
            role,
            token_command: resolve_token_command(args, environment, sections)?,
            askpass: resolve_askpass(environment, sections)?,
        })
    }
}

fn resolve_token_command(
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<NamedCommand>, Error> {
    if let Some(flag) = Setting::flag("--token-command", args.code.token_command.clone()) {
        return NamedCommand::parse(flag, environment).map(Some);
    }
    stored_command("mfa_process", environment, sections)
}

/// `AWS_MFA_ASKPASS`, else `mfa_askpass` of the files, else ssh's own where ssh would use it.
fn resolve_askpass(
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<NamedCommand>, Error> {
    if let Some(variable) = environment.get("AWS_MFA_ASKPASS")? {
        return NamedCommand::parse(variable, environment).map(Some);
    }
    match stored_command("mfa_askpass", environment, sections)? {
        Some(stored) => Ok(Some(stored)),
        None => Ok(ssh_askpass(environment).map(NamedCommand::program_only)),
    }
}

/// These variables are ssh's: what is wrong with them is no reason to fail.
/// Source: ssh(1), ENVIRONMENT.
fn ssh_askpass(environment: &Environment) -> Option<Setting<String>> {
    let get = |name| environment.get(name).ok().flatten();
    let has_display = environment.has("DISPLAY") || environment.has("WAYLAND_DISPLAY");
    let is_wanted = match get("SSH_ASKPASS_REQUIRE") {
        Some(required) if required.value == "never" => false,
        Some(required) if required.value == "force" => true,
        _ => has_display,
    };
    get("SSH_ASKPASS").filter(|_| is_wanted)
}

/// A command from the long-term section, else from the config file.
fn stored_command(
    key: &'static str,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<NamedCommand>, Error> {
    let stored = ProfileSections::first(&[
        (&sections.long_term, key),
        (&sections.config_long_term, key),
        (&sections.config, key),
    ])?;
    let parse = |setting| NamedCommand::parse(setting, environment);
    stored.map(parse).transpose()
}

/// The MFA device's serial: flag, `MFA_DEVICE`, else the files'.
pub(crate) fn given_device(
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<String>>, Error> {
    let given = args.code.device.as_ref();
    let device = match environment.option_or_variable("--device", given, &["MFA_DEVICE"])? {
        Some(given) => Some(given),
        None => sections.device()?,
    };
    device.map(check_device).transpose()
}

/// Flag, else `MFA_STS_DURATION`.
pub(crate) fn given_duration(
    with_role: bool,
    args: &RefreshArgs,
    environment: &Environment,
) -> Result<Option<Setting<Duration>>, Error> {
    let flag = Setting::flag("--duration", args.duration.clone());
    let variable = environment.get("MFA_STS_DURATION")?;
    let mut given = [flag, variable].into_iter().flatten();
    let checked = given.find_map(|given| check_duration(given, with_role).transpose());
    checked.transpose()
}

fn resolve_duration(
    with_role: bool,
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Setting<Duration>, Error> {
    if let Some(given) = given_duration(with_role, args, environment)? {
        return Ok(given);
    }
    let stored = ProfileSections::first(&[
        (&sections.long_term, "duration_seconds"),
        (&sections.config_long_term, "duration_seconds"),
    ])?;
    let stored = stored.map(|stored| check_duration(stored, with_role));
    let default = || Setting::default(default_duration(with_role));
    Ok(stored.transpose()?.flatten().unwrap_or_else(default))
}

impl Role {
    /// The role of a refresh.
    pub(crate) fn resolve(
        arn: Setting<String>,
        args: &RefreshArgs,
        environment: &Environment,
        sections: &ProfileSections<'_>,
    ) -> Result<Self, Error> {
        // Beside the role in the long-term section; they belong to that role only.
        let is_stored = arn.origin.file().is_some();
        let stored = |key| match &sections.long_term {
            Some(section) if is_stored => section.get(key),
            _ => Ok(None),
        };
        let name = args.role_session_name.clone();
        let session_name = match Setting::flag("--role-session-name", name) {
            Some(flag) => Some(flag),
            None => stored("role_session_name")?,
        };
        let external_id = match Setting::flag("--external-id", args.external_id.clone()) {
            Some(flag) => Some(flag),
            None => stored("external_id")?,
        };
        Self::of_profile(arn, session_name, external_id, environment)
    }

    /// Returns an error if AWS doesn't allow one of these values. Without a session name, it is the
    /// local user's.
    pub(crate) fn of_profile(
        arn: Setting<String>,
        session_name: Option<Setting<String>>,
        external_id: Option<Setting<String>>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let is_role = iam_arn(&arn.value).is_some_and(|(_, _, resource)| {
            let name = resource.strip_prefix("role/");
            name.is_some_and(|path| path.split('/').all(|name| !name.is_empty()))
        });
        if !is_role || !has_only(&arn.value, "+=/:,.@-", 20..=2048) {
            return Err(arn.origin.problem(
                "not a role ARN; expected something like arn:aws:iam::123456789012:role/name",
            ));
        }
        let default = || Setting::default("aws-mfa".to_owned());
        let session_name = match session_name {
            Some(name) => check(name, is_session_name, "2 to 64 letters, digits and _+=,.@-")?,
            None => local_user(environment).unwrap_or_else(default),
        };
        let allowed = "2 to 1224 letters, digits and _+=,.@:/-";
        let external_id = external_id
            .map(|id| check(id, is_external_id, allowed))
            .transpose()?;
        Ok(Self {
            arn,
            session_name,
            external_id,
        })
    }
}

fn check(
    setting: Setting<String>,
    is_valid: fn(&str) -> bool,
    allowed: &str,
) -> Result<Setting<String>, Error> {
    if is_valid(&setting.value) {
        Ok(setting)
    } else {
        Err(setting.origin.problem(format!("AWS allows {allowed} here")))
    }
}

/// The local user's name if AWS allows it as a session name.
fn local_user(environment: &Environment) -> Option<Setting<String>> {
    ["LOGNAME", "USER", "USERNAME"]
        .into_iter()
        .filter_map(|name| environment.get(name).ok().flatten())
        .find(|user| is_session_name(&user.value))
}

fn is_external_id(id: &str) -> bool {
    has_only(id, "+=,.@:/-", 2..=1224)
}

fn is_session_name(name: &str) -> bool {
    has_only(name, "+=,.@-", 2..=64)
}

/// AWS's `[\w…]` patterns: `len` ASCII letters, digits, `_` and `others`.
fn has_only(text: &str, others: &str, len: RangeInclusive<usize>) -> bool {
    len.contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || others.contains(c))
}

#[cfg(test)]
mod tests;
