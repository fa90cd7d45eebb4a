//! Long-term keys from elsewhere: the config file, or a command such as a password manager's.

use crate::support::home::{Home, set_mode};
use crate::support::sts::LoopbackSts;
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, long_term_section};

/// Prints keys as a `credential_process` does. Its words hold the secret, as a user's never should: they must not be shown.
fn printing(json: &str) -> String {
    format!("sh -c 'echo \"$1\"' sh '{json}'")
}

fn keys() -> String {
    format!(
        "{{\"Version\": 1, \"AccessKeyId\": \"{ACCESS_KEY_ID}\", \"SecretAccessKey\": \"{SECRET_ACCESS_KEY}\"}}"
    )
}

#[test]
fn a_command_in_either_file_prints_them() {
    let process = format!("credential_process = {}\n", printing(&keys()));
    let device = format!("mfa_serial = {SERIAL}\n");
    for (credentials, config) in [
        (format!("[dev-long-term]\n{process}{device}"), String::new()),
        (
            "[other]\nk = v\n".to_owned(),
            format!("[profile dev-long-term]\n{process}{device}"),
        ),
        (
            format!("[dev-long-term]\n{device}"),
            format!("[profile dev-long-term]\n{process}"),
        ),
    ] {
        let sts = LoopbackSts::start();
        let home = Home::with(&credentials);
        home.set_config(&config);
        let code = sts.code();
        let outcome = home
            .run(&sts, &["-v", "-p", "dev", "--token", &code])
            .run()
            .exits(0);
        outcome.says(&[
            "access key: from credential_process in [",
            "new session for profile dev",
        ]);
        assert!(home.credentials().starts_with(&credentials));
        assert!(home.credentials().contains("\n[dev]\n"));
    }
}

#[test]
fn keys_in_the_config_file() {
    let sts = LoopbackSts::start();
    let home = Home::with("");
    home.set_config(
        &long_term_section()
            .replace("[dev-", "[profile dev-")
            .replace("aws_mfa_device", "mfa_serial"),
    );
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
    // Those of the credentials file go before.
    let home = Home::with(&long_term_section());
    home.set_config(
        &long_term_section()
            .replace("[dev-", "[profile dev-")
            .replace(ACCESS_KEY_ID, "AKIAOTHER"),
    );
    home.run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(0);
}

#[test]
fn what_it_prints_besides_permanent_keys_is_refused_and_not_shown() {
    for (command, words) in [
        (
            printing(&keys().replace("AKIA", "ASIA")),
            "it printed temporary keys",
        ),
        (
            printing(&keys().replace('}', ", \"SessionToken\": \"StoredToken//x\"}")),
            "it printed temporary keys",
        ),
        (printing("no json"), "it printed no JSON with AccessKeyId"),
        (
            printing("{\"Version\": 1}"),
            "it printed no JSON with AccessKeyId",
        ),
        (
            printing(&keys().replace(ACCESS_KEY_ID, "two words")),
            "it printed no JSON",
        ),
        (
            "sh -c 'echo locked >&2; exit 3'".to_owned(),
            "it failed (exit status: 3)",
        ),
        (
            "no-such-password-manager".to_owned(),
            "it cannot be started",
        ),
    ] {
        let sts = LoopbackSts::start();
        let credentials =
            format!("[dev-long-term]\naws_mfa_device = {SERIAL}\ncredential_process = {command}\n");
        let home = Home::with(&credentials);
        let outcome = home
            .run(&sts, &["-p", "dev", "--token", &sts.code()])
            .run()
            .exits(1);
        outcome.says(&[
            "the command of credential_process in [dev-long-term]: ",
            words,
        ]);
        assert_eq!((sts.connections(), home.credentials()), (0, credentials));
    }
}

#[test]
fn neither_the_environment_nor_another_source_is_used() {
    let home = Home::with("[other]\nk = v\n");
    let outcome = home
        .run_offline(&["-p", "dev", "--token", "123456"])
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        .run()
        .exits(1);
    outcome.says(&["no section [dev-long-term]"]);
    home.set_config("[profile dev-long-term]\nsso_session = x\n");
    let outcome = home
        .run_offline(&["-p", "dev", "--token", "123456"])
        .run()
        .exits(1);
    outcome.says(&["sso_session has no place among permanent keys"]);
}

#[test]
fn a_file_that_others_can_change_names_no_command() {
    let sts = LoopbackSts::start();
    let home = Home::with("[other]\nk = v\n");
    home.set_config(&format!(
        "[profile dev-long-term]\nmfa_serial = {SERIAL}\ncredential_process = {}\n",
        printing(&keys())
    ));
    set_mode(&home.path().join(".aws/config"), 0o622);
    let outcome = home
        .run(&sts, &["-p", "dev", "--token", &sts.code()])
        .run()
        .exits(1);
    outcome.says(&["can be changed by everybody"]);
    assert_eq!(sts.connections(), 0);
}

/// A password in the endpoint's URL is nobody's business.
#[test]
fn passwords_in_urls_are_not_shown() {
    let home = Home::with(&long_term_section());
    let outcome = home
        .run_offline(&["-v", "-p", "dev", "--token", "123456"])
        .env("AWS_ENDPOINT_URL_STS", "http://user:pass-word@127.0.0.1:9")
        .run()
        .exits(1);
    outcome.never_says("pass-word");
    let outcome = home
        .run_offline(&["-v", "-p", "dev", "--token", "123456"])
        .env("AWS_ENDPOINT_URL_STS", "https://sts.invalid")
        .env("HTTPS_PROXY", "http://user:pass-word@127.0.0.1:9")
        .run()
        .exits(1);
    outcome.never_says("pass-word");
}
