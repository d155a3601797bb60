"""The way in: what it lets through, what it refuses, and what it never says."""

import re
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient
from pwdlib import PasswordHash

from accounts.sessions import csrf_token
from screens.app import create_app
from screens.database import ScreenSettings
from screens.pages.login import inside
from tests.installation import CATALOGUE
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import LEADER, PASSWORD, World
from warehouse.database import connect

FORM = re.compile(r'name="csrf" value="([0-9a-f]+)"')


def _given(client: TestClient, **said: str) -> dict[str, str]:
    client.cookies.clear()
    found = FORM.search(client.get("/login").text)
    assert found
    return {"csrf": found[1], "login": LEADER, "password": PASSWORD} | said


def test_a_session_is_opened_and_ended_on_the_server(client: TestClient) -> None:
    answer = client.post("/login", data=_given(client, next="/wall"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall")
    told = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-ioc_session="))
    assert all(word in told for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert "Domain" not in told
    page = client.get("/freshness")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    token, csrf = client.cookies["__Host-ioc_session"], FORM.search(page.text)
    assert csrf
    assert client.post("/logout", data={"csrf": "0" * 64}).status_code == 403
    assert client.get("/freshness").status_code == 200
    assert client.post("/logout", data={"csrf": csrf[1]}).status_code == 303
    client.cookies.clear()
    assert client.get("/freshness", headers={"Cookie": f"__Host-ioc_session={token}"}).status_code == 303


def test_a_page_that_is_left_open_keeps_nobody_signed_in(client: TestClient, world: World) -> None:
    def seen(path: str, **headers: str) -> bool:
        with connect(world.url, "owner") as owner:
            owner.execute("update access.session set last_seen_at = now() - interval '1 hour'")
        assert client.get(path, headers={"Cookie": f"__Host-ioc_session={token}", **headers}).status_code == 200
        with connect(world.url, "owner") as owner:
            found = owner.execute(
                "select last_seen_at > now() - interval '1 minute' from access.session where token_sha256 = %s",
                [sha256(token.encode()).hexdigest()],
            ).fetchone()
        assert found is not None
        return bool(found[0])

    client.cookies.clear()
    token = session_of(world, LEADER)
    assert not seen("/freshness", **{"HX-Request": "true"}), "it renews itself"
    assert not seen("/api/v1/sources", **{"HX-Request": "true"})
    assert seen("/freshness")
    assert seen("/api/v1/sources")


@pytest.mark.parametrize("said", [{"password": "sai"}, {"login": "không.có"}, {"login": "", "password": ""}])
def test_what_does_not_fit_is_answered_alike(client: TestClient, said: dict[str, str]) -> None:
    answer = client.post("/login", data=_given(client, **said))
    assert answer.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng, hoặc tài khoản đã bị khoá" in answer.text
    assert "__Host-ioc_session" not in answer.cookies


def test_a_form_of_another_browser_signs_nobody_in(client: TestClient) -> None:
    given = _given(client)
    client.cookies.clear()
    assert client.post("/login", data=given).status_code == 403
    client.get("/login")
    assert client.post("/login", data=given).status_code == 403


def test_guessing_is_slowed_down(client: TestClient) -> None:
    answers = (client.post("/login", data=_given(client, login="ai.do", password="sai")) for _ in range(12))
    answer = next(one for one in answers if one.status_code == 429)  # on a slow machine the first waits pass by
    assert int(answer.headers["retry-after"]) > 0
    assert "Sai quá nhiều lần" in answer.text


@pytest.mark.parametrize(
    "onward",
    [
        *(
            "//evil.example",
            "https://evil.example/",
            "/\\evil.example",
            "/\\\\evil.example",
            "/x\\..\\evil",
            "javascript:alert(1)",
            "",
            "/a\nb",
            "/logout",
        ),
        *("//", "//[", "http://[::", "//[x]", "//a\uff0fb", "//\u2100"),  # of the last ones urlsplit makes nothing
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(onward: str) -> None:
    assert inside(onward) == "/"


@pytest.mark.parametrize("onward", ["//[", "//a\uff0fb", "//\u2100"])
def test_an_address_that_is_none_is_no_fault_of_the_hub(client: TestClient, onward: str) -> None:
    assert client.get("/login", params={"next": onward}).status_code == 200
    assert client.post("/login", data=_given(client, next=onward, password="sai")).status_code == 401


def test_a_place_of_ours_is_gone_on_to() -> None:
    onward = "/kpis/gate_vehicles?from=2023-01-01&to=2023-06-30"
    assert inside(onward) == onward


def test_nobody_sees_a_page_without_signing_in(client: TestClient) -> None:
    client.cookies.clear()
    for path in (
        "/",
        "/wall",
        "/fields/press",
        "/kpis/gate_vehicles",
        "/kpis/nowhere",
        "/map",
        "/freshness",
        "/explore",
    ):
        answer = client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login")
    assert client.get("/kpis/gate_vehicles", headers={"HX-Request": "true"}).headers["hx-redirect"].startswith("/login")


def test_a_page_allows_nothing_inline_and_nothing_foreign(client: TestClient, world: World) -> None:
    client.cookies.clear()
    answer = client.get("/wall", headers={"Cookie": f"__Host-ioc_session={session_of(world, LEADER)}"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_form_too_large_to_be_ours_is_not_read(client: TestClient) -> None:
    assert client.post("/login", data=_given(client, next="/" + "a" * 9000)).status_code == 413


def test_an_unknown_login_costs_the_work_of_a_wrong_password(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = PasswordHash.verify

    def counted(own: PasswordHash, password: str, kept: str) -> bool:
        verified.append(kept.split("$")[1])
        return verify(own, password, kept)

    monkeypatch.setattr(PasswordHash, "verify", counted)
    for login in ("kiem.toan", "ai.khac"):
        client.post("/login", data=_given(client, login=login, password="sai"))
    assert verified == ["argon2id", "argon2id"]


@pytest.mark.parametrize("is_secure", [True, False], ids=["HTTPS", "HTTP"])
def test_over_https_only_cookies_that_no_other_host_can_plant_count(world: World, is_secure: bool) -> None:
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, secure_cookies=is_secure, connections=2))
    counts, other = ("__Host-", "") if is_secure else ("", "__Host-")
    with TestClient(app, base_url="https://ioc.example", follow_redirects=False) as browser:
        for name, value, path in (
            ("ioc_session", session_of(world, LEADER), "/freshness"),
            ("ioc_wall", world.wall_token, "/wall"),
        ):
            assert browser.get(path, headers={"Cookie": f"{counts}{name}={value}"}).status_code == 200
            assert browser.get(path, headers={"Cookie": f"{other}{name}={value}"}).status_code == 303
        given = f"csrf={csrf_token('own')}&token={world.wall_token}"
        opened = browser.post("/wall/open", content=given, headers={"Cookie": f"{counts}ioc_form=own"})
        assert opened.headers["set-cookie"].startswith(f"{counts}ioc_wall=")
        assert browser.post("/wall/open", content=given, headers={"Cookie": f"{other}ioc_form=own"}).status_code == 403
