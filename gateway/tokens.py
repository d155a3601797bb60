"""Access tokens: given for the client's secret, good for an hour or until revoked."""

import secrets
from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import dataclass
from time import monotonic
from urllib.parse import parse_qs

from gateway.wire import Answer, Request, encode

LIFE_SECONDS = 3600


@dataclass(slots=True)
class _Token:
    expires: float
    uses: int = 0


class Tokens:
    """The tokens of one client."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client = f"{client_id}:{client_secret}"
        self._tokens: dict[str, _Token] = {}

    def issue(self, request: Request) -> Answer:
        """Answers ``POST /token``."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            client = b64decode(given, validate=True).decode()
        except (BadBase64, UnicodeDecodeError):
            client = ""
        if scheme.lower() != "basic" or not secrets.compare_digest(client.encode(), self._client.encode()):
            refused = Answer(401, encode({"error": "invalid_client"}), keep=False)
            refused.headers["WWW-Authenticate"] = 'Basic realm="lgsp"'
            return refused
        if parse_qs(request.body.decode("latin-1")).get("grant_type") != ["client_credentials"]:
            return Answer(400, encode({"error": "unsupported_grant_type"}), keep=False)
        text = secrets.token_urlsafe(24)
        now = monotonic()
        self._tokens = {key: token for key, token in self._tokens.items() if token.expires > now}
        self._tokens[text] = _Token(expires=now + LIFE_SECONDS)
        body = {"access_token": text, "token_type": "Bearer", "expires_in": LIFE_SECONDS}
        return Answer(200, encode(body), headers={"Cache-Control": "no-store"}, keep=False)

    def use(self, request: Request) -> int:
        """How often the request's token was used, this use included; 0 when it is not valid."""
        token = self._tokens.get(_bearer(request))
        if token is None or token.expires <= monotonic():
            return 0
        token.uses += 1
        return token.uses

    def revoke(self, request: Request) -> None:
        self._tokens.pop(_bearer(request), None)


def _bearer(request: Request) -> str:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text if scheme.lower() == "bearer" else ""


def invalid_token() -> Answer:
    """401 as every path gives it."""
    refused = Answer(401, encode({"error": "invalid_token"}), keep=False)
    refused.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return refused
