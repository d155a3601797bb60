"""Pace and projection over the wire: one number everywhere, no projection in anything that is taken away, and nothing
that tells a withheld figure."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hub.periods import last_periods
from kpis.disclosure import WITHHELD
from kpis.refresh import refresh
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from tests.screens.api.conftest import Get, asking
from tests.screens.api.hub import World, fill
from warehouse.database import connect

DAYS = (date(2021, 12, 31), date(2023, 6, 30))
HALF: dict[str, Any] = {"from": "2023-01-01", "to": "2023-06-30"}
TARGETS = {("H37", "gate_vehicles", "vehicles", "", 2023): Decimal(100)}
"""A target of a KPI about persons, which the demo's province does not have."""
catalogue = replace(CATALOGUE, targets={**CATALOGUE.targets, **TARGETS})


@pytest.fixture(scope="module")
def world(postgres: Postgres) -> World:
    """A year and a half of revenue, and of vehicles of which the first half of 2022 had three."""
    made = fill(postgres.database())
    with connect(made.url, "owner") as owner:
        facts = Facts(owner)
        owner.execute("delete from warehouse.fact_vehicle")
        lasts = [one.last for one in last_periods("month", DAYS[1], 18)]
        rows = [
            {"month_end_day": last, "sector": "telecom", "revenue_vnd": (80 if last.year == 2022 else 100) * 10**9}
            for last in lasts
        ]
        facts.add("fact_revenue", rows)
        days = ["2022-03-02", "2022-03-03", "2022-03-04", *(f"2022-09-{n:02}" for n in range(1, 13))]
        days += [f"2023-02-{n:02}" for n in range(1, 21)]
        facts.add("fact_vehicle", [{"processed_at": f"{day}T08:00:00+07:00"} for day in days])
        for feed in ("telecom.revenue", "gate.vehicles"):
            facts.publish(feed, DAYS, date(2022, 1, 1))
        owner.commit()
    refresh(made.url, "H37", ["telecom_revenue", "gate_vehicles"], catalogue=catalogue)
    return made


@contextmanager
def answering(world: World) -> Iterator[TestClient]:
    app = create_app(ScreenSettings(world.url, "H37", catalogue, connections=4))
    with TestClient(app, raise_server_exceptions=False, client=("10.1.2.3", 5000)) as client:
        yield client


@pytest.fixture(scope="module")
def get(world: World) -> Iterator[Get]:
    with answering(world) as client:
        yield asking(client, world)


def figure(get: Get, kpi: str, caller: str = "whole") -> dict[str, Any]:
    found: dict[str, Any] = get(f"/kpis/{kpi}/observations", caller, lang="en", **HALF).json()["data"][0]
    return found


def test_half_a_year_is_on_schedule_by_the_share_of_the_year_before(get: Get) -> None:
    """600 of 950 is due to be 475: in 2022 every month brought as much."""
    found = figure(get, "telecom_revenue")
    assert (found["value"], found["target"]) == (600, 950)
    assert found["pace"] == {"state": "on_course", "expected": 475, "share": 50, "year": 2022, "reason": None}


def test_the_same_comparison_on_the_page_in_the_api_and_in_files(get: Get) -> None:
    found = figure(get, "telecom_revenue")
    file = get("/kpis/telecom_revenue/observations.csv", **HALF).content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(file))
    page = get("/!/kpis/telecom_revenue", "browser", **HALF).text
    assert (found["year_ago"]["value"], found["year_ago"]["difference"], found["year_ago"]["percent"]) == (480, 120, 25)
    assert [float(row["year_ago_value"]), float(row["year_ago_difference"])] == [480, 120]
    assert row["previous_reason"] == row["year_ago_reason"] == ""
    assert "tăng 120 tỷ đồng (25,0%)" in page
    assert "6 tháng đầu năm 2022: 480 tỷ đồng" in page
    assert "đạt tiến độ" in page
    assert "cần đạt 475 tỷ đồng" in page


def test_a_file_says_why_there_is_no_comparison(get: Get) -> None:
    file = get("/kpis/gate_vehicles/observations.csv", lang="en", **HALF).content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(file))
    assert (row["year_ago_difference"], row["year_ago_reason"]) == ("", WITHHELD.en)


def test_a_projection_is_on_the_page_and_nowhere_else(get: Get) -> None:
    assert "khoảng 1.200 tỷ đồng" in get("/!/kpis/telecom_revenue", "browser", **HALF).text
    taken = [
        get("/kpis/telecom_revenue/observations", **HALF).text,
        get("/kpis/telecom_revenue/observations.csv", **HALF).text,
        get("/kpis/telecom_revenue/observations.metadata.json", **HALF).text,
        get("/board", **HALF).text,
    ]
    assert not [text for text in taken if "1200" in text or "project" in text.casefold()]


def test_where_one_figure_of_the_year_before_is_withheld_neither_pace_nor_projection_nor_comparison_leaves(
    get: Get,
) -> None:
    inside, outside = figure(get, "gate_vehicles", "browser"), figure(get, "gate_vehicles")
    assert (inside["value"], inside["year_ago"]["value"], inside["pace"]["state"]) == (20, 3, "on_course")
    assert outside["value"] == 20, "the figure itself is given"
    assert outside["year_ago"] == inside["year_ago"] | {
        **dict.fromkeys(("value", "difference", "percent")),
        "reason": WITHHELD.en,
    }
    assert outside["pace"] == {**dict.fromkeys(("state", "expected", "share", "year")), "reason": WITHHELD.en}


def test_days_and_weeks_of_cases_of_persons_do_not_leave(get: Get) -> None:
    """A wall's token and a key are no session: no page of a KPI is theirs, whatever its series."""
    for caller in ("wall in browser", "key as wall", "nobody"):
        answer = get("/!/kpis/gate_vehicles", caller, series="day", **HALF)
        assert answer.status_code != 200 or "Số liệu theo ngày" not in answer.text
    assert "Số liệu theo ngày" in get("/!/kpis/gate_vehicles", "browser", series="day", **HALF).text


def test_an_unknown_series_or_measure_is_refused(get: Get) -> None:
    for query in ({"series": "hour"}, {"measure": "nothing"}):
        assert get("/!/kpis/telecom_revenue", "browser", **query).status_code == 422
