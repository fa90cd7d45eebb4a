"""moto's server, which hands out key IDs that begin with AKIA, made to answer as AWS does: a session's begin with ASIA."""

from moto.server import main
from moto.sts.responses import TokenResponse

get_session_token = TokenResponse.get_session_token


def with_a_sessions_key(self):
    answer = get_session_token(self)
    credentials = answer.result["Credentials"]
    credentials["AccessKeyId"] = "ASIA" + credentials["AccessKeyId"][4:]
    return answer


TokenResponse.get_session_token = with_a_sessions_key

if __name__ == "__main__":
    main()
