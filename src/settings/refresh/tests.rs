use std::path::Path;

use clap::Parser;

use super::*;
use crate::cli::Cli;
use crate::credentials_file::document::Document;
use crate::error::ExitCode;
use crate::ini_file::IniFile;
use crate::settings::{FileSection, Origin};

const DEVICE: &str = "arn:aws:iam::123456789012:mfa/alice";
const ROLE: &str = "arn:aws:iam::123456789012:role/admin";

struct Given<'a> {
    args: &'a [&'a str],
    variables: &'a [(&'a str, &'a str)],
    credentials: &'a str,
    config: &'a str,
}

const NOTHING: Given<'_> = Given {
    args: &[],
    variables: &[],
    credentials: "",
    config: "",
};

fn resolve(given: &Given<'_>) -> Result<RefreshSettings, Error> {
    let cli = Cli::try_parse_from([&["aws-mfa", "-p", "dev"], given.args].concat()).unwrap();
    let environment = Environment::from_variables(given.variables);
    let selection = Selection::resolve(&cli.common, &cli.refresh, Duration::ZERO, &environment)?;
    let credentials = Document::parse(given.credentials.as_bytes()).unwrap();
    let config = IniFile::parse(given.config.as_bytes()).unwrap();
    let path = Path::new("file");
    let mut sections = ProfileSections {
        long_term: FileSection::find(&credentials, "dev-long-term", path)?,
        session: FileSection::find(&credentials, "dev", path)?,
        ..ProfileSections::default()
    };
    sections.add_config(&config, "dev", "dev-long-term", path)?;
    let role = selection.role(sections.long_term.as_ref())?;
    RefreshSettings::resolve(&selection, role, &cli.refresh, &environment, &sections)
}

fn key(key: &'static str, section: &str, line: usize) -> Origin {
    Origin::Key {
        key,
        section: section.to_owned(),
        file: Path::new("file").to_owned(),
        line,
    }
}

#[test]
fn the_device_comes_from_the_first_place_that_has_one() {
    let devices: Vec<String> = (1..=6).map(|n| format!("{DEVICE}{n}")).collect();
    let credentials = format!(
        "[dev-long-term]\naws_mfa_device = {}\nmfa_serial = {}\n",
        devices[2], devices[3]
    );
    let config = format!(
        "[profile dev]\nmfa_serial = {}\n[profile dev-long-term]\nmfa_serial = {}\n",
        devices[5], devices[4]
    );
    let config_dev = format!("[profile dev]\nmfa_serial = {}\n", devices[5]);
    let only_serial = format!("[dev-long-term]\nmfa_serial = {}\n", devices[3]);
    let flag = ["--serial-number", devices[0].as_str()];
    let variable = [("MFA_DEVICE", devices[1].as_str())];
    let table = [
        (
            Given {
                args: &flag,
                variables: &variable,
                credentials: &credentials,
                config: &config,
            },
            0,
            Origin::Flag("--device"),
        ),
        (
            Given {
                variables: &variable,
                credentials: &credentials,
                config: &config,
                ..NOTHING
            },
            1,
            Origin::Variable("MFA_DEVICE"),
        ),
        (
            Given {
                variables: &[("MFA_DEVICE", "")],
                credentials: &credentials,
                config: &config,
                ..NOTHING
            },
            2,
            key("aws_mfa_device", "dev-long-term", 2),
        ),
        (
            Given {
                credentials: &only_serial,
                config: &config,
                ..NOTHING
            },
            3,
            key("mfa_serial", "dev-long-term", 2),
        ),
        (
            Given {
                config: &config,
                ..NOTHING
            },
            4,
            key("mfa_serial", "profile dev-long-term", 4),
        ),
        (
            Given {
                config: &config_dev,
                ..NOTHING
            },
            5,
            key("mfa_serial", "profile dev", 2),
        ),
    ];
    for (given, expected, origin) in table {
        assert_eq!(
            resolve(&given).unwrap().device,
            Some(Setting::new(devices[expected].clone(), origin))
        );
    }
    assert_eq!(resolve(&NOTHING).unwrap().device, None);
}

#[test]
fn invalid_devices_and_devices_without_codes_are_refused() {
    for (device, word) in [
        (
            "arn:aws:iam::123456789012:u2f/user/alice/key",
            "security key",
        ),
        ("alice's phone", "MFA serial"),
        ("123", "MFA serial"),
    ] {
        let error = resolve(&Given {
            args: &["--device", device],
            ..NOTHING
        })
        .unwrap_err();
        assert!(
            error.to_string().starts_with("--device: ") && error.to_string().contains(word),
            "{error}"
        );
        assert_eq!(error.exit_code(), ExitCode::Usage);
    }
    assert!(
        resolve(&Given {
            args: &["--device", "GAHT12345678"],
            ..NOTHING
        })
        .is_ok()
    );
}

#[test]
fn the_duration_comes_from_the_first_place_that_sets_one() {
    let credentials = format!("[dev-long-term]\nmfa_serial = {DEVICE}\nduration_seconds = 3000\n");
    let variable = [("MFA_STS_DURATION", "2000")];
    let plain = format!("[dev-long-term]\nmfa_serial = {DEVICE}\n");
    let with_role = ["--assume-role", ROLE];
    let table = [
        (
            Given {
                args: &["--duration", "1000"],
                variables: &variable,
                credentials: &credentials,
                config: "",
            },
            1000,
            Origin::Flag("--duration"),
        ),
        (
            Given {
                args: &["--duration", "0"],
                variables: &variable,
                credentials: &credentials,
                config: "",
            },
            2000,
            Origin::Variable("MFA_STS_DURATION"),
        ),
        (
            Given {
                variables: &[("MFA_STS_DURATION", "")],
                credentials: &credentials,
                ..NOTHING
            },
            3000,
            key("duration_seconds", "dev-long-term", 3),
        ),
        (
            Given {
                credentials: &plain,
                ..NOTHING
            },
            43_200,
            Origin::Default,
        ),
        (
            Given {
                args: &with_role,
                credentials: &plain,
                ..NOTHING
            },
            3600,
            Origin::Default,
        ),
        (
            Given {
                args: &["--duration-seconds", "36h"],
                credentials: &plain,
                ..NOTHING
            },
            129_600,
            Origin::Flag("--duration"),
        ),
        (
            Given {
                args: &["--duration", "1h 30m"],
                credentials: &plain,
                ..NOTHING
            },
            5400,
            Origin::Flag("--duration"),
        ),
    ];
    for (given, seconds, origin) in table {
        assert_eq!(
            resolve(&given).unwrap().duration,
            Setting::new(Duration::from_secs(seconds), origin),
            "{:?}",
            given.args
        );
    }
}

#[test]
fn durations_that_aws_would_refuse_are_refused_here() {
    let file = |seconds: &str| {
        format!("[dev-long-term]\nmfa_serial = {DEVICE}\nduration_seconds = {seconds}\n")
    };
    for (args, variables, credentials, exit_code, named) in [
        (
            &["--duration", "899"][..],
            &[][..],
            file("1000"),
            2,
            "--duration: ",
        ),
        (
            &["--duration", "129601"],
            &[],
            file("1000"),
            2,
            "--duration: ",
        ),
        (
            &["--duration", "43201", "--assume-role", ROLE],
            &[],
            file("1000"),
            2,
            "--duration: ",
        ),
        (
            &["--duration", "a day"],
            &[],
            file("1000"),
            2,
            "--duration: ",
        ),
        (
            &[],
            &[("MFA_STS_DURATION", "60")],
            file("1000"),
            1,
            "MFA_STS_DURATION: ",
        ),
        (
            &[],
            &[],
            file("twelve"),
            1,
            "file: line 3: duration_seconds in [dev-long-term]: ",
        ),
        (
            &["--min-remaining", "1h"],
            &[],
            file("3600"),
            2,
            "--min-remaining: ",
        ),
    ] {
        let error = resolve(&Given {
            args,
            variables,
            credentials: &credentials,
            config: "",
        })
        .unwrap_err();
        assert!(error.to_string().starts_with(named), "{error}");
        assert_eq!(error.exit_code().number(), exit_code, "{error}");
    }
}

#[test]
fn a_role_has_a_session_name_that_aws_allows() {
    let args = |name: Option<&'static str>| -> Vec<&'static str> {
        let mut args = vec!["--device", DEVICE, "--assume-role", ROLE];
        args.extend(
            name.into_iter()
                .flat_map(|name| ["--role-session-name", name]),
        );
        args
    };
    for (flag, variables, expected) in [
        (Some("deploy"), &[("USER", "alice")][..], "deploy"),
        (None, &[("USER", "alice")], "alice"),
        (None, &[("LOGNAME", "DOMAIN\\bob"), ("USER", "bob")], "bob"),
        (None, &[("USER", "André")], "aws-mfa"),
        (None, &[], "aws-mfa"),
    ] {
        let role = resolve(&Given {
            args: &args(flag),
            variables,
            ..NOTHING
        })
        .unwrap()
        .role
        .unwrap();
        assert_eq!(
            (role.arn.value.as_str(), role.session_name.value.as_str()),
            (ROLE, expected)
        );
    }
    for bad in [
        &["--role-session-name", "a b"][..],
        &["--external-id", "x"],
        &["--assume-role", "admin"],
    ] {
        let error = resolve(&Given {
            args: &[&args(None)[..], bad].concat(),
            ..NOTHING
        })
        .unwrap_err();
        assert!(error.to_string().starts_with(bad[0]), "{error}");
    }
}

#[test]
fn the_region_comes_from_the_first_place_that_has_one() {
    let credentials = format!(
        "[dev-long-term]\nmfa_serial = {DEVICE}\nregion = eu-six-1\n[dev]\nregion = eu-four-1\n"
    );
    let config =
        "[profile dev]\nregion = eu-five-1\n[profile dev-long-term]\nregion = eu-seven-1\n";
    let serial = ["--device", DEVICE];
    let variables = [
        ("AWS_REGION", "eu-two-1"),
        ("AWS_DEFAULT_REGION", "eu-three-1"),
    ];
    let table = [
        (
            Given {
                args: &["--region", "eu-one-1"],
                variables: &variables,
                credentials: &credentials,
                config,
            },
            Some("eu-one-1"),
        ),
        (
            Given {
                variables: &variables,
                credentials: &credentials,
                config,
                ..NOTHING
            },
            Some("eu-two-1"),
        ),
        (
            Given {
                variables: &[("AWS_REGION", ""), variables[1]],
                credentials: &credentials,
                config,
                ..NOTHING
            },
            Some("eu-three-1"),
        ),
        (
            Given {
                credentials: &credentials,
                config,
                ..NOTHING
            },
            Some("eu-four-1"),
        ),
        (
            Given {
                args: &serial,
                config,
                ..NOTHING
            },
            Some("eu-five-1"),
        ),
        (
            Given {
                credentials: &credentials.replace("[dev]\nregion = eu-four-1\n", ""),
                ..NOTHING
            },
            Some("eu-six-1"),
        ),
        (
            Given {
                args: &serial,
                config: "[profile dev-long-term]\nregion = eu-seven-1",
                ..NOTHING
            },
            Some("eu-seven-1"),
        ),
        (
            Given {
                args: &serial,
                ..NOTHING
            },
            Some("us-east-1"),
        ),
    ];
    for (given, expected) in table {
        assert_eq!(Some(&*resolve(&given).unwrap().sts.region.value), expected);
    }
    assert!(
        resolve(&Given {
            args: &["--device", DEVICE, "--region", "eu.evil.example/"],
            ..NOTHING
        })
        .is_err()
    );
}

#[test]
fn a_profile_has_several_names_in_the_config_file() {
    let path = Path::new("file");
    for (profile, config, expected) in [
        ("default", "[default]\nregion = a\n", "a"),
        (
            "default",
            "[default]\nregion = a\n[profile default]\nregion = b\n",
            "b",
        ),
        // The last one counts.
        (
            "default",
            "[profile default]\nregion = a\n[default]\nregion = b\n",
            "b",
        ),
        ("dev", "  [profile\t  dev]\n    region = a\n", "a"),
        ("my dev", "[profile 'my dev']\nregion = a\n", "a"),
        ("dev", "[profile 'dev']\nregion = a\n", "a"),
        ("dev", "[profile \"dev\"]\nregion = a\n", "a"),
        (
            "dev",
            "[profile 'dev']\nregion = a\n[profile dev]\nregion = b\n",
            "b",
        ),
    ] {
        let document = IniFile::parse(config.as_bytes()).unwrap();
        let mut sections = ProfileSections::default();
        sections
            .add_config(&document, profile, "none", path)
            .unwrap();
        assert_eq!(
            sections
                .config
                .unwrap()
                .get("region")
                .unwrap()
                .unwrap()
                .value,
            expected
        );
    }
}
