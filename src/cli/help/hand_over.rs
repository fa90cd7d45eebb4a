//! The help of the commands that hand a session over: `env`, `exec` and `credential-process`. Pure.

use super::page::{CANCELLED, DUE, Example, FAILED, Note, PRINTED, Page, Reworded, USAGE};
use super::variables::{
    CONFIG, CREDENTIALS, FILE_PATHS, FORMAT, NETWORK, OUTPUT, PROFILE, PROMPT_LOCK, REFRESH, ROLE,
    SHELL, WRITE_LOCK,
};
use crate::error::ExitCode::{ExecFailed, NotExecutable, NotFound};

/// A session that is handed over should last long enough to be used.
const LASTING: Reworded = Reworded {
    option: "min_remaining",
    help: "Treat a session with less time left as expired, for example 30m",
    default: "5m",
};

pub(super) const ENV: Page = Page {
    command: "env",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[Reworded::profile("Profile to use"), LASTING],
    everyday_examples: 3,
    examples: &[
        Example::new("bash, zsh, dash", "eval \"$(aws-mfa env -p dev)\""),
        Example::new("fish", "aws-mfa env -p dev --format fish | source"),
        Example::new(
            "PowerShell",
            "aws-mfa env -p dev --format powershell |\n  Out-String | Invoke-Expression",
        ),
        Example::new(
            "cmd",
            "for /f \"tokens=1*\" %i in ('aws-mfa env --format cmd') do @set %j",
        ),
        Example::new(
            "nushell",
            "aws-mfa env -p dev --format json | from json | load-env",
        ),
        Example::new(
            "An env file that only you can read",
            "(umask 077; rm -f session.env\n \
            aws-mfa env -p dev --format env-no-export >session.env)",
        ),
        Example::new(
            "In a script: eval would hide the exit code",
            "session=$(aws-mfa env -p dev) && eval \"$session\"",
        ),
        Example::new(
            "Remove the session from the shell",
            "eval \"$(aws-mfa env -p dev --unset)\"",
        ),
    ],
    notes: &[VARIABLES_SET],
    exit_codes: &[PRINTED, FAILED, USAGE, DUE, CANCELLED],
    variables: &[PROFILE, FILE_PATHS, ROLE, REFRESH, NETWORK, FORMAT, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK, PROMPT_LOCK],
};

const VARIABLES_SET: Note = Note {
    title: "Variables that it sets",
    text: "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION, \
        AWS_MFA_PROFILE (the profile's name, for prompts) and, if the profile has a region, AWS_REGION \
        and AWS_DEFAULT_REGION. It removes AWS_SECURITY_TOKEN, AWS_PROFILE and AWS_DEFAULT_PROFILE, \
        which some tools prefer.",
    code: "",
};

pub(super) const EXEC: Page = Page {
    command: "exec",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[Reworded::profile("Profile to use"), LASTING],
    everyday_examples: 3,
    examples: &[
        Example::new("One command", "aws-mfa exec -p dev -- terraform plan"),
        Example::new(
            "Your shell, until you leave it; AWS_MFA_PROFILE is for its prompt",
            "aws-mfa exec -p dev",
        ),
        Example::new(
            "More than one command",
            "aws-mfa exec -p dev -- sh -c 'aws s3 ls && aws iam list-users'",
        ),
        Example::new(
            "A role that no profile names",
            "aws-mfa exec -p dev \\\n  \
            --assume-role arn:aws:iam::123456789012:role/admin -- aws s3 ls",
        ),
        Example::new(
            "A container",
            "aws-mfa exec -p dev -- docker run -e AWS_ACCESS_KEY_ID \\\n  \
            -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN -e AWS_REGION IMAGE",
        ),
    ],
    notes: &[VARIABLES_SET],
    exit_codes: &[
        (
            Some(ExecFailed),
            "aws-mfa failed; the reason is on standard error",
        ),
        (Some(NotExecutable), "the command can't be run"),
        (Some(NotFound), "the command wasn't found"),
        (None, "the command's own exit code"),
    ],
    variables: &[PROFILE, FILE_PATHS, ROLE, REFRESH, NETWORK, SHELL, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK, PROMPT_LOCK],
};

pub(super) const CREDENTIAL_PROCESS: Page = Page {
    command: "credential-process",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[Reworded::profile("Profile to use"), LASTING],
    everyday_examples: 1,
    examples: &[Example::new(
        "In ~/.aws/config, with a profile name of its own",
        "[profile dev-auto]\ncredential_process = aws-mfa credential-process --profile dev",
    )],
    notes: &[],
    exit_codes: &[PRINTED, FAILED, USAGE, DUE, CANCELLED],
    variables: &[PROFILE, FILE_PATHS, ROLE, REFRESH, NETWORK, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK, PROMPT_LOCK],
};
