//! The connection to AWS: opened and tested while the code is typed, checked before it is sent.
//!
//! A code is sent only over a connection that has just carried a response. Until then, losing the
//! network costs only time, so we keep trying.

use std::cell::RefCell;
use std::convert::Infallible;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

use super::authorities::Authorities;
use super::client::ATTEMPT_TIMEOUT;
use super::error::AwsError;
use super::identity::Identity;
use super::sts::{Granted, Sts};
use crate::clock;
use crate::code::TokenCode;
use crate::console::Console;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::settings::{DeviceArn, Origin, ServiceSettings, SessionRequest, Setting};
use crate::terminal;

/// After this long, the user is told what we are waiting for.
const MENTION_AFTER: Duration = Duration::from_secs(1);
/// Longer while a prompt is open, because nobody is waiting for AWS yet.
const MENTION_AFTER_DURING_PROMPT: Duration = Duration::from_secs(3);
/// Between attempts to reach AWS, each of which includes the SDK's own retries.
const PAUSE: Duration = Duration::from_millis(500);
/// How long to keep trying once the code is typed: codes are valid for about 30 seconds.
const CODE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that was idle for longer may be dead (another network, a closed lid) and would lose
/// the code, so another request goes first.
const MAX_IDLE: Duration = Duration::from_mins(1);
/// How long that request waits before it is retried on a new connection.
const LIVENESS_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that uses a profile's long-term keys. Opens nothing before the first request.
pub(crate) struct Connection<'a> {
    keys: &'a LongTermKeys,
    settings: &'a ServiceSettings,
    /// Whose account must be the keys'.
    device: Option<&'a Setting<String>>,
    authorities: &'a Authorities,
    console: &'a Console,
    sts: OnceCell<Sts>,
    /// Why the last attempt to reach AWS failed.
    failure: RefCell<Option<AwsError>>,
}

impl<'a> Connection<'a> {
    pub(crate) fn new(
        keys: &'a LongTermKeys,
        settings: &'a ServiceSettings,
        device: Option<&'a Setting<String>>,
        authorities: &'a Authorities,
        console: &'a Console,
    ) -> Self {
        Self {
            keys,
            settings,
            device,
            authorities,
            console,
            sts: OnceCell::new(),
            failure: RefCell::default(),
        }
    }

    pub(crate) async fn verify_keys(&self) -> Result<Identity, Error> {
        Ok(self
            .with_progress_note(self.identity(ATTEMPT_TIMEOUT))
            .await?)
    }

    /// Waits for the user's answer to `ask` and checks the keys with AWS meanwhile. Bad keys end
    /// the prompt. Without a network, keeps trying until [`CODE_TIMEOUT`] after the answer.
    pub(crate) async fn verify_keys_while<T>(
        &self,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<(T, Identity), Error> {
        let verified = self.verify_until_answered(ATTEMPT_TIMEOUT);
        let remark = self.note_missing_answer();
        tokio::pin!(ask, verified, remark);
        // The prompt comes first: creating the client takes longer than showing it. Any early
        // return drops `ask`, which withdraws the prompt.
        let answer = tokio::select! {
            biased;
            answer = &mut ask => answer?,
            identity = &mut verified => {
                let identity = identity?;
                return Ok((ask.await?, identity));
            }
            never = &mut remark => match never {},
        };
        Ok((answer, self.within_code_timeout(verified).await?))
    }

    /// Sends the code, exactly once, to get a session.
    pub(crate) async fn session(
        &self,
        request: SessionRequest<'_>,
        code: &TokenCode,
    ) -> Result<Granted, Error> {
        let sts = self.sts().await?;
        let is_silent =
            |answered: OffsetDateTime| (clock::now() - answered).unsigned_abs() > MAX_IDLE;
        if sts.last_answer_at().is_none_or(is_silent) {
            self.console
                .detail("the connection was idle: checking that it still works");
            self.within_code_timeout(self.verify_until_answered(LIVENESS_TIMEOUT))
                .await?;
        }
        self.console.detail("sending the code");
        let granted = self.with_progress_note(sts.session(request, code)).await?;
        self.console.detail("AWS granted a session");
        Ok(granted)
    }

    async fn sts(&self) -> Result<&Sts, AwsError> {
        let make = || Sts::new(self.keys, self.settings, self.authorities);
        self.sts.get_or_try_init(make).await
    }

    async fn identity(&self, attempt: Duration) -> Result<Identity, AwsError> {
        let sts = self.sts().await?;
        self.console.detail("asking AWS whose keys these are");
        let identity = sts.identity(attempt).await;
        if let Some(region) = sts.signing_region() {
            self.console.detail(format_args!(
                "endpoint: {}, signed for {region}",
                sts.host()
            ));
        }
        let identity = identity?;
        let account = identity.account.as_deref();
        self.console
            .detail(format_args!("account: {}", account.unwrap_or("unknown")));
        self.device
            .map_or(Ok(()), |device| check_account(device, &identity))?;
        Ok(identity)
    }

    /// Checks the keys, and tries again as long as AWS can't be reached.
    async fn verify_until_answered(&self, attempt: Duration) -> Result<Identity, AwsError> {
        loop {
            match self.identity(attempt).await {
                Err(error) if error.is_transient() => {
                    self.console
                        .detail(format_args!("{}; trying again", error.root_cause()));
                    self.failure.replace(Some(error));
                    sleep(PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn within_code_timeout(
        &self,
        verified: impl Future<Output = Result<Identity, AwsError>>,
    ) -> Result<Identity, AwsError> {
        let outcome = timeout(CODE_TIMEOUT, self.with_progress_note(verified)).await;
        outcome.unwrap_or_else(|_| {
            let silence = || AwsError::no_identity_within(self.host(), CODE_TIMEOUT);
            Err(self.failure.take().unwrap_or_else(silence))
        })
    }

    /// Waits for `answer`, and tells the user if that takes long.
    async fn with_progress_note<T>(&self, answer: impl Future<Output = T>) -> T {
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => return answer,
            () = sleep(MENTION_AFTER) => {}
        }
        self.console
            .report(format_args!("waiting for {}…", self.host()));
        answer.await
    }

    async fn note_missing_answer(&self) -> Infallible {
        sleep(MENTION_AFTER_DURING_PROMPT).await;
        let reason = self.failure.borrow().as_ref().map(AwsError::root_cause);
        let reason = reason
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        terminal::print_above_prompt(&format!(
            "no answer from {} yet{reason}; still trying",
            self.host()
        ));
        std::future::pending().await
    }

    fn host(&self) -> String {
        self.sts.get().map_or("AWS STS".to_owned(), Sts::host)
    }
}

/// Returns an error if the device can't be one of the keys' user.
pub(crate) fn check_account(device: &Setting<String>, identity: &Identity) -> Result<(), AwsError> {
    let Some(arn) = DeviceArn::parse(&device.value) else {
        return Ok(());
    };
    let partition = identity.arn.as_ref().and_then(|arn| arn.split(':').nth(1));
    let is_elsewhere = partition.is_some_and(|partition| partition != arn.partition);
    match &identity.account {
        Some(own) if arn.account != own || is_elsewhere => Err(AwsError::OtherAccount {
            serial: match device.origin {
                // Just typed.
                Origin::Default => device.value.clone(),
                _ => device.to_string(),
            },
            account: if is_elsewhere {
                format!("{} in {}", arn.account, arn.partition)
            } else {
                arn.account.to_owned()
            },
            owner: identity.to_string(),
        }),
        _ => Ok(()),
    }
}
