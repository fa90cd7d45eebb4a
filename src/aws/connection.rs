//! The way to AWS: opened and proven while the code is typed, looked after until it is sent.
//!
//! A code goes out only on a connection that has just carried an answer. Before that, losing the network costs nothing but
//! time, and is waited for.

use std::cell::RefCell;
use std::convert::Infallible;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

use super::client::ATTEMPT_TIMEOUT;
use super::error::AwsError;
use super::identity::Identity;
use super::sts::{Granted, Sts};
use crate::clock;
use crate::code::TokenCode;
use crate::console::Console;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::settings::{RefreshSettings, StsSettings};
use crate::terminal;

/// What takes longer is mentioned.
const MENTION_AFTER: Duration = Duration::from_secs(1);
/// Behind a prompt nobody waits yet: a missing network is mentioned later.
const MENTION_AFTER_BEHIND_PROMPT: Duration = Duration::from_secs(3);
/// Between two attempts to reach AWS, each with the SDK's own retries.
const PAUSE: Duration = Duration::from_millis(500);
/// How long AWS is tried after the code was typed: codes are good for half a minute.
const CODE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that was silent for longer may be dead, after a walk to another network or a closed lid. A code would be lost
/// on it, so another question goes first.
const SILENCE: Duration = Duration::from_mins(1);
/// How long that question waits for an answer before it goes out on a new connection.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);

/// The way to AWS with a profile's long-term keys. Nothing is opened before the first question.
pub(crate) struct Connection<'a> {
    keys: &'a LongTermKeys,
    settings: &'a StsSettings,
    console: &'a Console,
    sts: OnceCell<Sts>,
    /// Why AWS couldn't be reached last.
    failure: RefCell<Option<AwsError>>,
}

impl<'a> Connection<'a> {
    pub(crate) fn new(
        keys: &'a LongTermKeys,
        settings: &'a StsSettings,
        console: &'a Console,
    ) -> Self {
        Self {
            keys,
            settings,
            console,
            sts: OnceCell::new(),
            failure: RefCell::default(),
        }
    }

    /// Proves the keys.
    pub(crate) async fn verify_keys(&self) -> Result<Identity, Error> {
        Ok(self.with_mention(self.identity(ATTEMPT_TIMEOUT)).await?)
    }

    /// Waits for what `ask` asks a person for, and proves the keys meanwhile. Bad keys end the asking; without a network it
    /// is tried again until there is one, and for [`CODE_TIMEOUT`] after the answer.
    pub(crate) async fn verify_keys_while<T>(
        &self,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<(T, Identity), Error> {
        let verified = self.verify_until_answered(ATTEMPT_TIMEOUT);
        let remark = self.mention_silence();
        tokio::pin!(ask, verified, remark);
        // The question comes first: making the client takes longer than showing it. Whatever ends this drops, and so
        // withdraws, the question.
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

    /// Sends the code, once, and gets a session for it.
    pub(crate) async fn session(
        &self,
        settings: &RefreshSettings,
        code: &TokenCode,
    ) -> Result<Granted, Error> {
        let sts = self.sts().await?;
        let is_silent =
            |answered: OffsetDateTime| (clock::now() - answered).unsigned_abs() > SILENCE;
        if sts.answered().is_none_or(is_silent) {
            self.console
                .detail("the connection was silent for a while: checking that it is still alive");
            self.within_code_timeout(self.verify_until_answered(SIGN_OF_LIFE))
                .await?;
        }
        self.console.detail("sending the code");
        let granted = self.with_mention(sts.session(settings, code)).await?;
        self.console.detail("AWS granted a session");
        Ok(granted)
    }

    async fn sts(&self) -> Result<&Sts, AwsError> {
        let make = || Sts::new(self.keys, self.settings);
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
        self.console.detail(format_args!(
            "account: {}",
            account.unwrap_or("unknown, AWS doesn't say")
        ));
        Ok(identity)
    }

    /// Proves the keys, again and again while AWS can't be reached.
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

    /// Waits no longer than [`CODE_TIMEOUT`].
    async fn within_code_timeout(
        &self,
        verified: impl Future<Output = Result<Identity, AwsError>>,
    ) -> Result<Identity, AwsError> {
        let outcome = timeout(CODE_TIMEOUT, self.with_mention(verified)).await;
        outcome.unwrap_or_else(|_| {
            let silence = || AwsError::silence(self.host(), CODE_TIMEOUT);
            Err(self.failure.take().unwrap_or_else(silence))
        })
    }

    /// Waits for `answer`, and says so where it takes long.
    async fn with_mention<T>(&self, answer: impl Future<Output = T>) -> T {
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => return answer,
            () = sleep(MENTION_AFTER) => {}
        }
        self.console
            .report(format_args!("waiting for {}…", self.host()));
        answer.await
    }

    async fn mention_silence(&self) -> Infallible {
        sleep(MENTION_AFTER_BEHIND_PROMPT).await;
        let reason = self.failure.borrow().as_ref().map(AwsError::root_cause);
        let reason = reason
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        terminal::remark(&format!(
            "no answer from {} yet{reason}; still trying",
            self.host()
        ));
        std::future::pending().await
    }

    fn host(&self) -> String {
        self.sts.get().map_or("AWS STS".to_owned(), Sts::host)
    }
}
