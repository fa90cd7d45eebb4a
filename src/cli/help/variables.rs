//! The variables and files that commands share, in groups, each with its meaning. Pure.

use super::page::Definition;

pub(super) const PROFILE: &[Definition] = &[
    ("AWS_PROFILE", "the profile"),
    ("AWS_DEFAULT_PROFILE", "the same, if AWS_PROFILE isn't set"),
];

pub(super) const FILE_PATHS: &[Definition] = &[
    ("AWS_SHARED_CREDENTIALS_FILE", "the credentials file"),
    ("AWS_CONFIG_FILE", "the config file"),
];

pub(super) const ROLE: &[Definition] = &[("MFA_ASSUME_ROLE", "the role that the session is for")];

pub(super) const REFRESH: &[Definition] = &[
    ("MFA_DEVICE", "the MFA serial"),
    ("MFA_STS_DURATION", "how long sessions last"),
    (
        "AWS_MFA_ASKPASS",
        "a program that asks for the code where there is no terminal; its last argument is the \
        prompt, and it prints the code",
    ),
    (
        "SSH_ASKPASS",
        "ssh's program for that, on a graphical desktop (DISPLAY or WAYLAND_DISPLAY), if no other is \
        set",
    ),
    ("SSH_ASKPASS_REQUIRE", "if `never`, SSH_ASKPASS isn't used"),
    (
        "LOGNAME, USER, USERNAME",
        "the name of a role session if nothing else names it",
    ),
];

pub(super) const NETWORK: &[Definition] = &[
    ("AWS_REGION", "the region whose STS is called"),
    ("AWS_DEFAULT_REGION", "the same, if AWS_REGION isn't set"),
    ("AWS_ENDPOINT_URL_STS", "the endpoint of STS"),
    ("AWS_ENDPOINT_URL_IAM", "the endpoint of IAM"),
    ("AWS_ENDPOINT_URL", "the endpoint of both"),
    (
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "if `true`, AWS's own endpoints are used",
    ),
    ("AWS_USE_FIPS_ENDPOINT", "`true` or `false`"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "`true` or `false`"),
    (
        "AWS_STS_REGIONAL_ENDPOINTS",
        "if `legacy`, the global STS is called",
    ),
    (
        "HTTPS_PROXY, ALL_PROXY",
        "the proxy; also in lower case, as the next one",
    ),
    ("NO_PROXY", "the hosts that are reached without it"),
    ("AWS_CA_BUNDLE", "a file with certificate authorities"),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "where the system's certificate authorities are",
    ),
];

pub(super) const OUTPUT: &[Definition] = &[("NO_COLOR", "if set, no colour is used")];

pub(super) const FORMAT: &[Definition] = &[
    ("SHELL", "the shell, if --format isn't given"),
    ("MSYSTEM", "the same on Windows: set by MSYS2 and Git Bash"),
];

pub(super) const COMPLETED_SHELL: &[Definition] = &[
    ("SHELL", "the shell, if none is named"),
    ("MSYSTEM", "on Windows SHELL counts only if it is set"),
];

pub(super) const SHELL: &[Definition] = &[
    ("SHELL", "the shell that is run without a command"),
    (
        "COMSPEC",
        "the same on Windows, unless PowerShell runs aws-mfa",
    ),
];

pub(super) const CREDENTIALS: &[Definition] = &[(
    "~/.aws/credentials",
    "permanent keys in [NAME-long-term], the session in [NAME]",
)];

pub(super) const CONFIG: &[Definition] = &[(
    "~/.aws/config",
    "settings of profiles, and the profiles of roles; never changed",
)];

pub(super) const WRITE_LOCK: &[Definition] = &[(
    "~/.aws/.credentials.aws-mfa.lock",
    "empty; locked while the credentials file is replaced",
)];

pub(super) const PROMPT_LOCK: &[Definition] = &[(
    "~/.cache/aws-mfa",
    "or aws-mfa in the system's cache folder: locks, so that one of many callers asks for the code",
)];

pub(super) const ROTATION_LOCK: &[Definition] = &[(
    "~/.cache/aws-mfa",
    "or aws-mfa in the system's cache folder: locks, so that keys are rotated once at a time",
)];
