//! Settings, end to end. Their precedence is tested beside the code, in `src/settings`.

use crate::support::home::Home;
use crate::support::lab::Lab;
#[cfg(unix)]
use crate::support::tools::text;
use crate::support::{SERIAL, long_term_section, long_term_section_of, session_section};

#[test]
fn a_profile_that_does_not_exist_yet_works() {
    let lab = Lab::new();
    lab.run(&["--token", &lab.sts.code()])
        .env("AWS_PROFILE", "dev")
        .run()
        .exits(0)
        .never_says("to use it:");
    assert!(
        lab.credentials()
            .contains("\n[dev]\nassumed_role = False\n")
    );
}

#[test]
fn suffixes_choose_the_sections() {
    let lab = Lab::with(&long_term_section().replace("[dev-long-term]", "[dev]"));
    let suffixes = ["--long-term-suffix", "none", "--short-term-suffix", "mfa"];
    lab.refresh(&suffixes)
        .run()
        .exits(0)
        .says(&["aws s3 ls --profile dev-mfa"]);
    assert!(
        lab.credentials()
            .contains("\n[dev-mfa]\nassumed_role = False\n"),
        "{}",
        lab.credentials()
    );
    lab.home
        .run_offline(&["-p", "dev", "--long-term-suffix", "none"])
        .run()
        .exits(2)
        .says(&["both be in [dev]", "hint:"]);
}

#[test]
#[cfg(unix)]
fn a_relative_home_is_refused() {
    let home = Home::with(&long_term_section());
    let check = || {
        let run = home.run_offline(&["check", "-p", "dev"]);
        run.env("HOME", "here")
    };
    let outcome = check().run().exits(1);
    outcome.says(&["the home folder is a relative path: here", "hint: set HOME"]);
    // With the files named it isn't needed.
    let path = home.credentials_path();
    check()
        .env("AWS_SHARED_CREDENTIALS_FILE", text(&path))
        .run()
        .exits(3);
}

#[test]
fn empty_variables_are_unset() {
    let lab = Lab::with(&long_term_section_of("default"));
    let mut run = lab.run(&["--token", &lab.sts.code()]);
    for name in [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CONFIG_FILE",
        "MFA_DEVICE",
        "MFA_STS_DURATION",
        "MFA_ASSUME_ROLE",
        "AWS_ACCESS_KEY_ID",
    ] {
        run = run.env(name, "");
    }
    run.run()
        .exits(0)
        .says(&["new session for profile default"])
        .never_says("warning");
    assert_eq!(lab.sts.received()[1].parameters["SerialNumber"], SERIAL);
}

#[test]
fn files_are_where_the_options_and_variables_say() {
    let lab = Lab::with(&session_section(60));
    let keys: String = long_term_section()
        .lines()
        .filter(|line| !line.contains("mfa"))
        .map(|line| format!("{line}\n"))
        .collect();
    let elsewhere = lab.home.write("elsewhere", &keys);
    let settings = format!("[profile dev]\nmfa_serial = {SERIAL}\nregion = eu-west-3\n");
    let config = lab.home.write("config", &settings);
    lab.refresh(&[])
        .env("AWS_SHARED_CREDENTIALS_FILE", "~/elsewhere")
        .env("AWS_CONFIG_FILE", "~/config")
        .run()
        .exits(0)
        .says(&["new session"]);
    assert_eq!(lab.sts.received()[1].region, "eu-west-3");
    let flags = [
        "-p",
        "dev",
        "--credentials-file",
        &elsewhere,
        "--config-file",
        &config,
    ];
    lab.run(&flags)
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        .run()
        .exits(0)
        .says(&["is valid until"]);
    assert_eq!(
        lab.credentials().matches("ASIASTORED").count(),
        1,
        "the default file is untouched"
    );
}

#[test]
fn the_python_tools_options_are_accepted() {
    let lab = Lab::new();
    let args = [
        "--profile",
        "dev",
        "--long-suffix",
        "long-term",
        "--short-suffix",
        "none",
        "--log-level",
        "DEBUG",
        "--mfa-token",
    ];
    lab.run(&[&args[..], &[&lab.sts.code()]].concat())
        .run()
        .exits(0)
        .says(&["new session", "MFA serial:"]);
    let args = ["--profile", "dev", "--log-level", "error"];
    lab.run(&args).run().exits(0).says_nothing();
}

#[test]
fn the_last_of_a_repeated_option_counts() {
    let home = Home::with(&session_section(60));
    home.run_offline(&["-p", "other", "-p", "dev"])
        .run()
        .exits(0)
        .says(&["profile dev is valid"]);
}

#[test]
fn wrong_command_lines_exit_with_2() {
    let home = Home::with(&long_term_section());
    for args in [
        &["--nonsense"][..],
        &["-p"],
        &["-p", ""],
        &["-p", "dev", "--duration", "soon"],
        &["-p", "dev", "--duration", "60"],
        &["-p", "dev", "--min-remaining", "13h"],
        &["-p", "dev", "--token", "12345"],
        &["-p", "dev", "--device", "u"],
        &["-p", "dev", "--assume-role", "admin"],
        &["-p", "dev", "--region", "eu west"],
        &["frobnicate"],
    ] {
        home.run_offline(args).run().exits(2).prints("");
    }
    assert_eq!(home.credentials(), long_term_section());
}

#[test]
fn help_and_version_go_to_standard_output() {
    let home = Home::empty();
    let help = home.run_offline(&["--help"]).run().exits(0);
    for word in [
        "--profile <NAME>",
        "--duration",
        "check",
        "Exit codes:",
        "MFA_DEVICE",
    ] {
        assert!(help.stdout.contains(word), "{word}: {}", help.stdout);
    }
    assert_eq!(help.stderr, "");
    let version = home.run_offline(&["--version"]).run().exits(0);
    assert_eq!(
        version.stdout,
        format!("aws-mfa {}\n", env!("CARGO_PKG_VERSION"))
    );
}
