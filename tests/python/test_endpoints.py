"""Where STS is, and which region requests are signed for: the same as botocore resolves, for every way to say it."""

import dataclasses
import os
import re
import subprocess

import botocore.awsrequest
import botocore.exceptions
import botocore.session
import conftest
import pytest


@dataclasses.dataclass
class Case:
    """The host and the signing region that are expected, and what says so."""

    host: str
    region: str
    variables: dict = dataclasses.field(default_factory=dict)
    config: str = ""
    # Of our own; botocore gets the region that it names.
    region_option: str | None = None
    # Of our own, too: which part of AWS it is.
    partition: str = "aws"
    # Where botocore makes something else of it, or nothing: why we do.
    disagreement: str | None = None
    # The host and the signing region to botocore; None where it fails.
    botocores: tuple | None = None


def regional(region, suffix="amazonaws.com", **rest):
    return Case(f"sts.{region}.{suffix}", region, **rest)


GLOBAL = "sts.amazonaws.com"
SERVICES = "services = mine\n[services mine]\nsts =\n  endpoint_url = https://sts.services.example\n"
CASES = {
    "nothing says anything": regional(
        "us-east-1",
        disagreement="regions that must be enabled refuse the tokens of the global endpoint",
        botocores=(GLOBAL, "us-east-1"),
    ),
    "nothing says anything, a device in China": regional(
        "cn-north-1",
        "amazonaws.com.cn",
        partition="aws-cn",
        disagreement="the device's ARN tells the part of AWS",
        botocores=(GLOBAL, "us-east-1"),
    ),
    "nothing says anything, a device in GovCloud": regional(
        "us-gov-west-1",
        partition="aws-us-gov",
        disagreement="the device's ARN tells the part of AWS",
        botocores=(GLOBAL, "us-east-1"),
    ),
    "legacy without a region": Case(GLOBAL, "us-east-1", {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}),
    "legacy by variable": Case(GLOBAL, "us-east-1", {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}, "region = eu-west-1\n"),
    "legacy by the profile": Case(GLOBAL, "us-east-1", {}, "region = us-west-2\nsts_regional_endpoints = legacy\n"),
    "legacy, but a newer region": regional("eu-south-1", config="region = eu-south-1\nsts_regional_endpoints = legacy\n"),
    "regional by variable before the profile": regional(
        "eu-west-1",
        variables={"AWS_STS_REGIONAL_ENDPOINTS": "regional"},
        config="region = eu-west-1\nsts_regional_endpoints = legacy\n",
    ),
    "legacy, but FIPS": Case(
        "sts-fips.us-east-2.amazonaws.com",
        "us-east-2",
        {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
        "region = us-east-2\n",
    ),
    "FIPS without a region": Case(
        "sts-fips.us-east-1.amazonaws.com",
        "us-east-1",
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        disagreement="without a region we take the one of the device's part of AWS",
        botocores=("sts-fips.aws-global.amazonaws.com", "us-east-1"),
    ),
    "option": regional("eu-west-1", region_option="eu-west-1"),
    "option before AWS_REGION": regional("eu-west-1", region_option="eu-west-1", variables={"AWS_DEFAULT_REGION": "us-west-2"}),
    "AWS_DEFAULT_REGION": regional("us-west-2", variables={"AWS_DEFAULT_REGION": "us-west-2"}),
    "us-east-1 is regional": regional("us-east-1", variables={"AWS_DEFAULT_REGION": "us-east-1"}),
    "region of the profile": regional("ap-northeast-1", config="region = ap-northeast-1\n"),
    "variable before the profile": regional(
        "us-west-2", variables={"AWS_DEFAULT_REGION": "us-west-2"}, config="region = ap-northeast-1\n"
    ),
    "empty variable": regional(
        "ap-northeast-1",
        variables={"AWS_DEFAULT_REGION": ""},
        config="region = ap-northeast-1\n",
        disagreement="an empty variable counts as unset to us; botocore makes a host without a region of it",
    ),
    "China": regional("cn-north-1", "amazonaws.com.cn", config="region = cn-north-1\n", partition="aws-cn"),
    "GovCloud": regional("us-gov-west-1", config="region = us-gov-west-1\n", partition="aws-us-gov"),
    "GovCloud East": regional("us-gov-east-1", config="region = us-gov-east-1\n", partition="aws-us-gov"),
    "European sovereign cloud": regional("eusc-de-east-1", "amazonaws.eu", config="region = eusc-de-east-1\n", partition="aws-eusc"),
    "region that must be enabled": regional("af-south-1", config="region = af-south-1\n"),
    "region of the future": regional("eu-central-9", config="region = eu-central-9\n"),
    "FIPS by variable": Case(
        "sts-fips.us-east-2.amazonaws.com", "us-east-2", {"AWS_USE_FIPS_ENDPOINT": "true"}, "region = us-east-2\n"
    ),
    "FIPS by the profile": Case("sts-fips.us-west-1.amazonaws.com", "us-west-1", {}, "region = us-west-1\nuse_fips_endpoint = true\n"),
    "FIPS in GovCloud": Case(
        "sts.us-gov-west-1.amazonaws.com",
        "us-gov-west-1",
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        "region = us-gov-west-1\n",
        partition="aws-us-gov",
    ),
    "dual stack": Case("sts.eu-west-1.api.aws", "eu-west-1", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "region = eu-west-1\n"),
    "dual stack with FIPS": Case(
        "sts-fips.us-east-1.api.aws",
        "us-east-1",
        {"AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_USE_FIPS_ENDPOINT": "true"},
        "region = us-east-1\n",
    ),
    "AWS_ENDPOINT_URL_STS": Case(
        "sts.private.example:8443", "eu-west-1", {"AWS_ENDPOINT_URL_STS": "https://sts.private.example:8443"}, "region = eu-west-1\n"
    ),
    "AWS_ENDPOINT_URL": Case("all.example", "eu-west-1", {"AWS_ENDPOINT_URL": "https://all.example"}, "region = eu-west-1\n"),
    "the service's variable before the common one": Case(
        "sts.example",
        "eu-west-1",
        {"AWS_ENDPOINT_URL": "https://all.example", "AWS_ENDPOINT_URL_STS": "https://sts.example"},
        "region = eu-west-1\n",
    ),
    "endpoint without a region": Case(
        "sts.private.example",
        "us-east-1",
        {"AWS_ENDPOINT_URL_STS": "https://sts.private.example"},
        disagreement="botocore asks for a region; we sign as for the global endpoint, which needs none either",
    ),
    "endpoint_url of the profile": Case("profile.example", "eu-west-1", {}, "region = eu-west-1\nendpoint_url = https://profile.example\n"),
    "services section": Case("sts.services.example", "eu-west-1", {}, "region = eu-west-1\n" + SERVICES),
    "common variable before the services section": Case(
        "all.example", "eu-west-1", {"AWS_ENDPOINT_URL": "https://all.example"}, "region = eu-west-1\n" + SERVICES
    ),
    "configured endpoints ignored": regional(
        "eu-west-1",
        variables={"AWS_ENDPOINT_URL_STS": "https://sts.private.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        config="region = eu-west-1\n",
    ),
    "configured endpoints of the profile ignored": regional(
        "eu-west-1", config="region = eu-west-1\nendpoint_url = https://profile.example\nignore_configured_endpoint_urls = true\n"
    ),
}


def ours(case, folder):
    option = ["--region", case.region_option] if case.region_option else []
    # Nobody is called: the proxy isn't there.
    variables = {"HOME": str(folder), "HTTPS_PROXY": "http://127.0.0.1:9", **case.variables}
    command = [conftest.AWS_MFA, "-v", "--profile", "dev", "--token", "123456", *option]
    result = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    found = re.search(r"endpoint: (\S+), signed for (\S+)", result.stderr)
    assert found, result.stderr
    return found.groups()


def botocores(case, folder, monkeypatch):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in {"HOME": str(folder), **case.variables}.items():
        monkeypatch.setenv(name, value)
    session = botocore.session.Session(profile="dev")
    client = session.create_client(
        "sts", region_name=case.region_option, aws_access_key_id="AKIAX", aws_secret_access_key="x"
    )
    seen = []

    def answer(request, **_):
        seen.append(request)
        return botocore.awsrequest.AWSResponse(request.url, 200, {}, Raw())

    client.meta.events.register("before-send.sts", answer)
    client.get_caller_identity()
    url, authorization = seen[0].url, seen[0].headers["Authorization"].decode()
    return url.split("://")[1].split("/")[0], authorization.split("Credential=")[1].split("/")[2]


class Raw:
    """An empty answer."""

    def stream(self, **_):
        yield b"<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"


@pytest.mark.parametrize("name", CASES)
def test_endpoint(name, tmp_path, monkeypatch):
    case = CASES[name]
    (tmp_path / ".aws").mkdir(mode=0o700)
    credentials = tmp_path / ".aws" / "credentials"
    credentials.write_text(conftest.LONG_TERM.replace("arn:aws:", f"arn:{case.partition}:"))
    credentials.chmod(0o600)
    (tmp_path / ".aws" / "config").write_text(f"[profile dev]\n{case.config}")
    assert ours(case, tmp_path) == (case.host, case.region)
    if case.disagreement is None:
        assert botocores(case, tmp_path, monkeypatch) == (case.host, case.region)
    elif case.botocores is not None:
        assert botocores(case, tmp_path, monkeypatch) == case.botocores
    else:
        with pytest.raises((ValueError, botocore.exceptions.NoRegionError)):
            botocores(case, tmp_path, monkeypatch)
