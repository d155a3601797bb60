"""Signing in at the province's identity provider, tried against one that another library makes."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient

from accounts import accounts
from screens.app import create_app
from screens.database import Settings
from screens.pages.oidc import NotSignedIn, Provider, Started
from tests.browser import serving
from tests.installation import CATALOGUE
from tests.screens.pages.provider import CLIENT_ID, CLIENT_SECRET, Identities
from tests.screens.pages.world import LEADER, World
from warehouse.database import connect

BACK = "https://ioc.example/login/oidc/back"


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
    return Provider(issuer, CLIENT_ID, CLIENT_SECRET, "Cổng định danh tỉnh")


@pytest.fixture
def client(world: World, provider: Provider) -> Iterator[TestClient]:
    app = create_app(Settings(world.url, "H37", CATALOGUE, connections=2))
    app.state.provider = provider
    with TestClient(app, base_url="https://ioc.example", follow_redirects=False) as made:
        yield made


def _at_the_provider(there: str) -> dict[str, str]:
    """What the provider sends the browser back with."""
    answer = requests.get(there, allow_redirects=False, timeout=10)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def test_who_is_known_there_and_here_comes_in(client: TestClient, identities: Identities, world: World) -> None:
    with connect(world.url, "accounts") as keeper:
        accounts.set_subject(keeper, accounts.find(keeper, LEADER), identities.subject("alice"))
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
    assert "ioc_session" not in answer.cookies


def test_an_answer_to_another_browser_signs_nobody_in(client: TestClient) -> None:
    answer = _at_the_provider(client.get("/login/oidc").headers["location"])
    client.cookies.clear()
    assert client.get("/login/oidc/back", params=answer).status_code == 403
    client.get("/login/oidc")
    assert client.get("/login/oidc/back", params=answer).status_code == 403


def test_a_code_counts_once(client: TestClient, provider: Provider) -> None:
    there, begun = provider.begin(BACK, "/")
    answer = _at_the_provider(there)
    provider.subject(BACK, begun, answer)
    with pytest.raises(NotSignedIn, match="does not hold"):
        provider.subject(BACK, begun, answer)


def test_a_word_that_was_said_to_another_sign_in_is_refused(provider: Provider) -> None:
    there, begun = provider.begin(BACK, "/")
    other = Started(begun.state, "another nonce", begun.verifier, "/")
    with pytest.raises(NotSignedIn, match="does not hold"):
        provider.subject(BACK, other, _at_the_provider(there))


def test_another_client_s_word_is_refused(provider: Provider, issuer: str) -> None:
    there, begun = provider.begin(BACK, "/")
    answer = _at_the_provider(there)
    with pytest.raises(NotSignedIn, match="does not hold"):
        Provider(issuer, CLIENT_ID, "wrong").subject(BACK, begun, answer)


def test_a_provider_that_is_away_is_said_to_be(client: TestClient) -> None:
    client.app.state.provider = Provider("http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET, "Cổng")  # type: ignore[attr-defined]
    answer = client.get("/login/oidc")
    assert answer.status_code == 502
    assert "Không liên lạc được với Cổng" in answer.text


def test_a_provider_is_asked_over_https_only() -> None:
    with pytest.raises(ValueError, match="https"):
        Provider("http://identity.example", "x", "y")
