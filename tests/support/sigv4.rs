//! Signature Version 4, verified from the specification alone, not with the SDK's signer.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct SignedRequest<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    /// Lower-case names.
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

/// What the Authorization header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    pub access_key_id: String,
    /// `20261122/us-east-1/sts/aws4_request`
    pub scope: String,
    pub signed_headers: Vec<String>,
    pub signature: String,
}

impl Authorization {
    pub fn parse(header: &str) -> Option<Self> {
        let rest = header.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field = |name: &str| {
            rest.split(',').find_map(|part| {
                part.trim()
                    .strip_prefix(name)?
                    .strip_prefix('=')
                    .map(str::to_owned)
            })
        };
        let credential = field("Credential")?;
        let (access_key_id, scope) = credential.split_once('/')?;
        Some(Self {
            access_key_id: access_key_id.to_owned(),
            scope: scope.to_owned(),
            signed_headers: field("SignedHeaders")?
                .split(';')
                .map(str::to_owned)
                .collect(),
            signature: field("Signature")?,
        })
    }

    pub fn region(&self) -> &str {
        self.scope.split('/').nth(1).unwrap_or_default()
    }

    pub fn service(&self) -> &str {
        self.scope.split('/').nth(2).unwrap_or_default()
    }
}

/// Whether `request` was signed with `secret`, all headers that matter among what was signed.
pub fn verify(request: &SignedRequest<'_>, authorization: &Authorization, secret: &str) -> bool {
    let scope: Vec<&str> = authorization.scope.split('/').collect();
    let [date, region, service, "aws4_request"] = scope[..] else {
        return false;
    };
    let Some(timestamp) = header(request, "x-amz-date") else {
        return false;
    };
    let must_be_signed = ["host", "x-amz-date"];
    let all_signed = must_be_signed.iter().all(|name| {
        authorization
            .signed_headers
            .iter()
            .any(|signed| signed == name)
    });
    if !timestamp.starts_with(date) || !all_signed {
        return false;
    }
    let mut canonical = format!("{}\n{}\n{}\n", request.method, request.path, request.query);
    for name in &authorization.signed_headers {
        let Some(value) = header(request, name) else {
            return false;
        };
        let value: Vec<&str> = value.split_whitespace().collect();
        writeln!(canonical, "{name}:{}", value.join(" ")).unwrap();
    }
    write!(
        canonical,
        "\n{}\n{}",
        authorization.signed_headers.join(";"),
        hex(&Sha256::digest(request.body))
    )
    .unwrap();
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{timestamp}\n{}\n{}",
        authorization.scope,
        hex(&Sha256::digest(canonical))
    );
    let key = [date, region, service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| {
            hmac(&key, part.as_bytes())
        });
    hex(&hmac(&key, to_sign.as_bytes())) == authorization.signature
}

pub fn header<'a>(request: &SignedRequest<'a>, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.as_str())
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
