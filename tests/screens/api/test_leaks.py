"""No route gives a caller a row, a count or a name beyond its rights, whatever it asks for and in whatever form.

Each caller asks every route for everything that there is, signed in, since a key is given less. What comes back is
searched for words that only others' records bear, and every number of a figure is compared with what the caller's own
records give.
"""

import io
import json
import re
from typing import Any

import httpx2
import pytest
from pypdf import PdfReader

from screens.api.docs import openapi
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get
from tests.screens.api.hub import DELIVERED, DISTRICT, FAR, FOREIGN, OTHER, OWN, TOWN, WORTHLESS

NEAR = "; gần giống: "
"""Before the name, of those that the caller may see, that is most like the one asked for."""
ROUTES = [
    path
    for path in openapi(create_app(ScreenSettings("postgresql+psycopg://localhost/none")))["paths"]
    if "/api/" in path
]
KPIS = {"online_dossier_rate": "public_services", "gate_vehicles": "border_gate", "positive_press_rate": "press"}
KPIS |= {"feedback_resolved_rate": "feedback", "base_stations": "digital_society"}
ASKED: list[dict[str, Any]] = [
    {},
    {"period": "2023-01"},
    {"period": "2023-01", "area": TOWN},
    {"period": "2023-01", "area": FAR},
    {"period": "2023-01", "area": DISTRICT},
    {"period": "2023-01", "area": "20"},
    {"period": "2023-01", "where": f"organisation={OWN}"},
    {"period": "2023-01", "where": f"organisation={OTHER}"},
    {"period": "2023-01", "where": "channel=online"},
    {"period": "2023-01", "by": "organisation"},
    {"period": "2023-01", "by": "area"},
    {"from": "2023-01-05", "to": "2023-01-20"},
    {"from": "2023-01-05", "to": "2023-01-20", "area": TOWN},
    {"from": "2023-01-05", "to": "2023-01-20", "where": f"organisation={OWN}"},
    {"period": "2023-01", "measure": "received"},
    {"period": "2023-01", "province": "H59"},
    {"period": "2023-01", "rows": 100},
]


def known(answer: str, asked: dict[str, Any], path: str) -> str:
    """The answer without what the caller itself said, which comes back in faults, files' descriptions and addresses."""
    for said in (path, *map(str, asked.values()), *(part.partition("=")[2] for part in map(str, asked.values()))):
        answer = answer.replace(said, "…") if said else answer
    kpi = path.split("/")[2] if path.startswith("/kpis/") else ""
    return answer.replace(f"'{kpi}'", "…")


def paths() -> list[str]:
    """Every route's path below /api/v1, with every KPI that has data; events have a test of their own."""
    made = []
    for route in ROUTES:
        path = route.removeprefix("/api/v1")
        own = [path.replace("{kpi}", kpi) for kpi in KPIS] if "{kpi}" in path else [path]
        made += [one.replace("{kind}", kind) for one in own for kind in (("svg", "png") if "{kind}" in path else ("",))]
    return [path for path in made if path != "/events"]


FILES = (".csv", ".xlsx", ".docx", ".pdf", ".svg", ".png")


def text_of(answer: httpx2.Response) -> str:
    """What a reader reads in the answer; nothing of a picture in pixels, whose lines are those of its SVG."""
    kind = answer.headers.get("content-type", "")
    if kind == "application/pdf":
        reader = PdfReader(io.BytesIO(answer.content))
        attached = [body.decode() for bodies in reader.attachments.values() for body in bodies]
        return " ".join([*(page.extract_text() for page in reader.pages), *attached])
    return "" if kind == "image/png" else answer.text


def asked_of(path: str) -> list[dict[str, Any]]:
    """What to ask a path: everything where figures of every slice and area come from, else a little."""
    if path == "/board":
        return [asked for asked in ASKED if not set(asked) - {"period", "area", "province"}]
    if "/online_dossier_rate/" not in path or path.endswith((".xlsx", ".json", ".png")):
        return ASKED[:2] if "/observations" in path or "/explain" in path else ASKED[:1]
    return [asked for asked in ASKED if "rows" not in asked or "explain" in path]


@pytest.mark.parametrize("caller", WORTHLESS)
def test_without_good_credentials_no_route_says_anything(get: Get, caller: str) -> None:
    for path in [*paths(), "/events"]:
        answer = get(path, caller, **({"lang": "xx"} if caller == "nobody" else {}))
        assert answer.status_code == 401, (path, answer.status_code)
        assert set(answer.json()) == {"type", "title", "status", "detail", "instance"}


@pytest.mark.parametrize("caller", FOREIGN)
def test_no_answer_holds_a_word_of_what_one_may_not_see(get: Get, caller: str) -> None:
    seen = 0
    for path in paths():
        for asked in asked_of(path):
            answer = get(path, f"{caller} in browser", **asked)
            assert answer.status_code in (200, 403, 404, 422), (path, asked, answer.text)
            seen += answer.status_code == 200
            text = known(text_of(answer), asked, path)
            found = [word for word in FOREIGN[caller] if re.search(rf"(?<![\w.]){re.escape(word)}(?!\w)", text)]
            assert not found, (path, asked, found, text[:500])
    assert seen > 15


OWN_DOSSIERS = {"whole": 17, "hub": 17, "viewer": 17, "town": 12, "far": 5, "office": 7}
"""Caller → how many of the dossiers are its own: the largest denominator that it may ever see."""


@pytest.mark.parametrize("caller", OWN_DOSSIERS)
def test_no_number_counts_more_than_ones_own_records(get: Get, caller: str) -> None:
    counts = set()
    for path in ("/kpis/online_dossier_rate/observations", "/kpis/online_dossier_rate/explain", "/board"):
        for asked in asked_of(path):
            answer = get(path, f"{caller} in browser", **asked)
            if answer.status_code != 200:
                continue
            said = answer.json()
            figures = [said["figure"]] if "figure" in said else said.get("data", said.get("figures"))
            counts |= {
                figure["denominator"]
                for figure in figures
                if (figure["kpi"], figure["measure"]) == ("online_dossier_rate", "rate")
            }
            assert len(said.get("rows", [])) <= OWN_DOSSIERS[caller]
    counts.discard(None)
    assert max(counts) == OWN_DOSSIERS[caller], counts


def test_a_part_is_never_shown_as_if_it_were_the_whole(get: Get) -> None:
    path = "/kpis/online_dossier_rate/observations"
    assert get(path, "town", period="2023-01", area="20").status_code == 403
    assert get(path, "town", area="20", **{"from": "2023-01-05", "to": "2023-01-06"}).status_code == 403
    (own,) = get(path, "town in browser", **{"from": "2023-01-05", "to": "2023-01-20"}).json()["data"]
    assert (own["area"], own["denominator"]) == (DISTRICT, 12)
    (office,) = get(path, "office", period="2023-01").json()["data"]
    assert (office["breakdown"], office["denominator"], office["origin"]) == (f"organisation={OTHER}", 7, "published")
    gates = {figure["kpi"]: figure for figure in get("/board", "office", period="2023-01").json()["figures"]}
    assert gates["gate_vehicles"]["value"] is None
    assert gates["gate_vehicles"]["reason"] == "Chỉ tiêu này không có riêng theo đơn vị của tài khoản"


def test_what_one_may_not_see_is_answered_like_what_there_is_not(get: Get) -> None:
    for caller, path, query, nothing in (
        ("press", "/kpis/gate_vehicles", {}, "/kpis/gate_vehiclez"),
        ("press", "/kpis/gate_vehicles/observations", {"period": "2023-01"}, "/kpis/gate_vehiclez/observations"),
        ("press", "/kpis/gate_vehicles/explain", {"period": "2023-01"}, "/kpis/gate_vehiclez/explain"),
    ):
        hidden, absent = get(path, caller, **query), get(nothing, caller, **query)
        assert hidden.status_code == absent.status_code == 404
        visible = {one["kpi"] for one in get("/kpis", caller).json()["data"]}
        said = [known(hidden.text, {}, path), known(absent.text, {}, nothing)]
        assert visible.issuperset(name for text in said for name in re.findall(f"{NEAR}([a-z_]+)", text))
        said = [re.sub(f"{NEAR}[a-z_]+", "", text) for text in said]
        assert said[0].replace("gate_vehicles", "x") == said[1].replace("gate_vehiclez", "x")
    hidden = get("/kpis/online_dossier_rate/observations", "far", period="2023-01", area=TOWN)
    absent = get("/kpis/online_dossier_rate/observations", "far", period="2023-01", area="05970")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"].replace(TOWN, "x") == absent.json()["detail"].replace("05970", "x")
    foreign = get("/kpis/online_dossier_rate/observations", "office", period="2023-01", where=f"organisation={OWN}")
    absent = get(
        "/kpis/online_dossier_rate/observations", "office", period="2023-01", where="organisation=000.99.11.H37"
    )
    assert foreign.status_code == absent.status_code == 422
    assert foreign.json()["detail"].replace(OWN, "x") == absent.json()["detail"].replace("000.99.11.H37", "x")


def test_evidence_with_counts_is_for_those_who_see_the_whole_province(get: Get) -> None:
    for caller in ("town", "far", "office"):
        assert get("/quality/runs", caller).json()["data"] == []
        assert get("/quality/results", caller).json()["data"] == []
        assert get("/quality/deliverers", caller).json()["data"] == []
    assert [one["records"] for one in get("/quality/deliverers", "whole").json()["data"]] == [DELIVERED]
    assert get("/quality/deliverers", "press").json()["data"] == []
    assert get("/quality/deliverers", "south").json()["data"] == []
    assert {run["source"] for run in get("/quality/runs", "press").json()["data"]} == {"press"}
    sources = {source.name for source in CATALOGUE.sources.values() if source.field == "press"}
    assert {source["source"] for source in get("/sources", "press").json()["data"]} == sources
    assert [field["field"] for field in get("/domains", "press").json()["data"]] == ["press"]


def test_another_province_is_as_if_it_were_not_there(get: Get) -> None:
    ours, theirs = (get("/kpis/gate_vehicles/observations", who, period="2023-01").json() for who in ("whole", "south"))
    assert (ours["data"][0]["value"], theirs["data"][0]["value"]) == (27, 9)
    assert get("/board", "whole", province="H59").status_code == 404
    assert get("/board", "hub", province="H59", period="2023-01").status_code == 200


def needs(path: str) -> dict[str, str]:
    """The parameters without which a route answers nobody."""
    return {"period": "2023-H1"} if path.startswith("/reports/") else {}


def test_a_walls_token_opens_the_board_and_events_only(get: Get) -> None:
    for caller in ("wall", "wall in browser"):
        for path in paths():
            expected = 200 if path == "/board" else 403
            assert get(path, caller, **needs(path)).status_code == expected, path


def test_a_key_does_no_more_than_its_scopes(get: Get) -> None:
    for path in paths():
        narrow = "/explain" in path or path.endswith(FILES) or ".metadata" in path
        assert get(path, "reads", **needs(path)).status_code == (403 if narrow else 200), path
    rows = get("/kpis/online_dossier_rate/explain", "viewer", period="2023-01", rows=1)
    assert (rows.status_code, rows.json()["scope"]) == (403, "rows")
    assert get("/kpis/online_dossier_rate/explain", "viewer", period="2023-01").json()["rows"] == []


def test_a_right_that_was_taken_away_is_gone_at_once(moving: Any) -> None:
    from accounts import directory
    from warehouse.database import connect

    get, world = moving
    tag = get("/board", "viewer").headers["ETag"]
    with connect(world.url, "accounts") as keeper:
        directory.disable(keeper, directory.find(keeper, "viewer"))
    assert get("/board", "viewer", headers={"If-None-Match": tag}).status_code == 401
    with connect(world.url, "accounts") as keeper:
        account = directory.find(keeper, "viewer")
        directory.enable(keeper, account)
        limits = directory.limits_of(keeper, account)
        directory.set_rights(keeper, account, "viewer", type(limits)(limits.province_id, None, None, ("press",)))
    answer = get("/board", "viewer", headers={"If-None-Match": tag})
    own = {name for name, kpi in CATALOGUE.definitions.items() if kpi.field == "press"}
    assert {figure["kpi"] for figure in answer.json()["figures"]} == own
    assert "gate_vehicles" not in json.dumps(answer.json())


@pytest.mark.parametrize("caller", ["town", "far", "office"])
def test_an_explanation_of_a_part_names_its_batches_and_no_count_of_others(get: Get, caller: str) -> None:
    mine = {"period": "2023-01"} | ({"where": f"organisation={OTHER}"} if caller == "office" else {})
    said = get("/kpis/online_dossier_rate/explain", f"{caller} in browser", **mine).json()
    own, whole = said["figure"]["denominator"], get("/kpis/online_dossier_rate/explain", "browser", period="2023-01")
    assert 0 < own < whole.json()["figure"]["denominator"]
    assert said["batches"] and sum(batch["rows"] for batch in said["batches"]) == own
    known = {"batch_id", "source", "feed", "first_day", "last_day", "loaded_at", "rows"}
    for batch in said["batches"]:
        assert {name for name, value in batch.items() if value is not None} == known
    assert {batch["fetched"] is None for batch in whole.json()["batches"]} == {False}
