"""Signing in at the province's identity provider: OpenID Connect, code flow with PKCE. Who comes from there must have
an account here that bears the provider's subject; the provider says who it is, never what it may see."""

import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.errors import Invalid

_SECONDS = 10
_KEPT = 600
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signed by the provider's own key: never `none`, and never a secret that both sides hold."""
_CLOCKS_APART = 60


class NotSignedIn(Exception):  # noqa: N818 - named by what happened
    """The provider's answer opens no session; `vi` and `en` say why, without anything that it sent."""

    def __init__(self, vi: str, en: str) -> None:
        self.vi, self.en = vi, en
        super().__init__(en)


@dataclass(frozen=True)
class Started:
    """What a browser keeps while its user is at the provider's: only who has it can come back with the answer."""

    state: str
    nonce: str
    verifier: str
    next: str

    @property
    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def started(text: str) -> Started | None:
    """What a browser brings back; None for anything else."""
    try:
        return Started(**json.loads(text))
    except (TypeError, ValueError):
        return None


@dataclass
class Provider:
    """An identity provider, known by its issuer; everything else it says of itself."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "OpenID Connect"
    _known: tuple[float, dict[str, Any], KeySet] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        where = urlsplit(self.issuer)
        if where.scheme != "https" and where.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Invalid(
                f"địa chỉ nhà cung cấp {self.issuer} phải bắt đầu bằng https://",
                f"the issuer {self.issuer} must begin with https://",
            )

    def begin(self, back: str, onward: str) -> tuple[str, Started]:
        """Where to send the browser, and what it keeps. Raises NotSignedIn when the provider cannot be reached."""
        about, _ = self._about()
        begun = Started(secrets.token_urlsafe(24), secrets.token_urlsafe(24), generate_token(64), onward)
        address, _ = self._session(back).create_authorization_url(
            about["authorization_endpoint"], state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
        )
        return str(address), begun

    def subject(self, back: str, begun: Started, answer: dict[str, str]) -> str:
        """Who came back. Raises NotSignedIn for anything that is not the provider's own answer to this browser."""
        if not secrets.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise NotSignedIn(
                "Lượt đăng nhập này không bắt đầu từ trình duyệt này, hoặc đã quá hạn; hãy đăng nhập lại",
                "This sign-in did not begin in this browser, or is too old; sign in again",
            )
        if "code" not in answer:
            raise NotSignedIn(f"{self.name} không xác nhận đăng nhập", f"{self.name} did not confirm the sign-in")
        about, keys = self._about()
        try:
            token = self._session(back).fetch_token(
                about["token_endpoint"],
                grant_type="authorization_code",
                code=answer["code"],
                code_verifier=begun.verifier,
                timeout=_SECONDS,
                allow_redirects=False,
            )
            return self._checked(str(token["id_token"]), keys, begun.nonce)
        except (OAuthError, JoseError, KeyError, ValueError) as error:
            raise NotSignedIn(
                f"Xác nhận của {self.name} không hợp lệ ({type(error).__name__})",
                f"What {self.name} confirmed does not hold ({type(error).__name__})",
            ) from None
        except requests.RequestException:
            raise self._unreachable() from None

    def _checked(self, token: str, keys: KeySet, nonce: str) -> str:
        claims = jwt.decode(token, keys, algorithms=list(_ALGORITHMS)).claims
        jwt.JWTClaimsRegistry(
            leeway=_CLOCKS_APART,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        ).validate(claims)
        if claims.get("azp", self.client_id) != self.client_id:
            raise ValueError("azp")
        return str(claims["sub"])

    def _session(self, back: str) -> OAuth2Session:
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            scope="openid",
            redirect_uri=back,
            code_challenge_method="S256",
            default_timeout=_SECONDS,
        )

    def _about(self) -> tuple[dict[str, Any], KeySet]:
        """The provider's description and keys, asked again after some minutes: keys change."""
        if self._known is None or time.monotonic() - self._known[0] > _KEPT:
            try:
                about = _get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != self.issuer:
                    raise ValueError("issuer")
                keys = KeySet.import_key_set(_get(about["jwks_uri"]))  # type: ignore[arg-type]
            except (requests.RequestException, JoseError, KeyError, ValueError):
                raise self._unreachable() from None
            self._known = (time.monotonic(), about, keys)
        return self._known[1], self._known[2]

    def _unreachable(self) -> NotSignedIn:
        return NotSignedIn(
            f"Không liên lạc được với {self.name}; hãy thử lại, hoặc đăng nhập bằng mật khẩu",
            f"{self.name} cannot be reached; try again, or sign in with a password",
        )


def _get(address: str) -> dict[str, Any]:
    answer = requests.get(address, timeout=_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
