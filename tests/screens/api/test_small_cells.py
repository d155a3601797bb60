"""What leaves the hub tells nothing of cells that are small enough to point at a person."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import load_workbook

from audit.trail_log import TrailEntry
from hub.periods import VIETNAM, standard_periods
from kpis.definition import load_definitions
from kpis.disclosure import EARLIER, UNJUDGED, UNPUBLISHED, WITHHELD, withheld
from kpis.small_cells import FEWEST
from screens import evidence
from screens.api.files import COLUMNS
from screens.pages.audit_log import _leaving
from screens.quality import about_persons
from tests.installation import CATALOGUE, refresh
from tests.screens.api.conftest import Get
from tests.screens.api.hub import DISTRICT, FAR, TOWN, World
from warehouse import trail
from warehouse.database import connect
from warehouse.deliverers import Delivery
from warehouse.serving import Connection, Province

ABOUT_PERSONS = {kpi for kpi, definition in load_definitions().items() if definition.about_persons}


def test_which_kpis_count_persons_cases() -> None:
    assert {
        *("online_dossier_rate", "on_time_dossier_rate", "level4_online_dossier_rate", "active_online_service_rate"),
        *("feedback_resolved_rate", "digital_certificates", "gate_vehicles"),
        *("emergency_calls", "emergency_closed_rate", "petitions", "administrative_fines"),
        *("traffic_accidents", "public_order_cases", "infectious_cases", "ad_numbers_suspended"),
    } == ABOUT_PERSONS
    assert {load_definitions()[kpi].reads for kpi in ABOUT_PERSONS} == {
        *("dossiers", "feedback", "certificates", "vehicles", "cases", "statistics")
    }
    about = {kpi for kpi, d in load_definitions().items() if d.reads in ("dossiers", "feedback", "vehicles")}
    assert about <= ABOUT_PERSONS, "a KPI over the same records has the same small cells"


# Over the wire

PATH = "/kpis/feedback_resolved_rate"
JANUARY = {"period": "2023-01"}
NEIGHBOUR = "06004"
"""A commune of the same district as FAR, without any case."""
"""Of which the hub has ten cases: six of one commune, resolved, and four of another, in progress."""
EMPTY = {"value": None, "numerator": None, "denominator": None, "attainment": None, "status": "missing"}


def cells(rows: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    return {row["breakdown"] or row["area"]: (row["denominator"], row["status"]) for row in rows}


def test_a_key_gets_no_small_cell_and_none_that_tells_it(get: Get) -> None:
    shown = cells(get(f"{PATH}/observations", "browser", by="area", **JANUARY).json()["data"])
    assert (shown[TOWN], shown[FAR]) == ((6, "official"), (4, "official")), "a person on a screen of the hub sees all"
    rows = get(f"{PATH}/observations", by="area", **JANUARY).json()["data"]
    assert not {TOWN, FAR} & cells(rows).keys(), "a list that named them would say that they have records"


@pytest.mark.parametrize("measure", [None, "received"])
@pytest.mark.parametrize("as_of", [None, "2030-01-01"])
def test_a_withheld_figure_says_nothing_of_its_records_not_even_that_there_are_any(
    get: Get, measure: str | None, as_of: str | None
) -> None:
    """In January four of the commune; the next one has none, and is withheld for it: both are answered alike."""
    if measure and as_of:
        return
    more = {name: value for name, value in (("measure", measure), ("as_of", as_of)) if value}
    with_records, without = (
        get(f"{PATH}/observations", area=FAR, period=period, **more).json()["data"][0]
        for period in ("2023-01", "2023-02")
    )
    assert with_records["reason"] == WITHHELD.vi
    of_the_period = {"from", "to", "previous", "year_ago", "target"}
    assert {k: v for k, v in with_records.items() if k not in of_the_period} == {
        k: v for k, v in without.items() if k not in of_the_period
    }


@pytest.mark.parametrize(
    ("caller", "path", "more"),
    [
        ("whole", f"{PATH}/observations", {}),
        ("whole", f"{PATH}/observations", {"measure": "received"}),
        ("whole", f"{PATH}/observations", {"as_of": "2030-01-01"}),
        ("whole", f"{PATH}/observations.csv", {}),
        ("browser", f"{PATH}/observations.csv", {}),
        ("whole", f"{PATH}/observations.metadata.json", {}),
        ("whole", f"{PATH}/explain", {"rows": 9}),
        ("whole", "/board", {}),
        ("wall", "/board", {}),
    ],
)
def test_a_commune_without_records_is_answered_as_one_that_is_withheld(
    get: Get, caller: str, path: str, more: dict[str, Any]
) -> None:
    places = [get(f"{PATH}/observations", area=area, **JANUARY).json()["data"][0] for area in (FAR, NEIGHBOUR)]
    assert [place["reason"] for place in places] == [WITHHELD.vi, WITHHELD.vi]
    answers = [get(path, caller, area=area, **more, **JANUARY) for area in (FAR, NEIGHBOUR)]
    with_records, without = (
        str([row for row in answer.json()["figures"] if row["kpi"] == "feedback_resolved_rate"])
        if path == "/board"
        else answer.text
        for answer in answers
    )
    for said in ("area", "area_id", "area_name"):
        with_records = with_records.replace(str(places[0][said]), str(places[1][said]))
    assert with_records == without
    assert answers[0].headers.keys() == answers[1].headers.keys()


def test_what_became_of_cases_is_no_cell_and_is_given_with_the_whole(get: Get) -> None:
    rows = cells(get(f"{PATH}/observations", by="status", **JANUARY).json()["data"])
    assert rows == {"status=resolved": (6, "official"), "status=in_progress": (4, "official")}
    (whole,) = get(f"{PATH}/observations", **JANUARY).json()["data"]
    assert (whole["numerator"], whole["denominator"]) == (6, 10), "it says no more than the whole"


@pytest.mark.parametrize(("lang", "said"), [("vi", "không đưa ra ngoài"), ("en", "not given out")])
def test_why_is_said_in_the_asked_language(get: Get, lang: str, said: str) -> None:
    (row,) = get(f"{PATH}/observations", area=FAR, lang=lang, **JANUARY).json()["data"]
    assert said in row["reason"]


def test_asking_for_the_parts_one_by_one_tells_no_more(get: Get) -> None:
    for query in ({"area": TOWN}, {"area": FAR}):
        (row,) = get(f"{PATH}/observations", **JANUARY, **query).json()["data"]
        assert (row["value"], row["reason"]) == (None, WITHHELD.vi), query
        board = get("/board", **JANUARY, **query).json()["figures"]
        (own,) = [row for row in board if row["kpi"] == "feedback_resolved_rate"]
        assert (own["value"], own["reason"]) == (None, WITHHELD.vi)
    (whole,) = get(f"{PATH}/observations", **JANUARY).json()["data"]
    assert (whole["numerator"], whole["denominator"]) == (6, 10)
    (computed,) = get(f"{PATH}/observations", **{"from": "2023-01-05", "to": "2023-01-06"}).json()["data"]
    assert (computed["value"], computed["reason"]) == (None, UNPUBLISHED.vi)


@pytest.mark.parametrize("caller", ["whole", "browser"])
def test_a_file_leaves_whoever_takes_it(get: Get, caller: str) -> None:
    answer = get(f"{PATH}/observations.csv", caller, by="area", **JANUARY)
    rows = {row["area"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))}
    assert not {TOWN, FAR} & rows.keys()
    taken = get(f"{PATH}/observations.xlsx", caller, area=FAR, columns="all", **JANUARY)
    book = load_workbook(io.BytesIO(taken.content))
    row = dict(zip(COLUMNS, list(book.worksheets[0].iter_rows(values_only=True))[1], strict=True))
    assert (row["value"], row["denominator"], row["status"], row["reason"]) == (None, None, "Chưa có", WITHHELD.vi)


def test_what_is_explored_leaves_without_small_cells(get: Get) -> None:
    asked = {"kpi": "feedback_resolved_rate", "area": FAR, "from": "2023-01-01", "to": "2023-01-31"}
    shown = get("/!/explore", "browser", **asked)
    assert 'class="newest"' in shown.text, "a person sees it"
    for kind in ("chart.svg", "table.csv"):
        taken = get(f"/!/explore/{kind}", "browser", **asked)
        assert taken.status_code == 200
        values = re.findall(r'class="newest"|,\d+(?:\.\d+)?,%,', taken.text)
        assert values == [], kind


def test_a_withheld_figure_is_found_by_its_status(get: Get) -> None:
    of = {status: get(f"{PATH}/observations", area=FAR, status=status, **JANUARY).json()["data"] for status in STATES}
    assert [len(rows) for rows in of.values()] == [0, 1]


STATES = ("official", "missing")


def test_an_explanation_tells_no_more_than_its_figure(get: Get) -> None:
    shown = get(f"{PATH}/explain", "browser", area=FAR, rows=9, **JANUARY).json()
    assert (shown["figure"]["denominator"], len(shown["rows"])) == (4, 4)
    said = get(f"{PATH}/explain", area=FAR, rows=9, **JANUARY).json()
    assert said["figure"].items() >= EMPTY.items()
    assert (said["batches"], said["pages"], said["refused"], said["revisions"], said["rows"]) == ([], [], None, [], [])
    assert said["definition"] == shown["definition"]


def test_no_record_of_a_persons_case_leaves(get: Get) -> None:
    said = get(f"{PATH}/explain", rows=9, **JANUARY).json()
    assert said["figure"]["denominator"] == 10
    assert (said["rows"], said["refused"]) == ([], None)
    assert [one["denominator"] for one in said["revisions"] if one["superseded_at"] is None] == [10]
    assert {one["denominator"] for one in said["revisions"] if one["superseded_at"]} <= {None}
    assert {entry["rows"] for name in ("batches", "pages") for entry in said[name]} == {None}
    press = get("/kpis/positive_press_rate/explain", rows=9, **JANUARY).json()
    assert len(press["rows"]) == 8, "articles are nobody's case"


def test_what_is_about_nobody_leaves_whole(get: Get) -> None:
    rows = get("/kpis/base_stations/observations", by="area", period="2023-03").json()["data"]
    assert {row["area"]: row["value"] for row in rows}.items() >= {TOWN: 1, FAR: 1}.items()


def test_what_a_browser_has_is_not_taken_for_what_a_key_may_have(get: Get) -> None:
    tag = get(f"{PATH}/observations", "browser", area=FAR, **JANUARY).headers["ETag"]
    assert get(f"{PATH}/observations", area=FAR, headers={"If-None-Match": tag}, **JANUARY).status_code == 200


# Whatever is asked, a cell is given or it is not


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2023-01-01", "to": "2023-01-30"},
        {"from": "2023-01-05", "to": "2023-01-05"},
        {"period": "2023-01", "where": ["status=resolved", "field=GIAO_THONG"]},
        {"period": "2023-01", "where": "status=resolved|in_progress"},
        {"period": "2023-01", "where": "status=resolved", "area": DISTRICT},
        {"period": "2023-01", "where": "status=resolved", "area": FAR},
    ],
)
def test_what_is_not_published_is_not_computed_for_a_key(get: Get, query: dict[str, Any]) -> None:
    """Ranges of days, unions of values, combined breakdowns: whoever has many of them can subtract."""
    (seen,) = get(f"{PATH}/observations", "browser", **query).json()["data"]
    assert seen["reason"] is None or seen["value"] is None, "a person on a screen asks freely"
    (row,) = get(f"{PATH}/observations", **query).json()["data"]
    assert row.items() >= EMPTY.items()
    assert row["reason"] in (UNPUBLISHED.vi, WITHHELD.vi)


def test_a_measure_of_the_same_records_is_given_where_their_figure_is(get: Get) -> None:
    (whole,) = get(f"{PATH}/observations", measure="received", **JANUARY).json()["data"]
    assert whole["value"] == 10
    for area in (TOWN, FAR):
        (row,) = get(f"{PATH}/observations", measure="received", area=area, **JANUARY).json()["data"]
        assert (row["value"], row["reason"]) == (None, WITHHELD.vi)


def test_a_measure_of_other_records_is_not_given(get: Get) -> None:
    (row,) = get("/kpis/digital_certificates/observations", measure="issued", **JANUARY).json()["data"]
    assert (row["value"], row["reason"]) == (None, UNPUBLISHED.vi)


@pytest.mark.parametrize("caller", ["wall", "wall in browser"])
def test_a_wall_is_given_what_a_key_is_however_its_token_is_sent(get: Get, caller: str) -> None:
    figures = get("/board", caller, area=FAR, **JANUARY).json()["figures"]
    (own,) = [row for row in figures if row["kpi"] == "feedback_resolved_rate"]
    assert (own["value"], own["reason"]) == (None, WITHHELD.vi)
    page = get("/!/wall", "wall in browser", kpi="feedback_resolved_rate", period="2023-01", area=FAR)
    assert page.status_code == 200
    assert WITHHELD.vi in page.text


def test_a_cell_is_hidden_or_given_whichever_way_it_is_asked_for(get: Get) -> None:
    """By itself, among the others of its breakdown, on the board, as a file, explained, as of today."""
    for kpi, caller in product(("feedback_resolved_rate", "online_dossier_rate", "gate_vehicles"), ("whole", "south")):
        for period in standard_periods(date(2023, 1, 1), date(2023, 3, 31)):
            days = {"from": str(period.first), "to": str(period.last)}
            answers: dict[tuple[str, str], set[Any]] = {}

            def note(rows: list[dict[str, Any]], answers: dict[tuple[str, str], set[Any]] = answers) -> None:
                for row in rows:
                    said = row["denominator"] or row["numerator"]
                    answers.setdefault((row["area"], row["breakdown"]), set()).add(float(said) if said else None)

            path = f"/kpis/{kpi}"
            for by in load_definitions()[kpi].breakdowns:
                listed = get(f"{path}/observations", caller, by=by, **days).json()["data"]
                note(listed)
                csv_ = get(f"{path}/observations.csv", caller, by=by, **days).content.decode("utf-8-sig")
                note([*csv.DictReader(io.StringIO(csv_, newline=""))])
                for row in listed:
                    one = {"where": row["breakdown"]} if row["breakdown"] else {"area": row["area"]}
                    note(get(f"{path}/observations", caller, **one, **days).json()["data"])
                    note([get(f"{path}/explain", caller, **one, **days).json()["figure"]])
                    if "area" in one:
                        name = period_name(days)
                        board = get("/board", caller, period=name, **one).json()["figures"]
                        note([found for found in board if found["kpi"] == kpi])
            assert not {cell: said for cell, said in answers.items() if len(said) > 1}, (kpi, period)
            counts = {count for said in answers.values() for count in said if count}
            outcomes = set(load_definitions()[kpi].outcomes)
            small = {
                cell
                for cell, said in answers.items()
                if any(count and count < FEWEST for count in said) and cell[1].partition("=")[0] not in outcomes
            }
            assert not small, (kpi, period, counts)


def period_name(days: dict[str, str]) -> str:
    first, last = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    months = last.month - first.month + 1
    if first.month == 1 and months not in (1, 3, 6, 12):
        return f"{first.year}-{last.month:02}-ytd"
    return {
        1: f"{first.year}-{first.month:02}",
        3: f"{first.year}-Q{last.month // 3}",
        6: f"{first.year}-H{last.month // 6}",
        12: str(first.year),
    }[months]


# What is published later


def test_what_was_published_a_moment_ago_does_not_leave_before_it_is_judged(
    moving: tuple[Get, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    get, world = moving
    monkeypatch.setattr("screens.database.FRESH", 0)
    kpi, query = "/kpis/gate_vehicles/observations", {"period": "2023-01"}
    assert get(kpi, **query).json()["data"][0]["value"] is not None
    with connect(world.url, "owner") as owner:
        owner.execute("update kpi.disclosure set judged_to = judged_to - interval '1 day', judgements = judgements + 1")
        owner.commit()
    (row,) = get(kpi, **query).json()["data"]
    assert (row["value"], row["reason"]) == (None, UNJUDGED.vi)
    assert get(kpi, "browser", **query).json()["data"][0]["value"] is not None
    refresh(world.url, "H37", ["gate_vehicles"])
    assert get(kpi, **query).json()["data"][0]["value"] is not None


def test_an_earlier_revision_does_not_leave(moving: tuple[Get, World], monkeypatch: pytest.MonkeyPatch) -> None:
    get, world = moving
    monkeypatch.setattr("screens.database.FRESH", 0)
    kpi, query = "/kpis/gate_vehicles/observations", {"period": "2023-01", "as_of": "2023-04-30"}
    world.publish()
    with connect(world.url, "owner") as owner:
        owner.execute(
            "update kpi.observation set recorded_at = '2023-04-01' where kpi_id = 'gate_vehicles' and revision = 1"
        )
        owner.execute("update kpi.disclosure set judgements = judgements + 1")
        owner.commit()
    (seen,) = get(kpi, "browser", **query).json()["data"]
    assert seen["value"] is not None
    (row,) = get(kpi, **query).json()["data"]
    assert (row["value"], row["reason"]) == (None, EARLIER.vi)


# Who read it


@pytest.mark.parametrize("caller", ["whole", "browser"])
@pytest.mark.parametrize(
    ("path", "what"),
    [
        (f"{PATH}/observations", "figures"),
        (f"{PATH}/observations.csv", "export"),
        (f"{PATH}/observations.xlsx", "export"),
        (f"{PATH}/observations.metadata.json", "export"),
        (f"{PATH}/explain", "explain"),
        ("/board", "figures"),
    ],
)
def test_reads_of_figures_about_persons_are_logged_in_every_format(
    get: Get, read_log: Callable[[], list[Any]], path: str, what: str, caller: str
) -> None:
    for _ in range(2):  # the second answer is one that the process has already
        before = len(read_log())
        assert get(path, caller, **JANUARY).status_code == 200
        [entry] = read_log()[before:]
        assert entry[0] == what
        assert "feedback_resolved_rate" in str(entry[1])


@pytest.mark.parametrize(
    "path",
    ["/", "/fields/feedback", "/kpis/feedback_resolved_rate", "/kpis/feedback_resolved_rate/map", "/explore"],
)
def test_pages_with_figures_about_persons_are_logged(get: Get, read_log: Callable[[], list[Any]], path: str) -> None:
    before = len(read_log())
    asked = {"kpi": "feedback_resolved_rate"} if path == "/explore" else {"period": "2023-01"}
    assert get(f"/!{path}", "browser", **asked).status_code == 200
    [entry] = read_log()[before:]
    assert (entry[0], entry[1]["path"]) == ("figures", path)


def test_other_figures_are_not_logged(get: Get, read_log: Callable[[], list[Any]]) -> None:
    before = len(read_log())
    assert get("/kpis/base_stations/observations", period="2023-03").status_code == 200
    assert len(read_log()) == before


PARTS = ("loaded", "unchanged", "superseded", "quarantined", "removed")


@pytest.fixture
def accounts(world: World) -> Iterator[None]:
    """Of each batch 14 records were fetched, of which 2 were refused."""
    with connect(world.url, "owner") as owner:
        kept = owner.execute(
            "select batch_id, fetched, loaded, unchanged, quarantined from ledger.batch where fetched >= 0"
        ).fetchall()
        owner.execute("update ledger.batch set fetched = 14, loaded = 1, unchanged = 11, quarantined = 2")
        load: trail.Json = {"batches": [{"batch": 1, "fetched": 14, "loaded": 1, "unchanged": 11, "quarantined": 2}]}
        for feed in ("feedback/cases", "press/articles"):
            trail.write(owner, "load", f"feed/{feed}", province="H37", after=load)
            trail.write(owner, "waiver", f"quarantine/{feed}/1", province="H37", after={"records": 3, "way": "waived"})
        owner.commit()
        yield
        for batch, *counts in kept:
            owner.execute(
                "update ledger.batch set fetched = %s, loaded = %s, unchanged = %s, quarantined = %s"
                " where batch_id = %s",
                [*counts, batch],
            )


@pytest.mark.usefixtures("accounts")
def test_a_key_is_told_no_small_part_of_what_a_batch_brought_of_persons(get: Get) -> None:
    def told(caller: str, source: str) -> set[tuple[int | None, ...]]:
        rows = get("/quality/runs", caller, source=source, status="published").json()["data"]
        return {(row["fetched"], *(row[part] for part in PARTS)) for row in rows}

    shown = (14, 1, 11, 0, 2, 0)
    assert told("whole", "feedback") == {(14, None, None, None, None, None)}
    assert told("whole in browser", "feedback") == {shown}
    assert told("whole", "press") == {shown}, "no record is about a person"
    explained = get(f"{PATH}/explain", "whole", **JANUARY).json()["batches"]
    assert explained
    assert {batch.get(part) for batch in explained for part in PARTS} == {None}
    assert {batch["quarantined"] for batch in get(f"{PATH}/explain", "browser", **JANUARY).json()["batches"]} == {2}


@pytest.mark.parametrize(
    ("feed", "leaves", "told"),
    [("feedback.cases", True, [None, 5]), ("feedback.cases", False, [3, 5]), ("press.articles", True, [3, 5])],
)
def test_how_few_records_about_persons_a_deliverer_brought_does_not_leave(
    monkeypatch: pytest.MonkeyPatch, feed: str, leaves: bool, told: list[int | None]
) -> None:
    source, name = feed.split(".")
    day = date(2023, 1, 31)
    brought = [Delivery(source, name, day, day, "vnpt", "VNPT", "VNPT", True, count, None) for count in (3, 5)]
    monkeypatch.setattr(evidence, "deliveries", lambda *_: brought)
    whole = SimpleNamespace(area=None, organisations=None)
    s: Any = SimpleNamespace(connection=None, province=None, catalogue=CATALOGUE, leaves=leaves, caller=whole)
    assert [one.records for one in evidence.deliverers(s)] == told


@pytest.mark.parametrize(
    ("act", "subject", "leaves"),
    [
        ("figures", "kpi/feedback_resolved_rate", False),
        ("figures", "kpi/base_stations", True),
        ("message", "government/feedback_resolved_rate", False),
        ("message", "government/base_stations", True),
        ("plan", "plan/0123456789ab", False),
        ("figures", "nation/H59", False),
        ("report", "report/quarter/2023-Q1", True),
        ("an act that nobody has judged", "x/y", False),
    ],
)
def test_no_figure_about_persons_leaves_with_the_audit_trail(act: str, subject: str, leaves: bool) -> None:
    entry = TrailEntry(1, datetime.now(VIETNAM), act, "x", subject, "H37", None, {"value": 3}, None, "1")
    found = _leaving(entry, about_persons(CATALOGUE), ABOUT_PERSONS)
    assert found.after == ({"value": 3} if leaves else "*")


@pytest.mark.usefixtures("accounts")
def test_the_audit_trail_leaves_without_small_counts_about_persons(get: Get) -> None:
    body = get("/!/audit/log.csv", "whole in browser").text
    _, *lines = csv.reader(io.StringIO(body.lstrip("\ufeff")))
    rows = {(act, subject): after for _, _, _, act, subject, _, _, after, _ in lines}
    told = {key: value for key, value in rows.items() if key[1].split("/")[1] in ("feedback", "press")}
    kinds = [("load", "feed/{}"), ("waiver", "quarantine/{}/1")]
    feedback, press = (
        [told[act, subject.format(feed)] for act, subject in kinds] for feed in ("feedback/cases", "press/articles")
    )
    assert '"loaded":"*"' in feedback[0]
    assert '"quarantined":"*"' in feedback[0]
    assert '"unchanged":"*"' in feedback[0]
    assert '"records":"*"' in feedback[1]
    assert '"quarantined":2' in press[0]
    assert '"records":3' in press[1]
    figures = {subject.removeprefix("kpi/"): after for (act, subject), after in rows.items() if act == "figures"}
    assert {figures[kpi] for kpi in figures if kpi in ABOUT_PERSONS} == {'"*"'}
    assert '"revisions":' in figures["positive_press_rate"]


def test_counters_count_no_records_of_persons_cases(get: Get) -> None:
    text = get("/!/metrics", "prometheus").text
    counted = r'ioc_records_total\{became="quarantined",feed="(\w+)"[^}]*source="(\w+)"'
    feeds = {(source, feed) for feed, source in re.findall(counted, text)}
    assert ("press", "articles") in feeds
    about = {feed for kpi in ABOUT_PERSONS for feed in load_definitions()[kpi].feeds}
    assert not feeds & about
    assert 'ioc_batches_total{feed="dossiers"' in text


def test_what_of_a_board_leaves_the_hub_is_asked_once(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where figures of the area have to be computed, since nothing is kept of them."""
    asked: list[set[str]] = []

    def counted(connection: Connection, province: Province, counts: dict[str, Any], *more: Any) -> Any:
        asked.append(set(counts))
        return withheld(connection, province, counts, *more)

    monkeypatch.setattr("kpis.history.withheld", counted)
    board = get("/board", area=NEIGHBOUR, period="2023-02", lang="en").json()["figures"]
    assert [figure["kpi"] for figure in board if figure["kpi"] in ABOUT_PERSONS and figure["origin"] == "computed"]
    assert asked == [ABOUT_PERSONS]
