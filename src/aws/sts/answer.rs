//! Checks what STS granted before anything is written, because the SDK accepts a truncated answer.
//! Pure: the time is a parameter.

use aws_sdk_sts::types::Credentials;
use time::OffsetDateTime;

use crate::secret::Secret;
use crate::session::SessionCredentials;

#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) credentials: SessionCredentials,
    /// From the answer's `Date` header, UTC.
    pub(crate) server_time: Option<OffsetDateTime>,
}

impl Granted {
    /// The error says what is wrong with the answer. `now`, the time by this computer's clock, is
    /// used only if there is no `server_time`.
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
        let expiration = OffsetDateTime::from_unix_timestamp(answer.expiration.secs())
            .map_err(|_| "its expiration is not a date")?;
        if expiration <= server_time.unwrap_or(now) {
            return Err("its expiration is not in the future");
        }
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
