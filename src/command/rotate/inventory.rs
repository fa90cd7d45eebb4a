//! Which keys IAM has for the user, and what follows from that. Edge: it asks IAM and a person.

use time::OffsetDateTime;

use super::super::setup::Dialogue;
use super::rotation::{Clients, Rotation, masked};
use crate::aws::iam::AccessKey;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::settings::Verb;
use crate::times::{LocalTime, age};

/// A key as IAM lists it.
pub(super) type Listed = AccessKey;

pub(super) struct Inventory {
    /// The one that is stored in the file.
    pub(super) stored: Listed,
    others: Vec<Listed>,
    /// Of all of them.
    pub(super) ids: Vec<String>,
}

pub(super) enum Next {
    Replace {
        /// The ID of an inactive key to delete first: a user can have two.
        in_the_way: Option<String>,
    },
    /// What an earlier run began: this one is left to be made inactive.
    Finish { old: Listed },
}

impl Inventory {
    pub(super) async fn read(clients: &Clients, keys: &LongTermKeys) -> Result<Self, Error> {
        let identity = clients.sts.identity(super::replace::ATTEMPT).await?;
        if identity.is_root() {
            return Err(Error::Rotation {
                problem: "these are the root user's keys, which aws-mfa doesn't rotate".to_owned(),
                hint: Some(
                    "create an IAM user, run `aws-mfa setup` with its keys, and delete those of the \
                     root user in the AWS console"
                        .to_owned(),
                ),
                source: None,
            });
        }
        let listed = clients.iam.access_keys().await?;
        let ids = listed.iter().map(|key| key.id.clone()).collect();
        let is_stored = |key: &Listed| key.id == keys.access_key_id;
        let (stored, others): (Vec<Listed>, Vec<Listed>) = listed.into_iter().partition(is_stored);
        let Some(stored) = stored.into_iter().next() else {
            return Err(Error::Rotation {
                problem: format!(
                    "{} doesn't belong to {identity}: IAM doesn't list it",
                    keys.masked_id()
                ),
                hint: None,
                source: None,
            });
        };
        Ok(Self {
            stored,
            others,
            ids,
        })
    }

    /// What to do about another key; asks where one would be lost. `--yes` doesn't answer that.
    pub(super) async fn decide(
        &self,
        rotation: &Rotation<'_>,
        clients: &Clients,
        dialogue: &Dialogue,
    ) -> Result<Next, Error> {
        if !self.stored.is_active {
            return Err(Error::Rotation {
                problem: format!("the stored key {} is inactive", masked(&self.stored.id)),
                hint: Some(format!(
                    "run `{}`, which stores other keys",
                    rotation.context.selection.command_line(Verb::Setup)
                )),
                source: None,
            });
        }
        let [other] = self.others.as_slice() else {
            return Ok(Next::Replace { in_the_way: None });
        };
        let facts = facts(clients, other).await;
        if !other.is_active {
            let question = format!(
                "A user can have two keys. Delete the inactive one, {facts}, to make room?"
            );
            let problem = format!("there is no room for another key: {facts}, is inactive");
            let command = rotation.command("delete", &other.id);
            let hint = format!("to delete it: {command}");
            agree(rotation, dialogue, &question, (problem, hint)).await?;
            return Ok(Next::Replace {
                in_the_way: Some(other.id.clone()),
            });
        }
        if other.created < self.stored.created {
            let question = format!(
                "There is an older key, {facts}, probably left by a rotation that was interrupted. \
                 Finish that, and make it inactive?"
            );
            let problem = format!(
                "there is an older key, {facts}, probably left by a rotation that was interrupted"
            );
            let command = rotation.command("deactivate", &other.id);
            let hint = format!("if nothing uses it any more: {command}");
            agree(rotation, dialogue, &question, (problem, hint)).await?;
            return Ok(Next::Finish { old: other.clone() });
        }
        Err(Error::Rotation {
            problem: format!(
                "there is a newer key, {facts}: aws-mfa can't know whether anything uses it"
            ),
            hint: Some(format!(
                "if nothing does: {}; then run `{}` again",
                rotation.command("deactivate", &other.id),
                rotation.context.selection.command_line(Verb::Rotate)
            )),
            source: None,
        })
    }
}

/// Returns the error if the person doesn't agree, or nobody can be asked.
async fn agree(
    rotation: &Rotation<'_>,
    dialogue: &Dialogue,
    question: &str,
    (problem, hint): (String, String),
) -> Result<(), Error> {
    if dialogue.can_ask() && dialogue.confirm(question, false).await? {
        return Ok(());
    }
    let rotate = rotation.context.selection.command_line(Verb::Rotate);
    Err(Error::Rotation {
        problem,
        hint: Some(if dialogue.can_ask() {
            hint
        } else {
            format!("run `{rotate}` in a terminal, which asks; or, {hint}")
        }),
        source: None,
    })
}

/// `****************ABCD (87 days old, last used …)`.
async fn facts(clients: &Clients, key: &Listed) -> String {
    let use_ = match clients.iam.last_use(&key.id).await {
        Ok(Some(last)) => format!(
            "last used {} for {} in {}",
            LocalTime(last.at),
            last.service,
            last.region
        ),
        Ok(None) => "never used".to_owned(),
        Err(_) => "last use unknown".to_owned(),
    };
    let created: OffsetDateTime = key.created;
    format!("{} ({}, {use_})", masked(&key.id), age(created))
}
