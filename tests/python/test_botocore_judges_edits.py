"""botocore's own parser judges thousands of edits of hostile random files: what it read before, it reads after."""

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
}
MANAGED = {*OURS, "assumed_role_arn"}


def read(path):
    """What botocore reads; None where it rejects the file."""
    try:
        return raw_config_parse(str(path))
    except ConfigParseError:
        return None


def harm(before, after):
    """What the edit did wrong; None where nothing."""
    if after is None:
        return "it cannot be read any more" if before is not None else None
    target = after.get("mfa")
    if target is None:
        return "the section is missing"
    for key, value in OURS.items():
        if target.get(key) != value:
            return f"{key} is not what was written"
    if before is None:
        return None
    if before.keys() | {"mfa"} != after.keys():
        return "sections came or went"
    # A new section may hold more than our keys: what [DEFAULT] gives to every section.
    for section in before.keys():
        ours = MANAGED if section == "mfa" else set()
        old = {key: value for key, value in before[section].items() if key not in ours}
        new = {key: value for key, value in after[section].items() if key not in ours}
        if old != new:
            return f"[{section}] reads differently"
    return None


def test_no_edit_harms_a_file(tmp_path: pathlib.Path):
    seed = int(os.environ.get("AWS_MFA_TEST_SEED", random.SystemRandom().randrange(2**63)))
    print(f"seed {seed}")
    subprocess.run([os.environ["AWS_MFA_HOSTILE_FILES"], str(seed), str(COUNT), str(tmp_path)], check=True)
    harmed, edited, refused, readable_refused = [], 0, 0, 0
    for number in range(COUNT):
        before = read(tmp_path / f"{number}.before")
        if (tmp_path / f"{number}.refused").exists():
            refused += 1
            readable_refused += before is not None
            continue
        edited += 1
        problem = harm(before, read(tmp_path / f"{number}.after"))
        if problem:
            harmed.append((number, problem, (tmp_path / f"{number}.before").read_bytes(), (tmp_path / f"{number}.after").read_bytes()))
    print(f"{edited} edited, {len(harmed)} harmed, {refused} refused, {readable_refused} of them readable to botocore")
    assert not harmed, f"seed {seed}: {harmed[:3]}"
    assert edited >= 0.4 * COUNT, "an editor that refuses everything harms nothing, and helps nobody"
