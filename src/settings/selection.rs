//! Which profile, in which files: all that is needed to find out whether a session is still valid.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::{Environment, FileSection, Setting, parse_duration};
use crate::cli::{CommonArgs, ValidityArgs};
use crate::credentials_file::refusal::Refusal;
use crate::error::Error;

/// Option and variable that name the shared credentials file.
const CREDENTIALS_FILE: (&str, &str) = ("--credentials-file", "AWS_SHARED_CREDENTIALS_FILE");
/// Option and variable that name the config file.
const CONFIG_FILE: (&str, &str) = ("--config-file", "AWS_CONFIG_FILE");

/// Which profile, in which files, and which session of it is good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The profile's name, without a suffix.
    pub profile: Setting<String>,
    /// The section that holds the session.
    pub section: String,
    /// The section that holds the long-term keys.
    pub long_term_section: String,
    /// The shared credentials file.
    pub credentials_file: Setting<PathBuf>,
    /// The config file, which need not exist; none where nothing names it and there is no home folder.
    pub config_file: Option<Setting<PathBuf>>,
    /// A session with this much left or less counts as expired.
    pub min_remaining: Setting<Duration>,
    /// The role asked for by flag or variable; the long-term section may name another ([`Selection::role`]).
    role: Option<Setting<String>>,
    /// Region from the flag or a variable.
    pub(super) region: Option<Setting<String>>,
}

impl Selection {
    /// Resolves what names a profile and its files.
    ///
    /// # Errors
    /// A variable that isn't text, two equal section names, no home folder, a duration that can't be read.
    pub fn resolve(
        common: &CommonArgs,
        validity: &ValidityArgs,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let profile = match Setting::flag("--profile", common.profile.clone()) {
            Some(flag) => flag,
            None => environment
                .first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])?
                .unwrap_or_else(|| Setting::default("default".to_owned())),
        };
        let name = &profile.value;
        let section = with_suffix(name, common.short_term_suffix.as_deref().unwrap_or("none"));
        let long_term_section = with_suffix(
            name,
            common.long_term_suffix.as_deref().unwrap_or("long-term"),
        );
        if section == long_term_section {
            return Err(Error::SameSection { section });
        }
        let min_remaining = match Setting::flag("--min-remaining", validity.min_remaining.clone()) {
            Some(flag) => Setting::new(parse_duration(&flag)?, flag.origin),
            None => Setting::default(Duration::ZERO),
        };
        let role = match Setting::flag("--assume-role", validity.assume_role.clone()) {
            Some(flag) => Some(flag),
            None => environment.get("MFA_ASSUME_ROLE")?,
        };
        let region = match Setting::flag("--region", common.region.clone()) {
            Some(flag) => Some(flag),
            None => environment.first(&["AWS_REGION", "AWS_DEFAULT_REGION"])?,
        };
        let credentials_file = match path_setting(
            common.credentials_file.clone(),
            CREDENTIALS_FILE,
            environment,
        )? {
            Some(given) => given,
            None => Setting::default(default_path(environment, "credentials")?),
        };
        let config_file = match path_setting(common.config_file.clone(), CONFIG_FILE, environment)?
        {
            Some(given) => Some(given),
            None => default_path(environment, "config")
                .ok()
                .map(Setting::default),
        };
        Ok(Self {
            profile,
            section,
            long_term_section,
            credentials_file,
            config_file,
            min_remaining,
            role,
            region,
        })
    }

    /// The role that the session is for: flag, `MFA_ASSUME_ROLE`, else the long-term section's `assume_role`.
    ///
    /// # Errors
    /// Where AWS's tools disagree on the value of `assume_role`.
    pub fn role(
        &self,
        long_term: Option<&FileSection<'_>>,
    ) -> Result<Option<Setting<String>>, Error> {
        match (&self.role, long_term) {
            (Some(role), _) => Ok(Some(role.clone())),
            (None, Some(long_term)) => long_term.get("assume_role"),
            (None, None) => Ok(None),
        }
    }

    /// The error for something in the credentials file that can't be read or edited.
    #[must_use]
    pub fn refused(&self, refusal: Refusal) -> Error {
        Error::Refused {
            path: self.credentials_file.value.clone(),
            refusal,
        }
    }
}

/// The section for `name`: `none`, in any case, means no suffix.
fn with_suffix(name: &str, suffix: &str) -> String {
    if suffix.eq_ignore_ascii_case("none") {
        name.to_owned()
    } else {
        format!("{name}-{suffix}")
    }
}

/// A path from the flag or the variable of these names.
fn path_setting(
    flag: Option<PathBuf>,
    (option, variable): (&'static str, &'static str),
    environment: &Environment,
) -> Result<Option<Setting<PathBuf>>, Error> {
    let flag = Setting::flag(option, flag.map(PathBuf::into_os_string));
    match flag.or_else(|| environment.raw(variable)) {
        Some(Setting { value, origin }) => {
            Ok(Some(Setting::new(expand_home(value, environment)?, origin)))
        }
        None => Ok(None),
    }
}

fn default_path(environment: &Environment, file: &str) -> Result<PathBuf, Error> {
    Ok(environment.home()?.join(".aws").join(file))
}

/// Expands a leading `~/`, as AWS's tools do for these paths.
fn expand_home(path: OsString, environment: &Environment) -> Result<PathBuf, Error> {
    let below_home = path
        .to_str()
        .and_then(|path| path.strip_prefix('~'))
        .and_then(|rest| {
            let separators: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
            rest.strip_prefix(separators)
        });
    match below_home {
        Some(rest) => Ok(environment.home()?.join(rest)),
        None => Ok(path.into()),
    }
}

#[cfg(test)]
#[expect(clippy::type_complexity, reason = "tables of cases")]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;
    use crate::settings::Origin;

    fn select(args: &[&str], variables: &[(&str, &str)]) -> Result<Selection, Error> {
        let cli = Cli::try_parse_from([&["aws-mfa"], args].concat()).unwrap();
        Selection::resolve(
            &cli.common,
            &cli.refresh.validity,
            &Environment::of_variables(variables),
        )
    }

    #[test]
    fn the_profile_comes_from_the_flag_then_two_variables() {
        let all = [("AWS_PROFILE", "two"), ("AWS_DEFAULT_PROFILE", "three")];
        let table: [(&[&str], &[(&str, &str)], &str, Origin); 6] = [
            (&["-p", "one"], &all, "one", Origin::Flag("--profile")),
            (&[], &all, "two", Origin::Variable("AWS_PROFILE")),
            (
                &[],
                &all[1..],
                "three",
                Origin::Variable("AWS_DEFAULT_PROFILE"),
            ),
            (
                &[],
                &[("AWS_PROFILE", ""), all[1]],
                "three",
                Origin::Variable("AWS_DEFAULT_PROFILE"),
            ),
            (&[], &[("AWS_PROFILE", "")], "default", Origin::Default),
            (
                &["check", "-p", "one"],
                &all,
                "one",
                Origin::Flag("--profile"),
            ),
        ];
        for (args, variables, profile, origin) in table {
            let selection = select(args, variables).unwrap();
            assert_eq!(
                selection.profile,
                Setting::new(profile.to_owned(), origin),
                "{args:?} {variables:?}"
            );
            assert_eq!(selection.section, profile);
            assert_eq!(selection.long_term_section, format!("{profile}-long-term"));
        }
    }

    #[test]
    fn suffixes_make_the_section_names() {
        let table: [(&[&str], &str, &str); 6] = [
            (&[], "dev", "dev-long-term"),
            (&["--long-term-suffix", "lt"], "dev", "dev-lt"),
            (
                &["--long-suffix=none", "--short-suffix=st"],
                "dev-st",
                "dev",
            ),
            (
                &["--long-term-suffix", "NONE", "--short-term-suffix", "mfa"],
                "dev-mfa",
                "dev",
            ),
            (&["--short-term-suffix", "None"], "dev", "dev-long-term"),
            (
                &["--short-term-suffix", "a", "--short-term-suffix", "b"],
                "dev-b",
                "dev-long-term",
            ),
        ];
        for (args, section, long_term) in table {
            let selection = select(&[&["-p", "dev"], args].concat(), &[]).unwrap();
            assert_eq!(
                (
                    selection.section.as_str(),
                    selection.long_term_section.as_str()
                ),
                (section, long_term),
                "{args:?}"
            );
        }
        for args in [
            &["--long-term-suffix", "none"][..],
            &["--long-suffix", "x", "--short-suffix", "x"],
        ] {
            assert!(
                matches!(select(args, &[]), Err(Error::SameSection { .. })),
                "{args:?}"
            );
        }
    }

    #[test]
    #[cfg(unix)]
    fn paths_come_from_the_flag_then_the_variable_then_the_home_folder() {
        let variables = [
            ("AWS_SHARED_CREDENTIALS_FILE", "~/creds"),
            ("AWS_CONFIG_FILE", "~user/conf"),
        ];
        let table: [(&[&str], &[(&str, &str)], &str, &str); 4] = [
            (
                &[],
                &[],
                "/home/user/.aws/credentials",
                "/home/user/.aws/config",
            ),
            (&[], &variables, "/home/user/creds", "~user/conf"),
            (
                &["--credentials-file", "x", "--config-file", "~/y"],
                &variables,
                "x",
                "/home/user/y",
            ),
            (
                &[],
                &[("AWS_SHARED_CREDENTIALS_FILE", "")],
                "/home/user/.aws/credentials",
                "/home/user/.aws/config",
            ),
        ];
        for (args, variables, credentials, config) in table {
            let selection = select(args, variables).unwrap();
            assert_eq!(
                selection.credentials_file.value,
                PathBuf::from(credentials),
                "{args:?} {variables:?}"
            );
            assert_eq!(
                selection.config_file.unwrap().value,
                PathBuf::from(config),
                "{args:?} {variables:?}"
            );
        }
    }

    #[test]
    fn min_remaining_is_zero_unless_given() {
        for (args, seconds) in [
            (&[][..], 0),
            (&["--min-remaining", "90"], 90),
            (&["--min-remaining", "1h 30m"], 5400),
        ] {
            assert_eq!(
                select(args, &[]).unwrap().min_remaining.value,
                Duration::from_secs(seconds)
            );
        }
        let error = select(&["--min-remaining", "soon"], &[]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(
            error.to_string().starts_with("--min-remaining: "),
            "{error}"
        );
    }

    #[test]
    fn the_role_comes_from_the_flag_the_variable_or_the_long_term_section() {
        use crate::credentials_file::document::Document;
        let document = Document::parse(b"[default-long-term]\nassume_role = arn:file\n").unwrap();
        let long_term =
            FileSection::find(&document, "default-long-term", std::path::Path::new("file"))
                .unwrap();
        let variable = [("MFA_ASSUME_ROLE", "arn:variable")];
        let table: [(&[&str], &[(&str, &str)], bool, Option<&str>); 5] = [
            (&["--assume", "arn:flag"], &variable, true, Some("arn:flag")),
            (&[], &variable, true, Some("arn:variable")),
            (&[], &[("MFA_ASSUME_ROLE", "")], true, Some("arn:file")),
            (&[], &[], true, Some("arn:file")),
            (&[], &[], false, None),
        ];
        for (args, variables, has_section, expected) in table {
            let role = select(args, variables)
                .unwrap()
                .role(long_term.as_ref().filter(|_| has_section))
                .unwrap();
            assert_eq!(
                role.map(|role| role.value).as_deref(),
                expected,
                "{args:?} {variables:?}"
            );
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_variable_that_is_not_text_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let lookup = |name: &str| (name == "AWS_PROFILE").then(|| OsString::from_vec(vec![0xff]));
        let environment = Environment::of_lookup(Box::new(lookup));
        let error = Selection::resolve(
            &CommonArgs::default(),
            &ValidityArgs::default(),
            &environment,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "AWS_PROFILE: its value is not UTF-8 text"
        );
        assert_eq!(error.exit_code(), 1);
    }
}
