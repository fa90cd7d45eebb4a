use time::macros::datetime;

use super::*;
use crate::credentials_file::document::Document;

const NOW: OffsetDateTime = datetime!(2026-11-22 10:00:00 UTC);
const SESSION: &str = "aws_access_key_id = ASIA1\naws_secret_access_key = S\naws_session_token = T\n\
                       aws_security_token = T\nexpiration = 2026-11-22 11:00:00\n";

fn check(body: &str, min_remaining: u64, role: Option<&str>) -> Result<ValidSession, NotValid> {
    let text = format!("[dev]\n{body}");
    let document = Document::parse(text.as_bytes()).unwrap();
    let profile = document
        .section("dev")
        .unwrap()
        .map(|section| Properties::read(&section));
    StoredSession::read(profile.as_ref()).check(NOW, Duration::from_secs(min_remaining), role)
}

#[test]
fn a_complete_session_is_valid_until_it_expires() {
    let valid = check(SESSION, 0, None).unwrap();
    assert_eq!(valid.expiration, datetime!(2026-11-22 11:00:00 UTC));
    assert_eq!(valid.remaining, Duration::from_hours(1));
    assert!(check(SESSION, 3599, None).is_ok());
    assert!(matches!(
        check(SESSION, 3600, None),
        Err(NotValid::Expiring(..))
    ));
}

#[test]
fn every_key_is_required() {
    for key in [
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "expiration",
    ] {
        let without: String = SESSION
            .split_inclusive('\n')
            .filter(|line| !line.starts_with(key))
            .collect();
        assert_eq!(
            check(&without, 0, None),
            Err(NotValid::Incomplete(key)),
            "without {key}"
        );
        let empty = format!("{without}{key} =\n");
        assert_eq!(
            check(&empty, 0, None),
            Err(NotValid::Incomplete(key)),
            "empty {key}"
        );
        let twice = format!("{SESSION}{key} = x\n");
        assert_eq!(
            check(&twice, 0, None),
            Err(NotValid::Incomplete(key)),
            "duplicate {key}"
        );
    }
    assert_eq!(check("region = r\n", 0, None), Err(NotValid::Missing));
    assert_eq!(
        check(&SESSION.replace("ASIA1", "AKIA1"), 0, None),
        Err(NotValid::Incomplete("aws_access_key_id"))
    );
}

#[test]
fn a_security_token_may_be_missing_but_not_stale_or_unreadable() {
    assert_eq!(
        check(
            &SESSION.replace("security_token = T", "security_token = old"),
            0,
            None
        ),
        Err(NotValid::StaleSecurityToken)
    );
    assert_eq!(
        check(
            &SESSION.replace("security_token = T", "security_token: T"),
            0,
            None
        ),
        Err(NotValid::StaleSecurityToken)
    );
    assert!(check(&SESSION.replace("aws_security_token = T\n", ""), 0, None).is_ok());
}

#[test]
fn the_role_must_match() {
    let with_role = format!("{SESSION}assumed_role_arn = arn:a\n");
    assert!(check(&with_role, 0, Some("arn:a")).is_ok());
    for (body, stored, wanted) in [
        (&*with_role, Some("arn:a"), Some("arn:b")),
        (&with_role, Some("arn:a"), None),
        (SESSION, None, Some("arn:a")),
    ] {
        let expected = NotValid::OtherRole {
            stored: stored.map(str::to_owned),
            wanted: wanted.map(str::to_owned),
        };
        assert_eq!(check(body, 0, wanted), Err(expected));
    }
}

#[test]
fn expirations_are_parsed_in_three_forms_only() {
    let expected = Some(datetime!(2026-11-22 11:00:00 UTC));
    for text in [
        "2026-11-22 11:00:00",
        "2026-11-22 11:00:00 UTC",
        "2026-11-22T11:00:00Z",
        "2026-11-22T12:00:00+01:00",
    ] {
        assert_eq!(parse_expiration(text), expected, "{text}");
    }
    for text in [
        "",
        "tomorrow",
        "22.11.2026 11:00",
        "2026-11-22",
        "2026-11-22 11:00:00 CET",
        "2026-13-22 11:00:00",
        "9999999999",
        "0000-01-01 00:00:00",
        "0001-01-01 00:00:00",
        "-001-01-01 00:00:00",
        "1969-12-31 23:59:59",
        "3000-01-01 00:00:00",
        "9999-12-31 23:59:59",
        "+10000-01-01 00:00:00",
        "0000-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59Z",
    ] {
        assert_eq!(parse_expiration(text), None, "{text}");
    }
    for text in [
        "1970-01-01T00:00:00+23:59",
        "2999-12-31T23:59:59-23:59",
        "2016-12-31T23:59:60Z",
    ] {
        let expiration = parse_expiration(text).expect(text);
        assert!(!format_expiration(expiration).is_empty(), "{text}");
    }
    assert_eq!(
        format_expiration(datetime!(2026-11-22 12:00:00 +1)),
        "2026-11-22 11:00:00"
    );
}

#[test]
fn permanent_keys_are_recognised_in_any_spelling() {
    let holds = |body: &str, long_term: Option<&str>| {
        let long_term = long_term.map(|body| format!("[dev-long-term]\n{body}"));
        let text = format!("[dev]\n{body}\n{}", long_term.unwrap_or_default());
        let document = Document::parse(text.as_bytes()).unwrap();
        let read = |name| {
            document
                .section(name)
                .unwrap()
                .map(|section| Properties::read(&section))
        };
        has_permanent_keys(&read("dev").unwrap(), read("dev-long-term").as_ref())
    };
    let beside_a_session = SESSION.replace("ASIA1", "AKIA1");
    for body in [
        beside_a_session.as_str(),
        "aws_access_key_id = AKIA1\n",
        "AWS_Access_Key_ID: AKIA1\n",
        "aws_access_key_id = AKIA1 # mine\n",
        "aws_access_key_id = AKIA1\n  more\n",
        "aws_access_key_id = ASIA1\naws_access_key_id = AKIA1\n",
        "aws_access_key_id =\naws_secret_access_key = S\n",
        "aws_secret_access_key = S\n",
        "aws_secret_access_key = S\naws_session_token = T\n",
    ] {
        assert!(holds(body, None), "{body}");
        let other = "aws_access_key_id = AKIA2\naws_secret_access_key = S2\n";
        assert!(holds(body, Some(other)), "{body}");
    }
    let pair = "aws_access_key_id = AKIA1\naws_secret_access_key = S\n";
    assert!(
        !holds(pair, Some(pair)),
        "also stored in the long-term section"
    );
    for other in [
        "aws_access_key_id = AKIA1\n",
        "aws_secret_access_key = S\n",
        "aws_access_key_id = AKIA1\naws_secret_access_key = YOUR_SECRET\n",
    ] {
        assert!(holds(pair, Some(other)), "{other}");
    }
    for body in [
        SESSION,
        "region = r\n",
        "aws_access_key_id =\n",
        "aws_secret_access_key = S\naws_session_token = T\nexpiration = 2026-11-22 20:00:00\n",
    ] {
        assert!(!holds(body, None), "{body}");
    }
}
