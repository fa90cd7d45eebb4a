"""The code, asked for in a window: real programs on a real display, called through boto3 without a terminal."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

import conftest
import pytest

TOOLS = ["Xvfb", "xdotool", "ssh-askpass", "zenity"]
# What a program in an IDE does.
CLIENT = """
import boto3
print(boto3.Session(profile_name="dev-auto").get_credentials().get_frozen_credentials().access_key)
"""


@pytest.fixture
def display():
    """A display without a window manager; returns its name."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        assert "AWS_MFA_TEST_TOOLS" not in os.environ, f"missing: {missing}"
        pytest.skip(f"missing: {missing}")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        # Otherwise it begins anew whenever the last program has left, and throws out who comes just then.
        ["Xvfb", "-noreset", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    # The whole line: it writes that in pieces, and ends if nobody reads one.
    with open(reader) as line:
        number = line.readline().strip()
    assert number, "Xvfb doesn't start"
    yield f":{number}"
    server.terminate()
    server.wait()


class Screen:
    """What a person sees and types."""

    def __init__(self, display, client=None):
        self.environment = {"DISPLAY": display, "PATH": os.environ["PATH"]}
        self.client = client
        self.seen = set()

    def xdotool(self, *arguments):
        result = subprocess.run(["xdotool", *arguments], env=self.environment, capture_output=True, text=True, timeout=60)
        return result.stdout.split()

    def windows(self):
        return self.xdotool("search", "--onlyvisible", "--name", ".")

    def programs(self):
        """Those that aws-mfa has started on this display. (The next program's window may have the number of the last.)"""
        wanted = {f"DISPLAY={self.environment['DISPLAY']}".encode(), b"AWS_MFA_SECTION=dev"}
        found = set()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if wanted <= set((process / "environ").read_bytes().split(b"\0")):
                    found.add(process.name)
            except OSError:
                pass
        return found

    def waits_for(self, what, condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert self.client is None or self.client.poll() is None, self.client.communicate()
            assert time.monotonic() < deadline, f"{what} didn't come"
            time.sleep(0.1)

    def waits_for_window(self):
        """A new one, with the keyboard in it: without a window manager, it belongs to where the mouse is."""
        self.waits_for("a window", lambda: self.programs() - self.seen and self.windows())
        self.seen |= self.programs()
        self.xdotool("mousemove", "--window", self.windows()[0], "20", "20")
        time.sleep(1)

    def answers(self, text):
        self.waits_for_window()
        self.xdotool("type", "--delay", "30", text)
        self.xdotool("key", "Return")


def start(tmp_path: pathlib.Path, url, display, variables):
    home = conftest.Home(tmp_path, url)
    (tmp_path / ".aws" / "config").write_text(
        f"[profile dev-auto]\ncredential_process = {conftest.AWS_MFA} credential-process --profile dev\n"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT],
        env=home.environment | {"DISPLAY": display} | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Without a terminal.
        start_new_session=True,
    )
    return home, client


@pytest.mark.parametrize(
    "variables",
    [
        {"SSH_ASKPASS": "/usr/bin/ssh-askpass"},
        {"AWS_MFA_ASKPASS": "ssh-askpass"},
        {"AWS_MFA_ASKPASS": "zenity --entry --title 'AWS' --text"},
    ],
    ids=["ssh", "ssh-askpass", "zenity"],
)
def test_a_wrong_code_then_a_right_one(tmp_path, loopback, display, variables):
    url, code = loopback
    home, client = start(tmp_path, url, display, variables)
    screen = Screen(display, client)
    screen.answers("000000")
    screen.answers(code())
    output, said = client.communicate(timeout=60)
    assert client.returncode == 0, said
    assert output.startswith("ASIASANDBOX"), output
    assert "[dev]" in home.credentials.read_text()


def test_a_window_that_is_closed(tmp_path, loopback, display):
    home, client = start(tmp_path, loopback[0], display, {"AWS_MFA_ASKPASS": "zenity --entry --text"})
    screen = Screen(display, client)
    screen.waits_for_window()
    screen.xdotool("key", "Escape")
    output, said = client.communicate(timeout=60)
    assert client.returncode != 0
    assert "(the askpass program from AWS_MFA_ASKPASS: it failed (exit status: 1))" in said, said
    assert "[dev]" not in home.credentials.read_text()


def test_bad_keys_close_the_window(tmp_path, loopback, display):
    url, _ = loopback
    home, client = start(tmp_path, url, display, {"AWS_MFA_ASKPASS": "sh -c 'zenity --entry --text \"$1\"' sh"})
    home.credentials.write_text(conftest.LONG_TERM.replace("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7DELETED"))
    output, said = client.communicate(timeout=60)
    assert client.returncode != 0 and "InvalidClientTokenId" in said, said
    screen = Screen(display)
    screen.waits_for("an empty screen", lambda: not screen.windows())
