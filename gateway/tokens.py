"""Access tokens: given for the client's secret, good for an hour or until revoked."""

import secrets
from base64 import b64decode
from collections.abc import Iterator
from itertools import count
from urllib.parse import parse_qs

from cachetools import TTLCache

from gateway.wire import Answer, Call, json_answer

CLIENT_ID = "ioc-hub"
CLIENT_SECRET = "simulated-only"  # noqa: S105 - guards invented records only
LIFE_SECONDS = 3600
_MOST = 100_000


class Tokens:
    """The tokens of one client, each with the number of its next use."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client = f"{client_id}:{client_secret}"
        self._tokens: TTLCache[str, Iterator[int]] = TTLCache(_MOST, LIFE_SECONDS)

    def issue(self, call: Call) -> Answer:
        """Answers ``POST /token``."""
        try:
            client = b64decode(_credentials(call, "basic"), validate=True)
        except ValueError:
            client = b""
        if not secrets.compare_digest(client, self._client.encode()):
            return _refused("invalid_client", 'Basic realm="lgsp"')
        if parse_qs(call.content.decode("latin-1")).get("grant_type") != ["client_credentials"]:
            return json_answer(400, {"error": "unsupported_grant_type"})
        text = secrets.token_urlsafe(24)
        self._tokens[text] = count(1)
        answer = json_answer(200, {"access_token": text, "token_type": "Bearer", "expires_in": LIFE_SECONDS})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def use(self, call: Call) -> int:
        """How often the request's token was used, this use included; 0 when it is not valid."""
        uses = self._tokens.get(_credentials(call, "bearer"))
        return next(uses) if uses else 0

    def revoke(self, call: Call) -> None:
        self._tokens.pop(_credentials(call, "bearer"), None)


def invalid_token() -> Answer:
    """401 as every path gives it."""
    return _refused("invalid_token", 'Bearer error="invalid_token"')


def _refused(error: str, challenge: str) -> Answer:
    answer = json_answer(401, {"error": error})
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def _credentials(call: Call, scheme: str) -> str:
    given, _, text = call.headers.get("authorization", "").partition(" ")
    return text if given.lower() == scheme else ""
