//! The loopback IAM is itself strict, as the SDK sees it.

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::{AccessKey, StatusType};

use crate::support::iam::KeyChange;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::{ACCESS_KEY_ID, ISSUED_SECRET, ROOT_SERIAL, SECRET_ACCESS_KEY, SERIAL, USER};

const UNKNOWN: &str =
    "403 InvalidClientTokenId: The security token included in the request is invalid.";
const NEW_ID: &str = "AKIANEW0000000000001";

/// The SDK as a client of the loopback AWS.
struct Client {
    aws: LoopbackSts,
    runtime: tokio::runtime::Runtime,
    credentials: Credentials,
    region: &'static str,
}

/// The answer, or status (0: none), code and message of a refusal.
fn told<T, E: ProvideErrorMetadata>(
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, String> {
    answer.map_err(|error| {
        let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
        let [code, message] = [error.code(), error.message()].map(Option::unwrap_or_default);
        format!("{status} {code}: {message}")
    })
}

/// Sends a request to a service.
macro_rules! ask {
    ($client:ident, $service:ident, $operation:ident $(, $field:ident = $value:expr)*) => {{
        let config = $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url($client.aws.url())
            .region(Region::new($client.region))
            .retry_config(RetryConfig::disabled())
            .credentials_provider($client.credentials.clone());
        let service = $service::Client::from_conf(config.build());
        told($client.runtime.block_on(service.$operation()$(.$field($value))*.send()))
    }};
    ($client:ident, sts: $operation:ident $(, $field:ident = $value:expr)*) => {
        ask!($client, aws_sdk_sts, $operation $(, $field = $value)*)
    };
    ($client:ident, $operation:ident $(, $field:ident = $value:expr)*) => {
        ask!($client, aws_sdk_iam, $operation $(, $field = $value)*)
    };
}

impl Client {
    /// With the user's own keys.
    fn new() -> Self {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        Self {
            aws: LoopbackSts::start(),
            runtime: runtime.enable_all().build().unwrap(),
            credentials: credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY),
            region: "us-east-1",
        }
    }

    /// With a session that has MFA.
    fn with_mfa() -> Self {
        let mut client = Self::new();
        client.credentials = client.session(SERIAL).unwrap();
        client
    }

    fn session(&self, serial: &str) -> Result<Credentials, String> {
        let code = self.aws.code();
        let answer = ask!(self, sts: get_session_token, serial_number = serial, token_code = code)?;
        let session = answer.credentials.unwrap();
        let (id, secret) = (session.access_key_id, session.secret_access_key);
        let token = Some(session.session_token);
        Ok(Credentials::new(id, secret, token, None, "test"))
    }

    /// The ARN that STS gives for these credentials.
    fn arn(&self) -> Result<String, String> {
        ask!(self, sts: get_caller_identity).map(|answer| answer.arn.unwrap())
    }

    fn creates(&self) -> AccessKey {
        ask!(self, create_access_key).unwrap().access_key.unwrap()
    }

    fn key_ids(&self) -> Vec<String> {
        let keys = self.aws.keys_of(USER).into_iter();
        keys.map(|key| key.id).collect()
    }
}

fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials::new(id, secret, None, None, "test")
}

#[test]
fn keys_live_from_creation_to_deletion() {
    let mut client = Client::with_mfa();
    let key = client.creates();
    let secret = &key.secret_access_key;
    assert_eq!((&*key.user_name, &*key.access_key_id), ("alice", NEW_ID));
    assert!(secret.starts_with(ISSUED_SECRET) && secret.len() == 40);
    let quota = "409 LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2";
    assert_eq!(ask!(client, create_access_key).unwrap_err(), quota);
    let (id, off) = (ACCESS_KEY_ID, StatusType::Inactive);
    ask!(client, update_access_key, access_key_id = id, status = off).unwrap();
    let listed = ask!(client, list_access_keys).unwrap().access_key_metadata;
    assert_eq!(listed[0].status(), Some(&StatusType::Inactive));
    assert_eq!(listed[1].status(), Some(&StatusType::Active));
    let session = client.credentials.clone();
    client.credentials = credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
    assert_eq!(client.arn().unwrap_err(), UNKNOWN);
    client.credentials = credentials(NEW_ID, secret);
    assert_eq!(client.arn().unwrap(), USER);
    client.credentials = session;
    ask!(client, delete_access_key, access_key_id = id).unwrap();
    assert_eq!(client.key_ids(), [NEW_ID]);
    let gone = format!("404 NoSuchEntity: The Access Key with id {ACCESS_KEY_ID} cannot be found.");
    let refusal = ask!(client, delete_access_key, access_key_id = id).unwrap_err();
    assert_eq!(refusal, gone);
    let changes = [
        KeyChange::Created(NEW_ID.to_owned()),
        KeyChange::Deactivated(ACCESS_KEY_ID.to_owned()),
        KeyChange::Deleted(ACCESS_KEY_ID.to_owned()),
    ];
    assert_eq!(client.aws.key_changes(), changes);
    let sent = client.aws.received();
    assert!(sent[0].access_key_id == ACCESS_KEY_ID && !sent[0].has_session_token);
    assert!(sent[1].access_key_id.starts_with("ASIA") && sent[1].has_session_token);

    client.aws.sessions_end_with_their_key(true);
    let ended = ask!(client, list_access_keys).unwrap_err();
    assert_eq!(ended, UNKNOWN.trim_end_matches('.'));
}

#[test]
fn a_policy_demands_mfa() {
    let mut client = Client::new();
    let denied = |operation: &str| {
        format!(
            "403 AccessDenied: User: {USER} is not authorized to perform: iam:{operation} on \
             resource: user alice with an explicit deny in an identity-based policy"
        )
    };
    let refusal = ask!(client, list_access_keys).unwrap_err();
    assert_eq!(refusal, denied("ListAccessKeys"));
    client.aws.allow_without_mfa("ListAccessKeys");
    ask!(client, list_access_keys, user_name = "alice").unwrap();
    let other = ask!(client, list_access_keys, user_name = "bob").unwrap_err();
    assert!(other.starts_with("403 AccessDenied: "), "{other}");
    client.aws.deny("ListMFADevices");
    let refusal = ask!(client, list_mfa_devices).unwrap_err();
    assert_eq!(refusal, denied("ListMFADevices"));
    client.region = "eu-west-1";
    client.aws.demand_iams_region();
    let refusal = ask!(client, list_mfa_devices).unwrap_err();
    assert!(refusal.contains("valid region"), "{refusal}");
}

#[test]
fn devices_are_listed_and_only_those_with_codes_work() {
    const SECURITY_KEY: &str = "arn:aws:iam::123456789012:u2f/user/alice/key-ABC";
    let client = Client::new();
    client.aws.set_devices(&[SECURITY_KEY, "GAHT12345678"]);
    client.aws.set_page_size(1);
    let first = ask!(client, list_mfa_devices).unwrap();
    assert_eq!(first.mfa_devices[0].serial_number, SECURITY_KEY);
    assert_eq!((first.mfa_devices.len(), first.is_truncated), (1, true));
    let rest = ask!(client, list_mfa_devices, marker = first.marker.unwrap()).unwrap();
    assert_eq!(rest.mfa_devices[0].serial_number, "GAHT12345678");
    assert!(!rest.is_truncated && rest.marker.is_none());
    client.session("GAHT12345678").unwrap();
    for serial in [SECURITY_KEY, SERIAL] {
        let refusal = client.session(serial).unwrap_err();
        assert!(refusal.contains("unable to validate MFA code"), "{refusal}");
    }
}

#[test]
fn the_last_use_is_told() {
    let client = Client::with_mfa();
    let id = ACCESS_KEY_ID;
    let never = ask!(client, get_access_key_last_used, access_key_id = id);
    let never = never.unwrap().access_key_last_used.unwrap();
    assert_eq!((never.last_used_date, &*never.region), (None, "N/A"));
    let when = time::OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
    client.aws.set_last_used(id, when);
    let used = ask!(client, get_access_key_last_used, access_key_id = id).unwrap();
    let when = used.access_key_last_used.unwrap().last_used_date.unwrap();
    assert_eq!(when.secs(), 1_700_000_000);
}

#[test]
fn the_root_user_has_keys_but_no_name() {
    let mut client = Client::new();
    let root = "arn:aws:iam::123456789012:root";
    client.aws.add_key("AKIAROOT000000000001", "secret", root);
    client.credentials = credentials("AKIAROOT000000000001", "secret");
    let devices = ask!(client, list_mfa_devices).unwrap().mfa_devices;
    assert_eq!(devices[0].serial_number, ROOT_SERIAL);
    assert_eq!(client.creates().user_name, "");
    let listed = ask!(client, list_access_keys).unwrap().access_key_metadata;
    assert!(listed.len() == 2 && listed[0].user_name.is_none());
    assert_eq!(client.aws.keys_of(root)[1].id, NEW_ID);
}

#[test]
fn new_keys_become_known_late() {
    let mut client = Client::with_mfa();
    client.aws.set_new_key_answers(&[false, true, false]);
    let secret = client.creates().secret_access_key;
    client.credentials = credentials(NEW_ID, &secret);
    let known: Vec<bool> = (0..5).map(|_| client.arn().is_ok()).collect();
    assert_eq!(known, [false, true, false, true, true]);
}

#[test]
fn what_was_done_is_done_whatever_the_answer() {
    for (fault, status) in [
        (Fault::DoneThenDrop, Some("0")),
        (Fault::DoneThenInternalFailure, Some("500")),
        (Fault::DoneThenHalfAnswer, Some("0")),
        (Fault::DoneThenCaptivePortal, Some("200")),
        (Fault::DoneThenMissingFields, None),
        (Fault::DoneThenEmptyResult, None),
    ] {
        let client = Client::with_mfa();
        client.aws.misbehave_at(2, fault);
        ask!(client, list_access_keys).unwrap();
        let answer = ask!(client, create_access_key);
        match status {
            Some(status) => assert!(answer.unwrap_err().starts_with(status), "{fault:?}"),
            // The SDK takes an empty secret for what is missing.
            None => assert_eq!(answer.unwrap().access_key.unwrap().secret_access_key, ""),
        }
        assert_eq!(client.key_ids(), [ACCESS_KEY_ID, NEW_ID], "{fault:?}");
    }
    let client = Client::with_mfa();
    client.aws.misbehave("CreateAccessKey", Fault::Drop);
    ask!(client, create_access_key).unwrap_err();
    assert_eq!(client.key_ids(), [ACCESS_KEY_ID]);
}
