//! What the main job reports, and its warning about environment variables that outrank the
//! session.

use std::time::Duration;

use crate::code::source::NewSession;
use crate::console::Console;
use crate::keys::source::KeySource;
use crate::sanitize::shorten;
use crate::session::{SessionCredentials, ValidSession};
use crate::settings::{Environment, Origin, RefreshSettings, Selection, Setting};
use crate::shell::option;
use crate::times::{LocalTime, TimeLeft};

/// A larger clock error is reported, as it shifts the validity of stored sessions.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);
/// With less left, the report on a valid session shows how to renew it.
const EXPIRES_SOON: Duration = Duration::from_hours(1);
/// AWS's clock and the time its answer takes can make a session this much shorter than requested.
const SLACK: Duration = Duration::from_mins(1);

/// Environment variables that AWS tools prefer to the session in the file.
const OVERRIDING_VARIABLES: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
];

pub(super) fn still_valid(
    console: &Console,
    selection: &Selection,
    session: ValidSession,
    credentials: &SessionCredentials,
    environment: &Environment,
) {
    let profile = shorten(&selection.profile.value);
    let (until, left) = (LocalTime(session.expiration), TimeLeft(session.remaining));
    console.report(format_args!(
        "the session of profile {profile} is valid until {until} ({left} left)"
    ));
    if session.remaining < EXPIRES_SOON {
        console.suggest(
            "to renew:",
            format_args!("{} --force", selection.command_line(None)),
        );
    }
    warn_of_environment(console, credentials, environment);
}

pub(super) fn refreshed(
    console: &Console,
    selection: &Selection,
    settings: &RefreshSettings,
    new: &NewSession,
) {
    let granted = &new.granted;
    let now = granted.server_time.unwrap_or_else(crate::clock::now);
    let expiration = granted.credentials.expiration;
    let left = Duration::try_from(expiration - now).unwrap_or_default();
    let account = new.identity.account.as_ref();
    let account = account
        .map(|account| format!(", account {account}"))
        .unwrap_or_default();
    let profile = shorten(&selection.profile.value);
    console.report(format_args!(
        "new session for profile {profile}{account}, valid until {} ({} left)",
        LocalTime(expiration),
        TimeLeft(left)
    ));
    if let Some(foreign) = settings.sts.custom_endpoint_note() {
        console.report(foreign);
    }
    if left + SLACK < settings.duration.value {
        console.warn(format_args!(
            "AWS granted a shorter session than the {} requested (the root user's last an hour at \
             most)",
            TimeLeft(settings.duration.value)
        ));
    }
    let clock_error = (crate::clock::now() - now).unsigned_abs();
    if clock_error > CLOCK_TOLERANCE {
        console.warn(format_args!(
            "this computer's clock is off by {}: correct it, or expiration times will be wrong",
            TimeLeft(clock_error)
        ));
    }
}

pub(super) fn how_to_use(
    console: &Console,
    selection: &Selection,
    credentials: &SessionCredentials,
    environment: &Environment,
) {
    if !is_selected(selection) {
        console.suggest(
            "to use it:",
            format_args!("aws s3 ls {}", option("--profile", &selection.section)),
        );
    }
    warn_of_environment(console, credentials, environment);
}

/// With `--verbose`, reports each setting and where it came from.
pub(super) fn settings(console: &Console, keys: &KeySource, settings: &RefreshSettings) {
    match keys {
        KeySource::File { keys, section } => {
            let id = &keys.access_key_id;
            console.detail(format_args!("access key ID: {id} (from [{section}])"));
        }
        KeySource::Process(command) => {
            console.detail(format_args!("access key: from {}", command.origin));
        }
    }
    console.detail(format_args!("MFA serial: {}", settings.device));
    let Setting { value, origin } = &settings.duration;
    let seconds = value.as_secs();
    console.detail(format_args!("duration: {seconds} seconds (from {origin})"));
    if let Some(Setting { value, origin }) = &settings.sts.ca_bundle {
        let path = value.display();
        console.detail(format_args!(
            "certificate authorities: {path} (from {origin})"
        ));
    }
    if let Some(proxy) = &settings.sts.proxy {
        console.detail(format_args!("proxy: {proxy}"));
    }
    match &settings.sts.region {
        Some(region) => console.detail(format_args!("region: {region}")),
        None => console.detail("region: none, the global endpoint"),
    }
    if let Some(command) = &settings.token_command {
        console.detail(format_args!("token command: from {}", command.origin));
    }
    if let Some(role) = &settings.role {
        console.detail(format_args!("role ARN: {}", role.arn));
        console.detail(format_args!("role session name: {}", role.session_name));
    }
}

/// Whether AWS tools use the session's section without `--profile`.
fn is_selected(selection: &Selection) -> bool {
    let by_environment = matches!(
        selection.profile.origin,
        Origin::Variable(_) | Origin::Default
    );
    by_environment && selection.section == selection.profile.value
}

/// Warns of variables that AWS tools prefer to the session, unless `aws-mfa env` set them to it.
fn warn_of_environment(
    console: &Console,
    credentials: &SessionCredentials,
    environment: &Environment,
) {
    let set: Vec<&str> = OVERRIDING_VARIABLES
        .into_iter()
        .filter(|name| environment.has(name))
        .collect();
    let holds = |name, value: &str| {
        let variable = environment.get(name).ok().flatten();
        variable.is_some_and(|variable| variable.value == value)
    };
    let (id, secret) = (
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
    );
    let token = credentials.session_token.expose();
    let is_this_session = || {
        holds("AWS_ACCESS_KEY_ID", id)
            && holds("AWS_SECRET_ACCESS_KEY", secret)
            && holds("AWS_SESSION_TOKEN", token)
            && (!environment.has("AWS_SECURITY_TOKEN") || holds("AWS_SECURITY_TOKEN", token))
    };
    if !set.is_empty() && !is_this_session() {
        console.warn(format_args!(
            "AWS tools will use {} from your environment instead of this session, unless you pass \
             `--profile`",
            join_with_and(&set)
        ));
        let cure = if cfg!(windows) {
            format!("set {}=", set.join("= & set "))
        } else {
            format!("unset {}", set.join(" "))
        };
        console.suggest("to fix:", cure);
    }
}

/// `A`, `A and B`, `A, B and C`.
fn join_with_and(words: &[&str]) -> String {
    match words {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => words.concat(),
    }
}
