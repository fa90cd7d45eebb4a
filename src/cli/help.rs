//! What follows the options in each command's `--help`: examples, exit codes, and the variables
//! that it reads. Pure.

use crate::error::ExitCode;

/// An exit code, and what it means for a command.
type Meaning = (ExitCode, &'static str);

const FAILED: Meaning = (
    ExitCode::Failed,
    "it failed; the reason is on standard error",
);
const USAGE: Meaning = (ExitCode::Usage, "wrong command line");
const DUE: Meaning = (
    ExitCode::Due,
    "a refresh is due and nobody could be asked for the code",
);
const CANCELLED: Meaning = (ExitCode::Cancelled, "cancelled");

/// The exit codes, one a line.
fn exit_codes(meanings: &[Meaning]) -> String {
    let line = |(code, words): &Meaning| format!("\n  {:<5}{words}", code.number());
    meanings.iter().map(line).collect()
}

pub(super) fn main() -> String {
    let codes = [
        (ExitCode::Success, "the session is valid, still or anew"),
        FAILED,
        USAGE,
        DUE,
        CANCELLED,
    ];
    format!("\
Examples:
  aws-mfa                          refresh the default profile, if its session isn't valid any more
  aws-mfa --profile dev --force    a new session for dev, although the old one is valid
  aws-mfa --duration 1h30m         a shorter session
  oathtool … | aws-mfa -p dev      the token code from another program
  aws-mfa check -p dev             is the session valid? the exit code answers

Exit codes:{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, MFA_DEVICE, MFA_STS_DURATION, MFA_ASSUME_ROLE, AWS_REGION, AWS_DEFAULT_REGION,
AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE, AWS_ENDPOINT_URL_STS, HTTPS_PROXY, AWS_CA_BUNDLE, NO_COLOR", exit_codes(&codes))
}

pub(super) fn check() -> String {
    let codes = [
        (ExitCode::Success, "valid"),
        (ExitCode::Failed, "it failed: no such profile, for example"),
        USAGE,
        (
            ExitCode::Due,
            "expired, missing, or less than --min-remaining left",
        ),
    ];
    format!(
        "\
Examples:
  aws-mfa check -p dev
  aws-mfa check -p dev --min-remaining 30m -q || notify-send 'aws-mfa -p dev'
  aws-mfa check -p dev --json

Exit codes:{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SHARED_CREDENTIALS_FILE, MFA_ASSUME_ROLE",
        exit_codes(&codes)
    )
}

pub(super) fn list() -> String {
    let codes = [
        (ExitCode::Success, "listed, also where there is nothing"),
        FAILED,
        USAGE,
    ];
    format!(
        "\
Examples:
  aws-mfa list
  aws-mfa list --json | jq -r '.[] | select(.status == \"valid\") | .profile'

Exit codes:{}

Variables: AWS_SHARED_CREDENTIALS_FILE",
        exit_codes(&codes)
    )
}

pub(super) fn env() -> String {
    let codes = [
        (ExitCode::Success, "printed"),
        FAILED,
        USAGE,
        DUE,
        CANCELLED,
    ];
    format!("\
Examples:
  eval \"$(aws-mfa env -p dev)\"                                         bash, zsh, dash
  aws-mfa env -p dev --format fish | source                              fish
  aws-mfa env -p dev --format powershell | Out-String | Invoke-Expression
  for /f \"delims=\" %i in ('aws-mfa env -p dev --format windows-cmd') do @%i
  aws-mfa env -p dev --format env-no-export >session.env                 docker run --env-file session.env

It sets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION and, where the profile has a
region, AWS_REGION and AWS_DEFAULT_REGION; it removes AWS_SECURITY_TOKEN, AWS_PROFILE and AWS_DEFAULT_PROFILE.

Exit codes (a shell's eval hides them):{}

Variables: those of aws-mfa itself, and SHELL and MSYSTEM for the format", exit_codes(&codes))
}

pub(super) fn exec() -> String {
    let codes = [
        (
            ExitCode::ExecFailed,
            "aws-mfa failed; the reason is on standard error",
        ),
        (ExitCode::NotExecutable, "the command can't be run"),
        (ExitCode::NotFound, "the command wasn't found"),
    ];
    format!(
        "\
Examples:
  aws-mfa exec -p dev -- terraform plan
  aws-mfa exec -p dev -- sh -c 'aws s3 ls && aws ec2 describe-instances'

Exit codes:{}
       else the command's own

Variables: those of aws-mfa itself",
        exit_codes(&codes)
    )
}

pub(super) fn credential_process() -> String {
    let codes = [
        (ExitCode::Success, "printed"),
        FAILED,
        USAGE,
        DUE,
        CANCELLED,
    ];
    format!(
        "\
Example, in ~/.aws/config; the profile has a name of its own:
  [profile dev-auto]
  credential_process = aws-mfa credential-process --profile dev

Exit codes:{}

Variables: those of aws-mfa itself",
        exit_codes(&codes)
    )
}

pub(super) fn clear() -> String {
    let codes = [
        (ExitCode::Success, "there is no session any more"),
        FAILED,
        USAGE,
    ];
    format!(
        "\
Examples:
  aws-mfa clear -p dev

Exit codes:{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SHARED_CREDENTIALS_FILE",
        exit_codes(&codes)
    )
}

pub(super) fn completions() -> String {
    let codes = [(ExitCode::Success, "printed"), USAGE];
    format!("\
Examples:
  source <(aws-mfa completions bash)                                     in ~/.bashrc
  source <(aws-mfa completions zsh)                                      in ~/.zshrc, after compinit
  aws-mfa completions fish | source                                      in ~/.config/fish/config.fish
  aws-mfa completions powershell | Out-String | Invoke-Expression        in $PROFILE

Exit codes:{}

Variables: none", exit_codes(&codes))
}

pub(super) const SETUP: &str = "\
Store a profile's permanent keys and its MFA device in [NAME-long-term] of the credentials file. It asks for what it needs, \
proves the keys to AWS, and only then writes. Keys that `aws configure` has put into [NAME] are moved; keys that are there \
already can be replaced by rotated ones. At the end it gets the first session.

The secret access key is never an option: it is asked for, or read from standard input where that is no terminal.";

pub(super) fn setup() -> String {
    let codes = [
        (
            ExitCode::Success,
            "the keys are stored, and the first session too if it was asked for",
        ),
        FAILED,
        (
            ExitCode::Usage,
            "wrong command line, or something is missing and nobody can be asked",
        ),
        (ExitCode::Cancelled, "cancelled; nothing was changed"),
    ];
    format!("\
Examples:
  aws-mfa setup                                        asks for everything
  aws-mfa setup --profile dev                          for profile dev
  aws-mfa setup -p dev --access-key-id AKIA… --device arn:aws:iam::123456789012:mfa/alice --yes <secret
                                                       without a question

Exit codes:{}

Variables: AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE, AWS_REGION, AWS_DEFAULT_REGION", exit_codes(&codes))
}
