"""botocore's own parser judges thousands of edits of hostile random files: what it read before, it reads after. It also
judges what aws-mfa reads in a section with permanent keys, and which files a warning says that it rejects."""

import collections
import os
import pathlib
import random
import subprocess

from botocore.configloader import raw_config_parse
from botocore.exceptions import ConfigParseError

COUNT = 10_000
OURS = {
    "assumed_role": "False",
    "aws_access_key_id": "ASIANEW",
    "aws_secret_access_key": "sec/ret+",
    "aws_session_token": "tok//en==",
    "aws_security_token": "tok//en==",
    "expiration": "2026-11-22 20:00:00",
    "assumed_role_arn": None,
}
PERMANENT = {
    "aws_access_key_id": "AKIANEW",
    "aws_secret_access_key": "new/Secret+",
    "aws_session_token": None,
    "aws_security_token": None,
}


def read(path):
    """What botocore reads; None where it rejects the file."""
    try:
        return raw_config_parse(str(path))
    except ConfigParseError:
        return None


def harm(before, after, name, written):
    """What an edit that writes these values to section `name` did wrong; None where nothing."""
    if after is None:
        return "it cannot be read any more" if before is not None else None
    target = after.get(name)
    if target is None:
        return "the section is missing"
    for key, value in written.items():
        if value is not None and target.get(key) != value:
            return f"{key} is not what was written"
    if before is None:
        return None
    if before.keys() | {name} != after.keys():
        return "sections came or went"
    # A new section may hold more than our keys: what [DEFAULT] gives to every section.
    for section in before.keys():
        ours = written if section == name else {}
        old = {key: value for key, value in before[section].items() if key not in ours}
        new = {key: value for key, value in after[section].items() if key not in ours}
        if old != new:
            return f"[{section}] reads differently"
    return None


def misread(before, name, values):
    """A value that aws-mfa reads otherwise than botocore; None where there is none."""
    for line in filter(None, values.split("\n")):
        key, value = line.split("=", 1)
        if before[name].get(key) != value:
            return f"{key} is read differently"
    return None


def test_no_edit_harms_a_file(tmp_path: pathlib.Path):
    seed = int(os.environ.get("AWS_MFA_TEST_SEED", random.SystemRandom().randrange(2**63)))
    print(f"seed {seed}")
    subprocess.run([os.environ["AWS_MFA_HOSTILE_FILES"], str(seed), str(COUNT), str(tmp_path)], check=True)
    wrong = []
    counts = collections.Counter()
    for number in range(COUNT):
        path = tmp_path / str(number)
        name = path.with_suffix(".target").read_text()
        before = read(path.with_suffix(".before"))

        def judge(problem, kind="before"):
            if problem:
                wrong.append((number, problem, *(path.with_suffix(f".{k}").read_bytes() for k in ("before", kind))))

        if path.with_suffix(".refused").exists():
            counts["refused"] += 1
            counts["refused, but readable to botocore"] += before is not None
        else:
            counts["edited"] += 1
            after = read(path.with_suffix(".after"))
            judge(harm(before, after, name, OURS), "after")
            if (after is None) != path.with_suffix(".odd").exists():
                judge("the warning is wrong", "after")
        if path.with_suffix(".replaced").exists():
            counts["permanent keys replaced"] += 1
            judge(harm(before, read(path.with_suffix(".replaced")), name, PERMANENT), "replaced")
        values = path.with_suffix(".values")
        if before is not None and values.exists():
            counts["with values read"] += bool(values.read_text())
            judge(misread(before, name, values.read_bytes().decode()))
    print(f"{dict(counts)}, {len(wrong)} wrong")
    assert not wrong, f"seed {seed}: {wrong[:3]}"
    assert counts["edited"] >= 0.4 * COUNT, "an editor that refuses everything harms nothing, and helps nobody"
    assert counts["permanent keys replaced"] > counts["edited"], "keys may be indented there"
    assert counts["with values read"] >= 0.05 * COUNT
