"""The config file is read as botocore reads it: the same profiles, values and rejections, for generated files."""

import os
import random
import re
import subprocess

import botocore.configloader
import conftest
from botocore.exceptions import ConfigParseError

COUNT = 600
REGIONS = ["eu-west-1", "eu-central-1", "us-west-2", "ap-south-1"]
HEADERS = [
    "[profile dev]",
    "[profile dev]",
    "[profile  dev]",
    "[profile\tdev]",
    "[ profile dev ]",
    "[profile dev ]",
    '[profile "dev"]',
    "[profile 'dev']",
    "[profile 'dev]",
    "[profiledev]",
    "[profiles dev]",
    "[profile de v]",
    "[dev]",
    "[default]",
    "[DEFAULT]",
    "[profile other]",
    "[sso-session s]",
    "[profile dev] # mine",
    "[profile dev] [x]",
]
BROKEN_HEADERS = ["[profile dev", "[]"]
LINES = [
    "output = json",
    "s3 =",
    "empty =",
    "# region = xx-comment-1",
    "; comment",
    "",
    "   ",
    "key with spaces = v",
    "[bracket = x",
]
BROKEN_LINES = ["just text", "= no key", *BROKEN_HEADERS]


def a_line(chance):
    kind = chance.random()
    if kind < 0.15:
        text = chance.choice(HEADERS)
    elif kind < 0.5:
        delimiter = chance.choice([" = ", "=", ":", " : ", "\t=\t"])
        text = chance.choice(["region", "REGION", "Region"]) + delimiter + chance.choice(REGIONS)
    elif kind < 0.97:
        text = chance.choice(LINES)
    else:
        text = chance.choice(BROKEN_LINES)
    return chance.choice(["", "", "", " ", "  ", "\t", "    "]) + text + chance.choice(["", "", " ", "\r"])


def a_file(chance):
    first = chance.choice(["", "", "# comment\n", "  # indented comment\n"])
    header = chance.choice(["", "", "  "]) + chance.choice(HEADERS)
    return f"{first}{header}\n" + "".join(a_line(chance) + "\n" for _ in range(chance.randint(0, 5)))


def botocores(path):
    """The region of profile dev, in a list; None where botocore rejects the file."""
    try:
        return [botocore.configloader.load_config(str(path))["profiles"].get("dev", {}).get("region")]
    except ConfigParseError:
        return None


def test_generated_files(tmp_path):
    seed = int(os.environ.get("AWS_MFA_TEST_SEED", random.SystemRandom().randrange(2**63)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    (tmp_path / ".aws").mkdir(mode=0o700)
    credentials, config = tmp_path / ".aws" / "credentials", tmp_path / ".aws" / "config"
    credentials.write_text(conftest.LONG_TERM)
    credentials.chmod(0o600)
    seen = {"read": 0, "with a region": 0, "rejected": 0, "odd": 0}
    for _ in range(COUNT):
        text = a_file(chance)
        config.write_bytes(text.encode())
        result = subprocess.run(
            [conftest.AWS_MFA, "-v", "-p", "dev", "--no-prompt"],
            env={"HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        said = f"seed {seed}: {text!r}: {result.stderr}"
        expected = botocores(config)
        is_rejected = "boto3 reject the whole file" in result.stderr
        found = re.search(r"region: (\S+) \(from region in \[(.*)\]\)", result.stderr)
        if result.returncode == 1:
            # Nobody reads the file, or not everybody reads the same value.
            is_odd = re.search(r"AWS tools disagree|appears twice in section|continues on an indented", result.stderr)
            assert is_odd or expected is None, said
            seen["odd" if is_odd else "rejected"] += 1
        else:
            assert result.returncode == 3, said
            assert is_rejected == (expected is None), said
            if expected is None:
                seen["rejected"] += 1
            else:
                assert expected == [found and found.group(1)], said
                seen["with a region" if found else "read"] += 1
    print(seen)
    assert min(seen["read"], seen["with a region"], seen["rejected"]) >= 30, seen
    assert seen["odd"] < COUNT / 4, seen
