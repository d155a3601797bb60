"""Signing in at the province's identity provider: OpenID Connect by authlib, code flow with PKCE. Whoever comes from
there needs an account here with the provider's subject; the provider says who it is, never what it may see."""

import hashlib
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware

from hub.errors import Invalid, SignInError
from hub.translation import msg
from screens.authentication import cookie_name

PATH = "/login/oidc"
_SECONDS = 10
_KEPT = 600
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signed by the provider's own key: never `none`, and never a secret that both sides hold."""
_CLOCKS_APART = 60
_USED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class _Client(StarletteOAuth2App):  # type: ignore[misc]
    """Authlib's client; of the provider's description it takes what it needs, anew after some minutes: keys change."""

    issuer = ""
    server_metadata: dict[str, Any]

    async def load_server_metadata(self) -> dict[str, Any]:
        """Raises OAuthError for the description of another issuer."""
        if time.time() - self.server_metadata.get("_loaded_at", 0) > _KEPT:
            self.server_metadata = {}
            found = await super().load_server_metadata()
            if found.get("issuer") != self.issuer:
                self.server_metadata = {}
                raise OAuthError("issuer")
            named = found.get("id_token_signing_alg_values_supported") or ["RS256"]
            self.server_metadata = {name: found[name] for name in _USED} | {
                "_loaded_at": found["_loaded_at"],
                "id_token_signing_alg_values_supported": sorted(_ALGORITHMS.intersection(named)),
            }
        return self.server_metadata


class Provider:
    """An identity provider, known by its issuer; everything else it says of itself."""

    def __init__(
        self, issuer: str, client_id: str, client_secret: str, address: str, name: str = "OpenID Connect"
    ) -> None:
        """`address` is where browsers reach the screens: the provider sends them back there, whatever host a request
        says that it is for."""
        where = urlsplit(issuer)
        if where.scheme != "https" and where.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Invalid(
                msg("the issuer {issuer} must begin with https://", issuer=issuer),
            )
        self.issuer, self.client_id, self.name = issuer, client_id, name
        self._back = f"{address.rstrip('/')}{PATH}/back"
        self._session_key = hashlib.sha256(f"ioc sign-in {client_secret}".encode()).hexdigest()
        self._client: _Client = OAuth().register(
            "provider",
            client_cls=_Client,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": _SECONDS},
        )
        self._client.issuer = issuer

    def install(self, app: FastAPI, https: bool) -> None:
        """Let `app` keep what a browser brings back from here: in a signed cookie of its own, for ten minutes. All
        processes of an installation sign alike, for the browser may come back to another one."""
        app.state.provider = self
        app.add_middleware(
            SessionMiddleware,
            secret_key=self._session_key,
            session_cookie=cookie_name("ioc_provider", https),
            max_age=_KEPT,
            path="/" if https else PATH,  # as the name demands
            https_only=https,
        )

    async def redirect(self, request: Request, onward: str) -> RedirectResponse:
        """Sends the browser to the provider, which sends it back here; from there it goes on to `onward`.

        Raises SignInError where the provider cannot be reached.
        """
        try:
            response: RedirectResponse = await self._client.authorize_redirect(request, self._back)
        except (httpx2.HTTPError, OAuthError, KeyError, TypeError, ValueError, RuntimeError):  # also of its description
            raise self._unreachable() from None
        request.session["onward"] = onward
        return response

    async def subject(self, request: Request) -> str:
        """Who came back. Raises SignInError for anything that is not the provider's own answer to this browser."""
        if "code" not in request.query_params:
            raise SignInError(msg("{name} did not confirm the sign-in", name=self.name))
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
            "nonce": {"essential": True},
        }
        try:
            token = await self._client.authorize_access_token(request, claims_options=options, leeway=_CLOCKS_APART)
            return str(token["userinfo"]["sub"])
        except MismatchingStateError:
            raise SignInError(
                msg("This sign-in did not begin in this browser, or has expired; sign in again"),
            ) from None
        except httpx2.HTTPError:
            raise self._unreachable() from None
        except (OAuthError, JoseError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise SignInError(
                msg("The answer of {name} is not valid ({kind})", name=self.name, kind=type(error).__name__),
            ) from None

    def _unreachable(self) -> SignInError:
        return SignInError(
            msg("{name} cannot be reached; try again, or sign in with a password", name=self.name),
        )
