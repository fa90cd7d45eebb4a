use super::*;

const EDITS: [Edit<'static>; 3] = [
    Edit {
        key: "aws_access_key_id",
        value: Some("ASIANEW"),
    },
    Edit {
        key: "aws_session_token",
        value: Some("T/k+n=="),
    },
    Edit {
        key: "assumed_role_arn",
        value: None,
    },
];
const NEW: &str = "aws_access_key_id = ASIANEW\naws_session_token = T/k+n==\n";

fn set(before: &str) -> Result<String, String> {
    Document::parse(before.as_bytes())
        .and_then(|d| d.set("mfa", &EDITS))
        .map(|t| t.to_string())
        .map_err(|r| r.to_string())
}

#[track_caller]
fn edits(before: &str, after: &str) {
    assert_eq!(set(before).as_deref(), Ok(after), "{before:?}");
    assert_eq!(
        set(after).as_deref(),
        Ok(after),
        "not idempotent: {before:?}"
    );
}

#[track_caller]
fn refuses(before: &str, line: usize) {
    let refusal = set(before).expect_err(before);
    assert!(
        refusal.starts_with(&format!("line {line}: ")),
        "{before:?}: {refusal}"
    );
}

#[test]
fn a_missing_section_is_appended() {
    edits("", &format!("[mfa]\n{NEW}"));
    edits("\n\n", &format!("\n\n[mfa]\n{NEW}"));
    edits("# x", &format!("# x\n\n[mfa]\n{NEW}"));
    edits("[base]\nk=v\n", &format!("[base]\nk=v\n\n[mfa]\n{NEW}"));
    edits(
        "[base]\r\nk=v",
        &format!(
            "[base]\r\nk=v\r\n\r\n[mfa]\r\n{}",
            NEW.replace('\n', "\r\n")
        ),
    );
    edits(
        "#[mfa]\n;[mfa]\n",
        &format!("#[mfa]\n;[mfa]\n\n[mfa]\n{NEW}"),
    );
}

#[test]
fn keys_are_replaced_in_place() {
    edits(
        "[mfa]\nAWS_Access_Key_Id = OLD # c\nregion = r\n",
        &format!("[mfa]\n{NEW}region = r\n"),
    );
    edits(
        "[mfa]\nregion=r\naws_session_token: old\n# c\n  more\n\nassumed_role_arn=x\n[z]\nk=v",
        "[mfa]\nregion=r\naws_session_token = T/k+n==\naws_access_key_id = ASIANEW\n# c\n\n[z]\nk=v",
    );
    edits(
        "[mfa]\naws_access_key_id=1\nregion=r\naws_access_key_id=2\naws_session_token=3",
        "[mfa]\naws_access_key_id = ASIANEW\nregion=r\naws_session_token = T/k+n==",
    );
    edits(
        "[mfa]\naws_session_token=3",
        "[mfa]\naws_session_token = T/k+n==\naws_access_key_id = ASIANEW\n",
    );
}

#[test]
fn an_empty_section_gets_its_keys_below_the_header() {
    edits("[mfa]", &format!("[mfa]\n{NEW}"));
    edits(
        "[mfa] # c\r\n\r\n# about z\r\n[z]\r\nk=v\r\n",
        &format!(
            "[mfa] # c\r\n{}\r\n# about z\r\n[z]\r\nk=v\r\n",
            NEW.replace('\n', "\r\n")
        ),
    );
    edits(
        "[mfa]\ns3 =\n  aws_session_token = N\n",
        &format!("[mfa]\n{NEW}s3 =\n  aws_session_token = N\n"),
    );
}

#[test]
fn oddities_elsewhere_are_left_alone() {
    let odd = "[DEFAULT]\nx = ends\\\n[a]\nb = \"eu\n[a]\n  c: d\n[other] junk\nk = v\u{2028}[z]\n";
    edits(odd, &format!("{odd}\n[mfa]\n{NEW}"));
}

#[test]
fn ambiguous_lines_are_refused_with_their_number() {
    refuses("[mfa]\nx=1\n[z]\nk=v\n[mfa]\ny=2", 5);
    refuses("[b]\n[ mfa ]\nregion=r", 2);
    refuses("[mfa] # see [base]\nk=v", 1);
    refuses("[mfa] junk\nk=v", 1);
    refuses("[b]\nk=v\n[mfa\nk=v", 3);
    refuses("[b]\nk=v\n  [mfa]\n  k = F\n", 3);
    refuses("[mfa]\n  region=r\n", 2);
    refuses("[mfa]\naws_access_key_id=A\n  # old\nregion=r\n", 3);
    refuses("[z]\nfoo\n", 2);
    refuses("k=v\n[mfa]\n", 1);
    refuses("[z]\nk=v\n\u{1a}", 3);
    refuses("\u{feff}[mfa]\n", 1);
    assert_eq!(
        Document::parse(b"[a]\n# caf\xe9\n")
            .unwrap_err()
            .to_string(),
        "line 2: not UTF-8 text"
    );
}

#[test]
fn names_and_values_that_cannot_be_written_are_refused() {
    let document = Document::parse(b"").unwrap();
    for name in ["DEFAULT", "", "a ", "a]", "a#b", "profile a"] {
        assert!(document.set(name, &EDITS).is_err(), "{name}");
    }
    for value in ["", " a", "a ", "\"a", "a\\", "a\nb", "a #b", "é", "a\u{7f}"] {
        assert!(
            document
                .set(
                    "mfa",
                    &[Edit {
                        key: "k",
                        value: Some(value)
                    }]
                )
                .is_err(),
            "{value:?}"
        );
    }
    assert!(
        document
            .set(
                "mfa",
                &[Edit {
                    key: "k",
                    value: Some("2026-11-22 10:00:00")
                }]
            )
            .is_ok()
    );
}

#[test]
fn new_keys_follow_their_neighbours() {
    let beside = |before: &str| {
        let document = Document::parse(before.as_bytes()).unwrap();
        let edits = [Edit {
            key: "device",
            value: Some("d"),
        }];
        let edited = document.set_long_term("mfa", &["id", "secret"], &edits);
        edited.map(|text| text.to_string()).unwrap()
    };
    for (before, after) in [
        (
            "id=1\nsecret: 2\n# c\nx=y\n",
            "id=1\nsecret: 2\ndevice = d\n# c\nx=y\n",
        ),
        (
            "secret = 2\nx = y\nid = 1",
            "secret = 2\nx = y\nid = 1\ndevice = d\n",
        ),
        (
            "id = 1\n  more\n\n  and more\nx = y\n",
            "id = 1\n  more\n\n  and more\ndevice = d\nx = y\n",
        ),
        ("x = y\n", "device = d\nx = y\n"),
        (
            "x = y\ndevice = old\nid = 1\n",
            "x = y\ndevice = d\nid = 1\n",
        ),
    ] {
        let (before, after) = (
            format!("[mfa]\n{before}[z]\n"),
            format!("[mfa]\n{after}[z]\n"),
        );
        assert_eq!(beside(&before.replace("1[z]", "1\n[z]")), after);
    }
}

/// Whatever went wrong in an edit, it is found before the file is written.
#[test]
fn a_spoilt_edit_is_refused() {
    let old = "[a]\nk = v\n[mfa]\naws_access_key_id = OLD\nother = x\n[b]\nk = w\n";
    let ways = [
        ("k = v", "k = V"),
        ("k = w", "k = W"),
        ("k = w\n", "k = w\n\n"),
        ("[mfa]", "[mfa] # c"),
        ("[mfa]", "[MFA]"),
        ("[mfa]\n", "[mfa]\n[c]\n"),
        ("ASIANEW", "ASIAOTHER"),
        ("other = x\n", ""),
        ("other = x", "other = y"),
        ("other = x\n", "other = x"),
        ("other = x", "other = x\nlast = z"),
        ("other = x", "other = x\nlast\u{1} = z"),
        ("other = x", "other = x\n  [c]"),
    ];
    let document = Document::parse(old.as_bytes()).unwrap();
    let section = document.sections[document.find("mfa").unwrap().unwrap()];
    spoils(&document, Some(section), &ways);
}

#[test]
fn a_spoilt_section_at_the_end_is_refused() {
    let ways = [
        ("# x\n\n", "# x"),
        ("# x", "# y"),
        ("\n[mfa]", "\n# c\n[mfa]"),
        ("\n[mfa]", "\r\r\n[mfa]"),
        ("[mfa]", "[mfa]#\u{1}"),
        ("[mfa]", "[c]\n[mfa]"),
        ("[mfa]", "[ mfa]"),
        ("T/k+n==\n", "T/k+n==\n[c]\n"),
    ];
    spoils(&Document::parse(b"# x").unwrap(), None, &ways);
}

/// The edit is verified, and not if one of the replacements is made in it.
#[track_caller]
fn spoils(document: &Document<'_>, section: Option<SectionSpan>, ways: &[(&str, &str)]) {
    let good = document.set("mfa", &EDITS).unwrap();
    let verify = |text: &str| document.verify(Readers::All, text, ("mfa", section), &EDITS);
    assert_eq!(verify(&good), Ok(()));
    for (from, to) in ways {
        let spoilt = good.replacen(from, to, 1);
        assert_ne!(spoilt, *good, "{from:?}");
        assert_eq!(verify(&spoilt), Err(UNVERIFIED), "{from:?} to {to:?}");
    }
}
