"""A home folder, aws-mfa in it, and moto's AWS on loopback."""

import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest

AWS_MFA = os.environ["AWS_MFA"]
LONG_TERM_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
LONG_TERM = f"""\
# keys of the person
[dev-long-term]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = {LONG_TERM_SECRET}
aws_mfa_device = arn:aws:iam::123456789012:mfa/alice
"""


class Home:
    """A home folder with a credentials file, and nothing of the caller's own AWS configuration."""

    def __init__(self, folder: pathlib.Path, endpoint: str) -> None:
        self.folder = folder
        self.credentials = folder / ".aws" / "credentials"
        self.credentials.parent.mkdir(mode=0o700)
        self.credentials.write_text(LONG_TERM)
        self.credentials.chmod(0o600)
        self.environment = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def run(self, *command: str, **options) -> subprocess.CompletedProcess:
        result = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, **options
        )
        if command[0] == AWS_MFA:
            assert LONG_TERM_SECRET not in result.stdout + result.stderr
        return result

    def aws_mfa(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run(AWS_MFA, *arguments)


@pytest.fixture(scope="session")
def moto():
    """moto's server: accepts any code and any duration."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, str(pathlib.Path(__file__).with_name("moto_server.py")), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, "moto's server ended"
                assert time.monotonic() < deadline, "moto's server doesn't listen"
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def loopback():
    """The strict loopback STS; returns its URL and a function that tells the MFA device's code."""
    server = subprocess.Popen(
        [os.environ["AWS_MFA_LOOPBACK_STS"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    url = server.stdout.readline().strip()

    def code():
        server.stdin.write("\n")
        server.stdin.flush()
        return server.stdout.readline().strip()

    yield url, code
    server.stdin.close()
    server.wait(timeout=60)


@pytest.fixture
def home(tmp_path: pathlib.Path, moto: str) -> Home:
    return Home(tmp_path, moto)
