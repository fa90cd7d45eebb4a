"""boto3, as a reader."""

import json
import os
import sys

import boto3

for line in sys.stdin:
    question = json.loads(line)
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = question["file"]
    try:
        keys = boto3.Session(profile_name=question["profile"]).get_credentials()
        answer = keys and [keys.access_key, keys.secret_key, keys.token]
    except Exception:
        answer = None
    print(json.dumps(answer))
