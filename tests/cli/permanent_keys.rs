//! Permanent keys in the session's place are never touched.

use crate::support::lab::Lab;
use crate::support::{STORED_ACCESS_KEY_ID, keys_section, long_term_section, session_section};

#[track_caller]
fn protects(section: &str) {
    protects_named(section, "holds permanent keys, not a session");
}

#[track_caller]
fn protects_named(section: &str, name: &str) {
    let lab = Lab::with(&format!("{section}\n{}", long_term_section()));
    for force in [&[][..], &["--force"]] {
        let words = ["[dev] of ", name, "hint: "];
        lab.refuses(force, &words);
    }
}

#[test]
fn permanent_keys_are_never_overwritten() {
    protects(
        "[dev]\naws_access_key_id = AKIAOTHERUSER1234567\n\
         aws_secret_access_key = StoredSecret/7MDENG\n",
    );
    protects("[dev]\naws_access_key_id = AKIAOTHERUSER1234567 # mine\naws_secret_access_key = x\n");
    for half in [
        "AWS_ACCESS_KEY_ID=AKIAOTHERUSER1234567\n",
        "aws_access_key_id: AKIAOTHERUSER1234567\n",
        "# aws_access_key_id = AKIAOTHERUSER1234567\naws_secret_access_key = Stored\n",
    ] {
        let section = format!("[dev]\n{half}");
        protects_named(&section, "holds only half of a pair of permanent keys");
    }
}

#[test]
fn permanent_keys_that_aws_configure_put_beside_an_old_session() {
    for seconds_left in [-60, 3600] {
        protects(
            &session_section(seconds_left).replace(STORED_ACCESS_KEY_ID, "AKIAOTHERUSER1234567"),
        );
    }
}

#[test]
fn the_long_term_sections_own_keys_may_be_replaced() {
    let lab = Lab::with(&(keys_section("dev") + "\n" + &long_term_section()));
    lab.refresh(&[]).run().exits(0);
    assert!(
        lab.credentials()
            .contains("aws_access_key_id = ASIASANDBOX")
    );
    assert!(
        lab.credentials().contains(&long_term_section()),
        "they are still where they belong"
    );
}

#[test]
fn without_a_long_term_section_they_are_the_only_ones() {
    Lab::with(&keys_section("dev")).refuses(
        &[],
        &[
            "permanent keys",
            "hint: run `aws-mfa setup --profile dev`: it moves them",
        ],
    );
}
