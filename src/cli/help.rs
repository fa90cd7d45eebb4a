//! The text after the options in each `--help`: examples, exit codes and variables. Pure.

use crate::error::ExitCode::{
    self, Cancelled, Due, ExecFailed, Failed, NotExecutable, NotFound, Success, Usage,
};

type Meaning = (ExitCode, &'static str);

const FAILED: Meaning = (Failed, "it failed; the reason is on standard error");
const USAGE: Meaning = (Usage, "wrong command line");
const DUE: Meaning = (
    Due,
    "a refresh is due and nobody could be asked for the code",
);
const CANCELLED: Meaning = (Cancelled, "cancelled");
const PRINTED: Meaning = (Success, "printed");

/// Replaces `{}` in `text` with the exit codes.
fn with_exit_codes(text: &str, meanings: &[Meaning]) -> String {
    let line = |(code, words): &Meaning| format!("  {:<5}{words}\n", code.number());
    let lines: String = meanings.iter().map(line).collect();
    text.replace("{}", lines.trim_end())
}

pub(super) fn main() -> String {
    let success = (Success, "the session is valid, whether old or new");
    with_exit_codes(MAIN, &[success, FAILED, USAGE, DUE, CANCELLED])
}

const MAIN: &str = "\
Examples:
  aws-mfa                          refresh the default profile, unless its session is still valid
  aws-mfa --profile dev --force    a new session for dev, even if the old one is valid
  aws-mfa --duration 1h30m         a shorter session
  oathtool … | aws-mfa -p dev      the MFA code from another program
  aws-mfa check -p dev             check whether the session is valid, by the exit code

Exit codes:
{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, MFA_DEVICE, MFA_STS_DURATION, MFA_ASSUME_ROLE, \
AWS_REGION, AWS_DEFAULT_REGION, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE, \
AWS_ENDPOINT_URL_STS, HTTPS_PROXY, AWS_CA_BUNDLE, NO_COLOR";

pub(super) fn check() -> String {
    let failed = (
        Failed,
        "it failed, for example because there is no such profile",
    );
    let due = (Due, "expired, missing, or less than --min-remaining left");
    with_exit_codes(CHECK, &[(Success, "valid"), failed, USAGE, due])
}

const CHECK: &str = "\
Examples:
  aws-mfa check -p dev
  aws-mfa check -p dev --min-remaining 30m -q || notify-send 'aws-mfa -p dev'
  aws-mfa check -p dev --json

Exit codes:
{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SHARED_CREDENTIALS_FILE, MFA_ASSUME_ROLE";

pub(super) fn list() -> String {
    let success = (Success, "listed, even if the list is empty");
    with_exit_codes(LIST, &[success, FAILED, USAGE])
}

const LIST: &str = "\
Examples:
  aws-mfa list
  aws-mfa list --json | jq -r '.[] | select(.status == \"valid\") | .profile'

Exit codes:
{}

Variables: AWS_SHARED_CREDENTIALS_FILE";

pub(super) fn env() -> String {
    with_exit_codes(ENV, &[PRINTED, FAILED, USAGE, DUE, CANCELLED])
}

const ENV: &str = "\
Examples:
  eval \"$(aws-mfa env -p dev)\"                                         bash, zsh, dash
  aws-mfa env -p dev --format fish | source                              fish
  aws-mfa env -p dev --format powershell | Out-String | Invoke-Expression
  for /f \"delims=\" %i in ('aws-mfa env -p dev --format windows-cmd') do @%i
  (umask 077; rm -f session.env; aws-mfa env -p dev --format env-no-export >session.env)

It sets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION \
and, if the profile has a region, AWS_REGION and AWS_DEFAULT_REGION; it removes AWS_SECURITY_TOKEN, \
AWS_PROFILE and AWS_DEFAULT_PROFILE.

Exit codes (a shell's eval hides them):
{}

Variables: those of aws-mfa itself, and SHELL and MSYSTEM for the format";

pub(super) fn exec() -> String {
    let failed = (
        ExecFailed,
        "aws-mfa failed; the reason is on standard error",
    );
    let not_executable = (NotExecutable, "the command can't be run");
    let not_found = (NotFound, "the command wasn't found");
    with_exit_codes(EXEC, &[failed, not_executable, not_found])
}

const EXEC: &str = "\
Examples:
  aws-mfa exec -p dev -- terraform plan
  aws-mfa exec -p dev -- sh -c 'aws s3 ls && aws ec2 describe-instances'
  aws-mfa exec -p dev -- docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY \\
    -e AWS_SESSION_TOKEN -e AWS_REGION IMAGE

Exit codes:
{}
       otherwise the command's own exit code

Variables: those of aws-mfa itself";

pub(super) fn rotate() -> String {
    let success = (
        Success,
        "the new keys are in use, and the old ones are inactive or deleted",
    );
    let failed = (
        Failed,
        "it failed or was stopped; what became of which key is on standard error",
    );
    with_exit_codes(ROTATE, &[success, failed, USAGE, DUE, CANCELLED])
}

pub(super) const ROTATE_LONG_ABOUT: &str = "\
Replace a profile's permanent keys by new ones, and make the old ones inactive

IAM makes the new keys; it answers to the session, or to a new one if that is due. They are stored in \
the long-term section, and in every other section with the same pair. When all of AWS knows them, the \
old ones are made inactive. If something goes wrong on the way, no key is lost: the message says what \
became of which key, and the next run finishes what is left.";

const ROTATE: &str = "\
Examples:
  aws-mfa rotate -p dev
  aws-mfa rotate -p dev --yes --delete-old

IAM has to allow: iam:ListAccessKeys, iam:CreateAccessKey, iam:UpdateAccessKey, iam:DeleteAccessKey \
and, to tell when a key was used last, iam:GetAccessKeyLastUsed.

Exit codes:
{}

Variables: those of aws-mfa itself, and AWS_ENDPOINT_URL_IAM";

pub(super) fn credential_process() -> String {
    with_exit_codes(
        CREDENTIAL_PROCESS,
        &[PRINTED, FAILED, USAGE, DUE, CANCELLED],
    )
}

const CREDENTIAL_PROCESS: &str = "\
Example for ~/.aws/config, with a separate profile name:
  [profile dev-auto]
  credential_process = aws-mfa credential-process --profile dev

Exit codes:
{}

Variables: those of aws-mfa itself";

pub(super) fn clear() -> String {
    let success = (Success, "the session was removed, or there was none");
    with_exit_codes(CLEAR, &[success, FAILED, USAGE])
}

const CLEAR: &str = "\
Examples:
  aws-mfa clear -p dev

Exit codes:
{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SHARED_CREDENTIALS_FILE";

pub(super) fn completions() -> String {
    with_exit_codes(COMPLETIONS, &[PRINTED, USAGE])
}

const COMPLETIONS: &str = "\
Examples:
  source <(aws-mfa completions bash)                                     in ~/.bashrc
  source <(aws-mfa completions zsh)                                      in ~/.zshrc, after compinit
  aws-mfa completions fish | source                                      in ~/.config/fish/config.fish
  eval (aws-mfa completions elvish | slurp)                              in ~/.config/elvish/rc.elv
  aws-mfa completions powershell | Out-String | Invoke-Expression        in $PROFILE

Exit codes:
{}

Variables: none";

pub(super) const SETUP_LONG_ABOUT: &str = "\
Store a profile's permanent keys and its MFA device in [NAME-long-term] of the credentials file. \
It asks for what it needs, checks the keys with AWS, and only then writes. Keys that `aws configure` \
has put into [NAME] are moved; keys that are there already can be replaced by rotated ones. At the \
end it gets the first session.

The secret access key is never an option: it is asked for, or read from standard input if that \
isn't a terminal.";

pub(super) fn setup() -> String {
    let success = (
        Success,
        "the keys are stored, and the first session too if it was asked for",
    );
    let usage = (
        Usage,
        "wrong command line, or something is missing and nobody can be asked for it",
    );
    let cancelled = (Cancelled, "cancelled; nothing was changed");
    with_exit_codes(SETUP, &[success, FAILED, usage, cancelled])
}

const SETUP: &str = "\
Examples:
  aws-mfa setup                                        asks for everything
  aws-mfa setup --profile dev                          for profile dev
  aws-mfa setup -p dev --access-key-id AKIA… --device arn:aws:iam::123456789012:mfa/alice --yes <secret
                                                       without a question

Keys outside the file: instead of the two keys, [NAME-long-term] can name a command that prints them \
as JSON (Version 1, AccessKeyId, SecretAccessKey), for example:
  credential_process = pass show aws/dev
  credential_process = secret-tool lookup aws dev
The README shows how the keys get in there, and more stores.

Exit codes:
{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE, \
AWS_REGION, AWS_DEFAULT_REGION";
