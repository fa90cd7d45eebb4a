"""One code in the morning, then thirty roles, in the AWS CLI and in boto3."""

import json
import os

import boto3
import botocore.exceptions
import conftest
import pytest

ROLES = 30


def test_one_code_for_thirty_roles(tmp_path, monkeypatch, loopback):
    url, code = loopback
    home = conftest.Home(tmp_path, url)
    config = "[profile dev]\nregion = us-east-1\n" + "".join(
        f"[profile role{number}]\nrole_arn = arn:aws:iam::123456789012:role/role{number}\nsource_profile = dev\n"
        for number in range(ROLES)
    )
    (tmp_path / ".aws" / "config").write_text(config)
    refreshed = home.aws_mfa("-p", "role7", "--token", code())
    assert refreshed.returncode == 0 and "role7 takes its credentials from dev" in refreshed.stderr, refreshed.stderr

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    for number in range(ROLES):
        session = boto3.Session(profile_name=f"role{number}")
        arn = session.client("sts").get_caller_identity()["Arn"]
        assert f":assumed-role/role{number}" in arn
    # The AWS CLI by its own way, and by aws-mfa's.
    by_itself = home.run("aws", "sts", "get-caller-identity", "--profile", "role3")
    by_exec = home.aws_mfa("exec", "-p", "role3", "--no-prompt", "--", "aws", "sts", "get-caller-identity")
    for result in (by_itself, by_exec):
        assert result.returncode == 0, result.stderr
        assert ":assumed-role/role3" in json.loads(result.stdout)["Arn"]
    # As a credential_process, under a name of its own.
    with open(tmp_path / ".aws" / "config", "a", encoding="utf-8") as file:
        file.write(f"[profile auto]\ncredential_process = {conftest.AWS_MFA} credential-process -p role5 --no-prompt\n")
    arn = boto3.Session(profile_name="auto").client("sts").get_caller_identity()["Arn"]
    assert ":assumed-role/role5" in arn


def test_a_role_that_does_not_trust_the_user(tmp_path, monkeypatch, loopback):
    url, code = loopback
    home = conftest.Home(tmp_path, url)
    (tmp_path / ".aws" / "config").write_text(
        "[profile other]\nrole_arn = arn:aws:iam::123456789012:role/other\nsource_profile = dev\n"
    )
    assert home.aws_mfa("-p", "other", "--token", code()).returncode == 0
    refused = home.aws_mfa("env", "-p", "other")
    assert refused.returncode == 1 and "its trust policy doesn't let your user assume it" in refused.stderr, refused.stderr
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(botocore.exceptions.ClientError):
        boto3.Session(profile_name="other").client("sts").get_caller_identity()
