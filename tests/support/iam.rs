//! The IAM of the loopback AWS: MFA devices and access keys, under a policy that demands MFA. It
//! shares keys and sessions with STS (`sts.rs`), and answers in AWS's own words.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/>

use std::collections::{BTreeMap, HashSet, VecDeque};

use time::OffsetDateTime;
use time::macros::format_description;

use super::ISSUED_SECRET;
use super::sts::{Key, LoopbackSts, Reply, State};

/// The operations that belong to IAM.
const OPERATIONS: [&str; 6] = [
    "ListMFADevices",
    "ListAccessKeys",
    "GetAccessKeyLastUsed",
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
];

/// How many keys a user may have.
const MOST_KEYS: usize = 2;

/// A change of keys that a request made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// With its ID, as all of them.
    Created(String),
    Activated(String),
    Deactivated(String),
    Deleted(String),
}

/// A user's permanent key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    pub id: String,
    pub secret: String,
    pub is_active: bool,
    pub created: OffsetDateTime,
}

#[derive(Default)]
pub(super) struct Iam {
    /// Of whoever asks; `None`: the one named after the user.
    devices: Option<Vec<String>>,
    page_size: Option<usize>,
    denied: HashSet<String>,
    without_mfa: HashSet<String>,
    new_key_answers: VecDeque<bool>,
    pub(super) sessions_end_with_their_key: bool,
    pub(super) demands_region: bool,
    keys_created: usize,
    changes: Vec<KeyChange>,
}

/// What the tests set and read.
impl LoopbackSts {
    /// The MFA devices of whoever asks: ARNs, also of security keys, and numbers of hardware.
    /// Without this it is one virtual device with the user's name.
    pub fn set_devices(&self, serials: &[&str]) {
        let serials = serials.iter().map(|&serial| serial.to_owned()).collect();
        self.lock().iam.devices = Some(serials);
    }

    /// Lists at most so many devices or keys in one answer.
    pub fn set_page_size(&self, size: usize) {
        self.lock().iam.page_size = Some(size);
    }

    /// From now on IAM denies `operation`, also with MFA.
    pub fn deny(&self, operation: &str) {
        assert!(is_iam(operation), "{operation} is no operation of IAM");
        self.lock().iam.denied.insert(operation.to_owned());
    }

    /// From now on IAM allows `operation` without MFA, as it allows ListMFADevices from the start.
    pub fn allow_without_mfa(&self, operation: &str) {
        assert!(is_iam(operation), "{operation} is no operation of IAM");
        self.lock().iam.without_mfa.insert(operation.to_owned());
    }

    /// A key that is created from now on is unknown for the first `requests` signed with it.
    pub fn set_new_keys_unknown_for(&self, requests: usize) {
        self.set_new_key_answers(&vec![false; requests]);
    }

    /// Whether a key that is created from now on is known to the first request signed with it, the
    /// second, and so on; then it is.
    pub fn set_new_key_answers(&self, is_known: &[bool]) {
        self.lock().iam.new_key_answers = is_known.iter().copied().collect();
    }

    /// Whether sessions end when the key they were got with is deactivated or deleted.
    pub fn sessions_end_with_their_key(&self, end: bool) {
        self.lock().iam.sessions_end_with_their_key = end;
    }

    /// From now on IAM refuses signatures for another region than the one that it is in, as AWS's
    /// own does. Without this it doesn't mind, as others behind a custom endpoint: SDKs and botocore
    /// sign for the profile's region there.
    pub fn demand_iams_region(&self) {
        self.lock().iam.demands_region = true;
    }

    /// When a key was created; without this, 87 days ago.
    pub fn set_created(&self, id: &str, when: OffsetDateTime) {
        self.lock().keys.get_mut(id).unwrap().created = when;
    }

    /// When a key was last used, by S3 in us-east-1; without this, never. Requests don't change it:
    /// AWS itself takes hours.
    pub fn set_last_used(&self, id: &str, when: OffsetDateTime) {
        self.lock().keys.get_mut(id).unwrap().last_used = Some(when);
    }

    /// Activates or deactivates a key, as somebody in the console does.
    pub fn set_active(&self, id: &str, is_active: bool) {
        self.lock().keys.get_mut(id).unwrap().is_active = is_active;
    }

    /// The permanent keys of the user with this ARN, the oldest first.
    pub fn keys_of(&self, arn: &str) -> Vec<KeyState> {
        let state = self.lock();
        let keys = state.permanent_keys(arn).into_iter();
        keys.map(|(id, key)| KeyState {
            id: id.clone(),
            secret: key.secret.clone(),
            is_active: key.is_active,
            created: key.created,
        })
        .collect()
    }

    /// What requests changed, in order.
    pub fn key_changes(&self) -> Vec<KeyChange> {
        self.lock().iam.changes.clone()
    }
}

impl State {
    fn permanent_keys(&self, arn: &str) -> Vec<(&String, &Key)> {
        let keys = self.keys.iter();
        let mut keys: Vec<_> = keys
            .filter(|(_, key)| key.session.is_none() && key.arn == arn)
            .collect();
        keys.sort_by_key(|(_, key)| key.created);
        keys
    }

    /// The MFA devices of the user with this ARN.
    pub(super) fn devices_of(&self, arn: &str) -> Vec<String> {
        if let Some(devices) = &self.iam.devices {
            return devices.clone();
        }
        if is_root(arn) {
            return vec![arn.replace(":root", ":mfa/root-account-mfa-device")];
        }
        let before = arn.split(":user/").next().unwrap_or_default();
        vec![format!("{before}:mfa/{}", name_of(arn))]
    }
}

pub(super) fn is_iam(operation: &str) -> bool {
    OPERATIONS.contains(&operation)
}

/// The only region that IAM is in, for the partition of this ARN.
pub(super) fn region(arn: &str) -> &'static str {
    match arn.split(':').nth(1) {
        Some("aws-cn") => "cn-north-1",
        Some("aws-us-gov") => "us-gov-west-1",
        _ => "us-east-1",
    }
}

fn is_root(arn: &str) -> bool {
    arn.ends_with(":root")
}

/// The user's name: what follows the path.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

/// Answers a request to IAM that is signed well.
pub(super) fn answer(
    state: &mut State,
    operation: &str,
    parameters: &BTreeMap<String, String>,
    signer: &Key,
    now: OffsetDateTime,
) -> Reply {
    let request = Asked {
        operation,
        parameters,
        signer,
    };
    request.answer(state, now).unwrap_or_else(|refusal| refusal)
}

/// What is asked, and by whom.
struct Asked<'a> {
    operation: &'a str,
    parameters: &'a BTreeMap<String, String>,
    signer: &'a Key,
}

impl Asked<'_> {
    fn answer(&self, state: &mut State, now: OffsetDateTime) -> Result<Reply, Reply> {
        if self.operation == "GetAccessKeyLastUsed" {
            return self.last_used(state);
        }
        let arn = self.subject(state)?;
        match self.operation {
            "ListMFADevices" => self.list_devices(state, &arn),
            "ListAccessKeys" => self.list_keys(state, &arn),
            "CreateAccessKey" => self.create_key(state, &arn, now),
            "UpdateAccessKey" => self.update_key(state, &arn),
            _ => self.delete_key(state, &arn),
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The ARN of the user that is meant, if the signer may do this to it.
    fn subject(&self, state: &State) -> Result<String, Reply> {
        let own = &self.signer.arn;
        let is_user = own.contains(":user/");
        let Some(name) = self.parameter("UserName") else {
            if !is_user && !is_root(own) {
                let message = "Must specify userName when calling with non-User credentials";
                return Err(Reply::error(400, "ValidationError", message));
            }
            self.check_policy(state, &format!("user {}", name_of(own)))?;
            return Ok(own.clone());
        };
        if name.is_empty() {
            let rule = "Member must have length greater than or equal to 1";
            return Err(invalid("Value at 'userName'", rule));
        }
        self.check_policy(state, &format!("user {name}"))?;
        if is_user && name == name_of(own) {
            return Ok(own.clone());
        }
        if !is_root(own) {
            return Err(self.denial(
                &format!("user {name}"),
                &format!(
                    "because no identity-based policy allows the iam:{} action",
                    self.operation
                ),
            ));
        }
        let start = own.replace(":root", ":user/");
        let mut keys = state.keys.values();
        let user = keys.find(|key| key.arn.starts_with(&start) && name_of(&key.arn) == name);
        user.map(|key| key.arn.clone()).ok_or_else(|| {
            let message = format!("The user with name {name} cannot be found.");
            Reply::error(404, "NoSuchEntity", &message)
        })
    }

    /// The policy that AWS proposes: without MFA, no more than what is needed to get MFA. The root
    /// user is above it.
    fn check_policy(&self, state: &State, resource: &str) -> Result<(), Reply> {
        let has_mfa = is_root(&self.signer.arn)
            || (self.signer.session.as_ref()).is_some_and(|session| session.has_mfa);
        let needs_mfa =
            self.operation != "ListMFADevices" && !state.iam.without_mfa.contains(self.operation);
        if state.iam.denied.contains(self.operation) || needs_mfa && !has_mfa {
            let why = "with an explicit deny in an identity-based policy";
            return Err(self.denial(resource, why));
        }
        Ok(())
    }

    fn denial(&self, resource: &str, why: &str) -> Reply {
        let message = format!(
            "User: {} is not authorized to perform: iam:{} on resource: {resource} {why}",
            self.signer.arn, self.operation
        );
        Reply::error(403, "AccessDenied", &message)
    }

    /// The access key ID that is asked about.
    fn key_id(&self) -> Result<&str, Reply> {
        let Some(id) = self.parameter("AccessKeyId") else {
            return Err(invalid("Value at 'accessKeyId'", "Member must not be null"));
        };
        if id.len() < 16 {
            let rule = "Member must have length greater than or equal to 16";
            return Err(invalid(&format!("Value '{id}' at 'accessKeyId'"), rule));
        }
        Ok(id)
    }

    fn list_devices(&self, state: &State, arn: &str) -> Result<Reply, Reply> {
        let devices = state.devices_of(arn);
        let members = devices.iter().map(|serial| {
            format!(
                "{}<SerialNumber>{serial}</SerialNumber>\
                 <EnableDate>2019-08-24T10:30:00Z</EnableDate>",
                user_name(arn)
            )
        });
        self.list(state, "MFADevices", &members.collect::<Vec<_>>())
    }

    fn list_keys(&self, state: &State, arn: &str) -> Result<Reply, Reply> {
        let keys = state.permanent_keys(arn).into_iter();
        let members = keys.map(|(id, key)| {
            format!(
                "{}<AccessKeyId>{id}</AccessKeyId><Status>{}</Status><CreateDate>{}</CreateDate>",
                user_name(arn),
                if key.is_active { "Active" } else { "Inactive" },
                timestamp(key.created)
            )
        });
        self.list(state, "AccessKeyMetadata", &members.collect::<Vec<_>>())
    }

    /// One page of a list.
    fn list(&self, state: &State, element: &str, members: &[String]) -> Result<Reply, Reply> {
        const MARK: &str = "page/";
        let size = state.iam.page_size.unwrap_or(100);
        let asked = self.parameter("MaxItems").map(str::parse);
        let Ok(asked) = asked.unwrap_or(Ok(size)) else {
            return Err(invalid("Value at 'maxItems'", "Member must be a number"));
        };
        let start = self.parameter("Marker").map(|marker| {
            let number = marker.strip_prefix(MARK)?.parse().ok()?;
            (number < members.len()).then_some(number)
        });
        let Some(start) = start.unwrap_or(Some(0)) else {
            let message = "Invalid Marker.";
            return Err(Reply::error(400, "ValidationError", message));
        };
        let end = members.len().min(start + size.min(asked));
        let page = members[start..end].iter();
        let page: Vec<String> = page
            .map(|member| format!("<member>{member}</member>"))
            .collect();
        let is_truncated = end < members.len();
        let marker = if is_truncated {
            format!("<Marker>{MARK}{end}</Marker>")
        } else {
            String::new()
        };
        Ok(Reply::result(
            self.operation,
            &format!(
                "<{element}>{}</{element}><IsTruncated>{is_truncated}</IsTruncated>{marker}",
                page.concat()
            ),
        ))
    }

    fn last_used(&self, state: &State) -> Result<Reply, Reply> {
        let id = self.key_id()?;
        let resource = format!("access key {id}");
        self.check_policy(state, &resource)?;
        let key = state.keys.get(id).filter(|key| {
            let has_account = key.arn.split(':').nth(4) == self.signer.arn.split(':').nth(4);
            let is_own = key.arn == self.signer.arn || is_root(&self.signer.arn);
            key.session.is_none() && has_account && is_own
        });
        // AWS doesn't tell a key that is unknown from another's.
        let key = key.ok_or_else(|| {
            let why = "because no identity-based policy allows the iam:GetAccessKeyLastUsed action";
            self.denial(&resource, why)
        })?;
        let used = match key.last_used {
            Some(when) => format!(
                "<LastUsedDate>{}</LastUsedDate><ServiceName>s3</ServiceName>\
                 <Region>us-east-1</Region>",
                timestamp(when)
            ),
            None => "<ServiceName>N/A</ServiceName><Region>N/A</Region>".to_owned(),
        };
        Ok(Reply::result(
            self.operation,
            &format!(
                "{}<AccessKeyLastUsed>{used}</AccessKeyLastUsed>",
                user_name(&key.arn)
            ),
        ))
    }

    fn create_key(
        &self,
        state: &mut State,
        arn: &str,
        now: OffsetDateTime,
    ) -> Result<Reply, Reply> {
        if state.permanent_keys(arn).len() >= MOST_KEYS {
            let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}");
            return Err(Reply::error(409, "LimitExceeded", &message));
        }
        state.iam.keys_created += 1;
        let number = state.iam.keys_created;
        let id = format!("AKIANEW{number:013}");
        let secret = format!("{ISSUED_SECRET}New+Key/{number:018}");
        let key = Key {
            answers: state.iam.new_key_answers.clone(),
            ..Key::permanent(&id, &secret, arn, now)
        };
        state.keys.insert(id.clone(), key);
        let result = format!(
            "<AccessKey>{}<AccessKeyId>{id}</AccessKeyId><Status>Active</Status>\
             <SecretAccessKey>{secret}</SecretAccessKey><CreateDate>{}</CreateDate></AccessKey>",
            user_name(arn),
            timestamp(now)
        );
        state.iam.changes.push(KeyChange::Created(id));
        Ok(Reply::result(self.operation, &result))
    }

    fn update_key(&self, state: &mut State, arn: &str) -> Result<Reply, Reply> {
        let id = self.key_id()?;
        let is_active = match self.parameter("Status") {
            Some("Active") => true,
            Some("Inactive") => false,
            other => {
                let rule = "Member must satisfy enum value set: [Active, Inactive, Expired]";
                let what = format!("Value '{}' at 'status'", other.unwrap_or_default());
                return Err(invalid(&what, rule));
            }
        };
        check_owner(state, id, arn)?;
        state.keys.get_mut(id).unwrap().is_active = is_active;
        let change = if is_active {
            KeyChange::Activated(id.to_owned())
        } else {
            KeyChange::Deactivated(id.to_owned())
        };
        state.iam.changes.push(change);
        Ok(self.done())
    }

    fn delete_key(&self, state: &mut State, arn: &str) -> Result<Reply, Reply> {
        let id = self.key_id()?;
        check_owner(state, id, arn)?;
        state.keys.remove(id).unwrap();
        state.iam.changes.push(KeyChange::Deleted(id.to_owned()));
        Ok(self.done())
    }

    /// An answer that says no more than that it was done.
    fn done(&self) -> Reply {
        let mut reply = Reply::result(self.operation, "");
        let empty = format!("<{0}Result></{0}Result>", self.operation);
        reply.body = reply.body.replace(&empty, "");
        reply
    }
}

/// Whether the key `id` belongs to the user with this ARN.
fn check_owner(state: &State, id: &str, arn: &str) -> Result<(), Reply> {
    let key = state.keys.get(id);
    if key.is_some_and(|key| key.session.is_none() && key.arn == arn) {
        return Ok(());
    }
    let message = format!("The Access Key with id {id} cannot be found.");
    Err(Reply::error(404, "NoSuchEntity", &message))
}

fn invalid(what: &str, rule: &str) -> Reply {
    let message =
        format!("1 validation error detected: {what} failed to satisfy constraint: {rule}");
    Reply::error(400, "ValidationError", &message)
}

/// The root user has none.
fn user_name(arn: &str) -> String {
    if is_root(arn) {
        return String::new();
    }
    format!("<UserName>{}</UserName>", name_of(arn))
}

fn timestamp(when: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    when.to_offset(time::UtcOffset::UTC).format(form).unwrap()
}
