"""Control characters, wherever a request has room for them, are a mistake of whoever sends them and no fault."""

import re
from collections.abc import Iterator

import pytest
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from accounts import passwords
from accounts.sessions import csrf_token
from hub.installation import Installation
from hub.settings import Settings
from screens.app import create_app
from screens.authentication import SESSION_COOKIE
from screens.database import ScreenSettings
from screens.pages.oidc import Provider
from tests.installation import CATALOGUE, FOLDER
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import AUDITOR, World

ODD = ("\0", "a\0b", "\x1b[2J", "\r\nSet-Cookie: a=b", "\x7f", "\ud800")
APP = create_app(
    ScreenSettings("postgresql+psycopg://localhost/none"),
    Provider("http://127.0.0.1:9", "client", "secret", "https://ioc.example"),
)
ROUTES = [route for route in APP.routes if isinstance(route, APIRoute)]
NAMES = {"kpi": "gate_vehicles", "kpi_id": "gate_vehicles", "field": "press"}
"""Path parameters that exist, so that what else is odd is looked at."""
COOKIES = ("ioc_session", "ioc_wall", "ioc_form", "ioc_provider", "lang", "theme")
HEADERS = ("Accept-Language", "If-None-Match", "HX-Request", "Host", "Range", "X-Forwarded-For")


@pytest.fixture(scope="module")
def asked(world: World) -> Iterator[TestClient]:
    app = create_app(
        ScreenSettings(
            world.url, "H37", CATALOGUE, connections=2, installation=Installation(Settings(installation=FOLDER))
        ),
        Provider("http://127.0.0.1:9", "client", "secret", "https://ioc.example"),
    )
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False, client=("10.1.2.3", 5000)) as client:
        client.headers["Cookie"] = f"{SESSION_COOKIE}={session_of(world, AUDITOR)}"
        yield client


def _path(route: APIRoute, odd: str | None = None) -> str:
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: _quoted(odd or NAMES.get(found[1], "20")), route.path)


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode(errors="surrogatepass"))


SENDS = [
    (method, route.path) for route in ROUTES if not route.path.endswith("/events") for method in sorted(route.methods)
]
OWN = "o" * 32
CSRF = {"csrf": csrf_token(OWN)}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hashing does of them is tried where passwords are."""
    monkeypatch.setattr(passwords, "matches", lambda *_: False)


@pytest.mark.parametrize(("method", "path"), SENDS)
def test_no_route_fails_over_them(asked: TestClient, method: str, path: str) -> None:
    route = next(one for one in ROUTES if one.path == path and method in one.methods)
    own = {parameter.alias for parameter in get_flat_params(route.dependant)}
    parameters = sorted(own | {"lang", "province", "code", "state", "x"})
    failed = {}
    for odd in ODD:
        asks: list[tuple[str, dict[str, str], dict[str, str]]]
        asks = [(f"{_path(route)}?{name}={_quoted(odd)}", {}, {}) for name in (*parameters, _quoted(odd))]
        if "{" in path:
            asks.append((_path(route, odd), {}, {}))
        if odd.isascii() and "\r" not in odd:
            asks += [(_path(route), {name: odd}, {}) for name in HEADERS]
            escaped = "".join(f"\\{ord(letter):03o}" for letter in odd)  # as cookies may write any character
            asks += [(_path(route), {"Cookie": f'{name}="{escaped}"'}, {}) for name in COOKIES]
        if method == "POST":
            cookie = {"Cookie": f"ioc_form={OWN}"}
            asks += [(_path(route), cookie, CSRF | {name: odd}) for name in ("login", "password", "next", "token", odd)]
        for where, headers, form in asks:
            body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form.items())
            answer = asked.request(method, where, headers=headers, content=body)
            if answer.status_code >= 500 and path != "/login/oidc":  # 502: the provider is nowhere
                failed[where, str(headers), body] = answer.status_code
    assert not failed


def test_pages_refuse_a_parameter_that_has_one_by_its_name(asked: TestClient) -> None:
    for path in ("/", "/login", "/explore", "/kpis/gate_vehicles"):
        answer = asked.get(f"{path}?x=%00&lang=en")
        assert (answer.status_code, ": holds a control character" in answer.text) == (422, True), path
    for path in ("/%00", "/kpis/%00", "/fields/a%00b", "/api/v1/kpis/%00", "/static/%00", "/api/%00"):
        assert asked.get(path).status_code == 404, path


def test_a_form_with_one_is_a_wrong_password_or_token(asked: TestClient) -> None:
    for path, given in (
        ("/login", "login=a%00b&password=x"),
        ("/login", "login=a&password=%00"),
        ("/wall/open", "token=ioc_%00"),
    ):
        form = f"csrf={CSRF['csrf']}&{given}"
        assert asked.post(path, headers={"Cookie": f"ioc_form={OWN}"}, content=form).status_code == 401, given
