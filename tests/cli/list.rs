//! `aws-mfa list`: every profile that has long-term keys or a session.

use crate::support::home::Home;
use crate::support::{
    ROLE, SERIAL, long_term_section, long_term_section_of as keys, session_section,
    session_section_until,
};

fn session(profile: &str, seconds_left: i64) -> String {
    session_section(seconds_left).replace("[dev]", &format!("[{profile}]"))
}

/// The rows of the table, each a list of words.
fn rows(home: &Home, args: &[&str]) -> Vec<Vec<String>> {
    let outcome = home.run_offline(&[&["list"], args].concat()).run().exits(0);
    let words = |line: &str| {
        line.split("  ")
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    outcome.stdout.lines().map(words).collect()
}

#[test]
fn profiles_in_the_files_order_with_their_sessions() {
    let expired = session_section_until("2026-01-01 18:00:00").replace("[dev]", "[old]");
    let role = format!("{}assumed_role_arn = {ROLE}\n", session("admin", 7200));
    let home = Home::with(&format!(
        "{}# c\n{}{expired}[static]\naws_access_key_id = AKIA\naws_secret_access_key = x\n\
         {role}{}[other]\nregion = x\n{}[empty-long-term]\n",
        keys("zeta"),
        session("zeta", 36_030),
        keys("old"),
        keys("new"),
    ));
    let rows = rows(&home, &[]);
    assert_eq!(
        rows[0],
        ["PROFILE", "STATUS", "EXPIRES", "LEFT", "DEVICE", "ROLE"]
    );
    let without_time = |row: &[String]| {
        [
            row[0].clone(),
            row[1].clone(),
            row[3].clone(),
            row[4].clone(),
            row[5].clone(),
        ]
    };
    let found: Vec<[String; 5]> = rows[1..].iter().map(|row| without_time(row)).collect();
    assert_eq!(
        found,
        [
            ["zeta", "valid", "10h", SERIAL, "-"],
            ["old", "expired", "-", SERIAL, "-"],
            ["static", "permanent", "-", "-", "-"],
            ["admin", "valid", "1h 59m", "-", ROLE],
            ["new", "missing", "-", SERIAL, "-"],
        ]
    );
    assert_eq!(rows[2][2], "2026-01-01 18:00:00 +00:00");
}

#[test]
fn the_list_as_json() {
    let home = Home::with(&format!("{}{}", session("dev", 3600), keys("dev")));
    let outcome = home.run_offline(&["list", "--json"]).run().exits(0);
    let value: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let entry = &value[0];
    assert_eq!(value.as_array().unwrap().len(), 1);
    assert_eq!(
        (&entry["profile"], &entry["status"]),
        (&"dev".into(), &"valid".into())
    );
    assert_eq!(
        (&entry["device"], &entry["role_arn"]),
        (&SERIAL.into(), &serde_json::Value::Null)
    );
    assert!(entry["remaining_seconds"].as_u64().unwrap() > 3590);
    assert!(entry["expiration"].as_str().unwrap().ends_with('Z'));
    let none = Home::with("[other]\nregion = x\n");
    none.run_offline(&["list", "--json"])
        .run()
        .exits(0)
        .prints("[]\n");
    let outcome = none.run_offline(&["list"]).run().exits(0).prints("");
    outcome.says(&[
        "no profiles with permanent keys or a session",
        "run `aws-mfa setup` to add one",
    ]);
}

/// The list says what is stored, not what a refresh would ask for here.
#[test]
fn a_role_in_the_environment_is_nobodys() {
    let home = Home::with_session();
    let run = home.run_offline(&["list", "--json"]);
    let outcome = run.env("MFA_ASSUME_ROLE", ROLE).run().exits(0);
    assert!(
        outcome.stdout.contains("\"role_arn\": null"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn the_list_follows_the_suffixes() {
    let home = Home::with(&format!(
        "{}{}",
        session("dev-mfa", 3600),
        long_term_section().replace("-long-term", "")
    ));
    let args = ["--long-term-suffix", "none", "--short-term-suffix", "mfa"];
    let rows = rows(&home, &args);
    assert_eq!(
        (rows.len(), rows[1][0].as_str(), rows[1][1].as_str()),
        (2, "dev", "valid")
    );
}

#[test]
fn oddities_that_cannot_be_edited_can_be_listed() {
    let home = Home::with(&format!(
        "junk\n{}[dev]\n[dev]\n= x\n{}[bad]\naws_session_token = \u{1b}[2J\n",
        session("dev", 3600),
        keys("dev")
    ));
    let outcome = home.run_offline(&["list"]).run().exits(0);
    assert!(
        outcome.stdout.contains("dev") && outcome.stdout.contains("valid"),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.stdout.contains('\u{1b}'));
}

#[test]
fn a_thousand_profiles() {
    let text: String = (0..1000)
        .map(|n| keys(&format!("p{n}")) + &session(&format!("p{n}"), 3600))
        .collect();
    let home = Home::with(&text);
    let rows = rows(&home, &[]);
    assert_eq!(rows.len(), 1001);
    assert!(
        rows[1..]
            .iter()
            .enumerate()
            .all(|(n, row)| row[0] == format!("p{n}") && row[1] == "valid")
    );
}

#[test]
fn without_a_file_setup_is_suggested() {
    let outcome = Home::empty().run_offline(&["list"]).run().exits(1);
    outcome.says(&["there is no credentials file", "hint: run `aws-mfa setup`"]);
}
