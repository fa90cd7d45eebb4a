//! A strict AWS on loopback, STS and IAM at one address: verifies the signature, the serial, the code
//! (single-use) and the duration, answers in AWS's own words, counts connections and records
//! requests, with or without TLS. It can misbehave on demand (`faults.rs`). It stops when it is
//! dropped. Here are the server and STS; IAM is in `iam.rs`.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use time::OffsetDateTime;
use time::macros::format_description;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub use super::faults::Fault;
use super::faults::{End, Parts};
use super::iam::{self, Iam};
use super::sigv4::{Authorization, SignedRequest, verify};
use super::{ACCESS_KEY_ID, ACCOUNT, ISSUED_SECRET, ISSUED_TOKEN, ROLE, SECRET_ACCESS_KEY, USER};

/// A request that was received.
#[derive(Clone, Debug)]
pub struct Received {
    pub operation: String,
    pub parameters: BTreeMap<String, String>,
    pub user_agent: String,
    pub region: String,
    /// Of the key that it is signed with.
    pub access_key_id: String,
    pub has_session_token: bool,
    /// The HTTP status it was answered with; 0 where a fault left it without.
    pub status: u16,
}

impl Received {
    /// The code that it carried.
    pub fn code(&self) -> Option<&str> {
        self.parameters.get("TokenCode").map(String::as_str)
    }
}

/// An IAM user's key, or a session's.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) arn: String,
    pub(super) session: Option<Session>,
    pub(super) is_active: bool,
    pub(super) created: OffsetDateTime,
    pub(super) last_used: Option<OffsetDateTime>,
    /// Whether it is known to the next requests signed with it.
    pub(super) answers: VecDeque<bool>,
}

impl Key {
    pub(super) fn permanent(id: &str, secret: &str, arn: &str, created: OffsetDateTime) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            arn: arn.to_owned(),
            session: None,
            is_active: true,
            created,
            last_used: None,
            answers: VecDeque::new(),
        }
    }

    /// The ID of the permanent key at the beginning.
    fn permanent_id(&self) -> &str {
        self.session
            .as_ref()
            .map_or(&self.id, |session| &session.key_id)
    }
}

#[derive(Clone)]
pub(super) struct Session {
    token: String,
    expires: OffsetDateTime,
    pub(super) has_mfa: bool,
    /// Of the permanent key that it was got with.
    key_id: String,
}

/// Who may assume a role.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The beginning of an ARN.
    pub principal: String,
    pub needs_mfa: bool,
    pub external_id: Option<String>,
}

#[derive(Default)]
pub(super) struct State {
    /// By access key ID.
    pub(super) keys: BTreeMap<String, Key>,
    pub(super) iam: Iam,
    /// By ARN; beside [`ROLE`], which is assumed with a code.
    roles: BTreeMap<String, Trust>,
    connections: usize,
    received: Vec<Received>,
    issued_codes: Vec<String>,
    used_codes: HashSet<String>,
    /// By operation.
    faults: BTreeMap<String, Fault>,
    /// By the request's number, from 1.
    faults_at: BTreeMap<usize, Fault>,
    clock_offset: time::Duration,
    sessions: usize,
    open: Vec<tokio::task::AbortHandle>,
}

/// A running server.
pub struct LoopbackSts {
    address: SocketAddr,
    /// With TLS: the certificate to trust, PEM.
    certificate: Option<String>,
    state: Arc<Mutex<State>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl LoopbackSts {
    pub fn start() -> Self {
        Self::serve(None, None)
    }

    /// With TLS, and a certificate for `localhost` that only [`LoopbackSts::certificate`] makes a
    /// client trust.
    pub fn start_with_tls() -> Self {
        let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        // Each server's own, as certificate authorities have it.
        let name = format!("loopback STS {:?}", std::time::Instant::now());
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let key = rcgen::KeyPair::generate().unwrap();
        let made = parameters.self_signed(&key).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.der().clone()], key)
            .unwrap();
        Self::serve(Some(TlsAcceptor::from(Arc::new(config))), Some(made.pem()))
    }

    fn serve(tls: Option<TlsAcceptor>, certificate: Option<String>) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || serve(listener, tls, &shared, stopped));
        let this = Self {
            address,
            certificate,
            state,
            stop: Some(stop),
            thread: Some(thread),
        };
        this.add_key(ACCESS_KEY_ID, SECRET_ACCESS_KEY, USER);
        this
    }

    /// Base URL, as AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL_IAM take it.
    pub fn url(&self) -> String {
        self.url_at(self.address)
    }

    /// Base URL for a relay that listens at `address` and leads here.
    pub fn url_at(&self, address: SocketAddr) -> String {
        match self.certificate {
            Some(_) => format!("https://localhost:{}", address.port()),
            None => format!("http://{address}"),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// With TLS: the certificate to trust, PEM.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Closes all open connections.
    pub fn hang_up(&self) {
        for connection in self.lock().open.drain(..) {
            connection.abort();
        }
    }

    /// A code that the MFA device shows now: valid once.
    pub fn code(&self) -> String {
        let mut state = self.lock();
        // Any order that doesn't repeat: a multiplication modulo a prime.
        let code = format!(
            "{:06}",
            (state.issued_codes.len() as u64 + 1) * 387_420_489 % 999_983
        );
        state.issued_codes.push(code.clone());
        code
    }

    /// Knows another key, of the user with this ARN.
    pub fn add_key(&self, id: &str, secret: &str, arn: &str) {
        let created = OffsetDateTime::now_utc() - time::Duration::days(87);
        let key = Key::permanent(id, secret, arn, created);
        self.lock().keys.insert(id.to_owned(), key);
    }

    /// Knows a role that can be assumed with a session.
    pub fn add_role(&self, arn: &str, trust: Trust) {
        self.lock().roles.insert(arn.to_owned(), trust);
    }

    /// Forgets a key.
    pub fn delete_key(&self, id: &str) {
        self.lock().keys.remove(id).unwrap();
    }

    /// From now on answers `operation` properly.
    pub fn behave(&self, operation: &str) {
        self.lock().faults.remove(operation);
    }

    /// From now on answers `operation` so.
    pub fn misbehave(&self, operation: &str, fault: Fault) {
        self.lock().faults.insert(operation.to_owned(), fault);
    }

    /// Answers the `n`th request from now (the next is 1) so, whatever it asks for.
    pub fn misbehave_at(&self, n: usize, fault: Fault) {
        let mut state = self.lock();
        let number = state.received.len() + n;
        state.faults_at.insert(number, fault);
    }

    /// Moves the server's clock away from this computer's.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.lock().clock_offset = time::Duration::seconds(seconds);
    }

    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// The operations received, in order.
    pub fn operations(&self) -> Vec<String> {
        self.received()
            .into_iter()
            .map(|request| request.operation)
            .collect()
    }

    /// How many requests carried a code.
    pub fn codes_received(&self) -> usize {
        self.received()
            .iter()
            .filter(|request| request.code().is_some())
            .count()
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for LoopbackSts {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    listener: std::net::TcpListener,
    tls: Option<TlsAcceptor>,
    state: &Arc<Mutex<State>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).unwrap();
        tokio::pin!(stopped);
        loop {
            let stream = tokio::select! {
                _ = &mut stopped => return,
                accepted = listener.accept() => accepted.unwrap().0,
            };
            state.lock().unwrap().connections += 1;
            let (tls, shared) = (tls.clone(), Arc::clone(state));
            let connection = tokio::spawn(async move {
                match tls {
                    None => talk(stream, shared).await,
                    Some(tls) => {
                        // A client that doesn't trust the certificate goes away.
                        if let Ok(stream) = tls.accept(stream).await {
                            talk(stream, shared).await;
                        }
                    }
                }
            });
            state.lock().unwrap().open.push(connection.abort_handle());
        }
    });
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<Mutex<State>>) {
    let service = service_fn(|request| answer(request, Arc::clone(&state)));
    // A client that goes away is the client's business.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const IAM_NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// What goes over the wire.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<ErrorResponse xmlns=\"{STS_NAMESPACE}\">\
             <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ErrorResponse>"
        );
        Self { status, body }
    }

    pub(super) fn result(operation: &str, result: &str) -> Self {
        let body = format!(
            "<{operation}Response xmlns=\"{STS_NAMESPACE}\">\
             <{operation}Result>{result}</{operation}Result><ResponseMetadata>\
             <RequestId>58c5dbae-abef-11e0-8cfe-09039844ac7d</RequestId></ResponseMetadata>\
             </{operation}Response>"
        );
        Self { status: 200, body }
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Parts>, io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let signed = SignedRequest {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    let parameters = decode_form(&body);
    let operation = parameters.get("Action").cloned().unwrap_or_default();
    let code = parameters.get("TokenCode").cloned().unwrap_or_default();
    let (reply, fault, date) = {
        let mut state = state.lock().unwrap();
        let now = OffsetDateTime::now_utc() + state.clock_offset;
        let number = state.received.len() + 1;
        let fault = state.faults_at.remove(&number);
        let fault = fault.or_else(|| state.faults.get(&operation).copied());
        let mut reply = decide(&mut state, &signed, &operation, &parameters, fault, now);
        if let Some(fault) = fault {
            reply = fault.after(reply);
        }
        if iam::is_iam(&operation) {
            reply.body = reply.body.replace(STS_NAMESPACE, IAM_NAMESPACE);
        }
        let header = |name: &str| {
            super::sigv4::header(&signed, name)
                .unwrap_or_default()
                .to_owned()
        };
        let authorization = Authorization::parse(&header("authorization"));
        let region = authorization.as_ref().map(|a| a.region().to_owned());
        let access_key_id = authorization.map(|a| a.access_key_id);
        let user_agent = header("x-amz-user-agent") + &header("user-agent");
        let status = if fault.is_some_and(Fault::is_silence) {
            0
        } else {
            reply.status
        };
        state.received.push(Received {
            operation: operation.clone(),
            parameters,
            user_agent,
            region: region.unwrap_or_default(),
            access_key_id: access_key_id.unwrap_or_default(),
            has_session_token: !header("x-amz-security-token").is_empty(),
            status,
        });
        (reply, fault, now)
    };
    let length = reply.body.len();
    let code = |text: &str| text.replace("CODE", &code);
    let mut head = Response::builder()
        .status(StatusCode::from_u16(reply.status).unwrap())
        .header(
            "content-type",
            match fault {
                Some(Fault::CaptivePortal | Fault::DoneThenCaptivePortal) => "text/html".to_owned(),
                Some(Fault::RepeatsCodeInContentType) => code("text/CODE"),
                _ => "text/xml".to_owned(),
            },
        )
        .header("x-amzn-requestid", "c6104cbe-af31-11e0-8154-cbc7ccf896c7")
        .header(
            "date",
            date.format(format_description!(
                "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
            ))
            .unwrap(),
        );
    if let Some(Fault::Redirect(_, other)) = fault {
        head = head.header("location", format!("http://{other}/"));
    }
    if fault == Some(Fault::Slow) {
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let parts = match fault {
        Some(Fault::Drop | Fault::DoneThenDrop) => {
            return Err(io::Error::other("dropped on demand"));
        }
        Some(Fault::NoAnswer) => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            return Err(io::Error::other("never answered, on demand"));
        }
        Some(Fault::HalfAnswer | Fault::DoneThenHalfAnswer) => {
            head = head.header("content-length", length);
            Parts::half(&reply.body, End::Broken)
        }
        Some(Fault::StalledBody) => {
            head = head.header("content-length", length);
            Parts::half(&reply.body, End::Stalled)
        }
        Some(Fault::HugeBody) => Parts {
            parts: (0..1024).map(|_| Bytes::from(vec![b' '; 65_536])).collect(),
            end: End::Proper,
        },
        Some(Fault::EndlessBody) => Parts {
            parts: VecDeque::new(),
            end: End::Never,
        },
        _ => Parts {
            parts: [Bytes::from(reply.body)].into(),
            end: End::Proper,
        },
    };
    Ok(head.body(parts).unwrap())
}

const STS_OPERATIONS: [&str; 3] = ["GetCallerIdentity", "GetSessionToken", "AssumeRole"];

fn decide(
    state: &mut State,
    request: &SignedRequest<'_>,
    operation: &str,
    parameters: &BTreeMap<String, String>,
    fault: Option<Fault>,
    now: OffsetDateTime,
) -> Reply {
    if let Some(reply) = fault.and_then(|fault| fault.instead(parameters)) {
        return reply;
    }
    let is_iam = iam::is_iam(operation);
    let version = parameters.get("Version").map_or("", String::as_str);
    let is_known = is_iam || STS_OPERATIONS.contains(&operation);
    if !is_known || version != if is_iam { "2010-05-08" } else { "2011-06-15" } {
        let message = format!("Could not find operation {operation} for version {version}");
        return Reply::error(400, "InvalidAction", &message);
    }
    let service = if is_iam { "iam" } else { "sts" };
    let signer = match check_signature(state, request, service, now) {
        Ok(key) => key,
        Err(refusal) => return refusal,
    };
    let arn = signer.arn.clone();
    match operation {
        "GetCallerIdentity" => {
            let account = match fault {
                Some(Fault::NoAccount) => "alice",
                _ => arn.split(':').nth(4).unwrap(),
            };
            let path = match fault {
                Some(Fault::LongArn) => "x".repeat(10_000),
                _ => String::new(),
            };
            Reply::result(
                operation,
                &format!(
                    "<Arn>{arn}{path}</Arn><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId>\
                     <Account>{account}</Account>"
                ),
            )
        }
        _ if is_iam => iam::answer(state, operation, parameters, &signer, now),
        _ => grant(state, operation, parameters, &signer, fault, now),
    }
}

/// The key that a request is signed with, if all is well with it.
fn check_signature(
    state: &mut State,
    request: &SignedRequest<'_>,
    service: &str,
    now: OffsetDateTime,
) -> Result<Key, Reply> {
    let header = |name: &str| super::sigv4::header(request, name);
    let Some(authorization) = header("authorization").and_then(Authorization::parse) else {
        return Err(Reply::error(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ));
    };
    if authorization.service() != service {
        let message = format!("Credential should be scoped to correct service: '{service}'. ");
        return Err(Reply::error(403, "SignatureDoesNotMatch", &message));
    }
    let unknown = Reply::error(
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
    );
    let Some(key) = state.keys.get_mut(&authorization.access_key_id) else {
        return Err(unknown);
    };
    if !key.answers.pop_front().unwrap_or(true) || !key.is_active {
        return Err(unknown);
    }
    let key = key.clone();
    if let Some(session) = &key.session {
        let parent = state.keys.get(&session.key_id);
        let has_ended =
            state.iam.sessions_end_with_their_key && !parent.is_some_and(|parent| parent.is_active);
        if has_ended || header("x-amz-security-token") != Some(session.token.as_str()) {
            let message = "The security token included in the request is invalid";
            return Err(Reply::error(403, "InvalidClientTokenId", message));
        }
        if session.expires <= now {
            let message = "The security token included in the request is expired";
            return Err(Reply::error(403, "ExpiredToken", message));
        }
    }
    let demanded = state.iam.demands_region && service == "iam";
    if demanded && authorization.region() != iam::region(&key.arn) {
        let message = format!(
            "Credential should be scoped to a valid region, not '{}'. ",
            authorization.region()
        );
        return Err(Reply::error(403, "SignatureDoesNotMatch", &message));
    }
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    let stamp = header("x-amz-date").unwrap_or_default();
    let Ok(signed_at) = time::PrimitiveDateTime::parse(stamp, form) else {
        return Err(Reply::error(
            400,
            "IncompleteSignature",
            "Date must be in ISO-8601 'basic format'.",
        ));
    };
    let age = now - signed_at.assume_utc();
    if age.abs() > time::Duration::minutes(15) {
        let message = if age.is_positive() {
            format!(
                "Signature expired: {stamp} is now earlier than {} ({} - 15 min.)",
                now.format(form).unwrap(),
                now.format(form).unwrap()
            )
        } else {
            format!(
                "Signature not yet current: {stamp} is still later than {} ({} + 15 min.)",
                now.format(form).unwrap(),
                now.format(form).unwrap()
            )
        };
        return Err(Reply::error(403, "SignatureDoesNotMatch", &message));
    }
    if verify(request, &authorization, &key.secret) {
        return Ok(key);
    }
    let message = "The request signature we calculated does not match the signature you provided. \
                   Check your AWS Secret Access Key and signing method. Consult the service \
                   documentation for details.";
    Err(Reply::error(403, "SignatureDoesNotMatch", message))
}

fn grant(
    state: &mut State,
    operation: &str,
    parameters: &BTreeMap<String, String>,
    signer: &Key,
    fault: Option<Fault>,
    now: OffsetDateTime,
) -> Reply {
    let parameter = |name: &str| parameters.get(name).map_or("", String::as_str);
    if operation == "GetSessionToken" && signer.session.is_some() {
        let message = "Cannot call GetSessionToken with session credentials";
        return Reply::error(403, "AccessDenied", message);
    }
    // As AWS does without a DurationSeconds.
    let usual = if operation == "AssumeRole" {
        3_600
    } else {
        43_200
    };
    let seconds: i64 = parameter("DurationSeconds").parse().unwrap_or(usual);
    let longest = if operation == "AssumeRole" {
        43_200
    } else {
        129_600
    };
    if !(900..=longest).contains(&seconds) {
        let message = format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy \
             constraint: Member must have value less than or equal to {longest}"
        );
        return Reply::error(400, "ValidationError", &message);
    }
    let is_by_code = operation == "GetSessionToken" || !parameter("SerialNumber").is_empty();
    if !is_by_code && let Err(refusal) = check_trust(state, parameters, signer, seconds) {
        return refusal;
    }
    let serial = parameter("SerialNumber").to_owned();
    // A security key has no codes.
    let has_device = state.devices_of(&signer.arn).contains(&serial) && !serial.contains(":u2f/");
    if is_by_code && !has_device {
        return Reply::error(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user.",
        );
    }
    let code = parameter("TokenCode").to_owned();
    let fresh = !is_by_code || state.issued_codes.contains(&code) && state.used_codes.insert(code);
    if !fresh {
        return Reply::error(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
        );
    }
    if operation == "AssumeRole" && is_by_code {
        if parameter("RoleArn") != ROLE {
            let message = format!(
                "User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: \
                 sts:AssumeRole on resource: {}",
                parameter("RoleArn")
            );
            return Reply::error(403, "AccessDenied", &message);
        }
        if seconds > 3600 {
            let message =
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
            return Reply::error(400, "ValidationError", message);
        }
    }
    state.sessions += 1;
    let number = state.sessions;
    let lifetime = match fault {
        Some(Fault::ExpirationInThePast) => -60,
        Some(Fault::OneHourOnly) => 3600,
        _ => seconds,
    };
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let expiration = match fault {
        Some(Fault::ExpirationUnreadable) => "tomorrow".to_owned(),
        Some(Fault::ExpirationFarAway) => "9999-12-31T23:59:59Z".to_owned(),
        _ => (now + time::Duration::seconds(lifetime))
            .format(form)
            .unwrap(),
    };
    let line_break = if fault == Some(Fault::TokenWithLineBreak) {
        "\n[evil]\nx="
    } else {
        ""
    };
    let start = match fault {
        Some(Fault::PermanentKey) => "AKIA",
        _ => "ASIA",
    };
    let room = 16 * 1024 - format!("{ISSUED_TOKEN}{number}==").len();
    let padding = match fault {
        Some(Fault::LongestToken) => "t".repeat(room),
        Some(Fault::LongToken) => "t".repeat(room + 1),
        _ => String::new(),
    };
    let arn = match operation {
        // The session of the user's own role has the account's number, as AWS's have.
        "AssumeRole" => parameter("RoleArn")
            .replace(":iam:", ":sts:")
            .replace(":role/", ":assumed-role/"),
        _ => signer.arn.clone(),
    };
    let session = Session {
        token: format!("{ISSUED_TOKEN}{padding}{line_break}{number}=="),
        expires: now + time::Duration::seconds(lifetime),
        has_mfa: operation == "GetSessionToken",
        key_id: signer.permanent_id().to_owned(),
    };
    let id = format!("{start}SANDBOX{number:09}");
    let key = Key {
        session: Some(session),
        ..Key::permanent(&id, &format!("{ISSUED_SECRET}{number}"), &arn, now)
    };
    state.keys.insert(id, key);
    let mut reply = Reply::result(
        operation,
        &format!(
            "<Credentials><AccessKeyId>{start}SANDBOX{number:09}</AccessKeyId>\
             <SecretAccessKey>{ISSUED_SECRET}{number}</SecretAccessKey>\
             <SessionToken>{ISSUED_TOKEN}{padding}{line_break}{number}==</SessionToken>\
             <Expiration>{expiration}</Expiration></Credentials>"
        ),
    );
    if fault == Some(Fault::TruncatedXml) {
        reply
            .body
            .truncate(reply.body.find(ISSUED_TOKEN).unwrap() + ISSUED_TOKEN.len());
    }
    reply
}

/// Whether a role may be assumed with the signer's own credentials.
fn check_trust(
    state: &State,
    parameters: &BTreeMap<String, String>,
    signer: &Key,
    seconds: i64,
) -> Result<(), Reply> {
    let parameter = |name: &str| parameters.get(name).map_or("", String::as_str);
    let role = parameter("RoleArn");
    if signer.session.is_some() && seconds > 3600 {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                       assumed by role chaining.";
        return Err(Reply::error(400, "ValidationError", message));
    }
    let has_mfa = signer
        .session
        .as_ref()
        .is_some_and(|session| session.has_mfa);
    let external_id = parameters.get("ExternalId");
    let is_trusted = state.roles.get(role).is_some_and(|trust| {
        signer.arn.starts_with(&trust.principal)
            && (has_mfa || !trust.needs_mfa)
            && trust
                .external_id
                .as_ref()
                .is_none_or(|wanted| Some(wanted) == external_id)
    });
    if is_trusted {
        return Ok(());
    }
    let message = format!(
        "User: {} is not authorized to perform: sts:AssumeRole on resource: {role}",
        signer.arn
    );
    Err(Reply::error(403, "AccessDenied", &message))
}

/// Decodes `application/x-www-form-urlencoded`.
fn decode_form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = after;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Counts the connections that something opens to an address where nothing should.
pub struct Tripwire {
    listener: std::net::TcpListener,
}

impl Tripwire {
    pub fn set() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self { listener }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// Connections since it was set.
    pub fn hits(&self) -> usize {
        std::iter::from_fn(|| self.listener.accept().ok()).count()
    }
}
