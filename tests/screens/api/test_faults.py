"""What goes wrong is said in the caller's language: what, where, what to do; and never more than that."""

from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from screens.app import create_app
from screens.database import Database, ScreenSettings
from screens.language import LANGUAGE_COOKIE
from tests.screens.api.conftest import Get
from tests.screens.api.hub import World
from warehouse.database import connect

WRONG: list[tuple[str, dict[str, str], str]] = [
    ("/areas", {"as_of": "2023-02-30"}, "as_of"),
    ("/areas", {"level": "village"}, "level"),
    ("/areas", {"limit": "0"}, "limit"),
    ("/areas", {"as_off": "2023-01-01"}, "as_off"),
    ("/areas", {"as_of": "0001-01-01"}, "as_of"),
    ("/board", {"period": "2023-13"}, "period"),
    ("/board", {"area": "\x00"}, "area"),
    ("/kpis/gate_vehicles/observations", {"from": "2023-01-01"}, "to"),
    ("/kpis/gate_vehicles/observations", {"from": "2023-02-01", "to": "2023-01-01"}, "to"),
    ("/kpis/gate_vehicles/observations", {"period": "2023", "last": "3"}, "period"),
    ("/kpis/gate_vehicles/observations", {"where": "channel=online"}, "where"),
    ("/kpis/gate_vehicles/observations", {"where": "gate=nowhere"}, "where"),
    ("/kpis/gate_vehicles/observations", {"where": "gate"}, "where"),
    ("/kpis/gate_vehicles/observations", {"by": "channel"}, "by"),
    ("/kpis/gate_vehicles/observations", {"measure": "magic"}, "measure"),
    ("/kpis/gate_vehicles/observations", {"last": "9999"}, "last"),
    ("/kpis/gate_vehicles/observations", {"from": "1950-01-01", "to": "2023-01-01", "freq": "month"}, "from"),
    ("/quality/results", {"batch": "-1"}, "batch"),
]


@pytest.mark.parametrize(
    ("day", "status"), [("1899-12-31", 422), ("1900-01-01", 200), ("2200-12-31", 200), ("2201-01-01", 422)]
)
def test_the_years_that_an_error_names_may_be_asked(get: Get, day: str, status: int) -> None:
    answer = get("/areas", as_of=day, lang="en")
    assert answer.status_code == status, answer.text
    assert status == 200 or "the year must be from 1900 to 2200" in answer.text


@pytest.mark.parametrize(("path", "query", "parameter"), WRONG)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_wrong_parameter_is_named(get: Get, path: str, query: dict[str, str], parameter: str, lang: str) -> None:
    answer = get(path, headers={"Accept-Language": lang}, **query)
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == lang
    said = answer.json()
    assert [error["parameter"] for error in said["errors"]] == [parameter]
    assert said["title"] == ("Tham số không hợp lệ" if lang == "vi" else "Invalid parameters")
    assert said["instance"] == f"/api/v1{path}"


def test_the_language_that_was_chosen_on_a_page_holds_for_the_api_of_that_browser(get: Get) -> None:
    switched = {"Cookie": f"{LANGUAGE_COOKIE}=en", "Accept-Language": "vi"}
    assert get("/board", headers=switched, period="x").json()["title"] == "Invalid parameters"
    assert get("/board", headers=switched).headers["Content-Language"] == "en"


def test_what_a_parameter_may_be_is_listed_in_the_language_of_the_answer(get: Get) -> None:
    vi, en = (get("/areas", level="village", lang=lang).json()["detail"] for lang in ("vi", "en"))
    assert " hoặc '" in vi
    assert " or " not in vi
    assert " or '" in en


def test_several_wrong_parameters_are_all_named(get: Get) -> None:
    said = get("/kpis/gate_vehicles/observations", last="x", as_of="y").json()
    assert {error["parameter"] for error in said["errors"]} == {"last", "as_of"}
    assert "phải là số nguyên" in said["detail"]


def test_what_there_is_not_is_not_found_and_near_names_help(get: Get) -> None:
    answer = get("/kpis/gate_vehicle", lang="en")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:ioc:problem:not-found")
    assert "gate_vehicles" in answer.json()["detail"]
    assert get("/board", area="99999").status_code == 404
    assert get("/board", province="H99").status_code == 404
    assert get("/nothing").headers["Content-Type"] == "application/problem+json"
    assert get("/nothing").status_code == 404


def test_another_method_is_refused(client: TestClient, world: World) -> None:
    answer = client.post("/api/v1/kpis", headers=world.headers["whole"])
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize("caller", ["nobody", "forged", "expired", "revoked", "ended", "closed", "key as wall"])
def test_without_good_credentials_nothing_is_answered(get: Get, caller: str) -> None:
    answer = get("/kpis", caller)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="ioc"')
    assert answer.json()["detail"] == get("/kpis", "nobody").json()["detail"], "worthless credentials are all alike"


def test_a_key_that_is_wrong_is_not_replaced_by_a_good_session(get: Get, world: World) -> None:
    assert get("/kpis", "browser").status_code == 200
    assert get("/kpis", "browser", headers=world.headers["forged"]).status_code == 401


def test_a_fault_of_the_hub_tells_a_reference_and_nothing_of_itself(
    get: Get, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Any) -> int:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(Database, "version", broken)
    answer = get("/kpis", lang="en")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["reference"] in answer.json()["detail"]
    assert answer.json()["reference"] in caplog.text
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")


def test_without_a_database_the_process_lives_and_says_so() -> None:
    app = create_app(ScreenSettings("postgresql+psycopg://nobody:hush@127.0.0.1:9/none"))
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
        assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
        asked = client.get("/api/v1/kpis", headers={"Authorization": "Bearer ioc_x", "Accept-Language": "en"})
        assert (asked.status_code, asked.json()["title"]) == (503, "Cannot answer now")
        assert "hush" not in asked.text + ready.text


def test_every_answer_is_safe_for_browsers(get: Get) -> None:
    for path, caller in (("/kpis", "whole"), ("/kpis", "nobody"), ("/nothing", "whole"), ("/!/healthz", "nobody")):
        headers = get(path, caller).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] in ("no-store", "private, no-cache")


def test_counters_are_for_this_machine_and_for_keys_that_see_nothing_else(get: Get, world: World) -> None:
    get("/kpis")
    assert get("/!/metrics", "nobody").status_code == 401
    assert get("/!/metrics", "viewer").status_code == 403
    assert get("/!/metrics", "hub").status_code == 403, "an engineer's key for figures is none for counters"
    assert get("/kpis", "prometheus").status_code == 403
    shown = get("/!/metrics", "prometheus").text
    assert 'ioc_http_requests_total{method="GET",route="/api/v1/kpis",status="200"}' in shown
    assert "gate_vehicles" not in shown
    app = create_app(ScreenSettings(world.url))
    with TestClient(app, client=("127.0.0.1", 5000)) as here:
        assert here.get("/metrics").status_code == 200
        assert here.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 401


def test_why_a_run_failed_is_told_in_the_callers_language(moving: tuple[Get, World]) -> None:
    get, world = moving
    with connect(world.url, "owner") as connection:
        connection.execute("update ledger.batch set reason_en = 'cut off', reason_vi = 'bị ngắt' where batch_id = 1")
        connection.commit()
    for lang, told in (("vi", {1: "bị ngắt"}), ("en", {1: "cut off"})):
        runs = get("/quality/runs", lang=lang, limit=1000).json()["data"]
        assert {run["batch_id"]: run["reason"] for run in runs if run["reason"]} == told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.errors.AdminShutdown("x"), "the database does not answer now; try again in 5 s"),
        (psycopg.errors.IdleInTransactionSessionTimeout("x"), "the database does not answer now; try again in 5 s"),
        (psycopg.errors.QueryCanceled("x"), "the database does not answer now; try again in 5 s"),
        (psycopg.errors.ReadOnlySqlTransaction("x"), "the database cannot do this now, and not by itself later"),
        (psycopg.errors.DiskFull("x"), "the database cannot do this now, and not by itself later"),
    ],
)
def test_a_database_that_fails_is_no_internal_error(
    get: Get, monkeypatch: pytest.MonkeyPatch, error: psycopg.Error, told: str
) -> None:
    def failing(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(Database, "_province", failing)
    answer = get("/kpis", lang="en")
    assert answer.status_code == 503
    assert told in answer.json()["detail"]
