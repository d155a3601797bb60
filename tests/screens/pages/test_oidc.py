"""Signing in at the province's identity provider, tried against one that another library makes."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from accounts import directory
from screens.app import create_app
from screens.database import ScreenSettings
from screens.pages.oidc import Provider
from tests.browser import serving
from tests.installation import CATALOGUE
from tests.screens.pages.provider import CLIENT_ID, CLIENT_SECRET, Identities
from tests.screens.pages.world import LEADER, World
from warehouse.database import connect

SITE = "https://ioc.example"
BACK = f"{SITE}/login/oidc/back"


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    path: Path = tmp_path_factory.mktemp("provider") / "key.pem"
    path.write_bytes(key)
    return Identities(str(path))


@pytest.fixture(scope="module")
def issuer(identities: Identities) -> Iterator[str]:
    with serving(identities.app) as address:
        identities.listen(address, BACK)
        yield address


@pytest.fixture
def provider(issuer: str) -> Provider:
    return Provider(issuer, CLIENT_ID, CLIENT_SECRET, SITE, "Cổng định danh tỉnh")


@pytest.fixture
def client(world: World, provider: Provider) -> Iterator[TestClient]:
    with _client(world, provider) as made:
        yield made


def _client(world: World, provider: Provider) -> TestClient:
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=2, secure_cookies=True), provider)
    return TestClient(app, base_url="https://ioc.example", follow_redirects=False)


def _at_the_provider(there: str) -> dict[str, str]:
    """What the provider sends the browser back with."""
    answer = requests.get(there, allow_redirects=False, timeout=10)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def test_who_is_known_there_and_here_comes_in(client: TestClient, identities: Identities, world: World) -> None:
    with connect(world.url, "accounts") as keeper:
        directory.set_subject(keeper, directory.find(keeper, LEADER), identities.subject("alice"))
    assert "Đăng nhập bằng Cổng định danh tỉnh" in client.get("/login?next=/wall").text
    there = client.get("/login/oidc?next=/freshness").headers["location"]
    assert "code_challenge_method=S256" in there
    answer = client.get("/login/oidc/back", params=_at_the_provider(there))
    assert (answer.status_code, answer.headers["location"]) == (303, "/freshness")
    assert client.get("/freshness").status_code == 200


def test_who_has_no_account_here_stays_outside(client: TestClient, identities: Identities) -> None:
    identities.user = "bob"
    try:
        answer = client.get("/login/oidc/back", params=_at_the_provider(client.get("/login/oidc").headers["location"]))
    finally:
        identities.user = "alice"
    assert answer.status_code == 403
    assert "chưa được gắn với tài khoản nào" in answer.text
    assert "__Host-ioc_session" not in answer.cookies


def test_an_answer_to_another_browser_signs_nobody_in(client: TestClient) -> None:
    answer = _at_the_provider(client.get("/login/oidc").headers["location"])
    client.cookies.clear()
    assert client.get("/login/oidc/back", params=answer).status_code == 403
    client.get("/login/oidc")
    assert client.get("/login/oidc/back", params=answer).status_code == 403


def _back(client: TestClient, answer: dict[str, str]) -> str:
    """The page that refuses what the provider's answer says."""
    shown = client.get("/login/oidc/back", params=answer)
    assert (shown.status_code, "__Host-ioc_session" in shown.cookies) == (403, False)
    return shown.text


def test_what_a_browser_brings_back_is_kept_in_a_cookie_of_this_sign_in_only(client: TestClient) -> None:
    kept = client.get("/login/oidc").headers["set-cookie"]
    assert kept.startswith("__Host-ioc_provider=")
    for said in ("path=/;", "Max-Age=600;", "httponly", "samesite=lax", "secure"):
        assert said in kept
    answer = _at_the_provider(client.get("/login/oidc").headers["location"])
    client.cookies.set(
        "__Host-ioc_provider", "forged" + client.cookies["__Host-ioc_provider"], domain="ioc.example", path="/"
    )
    assert "không bắt đầu từ trình duyệt này" in _back(client, answer)


def test_no_host_that_a_request_names_is_where_the_provider_sends_people(client: TestClient) -> None:
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}):
        there = client.get("/login/oidc", headers=headers).headers["location"]
        assert parse_qs(urlsplit(there).query)["redirect_uri"] == [BACK]


def test_a_code_counts_once(client: TestClient) -> None:
    first = _at_the_provider(client.get("/login/oidc").headers["location"])
    client.get("/login/oidc/back", params=first)
    assert "không bắt đầu từ trình duyệt này" in _back(client, first)
    second = _at_the_provider(client.get("/login/oidc").headers["location"])
    assert "không hợp lệ" in _back(client, second | {"code": first["code"]})


def test_a_word_that_was_said_to_another_sign_in_is_refused(client: TestClient) -> None:
    there = client.get("/login/oidc").headers["location"]
    nonce = parse_qs(urlsplit(there).query)["nonce"][0]
    assert "không hợp lệ" in _back(client, _at_the_provider(there.replace(nonce, "another")))


def test_another_client_s_word_is_refused(world: World, issuer: str) -> None:
    with _client(world, Provider(issuer, CLIENT_ID, "wrong", SITE)) as client:
        assert "không hợp lệ" in _back(client, _at_the_provider(client.get("/login/oidc").headers["location"]))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"azp": "another"},
        {"exp": 1},
        {"sub": None},
        {"alg": "HS256"},
    ],
    ids=str,
)
def test_a_word_that_is_not_for_us_is_refused(
    client: TestClient, identities: Identities, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alg = changed.get("alg", "RS256")
    key = (
        OctKey.import_key(CLIENT_SECRET * 3)
        if alg == "HS256"
        else RSAKey.import_key(Path(identities.key_file).read_text())
    )

    def forge(word: str) -> str:
        body = word.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | changed
        return jwt.encode({"alg": alg, "kid": "one"}, {k: v for k, v in claims.items() if v is not None}, key)

    monkeypatch.setattr(identities, "forge", forge)
    assert "không hợp lệ" in _back(client, _at_the_provider(client.get("/login/oidc").headers["location"]))


def test_a_provider_that_says_it_is_another_is_not_asked(world: World, issuer: str) -> None:
    with _client(world, Provider(issuer.replace("127.0.0.1", "localhost"), CLIENT_ID, CLIENT_SECRET, SITE)) as client:
        assert client.get("/login/oidc").status_code == 502


def test_a_refusal_of_the_provider_is_told_without_its_words(client: TestClient) -> None:
    client.get("/login/oidc")
    shown = _back(client, {"error": "denied", "error_description": "words"})
    assert 'id="error">Cổng định danh tỉnh không xác nhận đăng nhập</p>' in shown


def test_a_provider_that_is_away_is_said_to_be(client: TestClient) -> None:
    client.app.state.provider = Provider("http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET, SITE, "Cổng")  # type: ignore[attr-defined]
    answer = client.get("/login/oidc")
    assert answer.status_code == 502
    assert "Không liên lạc được với Cổng" in answer.text


@pytest.mark.parametrize("description", [[], None, {"authorization_endpoint": None}])
def test_a_provider_whose_description_is_none_is_said_to_be_away(client: TestClient, description: object) -> None:
    async def describe(_: Request) -> JSONResponse:
        return JSONResponse(description)

    with serving(Starlette(routes=[Route("/{path:path}", describe)])) as address:
        client.app.state.provider = Provider(address, CLIENT_ID, CLIENT_SECRET, SITE, "Cổng")  # type: ignore[attr-defined]
        assert client.get("/login/oidc").status_code == 502


def test_a_provider_is_asked_over_https_only() -> None:
    with pytest.raises(ValueError, match="https"):
        Provider("http://identity.example", "x", "y", SITE)
