//! What holds for every file, tried on thousands of hostile ones. `PROPTEST_CASES` sets how many.

use std::collections::BTreeSet;

use aws_config::profile::ProfileSet;
use aws_mfa::Document;
use aws_mfa::Edit;
use aws_mfa::OddityKind;
use aws_mfa::lines;
use aws_mfa::managed_keys;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use proptest::prelude::*;
use proptest::sample::select;

use crate::hostile::{self, TARGET};
use crate::oracle::{self, without_managed_lines};

fn edits(with_role: bool) -> Vec<Edit<'static>> {
    let values = [
        "True",
        "arn:aws:iam::1:role/x",
        "ASIANEW",
        "sec/ret+",
        "tok//en==",
        "tok//en==",
        "2026-11-22 20:00:00",
    ];
    let keys = managed_keys();
    assert_eq!(keys.len(), values.len(), "each key has a value");
    let edits = keys.into_iter().zip(values);
    edits
        .map(|(key, value)| Edit {
            key,
            value: (with_role || key != "assumed_role_arn").then_some(value),
        })
        .collect()
}

/// Other permanent keys, as `setup` writes them.
const PAIR: [Edit<'static>; 4] = [
    Edit {
        key: "aws_access_key_id",
        value: Some("AKIANEW"),
    },
    Edit {
        key: "aws_secret_access_key",
        value: Some("new/Secret+"),
    },
    Edit {
        key: "aws_session_token",
        value: None,
    },
    Edit {
        key: "aws_security_token",
        value: None,
    },
];

fn replace(before: &[u8]) -> Option<String> {
    let document = Document::parse(before).ok()?;
    document
        .set_long_term(TARGET, &["region"], &PAIR)
        .ok()
        .map(|text| text.to_string())
}

fn set(before: &[u8], with_role: bool) -> Option<String> {
    let document = Document::parse(before).ok()?;
    document
        .set(TARGET, &edits(with_role))
        .ok()
        .map(|text| text.to_string())
}

fn remove(text: &str) -> Option<String> {
    Document::parse(text.as_bytes())
        .ok()?
        .remove(TARGET, &managed_keys())
        .ok()
        .map(|text| text.to_string())
}

fn sdk_reads(text: &str) -> Option<ProfileSet> {
    let files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Credentials, text)
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(aws_config::profile::load(
            &Fs::default(),
            &Env::from_slice(&[]),
            &files,
            None,
        ))
        .ok()
}

/// Whatever stands before a `=`: more than all keys that the SDKs find.
fn possible_keys(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, _)| key.trim_matches([' ', '\t']).to_ascii_lowercase())
        .collect()
}

fn means_the_same_to_the_sdks(
    before: &str,
    after: &str,
    edits: &[Edit<'_>],
) -> Result<(), TestCaseError> {
    let Some(old) = sdk_reads(before) else {
        return Ok(());
    };
    let new = sdk_reads(after);
    prop_assert!(
        new.is_some(),
        "the SDKs could read it before:\n{:?}\n{:?}",
        before,
        after
    );
    let new = new.unwrap();
    let target = new.get_profile(TARGET).unwrap();
    for edit in edits {
        prop_assert_eq!(target.get(edit.key), edit.value);
    }
    let mut profiles: BTreeSet<&str> = old.profiles().collect();
    profiles.insert(TARGET);
    prop_assert_eq!(&new.profiles().collect::<BTreeSet<_>>(), &profiles);
    let is_edited = |key: &str| edits.iter().any(|edit| edit.key == key);
    for profile in profiles {
        for key in possible_keys(before) {
            // `aws_session_token: x==` is our key to botocore, and an odd one to the SDKs: ours, then.
            let ours = key
                .split(':')
                .next()
                .is_some_and(|key| is_edited(&key.trim().to_lowercase()));
            if profile == TARGET && ours {
                continue;
            }
            let read = |set: &ProfileSet| {
                set.get_profile(profile)
                    .and_then(|p| p.get(&key))
                    .map(str::to_owned)
            };
            prop_assert_eq!(
                read(&old),
                read(&new),
                "{} of [{}]:\n{:?}\n{:?}",
                key,
                profile,
                before,
                after
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lines_are_the_text(bytes in hostile::file()) {
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let again: String = lines(text, 1).flat_map(|line| [line.content(), line.ending()]).collect();
            prop_assert_eq!(again, text);
        }
    }

    #[test]
    fn every_other_byte_survives_in_order(bytes in hostile::file(), with_role: bool) {
        if let Some(after) = set(&bytes, with_role) {
            let before = std::str::from_utf8(&bytes).unwrap();
            if let Err(problem) = oracle::every_other_byte_survives(before, &after) {
                prop_assert!(false, "{}:\n{:?}\n{:?}", problem, before, after);
            }
        }
    }

    #[test]
    fn twice_is_once(bytes in hostile::file(), with_role: bool) {
        if let Some(after) = set(&bytes, with_role) {
            prop_assert_eq!(set(after.as_bytes(), with_role), Some(after));
        }
    }

    #[test]
    fn removing_what_was_added_gives_the_file_back(bytes in hostile::file(), with_role: bool) {
        let Some(after) = set(&bytes, with_role) else { return Ok(()) };
        let before = std::str::from_utf8(&bytes).unwrap();
        if without_managed_lines(before) != before {
            return Ok(());
        }
        let mut expected = before.to_owned();
        // A last line without an ending has got one; a blank line at the end of the file is taken for ours; an empty
        // section of the user's can't be told from one that was added.
        let gone = |text: &str| text.replace("\r\n", "\n").trim_end_matches('\n').to_owned();
        let removed = remove(&after).unwrap();
        let was_there = before.lines().any(|line| line.starts_with("[mfa]"));
        if was_there {
            let header_gone = !removed.lines().any(|line| line.starts_with("[mfa]"));
            if header_gone {
                return Ok(());
            }
        }
        if !expected.ends_with('\n') || expected.ends_with("\n\n") || expected.ends_with("\n\r\n") {
            expected = gone(&expected);
            prop_assert_eq!(gone(&removed), expected);
        } else {
            prop_assert_eq!(removed, expected);
        }
    }

    #[test]
    fn it_means_the_same_to_the_sdks(bytes in hostile::file(), with_role: bool) {
        if let Some(after) = set(&bytes, with_role) {
            means_the_same_to_the_sdks(std::str::from_utf8(&bytes).unwrap(), &after, &edits(with_role))?;
        }
    }

    #[test]
    fn replaced_permanent_keys_mean_the_same_to_the_sdks(bytes in hostile::file()) {
        if let Some(after) = replace(&bytes) {
            means_the_same_to_the_sdks(std::str::from_utf8(&bytes).unwrap(), &after, &PAIR)?;
            let again = replace(after.as_bytes());
            prop_assert_eq!(again, Some(after));
        }
    }

    #[test]
    fn a_warning_says_what_the_sdks_reject(bytes in hostile::file()) {
        let document = Document::parse(&bytes);
        if let (Some(after), Ok(document)) = (set(&bytes, true), document) {
            let oddities = document.oddities(TARGET, &managed_keys());
            let is_rejected = sdk_reads(&after).is_none();
            let is_said = oddities.iter().any(|oddity| oddity.kind.is_rejected_by_rust());
            // Text that no tool reads is one warning, and all tools are named in it.
            let is_text = oddities.iter().any(|oddity| oddity.kind == OddityKind::Text);
            prop_assert!(is_said == is_rejected || is_text, "{:?}:\n{:?}", oddities, after);
        }
    }

    #[test]
    fn an_odd_name_is_edited_like_any_other(bytes in hostile::file(), name in select(hostile::ODD_TARGETS)) {
        let Ok(document) = Document::parse(&bytes) else { return Ok(()) };
        let Ok(after) = document.set(name, &edits(true)) else { return Ok(()) };
        let renamed = |text: &str| text.replace(&format!("[{name}]"), "[mfa]");
        let before = std::str::from_utf8(&bytes).unwrap();
        if !before.contains("mfa") {
            prop_assert_eq!(set(renamed(before).as_bytes(), true), Some(renamed(&after)));
        }
    }

    #[test]
    fn renaming_there_and_back_is_nothing(bytes in hostile::file()) {
        let Ok(document) = Document::parse(&bytes) else { return Ok(()) };
        if let Ok(renamed) = document.rename(TARGET, "renamed") {
            let back = Document::parse(renamed.as_bytes()).unwrap().rename("renamed", TARGET).unwrap();
            prop_assert_eq!(back.as_bytes(), &bytes[..]);
        }
    }

    #[test]
    fn moved_keys_arrive_and_nothing_else_changes(bytes in hostile::file()) {
        let Ok(document) = Document::parse(&bytes) else { return Ok(()) };
        if let Ok(after) = document.move_keys(TARGET, "mfa-long-term", &["aws_access_key_id", "aws_secret_access_key"]) {
            let new = Document::parse(after.as_bytes()).unwrap();
            let source = document.section(TARGET).unwrap().unwrap();
            let moved = aws_mfa::Properties::read(&source);
            if let Ok(Some(id)) = moved.lenient_value("aws_access_key_id") {
                let section = new.section("mfa-long-term").unwrap().unwrap();
                prop_assert_eq!(aws_mfa::Properties::read(&section).value("aws_access_key_id"), Ok(Some(id)));
            }
        }
    }
}

/// Most hostile files are edited: an editor that refuses everything harms nothing, and helps nobody.
#[test]
fn most_files_are_edited() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let files: Vec<Vec<u8>> = (0..1000)
        .map(|_| hostile::file().new_tree(&mut runner).unwrap().current())
        .collect();
    let edited = files
        .iter()
        .filter(|bytes| set(bytes, false).is_some())
        .count();
    assert!(edited > 400, "{edited} of 1000");
    assert!(edited < 900, "{edited} of 1000: the files are too tame");
}
