//! All that a refresh needs besides the profile: device, duration, role, region. What can be wrong with them is found
//! here, before a code is asked for.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Environment, ProfileSections, Selection, Setting, parse_duration};
use crate::cli::RefreshArgs;
use crate::error::Error;

/// Seconds that `GetSessionToken` allows. Source:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
const SESSION_SECONDS: RangeInclusive<u64> = 900..=129_600;
/// Seconds that `AssumeRole` allows; the role's own maximum may be less. Source:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
const ROLE_SECONDS: RangeInclusive<u64> = 900..=43_200;
const DEFAULT_SESSION: Duration = Duration::from_hours(12);
const DEFAULT_ROLE_SESSION: Duration = Duration::from_hours(1);

/// Settings of a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshSettings {
    /// The MFA serial: a virtual device's ARN or a hardware token's number.
    pub device: Setting<String>,
    /// How long the session is to last.
    pub duration: Setting<Duration>,
    /// The role to assume; none for `GetSessionToken`.
    pub role: Option<Role>,
    /// The region whose STS is called; none for the global endpoint.
    pub region: Option<Setting<String>>,
}

/// A role to assume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: Setting<String>,
    /// How AWS's logs name the session.
    pub session_name: Setting<String>,
    /// What the role's trust policy may ask for.
    pub external_id: Option<Setting<String>>,
}

impl RefreshSettings {
    /// Resolves the settings of a refresh; `role` is [`Selection::role`]'s.
    ///
    /// # Errors
    /// A missing device, or a value that AWS would refuse: it would cost a code.
    pub fn resolve(
        selection: &Selection,
        role: Option<Setting<String>>,
        args: &RefreshArgs,
        environment: &Environment,
        sections: &ProfileSections<'_>,
    ) -> Result<Self, Error> {
        let role = role
            .map(|arn| resolve_role(arn, args, environment))
            .transpose()?;
        let duration = resolve_duration(role.is_some(), args, environment, sections)?;
        let min_remaining = &selection.min_remaining;
        if min_remaining.value >= duration.value {
            let problem = format!(
                "not shorter than the session would last ({} seconds)",
                duration.value.as_secs()
            );
            return Err(min_remaining.origin.problem(problem));
        }
        Ok(Self {
            device: resolve_device(selection, args, environment, sections)?,
            duration,
            role,
            region: resolve_region(selection, sections)?,
        })
    }
}

fn resolve_device(
    selection: &Selection,
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Setting<String>, Error> {
    let given = match Setting::flag("--device", args.device.clone()) {
        Some(flag) => Some(flag),
        None => environment.get("MFA_DEVICE")?,
    };
    let device = match given {
        Some(given) => Some(given),
        None => ProfileSections::first(&[
            (&sections.long_term, "aws_mfa_device"),
            (&sections.long_term, "mfa_serial"),
            (&sections.config_long_term, "mfa_serial"),
            (&sections.config, "mfa_serial"),
        ])?,
    };
    let device = device.ok_or_else(|| Error::NoDevice {
        section: selection.long_term_section.clone(),
        path: selection.credentials_file.value.clone(),
    })?;
    if device.value.contains(":u2f/") {
        return Err(device.origin.problem(
            "a security key or passkey (…:u2f/…) shows no codes; add an authenticator app to your AWS user, which may have \
             up to eight MFA devices, and name that",
        ));
    }
    if !is_word(&device.value, "+=/:,.@-", 9..=256) {
        return Err(device.origin.problem(
            "not an MFA serial: AWS knows arn:aws:iam::<account>:mfa/<name>, or the number on the back of a hardware token",
        ));
    }
    Ok(device)
}

fn resolve_duration(
    with_role: bool,
    args: &RefreshArgs,
    environment: &Environment,
    sections: &ProfileSections<'_>,
) -> Result<Setting<Duration>, Error> {
    let candidates = [
        Setting::flag("--duration", args.duration.clone()),
        environment.get("MFA_STS_DURATION")?,
        ProfileSections::first(&[(&sections.long_term, "duration_seconds")])?,
    ];
    let (allowed, default) = if with_role {
        (ROLE_SECONDS, DEFAULT_ROLE_SESSION)
    } else {
        (SESSION_SECONDS, DEFAULT_SESSION)
    };
    for candidate in candidates.into_iter().flatten() {
        let duration = parse_duration(&candidate)?;
        // As with the Python aws-mfa, 0 means that nothing is set here.
        if duration.is_zero() {
            continue;
        }
        if !allowed.contains(&duration.as_secs()) {
            let for_what = if with_role {
                "for a role"
            } else {
                "for a session"
            };
            let problem = format!(
                "{} seconds is outside the {} to {} that AWS allows {for_what}",
                duration.as_secs(),
                allowed.start(),
                allowed.end()
            );
            return Err(candidate.origin.problem(problem));
        }
        return Ok(Setting::new(duration, candidate.origin));
    }
    Ok(Setting::default(default))
}

fn resolve_role(
    arn: Setting<String>,
    args: &RefreshArgs,
    environment: &Environment,
) -> Result<Role, Error> {
    let parts: Vec<&str> = arn.value.splitn(6, ':').collect();
    let is_role = matches!(parts[..], ["arn", _, "iam", "", _, name] if name.starts_with("role/"));
    if !is_role || !is_word(&arn.value, "+=/:,.@-", 20..=2048) {
        return Err(arn
            .origin
            .problem("not a role's ARN: they look like arn:aws:iam::123456789012:role/name"));
    }
    let session_name = match Setting::flag("--role-session-name", args.role_session_name.clone()) {
        Some(flag) if is_session_name(&flag.value) => flag,
        Some(flag) => {
            return Err(flag
                .origin
                .problem("AWS allows 2 to 64 letters, digits and _+=,.@- here"));
        }
        None => local_user(environment).unwrap_or_else(|| Setting::default("aws-mfa".to_owned())),
    };
    let external_id = Setting::flag("--external-id", args.external_id.clone());
    if let Some(id) = &external_id
        && !is_word(&id.value, "+=,.@:/-", 2..=1224)
    {
        return Err(id
            .origin
            .problem("AWS allows 2 to 1224 letters, digits and _+=,.@:/- here"));
    }
    Ok(Role {
        arn,
        session_name,
        external_id,
    })
}

/// The local user's name, where AWS allows it as a session's name.
fn local_user(environment: &Environment) -> Option<Setting<String>> {
    ["LOGNAME", "USER", "USERNAME"]
        .into_iter()
        .filter_map(|name| environment.get(name).ok().flatten())
        .find(|user| is_session_name(&user.value))
}

fn resolve_region(
    selection: &Selection,
    sections: &ProfileSections<'_>,
) -> Result<Option<Setting<String>>, Error> {
    let region = match &selection.region {
        Some(region) => Some(region.clone()),
        None => ProfileSections::first(&[
            (&sections.session, "region"),
            (&sections.config, "region"),
            (&sections.long_term, "region"),
            (&sections.config_long_term, "region"),
        ])?,
    };
    match region {
        Some(region)
            if !region
                .value
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') =>
        {
            Err(region
                .origin
                .problem("not a region's name, such as eu-central-1"))
        }
        region => Ok(region),
    }
}

fn is_session_name(name: &str) -> bool {
    is_word(name, "+=,.@-", 2..=64)
}

/// Whether `text` matches AWS's `[\w…]` patterns: ASCII letters, digits, `_` and `others`, so many of them.
fn is_word(text: &str, others: &str, len: RangeInclusive<usize>) -> bool {
    len.contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || others.contains(c))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::*;
    use crate::cli::Cli;
    use crate::credentials_file::document::Document;
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
        let environment = Environment::of_variables(given.variables);
        let selection = Selection::resolve(&cli.common, &cli.refresh.validity, &environment)?;
        let credentials = Document::parse(given.credentials.as_bytes()).unwrap();
        let config = Document::parse(given.config.as_bytes()).unwrap();
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

    fn key(key: &'static str, section: &str) -> Origin {
        Origin::Key {
            key,
            section: section.to_owned(),
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
                key("aws_mfa_device", "dev-long-term"),
            ),
            (
                Given {
                    credentials: &only_serial,
                    config: &config,
                    ..NOTHING
                },
                3,
                key("mfa_serial", "dev-long-term"),
            ),
            (
                Given {
                    config: &config,
                    ..NOTHING
                },
                4,
                key("mfa_serial", "profile dev-long-term"),
            ),
            (
                Given {
                    config: &config_dev,
                    ..NOTHING
                },
                5,
                key("mfa_serial", "profile dev"),
            ),
        ];
        for (given, expected, origin) in table {
            assert_eq!(
                resolve(&given).unwrap().device,
                Setting::new(devices[expected].clone(), origin)
            );
        }
        assert!(matches!(resolve(&NOTHING), Err(Error::NoDevice { .. })));
    }

    #[test]
    fn devices_that_have_no_codes_or_cannot_be_are_refused() {
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
            assert_eq!(error.exit_code(), 2);
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
        let credentials =
            format!("[dev-long-term]\nmfa_serial = {DEVICE}\nduration_seconds = 3000\n");
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
                key("duration_seconds", "dev-long-term"),
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
                "duration_seconds in [dev-long-term]: ",
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
            assert_eq!(error.exit_code(), exit_code, "{error}");
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
            "[dev-long-term]\nmfa_serial = {DEVICE}\nregion = r-six\n[dev]\nregion = r-four\n"
        );
        let config = "[profile dev]\nregion = r-five\n[profile dev-long-term]\nregion = r-seven\n";
        let serial = ["--device", DEVICE];
        let variables = [("AWS_REGION", "r-two"), ("AWS_DEFAULT_REGION", "r-three")];
        let table = [
            (
                Given {
                    args: &["--region", "r-one"],
                    variables: &variables,
                    credentials: &credentials,
                    config,
                },
                Some("r-one"),
            ),
            (
                Given {
                    variables: &variables,
                    credentials: &credentials,
                    config,
                    ..NOTHING
                },
                Some("r-two"),
            ),
            (
                Given {
                    variables: &[("AWS_REGION", ""), variables[1]],
                    credentials: &credentials,
                    config,
                    ..NOTHING
                },
                Some("r-three"),
            ),
            (
                Given {
                    credentials: &credentials,
                    config,
                    ..NOTHING
                },
                Some("r-four"),
            ),
            (
                Given {
                    args: &serial,
                    config,
                    ..NOTHING
                },
                Some("r-five"),
            ),
            (
                Given {
                    credentials: &credentials.replace("[dev]\nregion = r-four\n", ""),
                    ..NOTHING
                },
                Some("r-six"),
            ),
            (
                Given {
                    args: &serial,
                    config: "[profile dev-long-term]\nregion = r-seven",
                    ..NOTHING
                },
                Some("r-seven"),
            ),
            (
                Given {
                    args: &serial,
                    ..NOTHING
                },
                None,
            ),
        ];
        for (given, expected) in table {
            assert_eq!(
                resolve(&given).unwrap().region.map(|r| r.value).as_deref(),
                expected
            );
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
    fn default_has_two_names_in_the_config_file() {
        let path = Path::new("file");
        for (config, expected) in [
            ("[default]\nregion = a\n", "a"),
            (
                "[default]\nregion = a\n[profile default]\nregion = b\n",
                "b",
            ),
        ] {
            let document = Document::parse(config.as_bytes()).unwrap();
            let mut sections = ProfileSections::default();
            sections
                .add_config(&document, "default", "default-long-term", path)
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
}
