"""AWS's own clients take the session from `aws-mfa credential-process`, also past an expiry."""

import datetime
import sys

import boto3
import conftest


def store(home, number, minutes):
    """A session in `[dev]` that ends in so many minutes."""
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    home.credentials.write_text(
        conftest.LONG_TERM
        + f"[dev]\nassumed_role = False\naws_access_key_id = ASIASESSION{number}\naws_secret_access_key = secret{number}\n"
        + f"aws_session_token = token{number}\naws_security_token = token{number}\nexpiration = {end:%Y-%m-%d %H:%M:%S}\n"
    )


def configure(home, name="dev-auto"):
    (home.folder / ".aws" / "config").write_text(
        f"[profile {name}]\nregion = us-east-1\ncredential_process = {conftest.AWS_MFA} credential-process --profile dev\n"
    )


def test_boto3_also_past_an_expiry(home, monkeypatch):
    configure(home)
    # botocore asks again where less than ten minutes are left.
    store(home, 1, 8)
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    credentials = boto3.Session(profile_name="dev-auto").get_credentials()
    assert credentials.method == "custom-process"
    frozen = credentials.get_frozen_credentials()
    assert (frozen.access_key, frozen.secret_key, frozen.token) == ("ASIASESSION1", "secret1", "token1")
    store(home, 2, 600)
    assert credentials.get_frozen_credentials().access_key == "ASIASESSION2"
    store(home, 3, 600)
    assert credentials.get_frozen_credentials().access_key == "ASIASESSION2", "it lasts: nobody is asked"


def test_aws_cli(home):
    configure(home)
    assert home.aws_mfa("--profile", "dev", "--token", "123456").returncode == 0
    result = home.run(sys.executable, "-m", "awscli", "configure", "list", "--profile", "dev-auto")
    assert "custom-process" in result.stdout, result.stderr


def test_nobody_to_ask_is_shown_by_the_client(home):
    configure(home)
    result = home.run(sys.executable, "-m", "awscli", "sts", "get-caller-identity", "--profile", "dev-auto")
    assert result.returncode != 0
    assert "nobody can be asked for the MFA code here: run `aws-mfa --profile dev`" in result.stderr


def test_a_profile_of_the_sessions_own_name_is_refused(home):
    configure(home, "dev")
    store(home, 1, 600)
    result = home.aws_mfa("credential-process", "--profile", "dev")
    assert result.returncode == 1
    assert "give it a name of its own" in result.stderr
    # Because of this: the stored session goes before the process.
    listed = home.run(sys.executable, "-m", "awscli", "configure", "list", "--profile", "dev").stdout
    assert "shared-credentials-file" in listed
