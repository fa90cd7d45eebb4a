//! Which credentials AWS tools take for a profile, and why not the session that is stored for it.
//! Pure.
//!
//! To the AWS CLI and boto3, a profile is the config file's section with that of the credentials
//! file over it, and each with its file's `[DEFAULT]` under it. They take, in this order: a role
//! with a source, a role with a web identity, IAM Identity Center (SSO), then the keys in the
//! credentials file, which are the session. What comes later is never asked. Before all of them come
//! keys in the environment, and before SSO a web identity there, unless `--profile` is given.
//!
//! Source: `botocore/credentials.py`.

use std::path::Path;

use crate::credentials_file::document::Document;
use crate::credentials_file::name::DEFAULTS;
use crate::credentials_file::properties::Properties;
use crate::error::Error;
use crate::ini_file::IniFile;
use crate::sanitize::shorten;
use crate::session::SessionCredentials;
use crate::settings::{Environment, Origin, Setting};

/// The environment's keys. Without the first, AWS tools ignore the others.
const KEYS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
];

/// A web identity. AWS tools fail if the second is missing.
const WEB_IDENTITY: [&str; 2] = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"];

/// A profile as the AWS CLI and boto3 read it.
pub(crate) struct Profile<'f, 't> {
    name: String,
    /// Its sections, each with its file; the first that has a key counts.
    sections: Vec<(Properties<'t>, &'f Path)>,
}

/// A key of the profile, and where it is.
struct Found<'f> {
    key: &'static str,
    path: &'f Path,
    line: usize,
    is_empty: bool,
}

impl<'f, 't> Profile<'f, 't> {
    /// `session` is its section in the credentials file; `config` is the config file.
    pub(crate) fn new(
        name: &str,
        session: Option<&Properties<'t>>,
        (document, path): (&Document<'t>, &'f Path),
        config: Option<(&'f IniFile<'t>, &'f Path)>,
    ) -> Self {
        let defaults = document.defaults().map(|text| Properties::read(&text));
        let of_credentials = session.cloned().into_iter().chain(defaults);
        let mut sections: Vec<_> = of_credentials.map(|section| (section, path)).collect();
        if let Some((file, path)) = config
            && let Some(section) = file.named("profile", name)
        {
            sections.push((section.properties(), path));
            sections.push((file.defaults().properties(), path));
        }
        Self::of_sections(name, sections)
    }

    /// From its sections, each with its file; the first that has a key counts.
    pub(crate) fn of_sections(name: &str, sections: Vec<(Properties<'t>, &'f Path)>) -> Self {
        Self {
            name: name.to_owned(),
            sections,
        }
    }

    /// What AWS tools obey before the session: each with its place and what to do.
    pub(crate) fn outranking(&self) -> Vec<String> {
        let find = |key| self.find(key);
        let mut reasons = Vec::new();
        let web_identity = find("web_identity_token_file");
        if let Some(role) = find("role_arn")
            && web_identity.is_none()
        {
            let source = find("source_profile").or_else(|| find("credential_source"));
            let effect = if source.is_some() {
                "AWS tools will assume that role instead of using this session"
            } else {
                "AWS tools will look for its source_profile and fail, instead of using this session"
            };
            reasons.push(role.reason(effect));
        }
        if let Some(token) = web_identity.filter(|token| !token.is_empty) {
            let effect = "AWS tools will use that web identity instead of this session";
            reasons.push(token.reason(effect));
        }
        if let Some(sso) = find("sso_account_id").or_else(|| find("sso_role_name")) {
            let effect = "the AWS CLI and boto3 will use IAM Identity Center (SSO) instead of this \
                session";
            reasons.push(sso.reason(effect));
        }
        reasons
    }

    /// A warning if AWS tools ask for a code of their own for this role's profile.
    pub(crate) fn asks_for_code(&self) -> Option<String> {
        let serial = self.find("mfa_serial")?;
        Some(format!(
            "{}: line {}: because of mfa_serial, AWS tools will ask for another MFA code for profile \
             {}, although the session already has MFA; remove that line",
            serial.path.display(),
            serial.line,
            shorten(&self.name),
        ))
    }

    /// Whether AWS tools find a region in the files.
    pub(crate) fn has_region(&self) -> bool {
        self.find("region").is_some_and(|region| !region.is_empty)
    }

    /// Whether either file has a section for it.
    pub(crate) fn exists(&self) -> bool {
        self.sections
            .iter()
            .any(|(section, _)| section.name() != DEFAULTS)
    }

    /// Where `key` is, whatever its value.
    pub(crate) fn place(&self, key: &'static str) -> Option<Origin> {
        self.locate(key).map(|(_, origin)| origin)
    }

    /// The value of `key`; `None` if it is missing or empty. Returns an error if tools disagree on it.
    pub(crate) fn setting(&self, key: &'static str) -> Result<Option<Setting<String>>, Error> {
        let Some((section, origin)) = self.locate(key) else {
            return Ok(None);
        };
        let value = section.lenient_value(key);
        let value = value.map_err(|refusal| match origin.file() {
            Some(path) => Error::refused(path)(refusal),
            None => origin.problem(refusal.to_string()),
        })?;
        let value = value.filter(|value| !value.is_empty());
        Ok(value.map(|value| Setting::new(value.to_owned(), origin)))
    }

    fn locate(&self, key: &'static str) -> Option<(&Properties<'t>, Origin)> {
        self.sections.iter().find_map(|(section, path)| {
            let origin = Origin::Key {
                key,
                section: section.name().to_owned(),
                file: path.to_path_buf(),
                line: section.line_of(key)?,
            };
            Some((section, origin))
        })
    }

    fn find(&self, key: &'static str) -> Option<Found<'f>> {
        let mut sections = self.sections.iter();
        sections.find_map(|(properties, path)| found(key, path, properties))
    }
}

fn found<'f>(key: &'static str, path: &'f Path, properties: &Properties<'_>) -> Option<Found<'f>> {
    let line = properties.line_of(key)?;
    // A value that tools read differently isn't empty to any.
    let value = properties.lenient_value(key);
    Some(Found {
        key,
        path,
        line,
        is_empty: value.is_ok_and(|value| value.is_none_or(str::is_empty)),
    })
}

impl Found<'_> {
    fn reason(&self, effect: &str) -> String {
        format!(
            "{}: line {}: because of {}, {effect}; remove it, or use another profile for the session",
            self.path.display(),
            self.line,
            self.key,
        )
    }
}

/// The variables that AWS tools obey before `session` unless `--profile` is given; empty if they
/// hold that very session, as after `aws-mfa env`.
pub(crate) fn outranking_variables(
    session: &SessionCredentials,
    environment: &Environment,
) -> Vec<&'static str> {
    let set = |names: &[&'static str]| {
        let mut names = names.to_vec();
        names.retain(|name| environment.has(name));
        names
    };
    let mut found = Vec::new();
    if environment.has(KEYS[0]) && !holds(environment, session) {
        found.extend(set(&KEYS));
    }
    if environment.has(WEB_IDENTITY[0]) {
        found.extend(set(&WEB_IDENTITY));
    }
    found
}

/// Whether the environment holds this session.
fn holds(environment: &Environment, session: &SessionCredentials) -> bool {
    let is = |name, value: &str| {
        let variable = environment.get(name).ok().flatten();
        variable.is_some_and(|variable| variable.value == value)
    };
    let [id, secret, token, security_token] = KEYS;
    is(id, &session.access_key_id)
        && is(secret, session.secret_access_key.expose())
        && is(token, session.session_token.expose())
        && (!environment.has(security_token) || is(security_token, session.session_token.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "credentials";
    const CONFIG: &str = "config";

    /// The file, line and key of each reason.
    fn outranking(credentials: &str, config: &str) -> Vec<(String, usize, &'static str)> {
        let document = Document::parse(credentials.as_bytes()).unwrap();
        let ini = IniFile::parse(config.as_bytes()).unwrap();
        let session = document.section("dev").unwrap();
        let session = session.as_ref().map(Properties::read);
        let credentials = (&document, CREDENTIALS.as_ref());
        let config = Some((&ini, CONFIG.as_ref()));
        let profile = Profile::new("dev", session.as_ref(), credentials, config);
        let keys = [
            "role_arn",
            "web_identity_token_file",
            "sso_account_id",
            "sso_role_name",
        ];
        let of = |reason: String| {
            let (file, rest) = reason.split_once(": line ").unwrap();
            let (line, rest) = rest.split_once(": because of ").unwrap();
            let key = keys.into_iter().find(|key| rest.starts_with(key)).unwrap();
            (file.to_owned(), line.parse().unwrap(), key)
        };
        profile.outranking().into_iter().map(of).collect()
    }

    #[test]
    fn what_comes_before_the_session_is_found_in_either_file() {
        let at = |file: &str, line, key| vec![(file.to_owned(), line, key)];
        let role = "role_arn = r\nsource_profile = x\n";
        for (credentials, config, expected) in [
            ("[dev]\n", "[profile dev]\nregion = r\n", vec![]),
            (
                "",
                &*format!("[profile dev]\n{role}"),
                at(CONFIG, 2, "role_arn"),
            ),
            (
                "",
                "[profile   'dev']\n  role_arn = r\n",
                at(CONFIG, 2, "role_arn"),
            ),
            (
                &*format!("[dev]\n{role}"),
                "",
                at(CREDENTIALS, 2, "role_arn"),
            ),
            (
                &format!("[DEFAULT]\n[DEFAULT]\n{role}[dev]\n"),
                "",
                at(CREDENTIALS, 3, "role_arn"),
            ),
            (
                &format!("[DEFAULT]\n{role}[dev]\n"),
                "",
                at(CREDENTIALS, 2, "role_arn"),
            ),
            (
                "",
                &format!("[DEFAULT]\n{role}[profile dev]\n"),
                at(CONFIG, 2, "role_arn"),
            ),
            // Nothing inherits it there.
            ("[dev]\n", &format!("[DEFAULT]\n{role}"), vec![]),
            (
                "[dev]\n",
                &format!("[profile other]\n{role}[dev]\n{role}"),
                vec![],
            ),
            (
                "",
                "[profile dev]\nsource_profile = x\nmfa_serial = y\n",
                vec![],
            ),
            (
                "",
                "[profile dev]\nrole_arn = r\nweb_identity_token_file = t\n",
                at(CONFIG, 3, "web_identity_token_file"),
            ),
            (
                "",
                "[profile dev]\nrole_arn = r\nweb_identity_token_file =\n",
                vec![],
            ),
            ("", "[profile dev]\nsso_session = s\n", vec![]),
            (
                "",
                "[profile dev]\nsso_role_name = s\n",
                at(CONFIG, 2, "sso_role_name"),
            ),
            (
                "",
                "[profile dev]\ncredential_process = c\naws_access_key_id = a\n",
                vec![],
            ),
            ("", "[profile dev]\nlogin_session = c\n", vec![]),
        ] {
            assert_eq!(
                outranking(credentials, config),
                expected,
                "{credentials}{config}"
            );
        }
        let all =
            "[profile dev]\nsso_account_id = 1\nrole_arn = r\ncredential_source = Environment\n";
        let all = outranking("", all);
        assert_eq!(
            all.iter().map(|(_, line, _)| *line).collect::<Vec<_>>(),
            [3, 2]
        );
    }
}
