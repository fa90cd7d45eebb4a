//! A profile's permanent keys. Pure. [`source`] finds them, [`mod@write`] stores them.

pub(crate) mod source;
pub(crate) mod useless;
pub(crate) mod write;

use crate::error::Error;
use crate::secret::Secret;
use crate::session::TEMPORARY_KEY_PREFIX;
use crate::settings::FileSection;

/// With these keys, the AWS SDKs would assume a role or sign in elsewhere, without MFA.
const OTHER_SOURCES: [&str; 5] = [
    "role_arn",
    "source_profile",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

#[derive(Clone, Debug)]
pub(crate) struct LongTermKeys {
    /// Usually starts with `AKIA`; never with `ASIA`.
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
}

impl LongTermKeys {
    /// Returns an error if a key is missing, if it isn't clear what botocore reads, if the keys are
    /// temporary, or if other settings in `section` name another source of credentials.
    pub(crate) fn read(section: &FileSection<'_>) -> Result<Self, Error> {
        check_other_sources(section)?;
        let keys = Self::read_pair(section)?;
        if keys.is_temporary() {
            let problem = "these are temporary keys; AWS grants a session with MFA only to \
                permanent ones, which `aws-mfa setup` asks for";
            return Err(bad_line(section, "aws_access_key_id", problem));
        }
        if section.get("aws_session_token")?.is_some() {
            let problem = "a session token doesn't belong with permanent keys: delete that line";
            return Err(bad_line(section, "aws_session_token", problem));
        }
        Ok(keys)
    }

    /// Reads the two keys, whatever else `section` contains.
    pub(crate) fn read_pair(section: &FileSection<'_>) -> Result<Self, Error> {
        section
            .properties
            .check_indented_lines()
            .map_err(Error::refused(section.path()))?;
        let access_key_id = read_key(section, "aws_access_key_id")?;
        if !is_key_id(&access_key_id) {
            let problem = "aws_access_key_id must be letters and digits, without quotes";
            return Err(bad_line(section, "aws_access_key_id", problem));
        }
        let secret_access_key = read_key(section, "aws_secret_access_key")?;
        if !is_secret_key(&secret_access_key) {
            let problem = "aws_secret_access_key must be one word of ASCII characters";
            return Err(bad_line(section, "aws_secret_access_key", problem));
        }
        Ok(Self {
            access_key_id,
            secret_access_key: Secret::new(secret_access_key),
        })
    }

    /// Whether STS issued the keys, judging by the ID.
    pub(crate) fn is_temporary(&self) -> bool {
        self.access_key_id.starts_with(TEMPORARY_KEY_PREFIX)
    }

    /// The access key ID for messages: only its last four characters.
    pub(crate) fn masked_id(&self) -> String {
        let id = &self.access_key_id;
        let tail = id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        format!("****************{}", &id[tail..])
    }
}

/// Source: the type `AccessKeyId` in AWS's APIs.
pub(crate) fn is_key_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The SDK panics on a value that isn't valid in an HTTP header.
pub(crate) fn is_secret_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Whether `text` looks like a secret access key: 40 characters of base64, give or take what a hand
/// misses.
pub(crate) fn is_like_secret(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|b| is(&b));
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
    (36..=44).contains(&text.len())
        && text.bytes().all(is_base64)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(|b| b.is_ascii_digit() || b"+/".contains(b))
}

fn read_key(section: &FileSection<'_>, key: &'static str) -> Result<String, Error> {
    let value = section.get(key)?.map(|setting| setting.value);
    value.ok_or_else(|| Error::NoLongTermKey {
        key,
        section: section.name.clone(),
        path: section.path().to_owned(),
        setup: "aws-mfa setup".to_owned(),
    })
}

fn check_other_sources(section: &FileSection<'_>) -> Result<(), Error> {
    let mut others = OTHER_SOURCES.into_iter();
    match others.find(|other| section.has(other)) {
        Some(other) => {
            let problem = format!(
                "{other} doesn't belong with permanent keys; move it to a profile that uses the \
                 session"
            );
            Err(bad_line(section, other, &problem))
        }
        None => Ok(()),
    }
}

fn bad_line(section: &FileSection<'_>, key: &str, problem: &str) -> Error {
    let line = section.properties.line_of(key);
    let line = line
        .map(|line| format!("line {line}: "))
        .unwrap_or_default();
    Error::BadLongTermSection {
        section: section.name.clone(),
        path: section.path().to_owned(),
        problem: format!("{line}{problem}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::credentials_file::document::Document;

    fn read(body: &str) -> Result<LongTermKeys, Error> {
        let text = format!("[dev-long-term]\n{body}");
        let document = Document::parse(text.as_bytes()).unwrap();
        let path = Path::new("file");
        LongTermKeys::read(&FileSection::find(&document, "dev-long-term", path)?.unwrap())
    }

    #[test]
    fn keys_are_also_read_after_a_colon() {
        let keys = read("aws_access_key_id: AKIA1\nAWS_Secret_Access_Key = S/k+y==\n").unwrap();
        assert_eq!(
            (keys.access_key_id.as_str(), keys.secret_access_key.expose()),
            ("AKIA1", "S/k+y==")
        );
    }

    #[test]
    fn indented_keys_and_comments_are_read_as_botocore_reads_them() {
        for body in [
            "  aws_access_key_id = AKIA1\n  aws_secret_access_key = S\n",
            "\taws_access_key_id=AKIA1\n\t# c\n\taws_secret_access_key=S\n",
            "    aws_access_key_id = AKIA1\n  # c\naws_secret_access_key = S\n    # d\n",
            "aws_access_key_id = AKIA1\n  # c\n\u{a0}\naws_secret_access_key = S\n",
        ] {
            let keys = read(body).unwrap();
            let pair = (keys.access_key_id.as_str(), keys.secret_access_key.expose());
            assert_eq!(pair, ("AKIA1", "S"), "{body:?}");
        }
    }

    #[test]
    fn errors_name_what_is_wrong_with_the_keys() {
        for (body, named) in [
            ("aws_secret_access_key = S\n", "aws_access_key_id"),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key =\n",
                "aws_secret_access_key",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = a b\n",
                "aws_secret_access_key",
            ),
            (
                "aws_access_key_id = \"AKIA1\"\naws_secret_access_key = S\n",
                "quotes",
            ),
            (
                "aws_access_key_id = AKIA\u{e9}\naws_secret_access_key = S\n",
                "aws_access_key_id",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = S\u{e9}\n",
                "aws_secret_access_key",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = S #1\n",
                "line 3",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = S\naws_access_key_id = AKIA2\n",
                "line 4",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = S\n more\n",
                "line 3",
            ),
            (
                "  aws_access_key_id = AKIA1\n    aws_secret_access_key = S\n",
                "line 2",
            ),
            (
                "  aws_access_key_id = AKIA1\n  aws_secret_access_key = S\n  junk\n",
                "line 4",
            ),
            (
                "  [z]\n  aws_access_key_id = AKIA1\n  aws_secret_access_key = S\n",
                "line 2",
            ),
            (
                "aws_access_key_id = ASIA1\naws_secret_access_key = S\n",
                "temporary",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = S\naws_session_token = T\n",
                "line 4: a session token",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = S\nrole_arn = arn\n",
                "role_arn",
            ),
        ] {
            let error = read(body).expect_err(body).to_string();
            assert!(error.contains(named), "{body:?}: {error}");
        }
    }
}
