//! The help of each command: examples, exit codes, variables and files. Pure.

use super::page::{Example, Meaning, Note, Page, Reworded};
use super::variables::{
    CONFIG, CREDENTIALS, FILE_PATHS, FORMAT, NETWORK, OUTPUT, PROFILE, PROMPT_LOCK, REFRESH, ROLE,
    ROTATION_LOCK, SHELL, WRITE_LOCK,
};
use crate::error::ExitCode::{
    Cancelled, Due, ExecFailed, Failed, NotExecutable, NotFound, Success, Usage,
};

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

const FAILED: Meaning = (Some(Failed), "it failed; the reason is on standard error");
const USAGE: Meaning = (Some(Usage), "wrong command line");
const DUE: Meaning = (
    Some(Due),
    "a refresh is due and nobody could be asked for the code",
);
const CANCELLED: Meaning = (Some(Cancelled), "cancelled");
const PRINTED: Meaning = (Some(Success), "printed");

/// What each command's `--profile` is for, if it doesn't get a session.
const fn profile(help: &'static str) -> Reworded {
    Reworded {
        option: "profile",
        help,
        default: "AWS_PROFILE, AWS_DEFAULT_PROFILE, `default`",
    }
}

/// A session that is handed over should last long enough to be used.
const LASTING: Reworded = Reworded {
    option: "min_remaining",
    help: "Treat a session with less time left as expired, for example 30m",
    default: "5m",
};

const fn example(comment: &'static str, command: &'static str) -> Example {
    Example { comment, command }
}

const MAIN: Page = Page {
    command: "aws-mfa",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[],
    everyday_examples: 3,
    examples: &[
        example(
            "Once: store the permanent keys of profile dev, and find its MFA device",
            "aws-mfa setup --profile dev",
        ),
        example(
            "Every morning: get a session, unless there is a valid one",
            "aws-mfa --profile dev",
        ),
        example(
            "The MFA code from another program",
            "oathtool … | aws-mfa --profile dev",
        ),
        example(
            "A new session, even if the old one is valid",
            "aws-mfa --profile dev --force",
        ),
        example(
            "A shorter session for the default profile",
            "aws-mfa --duration 1h30m",
        ),
        example(
            "Where there is no terminal, ask for the code in a dialog",
            "AWS_MFA_ASKPASS='zenity --entry --text' aws-mfa --profile dev",
        ),
        example(
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
    reworded: &[profile("Profile to set up")],
    everyday_examples: 2,
    examples: &[
        example("Ask for everything", "aws-mfa setup"),
        example("For profile dev", "aws-mfa setup --profile dev"),
        example(
            "Without a question; the secret access key comes from standard input",
            "aws-mfa setup -p dev --access-key-id AKIA… --yes \\\n  \
            --device arn:aws:iam::123456789012:mfa/alice <secret",
        ),
    ],
    notes: &[Note {
        title: "Keys outside the file",
        text: "Instead of the two keys, [NAME-long-term] can name a command that prints them as JSON \
            (Version 1, AccessKeyId, SecretAccessKey). The README shows how the keys get in there, and \
            more stores. For example:",
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
    reworded: &[profile("Profile to check")],
    everyday_examples: 2,
    examples: &[
        example("Until when is it valid?", "aws-mfa check -p dev"),
        example(
            "A reminder while half an hour is left, from cron for example",
            "aws-mfa check -q -p dev --min-remaining 30m ||\n  echo 'run: aws-mfa -p dev'",
        ),
        example("For a program", "aws-mfa check -p dev --json"),
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
    reworded: &[profile("Profile whose keys --long-term-profile names")],
    everyday_examples: 2,
    examples: &[
        example("As a table", "aws-mfa list"),
        example(
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

const ENV: Page = Page {
    command: "env",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[profile("Profile to use"), LASTING],
    everyday_examples: 3,
    examples: &[
        example("bash, zsh, dash", "eval \"$(aws-mfa env -p dev)\""),
        example("fish", "aws-mfa env -p dev --format fish | source"),
        example(
            "PowerShell",
            "aws-mfa env -p dev --format powershell |\n  Out-String | Invoke-Expression",
        ),
        example(
            "cmd",
            "for /f \"delims=\" %i in ('aws-mfa env --format windows-cmd') do @%i",
        ),
        example(
            "nushell",
            "aws-mfa env -p dev --format json | from json | load-env",
        ),
        example(
            "An env file that only you can read",
            "(umask 077; rm -f session.env\n \
            aws-mfa env -p dev --format env-no-export >session.env)",
        ),
        example(
            "In a script: eval would hide the exit code",
            "session=$(aws-mfa env -p dev) && eval \"$session\"",
        ),
        example(
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

const EXEC: Page = Page {
    command: "exec",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[profile("Profile to use"), LASTING],
    everyday_examples: 3,
    examples: &[
        example("One command", "aws-mfa exec -p dev -- terraform plan"),
        example(
            "Your shell, until you leave it; AWS_MFA_PROFILE is for its prompt",
            "aws-mfa exec -p dev",
        ),
        example(
            "More than one command",
            "aws-mfa exec -p dev -- sh -c 'aws s3 ls && aws iam list-users'",
        ),
        example(
            "A role that no profile names",
            "aws-mfa exec -p dev \\\n  \
            --assume-role arn:aws:iam::123456789012:role/admin -- aws s3 ls",
        ),
        example(
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

const CREDENTIAL_PROCESS: Page = Page {
    command: "credential-process",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[profile("Profile to use"), LASTING],
    everyday_examples: 1,
    examples: &[example(
        "In ~/.aws/config, with a profile name of its own",
        "[profile dev-auto]\ncredential_process = aws-mfa credential-process --profile dev",
    )],
    notes: &[],
    exit_codes: &[PRINTED, FAILED, USAGE, DUE, CANCELLED],
    variables: &[PROFILE, FILE_PATHS, ROLE, REFRESH, NETWORK, OUTPUT],
    files: &[CREDENTIALS, CONFIG, WRITE_LOCK, PROMPT_LOCK],
};

const ROTATE: Page = Page {
    command: "rotate",
    unused: &[],
    everyday: &[],
    rare: &[],
    reworded: &[profile("Profile whose keys are replaced")],
    everyday_examples: 2,
    examples: &[
        example(
            "Make the old keys inactive, and delete them some days later",
            "aws-mfa rotate -p dev",
        ),
        example(
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
    reworded: &[profile("Profile whose session is removed")],
    everyday_examples: 1,
    examples: &[example("For profile dev", "aws-mfa clear -p dev")],
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
        example("In ~/.bashrc", "source <(aws-mfa completions bash)"),
        example(
            "In ~/.zshrc, after compinit",
            "source <(aws-mfa completions zsh)",
        ),
        example(
            "In ~/.config/fish/config.fish",
            "aws-mfa completions fish | source",
        ),
        example(
            "In ~/.config/elvish/rc.elv",
            "eval (aws-mfa completions elvish | slurp)",
        ),
        example(
            "In $PROFILE of PowerShell",
            "aws-mfa completions powershell | Out-String | Invoke-Expression",
        ),
    ],
    notes: &[],
    exit_codes: &[PRINTED, USAGE],
    variables: &[],
    files: &[],
};
