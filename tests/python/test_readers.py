"""Real AWS clients read what the editor wrote: every fixture that they accept, and files such as people have."""

import configparser
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys

import conftest
import pytest

ROOT = pathlib.Path(__file__).parents[2]
READERS = ROOT / "tests" / "readers"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WRITTEN = ["ASIAFIXTURE", "fixture/Secret+key", "fixture//Token=="]
PROBE = ["ASIAPROBE", "probe/Secret", "probe//Token"]
PROBE_SECTION = (
    f"\n[probe]\naws_access_key_id = {PROBE[0]}\naws_secret_access_key = {PROBE[1]}\naws_session_token = {PROBE[2]}\n"
).encode()
ORDINARY = {
    "nothing but the keys": conftest.LONG_TERM,
    "a default profile and comments": "# mine\n[default]\nregion = eu-west-1\noutput = json\n\n" + conftest.LONG_TERM,
    "an old session of the Python tool": (
        conftest.LONG_TERM
        + "\n[dev]\nassumed_role = False\naws_access_key_id = ASIAOLD\naws_secret_access_key = old\n"
        + "aws_session_token = old\naws_security_token = old\nexpiration = 2016-01-01 00:00:00\n"
    ),
    "settings of the session's own": conftest.LONG_TERM + "\n[dev]\nregion = eu-west-3\ns3 =\n    max_concurrent_requests = 3\n",
    "Windows line ends": conftest.LONG_TERM.replace("\n", "\r\n"),
}
# Names that a client doesn't find, as the editor warns.
NOT_FOUND = {
    "JavaScript": {"name-with-a-space"},
    "Rust": {"name-not-ascii", "name-with-a-space", "name-with-an-apostrophe-and-parentheses"},
}


def javascript():
    subprocess.run([ROOT / "tests" / "node" / "install"], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    shutil.copy(READERS / "javascript.mjs", TARGET / "node-suite")
    return ["node", TARGET / "node-suite" / "javascript.mjs"]


def go():
    program = TARGET / "go-reader"
    build = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": f"{TARGET}/go-cache", "PATH": os.environ["PATH"]}
    subprocess.run(["go", "build", "-o", program, READERS / "go.go"], check=True, env=build)
    return [program]


# What each needs besides (a program, or files by a pattern), and how it is started.
CLIENTS = {
    "boto3": (None, lambda: [sys.executable, READERS / "boto.py"]),
    "AWS CLI 2": ("/usr/lib/python3/dist-packages/awscli", lambda: ["/usr/bin/python3", READERS / "aws_cli_2.py"]),
    "JavaScript": ("npm", javascript),
    "Rust": (None, lambda: [os.environ["AWS_MFA_RUST_READER"]]),
    "Go": ("/usr/share/gocode/src/github.com/aws/aws-sdk-go-v2", go),
    "Ruby": ("/usr/share/rubygems-integration/all/gems/aws-sdk-core-*", lambda: ["ruby", READERS / "ruby.rb"]),
}


@pytest.fixture(scope="module", params=CLIENTS)
def read(request):
    """Asks a client for a profile's keys in each of many files; None where it doesn't accept one."""
    needs, start = CLIENTS[request.param]
    if needs and not (shutil.which(needs) or glob.glob(needs)):
        assert not os.environ.get("AWS_MFA_TEST_TOOLS"), f"{needs} is missing"
        pytest.skip(f"{needs} is missing")
    command = start()

    def read(questions):
        lines = "".join(json.dumps({"file": str(file), "profile": profile}) + "\n" for file, profile in questions)
        environment = {"HOME": "/nonexistent", "PATH": os.environ["PATH"], "AWS_CONFIG_FILE": "/nonexistent", "PYTHONUTF8": "1", "LANG": "C.UTF-8"}
        result = subprocess.run(command, input=lines, env=environment, stdout=subprocess.PIPE, text=True, timeout=300, check=True)
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        assert len(answers) == len(questions)
        return answers

    read.client = request.param
    return read


def fixtures():
    """The folders of the edits that wrote a session."""
    for folder in sorted((ROOT / "fixtures" / "credentials").iterdir()):
        operation = folder / "operation"
        name = operation.read_text(encoding="utf-8").rstrip("\n").split(" ", 1) if operation.exists() else ["set", "mfa"]
        if (folder / "after").exists() and name[0] == "set":
            yield folder, name[1]


def test_edited_fixtures(read, tmp_path):
    """What a client accepts with one session more behind the user's own text, it accepts after the edit: both sessions."""
    before, after, probed, names = [], [], [], []
    for number, (folder, section) in enumerate(fixtures()):
        old = (folder / "before").read_bytes() if (folder / "before").exists() else b""
        new = (folder / "after").read_bytes()
        for name, text, files in [("before", old + PROBE_SECTION, before), ("after", new, after), ("probed", new + PROBE_SECTION, probed)]:
            file = tmp_path / f"{number}.{name}"
            file.write_bytes(text)
            files.append((file, section if name == "after" else "probe"))
        names.append(folder.name)
    accepted = [answer == PROBE for answer in read(before)]
    wrong = [
        (name, answer, probe)
        for name, accepts, answer, probe in zip(names, accepted, read(after), read(probed))
        if accepts and (answer, probe) != (None if name in NOT_FOUND.get(read.client, ()) else WRITTEN, PROBE)
    ]
    assert not wrong
    refused = [name for name, accepts in zip(names, accepted) if not accepts]
    print(f"{read.client}: {len(names) - len(refused)} of {len(names)} read; refused before the edit, too: {refused}")
    assert len(refused) < 0.2 * len(names)


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_files(name, read, home):
    home.credentials.write_bytes(ORDINARY[name].encode())
    result = home.aws_mfa("--profile", "dev", "--token", "123456")
    assert result.returncode == 0, result.stderr
    parser = configparser.RawConfigParser()
    parser.read(home.credentials)
    expected = [parser["dev"][f"aws_{key}"] for key in ("access_key_id", "secret_access_key", "session_token")]
    assert "old" not in expected
    permanent = ["AKIAIOSFODNN7EXAMPLE", conftest.LONG_TERM_SECRET]
    session, long_term = read([(home.credentials, "dev"), (home.credentials, "dev-long-term")])
    assert session == expected
    assert long_term[:2] == permanent and not long_term[2]
