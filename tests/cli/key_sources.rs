//! Long-term keys from elsewhere: the config file, or a command such as a password manager's.

use crate::support::home::{Home, set_mode};
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, long_term_section};

/// Prints keys as a `credential_process` does. Its words hold the secret, as a user's never should:
/// they must not be shown.
fn printing(json: &str) -> String {
    format!("sh -c 'echo \"$1\"' sh '{json}'")
}

fn keys() -> String {
    format!(
        "{{\"Version\": 1, \"AccessKeyId\": \"{ACCESS_KEY_ID}\", \
         \"SecretAccessKey\": \"{SECRET_ACCESS_KEY}\"}}"
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
        let lab = Lab::with(&credentials);
        lab.home.set_config(&config);
        lab.refresh(&["-v"]).run().exits(0).says(&[
            "access key: from credential_process in [",
            "new session for profile dev",
        ]);
        assert!(lab.credentials().starts_with(&credentials));
        assert!(lab.credentials().contains("\n[dev]\n"));
    }
}

/// `Run` searches what is said for every secret.
#[test]
fn what_the_command_says_is_shown_without_keys_and_codes() {
    let script = format!("echo key={SECRET_ACCESS_KEY} 123 456 >&2; exit 1");
    let process = format!("credential_process = sh -c '{script}'\nmfa_serial = {SERIAL}\n");
    let lab = Lab::with(&format!("[dev-long-term]\n{process}"));
    lab.refresh(&[])
        .run()
        .exits(1)
        .says(&["  | key=****** ******"]);
}

#[test]
fn keys_in_the_config_file() {
    let in_config = long_term_section().replace("[dev-", "[profile dev-");
    let lab = Lab::with("");
    let config = in_config.replace("aws_mfa_device", "mfa_serial");
    lab.home.set_config(&config);
    lab.refresh(&[]).run().exits(0);
    // Those of the credentials file go before.
    let lab = Lab::new();
    let config = in_config.replace(ACCESS_KEY_ID, "AKIAOTHER");
    lab.home.set_config(&config);
    lab.refresh(&[]).run().exits(0);
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
        let credentials =
            format!("[dev-long-term]\naws_mfa_device = {SERIAL}\ncredential_process = {command}\n");
        let source = "the command from credential_process in [dev-long-term]: ";
        Lab::with(&credentials).refuses(&[], &[source, words]);
    }
}

#[test]
fn neither_the_environment_nor_another_source_is_used() {
    let home = Home::with("[other]\nk = v\n");
    home.refresh_offline(&[])
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        .run()
        .exits(1)
        .says(&["no section [dev-long-term]"]);
    home.set_config("[profile dev-long-term]\nsso_session = x\n");
    let outcome = home.refresh_offline(&[]).run().exits(1);
    outcome.says(&["sso_session doesn't belong with permanent keys"]);
}

#[test]
fn a_file_that_others_can_change_names_no_command() {
    let lab = Lab::with("[other]\nk = v\n");
    lab.home.set_config(&format!(
        "[profile dev-long-term]\nmfa_serial = {SERIAL}\ncredential_process = {}\n",
        printing(&keys())
    ));
    set_mode(&lab.home.path().join(".aws/config"), 0o622);
    lab.refuses(&[], &["can be changed by every user"]);
}

/// A password in the endpoint's URL is nobody's business.
#[test]
fn passwords_in_urls_are_not_shown() {
    let home = Home::with(&long_term_section());
    home.refresh_offline(&["-v"])
        .env("AWS_ENDPOINT_URL_STS", "http://user:pass-word@127.0.0.1:9")
        .run()
        .exits(1)
        .never_says("pass-word");
    home.refresh_offline(&["-v"])
        .env("AWS_ENDPOINT_URL_STS", "https://sts.invalid")
        .env("HTTPS_PROXY", "http://user:pass-word@127.0.0.1:9")
        .run()
        .exits(1)
        .never_says("pass-word");
}

/// `setup` leaves keys where they are, and puts none beside them unasked.
#[test]
fn setup_keeps_keys_that_a_command_prints() {
    let print = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{ACCESS_KEY_ID}\",\"SecretAccessKey\":\"{SECRET_ACCESS_KEY}\"}}"
    );
    let lab = Lab::with("");
    let keys = lab.home.write("keys.json", &print);
    let section = format!("[dev-long-term]\ncredential_process = cat {keys}\n");
    lab.home.write(".aws/credentials", &section);
    let run = lab.run(&["setup", "-p", "dev", "--yes"]).run().exits(0);
    run.says(&["the keys ****************MPLE of [dev-long-term] come from a command; they belong to user alice"]);
    assert_eq!(
        lab.credentials(),
        format!("{section}aws_mfa_device = {SERIAL}\n")
    );
    lab.refresh(&[]).run().exits(0);
    let args = [
        "setup",
        "-p",
        "dev",
        "--access-key-id",
        ACCESS_KEY_ID,
        "--yes",
    ];
    let before = lab.credentials();
    let run = lab.run(&args).stdin(SECRET_ACCESS_KEY).run().exits(1);
    run.says(&[
        "the keys of [dev-long-term] come from a command (credential_process in [dev-long-term])",
    ]);
    assert_eq!(lab.credentials(), before);
    let mut terminal = Terminal::start(lab.run(&args[..5]));
    terminal.answers(
        "come from a command. Store these in the file instead? [y/N]: ",
        "",
    );
    terminal.exits(130, &[]);
    assert_eq!(lab.credentials(), before);
}
