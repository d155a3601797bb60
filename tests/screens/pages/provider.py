"""An identity provider made of another library than ours: whoever comes is `user`, without asking."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jwkest.jwk import RSAKey, rsa_load
from pyop.authz_state import AuthorizationState
from pyop.provider import Provider
from pyop.subject_identifier import HashBasedSubjectIdentifierFactory
from pyop.userinfo import Userinfo
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "ioc", "a test's own"


@dataclass
class Identities:
    """The provider; `listen` tells it its address and who may come from where."""

    key_file: str
    user: str = "alice"
    answers: list[dict[str, Any]] = field(default_factory=list)
    """What it said of the users that came."""
    forge: Callable[[str], str] | None = None
    """What is told in place of its own word."""

    def listen(self, issuer: str, back: str) -> None:
        addresses = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
        }
        about = {
            **{name: value.replace("http:", "https:") for name, value in addresses.items()},
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        client = {
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [back],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
            "subject_type": "public",
        }
        users = Userinfo({name: {"name": name} for name in ("alice", "bob")})
        key = RSAKey(key=rsa_load(self.key_file), use="sig", alg="RS256", kid="one")
        factory = HashBasedSubjectIdentifierFactory("salt")
        self.provider = Provider(key, about, AuthorizationState(factory), {CLIENT_ID: client}, users)
        self.provider.configuration_information.update(addresses)  # it is made for HTTPS only, and this is loopback

    def subject(self, user: str) -> str:
        found: str = self.provider.authz_state.get_subject_identifier("public", user, "")
        return found

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/jwks", lambda _: JSONResponse(self.provider.jwks)),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def _about(self, _: Request) -> Response:
        return JSONResponse(self.provider.provider_configuration.to_dict())

    def _authorize(self, request: Request) -> Response:
        asked = self.provider.parse_authentication_request(request.url.query)
        answer = self.provider.authorize(asked, self.user)
        return RedirectResponse(answer.request(asked["redirect_uri"]), 303)

    async def _token(self, request: Request) -> Response:
        body = (await request.body()).decode()
        try:
            answer = self.provider.handle_token_request(body, dict(request.headers) | _basic(request))
        except Exception as error:
            return JSONResponse({"error": "invalid_grant", "error_description": type(error).__name__}, 400)
        self.answers.append(json.loads(answer.to_json()))
        told = answer.to_dict()
        return JSONResponse(told | {"id_token": self.forge(told["id_token"])} if self.forge else told)


def _basic(request: Request) -> dict[str, str]:
    return {"Authorization": request.headers["authorization"]} if "authorization" in request.headers else {}
