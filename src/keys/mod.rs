//! The permanent keys of a profile's long-term section. Pure.

use std::path::Path;

use crate::error::Error;
use crate::secret::Secret;
use crate::session::TEMPORARY_KEY_PREFIX;
use crate::settings::{FileSection, NamedCommand, ProfileSections};

/// Keys that make the AWS SDK assume a role or sign in elsewhere, which it would do without MFA.
const OTHER_SOURCES: [&str; 5] = [
    "role_arn",
    "source_profile",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// Where a profile's permanent keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// They stand in a file.
    File {
        /// The keys.
        keys: LongTermKeys,
        /// The section's name.
        section: String,
    },
    /// A command prints them, such as a password manager's.
    Process(NamedCommand),
}

impl KeySource {
    /// Finds the keys in the long-term section of the credentials file, else in the config file's section of that name: the keys
    /// themselves, else a `credential_process`. None where neither section is there.
    ///
    /// # Errors
    /// As [`LongTermKeys::read`], also where no section has keys or a command.
    pub fn find(sections: &ProfileSections<'_>) -> Result<Option<Self>, Error> {
        let places = [&sections.long_term, &sections.config_long_term];
        let mut without_keys = None;
        for section in places.into_iter().flatten() {
            let has = |key| section.profile.line_of(key).is_some();
            if has("aws_access_key_id") || has("aws_secret_access_key") {
                return Ok(Some(Self::File {
                    keys: LongTermKeys::read(section, section.path())?,
                    section: section.name.clone(),
                }));
            }
            check_other_sources(section)?;
            if let Some(command) = section.get("credential_process")? {
                return NamedCommand::parse(command, Some(section.path()))
                    .map(|command| Some(Self::Process(command)));
            }
            without_keys = without_keys.or(Some(section));
        }
        match without_keys {
            // Says which key is missing.
            Some(section) => LongTermKeys::read(section, section.path()).map(|_| None),
            None => Ok(None),
        }
    }
}

/// An IAM user's permanent keys.
#[derive(Clone, Debug)]
pub struct LongTermKeys {
    /// Begins with `AKIA`.
    pub access_key_id: String,
    /// The key that signs requests.
    pub secret_access_key: Secret,
}

impl LongTermKeys {
    /// Reads the keys of `section`, in the file at `path`.
    ///
    /// # Errors
    /// A key that is missing or that AWS's tools read differently, temporary keys, or settings that mean another source
    /// of credentials.
    pub fn read(section: &FileSection<'_>, path: &Path) -> Result<Self, Error> {
        let bad = |problem: String| Error::BadLongTermSection {
            section: section.name.clone(),
            path: path.to_owned(),
            problem,
        };
        check_beginning(section, path)?;
        check_other_sources(section)?;
        let keys = Self::read_pair(section, path)?;
        if keys.are_temporary() || section.get("aws_session_token")?.is_some() {
            return Err(bad(
                "these are temporary keys; AWS grants a session with MFA only to permanent ones"
                    .to_owned(),
            ));
        }
        Ok(keys)
    }

    /// Reads the two keys of `section`, whatever else it holds.
    ///
    /// # Errors
    /// A key that is missing or that AWS's tools read differently.
    pub fn read_pair(section: &FileSection<'_>, path: &Path) -> Result<Self, Error> {
        check_beginning(section, path)?;
        let key = |key: &'static str| {
            let missing = || Error::NoLongTermKey {
                key,
                section: section.name.clone(),
                path: path.to_owned(),
            };
            let value = section.get(key)?.map(|setting| setting.value);
            value.ok_or_else(missing)
        };
        let bad = |problem: &str| Error::BadLongTermSection {
            section: section.name.clone(),
            path: path.to_owned(),
            problem: problem.to_owned(),
        };
        let access_key_id = key("aws_access_key_id")?;
        if !is_key_id(&access_key_id) {
            return Err(bad(
                "aws_access_key_id is not letters and digits (quotes don't belong there)",
            ));
        }
        let secret_access_key = key("aws_secret_access_key")?;
        if !is_word(&secret_access_key) {
            return Err(bad(
                "aws_secret_access_key is not one word of ASCII characters",
            ));
        }
        Ok(Self {
            access_key_id,
            secret_access_key: Secret::new(secret_access_key),
        })
    }

    /// Whether they are STS's, by their ID.
    #[must_use]
    pub fn are_temporary(&self) -> bool {
        self.access_key_id.starts_with(TEMPORARY_KEY_PREFIX)
    }

    /// The access key ID as messages show it: its last four characters.
    #[must_use]
    pub fn masked_id(&self) -> String {
        let id = &self.access_key_id;
        let tail = id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        format!("****************{}", &id[tail..])
    }
}

/// Whether `text` can be an access key ID. Source: the type `AccessKeyId` of AWS's APIs.
#[must_use]
pub fn is_key_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether `text` can be a secret access key: the SDK panics on a value that can't stand in an HTTP header.
#[must_use]
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

fn check_other_sources(section: &FileSection<'_>) -> Result<(), Error> {
    let other = OTHER_SOURCES
        .into_iter()
        .find(|other| section.profile.line_of(other).is_some());
    match other {
        Some(other) => Err(Error::BadLongTermSection {
            section: section.name.clone(),
            path: section.path().to_owned(),
            problem: format!(
                "{other} has no place among permanent keys; it belongs to a profile that uses the session"
            ),
        }),
        None => Ok(()),
    }
}

fn check_beginning(section: &FileSection<'_>, path: &Path) -> Result<(), Error> {
    let refused = |refusal| Error::Refused {
        path: path.to_owned(),
        refusal,
    };
    section.profile.check_beginning().map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials_file::document::Document;

    fn read(body: &str) -> Result<LongTermKeys, Error> {
        let text = format!("[dev-long-term]\n{body}");
        let document = Document::parse(text.as_bytes()).unwrap();
        let path = Path::new("file");
        LongTermKeys::read(
            &FileSection::find(&document, "dev-long-term", path)?.unwrap(),
            path,
        )
    }

    #[test]
    fn keys_are_read_also_with_a_colon() {
        let keys = read("aws_access_key_id: AKIA1\nAWS_Secret_Access_Key = S/k+y==\n").unwrap();
        assert_eq!(
            (keys.access_key_id.as_str(), keys.secret_access_key.expose()),
            ("AKIA1", "S/k+y==")
        );
    }

    #[test]
    fn what_cannot_be_permanent_keys_is_named() {
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
                "  aws_access_key_id = AKIA1\naws_secret_access_key = S\n",
                "line 2",
            ),
            (
                "aws_access_key_id = ASIA1\naws_secret_access_key = S\n",
                "temporary",
            ),
            (
                "aws_access_key_id = AKIA1\naws_secret_access_key = S\naws_session_token = T\n",
                "temporary",
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
