//! Permanent keys in the session's place are never touched.

use crate::support::home::Home;
use crate::support::sts::LoopbackSts;
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, long_term_section, session_section};

#[track_caller]
fn protects(section: &str) {
    let sts = LoopbackSts::start();
    let credentials = format!("{section}\n{}", long_term_section());
    let home = Home::with(&credentials);
    for force in [&[][..], &["--force"]] {
        let outcome = home
            .run(
                &sts,
                &[&["-p", "dev", "--token", &sts.code()], force].concat(),
            )
            .run()
            .exits(1);
        outcome.says(&[
            "[dev] of ",
            "holds permanent keys, which aws-mfa never overwrites",
            "hint: ",
        ]);
        assert_eq!(home.credentials(), credentials);
    }
    assert_eq!(sts.connections(), 0, "no code is spent");
}

#[test]
fn permanent_keys_alone() {
    protects(
        "[dev]\naws_access_key_id = AKIAOTHERUSER1234567\naws_secret_access_key = StoredSecret/7MDENG\n",
    );
    protects("[dev]\nAWS_ACCESS_KEY_ID=AKIAOTHERUSER1234567\n");
    protects("[dev]\naws_access_key_id: AKIAOTHERUSER1234567\n");
    protects("[dev]\naws_access_key_id = AKIAOTHERUSER1234567 # mine\naws_secret_access_key = x\n");
    protects("[dev]\n# aws_access_key_id = AKIAOTHERUSER1234567\naws_secret_access_key = x\n");
}

#[test]
fn permanent_keys_that_aws_configure_put_beside_an_old_session() {
    for seconds_left in [-60, 3600] {
        protects(
            &session_section(seconds_left).replace("ASIASTOREDEXAMPLE123", "AKIAOTHERUSER1234567"),
        );
    }
}

#[test]
fn the_long_term_sections_own_keys_may_be_replaced() {
    let sts = LoopbackSts::start();
    let copied = format!(
        "[dev]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    );
    let home = Home::with(&format!("{copied}\n{}", long_term_section()));
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    assert!(
        home.credentials()
            .contains("aws_access_key_id = ASIASANDBOX")
    );
    assert!(
        home.credentials().contains(&long_term_section()),
        "they are still where they belong"
    );
}

#[test]
fn without_a_long_term_section_they_are_the_only_ones() {
    let credentials = format!(
        "[dev]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
    );
    let home = Home::with(&credentials);
    let outcome = home
        .run_offline(&["-p", "dev", "--token", "123456"])
        .run()
        .exits(1);
    outcome.says(&[
        "permanent keys",
        "hint: run `aws-mfa setup --profile dev`: it moves them",
    ]);
    assert_eq!(home.credentials(), credentials);
}
