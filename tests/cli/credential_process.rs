//! `env`, `exec` and `credential-process`: the session for a shell, a command, an SDK.

#[cfg(unix)]
use std::io::Write;
#[cfg(unix)]
use std::process::Stdio;

use crate::support::home::Home;
use crate::support::sts::LoopbackSts;
use crate::support::{ROLE, STORED_SECRET, STORED_TOKEN, long_term_section, session_section};

/// A home with a session that is valid for an hour, and a region.
fn valid() -> Home {
    let home = Home::with(&format!("{}{}", session_section(3600), long_term_section()));
    home.set_config("[profile dev]\nregion = eu-west-1\n");
    home
}

#[test]
fn env_prints_what_sets_the_session_and_nothing_else() {
    let home = valid();
    let outcome = home
        .run_offline(&["env", "-p", "dev", "--format", "env"])
        .hands_over()
        .run()
        .exits(0);
    let expiration = outcome.stdout.split("EXPIRATION='").nth(1).unwrap()[..20].to_owned();
    assert!(expiration.ends_with('Z') && expiration.contains('T'));
    let expected = format!(
        "export AWS_ACCESS_KEY_ID='ASIASTOREDEXAMPLE123'\nexport AWS_SECRET_ACCESS_KEY='{STORED_SECRET}'\n\
         export AWS_SESSION_TOKEN='{STORED_TOKEN}'\nexport AWS_CREDENTIAL_EXPIRATION='{expiration}'\n\
         export AWS_REGION='eu-west-1'\nexport AWS_DEFAULT_REGION='eu-west-1'\n\
         unset AWS_SECURITY_TOKEN\nunset AWS_PROFILE\nunset AWS_DEFAULT_PROFILE\n"
    );
    assert_eq!(outcome.stdout, expected);
    assert_eq!(outcome.stderr, "");
    let region = home
        .run_offline(&[
            "env",
            "-p",
            "dev",
            "--format",
            "env",
            "--region",
            "us-west-2",
        ])
        .hands_over()
        .run();
    assert!(region.stdout.contains("AWS_REGION='us-west-2'"));
    // A region of the environment is there anyway.
    let region = home
        .run_offline(&["env", "-p", "dev"])
        .env("AWS_REGION", "us-east-2")
        .hands_over()
        .run();
    assert!(!region.stdout.contains("REGION="), "{}", region.stdout);
}

#[test]
fn the_format_follows_the_shell() {
    let home = valid();
    for (shell, begins) in [
        ("/bin/bash", "export AWS_"),
        ("/usr/bin/fish", "set -gx AWS_"),
        ("/opt/microsoft/powershell/7/pwsh", "$Env:AWS_"),
        ("", "export AWS_"),
    ] {
        let run = home.run_offline(&["env", "-p", "dev"]).env("SHELL", shell);
        let outcome = run.hands_over().run().exits(0);
        if cfg!(unix) {
            assert!(outcome.stdout.starts_with(begins), "{}", outcome.stdout);
        }
    }
    for (format, begins) in [
        ("env", "export AWS_"),
        ("env-no-export", "AWS_ACCESS_KEY_ID=ASIA"),
        ("fish", "set -gx AWS_"),
        ("powershell", "$Env:AWS_"),
        ("windows-cmd", "set \"AWS_"),
    ] {
        let args = ["env", "-p", "dev", "--format", format];
        let outcome = home.run_offline(&args).hands_over().run().exits(0);
        assert!(outcome.stdout.starts_with(begins), "{}", outcome.stdout);
    }
}

#[test]
fn unset_needs_no_session() {
    let home = valid();
    let args = ["env", "-p", "dev", "--unset", "--format", "env"];
    let removed = "unset AWS_ACCESS_KEY_ID\nunset AWS_SECRET_ACCESS_KEY\nunset AWS_SESSION_TOKEN\nunset AWS_CREDENTIAL_EXPIRATION\n";
    let with_region = format!("{removed}unset AWS_REGION\nunset AWS_DEFAULT_REGION\n");
    home.run_offline(&args).run().exits(0).prints(&with_region);
    home.set_config("");
    home.run_offline(&args).run().exits(0).prints(removed);
}

#[test]
fn a_session_that_ends_soon_is_refreshed_first() {
    for (left, args, refreshes) in [
        (360, &[][..], false),
        (240, &[], true),
        (240, &["--min-remaining", "1m"], false),
        (3600, &["--force"], true),
        (3600, &["--assume-role", ROLE], true),
    ] {
        let sts = LoopbackSts::start();
        let home = Home::with(&format!("{}{}", session_section(left), long_term_section()));
        let code = sts.code();
        // Options of the refresh may stand before and behind the command.
        for args in [
            [
                args,
                &["env", "-p", "dev", "--format", "env", "--token", &code],
            ]
            .concat(),
            [
                &["--token", &code, "env", "--format", "env", "-p", "dev"],
                args,
            ]
            .concat(),
        ] {
            let outcome = home.run(&sts, &args).hands_over().run().exits(0);
            let is_statement =
                |line: &str| line.starts_with("export AWS_") || line.starts_with("unset AWS_");
            assert!(
                outcome.stdout.lines().all(is_statement),
                "{}",
                outcome.stdout
            );
            assert_eq!(outcome.stderr.contains("new session"), refreshes);
            assert_eq!(sts.codes_received() > 0, refreshes, "{args:?}");
            if refreshes {
                break;
            }
        }
    }
}

#[test]
fn nobody_to_ask_is_exit_code_3_and_nothing_is_printed() {
    let home = Home::with(&long_term_section());
    for command in ["env", "credential-process"] {
        let outcome = home
            .run_offline(&[command, "-p", "dev"])
            .stdin("123456\n")
            .run()
            .exits(3)
            .prints("");
        outcome.says(&["nobody can be asked", "run `aws-mfa --profile dev`"]);
    }
    home.run_offline(&["exec", "-p", "dev", "--", "true"])
        .run()
        .exits(125);
}

#[test]
fn what_a_shell_cannot_take_is_refused() {
    let home = Home::with(&session_section(3600).replace(STORED_TOKEN, "a%b"));
    let args = ["env", "-p", "dev", "--format", "windows-cmd"];
    let outcome = home.run_offline(&args).run().exits(1).prints("");
    outcome.says(&[
        "AWS_SESSION_TOKEN holds a character that cannot be written safely for windows-cmd",
        "hint: use `aws-mfa exec`",
    ]);
}

#[test]
#[cfg(unix)]
fn exec_gives_the_command_the_session_and_nothing_else_changes() {
    let home = valid();
    let script = "echo \"$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN $AWS_REGION ${AWS_PROFILE-none} ${AWS_SECURITY_TOKEN-none}\"; exit 42";
    let outcome = home
        .run_offline(&["exec", "-p", "dev", "--", "/bin/sh", "-c", script])
        .env("AWS_PROFILE", "other")
        .env("AWS_SECURITY_TOKEN", "stale")
        .hands_over()
        .run()
        .exits(42);
    assert_eq!(
        outcome.stdout,
        format!("ASIASTOREDEXAMPLE123 {STORED_TOKEN} eu-west-1 none none\n")
    );
    assert_eq!(outcome.stderr, "");
}

#[test]
#[cfg(unix)]
fn exec_becomes_the_command() {
    let home = valid();
    for (script, code) in [
        ("exit 0", Some(0)),
        ("exit 255", Some(255)),
        ("kill -TERM $$", None),
    ] {
        let args = ["exec", "-p", "dev", "--", "/bin/sh", "-c", script];
        assert_eq!(home.run_offline(&args).run().code, code);
    }
    // The same process: what waits for aws-mfa waits for the command.
    let run = home.run_offline(&["exec", "-p", "dev", "--", "/bin/sh", "-c", "echo $$"]);
    let mut command = run.into_command();
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, format!("{id}\n").as_bytes());
}

#[test]
#[cfg(unix)]
fn exec_leaves_standard_input_alone() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let code = sts.code();
    let run = home.run(
        &sts,
        &["exec", "-p", "dev", "--token", &code, "--", "/bin/cat"],
    );
    let mut command = run.into_command();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let sent: Vec<u8> = (0..10_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut pipe = child.stdin.take().unwrap();
    let to_send = sent.clone();
    let writer = std::thread::spawn(move || pipe.write_all(&to_send).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.stdout == sent, "{} bytes came", output.stdout.len());
}

#[test]
fn exec_s_own_failures_have_codes_of_their_own() {
    let home = valid();
    for (args, code, words) in [
        (
            &["--", "no-such-command"][..],
            127,
            "cannot run no-such-command",
        ),
        (&["--", "/etc/passwd"], 126, "cannot run /etc/passwd"),
        (&[], 125, "<COMMAND>"),
        (&["--no-such-option", "--", "true"], 125, "--no-such-option"),
        (
            &["--duration", "5", "--force", "--", "true"],
            125,
            "outside the 900",
        ),
    ] {
        if cfg!(unix) || code == 125 {
            let args = [&["exec", "-p", "dev"], args].concat();
            home.run_offline(&args).run().exits(code).says(&[words]);
        }
    }
    // A typing error costs no code.
    let due = Home::with(&long_term_section());
    due.run_offline(&["exec", "-p", "dev", "--", "no-such-command"])
        .env("PATH", "/usr/bin:/bin")
        .run()
        .exits(127)
        .says(&["cannot run no-such-command"]);
    home.run_offline(&["exec", "-p", "nope", "--", "true"])
        .run()
        .exits(125)
        .says(&["[nope-long-term]"]);
}

#[test]
fn credential_process_prints_what_sdks_read() {
    let home = valid();
    let outcome = home
        .run_offline(&["credential-process", "-p", "dev"])
        .hands_over()
        .run()
        .exits(0);
    assert_eq!(outcome.stdout.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["Version"], 1);
    assert_eq!(value["AccessKeyId"], "ASIASTOREDEXAMPLE123");
    assert_eq!(value["SecretAccessKey"], STORED_SECRET);
    assert_eq!(value["SessionToken"], STORED_TOKEN);
    let expiration = value["Expiration"].as_str().unwrap();
    assert!(
        expiration.len() == 20 && expiration.ends_with('Z'),
        "{expiration}"
    );
    assert_eq!(value.as_object().unwrap().len(), 5);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_profile_that_calls_us_for_its_own_section_is_refused() {
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
        let sts = LoopbackSts::start();
        let home = valid();
        home.set_config(&config);
        let process = home
            .run(&sts, &["credential-process", "-p", "dev"])
            .hands_over()
            .run();
        let main_job = home
            .run(&sts, &["-p", "dev", "--force", "--token", &sts.code()])
            .run();
        let code = Some(i32::from(is_refused));
        assert_eq!((process.code, main_job.code), (code, code), "{config}");
        for outcome in [process, main_job] {
            if is_refused {
                outcome.says(&[
                    "[profile dev] of the config file gets its credentials from aws-mfa for [dev]",
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

    let home = valid();
    let path = home.path().display();
    let program = crate::support::run::program();
    let config = format!(
        "[profile dev-auto]\ncredential_process = env -i HOME={path} {} credential-process -p dev\n",
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
    assert_eq!(credentials.access_key_id(), "ASIASTOREDEXAMPLE123");
    assert_eq!(credentials.secret_access_key(), STORED_SECRET);
    assert_eq!(credentials.session_token(), Some(STORED_TOKEN));
    assert!(credentials.expiry().is_some());
}

/// What came in by a command is a circle's beginning where that command is ours.
#[test]
#[cfg(unix)]
fn recursion_is_refused() {
    let home = Home::with(&long_term_section());
    for command in ["env", "credential-process"] {
        let run = home.run_offline(&[command, "-p", "dev"]);
        let outcome = run.env("AWS_MFA_SECTION", "other dev").run().exits(1);
        outcome.says(&["asks aws-mfa for [dev] again"]);
    }
}
