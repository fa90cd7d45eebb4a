"""aws-mfa in the place of the Python aws-mfa 0.0.12: both run with the same file, options and variables, against the same STS.

The resulting files parse equal but for the values that STS hands out, each takes the other's session as valid, and the exit
codes agree. Where we differ on purpose, a test says so by its name.
"""

import configparser
import dataclasses
import datetime
import os
import re
import subprocess
import sys

import conftest
import pytest

PYTHON_TOOL = os.environ["PYTHON_AWS_MFA"]
ROLE = "arn:aws:iam::123456789012:role/admin"
DEVICE = "arn:aws:iam::123456789012:mfa/alice"
KEYS = f"aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {conftest.LONG_TERM_SECRET}\n"
MANAGED = [
    "assumed_role",
    "assumed_role_arn",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "expiration",
]
# Values that STS makes up.
ISSUED = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "expiration"}


def long_term(name="dev-long-term", extra=f"aws_mfa_device = {DEVICE}\n"):
    return f"[{name}]\n{KEYS}{extra}"


def session(name="dev", minutes=600, role=None, without=None):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    values = {
        "assumed_role": str(role is not None),
        "assumed_role_arn": role,
        "aws_access_key_id": "ASIASTORED",
        "aws_secret_access_key": "stored",
        "aws_session_token": "stored-token",
        "aws_security_token": "stored-token",
        "expiration": f"{end:%Y-%m-%d %H:%M:%S}",
    }
    lines = [f"{key} = {value}\n" for key, value in values.items() if value is not None and key != without]
    return f"[{name}]\n{''.join(lines)}"


@dataclasses.dataclass
class Scenario:
    credentials: str
    args: list = dataclasses.field(default_factory=lambda: ["--profile", "dev"])
    variables: dict = dataclasses.field(default_factory=dict)
    section: str = "dev"
    # None: a good one.
    code: str | None = None
    status: int = 0
    refreshes: bool = True


DEV = ["--profile", "dev"]
SCENARIOS = {
    "first refresh": Scenario(long_term()),
    "default profile": Scenario(long_term("default-long-term"), [], section="default"),
    "AWS_PROFILE": Scenario("[dev]\nregion = x\n" + long_term(), [], {"AWS_PROFILE": "dev"}),
    "profile option before AWS_PROFILE": Scenario("[other]\nregion = x\n" + long_term(), DEV, {"AWS_PROFILE": "other"}),
    "device option": Scenario(long_term(extra=""), [*DEV, "--device", DEVICE]),
    "MFA_DEVICE": Scenario(long_term(extra=""), DEV, {"MFA_DEVICE": DEVICE}),
    "device option before MFA_DEVICE": Scenario(long_term(extra=""), [*DEV, "--device", DEVICE], {"MFA_DEVICE": "wrong:mfa"}),
    "MFA_DEVICE before the file": Scenario(long_term(extra="aws_mfa_device = wrong:mfa\n"), DEV, {"MFA_DEVICE": DEVICE}),
    "duration option": Scenario(long_term(), [*DEV, "--duration", "900"]),
    "MFA_STS_DURATION": Scenario(long_term(), DEV, {"MFA_STS_DURATION": "129600"}),
    "duration option before MFA_STS_DURATION": Scenario(long_term(), [*DEV, "--duration", "900"], {"MFA_STS_DURATION": "5"}),
    "empty MFA_STS_DURATION": Scenario(long_term(), DEV, {"MFA_STS_DURATION": ""}),
    "role option": Scenario(long_term(), [*DEV, "--assume-role", ROLE]),
    "role by the short option": Scenario(long_term(), [*DEV, "--assume", ROLE, "--role-session-name", "alice"]),
    "MFA_ASSUME_ROLE": Scenario(long_term(), DEV, {"MFA_ASSUME_ROLE": ROLE}),
    "assume_role in the file": Scenario(long_term(extra=f"aws_mfa_device = {DEVICE}\nassume_role = {ROLE}\n")),
    "keys without a suffix": Scenario(
        long_term("dev"), [*DEV, "--long-term-suffix", "none", "--short-term-suffix", "mfa"], section="dev-mfa"
    ),
    "suffix none in any case": Scenario(
        long_term("dev"), [*DEV, "--long-suffix", "NONE", "--short-suffix", "mfa"], section="dev-mfa"
    ),
    "other long-term suffix": Scenario(long_term("dev-keys"), [*DEV, "--long-suffix", "keys"]),
    "short-term suffix": Scenario(long_term(), [*DEV, "--short-term-suffix", "session"], section="dev-session"),
    "short-term suffix none": Scenario(long_term(), [*DEV, "--short-term-suffix", "none"]),
    "expired": Scenario(session(minutes=-5) + long_term()),
    "still valid": Scenario(session() + long_term(), refreshes=False),
    "force": Scenario(session() + long_term(), [*DEV, "--force"]),
    "incomplete": Scenario(session(without="aws_security_token") + long_term(), [*DEV, "--force"]),
    "no expiration": Scenario(session(without="expiration") + long_term()),
    "from a role to none": Scenario(session(role=ROLE) + long_term()),
    "from none to a role": Scenario(session() + long_term(), [*DEV, "--assume-role", ROLE]),
    "the same role": Scenario(session(role=ROLE) + long_term(), [*DEV, "--assume-role", ROLE], refreshes=False),
    "another role": Scenario(session(role=ROLE + "-old") + long_term(), [*DEV, "--assume-role", ROLE]),
    "other keys of the section": Scenario("[dev]\nregion = eu-west-1\noutput = json\n" + long_term()),
    "other sections": Scenario("[a]\nk = v\n[b]\naws_access_key_id = AKIAX\n" + long_term() + "[c]\nregion = x\n"),
    "log level": Scenario(long_term(), [*DEV, "--log-level", "ERROR"]),
    "no long-term section": Scenario("[other]\nk = v\n", status=1, refreshes=False),
    "no access key": Scenario(f"[dev-long-term]\naws_mfa_device = {DEVICE}\n", status=1, refreshes=False),
    # Ours would ask IAM for it.
    "no device": Scenario(
        long_term(extra=""), variables={"AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:9"}, status=1, refreshes=False
    ),
    "wrong code": Scenario(long_term(), code="000000", status=1, refreshes=False),
    "no code": Scenario(long_term(), code="12345", status=1, refreshes=False),
    "wrong device": Scenario(long_term(extra="aws_mfa_device = arn:aws:iam::1:mfa/x\n"), status=1, refreshes=False),
    "deleted key": Scenario(long_term().replace("AKIAIOS", "AKIADEL"), status=1, refreshes=False),
    "role not allowed": Scenario(long_term(), [*DEV, "--assume-role", ROLE + "-x"], status=1, refreshes=False),
    "unknown option": Scenario(long_term(), [*DEV, "--no-such-option"], status=2, refreshes=False),
}


class Sts:
    """The strict STS of the other tests."""

    def __init__(self):
        self.process = subprocess.Popen(
            [os.environ["AWS_MFA_LOOPBACK_STS"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()

    def code(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@pytest.fixture(scope="module")
def sts():
    sts = Sts()
    yield sts
    sts.process.stdin.close()
    sts.process.wait(timeout=30)


@dataclasses.dataclass
class Person:
    """A home folder, and a tool to run in it."""

    folder: object
    sts: Sts

    def __post_init__(self):
        (self.folder / ".aws").mkdir(mode=0o700)
        self.credentials = self.folder / ".aws" / "credentials"

    def write(self, text):
        self.credentials.write_text(text)
        self.credentials.chmod(0o600)

    def run(self, tool, args, variables=(), code=""):
        command = [sys.executable, PYTHON_TOOL] if tool == PYTHON_TOOL else [tool]
        environment = {
            "HOME": str(self.folder),
            "LOGNAME": "alice",
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL_STS": self.sts.url,
            "AWS_ENDPOINT_URL_IAM": self.sts.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            **dict(variables),
        }
        result = subprocess.run(
            [*command, *args], env=environment, input=code, capture_output=True, text=True, timeout=120
        )
        if tool != PYTHON_TOOL:
            assert conftest.LONG_TERM_SECRET not in result.stdout + result.stderr
        return result

    def parsed(self):
        parser = configparser.RawConfigParser(default_section="no such section")
        parser.read(self.credentials)
        return {section: dict(parser[section]) for section in parser.sections()}


@pytest.fixture
def both(tmp_path, sts):
    people = []
    for name in ("python", "ours"):
        (tmp_path / name).mkdir()
        people.append(Person(tmp_path / name, sts))
    return people


def without_issued(parsed, section):
    return {
        name: {key: "?" if name == section and key in ISSUED else value for key, value in values.items()}
        for name, values in parsed.items()
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name, both, sts):
    scenario = SCENARIOS[name]
    results = []
    for person, tool in zip(both, (PYTHON_TOOL, conftest.AWS_MFA)):
        person.write(scenario.credentials)
        code = scenario.code or sts.code()
        result = person.run(tool, scenario.args, scenario.variables, f"{code}\n")
        assert result.returncode == scenario.status, f"{tool}: {result.stdout}{result.stderr}"
        results.append(person.parsed())
    theirs, ours = results
    if not scenario.refreshes:
        assert both[1].credentials.read_text() == scenario.credentials
        assert theirs == ours
        return
    section = scenario.section
    assert without_issued(theirs, section) == without_issued(ours, section)
    for parsed in results:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", parsed[section]["expiration"])
        assert parsed[section]["aws_session_token"] == parsed[section]["aws_security_token"]
    ends = [datetime.datetime.fromisoformat(parsed[section]["expiration"]) for parsed in results]
    assert abs(ends[1] - ends[0]) < datetime.timedelta(seconds=60)
    order = [[key for key in parsed[section] if key in MANAGED] for parsed in results]
    if f"[{section}]" not in scenario.credentials:
        assert order[0] == order[1] == [key for key in MANAGED if key in order[0]]
    # Each takes the other's session as valid: no code, the same bytes.
    args = [arg for arg in scenario.args if arg != "--force"]
    for person, tool in zip(both, (conftest.AWS_MFA, PYTHON_TOOL)):
        before = person.credentials.read_text()
        result = person.run(tool, args, scenario.variables)
        assert result.returncode == 0, f"{tool}: {result.stdout}{result.stderr}"
        assert person.credentials.read_text() == before


def test_different_on_purpose_a_new_profile_by_variable_is_no_crash(both, sts):
    for person, tool, status in zip(both, (PYTHON_TOOL, conftest.AWS_MFA), (1, 0)):
        person.write(long_term())
        assert person.run(tool, [], {"AWS_PROFILE": "dev"}, sts.code() + "\n").returncode == status


def test_different_on_purpose_an_empty_variable_is_an_unset_one(both, sts):
    for person, tool, status in zip(both, (PYTHON_TOOL, conftest.AWS_MFA), (1, 0)):
        person.write(long_term("default-long-term"))
        assert person.run(tool, [], {"AWS_PROFILE": ""}, sts.code() + "\n").returncode == status


def test_different_on_purpose_comments_and_case_are_kept(both, sts):
    text = f"# mine\n[a]\nKey = v ; c\n\n{long_term()}# end\n"
    for person, tool in zip(both, (PYTHON_TOOL, conftest.AWS_MFA)):
        person.write(text)
        assert person.run(tool, DEV, code=sts.code() + "\n").returncode == 0
    assert "# mine" not in both[0].credentials.read_text()
    assert both[1].credentials.read_text().startswith(text)


def test_different_on_purpose_permanent_keys_are_protected(both, sts):
    text = f"[dev]\n{KEYS.replace('AKIAIOS', 'AKIAOTH')}{long_term()}"
    for person, tool, status in zip(both, (PYTHON_TOOL, conftest.AWS_MFA), (0, 1)):
        person.write(text)
        assert person.run(tool, DEV, code=sts.code() + "\n").returncode == status
    assert both[1].credentials.read_text() == text


def test_different_on_purpose_the_credentials_file_variable_is_honoured(both, sts):
    person = both[1]
    person.write("")
    other = person.folder / "other"
    other.write_text(long_term())
    other.chmod(0o600)
    result = person.run(conftest.AWS_MFA, DEV, {"AWS_SHARED_CREDENTIALS_FILE": str(other)}, sts.code() + "\n")
    assert result.returncode == 0, result.stderr
    assert "\n[dev]\n" in other.read_text() and person.credentials.read_text() == ""


def test_different_on_purpose_messages_go_to_standard_error(both, sts):
    for person, tool, stream in zip(both, (PYTHON_TOOL, conftest.AWS_MFA), ("stdout", "stderr")):
        person.write(long_term())
        result = person.run(tool, DEV, code=sts.code() + "\n")
        assert "dev" in getattr(result, stream)
    assert result.stdout == ""


def test_different_on_purpose_equal_suffixes_are_a_wrong_command_line(both):
    for person, tool, status in zip(both, (PYTHON_TOOL, conftest.AWS_MFA), (1, 2)):
        person.write(long_term())
        args = [*DEV, "--long-term-suffix", "x", "--short-term-suffix", "x"]
        assert person.run(tool, args).returncode == status


def test_different_on_purpose_a_foreign_date_is_a_reason_to_refresh(both, sts):
    text = re.sub(r"expiration = .*", "expiration = tomorrow", session()) + long_term()
    for person, tool, status in zip(both, (PYTHON_TOOL, conftest.AWS_MFA), (1, 0)):
        person.write(text)
        assert person.run(tool, DEV, code=sts.code() + "\n").returncode == status


def test_setup_by_the_python_tools_option(both, sts):
    """Theirs asks on standard input; ours takes options, and proves the keys."""
    theirs, ours = both
    for person in both:
        person.write("[other]\nk = v\n")
    theirs.run(PYTHON_TOOL, ["--setup"], code=f"dev\nAKIAIOSFODNN7EXAMPLE\n{conftest.LONG_TERM_SECRET}\n")
    args = ["setup", "--profile", "dev", "--access-key-id", "AKIAIOSFODNN7EXAMPLE", "--device", DEVICE, "--yes"]
    result = ours.run(conftest.AWS_MFA, args, code=conftest.LONG_TERM_SECRET)
    assert result.returncode == 0, result.stderr
    stored = ours.parsed()["dev-long-term"]
    assert stored.pop("aws_mfa_device") == DEVICE
    assert theirs.parsed()["dev-long-term"] == stored
    # What theirs has set up, ours uses.
    refresh = theirs.run(conftest.AWS_MFA, [*DEV, "--device", DEVICE], code=sts.code() + "\n")
    assert refresh.returncode == 0, refresh.stderr
