//! What a refresh needs besides the profile: device, duration, role, region. Invalid values are
//! found here, before a code is asked for.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::duration::{check_duration, default_duration};
use super::{Environment, NamedCommand, ProfileSections, Selection, Setting, StsSettings};
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
            .map(|arn| resolve_role(arn, args, environment))
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
        Ok(Self {
            device: resolve_device(selection, args, environment, sections)?,
            duration,
            role,
            sts: StsSettings::resolve(selection, environment, sections)?,
            token_command: resolve_token_command(args, sections)?,
        })
    }
}

fn resolve_token_command(
    args: &RefreshArgs,
    sections: &ProfileSections<'_>,
) -> Result<Option<NamedCommand>, Error> {
    if let Some(flag) = Setting::flag("--token-command", args.token_command.clone()) {
        return NamedCommand::parse(flag).map(Some);
    }
    let places = [
        &sections.long_term,
        &sections.config_long_term,
        &sections.config,
    ];
    for section in places.into_iter().flatten() {
        if let Some(setting) = section.get("mfa_process")? {
            return NamedCommand::parse(setting).map(Some);
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
        setup: selection.command_line(Some("setup")),
    })?)
}

/// Returns an error if `device` can't be a device that shows codes.
pub(crate) fn check_device(device: Setting<String>) -> Result<Setting<String>, Error> {
    if device.value.contains(":u2f/") {
        return Err(device.origin.problem(
            "a security key or passkey (…:u2f/…) shows no codes; add an authenticator app to your \
             AWS user, which may have \
             up to eight MFA devices, and use that one",
        ));
    }
    if !has_only(&device.value, "+=/:,.@-", 9..=256) {
        return Err(device.origin.problem(
            "not an MFA serial; expected arn:aws:iam::<account>:mfa/<name>, or the number on the \
             back of a hardware token",
        ));
    }
    Ok(device)
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
        ProfileSections::first(&[(&sections.long_term, "duration_seconds")])?,
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
) -> Result<Role, Error> {
    let parts: Vec<&str> = arn.value.splitn(6, ':').collect();
    let is_role = matches!(parts[..], ["arn", _, "iam", "", _, name] if name.starts_with("role/"));
    if !is_role || !has_only(&arn.value, "+=/:,.@-", 20..=2048) {
        return Err(arn.origin.problem(
            "not a role ARN; expected something like arn:aws:iam::123456789012:role/name",
        ));
    }
    let session_name = match Setting::flag("--role-session-name", args.role_session_name.clone()) {
        Some(flag) => check(flag, is_session_name, "2 to 64 letters, digits and _+=,.@-")?,
        None => local_user(environment).unwrap_or_else(|| Setting::default("aws-mfa".to_owned())),
    };
    let external_id = Setting::flag("--external-id", args.external_id.clone());
    let allowed = "2 to 1224 letters, digits and _+=,.@:/-";
    let external_id = external_id
        .map(|id| check(id, is_external_id, allowed))
        .transpose()?;
    Ok(Role {
        arn,
        session_name,
        external_id,
    })
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
