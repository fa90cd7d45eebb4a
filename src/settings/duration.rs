//! Durations as people write them, and the session durations that AWS allows. Pure.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::origin::Setting;
use crate::error::Error;

/// Seconds that `GetSessionToken` allows. Source:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
const SESSION_SECONDS: RangeInclusive<u64> = 900..=129_600;
/// Seconds that `AssumeRole` allows; the role's own maximum may be less. Source:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
const ROLE_SECONDS: RangeInclusive<u64> = 900..=43_200;
const DEFAULT_SESSION: Duration = Duration::from_hours(12);
const DEFAULT_ROLE_SESSION: Duration = Duration::from_hours(1);

/// Accepts seconds (`43200`), or numbers with units (`12h`, `1h 30m`).
pub(crate) fn parse_duration(setting: &Setting<String>) -> Result<Duration, Error> {
    let text = setting.value.trim();
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|_| {
        setting
            .origin
            .problem("not a duration; expected seconds (43200) or units (12h, 1h30m)")
    })
}

pub(crate) fn default_duration(with_role: bool) -> Duration {
    if with_role {
        DEFAULT_ROLE_SESSION
    } else {
        DEFAULT_SESSION
    }
}

/// Returns an error if AWS doesn't allow the duration. 0 means unset, as in the Python aws-mfa.
pub(crate) fn check_duration(
    candidate: Setting<String>,
    with_role: bool,
) -> Result<Option<Setting<Duration>>, Error> {
    let duration = parse_duration(&candidate)?;
    if duration.is_zero() {
        return Ok(None);
    }
    let (allowed, for_what) = if with_role {
        (ROLE_SECONDS, "for a role")
    } else {
        (SESSION_SECONDS, "for a session")
    };
    let seconds = duration.as_secs();
    if allowed.contains(&seconds) {
        return Ok(Some(Setting::new(duration, candidate.origin)));
    }
    let (least, most) = (allowed.start(), allowed.end());
    // Hours without their unit.
    let is_number = candidate.value.trim().bytes().all(|b| b.is_ascii_digit());
    let are_hours = is_number && allowed.contains(&seconds.saturating_mul(3600));
    let meant = are_hours.then(|| format!("; did you mean {seconds}h?"));
    Err(candidate.origin.problem(format!(
        "{seconds} seconds is outside the {least} to {most} that AWS allows {for_what}{}",
        meant.unwrap_or_default()
    )))
}
