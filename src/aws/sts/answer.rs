//! Checks what STS granted before anything is written, because the SDK accepts a truncated answer.
//! Pure: the time is a parameter.

use std::ops::RangeInclusive;

use aws_sdk_sts::types::Credentials;
use time::{Duration, OffsetDateTime};

use crate::credentials_file::edit::can_be_stored;
use crate::secret::Secret;
use crate::session::{
    MAX_TOKEN, SessionCredentials, TEMPORARY_KEY_PREFIX, format_expiration, parse_expiration,
};

/// Source: the type `accessKeyIdType` in AWS's APIs.
const KEY_ID_LENGTHS: RangeInclusive<usize> = 16..=128;
/// In bytes; AWS's have 40.
const MAX_SECRET: usize = 1024;
/// The longest that AWS grants is 36 hours; the answer's `Date` is a little older than the grant.
const MAX_LIFETIME: Duration = Duration::days(3);
/// A clock that is off by less is allowed for: the SDK corrects what it signs. The answer's `Date`
/// alone must not decide how long a session seems to last.
const MAX_CLOCK_ERROR: Duration = Duration::days(2);

#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) credentials: SessionCredentials,
    /// From the answer's `Date` header, UTC.
    pub(crate) server_time: Option<OffsetDateTime>,
}

impl Granted {
    /// The error says what is wrong with the answer. `now` is the time by this computer's clock.
    pub(super) fn check(
        answer: Option<Credentials>,
        role_arn: Option<String>,
        server_time: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Self, &'static str> {
        let answer = answer.ok_or("it contains no credentials")?;
        let secret_access_key = Secret::new(answer.secret_access_key);
        let session_token = Secret::new(answer.session_token);
        let values = [
            answer.access_key_id.as_str(),
            secret_access_key.expose(),
            session_token.expose(),
        ];
        if values.iter().any(|value| value.is_empty()) {
            return Err("a key or the session token is missing");
        }
        let is_plain = |value: &&str| value.bytes().all(|b| b.is_ascii_graphic());
        if !values.iter().all(is_plain) {
            return Err(
                "a key or the session token contains a space, a line break or another invalid \
                 character",
            );
        }
        if !values.iter().all(|value| can_be_stored(value)) {
            return Err(
                "a key or the session token begins or ends with a character that the credentials \
                 file can't hold there",
            );
        }
        if !answer.access_key_id.starts_with(TEMPORARY_KEY_PREFIX) {
            return Err("its access key ID doesn't start with ASIA, so it isn't a session's");
        }
        if !KEY_ID_LENGTHS.contains(&answer.access_key_id.len())
            || secret_access_key.expose().len() > MAX_SECRET
            || session_token.expose().len() > MAX_TOKEN
        {
            return Err("a key or the session token is too short or too long");
        }
        let expiration = answer.expiration.secs();
        let expiration = check_expiration(expiration, check_date(server_time, now)?)?;
        let credentials = SessionCredentials {
            access_key_id: answer.access_key_id,
            secret_access_key,
            session_token,
            expiration,
            role_arn,
        };
        Ok(Self {
            credentials,
            server_time,
        })
    }
}

/// The server's time, else this computer's.
pub(super) fn check_date(
    server_time: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, &'static str> {
    let time = server_time.unwrap_or(now);
    if (time - now).abs() > MAX_CLOCK_ERROR {
        return Err("its date is days away from this computer's clock; check that clock");
    }
    Ok(time)
}

/// `seconds` since 1970.
fn check_expiration(seconds: i64, now: OffsetDateTime) -> Result<OffsetDateTime, &'static str> {
    let expiration = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let expiration = expiration.ok_or("its expiration is not a date")?;
    if expiration <= now {
        return Err("its expiration is not in the future");
    }
    // What can't be read from the file again would be refreshed again and again.
    if expiration - now > MAX_LIFETIME || parse_expiration(&format_expiration(expiration)).is_none()
    {
        return Err("its expiration is too far in the future");
    }
    Ok(expiration)
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::primitives::DateTime;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 11:00:00 UTC);

    fn check(id: &str, secret: &str, token: &str, hours: i64) -> Result<Granted, &'static str> {
        let expiration = DateTime::from_secs(NOW.unix_timestamp() + hours * 3600);
        let answer = Credentials::builder()
            .access_key_id(id)
            .secret_access_key(secret)
            .session_token(token)
            .expiration(expiration)
            .build()
            .unwrap();
        // This computer's clock needn't be right.
        let now = NOW - Duration::hours(47);
        Granted::check(Some(answer), None, Some(NOW), now)
    }

    #[test]
    fn a_session_s_keys_are_accepted() {
        let id = "ASIAIOSFODNN7EXAMPLE";
        let longest = "t".repeat(MAX_TOKEN);
        for hours in [1, 36] {
            assert!(check(id, "secret", &longest, hours).is_ok());
        }
    }

    #[test]
    fn what_is_no_session_is_refused() {
        let id = "ASIAIOSFODNN7EXAMPLE";
        let (long_id, long) = (
            format!("ASIA{}", "X".repeat(125)),
            "t".repeat(MAX_TOKEN + 1),
        );
        for (id, secret, token, hours, problem) in [
            ("AKIAIOSFODNN7EXAMPLE", "s", "t", 1, "ASIA"),
            ("asiaIOSFODNN7EXAMPLE", "s", "t", 1, "ASIA"),
            ("ASIA1", "s", "t", 1, "too short"),
            (&long_id, "s", "t", 1, "too long"),
            (id, &long, "t", 1, "too long"),
            (id, "s", &long, 1, "too long"),
            (id, "", "t", 1, "missing"),
            (id, "s", "t t", 1, "invalid character"),
            (id, "s", "\"t", 1, "can't hold"),
            (id, "s", "'t", 1, "can't hold"),
            (id, "s", ";t", 1, "can't hold"),
            (id, "#s", "t", 1, "can't hold"),
            (id, "s", "t\\", 1, "can't hold"),
            (id, "s", "t", 0, "not in the future"),
            (id, "s", "t", 24 * 4, "too far"),
            (id, "s", "t", 24 * 365 * 7973, "too far"),
            (id, "s", "t", i64::MAX / 3600 / 2, "not a date"),
        ] {
            let error = check(id, secret, token, hours)
                .map(drop)
                .expect_err(problem);
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn a_date_that_is_days_away_is_refused() {
        let far = Some(datetime!(2999-01-01 00:00 UTC));
        for (server_time, is_plausible) in [
            (far, false),
            (Some(NOW - Duration::days(3)), false),
            (Some(NOW + Duration::days(1)), true),
            (None, true),
        ] {
            let checked = check_date(server_time, NOW);
            assert_eq!(checked.is_ok(), is_plausible, "{server_time:?}");
        }
    }

    #[test]
    fn no_date_is_so_far_away_that_it_is_stored() {
        for now in [
            datetime!(9999-12-31 00:00 UTC),
            datetime!(3000-01-01 00:00 UTC),
        ] {
            let soon = now.unix_timestamp() + 3600;
            assert!(check_expiration(soon, now).is_err(), "{now}");
        }
    }
}
