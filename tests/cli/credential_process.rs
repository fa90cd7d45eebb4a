//! `credential-process`: the session for SDKs.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::{STORED_ACCESS_KEY_ID, STORED_SECRET, STORED_TOKEN, long_term_section};

#[test]
fn nobody_to_ask_is_exit_code_3_and_nothing_is_printed() {
    let home = Home::with(&long_term_section());
    for command in ["env", "credential-process"] {
        home.run_offline(&[command, "-p", "dev"])
            .stdin("123456\n")
            .run()
            .exits(3)
            .prints("")
            .says(&["nobody can be asked", "run `aws-mfa --profile dev`"]);
    }
}

#[test]
fn credential_process_prints_what_sdks_read() {
    let home = Home::with_session();
    let outcome = home
        .run_offline(&["credential-process", "-p", "dev"])
        .hands_over()
        .run()
        .exits(0);
    assert_eq!(outcome.stdout.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["Version"], 1);
    assert_eq!(value["AccessKeyId"], STORED_ACCESS_KEY_ID);
    assert_eq!(value["SecretAccessKey"], STORED_SECRET);
    assert_eq!(value["SessionToken"], STORED_TOKEN);
    let expiration = value["Expiration"].as_str().unwrap();
    assert!(
        expiration.len() == 20 && expiration.ends_with('Z'),
        "{expiration}"
    );
    assert_eq!(value.as_object().unwrap().len(), 5);
    outcome.says_nothing();
}

#[test]
fn a_profile_that_calls_aws_mfa_for_its_own_section_is_refused() {
    let calls = |words: &str| format!("[profile dev]\ncredential_process = {words}\n");
    for (config, is_refused) in [
        (calls("aws-mfa credential-process --profile dev"), true),
        (calls("/usr/bin/aws-mfa -p dev credential-process"), true),
        (calls("aws-mfa credential-process"), true),
        (calls("aws-mfa credential-process -p other"), false),
        (calls("other-tool credential-process -p dev"), false),
        (
            "[profile dev-auto]\ncredential_process = aws-mfa credential-process -p dev\n"
                .to_owned(),
            false,
        ),
    ] {
        let lab = Lab::at(Home::with_session());
        lab.home.set_config(&config);
        let process = lab
            .run(&["credential-process", "-p", "dev"])
            .hands_over()
            .run();
        let main_job = lab.refresh(&["--force"]).run();
        let code = Some(i32::from(is_refused));
        assert_eq!((process.code, main_job.code), (code, code), "{config}");
        for outcome in [process, main_job] {
            if is_refused {
                outcome.says(&[
                    "[profile dev] in the config file gets its credentials from aws-mfa for [dev]",
                    "hint: give it a name of its own: [profile dev-auto]",
                ]);
            }
        }
    }
}

/// The Rust SDK as a client, in this process.
#[test]
#[cfg(unix)]
fn the_rust_sdk_reads_it() {
    use aws_config::profile::ProfileFileCredentialsProvider;
    use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
    use aws_sdk_sts::config::ProvideCredentials;

    let home = Home::with_session();
    let path = home.path().display();
    let program = crate::support::run::program();
    let config = format!(
        "[profile dev-auto]\n\
         credential_process = env -i HOME={path} {} credential-process -p dev\n",
        program.display()
    );
    let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config);
    let provider = ProfileFileCredentialsProvider::builder()
        .profile_files(files.build())
        .profile_name("dev-auto")
        .build();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let credentials = runtime.block_on(provider.provide_credentials()).unwrap();
    assert_eq!(credentials.access_key_id(), STORED_ACCESS_KEY_ID);
    assert_eq!(credentials.secret_access_key(), STORED_SECRET);
    assert_eq!(credentials.session_token(), Some(STORED_TOKEN));
    assert!(credentials.expiry().is_some());
}

/// A command that aws-mfa runs for a profile must not ask for that profile's session.
#[test]
#[cfg(unix)]
fn recursion_is_refused() {
    let home = Home::with(&long_term_section());
    for command in ["env", "credential-process"] {
        let run = home.run_offline(&[command, "-p", "dev"]);
        let outcome = run.env("AWS_MFA_SECTION", "my own;dev").run().exits(1);
        outcome.says(&["calls aws-mfa for [dev] again"]);
    }
}
