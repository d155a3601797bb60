"""What leaves the hub tells nothing of cells that are small enough to point at a person."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from hub.periods import Period
from kpis.definition import load_definitions
from kpis.figure import Change, Figure
from kpis.question import Question
from screens.api.files import COLUMNS
from screens.small_cells import FEWEST, WITHHELD, to_withhold, without_small_cells
from tests.screens.api.conftest import Get
from tests.screens.api.hub import FAR, TOWN
from warehouse.serving import Area

ABOUT_PERSONS = {kpi for kpi, definition in load_definitions().items() if definition.about_persons}


def test_which_kpis_count_persons_cases() -> None:
    assert {
        *("online_dossier_rate", "on_time_dossier_rate", "level4_online_dossier_rate", "active_online_service_rate"),
        *("feedback_resolved_rate", "digital_certificates", "gate_vehicles"),
    } == ABOUT_PERSONS
    assert {load_definitions()[kpi].reads for kpi in ABOUT_PERSONS} == {
        *("dossiers", "feedback", "certificates", "vehicles")
    }
    about = {kpi for kpi, d in load_definitions().items() if d.reads in ("dossiers", "feedback", "vehicles")}
    assert about <= ABOUT_PERSONS, "a KPI over the same records has the same small cells"


# One whole and its parts


@pytest.mark.parametrize(
    ("counts", "withheld"),
    [
        ([20, 30], []),
        ([0, 30], []),
        ([3, 9, 30], [3, 9]),
        ([3, 0, 9, 30], [3, 9]),
        ([3, 4, 30], [3, 4]),
        ([1, 1, 8, 30], [1, 1, 8]),
        ([1, 1, 1, 1, 1, 6, 9], [1, 1, 1, 1, 1, 6]),
        ([3], [3]),
        ([3, 0], [3]),
    ],
)
def test_a_small_cell_is_hidden_by_the_next_smallest(counts: list[int], withheld: list[int]) -> None:
    places = to_withhold([Decimal(count) for count in counts])
    assert sorted(counts[place] for place in places) == withheld


@pytest.mark.parametrize(
    ("counts", "unsaid", "withheld"),
    [
        ([20, 30], 0, []),
        ([20, 30], 5, []),
        ([20, 30], 3, [20]),
        ([1, 20, 30], 1, [1, 20]),
        ([3, 20, 30], 4, [3]),
        ([2, 20, 30], 9, [2, 20]),
        ([20, 30], -4, []),
    ],
)
def test_records_that_are_in_no_part_are_a_cell_of_their_own(
    counts: list[int], unsaid: int, withheld: list[int]
) -> None:
    places = to_withhold([Decimal(count) for count in counts], Decimal(unsaid))
    assert sorted(counts[place] for place in places) == withheld


@given(st.lists(st.integers(0, 12), min_size=2, max_size=9))
def test_the_whole_less_the_rest_tells_no_small_cell(counts: list[int]) -> None:
    places = to_withhold([Decimal(count) for count in counts])
    assert all(count == 0 or count >= FEWEST for place, count in enumerate(counts) if place not in places)
    others = [count for place, count in enumerate(counts) if place not in places and count]
    if places and others:
        together = sum(counts) - sum(others)
        assert len(places) >= 2
        assert together >= FEWEST, "what is withheld together is known"
        assert together > len(places), "else each held one"


# Answers of many figures


def figure(count: int, area: int = 1, path: Sequence[int] = (1,), days: Period | None = None) -> Figure:
    definition = load_definitions()["gate_vehicles"]
    span = days or Period(date(2023, 1, 1), date(2023, 1, 31))
    place = Area(
        *(area, str(area), "", "province" if len(path) == 1 else "commune", date(2000, 1, 1), None),
        *(path[-2] if len(path) > 1 else None, None, list(path), None, None, None),
    )
    return Figure(
        question=Question("gate_vehicles", span, "H37", None if len(path) == 1 else str(area)),
        definition=definition,
        place=place,
        measure=definition.measure,
        unit="vehicles",
        status="official",
        definition_version=1,
        value=Decimal(count),
        numerator=Decimal(count),
        origin="published",
    )


@st.composite
def provinces(draw: st.DrawFn) -> list[Figure]:
    """A province, its districts and their communes, each district the sum of its own."""
    made, number = [], 1
    for _ in range(draw(st.integers(1, 4))):
        district, number = number + 1, number + 1
        communes = draw(st.lists(st.integers(0, 11), min_size=1, max_size=4))
        made.append(figure(sum(communes), district, (1, district)))
        for count in communes:
            number += 1
            made.append(figure(count, number, (1, district, number)))
    return made


@given(provinces())
def test_no_cell_can_be_computed_from_areas_within_areas(areas: list[Figure]) -> None:
    given_out = without_small_cells(areas)
    shown = {o.area_id or 0: o.value for o in given_out if o.value is not None}
    counts = {o.area_id or 0: o.value or Decimal(0) for o in areas}
    assert all(value == 0 or value >= FEWEST for value in shown.values())
    shown[1] = sum((counts[o.area_id or 0] for o in areas if parent_of(o) == 1), Decimal(0))
    unknown = sorted(set(counts) - set(shown))
    column = {area: place for place, area in enumerate(unknown)}
    rows = []
    for parent in {parent_of(o) for o in areas}:
        row = [0] * len(unknown)
        for o in areas:
            if parent_of(o) == parent and o.area_id in column:
                row[column[o.area_id]] = 1
        if parent in column:
            row[column[parent]] = -1
        rows.append(row)
    whole_is_small = shown[1] < FEWEST or len([o for o in areas if parent_of(o) == 1 and o.value]) < 2
    known = np.array(rows)
    for area in unknown:
        told = np.zeros(len(unknown))
        told[column[area]] = 1
        is_told = np.linalg.matrix_rank(np.vstack([known, told])) == np.linalg.matrix_rank(known)
        if is_told and counts[area] < FEWEST:
            siblings = [o for o in areas if parent_of(o) == path_of(areas, area)[-2] and o.value]
            assert whole_is_small or len(siblings) < 2, (area, counts, shown)


def parent_of(o: Figure) -> int | None:
    return o.place.parent_id if o.place else None


def path_of(areas: list[Figure], area: int) -> list[int]:
    return next(o.place.ancestor_ids for o in areas if o.place and o.area_id == area)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=6))
def test_no_month_can_be_computed_from_years_to_date(months: list[int]) -> None:
    spans = [Period(date(2023, 1, 1), date(2023, month, 28)) for month in range(1, len(months) + 1)]
    figures = [figure(sum(months[: place + 1]), days=span) for place, span in enumerate(spans)]
    given_out = [int(o.value) for o in without_small_cells(figures) if o.value is not None]
    assert all(step == 0 or step >= FEWEST for step in (b - a for a, b in pairwise([0, *given_out])))


def test_a_change_from_a_small_cell_vanishes_and_another_one_stays() -> None:
    own = figure(20)
    months = [Period(date(2022, 12, 1), date(2022, 12, 31)), Period(date(2022, 1, 1), date(2022, 1, 31))]
    before, year_ago = (
        Change(month.first, month.last, Decimal(count), Decimal(20 - count), "vehicles", Decimal(1))
        for month, count in zip(months, (4, 5), strict=True)
    )
    (shown,) = without_small_cells([replace(own, previous=before, year_ago=year_ago)])
    assert shown.value == 20
    assert shown.previous == replace(before, value=None, difference=None, percent=None, reason=WITHHELD)
    assert shown.year_ago == year_ago


@given(st.integers(0, 60), st.data())
def test_a_rate_leaves_by_how_many_it_is_about_however_few_it_names(about: int, data: st.DataObject) -> None:
    named = data.draw(st.integers(0, about))
    made, definition = figure(about), load_definitions()["on_time_dossier_rate"]
    counts: dict[str, Any] = {"value": Decimal(named), "numerator": Decimal(named), "denominator": Decimal(about)}
    (shown,) = without_small_cells([replace(made, definition=definition, **counts)])
    is_small = 0 < about < FEWEST
    assert (shown.numerator, shown.denominator) == ((None, None) if is_small else (named, about))


def test_two_kpis_over_the_same_records_do_not_tell_their_difference() -> None:
    def dossiers(kpi: str, count: int) -> Figure:
        made, definition = figure(count), load_definitions()[kpi]
        question = replace(made.question, kpi=kpi)
        own: dict[str, Any] = {"measure": definition.measure, "denominator": Decimal(count), "unit": "%"}
        return replace(made, question=question, definition=definition, **own)

    every = dossiers("online_dossier_rate", 30)
    for level4, is_given in ((30, True), (28, False), (25, True), (3, False)):
        whole, part = without_small_cells([every, dossiers("level4_online_dossier_rate", level4)])
        assert whole.denominator == 30
        assert (part.denominator is not None) == is_given, level4
    _, resolved = without_small_cells([every, dossiers("on_time_dossier_rate", 28)])
    assert resolved.denominator == 28, "resolved in the month and received in the month are not of each other"


# Over the wire

PATH = "/kpis/feedback_resolved_rate"
JANUARY = {"period": "2023-01"}
"""Of which the hub has ten cases: six of one commune, resolved, and four of another, in progress."""
EMPTY = {"value": None, "numerator": None, "denominator": None, "attainment": None, "status": "missing"}


def cells(rows: list[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    return {row["breakdown"] or row["area"]: (row["denominator"], row["status"]) for row in rows}


@pytest.mark.parametrize(
    ("by", "one", "other"), [("area", TOWN, FAR), ("status", "status=resolved", "status=in_progress")]
)
def test_a_key_gets_no_small_cell_and_none_that_tells_it(get: Get, by: str, one: str, other: str) -> None:
    shown = cells(get(f"{PATH}/observations", "browser", by=by, **JANUARY).json()["data"])
    assert (shown[one], shown[other]) == ((6, "official"), (4, "official")), "a person on a screen of the hub sees all"
    rows = get(f"{PATH}/observations", by=by, **JANUARY).json()["data"]
    assert cells(rows).keys() == shown.keys()
    assert {cells(rows)[one], cells(rows)[other]} == {(None, "missing")}
    for row in rows:
        if row["status"] == "missing":
            assert row.items() >= EMPTY.items()
            assert row["reason"] == WITHHELD.vi
            assert row["previous"] is row["year_ago"] is None


@pytest.mark.parametrize(("lang", "said"), [("vi", "không đưa ra ngoài"), ("en", "not given out")])
def test_why_is_said_in_the_asked_language(get: Get, lang: str, said: str) -> None:
    (row,) = get(f"{PATH}/observations", area=FAR, lang=lang, **JANUARY).json()["data"]
    assert said in row["reason"]


def test_asking_for_the_parts_one_by_one_tells_no_more(get: Get) -> None:
    for query in ({"area": TOWN}, {"area": FAR}, {"where": "status=resolved"}, {"where": "status=in_progress"}):
        (row,) = get(f"{PATH}/observations", **JANUARY, **query).json()["data"]
        assert (row["value"], row["reason"]) == (None, WITHHELD.vi), query
        if "area" in query:
            board = get("/board", **JANUARY, **query).json()["figures"]
            (own,) = [row for row in board if row["kpi"] == "feedback_resolved_rate"]
            assert (own["value"], own["reason"]) == (None, WITHHELD.vi)
    (whole,) = get(f"{PATH}/observations", **JANUARY).json()["data"]
    assert (whole["numerator"], whole["denominator"]) == (6, 10)
    (computed,) = get(f"{PATH}/observations", **{"from": "2023-01-05", "to": "2023-01-06"}).json()["data"]
    assert (computed["value"], computed["origin"]) == (None, "computed")


@pytest.mark.parametrize("caller", ["whole", "browser"])
def test_a_file_leaves_whoever_takes_it(get: Get, caller: str) -> None:
    answer = get(f"{PATH}/observations.csv", caller, by="area", **JANUARY)
    rows = {row["area"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))}
    assert {rows[FAR]["value"], rows[TOWN]["denominator"], rows[FAR]["numerator"]} == {""}
    assert rows[FAR]["reason"] == WITHHELD.vi
    book = load_workbook(io.BytesIO(get(f"{PATH}/observations.xlsx", caller, area=FAR, **JANUARY).content))
    row = dict(zip(COLUMNS, list(book.worksheets[0].iter_rows(values_only=True))[1], strict=True))
    assert (row["value"], row["denominator"], row["status"], row["reason"]) == (None, None, "missing", WITHHELD.vi)


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
    assert said["revisions"][0]["denominator"] == 10
    assert {entry["rows"] for name in ("batches", "pages") for entry in said[name]} == {None}
    press = get("/kpis/positive_press_rate/explain", rows=9, **JANUARY).json()
    assert len(press["rows"]) == 8, "articles are nobody's case"


def test_what_is_about_nobody_leaves_whole(get: Get) -> None:
    rows = get("/kpis/base_stations/observations", by="area", period="2023-03").json()["data"]
    assert {row["area"]: row["value"] for row in rows}.items() >= {TOWN: 1, FAR: 1}.items()


def test_what_a_browser_has_is_not_taken_for_what_a_key_may_have(get: Get) -> None:
    tag = get(f"{PATH}/observations", "browser", area=FAR, **JANUARY).headers["ETag"]
    assert get(f"{PATH}/observations", area=FAR, headers={"If-None-Match": tag}, **JANUARY).status_code == 200
