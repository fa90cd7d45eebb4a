//! Real shells evaluate what `env` prints; the lines are the README's.

use std::process::Command;

use crate::support::home::Home;
use crate::support::run::program;
use crate::support::session_section;
use crate::support::{STORED_SECRET, STORED_TOKEN, long_term_section};

/// Values that mean something to every shell.
const WILD: [&str; 4] = [
    "it's \"quoted\" $(touch x) `touch y` ${HOME}",
    "%PATH% ^caret !bang! ~ * ? [a] {b,c} & | < > ( )",
    "back\\slash \\n 'x' ''' \\' \\\\",
    "plain/+=",
];

fn readme_has(line: &str) {
    // In its tables a bar is written with a backslash.
    let readme = include_str!("../../README.md").replace("\\|", "|");
    assert!(readme.contains(line), "the README lacks: {line}");
}

fn is_there(shell: &str) -> bool {
    if Command::new(shell).arg("-c").arg("exit 0").output().is_ok() {
        return true;
    }
    let must_be = std::env::var_os("AWS_MFA_TEST_TOOLS").is_some() && shell != "pwsh";
    assert!(!must_be, "{shell} is missing");
    eprintln!("SKIPPED: {shell} is not installed");
    false
}

/// Runs `script` in `shell` with this secret in the file, and a stale environment.
fn run(shell: &str, script: &str, home: &Home) -> String {
    let bin = home.path().join("bin");
    let _ = std::fs::create_dir(&bin);
    let _ = std::os::unix::fs::symlink(program(), bin.join("aws-mfa"));
    let path = format!("{}:/usr/bin:/bin:/usr/local/bin", bin.display());
    let mut command = Command::new(shell);
    command
        .args(["-c", script])
        .env_clear()
        .current_dir(home.path());
    for (name, value) in crate::support::run::clean_environment(home.path()) {
        command.env(name, value);
    }
    command
        .env("PATH", path)
        .env("AWS_PROFILE", "stale")
        .env("AWS_DEFAULT_PROFILE", "stale")
        .env("AWS_SECURITY_TOKEN", "stale");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{shell}: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_shell_gets_the_values_as_they_are() {
    let print = "env | grep '^AWS_' | sort";
    for (shell, line, unset) in [
        (
            "bash",
            "eval \"$(aws-mfa env -p dev)\"",
            "eval \"$(aws-mfa env --unset -p dev)\"",
        ),
        (
            "dash",
            "eval \"$(aws-mfa env -p dev)\"",
            "eval \"$(aws-mfa env --unset -p dev)\"",
        ),
        (
            "zsh",
            "eval \"$(aws-mfa env -p dev)\"",
            "eval \"$(aws-mfa env --unset -p dev)\"",
        ),
        (
            "fish",
            "aws-mfa env -p dev --format fish | source",
            "aws-mfa env --unset -p dev --format fish | source",
        ),
        (
            "pwsh",
            "aws-mfa env -p dev --format powershell | Out-String | Invoke-Expression",
            "aws-mfa env --unset -p dev --format powershell | Out-String | Invoke-Expression",
        ),
    ] {
        readme_has(line);
        readme_has(unset);
        if !is_there(shell) {
            continue;
        }
        for wild in WILD {
            let session = session_section(3600)
                .replace(STORED_SECRET, wild)
                .replace(STORED_TOKEN, &format!("T{wild}"));
            let home = Home::with(&format!(
                "{session}region = eu-west-1\n{}",
                long_term_section()
            ));
            let seen = run(shell, &format!("{line}\n{print}"), &home);
            let values: Vec<&str> = seen.lines().collect();
            let expected = [
                "AWS_ACCESS_KEY_ID=ASIASTOREDEXAMPLE123".to_owned(),
                values[1].to_owned(),
                "AWS_DEFAULT_REGION=eu-west-1".to_owned(),
                "AWS_REGION=eu-west-1".to_owned(),
                format!("AWS_SECRET_ACCESS_KEY={wild}"),
                format!("AWS_SESSION_TOKEN=T{wild}"),
            ];
            assert_eq!(values, expected, "{shell}");
            assert!(
                values[1].starts_with("AWS_CREDENTIAL_EXPIRATION=20"),
                "{seen}"
            );
            let after = run(shell, &format!("{line}\n{unset}\n{print} || true"), &home);
            assert_eq!(after, "", "{shell}");
            assert!(!home.path().join("x").exists() && !home.path().join("y").exists());
        }
    }
}

/// `eval` hides the exit code; the README says how to see it.
#[test]
fn a_failure_can_be_seen() {
    let line = "session=$(aws-mfa env -p dev) && eval \"$session\"";
    readme_has(line);
    let home = Home::with(&long_term_section());
    let seen = run(
        "sh",
        &format!("({line}) 2>/dev/null || echo failed-$?"),
        &home,
    );
    assert_eq!(seen, "failed-3\n");
}
