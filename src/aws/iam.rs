//! The calls to AWS IAM: which MFA devices the user has, and which permanent keys. Edge.
//!
//! None names a user: IAM takes the one whose credentials sign.

use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::config::{Config, Credentials};
use aws_sdk_iam::primitives::DateTime;
use aws_sdk_iam::types::StatusType;
use time::OffsetDateTime;
use tokio::time::timeout;

use super::authorities::Authorities;
use super::client::{Link, configure, of_keys, of_session, timeouts};
use super::error::AwsError;
use super::tls::NoRetryOnTlsError;
use crate::credentials_file::edit::can_be_stored;
use crate::keys::{LongTermKeys, is_key_id, is_secret_key};
use crate::secret::Secret;
use crate::session::{SessionCredentials, TEMPORARY_KEY_PREFIX};
use crate::settings::ServiceSettings;

/// More pages of devices or keys than this are no answer of IAM's.
const MAX_PAGES: usize = 10;

/// From a request to the end of its answer; the SDK makes three attempts, but one where that could do
/// something twice.
const ATTEMPT: Duration = Duration::from_secs(8);

/// How often to look whether a change can be seen, and for how long.
const LOOKS: usize = 10;
const LOOKING: Duration = Duration::from_secs(20);

/// A client that signs with long-term keys, or with a session.
pub(crate) struct Iam {
    client: Client,
    link: Link,
}

/// A permanent key as IAM lists it.
#[derive(Clone, Debug)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) is_active: bool,
    /// UTC.
    pub(crate) created: OffsetDateTime,
}

/// When a key was used last, as far as IAM knows: some hours behind.
#[derive(Clone, Debug)]
pub(crate) struct LastUse {
    /// UTC.
    pub(crate) at: OffsetDateTime,
    /// Such as `s3`.
    pub(crate) service: String,
    pub(crate) region: String,
}

impl Iam {
    /// Opens no connection.
    pub(crate) async fn with_keys(
        keys: &LongTermKeys,
        settings: &ServiceSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        Self::signing_with(of_keys(keys), settings, authorities).await
    }

    /// As [`Iam::with_keys`], with a session's credentials.
    pub(crate) async fn with_session(
        session: &SessionCredentials,
        settings: &ServiceSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        Self::signing_with(of_session(session), settings, authorities).await
    }

    async fn signing_with(
        credentials: Credentials,
        settings: &ServiceSettings,
        authorities: &Authorities,
    ) -> Result<Self, AwsError> {
        let link = Link::new(settings);
        let config = configure(credentials, settings, authorities).await?;
        let config = Config::from(&config).to_builder();
        let config = config
            .timeout_config(timeouts(ATTEMPT))
            .retry_classifier(NoRetryOnTlsError)
            .interceptor(link.traffic.clone());
        Ok(Self {
            client: Client::from_conf(config.build()),
            link,
        })
    }

    /// The serials of the user's MFA devices, also of those that show no codes.
    pub(crate) async fn mfa_devices(&self) -> Result<Vec<String>, AwsError> {
        const OPERATION: &str = "ListMFADevices";
        let call = self.link.call(OPERATION);
        let (mut serials, mut marker) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let request = self.client.list_mfa_devices().set_marker(marker.take());
            // The SDK's futures are large.
            let page = match Box::pin(request.send()).await {
                Ok(page) => page,
                Err(error) => return Err(self.link.with_proxy_status(call.explain(&error)).await),
            };
            serials.extend(
                page.mfa_devices
                    .into_iter()
                    .map(|device| device.serial_number),
            );
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                let is_plain = |serial: &String| {
                    !serial.is_empty() && serial.bytes().all(|b| b.is_ascii_graphic())
                };
                let usable = serials.iter().all(is_plain);
                return usable
                    .then_some(serials)
                    .ok_or_else(|| bad_answer(OPERATION, "it contains an invalid serial"));
            }
        }
        Err(bad_answer(OPERATION, "it never ends"))
    }

    /// The user's permanent keys.
    pub(crate) async fn access_keys(&self) -> Result<Vec<AccessKey>, AwsError> {
        const OPERATION: &str = "ListAccessKeys";
        let call = self.link.call(OPERATION);
        let (mut keys, mut marker) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let request = self.client.list_access_keys().set_marker(marker.take());
            let page = match Box::pin(request.send()).await {
                Ok(page) => page,
                Err(error) => return Err(self.link.with_proxy_status(call.explain(&error)).await),
            };
            for key in page.access_key_metadata {
                let created = key.create_date.as_ref().and_then(time);
                let (Some(id), Some(status), Some(created)) =
                    (key.access_key_id, key.status, created)
                else {
                    return Err(bad_answer(
                        OPERATION,
                        "an ID, a status or a date is missing",
                    ));
                };
                if !is_key_id(&id) {
                    return Err(bad_answer(
                        OPERATION,
                        "it contains an invalid access key ID",
                    ));
                }
                keys.push(AccessKey {
                    id,
                    is_active: status == StatusType::Active,
                    created,
                });
            }
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(keys);
            }
        }
        Err(bad_answer(OPERATION, "it never ends"))
    }

    /// When this key was made, UTC; `None` if IAM doesn't tell.
    pub(crate) async fn created(&self, id: &str) -> Option<OffsetDateTime> {
        let keys = self.access_keys().await.ok()?;
        let key = keys.into_iter().find(|key| key.id == id);
        key.map(|key| key.created)
    }

    /// When and for what the key was used last; `None` if never.
    pub(crate) async fn last_use(&self, id: &str) -> Result<Option<LastUse>, AwsError> {
        let call = self.link.call("GetAccessKeyLastUsed");
        let request = self.client.get_access_key_last_used().access_key_id(id);
        let answer = Box::pin(request.send()).await;
        let answer = answer.map_err(|error| call.explain(&error))?;
        Ok(answer.access_key_last_used.and_then(|used| {
            Some(LastUse {
                at: time(used.last_used_date.as_ref()?)?,
                service: used.service_name,
                region: used.region,
            })
        }))
    }

    /// Makes another key, once: an error other than a refusal may mean that there is one now, whose
    /// secret nobody has.
    pub(crate) async fn create_key(&self) -> Result<LongTermKeys, AwsError> {
        const OPERATION: &str = "CreateAccessKey";
        let call = self.link.call(OPERATION);
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let request = self.client.create_access_key().customize();
        let answer = Box::pin(request.config_override(once).send()).await;
        let answer = answer.map_err(|error| call.explain(&error))?;
        let made = answer
            .access_key
            .ok_or_else(|| bad_answer(OPERATION, "it contains no key"))?;
        let keys = LongTermKeys {
            access_key_id: made.access_key_id,
            secret_access_key: Secret::new(made.secret_access_key),
        };
        let secret = keys.secret_access_key.expose();
        if !is_key_id(&keys.access_key_id) || keys.access_key_id.starts_with(TEMPORARY_KEY_PREFIX) {
            return Err(bad_answer(
                OPERATION,
                "its access key ID isn't that of a permanent key",
            ));
        }
        if !is_secret_key(secret) || !can_be_stored(secret) {
            return Err(bad_answer(
                OPERATION,
                "its secret access key is missing or invalid",
            ));
        }
        Ok(keys)
    }

    /// Makes a key inactive, which can be undone, and sees that it is. One that isn't there any more is.
    pub(crate) async fn deactivate(&self, id: &str, look: Look<'_>) -> Result<(), AwsError> {
        const OPERATION: &str = "UpdateAccessKey";
        let call = self.link.call(OPERATION);
        let request = self.client.update_access_key().access_key_id(id);
        let request = request.status(StatusType::Inactive);
        let answer = Box::pin(request.send()).await;
        match answer.map_err(|error| call.explain(&error)) {
            Err(error) if !error.is_missing_entity() => Err(error),
            _ => {
                let is_inactive = |key: &AccessKey| key.id != id || !key.is_active;
                self.see(OPERATION, look, is_inactive).await
            }
        }
    }

    /// Deletes a key for ever, and sees that it is gone. One that isn't there any more counts as deleted:
    /// an attempt whose answer was lost may have done it.
    pub(crate) async fn delete(&self, id: &str, look: Look<'_>) -> Result<(), AwsError> {
        const OPERATION: &str = "DeleteAccessKey";
        let call = self.link.call(OPERATION);
        let request = self.client.delete_access_key().access_key_id(id);
        let answer = Box::pin(request.send()).await;
        match answer.map_err(|error| call.explain(&error)) {
            Err(error) if !error.is_missing_entity() => Err(error),
            _ => self.see(OPERATION, look, |key| key.id != id).await,
        }
    }

    /// Looks whether each key is as it should be after the operation: to the SDK, its answer may be any
    /// page, such as a captive portal's. What IAM lists may be some seconds old.
    async fn see(
        &self,
        operation: &'static str,
        look: Look<'_>,
        is_done: impl Fn(&AccessKey) -> bool,
    ) -> Result<(), AwsError> {
        let unseen = || {
            bad_answer(
                operation,
                "IAM doesn't list the key as it should be afterwards",
            )
        };
        let looking = async {
            let mut last = unseen();
            for _ in 0..LOOKS {
                match self.access_keys().await {
                    Ok(keys) if keys.iter().all(&is_done) && look.is_in(&keys) => return Ok(()),
                    Ok(_) => {}
                    // The session has ended together with its key.
                    Err(error) if error.is_unknown_key() => return Ok(()),
                    Err(error) if error.may_pass() => last = error,
                    Err(error) => return Err(error),
                }
                tokio::time::sleep(look.pause).await;
            }
            Err(last)
        };
        let looked = timeout(LOOKING, looking).await;
        looked.unwrap_or_else(|_| Err(unseen()))
    }
}

/// How to look whether a change can be seen.
#[derive(Clone, Copy)]
pub(crate) struct Look<'l> {
    /// The ID of a key that must be listed: a list without it is none.
    pub(crate) beside: &'l str,
    /// Between two looks.
    pub(crate) pause: Duration,
}

impl Look<'_> {
    pub(crate) fn is_in(&self, keys: &[AccessKey]) -> bool {
        keys.iter().any(|key| key.id == self.beside)
    }
}

fn bad_answer(operation: &'static str, problem: &'static str) -> AwsError {
    AwsError::BadAnswer {
        operation,
        problem,
        with_code: false,
    }
}

fn time(at: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(at.secs()).ok()
}
