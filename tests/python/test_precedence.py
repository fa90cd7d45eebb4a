"""botocore judges whose credentials AWS tools take: aws-mfa warns exactly where they aren't the session."""

import dataclasses
import os
import re
import subprocess

import botocore.session
import conftest
import pytest
from botocore.exceptions import BotoCoreError

SESSION = """\
[dev]
aws_access_key_id = ASIASTOREDSESSION000
aws_secret_access_key = StoredSecret
aws_session_token = StoredToken
aws_security_token = StoredToken
expiration = 2999-01-01 00:00:00
"""
OURS = ("ASIASTOREDSESSION000", "StoredSecret", "StoredToken")
ROLE = "role_arn = arn:aws:iam::123456789012:role/admin\n"
SSO = "sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = r\n"
KEYS = "aws_access_key_id = AKIAOTHERKEYS0000000\naws_secret_access_key = other\n"
PLAIN_KEYS = {"AWS_ACCESS_KEY_ID": "AKIAVARIABLE00000000", "AWS_SECRET_ACCESS_KEY": "x"}
SAME_SESSION = {
    "AWS_ACCESS_KEY_ID": "ASIASTOREDSESSION000",
    "AWS_SECRET_ACCESS_KEY": "StoredSecret",
    "AWS_SESSION_TOKEN": "StoredToken",
}


@dataclasses.dataclass
class Case:
    """The config file; what stands above and in the session's section of the credentials file; the environment."""

    config: str = ""
    before: str = ""
    inside: str = ""
    variables: dict = dataclasses.field(default_factory=dict)


def profile(lines, header="[profile dev]"):
    return f"{header}\n{lines}"


CASES = {
    "nothing": Case(),
    "region only": Case(profile("region = eu-west-1\noutput = json\n")),
    "role": Case(profile(ROLE + "source_profile = base\n") + profile(KEYS, "[profile base]")),
    "role of itself": Case(profile(ROLE + "source_profile = dev\n")),
    "role whose source is missing": Case(profile(ROLE + "source_profile = nowhere\n")),
    "role without a source": Case(profile(ROLE)),
    "role with two sources": Case(profile(ROLE + "source_profile = dev\ncredential_source = Environment\n")),
    "role with a credential source": Case(profile(ROLE + "credential_source = Ec2InstanceMetadata\n")),
    "empty role": Case(profile("role_arn =\nsource_profile = dev\n")),
    "source without a role": Case(profile("source_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n")),
    "role in capitals": Case(profile("ROLE_ARN = x\nSource_Profile = dev\n")),
    "role after a colon": Case(profile("role_arn: x\nsource_profile: dev\n")),
    "indented role": Case(profile("  role_arn = x\n  source_profile = dev\n")),
    "role in a continuation": Case(profile("region = x\n  role_arn = x\n")),
    "role in a comment": Case(profile("# role_arn = x\n  ; role_arn = x\n")),
    "role under a header with spaces": Case(profile(ROLE + "source_profile = dev\n", "[profile \t dev]")),
    "role under a header with quotes": Case(profile(ROLE + "source_profile = dev\n", '[profile "dev"]')),
    "role under an indented header": Case("  [profile dev]\n  role_arn = x\n  source_profile = dev\n"),
    "role under a header without profile": Case(profile(ROLE + "source_profile = dev\n", "[dev]")),
    "role under a header of another kind": Case(profile(ROLE + "source_profile = dev\n", "[profiles dev]")),
    "role under text after the header": Case(profile(ROLE + "source_profile = dev\n", "[profile dev] # mine")),
    "role of another profile": Case(profile(ROLE + "source_profile = dev\n", "[profile admin]")),
    "role in an earlier section": Case(profile(ROLE, "[profile 'dev']") + profile("region = x\n")),
    "role in a later section": Case(profile("region = x\n") + profile(ROLE, "[profile 'dev']")),
    "role in DEFAULT": Case(profile(ROLE, "[DEFAULT]") + profile("region = x\n")),
    "role in DEFAULT without the profile": Case(profile(ROLE, "[DEFAULT]")),
    "role in the credentials file": Case(inside=ROLE + "source_profile = dev\n"),
    "role in DEFAULT of the credentials file": Case(before=profile(ROLE, "[DEFAULT]")),
    "role of another section there": Case(before=profile(ROLE, "[other]")),
    "source in the credentials file": Case(profile(ROLE), inside="source_profile = dev\n"),
    "web identity": Case(profile(ROLE + "web_identity_token_file = /nowhere\n")),
    "web identity without a role": Case(profile("web_identity_token_file = /nowhere\n")),
    "empty web identity": Case(profile("web_identity_token_file =\n")),
    "role with an empty web identity": Case(profile(ROLE + "web_identity_token_file =\nsource_profile = dev\n")),
    "web identity in the credentials file": Case(profile(ROLE), inside="web_identity_token_file = /nowhere\n"),
    "SSO": Case(profile(SSO)),
    "SSO session": Case(
        profile("sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n")
        + "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n"
    ),
    "SSO session for a token only": Case(profile("sso_session = s\n") + "[sso-session s]\nsso_region = us-east-1\n"),
    "SSO, half of it": Case(profile("sso_account_id = 123456789012\n")),
    "SSO start URL only": Case(profile("sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n")),
    "SSO in the credentials file": Case(inside=SSO),
    "credential process": Case(profile("credential_process = false\n")),
    "login session": Case(profile("login_session = arn:aws:iam::123456789012:user/alice\n")),
    "keys in the config file": Case(profile(KEYS)),
    "nested settings": Case(profile("s3 =\n  role_arn = x\n")),
    "nested text": Case(profile("s3 =\n  not a setting\n")),
    "section twice": Case(profile("region = x\n") + profile("output = json\n")),
    "key twice": Case(profile("region = x\nregion = y\n")),
    "another section twice": Case("[plugins]\n[plugins]\n"),
    "keys as variables": Case(variables=PLAIN_KEYS),
    "half the keys as variables": Case(variables={"AWS_ACCESS_KEY_ID": "AKIAVARIABLE00000000"}),
    "only a secret as a variable": Case(variables={"AWS_SECRET_ACCESS_KEY": "x"}),
    "only a token as a variable": Case(variables={"AWS_SESSION_TOKEN": "x", "AWS_SECURITY_TOKEN": "x"}),
    "an empty variable": Case(variables={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "x"}),
    "this session as variables": Case(variables=SAME_SESSION),
    "this session with an old token": Case(variables={**SAME_SESSION, "AWS_SESSION_TOKEN": "old"}),
    "web identity as variables": Case(variables={"AWS_ROLE_ARN": "x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere"}),
    "only a role as a variable": Case(variables={"AWS_ROLE_ARN": "x"}),
    "only a token file as a variable": Case(variables={"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere"}),
    "role and keys as variables": Case(profile(ROLE + "source_profile = dev\n"), variables=PLAIN_KEYS),
    "SSO and web identity as variables": Case(profile(SSO), variables={"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere"}),
}


def is_ours(monkeypatch, variables, **options):
    """Whether botocore takes the session. A role's or SSO's credentials can't be had here, which is an error."""
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        try:
            credentials = botocore.session.Session(**options).get_credentials()
            if credentials is None or credentials.method not in ("shared-credentials-file", "env"):
                return False
            frozen = credentials.get_frozen_credentials()
        except BotoCoreError:
            return False
        return (frozen.access_key, frozen.secret_key, frozen.token) == OURS


@pytest.mark.parametrize("name", CASES)
def test_precedence(name, tmp_path, monkeypatch):
    case = CASES[name]
    files = tmp_path / ".aws"
    files.mkdir(mode=0o700)
    (files / "config").write_text(case.config)
    (files / "credentials").write_text(f"{case.before}{SESSION}{case.inside}")
    (files / "credentials").chmod(0o600)
    paths = {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(files / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(files / "credentials"),
    }
    # `--verbose`: the session is valid, so the files are looked at for this alone.
    said = subprocess.run(
        [conftest.AWS_MFA, "-v", "-p", "dev"],
        env={**paths, **case.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr
    of_files = [
        line
        for line in said.stderr.splitlines()
        if re.search(r"instead of (using )?this session; remove it|boto3 reject the whole file", line)
    ]
    of_variables = "from your environment instead of this session" in said.stderr
    # A file's warning names a line that exists.
    for line in of_files:
        path, number = re.search(r"warning: (\S+): line (\d+): ", line).groups()
        with open(path, encoding="utf-8") as file:
            assert int(number) <= len(file.readlines()), line

    by_name = is_ours(monkeypatch, paths, profile="dev")
    assert by_name == (not of_files), said.stderr
    by_variable = is_ours(monkeypatch, {**paths, **case.variables, "AWS_PROFILE": "dev"})
    assert by_variable == (not of_files and not of_variables), said.stderr


def test_there_are_cases_of_both_kinds():
    assert len(CASES) >= 40
