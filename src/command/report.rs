//! What the main job reports, and how to use the session.

use std::time::Duration;

use super::context::Context;
use super::warnings::{AsToolsSeeIt, Reach};
use crate::code::source::NewSession;
use crate::console::Console;
use crate::keys::source::KeySource;
use crate::precedence::outranking_variables;
use crate::sanitize::shorten;
use crate::session::{SessionCredentials, ValidSession};
use crate::settings::{Environment, RefreshSettings, Selection, ServiceSettings, Setting, Verb};
use crate::shell::{line_with_variables, option, removal};
use crate::times::{LocalTime, TimeLeft};
use crate::words::join_with_and;

/// A larger clock error is reported, as it shifts the validity of stored sessions.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);
/// With less left, the report on a valid session shows how to renew it.
const EXPIRES_SOON: Duration = Duration::from_mins(15);
/// AWS's clock and the time its answer takes can make a session this much shorter than requested.
const SLACK: Duration = Duration::from_mins(1);

pub(super) fn still_valid(
    console: &Console,
    selection: &Selection,
    session: ValidSession,
    credentials: &SessionCredentials,
    environment: &Environment,
) {
    let profile = shorten(&selection.profile.value);
    let until = LocalTime(session.expiration, console.reader());
    let left = TimeLeft(session.remaining);
    console.report(format_args!(
        "the session of profile {profile}{} is valid until {until} ({left} left)",
        for_role(credentials)
    ));
    if session.remaining < EXPIRES_SOON {
        console.suggest("to renew:", selection.command_line(Verb::ForcedRefresh));
    }
    warn_of_environment(console, credentials, environment);
}

/// Instead of a new session, there is one that another aws-mfa got.
pub(super) fn stored_meanwhile(console: &Console) {
    console.report("another aws-mfa has stored a session in the meantime; no code was sent");
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
        "new session for profile {profile}{}{account}, valid until {} ({} left)",
        for_role(&granted.credentials),
        LocalTime(expiration, console.reader()),
        TimeLeft(left)
    ));
    if let Some(foreign) = settings.sts.custom_endpoint_note() {
        console.report(foreign);
    }
    if let Some(device) = &new.found_device {
        let setup = selection.command_line_with(Verb::Setup, &[("--device", device)]);
        console.suggest("to store the MFA device:", setup);
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

/// What a new shell holds, and how to leave it.
pub(super) fn shell(console: &Console, profile: &str, credentials: &SessionCredentials) {
    let left = Duration::try_from(credentials.expiration - crate::clock::now());
    console.report(format_args!(
        "a shell with the session of profile {}{}, valid until {} ({} left); `exit` leaves it",
        shorten(profile),
        for_role(credentials),
        LocalTime(credentials.expiration, console.reader()),
        TimeLeft(left.unwrap_or_default())
    ));
}

/// Names the role of a role's session.
fn for_role(credentials: &SessionCredentials) -> String {
    let role = credentials.role_arn.as_deref().map(shorten);
    role.map(|role| format!(" as {role}")).unwrap_or_default()
}

pub(super) fn how_to_use(context: &Context<'_>, reach: Reach, credentials: &SessionCredentials) {
    let (console, selection) = (context.console, &context.selection);
    let role = context.role_profile.as_ref();
    match reach {
        Reach::Profile if is_default(context) && selection.file_variables().is_empty() => {}
        Reach::Profile => console.suggest("to use it:", of_aws_cli(context, "aws s3 ls")),
        Reach::Variables => {
            let exec = match role {
                Some(role) => selection.command_line_for(&role.name, Verb::Exec),
                None => selection.command_line(Verb::Exec),
            };
            console.suggest("to use it:", format_args!("{exec} -- aws s3 ls"));
        }
        // The warning says what to do first.
        Reach::Nothing => {}
    }
    warn_of_environment(console, credentials, context.environment);
}

/// The profile that AWS tools are to use.
fn profile_of_tools<'a>(context: &'a Context<'_>) -> &'a str {
    let role = context.role_profile.as_ref();
    role.map_or(&context.selection.section, |role| &role.name)
}

/// Whether AWS tools use that profile without being told.
fn is_default(context: &Context<'_>) -> bool {
    let profile = profile_of_tools(context);
    context.environment.is_default_profile(profile)
}

/// A command of the AWS CLI for that profile and these files.
fn of_aws_cli(context: &Context<'_>, command: &str) -> String {
    let mut command = command.to_owned();
    if !is_default(context) {
        command.push(' ');
        command.push_str(&option("--profile", profile_of_tools(context)));
    }
    let shell = context.environment.shell_for_advice();
    line_with_variables(shell, &context.selection.file_variables(), &command)
}

/// Most AWS tools need a region for anything. Proposes the one that was used, unless AWS tools find
/// another.
pub(super) fn how_to_set_a_region(
    context: &Context<'_>,
    sts: &ServiceSettings,
    tools: AsToolsSeeIt,
) {
    let environment = context.environment;
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    // The AWS CLI doesn't edit a file that it rejects.
    if tools.has_region
        || tools.reach == Reach::Nothing
        || variables.iter().any(|name| environment.has(name))
        || !context.has_config_file()
    {
        return;
    }
    let region = sts.region_of_tools();
    let line = of_aws_cli(context, &format!("aws configure set region {region}"));
    context.console.suggest("to set a region:", line);
}

/// With `--verbose`, reports each setting and where it came from.
/// `keys` are `None` if a session signs.
pub(super) fn settings(console: &Console, keys: Option<&KeySource>, settings: &RefreshSettings) {
    match keys {
        None => console.detail("signed by the session of the profile, without a code"),
        Some(KeySource::File { keys, section }) => {
            let id = &keys.access_key_id;
            console.detail(format_args!("access key ID: {id} (from [{section}])"));
        }
        Some(KeySource::Process(command)) => {
            console.detail(format_args!("access key: from {}", command.origin));
        }
    }
    if let Some(device) = &settings.device {
        console.detail(format_args!("MFA serial: {device}"));
    }
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
    console.detail(format_args!("region: {}", settings.sts.region));
    if let Some(command) = &settings.token_command {
        console.detail(format_args!("token command: from {}", command.origin));
    }
    if let Some(command) = &settings.askpass {
        console.detail(format_args!("askpass program: from {}", command.origin));
    }
    if let Some(role) = &settings.role {
        console.detail(format_args!("role ARN: {}", role.arn));
        console.detail(format_args!("role session name: {}", role.session_name));
    }
}

/// Warns of variables that AWS tools prefer to the session, unless `aws-mfa env` set them to it.
fn warn_of_environment(
    console: &Console,
    credentials: &SessionCredentials,
    environment: &Environment,
) {
    let names = outranking_variables(credentials, environment);
    if names.is_empty() {
        return;
    }
    console.warn(format_args!(
        "AWS tools will use {} from your environment instead of this session, unless you pass \
         `--profile`",
        join_with_and(&names)
    ));
    // Of a session that `env` or `exec` has set, nothing should stay.
    let others = ["AWS_CREDENTIAL_EXPIRATION", "AWS_MFA_PROFILE"];
    let others = others.into_iter().filter(|name| environment.has(name));
    let names: Vec<&str> = names.into_iter().chain(others).collect();
    let cure = removal(environment.shell_for_advice(), &names);
    console.suggest("to fix:", cure);
}
