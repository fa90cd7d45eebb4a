//! The help of each command: examples, exit codes, variables and files. Pure.

use super::hand_over::{CREDENTIAL_PROCESS, ENV, EXEC};
use super::page::{CANCELLED, DUE, Example, FAILED, Note, PRINTED, Page, Reworded, USAGE};
use super::variables::{
    COMPLETED_SHELL, CONFIG, CREDENTIALS, FILE_PATHS, NETWORK, OUTPUT, PROFILE, REFRESH, ROLE,
    ROTATION_LOCK, WRITE_LOCK,
};
use crate::error::ExitCode::{Cancelled, Due, Failed, Success, Usage};

pub(super) static ALL: [Page; 10] = [
    MAIN,
    SETUP,
    CHECK,
    LIST,
    ENV,
    EXEC,
    CREDENTIAL_PROCESS,
    ROTATE,
    CLEAR,
    COMPLETIONS,
];

const MAIN: Page = Page {
    command: "aws-mfa",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[],
    everyday_examples: 3,
    examples: &[
        Example::new(
            "Once: store the permanent keys of profile dev, and find its MFA device",
            "aws-mfa setup --profile dev",
        ),
        Example::new(
            "Every morning: get a session, unless there is a valid one",
            "aws-mfa --profile dev",
        ),
        Example::new(
            "The MFA code from another program",
            "oathtool … | aws-mfa --profile dev",
        ),
        Example::new(
            "A new session, even if the old one is valid",
            "aws-mfa --profile dev --force",
        ),
        Example::new(
            "A shorter session for the default profile",
            "aws-mfa --duration 1h30m",
        ),
        Example::new(
            "Where there is no terminal, ask for the code in a dialog",
            "AWS_MFA_ASKPASS='zenity --entry --text' aws-mfa --profile dev",
        ),
        Example::new(
            "In a script: is the session valid for another half hour?",
            "aws-mfa check --profile dev --min-remaining 30m",
        ),
    ],
    notes: &[],
    exit_codes: &[
        (Some(Success), "the session is valid, whether old or new"),
        FAILED,
        USAGE,
        DUE,
        CANCELLED,
    ],
    variables: &[PROFILE, FILE_PATHS, ROLE, REFRESH, NETWORK, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK],
};

const SETUP: Page = Page {
    command: "setup",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[Reworded::profile("Profile to set up")],
    everyday_examples: 2,
    examples: &[
        Example::new("Ask for everything", "aws-mfa setup"),
        Example::new("For profile dev", "aws-mfa setup --profile dev"),
        Example::new(
            "Without a question; the secret access key comes from standard input",
            "aws-mfa setup -p dev --access-key-id AKIA… --yes \\\n  \
            --device arn:aws:iam::123456789012:mfa/alice <secret",
        ),
    ],
    notes: &[Note {
        title: "Keys outside the file",
        text: "Instead of the two keys, [NAME-long-term] can name a command that prints them as JSON \
            (Version 1, AccessKeyId, SecretAccessKey). The page docs/keys.md shows how the keys get in \
            there, and more stores. For example:",
        code: "credential_process = pass show aws/dev\n\
            credential_process = secret-tool lookup aws dev",
    }],
    exit_codes: &[
        (
            Some(Success),
            "the keys are stored, and the first session too if it was asked for",
        ),
        FAILED,
        (
            Some(Usage),
            "wrong command line, or something is missing and nobody can be asked for it",
        ),
        (Some(Cancelled), "cancelled; nothing was changed"),
    ],
    variables: &[PROFILE, FILE_PATHS, ROLE, NETWORK, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK],
};

const CHECK: Page = Page {
    command: "check",
    unused: &["region"],
    everyday: &["min_remaining", "quiet"],
    rare: &[],
    reworded: &[Reworded::profile("Profile to check")],
    everyday_examples: 2,
    examples: &[
        Example::new("Until when is it valid?", "aws-mfa check -p dev"),
        Example::new(
            "A reminder while half an hour is left, from cron for example",
            "aws-mfa check -q -p dev --min-remaining 30m ||\n  echo 'run: aws-mfa -p dev'",
        ),
        Example::new("For a program", "aws-mfa check -p dev --json"),
    ],
    notes: &[],
    exit_codes: &[
        (Some(Success), "valid"),
        (
            Some(Failed),
            "it failed, for example because there is no such profile",
        ),
        USAGE,
        (
            Some(Due),
            "expired, missing, or less than --min-remaining left",
        ),
    ],
    variables: &[PROFILE, FILE_PATHS, ROLE, OUTPUT],
    files: &[CREDENTIALS, CONFIG],
};

const LIST: Page = Page {
    command: "list",
    unused: &["region"],
    everyday: &[],
    rare: &["profile"],
    reworded: &[Reworded::profile(
        "Profile whose keys --long-term-profile names",
    )],
    everyday_examples: 2,
    examples: &[
        Example::new("As a table", "aws-mfa list"),
        Example::new(
            "The profiles with a valid session",
            "aws-mfa list --json |\n  jq -r '.[] | select(.status == \"valid\") | .profile'",
        ),
    ],
    notes: &[],
    exit_codes: &[
        (Some(Success), "listed, even if the list is empty"),
        FAILED,
        USAGE,
    ],
    variables: &[PROFILE, FILE_PATHS, OUTPUT],
    files: &[CREDENTIALS, CONFIG],
};

const ROTATE: Page = Page {
    command: "rotate",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[Reworded::profile("Profile whose keys are replaced")],
    everyday_examples: 2,
    examples: &[
        Example::new(
            "Make the old keys inactive, and delete them some days later",
            "aws-mfa rotate -p dev",
        ),
        Example::new(
            "Without a question, and without a way back",
            "aws-mfa rotate -p dev --yes --delete-old",
        ),
    ],
    notes: &[Note {
        title: "Permissions",
        text: "IAM has to allow: iam:ListAccessKeys, iam:CreateAccessKey, iam:UpdateAccessKey, \
            iam:DeleteAccessKey and, to tell when a key was used last, iam:GetAccessKeyLastUsed.",
        code: "",
    }],
    exit_codes: &[
        (
            Some(Success),
            "the new keys are in use, and the old ones are inactive or deleted",
        ),
        (
            Some(Failed),
            "it failed or was stopped; what became of which key is on standard error",
        ),
        USAGE,
        DUE,
        CANCELLED,
    ],
    variables: &[PROFILE, FILE_PATHS, ROLE, REFRESH, NETWORK, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK, ROTATION_LOCK],
};

const CLEAR: Page = Page {
    command: "clear",
    unused: &["region"],
    everyday: &[],
    rare: &[],
    reworded: &[Reworded::profile("Profile whose session is removed")],
    everyday_examples: 1,
    examples: &[Example::new("For profile dev", "aws-mfa clear -p dev")],
    notes: &[],
    exit_codes: &[
        (Some(Success), "the session was removed, or there was none"),
        FAILED,
        USAGE,
    ],
    variables: &[PROFILE, FILE_PATHS, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK],
};

const COMPLETIONS: Page = Page {
    command: "completions",
    unused: &[
        "profile",
        "long_term_suffix",
        "long_term_profile",
        "short_term_suffix",
        "region",
        "credentials_file",
        "config_file",
        "quiet",
        "verbose",
    ],
    everyday: &[],
    rare: &[],
    reworded: &[],
    everyday_examples: 5,
    examples: &[
        Example::new("In ~/.bashrc", "eval \"$(aws-mfa completions bash)\""),
        Example::new("In ~/.zshrc", "source <(aws-mfa completions zsh)"),
        Example::new(
            "In ~/.config/fish/config.fish",
            "aws-mfa completions fish | source",
        ),
        Example::new(
            "In ~/.config/elvish/rc.elv",
            "eval (aws-mfa completions elvish | slurp)",
        ),
        Example::new(
            "In $PROFILE of PowerShell",
            "aws-mfa completions powershell | Out-String | Invoke-Expression",
        ),
    ],
    notes: &[],
    exit_codes: &[PRINTED, USAGE],
    variables: &[COMPLETED_SHELL],
    files: &[],
};
