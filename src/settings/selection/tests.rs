use clap::Parser;

use super::*;
use crate::cli::Cli;
use crate::error::ExitCode;
use crate::settings::Origin;
use crate::settings::environment::test_home;

fn select(args: &[&str], variables: &[(&str, &str)]) -> Result<Selection, Error> {
    let cli = Cli::try_parse_from([&["aws-mfa"], args].concat()).unwrap();
    Selection::resolve(
        &cli.common,
        &cli.refresh,
        Duration::ZERO,
        &Environment::from_variables(variables),
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
        ("AWS_CONFIG_FILE", "conf"),
    ];
    let table: [(&[&str], &[(&str, &str)], &str, &str); 4] = [
        (
            &[],
            &[],
            "/home/user/.aws/credentials",
            "/home/user/.aws/config",
        ),
        (&[], &variables, "/home/user/creds", "conf"),
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
    assert_eq!(error.exit_code(), ExitCode::Usage);
    assert!(
        error.to_string().starts_with("--min-remaining: "),
        "{error}"
    );
}

#[test]
fn the_role_comes_from_the_flag_the_variable_or_the_long_term_section() {
    let document = Document::parse(b"[default-long-term]\nassume_role = arn:file\n").unwrap();
    let long_term =
        FileSection::find(&document, "default-long-term", std::path::Path::new("file")).unwrap();
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
fn the_error_names_a_variable_that_is_not_utf8() {
    use std::os::unix::ffi::OsStringExt;
    let lookup =
        |name: &str| (name == "AWS_PROFILE").then(|| std::ffi::OsString::from_vec(vec![0xff]));
    let environment = Environment::from_lookup(Box::new(lookup));
    let error = Selection::resolve(
        &CommonArgs::default(),
        &RefreshArgs::default(),
        Duration::ZERO,
        &environment,
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "AWS_PROFILE: not valid UTF-8");
    assert_eq!(error.exit_code(), ExitCode::Failed);
}

#[test]
fn variables_in_a_path_are_expanded_as_in_the_aws_cli() {
    let file = |path: &str| {
        let variables = [
            ("AWS_SHARED_CREDENTIALS_FILE", path),
            ("HOME", "/home/alice"),
            ("NAME", "x$HOME"),
            ("EMPTY", ""),
        ];
        select(&[], &variables)
    };
    let below_home = test_home().join("x$HOME");
    for (path, expected) in [
        ("$HOME/.aws/credentials", "/home/alice/.aws/credentials"),
        ("${HOME}/c", "/home/alice/c"),
        ("/a/$NAME/b", "/a/x$HOME/b"),
        ("~/$NAME", below_home.to_str().unwrap()),
        ("/home$/$/a$-b/c$", "/home$/$/a$-b/c$"),
        ("/caf\u{e9}$/c", "/caf\u{e9}$/c"),
    ] {
        let selection = file(path).unwrap();
        assert_eq!(
            selection.credentials_file.value,
            PathBuf::from(expected),
            "{path}"
        );
        let has_variables = path.contains("$HOME") || path.contains("${") || path.contains("$NAME");
        assert_eq!(!selection.expanded.is_empty(), has_variables, "{path}");
    }
    for (path, named) in [
        ("$NOWHERE/c", "$NOWHERE"),
        ("/a/${NOWHERE}/c", "${NOWHERE}"),
        ("$EMPTY/c", "$EMPTY"),
        ("${}/c", "${}"),
        ("${HOME/c", "${"),
        ("~alice/c", "~alice"),
        ("~", "~"),
        ("\"/a b/c\"", "quote"),
        ("'/a b/c'", "quote"),
    ] {
        let error = file(path).unwrap_err().to_string();
        assert!(
            error.starts_with("AWS_SHARED_CREDENTIALS_FILE: ") && error.contains(named),
            "{path}: {error}"
        );
        let error = select(&["--credentials-file", path], &[]).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::Usage, "{path}");
    }
    let error = select(&["--credentials-file", "$HOME/c"], &[("HOME", "/h")]).unwrap_err();
    assert!(error.to_string().contains("$HOME"), "{error}");
}
