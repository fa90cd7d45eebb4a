//! Which keys IAM has for the user, and what follows from that. Edge: it asks IAM and a person.

use tokio::time::timeout;

use super::super::setup::Dialogue;
use super::rotation::{ATTEMPT, Clients, Rotation, masked};
use crate::aws::iam::AccessKey;
use crate::error::Error;
use crate::settings::Verb;
use crate::times::{LocalTime, Reader, age};
use crate::words::join_with_and;

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
        /// An inactive key to delete first: a user can have two.
        in_the_way: Option<Listed>,
    },
    /// What an earlier run began: this one is left to be made inactive.
    Finish { old: Listed },
}

impl Inventory {
    pub(super) async fn read(rotation: &Rotation<'_>, clients: &Clients) -> Result<Self, Error> {
        let refused = |error| rotation.of_session(error);
        let identity = clients.sts.identity(ATTEMPT).await.map_err(refused)?;
        if identity.is_root() {
            return Err(stop(
                "these are the root user's keys, which aws-mfa doesn't rotate".to_owned(),
                "create an IAM user, run `aws-mfa setup` with its keys, and delete those of the root \
                 user in the AWS console"
                    .to_owned(),
            ));
        }
        let listed = clients.iam.access_keys().await.map_err(refused)?;
        let ids = listed.iter().map(|key| key.id.clone()).collect();
        let is_stored = |key: &Listed| key.id == rotation.keys.access_key_id;
        let (stored, others): (Vec<Listed>, Vec<Listed>) = listed.into_iter().partition(is_stored);
        let Some(stored) = stored.into_iter().next() else {
            let selection = &rotation.context.selection;
            return Err(stop(
                format!(
                    "IAM doesn't list {} among the keys of {identity}",
                    rotation.keys.masked_id()
                ),
                format!(
                    "if the session is another user's, run `{}`; if the keys were deleted, `{}`",
                    selection.command_line(Verb::ForcedRefresh),
                    selection.command_line(Verb::Setup)
                ),
            ));
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
            return Err(stop(
                format!("the stored key {} is inactive", masked(&self.stored.id)),
                format!(
                    "run `{}`, which stores other keys",
                    rotation.context.selection.command_line(Verb::Setup)
                ),
            ));
        }
        let [other] = self.others.as_slice() else {
            let Some(first) = self.others.first() else {
                return Ok(Next::Replace { in_the_way: None });
            };
            return Err(stop(
                format!("there are {} other keys", self.others.len()),
                format!(
                    "for each that nothing uses: {}",
                    rotation.by_hand("delete", &first.id)
                ),
            ));
        };
        decide_about(other, &self.stored, rotation, (clients, dialogue)).await
    }
}

/// What to do about the user's other key.
async fn decide_about(
    other: &Listed,
    stored: &Listed,
    rotation: &Rotation<'_>,
    (clients, dialogue): (&Clients, &Dialogue),
) -> Result<Next, Error> {
    let places = rotation.places_of(&other.id)?;
    let facts = facts(clients, other, &places, rotation.context.console.reader()).await;
    let (delete, deactivate) = (
        rotation.by_hand("delete", &other.id),
        rotation.by_hand("deactivate", &other.id),
    );
    if !other.is_active {
        let question =
            format!("A user can have two keys. Delete the inactive one, {facts}, to make room?");
        let problem = format!("there is no room for another key: {facts}, is inactive");
        let hint = format!("to delete it: {delete}");
        agree(rotation, dialogue, &question, (problem, hint)).await?;
        return Ok(Next::Replace {
            in_the_way: Some(other.clone()),
        });
    }
    if !places.is_empty() || other.created >= stored.created {
        return Err(stop(
            format!("there is another key, {facts}: aws-mfa can't know whether anything uses it"),
            format!(
                "if nothing does: {deactivate}; then run `{}` again",
                rotation.command_line()
            ),
        ));
    }
    let what = if rotation.deletes {
        "delete it for ever"
    } else {
        "make it inactive"
    };
    let left = "probably left by a rotation that was interrupted";
    let question = format!("There is an older key, {facts}, {left}. Finish that, and {what}?");
    let problem = format!("there is an older key, {facts}, {left}");
    let hint = format!("if nothing uses it any more: {deactivate}");
    agree(rotation, dialogue, &question, (problem, hint)).await?;
    Ok(Next::Finish { old: other.clone() })
}

/// Returns an error if IAM lists this key otherwise than before: somebody else is at it.
pub(super) async fn check_again(
    rotation: &Rotation<'_>,
    clients: &Clients,
    before: &Listed,
) -> Result<(), Error> {
    let listed = clients.iam.access_keys().await;
    let listed = listed.map_err(|error| rotation.of_session(error))?;
    let is_same = |key: &Listed| key.id == before.id && key.is_active == before.is_active;
    if listed.iter().any(is_same) {
        return Ok(());
    }
    Err(stop(
        format!("the key {} has changed in the meantime", masked(&before.id)),
        format!("run `{}` again", rotation.command_line()),
    ))
}

fn stop(problem: String, hint: String) -> Error {
    Error::Rotation {
        problem,
        hint: Some(hint),
        source: None,
    }
}

/// Returns the error if the person doesn't agree, or nobody can be asked.
async fn agree(
    rotation: &Rotation<'_>,
    dialogue: &Dialogue,
    question: &str,
    (problem, hint): (String, String),
) -> Result<(), Error> {
    if !dialogue.can_ask() {
        let rotate = rotation.command_line();
        let hint = format!("run `{rotate}` in a terminal, which asks; or, {hint}");
        return Err(stop(problem, hint));
    }
    if dialogue.confirm(question, false).await? {
        Ok(())
    } else {
        Err(stop(problem, hint))
    }
}

/// `****************ABCD (87 days old, last used …)`, and where it stands.
async fn facts(clients: &Clients, key: &Listed, places: &[String], reader: Reader) -> String {
    let last_use = timeout(ATTEMPT, clients.iam.last_use(&key.id)).await;
    let last_use = match last_use {
        Ok(Ok(Some(last))) => format!(
            "last used at {} for {} in {}",
            LocalTime(last.at, reader),
            last.service,
            last.region
        ),
        Ok(Ok(None)) => "never used".to_owned(),
        Ok(Err(_)) | Err(_) => "last use unknown".to_owned(),
    };
    let place = match places {
        [] => String::new(),
        places => format!(", in {}", join_with_and(places)),
    };
    format!(
        "{} ({}, {last_use}{place})",
        masked(&key.id),
        age(key.created)
    )
}
