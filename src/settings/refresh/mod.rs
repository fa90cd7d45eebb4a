//! What a refresh needs besides the profile: device, duration, role, region. Invalid values are
//! found here, before a code is asked for.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::device::{check_device, check_role, iam_arn};
use super::duration::{check_duration, default_duration};
use super::{Environment, NamedCommand, ProfileSections, Selection, Setting, StsSettings, Verb};
use crate::cli::RefreshArgs;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefreshSettings {
    /// The MFA serial: a virtual device's ARN or a hardware token's number.
    pub(crate) device: Setting<String>,
    pub(crate) duration: Setting<Duration>,
    /// `None` means `GetSessionToken`.
    pub(crate) role: Option<Role>,
    pub(crate) sts: StsSettings,
    pub(crate) token_command: Option<NamedCommand>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) arn: Setting<String>,
    /// The session's name in AWS's logs.
    pub(crate) session_name: Setting<String>,
    /// The role's trust policy may require it.
    pub(crate) external_id: Option<Setting<String>>,
}

impl RefreshSettings {
    /// `role` comes from [`Selection::role`].
    pub(crate) fn resolve(
        selection: &Selection,
        role: Option<Setting<String>>,
        args: &RefreshArgs,
        environment: &Environment,
        sections: &ProfileSections<'_>,
    ) -> Result<Self, Error> {
        let role = role
            .map(|arn| resolve_role(arn, args, environment, sections))
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
        let device = resolve_device(selection, args, environment, sections)?;
        if let Some(role) = &role {
            check_role(&device, &role.arn)?;
        }
        Ok(Self {
            sts: StsSettings::resolve(selection, environment, sections, Some(&device))?,
            device,
            duration,
            role,
            token_command: resolve_token_command(args, environment, sections)?,
        })
    }
}

fn resolve_token_command(
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Option<NamedCommand>, Error> {
    if let Some(flag) = Setting::flag("--token-command", args.token_command.clone()) {
        return NamedCommand::parse(flag, environment).map(Some);
    }
    let places = [
        &sections.long_term,
        &sections.config_long_term,
        &sections.config,
    ];
    for section in places.into_iter().flatten() {
        if let Some(setting) = section.get("mfa_process")? {
            return NamedCommand::parse(setting, environment).map(Some);
        }
    }
    Ok(None)
}

fn resolve_device(
    selection: &Selection,
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Setting<String>, Error> {
    let device =
        match environment.option_or_variable("--device", args.device.as_ref(), &["MFA_DEVICE"])? {
            Some(given) => Some(given),
            None => sections.device()?,
        };
    check_device(device.ok_or_else(|| Error::NoDevice {
        section: selection.long_term_section.clone(),
        path: selection.credentials_file.value.clone(),
        setup: selection.command_line(Verb::Setup),
    })?)
}

fn resolve_duration(
    with_role: bool,
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Setting<Duration>, Error> {
    let candidates = [
        Setting::flag("--duration", args.duration.clone()),
        environment.get("MFA_STS_DURATION")?,
        ProfileSections::first(&[
            (&sections.long_term, "duration_seconds"),
            (&sections.config_long_term, "duration_seconds"),
        ])?,
    ];
    for candidate in candidates.into_iter().flatten() {
        if let Some(duration) = check_duration(candidate, with_role)? {
            return Ok(duration);
        }
    }
    Ok(Setting::default(default_duration(with_role)))
}

fn resolve_role(
    arn: Setting<String>,
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Role, Error> {
    // Beside the role in the long-term section; they belong to that role only.
    let is_stored = arn.origin.file().is_some();
    let stored = |key| match &sections.long_term {
        Some(section) if is_stored => section.get(key),
        _ => Ok(None),
    };
    let session_name = match Setting::flag("--role-session-name", args.role_session_name.clone()) {
        Some(flag) => Some(flag),
        None => stored("role_session_name")?,
    };
    let external_id = match Setting::flag("--external-id", args.external_id.clone()) {
        Some(flag) => Some(flag),
        None => stored("external_id")?,
    };
    Role::of_profile(arn, session_name, external_id, environment)
}

impl Role {
    /// Returns an error if AWS doesn't allow one of these values. Without a session name, it is the
    /// local user's.
    pub(crate) fn of_profile(
        arn: Setting<String>,
        session_name: Option<Setting<String>>,
        external_id: Option<Setting<String>>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let is_role = iam_arn(&arn.value).is_some_and(|(_, _, name)| name.starts_with("role/"));
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
