"""The AWS CLI 2, as a reader: the library inside it, with its own interpreter."""

import json
import os
import sys

from awscli.botocore.session import Session

for line in sys.stdin:
    question = json.loads(line)
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = question["file"]
    try:
        keys = Session(profile=question["profile"]).get_credentials()
        answer = keys and [keys.access_key, keys.secret_key, keys.token]
    except Exception:
        answer = None
    print(json.dumps(answer))
