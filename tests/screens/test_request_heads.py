"""What a stranger sends is read in time that grows with its length, and is not sent back many times as long."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers, QueryParams

from hub.errors import RequestError
from hub.translation import msg
from screens.api.parameters import Parameters
from screens.app import create_app
from screens.database import ScreenSettings
from screens.http_limits import LONGEST_NAME, LONGEST_QUERY, MOST_HEADERS, MOST_PARAMETERS
from screens.pages.oidc import Provider
from screens.request_errors import invalid_parameters

PATHS = ("/login", "/login/oidc", "/api/v1/board", "/nowhere", "/kpis/x", "/healthz", "/readyz", "/metrics", "/docs")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    provider = Provider("https://127.0.0.1:9", "ioc", "x", "https://ioc.example")
    app = create_app(ScreenSettings("postgresql+psycopg://localhost:9/none"), provider)
    yield TestClient(app, raise_server_exceptions=False, follow_redirects=False, client=("10.1.2.3", 5000))


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were looked up among all that a request brought: each look-up takes as long as there are names."""
    names: list[str] = []
    for kind in (QueryParams, Headers):
        look_up = kind.getlist

        def counted(own: QueryParams | Headers, name: str, look_up: object = look_up) -> list[str]:
            names.append(name)
            return look_up(own, name)  # type: ignore[operator, no-any-return]

        monkeypatch.setattr(kind, "getlist", counted)
    return names


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_thousands_of_parameters_are_refused_unread(
    client: TestClient, looked_up: list[str], path: str, method: str
) -> None:
    query = "&".join(f"{n:x}" for n in range(4421))
    answer = client.request(method, f"{path}?{query}", headers={"Accept-Language": "en"})
    assert answer.status_code == 414
    assert len(looked_up) < 10
    assert len(answer.content) < 10_000
    if path.startswith("/api") and method != "HEAD":
        assert answer.json()["type"] == "urn:ioc:problem:too-large"
        assert f"at most {MOST_PARAMETERS}" in answer.json()["detail"]


def test_a_name_that_is_too_long_is_refused(client: TestClient) -> None:
    assert client.get("/healthz?" + "a" * LONGEST_NAME + "=b").status_code == 200
    assert client.get("/healthz?x=1&" + "a" * (LONGEST_NAME + 1) + "=b").status_code == 414


def test_as_many_parameters_as_are_allowed_are_read(client: TestClient) -> None:
    assert client.get("/healthz?" + "&".join(f"a{n}=b" for n in range(MOST_PARAMETERS))).status_code == 200
    assert client.get("/healthz?" + "&".join(f"a{n}=b" for n in range(MOST_PARAMETERS + 1))).status_code == 414


def test_an_address_that_is_too_long_to_be_logged_as_a_whole_is_refused(client: TestClient) -> None:
    assert client.get("/healthz?x=" + "a" * (LONGEST_QUERY - 2)).status_code == 200
    assert client.get("/healthz?x=" + "a" * (LONGEST_QUERY - 1)).status_code == 414


@pytest.mark.parametrize("path", PATHS)
def test_thousands_of_headers_are_refused_unread(client: TestClient, looked_up: list[str], path: str) -> None:
    answer = client.get(path, headers={f"a{n:x}": "b" for n in range(MOST_HEADERS + 1)})
    assert answer.status_code == 431
    assert len(looked_up) < 10
    assert client.get("/healthz", headers={f"a{n:x}": "b" for n in range(MOST_HEADERS - 10)}).status_code == 200


def test_an_error_lists_the_first_of_many_problems() -> None:
    error = invalid_parameters({f"{n}" + "x" * 500: msg("unknown; there is {listed}", listed="a") for n in range(90)})
    assert len(error.values["errors"]) == 10
    assert max(map(len, error.values["errors"])) <= 60
    assert str(error).endswith("and 80 more")
    assert len(str(error)) < 2000
    with pytest.raises(RequestError) as caught:
        Parameters.model_validate({f"{n}": "" for n in range(90)})
    assert len(caught.value.values["errors"]) == 10
