//! Every case under `fixtures/credentials`: `before`, and `after` or `refused` (the message). `operation` says what is done,
//! `set mfa` where it is missing. No `before`: no file.

use std::path::{Path, PathBuf};

use aws_mfa::Document;
use aws_mfa::Edit;
use aws_mfa::Refusal;
use aws_mfa::Secret;
use aws_mfa::Text;
use aws_mfa::{SessionCredentials, managed_keys};
use time::macros::datetime;

struct Case {
    name: String,
    folder: PathBuf,
    before: Vec<u8>,
    operation: String,
}

impl Case {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/credentials");
        let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        folders.into_iter().map(Self::read).collect()
    }

    fn read(folder: PathBuf) -> Self {
        let text = |file: &str| std::fs::read(folder.join(file)).ok();
        let operation = text("operation").map_or("set mfa\n".to_owned(), |text| {
            String::from_utf8(text).unwrap()
        });
        Self {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            before: text("before").unwrap_or_default(),
            operation: operation.trim_end_matches('\n').to_owned(),
            folder,
        }
    }

    fn verb(&self) -> &str {
        self.operation.split(' ').next().unwrap()
    }

    fn expected(&self, file: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(file)).ok()
    }

    fn apply(&self, bytes: &[u8]) -> Result<Text, Refusal> {
        let document = Document::parse(bytes)?;
        match self.operation.split_once(' ').unwrap() {
            ("set", name) => set(&document, name),
            ("replace", name) => replace(&document, name),
            ("remove", name) => document.remove(name, &managed_keys()),
            ("rename", names) => {
                let (from, to) = names.split_once(' ').unwrap();
                document.rename(from, to)
            }
            ("move", names) => {
                let (from, to) = names.split_once(' ').unwrap();
                document.move_keys(from, to, &["aws_access_key_id", "aws_secret_access_key"])
            }
            (other, _) => panic!("{}: no operation {other}", self.name),
        }
    }
}

pub(crate) fn set(document: &Document<'_>, name: &str) -> Result<Text, Refusal> {
    let session = SessionCredentials {
        access_key_id: "ASIAFIXTURE".to_owned(),
        secret_access_key: Secret::new("fixture/Secret+key"),
        session_token: Secret::new("fixture//Token=="),
        expiration: datetime!(2026-11-22 20:00:00 UTC),
        role_arn: None,
    };
    session.with_edits(|edits| document.set(name, edits))
}

/// Other permanent keys, without a token next to them.
fn replace(document: &Document<'_>, name: &str) -> Result<Text, Refusal> {
    let edits = [
        ("aws_access_key_id", Some("AKIANEW")),
        ("aws_secret_access_key", Some("new/Secret+key")),
        ("aws_session_token", None),
    ];
    document.set_long_term(name, &[], &edits.map(|(key, value)| Edit { key, value }))
}

fn show(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(2000)];
    String::from_utf8_lossy(start)
        .escape_debug()
        .to_string()
        .replace("\\n", "\\n\n")
}

#[test]
fn every_case_comes_out_byte_for_byte() {
    let mut failures = Vec::new();
    for case in Case::all() {
        let expected = match (case.expected("after"), case.expected("refused")) {
            (Some(after), None) => Ok(after),
            (None, Some(refused)) => Err(String::from_utf8(refused).unwrap()),
            _ => panic!("{}: one of `after` and `refused`", case.name),
        };
        let actual = case
            .apply(&case.before)
            .map(|text| text.as_bytes().to_vec())
            .map_err(|refusal| format!("{refusal}\n"));
        if actual != expected {
            let shown = |result: &Result<Vec<u8>, String>| {
                result
                    .as_ref()
                    .map_or_else(Clone::clone, |bytes| show(bytes))
            };
            failures.push(format!(
                "--- {}\nexpected:\n{}\nactual:\n{}",
                case.name,
                shown(&expected),
                shown(&actual)
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} cases differ\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn twice_is_once() {
    for case in Case::all()
        .iter()
        .filter(|case| ["set", "remove", "replace"].contains(&case.verb()))
    {
        if let Some(after) = case.expected("after") {
            let again = case
                .apply(&after)
                .unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name));
            assert_eq!(show(again.as_bytes()), show(&after), "{}", case.name);
        }
    }
}

#[test]
fn a_refusal_never_shows_the_line() {
    for case in Case::all() {
        if let Some(refused) = case.expected("refused") {
            let refused = String::from_utf8(refused).unwrap();
            for line in String::from_utf8_lossy(&case.before).lines() {
                // Section names are shown, and a line of a few characters may stand in any message.
                let is_value = line.contains('=') && line.len() > 5;
                assert!(
                    !is_value || !refused.contains(line),
                    "{}: {refused}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn there_are_enough_cases() {
    let cases = Case::all();
    assert!(cases.len() >= 100, "{}", cases.len());
    assert!(
        cases
            .iter()
            .filter(|case| case.expected("refused").is_some())
            .count()
            >= 30
    );
}
