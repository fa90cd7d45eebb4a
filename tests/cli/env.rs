//! `env`: the session for a shell.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::{
    ROLE, STORED_ACCESS_KEY_ID, STORED_SECRET, STORED_TOKEN, long_term_section, session_section,
};

#[test]
fn env_prints_what_sets_the_session_and_nothing_else() {
    let home = Home::with_session();
    let args = ["env", "-p", "dev", "--format", "env"];
    let outcome = home.run_offline(&args).hands_over().run().exits(0);
    let expiration = outcome.stdout.split("EXPIRATION='").nth(1).unwrap()[..20].to_owned();
    assert!(expiration.ends_with('Z') && expiration.contains('T'));
    let expected = format!(
        "export AWS_ACCESS_KEY_ID='{STORED_ACCESS_KEY_ID}'\n\
         export AWS_SECRET_ACCESS_KEY='{STORED_SECRET}'\n\
         export AWS_SESSION_TOKEN='{STORED_TOKEN}'\n\
         export AWS_CREDENTIAL_EXPIRATION='{expiration}'\nexport AWS_MFA_PROFILE='dev'\n\
         export AWS_REGION='eu-west-1'\nexport AWS_DEFAULT_REGION='eu-west-1'\n\
         unset AWS_SECURITY_TOKEN\nunset AWS_PROFILE\nunset AWS_DEFAULT_PROFILE\n"
    );
    assert_eq!(outcome.stdout, expected);
    outcome.says_nothing();
    let region = home.run_offline(&[&args[..], &["--region", "us-west-2"]].concat());
    let region = region.hands_over().run();
    assert!(region.stdout.contains("AWS_REGION='us-west-2'"));
    // A region of the environment is there anyway.
    let region = home.run_offline(&args).env("AWS_REGION", "us-east-2");
    let region = region.hands_over().run();
    assert!(!region.stdout.contains("REGION="), "{}", region.stdout);
}

#[test]
fn the_format_follows_the_shell() {
    let home = Home::with_session();
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
        ("json", "{\"AWS_ACCESS_KEY_ID\":\"ASIA"),
        // As their users call them.
        ("bash", "export AWS_"),
        ("pwsh", "$Env:AWS_"),
        ("cmd", "set \"AWS_"),
    ] {
        let args = ["env", "-p", "dev", "--format", format];
        let outcome = home.run_offline(&args).hands_over().run().exits(0);
        assert!(outcome.stdout.starts_with(begins), "{}", outcome.stdout);
    }
}

#[test]
fn unset_needs_no_session() {
    let home = Home::with_session();
    let args = ["env", "-p", "dev", "--unset", "--format", "env"];
    let removed = "unset AWS_ACCESS_KEY_ID\nunset AWS_SECRET_ACCESS_KEY\n\
         unset AWS_SESSION_TOKEN\nunset AWS_CREDENTIAL_EXPIRATION\n\
         unset AWS_MFA_PROFILE\n";
    let with_region = format!("{removed}unset AWS_REGION\nunset AWS_DEFAULT_REGION\n");
    home.run_offline(&args).run().exits(0).prints(&with_region);
    home.set_config("");
    home.run_offline(&args).run().exits(0).prints(removed);
}

/// Whoever leaves a session behind needs no files for it.
#[test]
fn unset_needs_no_files() {
    let args = ["env", "--unset", "--format", "env"];
    let removed = "unset AWS_MFA_PROFILE\n";
    let outcome = Home::empty().run_offline(&args).run().exits(0);
    assert!(outcome.stdout.ends_with(removed), "{}", outcome.stdout);
    let home = Home::with_session();
    home.set_config("[profile dev\n");
    let outcome = home.run_offline(&args).run().exits(0);
    assert!(outcome.stdout.ends_with(removed), "{}", outcome.stdout);
}

#[test]
fn json_is_one_object_of_names_and_values() {
    let home = Home::with_session();
    let args = ["env", "-p", "dev", "--format", "json"];
    let outcome = home.run_offline(&args).hands_over().run().exits(0);
    let object: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", Some(STORED_ACCESS_KEY_ID)),
        ("AWS_SECRET_ACCESS_KEY", Some(STORED_SECRET)),
        ("AWS_SESSION_TOKEN", Some(STORED_TOKEN)),
        ("AWS_MFA_PROFILE", Some("dev")),
        ("AWS_REGION", Some("eu-west-1")),
        // To be removed.
        ("AWS_PROFILE", None),
        ("AWS_SECURITY_TOKEN", None),
    ] {
        let found = object.as_object().unwrap().get(name);
        assert_eq!(found.map(serde_json::Value::as_str), Some(value), "{name}");
    }
    let unset = home
        .run_offline(&[&args[..], &["--unset"]].concat())
        .run()
        .exits(0);
    let object: serde_json::Value = serde_json::from_str(&unset.stdout).unwrap();
    let all_are_removed = object
        .as_object()
        .unwrap()
        .values()
        .all(serde_json::Value::is_null);
    assert!(all_are_removed, "{}", unset.stdout);
}

/// bash's syntax would be an error there, or worse.
#[test]
#[cfg(unix)]
fn a_shell_with_a_syntax_of_its_own_gets_the_recipe() {
    let home = Home::with_session();
    for (shell, recipe) in [
        (
            "/usr/bin/nu",
            "run `aws-mfa env --profile dev --format json | from json | load-env`",
        ),
        (
            "/usr/bin/xonsh",
            "check_output(\"aws-mfa env --profile dev --format json\", shell=True, env=",
        ),
        (
            "/usr/bin/elvish",
            "run `var s = (aws-mfa env --profile dev --format json | from-json); ",
        ),
        (
            "/bin/tcsh",
            "hint: run `aws-mfa exec --profile dev`, which opens a shell with the session
",
        ),
        (
            "/bin/false",
            "hint: name a syntax with --format
",
        ),
        (
            "/opt/my shell",
            "hint: name a syntax with --format
",
        ),
    ] {
        let name = shell.rsplit('/').next().unwrap();
        let run = || home.run_offline(&["env", "-p", "dev"]).env("SHELL", shell);
        run().run().exits(2).prints("").says(&[
            &format!("aws-mfa doesn't print the syntax of {shell} (from SHELL)"),
            recipe,
        ]);
        let unset = home
            .run_offline(&["env", "-p", "dev", "--unset"])
            .env("SHELL", shell);
        let outcome = unset.run().exits(2).prints("");
        if recipe.contains("json") {
            outcome.says(&["aws-mfa env --profile dev --unset --format json"]);
        }
        // Messages give no line in bash's syntax either.
        let said = home.run_offline(&["-p", "dev"]).env("SHELL", shell);
        said.env("AWS_ACCESS_KEY_ID", "x")
            .run()
            .exits(0)
            .says(&["to fix: remove AWS_ACCESS_KEY_ID from the environment"]);
        assert!(!name.is_empty());
    }
}

/// Its name is for a prompt: a format that can't take it goes without.
#[test]
fn a_profile_with_an_odd_name_gets_its_session_anyway() {
    let name = "it's 100%";
    let home = Home::with(&session_section(3600).replace("[dev]", &format!("[{name}]")));
    for (format, contains, is_named) in [
        ("env", "export AWS_MFA_PROFILE='it'\\''s 100%'\n", true),
        ("json", "\"AWS_MFA_PROFILE\":\"it's 100%\"", true),
        ("env-no-export", "AWS_ACCESS_KEY_ID=ASIA", false),
        ("windows-cmd", "set \"AWS_MFA_PROFILE=\"", true),
    ] {
        let args = ["env", "-p", name, "--format", format];
        let outcome = home.run_offline(&args).hands_over().run().exits(0);
        assert!(outcome.stdout.contains(contains), "{}", outcome.stdout);
        assert_eq!(
            outcome.stdout.contains("AWS_MFA_PROFILE"),
            is_named,
            "{format}"
        );
    }
}

/// Given the region, nothing else has to be known.
#[test]
fn unset_with_a_region_needs_no_profile() {
    let home = Home::empty();
    let args = ["env", "--unset", "--region", "eu-west-1", "--format", "env"];
    for option in [&[][..], &["--min-remaining", "bogus"]] {
        let run = home.run_offline(&[&args, option].concat());
        let outcome = run.env("HOME", "relative").run().exits(0);
        assert!(outcome.stdout.ends_with("unset AWS_DEFAULT_REGION\n"));
    }
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
        let lab = Lab::with(&format!("{}{}", session_section(left), long_term_section()));
        let code = lab.sts.code();
        let token = ["--token", &code];
        let env = ["env", "-p", "dev", "--format", "env"];
        // Options of the refresh may stand before and after the command.
        for args in [
            [args, &env, &token].concat(),
            [&token, &env[..], args].concat(),
        ] {
            let outcome = lab.run(&args).hands_over().run().exits(0);
            let is_statement =
                |line: &str| line.starts_with("export AWS_") || line.starts_with("unset AWS_");
            assert!(
                outcome.stdout.lines().all(is_statement),
                "{}",
                outcome.stdout
            );
            assert_eq!(outcome.stderr.contains("new session"), refreshes);
            assert_eq!(lab.sts.codes_received() > 0, refreshes, "{args:?}");
            if refreshes {
                break;
            }
        }
    }
}

#[test]
fn what_a_shell_cannot_take_is_refused() {
    let home = Home::with(&session_section(3600).replace(STORED_TOKEN, "a%b"));
    let args = ["env", "-p", "dev", "--format", "windows-cmd"];
    home.run_offline(&args).run().exits(1).prints("").says(&[
        "AWS_SESSION_TOKEN contains a character that cannot be written safely for windows-cmd",
        "hint: use `aws-mfa exec`",
    ]);
}

/// Real shells evaluate what is printed; the lines are the documents'.
#[cfg(unix)]
mod shells {
    use super::*;
    use crate::support::documents::documents;
    use crate::support::pty::Terminal;
    use crate::support::tools::{has, tool};

    /// Values that mean something to every shell.
    const WILD: [&str; 4] = [
        "it's \"quoted\" $(touch x) `touch y` ${HOME}",
        "%PATH% ^caret !bang! ~ * ? [a] {b,c} & | < > ( )",
        "back\\slash \\n 'x' ''' \\' \\\\",
        "plain/+=",
    ];

    fn documents_have(line: &str) {
        // In their tables a bar is written with a backslash.
        let documents = documents().replace("\\|", "|");
        assert!(documents.contains(line), "the documents lack: {line}");
    }

    /// Runs `script` in `shell`, with a stale environment.
    fn run(shell: &str, script: &str, home: &Home) -> String {
        let mut command = home.other_program(shell);
        command.args(["-c", script]);
        for stale in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"] {
            command.env(stale, "stale");
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{shell}: {output:?}"
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Those with a syntax of their own read JSON.
    #[test]
    fn shells_that_read_json_get_the_values_as_they_are() {
        let print = "sh -c \"env | grep '^AWS_' | sort\"";
        for (shell, options, evaluates) in [
            (
                "nu",
                &["-n", "-c"][..],
                "aws-mfa env -p dev --format json | from json | load-env",
            ),
            (
                "xonsh",
                &["--no-rc", "-c"],
                "for k, v in __import__('json').loads(__import__('subprocess').check_output(\"aws-mfa env \
                 -p dev --format json\", shell=True, env=${...}.detype())).items(): _ = \
                 ${...}.pop(k, None) if v is None else ${...}.update({k: v})",
            ),
            (
                "elvish",
                &["-norc", "-c"],
                "var s = (aws-mfa env -p dev --format json | from-json); keys $s | each {|k| if $s[$k] { \
                 set-env $k $s[$k] } else { unset-env $k } }",
            ),
        ] {
            documents_have(evaluates);
            if !has(&[shell]) {
                continue;
            }
            let path = tool("which", &[shell]).stdout;
            let path = String::from_utf8(path).unwrap();
            for wild in WILD {
                let session = session_section(3600)
                    .replace(STORED_SECRET, wild)
                    .replace(STORED_TOKEN, &format!("T{wild}"));
                let home = Home::with(&(session + "region = eu-west-1\n" + &long_term_section()));
                let seen = |script: &str| {
                    let mut command = home.other_program(path.trim());
                    command
                        .args(options)
                        .arg(script)
                        .env("AWS_PROFILE", "stale");
                    let output = command.output().unwrap();
                    assert!(output.status.success(), "{shell}: {output:?}");
                    String::from_utf8(output.stdout).unwrap()
                };
                let set = seen(&format!("{evaluates}\n{print}"));
                let values: Vec<&str> = set.lines().collect();
                let expected = [
                    format!("AWS_ACCESS_KEY_ID={STORED_ACCESS_KEY_ID}"),
                    values[1].to_owned(),
                    "AWS_DEFAULT_REGION=eu-west-1".to_owned(),
                    "AWS_MFA_PROFILE=dev".to_owned(),
                    "AWS_REGION=eu-west-1".to_owned(),
                    format!("AWS_SECRET_ACCESS_KEY={wild}"),
                    format!("AWS_SESSION_TOKEN=T{wild}"),
                ];
                assert_eq!(values, expected, "{shell}");
                let unset = evaluates.replace("env -p dev", "env --unset -p dev");
                let after = seen(&format!(
                    "{evaluates}\n{unset}\nsh -c \"env | grep '^AWS_' || true\""
                ));
                assert_eq!(after, "", "{shell}");
            }
        }
    }

    #[test]
    fn each_shell_gets_the_values_as_they_are() {
        let print = "env | grep '^AWS_' | sort";
        for (shell, evaluates) in [
            ("bash", "eval \"$(aws-mfa env -p dev)\""),
            ("dash", "eval \"$(aws-mfa env -p dev)\""),
            ("zsh", "eval \"$(aws-mfa env -p dev)\""),
            ("fish", "aws-mfa env -p dev --format fish | source"),
            (
                "pwsh",
                "aws-mfa env -p dev --format powershell | Out-String | Invoke-Expression",
            ),
        ] {
            let unsets = &evaluates.replace("env -p dev", "env --unset -p dev");
            documents_have(evaluates);
            documents_have(unsets);
            if !has(&[shell]) {
                continue;
            }
            for wild in WILD {
                let session = session_section(3600)
                    .replace(STORED_SECRET, wild)
                    .replace(STORED_TOKEN, &format!("T{wild}"));
                let home = Home::with(&(session + "region = eu-west-1\n" + &long_term_section()));
                let seen = run(shell, &format!("{evaluates}\n{print}"), &home);
                let values: Vec<&str> = seen.lines().collect();
                let expected = [
                    format!("AWS_ACCESS_KEY_ID={STORED_ACCESS_KEY_ID}"),
                    values[1].to_owned(),
                    "AWS_DEFAULT_REGION=eu-west-1".to_owned(),
                    "AWS_MFA_PROFILE=dev".to_owned(),
                    "AWS_REGION=eu-west-1".to_owned(),
                    format!("AWS_SECRET_ACCESS_KEY={wild}"),
                    format!("AWS_SESSION_TOKEN=T{wild}"),
                ];
                assert_eq!(values, expected, "{shell}");
                assert!(
                    values[1].starts_with("AWS_CREDENTIAL_EXPIRATION=20"),
                    "{seen}"
                );
                let after = run(
                    shell,
                    &format!("{evaluates}\n{unsets}\n{print} || true"),
                    &home,
                );
                assert_eq!(after, "", "{shell}");
                assert!(!home.path().join("x").exists() && !home.path().join("y").exists());
            }
        }
    }

    /// `…; and terraform plan`
    #[test]
    fn fish_sees_that_it_succeeded() {
        if !has(&["fish"]) {
            return;
        }
        let home = Home::with_session();
        for unset in ["", "--unset "] {
            let script = format!(
                "set -e AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SECURITY_TOKEN
                 aws-mfa env {unset}-p dev --format fish | source; and echo fine"
            );
            assert_eq!(run("fish", &script, &home), "fine\n", "{unset}");
        }
    }

    /// Nothing is set by what stands on the screen.
    #[test]
    fn at_a_terminal_it_says_how_to_set_it() {
        let home = Home::with_session();
        for (shell, args, line) in [
            (
                "/bin/bash",
                &[][..],
                "eval \"$(aws-mfa env --profile dev)\"",
            ),
            ("/usr/bin/fish", &[], "aws-mfa env --profile dev | source"),
            (
                "/bin/bash",
                &["--format", "fish"],
                "aws-mfa env --profile dev --format fish | source",
            ),
        ] {
            let args = [&["env", "-p", "dev"], args].concat();
            let run = home.run_offline(&args).env("SHELL", shell);
            let mut terminal = Terminal::start(run);
            terminal.waits_for(&format!("to set it in this shell: {line}\r\n"));
        }
    }

    /// `eval` hides the exit code; docs/shells.md says how to see it.
    #[test]
    fn a_failure_can_be_seen() {
        let line = "session=$(aws-mfa env -p dev) && eval \"$session\"";
        documents_have(line);
        let home = Home::with(&long_term_section());
        let script = format!("({line}) 2>/dev/null || echo failed-$?");
        let seen = run("sh", &script, &home);
        assert_eq!(seen, "failed-3\n");
    }
}
