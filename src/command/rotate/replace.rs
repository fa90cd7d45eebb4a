//! Makes new keys, stores them, and sees that they work; and what happens when one of these fails.
//! Edge.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::holders::{self, Holders, is_stored};
use super::rotation::{ATTEMPT, Clients, Rotation, masked};
use crate::aws::error::AwsError;
use crate::aws::iam::Look;
use crate::aws::sts::Sts;
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::words::join_with_and;

/// How often the new keys have to be known in a row: after the first time, another part of AWS may
/// still refuse them.
const TIMES: usize = 3;
/// Looks until AWS has to know the new keys, one a pause.
const LOOKS: u32 = 60;
/// As long as that takes where AWS answers at once; where it doesn't, looks end with it.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Looks between two words that aws-mfa is still waiting.
const QUIET_LOOKS: u32 = 10;
/// How often to look for a key that a lost answer may have been about.
const LOOKS_FOR_LOST: u32 = 3;

/// Between two looks.
pub(super) fn pause(rotation: &Rotation<'_>) -> Duration {
    let mut pause = Duration::from_secs(1);
    if cfg!(debug_assertions) {
        // The tests have no minute for each case.
        let given = rotation.context.environment.get("AWS_MFA_TEST_PAUSE_MS");
        let given = given
            .ok()
            .flatten()
            .and_then(|given| given.value.parse().ok());
        pause = given.map_or(pause, Duration::from_millis);
    }
    pause
}

pub(super) struct Replacement<'r> {
    pub(super) rotation: &'r Rotation<'r>,
    pub(super) clients: &'r Clients,
    /// The IDs of the keys that were there before.
    pub(super) known: &'r [String],
}

impl Replacement<'_> {
    pub(super) async fn make_and_store(&self) -> Result<LongTermKeys, Error> {
        let new = match self.clients.iam.create_key().await {
            Ok(new) if !self.known.contains(&new.access_key_id) => new,
            Ok(_) => {
                let problem = "IAM answered with a key that was there before".to_owned();
                return Err(self.clean_up(problem, None).await);
            }
            Err(error) if error.means_nothing_was_done() => {
                let error = self.rotation.of_session(error);
                return Err(Error::Rotation {
                    problem: "IAM made no key; the file is unchanged".to_owned(),
                    hint: error.hint(),
                    source: Some(Box::new(error)),
                });
            }
            Err(error) => {
                let problem = "IAM gave no usable answer to CreateAccessKey".to_owned();
                return Err(self.clean_up(problem, Some(error)).await);
            }
        };
        match self.store(&new).await {
            Ok(()) => Ok(new),
            Err(error) => self.not_stored(new, error).await,
        }
    }

    /// A key may have been made whose secret nobody has: it is made inactive, not deleted, as it could
    /// be another run's.
    async fn clean_up(&self, problem: String, source: Option<AwsError>) -> Error {
        let rotation = self.rotation;
        let rotate = rotation.command_line();
        let console = rotation.context.console;
        console.report(format_args!("{problem}: looking whether it made a key"));
        let (fate, hint) = match self.lost_key().await {
            None => (
                "; there may be a new key whose secret nobody has".to_owned(),
                format!("run `{rotate}` again: it names that key"),
            ),
            Some(None) => (
                ", and lists no new key; the file is unchanged".to_owned(),
                format!("run `{rotate}` again"),
            ),
            Some(Some(id)) => match rotation.places_of(&id) {
                Ok(places) if places.is_empty() => {
                    let fate = match self.deactivate(&id).await {
                        Ok(()) => "it is inactive now",
                        Err(_) => "it may still be active",
                    };
                    (
                        format!("; it made the key {id}, whose secret nobody has: {fate}"),
                        format!("to delete it: {}", rotation.by_hand("delete", &id)),
                    )
                }
                Ok(places) => (
                    format!("; the new key {id} is in {}", join_with_and(&places)),
                    "another program has made it: see which keys are in use".to_owned(),
                ),
                Err(_) => (
                    format!("; there is a new key, {id}, and the file can't be read"),
                    format!(
                        "if nothing has its secret: {}",
                        rotation.by_hand("delete", &id)
                    ),
                ),
            },
        };
        Error::Rotation {
            problem: format!("{problem}{fate}"),
            hint: Some(hint),
            source: source.map(|error| Box::new(error.into())),
        }
    }

    /// A key that wasn't there before; `None` if IAM doesn't tell. A list without the stored key is none.
    async fn lost_key(&self) -> Option<Option<String>> {
        let pause = pause(self.rotation);
        let look = self.look();
        let mut found = None;
        for number in 0..LOOKS_FOR_LOST {
            if number > 0 {
                tokio::time::sleep(pause).await;
            }
            let listed = timeout(ATTEMPT, self.clients.iam.access_keys()).await;
            let listed = listed.ok().and_then(Result::ok);
            let Some(listed) = listed.filter(|keys| look.is_in(keys)) else {
                continue;
            };
            let mut ids = listed.into_iter().map(|key| key.id);
            found = Some(ids.find(|id| !self.known.contains(id)));
            if matches!(found, Some(Some(_))) {
                break;
            }
        }
        found
    }

    fn look(&self) -> Look<'_> {
        Look {
            beside: &self.rotation.keys.access_key_id,
            pause: pause(self.rotation),
        }
    }

    async fn deactivate(&self, id: &str) -> Result<(), AwsError> {
        self.clients.iam.deactivate(id, self.look()).await
    }

    async fn store(&self, new: &LongTermKeys) -> Result<(), Error> {
        let rotation = self.rotation;
        let (selection, console) = (&rotation.context.selection, rotation.context.console);
        let sections = &rotation.holders.of_pair;
        let pairs = (&rotation.keys, new);
        let edited = rotation.file.edit(rotation.seen, console, |document| {
            holders::replace(document, sections, pairs, selection)
        });
        edited.await.map(drop)
    }

    /// The file tells what has happened.
    async fn not_stored(&self, new: LongTermKeys, error: Error) -> Result<LongTermKeys, Error> {
        let rotation = self.rotation;
        let old = rotation.keys.masked_id();
        let (id, path) = (
            &new.access_key_id,
            rotation.context.selection.credentials_file.value.display(),
        );
        let source = Some(Box::new(error));
        match rotation.content(&new) {
            // The failure came after the rename.
            Content::New => Ok(new),
            Content::Old => {
                let fate = match self.deactivate(id).await {
                    Ok(()) => "is inactive now",
                    Err(_) => "may still be active",
                };
                Err(Error::Rotation {
                    problem: format!(
                        "the new keys could not be stored: {id} {fate}, and {old} is used as before"
                    ),
                    hint: Some(format!("to delete it: {}", rotation.by_hand("delete", id))),
                    source,
                })
            }
            Content::Other => Err(Error::Rotation {
                problem: format!(
                    "the new keys could not be stored, and {path} doesn't hold {old} any more, or \
                     can't be read: nothing was done to {id} and {}",
                    rotation.keys.access_key_id
                ),
                hint: Some(format!(
                    "see which one is in use, then delete the other, for example: {}",
                    rotation.by_hand("delete", id)
                )),
                source,
            }),
        }
    }
}

/// What the profile's section holds.
enum Content {
    New,
    Old,
    Other,
}

impl Rotation<'_> {
    fn content(&self, new: &LongTermKeys) -> Content {
        let selection = &self.context.selection;
        let contents = self.context.store.read().ok().flatten();
        let document = contents
            .as_ref()
            .map(|contents| selection.parse(&contents.bytes));
        let Some(Ok(document)) = document else {
            return Content::Other;
        };
        let holds = |keys| is_stored(&document, &selection.long_term_section, keys);
        if holds(new) {
            Content::New
        } else if holds(&self.keys) && Holders::find(&document, new).of_pair.is_empty() {
            Content::Old
        } else {
            Content::Other
        }
    }
}

pub(super) enum Verdict {
    Known,
    /// For the whole time.
    Refused(Error),
    /// The secret isn't that of the key, which no time changes.
    WrongSecret(Error),
    /// Sometimes, or not at all.
    Unclear(Option<Error>),
}

/// Looks until AWS has known the new keys several times in a row. That takes some ten seconds.
pub(super) async fn wait_until_known(
    rotation: &Rotation<'_>,
    new: &LongTermKeys,
) -> Result<Verdict, Error> {
    let console = rotation.context.console;
    let sts = Sts::new(new, &rotation.aws.sts, &rotation.aws.authorities).await?;
    let pause = pause(rotation);
    let deadline = Instant::now() + LONGEST_WAIT;
    console
        .report("waiting until all of AWS knows the new keys: some ten seconds, a minute at most");
    let (mut in_a_row, mut was_only_refused, mut last) = (0, true, None);
    let mut looks = 0;
    while looks < LOOKS && Instant::now() < deadline {
        // Each request ends by itself, but the SDK may repeat it.
        match timeout(2 * ATTEMPT, sts.identity(ATTEMPT)).await {
            Ok(Ok(_)) => {
                was_only_refused = false;
                in_a_row += 1;
                if in_a_row == TIMES {
                    return Ok(Verdict::Known);
                }
            }
            Ok(Err(error)) if error.is_wrong_secret() => {
                return Ok(Verdict::WrongSecret(error.into()));
            }
            Ok(Err(error)) => {
                in_a_row = 0;
                was_only_refused &= error.is_bad_keys();
                last = Some(error.into());
            }
            Err(_) => {
                in_a_row = 0;
                was_only_refused = false;
                last = Some(AwsError::no_identity_within(sts.host(), 2 * ATTEMPT).into());
            }
        }
        looks += 1;
        if looks % QUIET_LOOKS == 0 {
            console.report("still waiting…");
        }
        tokio::time::sleep(pause).await;
    }
    Ok(match last {
        Some(error) if was_only_refused => Verdict::Refused(error),
        last => Verdict::Unclear(last),
    })
}

/// AWS doesn't accept the new keys: the old ones return wherever the new ones stand, and then the new
/// ones become inactive.
pub(super) async fn put_back(
    rotation: &Rotation<'_>,
    clients: &Clients,
    new: &LongTermKeys,
    refusal: Error,
) -> Error {
    let (context, console) = (rotation.context, rotation.context.console);
    let (selection, pairs) = (&context.selection, (new, &rotation.keys));
    let edited = rotation.file.edit(0, console, |document| {
        let edited = holders::replace_everywhere(document, pairs, selection)?;
        edited.ok_or_else(|| Error::KeysChanged {
            section: selection.long_term_section.clone(),
            path: selection.credentials_file.value.clone(),
        })
    });
    let edited = edited.await;
    let refused = format!("AWS refuses the new keys {}", new.masked_id());
    if !matches!(rotation.content(new), Content::Old) {
        let problem = format!("{refused}, and the old ones could not be put back");
        let ids = (&*rotation.keys.access_key_id, &*new.access_key_id);
        return rotation.unfinished(&problem, ids, Some(edited.err().unwrap_or(refusal)));
    }
    let id = &new.access_key_id;
    let look = Look {
        beside: &rotation.keys.access_key_id,
        pause: pause(rotation),
    };
    let fate = match clients.iam.deactivate(id, look).await {
        Ok(()) => "inactive now",
        Err(_) => "perhaps still active",
    };
    Error::Rotation {
        problem: format!(
            "{refused}: the old ones, {}, are stored again, and the new ones are {fate}",
            masked(&rotation.keys.access_key_id)
        ),
        hint: Some(format!(
            "to delete them: {}",
            rotation.by_hand("delete", id)
        )),
        source: Some(Box::new(refusal)),
    }
}
