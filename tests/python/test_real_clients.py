"""What aws-mfa writes works in the real AWS CLI and in boto3, against moto's AWS."""

import configparser
import json
import sys

import boto3
import botocore.session

ROLE = "arn:aws:iam::123456789012:role/admin"


def aws(home, *arguments):
    result = home.run(sys.executable, "-m", "awscli", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def stored(home, section="dev"):
    parser = configparser.RawConfigParser()
    parser.read(home.credentials)
    return dict(parser[section])


def test_first_refresh(home):
    before = home.credentials.read_text()
    result = home.aws_mfa("--profile", "dev", "--token", "123456")
    assert result.returncode == 0, result.stderr
    assert home.credentials.read_text().startswith(before + "\n[dev]\n")
    assert list(stored(home)) == [
        "assumed_role",
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "aws_security_token",
        "expiration",
    ]


def test_aws_cli_uses_the_session(home):
    assert home.aws_mfa("--profile", "dev", "--token", "123456").returncode == 0
    identity = json.loads(aws(home, "sts", "get-caller-identity", "--profile", "dev", "--output", "json"))
    assert identity["Account"] == "123456789012"
    aws(home, "s3", "mb", "s3://morning", "--profile", "dev")
    assert "morning" in aws(home, "s3", "ls", "--profile", "dev")
    assert "shared-credentials-file" in aws(home, "configure", "list", "--profile", "dev")


def test_boto3_uses_the_session(home, moto, monkeypatch):
    assert home.aws_mfa("--profile", "dev", "--token", "123456").returncode == 0
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session(profile_name="dev")
    credentials = session.get_credentials()
    assert credentials.method == "shared-credentials-file"
    section = stored(home)
    assert credentials.token == section["aws_session_token"] == section["aws_security_token"]
    assert (credentials.access_key, credentials.secret_key) == (
        section["aws_access_key_id"],
        section["aws_secret_access_key"],
    )
    identity = session.client("sts").get_caller_identity()
    assert identity["Account"] == "123456789012"


def test_one_code_many_roles(home):
    """As docs/roles.md has it: roles by the config file, from one session."""
    assert home.aws_mfa("--profile", "dev", "--token", "123456").returncode == 0
    roles = [f"arn:aws:iam::{n:012}:role/role{n}" for n in range(1, 31)]
    config = "".join(f"[profile role{n}]\nrole_arn = {role}\nsource_profile = dev\n" for n, role in enumerate(roles, 1))
    (home.folder / ".aws" / "config").write_text(config)
    for n in (1, 15, 30):
        identity = json.loads(aws(home, "sts", "get-caller-identity", "--profile", f"role{n}", "--output", "json"))
        assert f":assumed-role/role{n}/" in identity["Arn"]


def test_role(home, monkeypatch):
    result = home.aws_mfa("--profile", "dev", "--token", "123456", "--assume-role", ROLE)
    assert result.returncode == 0, result.stderr
    assert stored(home)["assumed_role_arn"] == ROLE
    identity = json.loads(aws(home, "sts", "get-caller-identity", "--profile", "dev", "--output", "json"))
    assert ":assumed-role/admin/" in identity["Arn"]


def test_botocore_reads_every_other_profile_as_before(home, monkeypatch):
    text = (
        "[default]\r\naws_access_key_id = AKIAX # not a comment to botocore\n; note\n[with space]\nregion: eu-west-1\n"
        "s3 =\n    max_concurrent_requests = 3\n[dev]\nregion = eu-west-3\noutput=json\n"
    ) + home.credentials.read_text()
    home.credentials.write_text(text)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home.credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")

    def profiles():
        return botocore.session.Session().full_config["profiles"]

    before = profiles()
    result = home.aws_mfa("--profile", "dev", "--token", "123456")
    assert result.returncode == 0, result.stderr
    after = profiles()
    assert after.pop("dev")["region"] == before.pop("dev")["region"]
    assert after == before
