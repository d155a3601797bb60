"""What the API says of figures: published values with everything that it takes to believe them."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from screens import answers
from screens.api.models import Change, Observation
from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get
from tests.screens.api.hub import FAR, OTHER, OWN, TOWN


def rows(get: Get, kpi: str, caller: str = "whole", **query: Any) -> list[dict[str, Any]]:
    answer = get(f"/kpis/{kpi}/observations", caller, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_a_published_value_brings_all_that_it_takes_to_believe_it(get: Get) -> None:
    (row,) = rows(get, "online_dossier_rate", period="2023-01", lang="en")
    assert (row["numerator"], row["denominator"]) == (9, 17)
    assert row["value"] == pytest.approx(100 * 9 / 17)
    assert (row["unit"], row["good"], row["area"], row["breakdown"]) == ("%", "up", "20", "")
    assert (row["status"], row["reason"], row["origin"], row["revision"]) == ("official", None, "published", 1)
    assert (row["data_as_of"], row["cause"], row["definition_version"]) == ("2023-01-31", "first", 1)
    assert row["recorded_at"] is not None
    assert row["loaded_at"] is not None
    assert (row["quality"], row["freshness"]) == ("passed", "late")


def test_a_change_names_its_period_and_rates_differ_in_points(get: Get) -> None:
    january, february = rows(get, "gate_vehicles", **{"from": "2023-01-01", "to": "2023-02-28", "freq": "month"})
    change = february["previous"]
    assert (change["from"], change["to"], change["unit"]) == ("2023-01-01", "2023-01-31", "vehicles")
    assert change["value"] == january["value"]
    assert change["difference"] == february["value"] - january["value"]
    assert change["percent"] == pytest.approx(100 * change["difference"] / january["value"])
    assert january["previous"]["reason"] == "Chưa có số liệu của kỳ đó"
    days = {"from": "2023-01-07", "to": "2023-01-08"}
    [rate] = get("/kpis/online_dossier_rate/observations", "browser", **days).json()["data"]
    assert rate["previous"]["difference"] == pytest.approx(rate["value"] - rate["previous"]["value"])
    assert (rate["previous"]["unit"], rate["previous"]["percent"]) == ("percentage points", None)


def test_what_is_missing_or_provisional_says_why_in_the_asked_language(get: Get) -> None:
    (missing,) = rows(get, "gate_vehicles", period="2021-05", lang="en")
    assert (missing["value"], missing["status"]) == (None, "missing")
    assert missing["reason"] == "data begin on 2022-12-31"
    (vietnamese,) = rows(get, "gate_vehicles", period="2021-05")
    assert vietnamese["reason"] == "Dữ liệu chỉ có từ ngày 31/12/2022"
    (partial,) = rows(get, "gate_vehicles", period="2023-H1", lang="en")
    assert partial["status"] == "provisional"
    assert "2023-04-01" in partial["reason"]


def test_a_range_that_is_no_kept_period_is_computed_and_says_so(get: Get) -> None:
    (row,) = rows(get, "gate_vehicles", "browser", **{"from": "2023-01-05", "to": "2023-01-06"})
    assert (row["value"], row["origin"], row["revision"]) == (2, "computed", None)
    assert row["previous"]["from"] == "2023-01-03"


def test_slices_and_areas_are_published_too_and_their_combination_is_computed(get: Get) -> None:
    (online,) = rows(get, "online_dossier_rate", period="2023-01", area=TOWN)
    assert (online["numerator"], online["denominator"], online["origin"]) == (7, 12, "published")
    (own,) = rows(get, "online_dossier_rate", period="2023-01", where=f"organisation={OWN}")
    assert (own["numerator"], own["denominator"], own["origin"]) == (7, 10, "published")
    (both,) = rows(get, "online_dossier_rate", "browser", period="2023-01", area=FAR, where=f"organisation={OTHER}")
    assert (both["numerator"], both["denominator"], both["origin"]) == (2, 2, "computed")


def test_the_parts_of_a_figure_come_by_breakdown_and_by_area(get: Get) -> None:
    parts = rows(get, "online_dossier_rate", period="2023-01", by="organisation")
    assert {row["breakdown"]: row["denominator"] for row in parts} == {
        f"organisation={OWN}": 10,
        f"organisation={OTHER}": 7,
    }
    areas = {row["area"]: row["denominator"] for row in rows(get, "online_dossier_rate", period="2023-01", by="area")}
    assert {TOWN: 12, FAR: 5}.items() <= areas.items()
    assert "20" not in areas


def test_another_measure_is_computed(get: Get) -> None:
    (row,) = rows(get, "online_dossier_rate", period="2023-01", measure="received")
    assert (row["measure"], row["value"], row["origin"]) == ("received", 17, "computed")


def test_figures_can_be_asked_by_status(get: Get) -> None:
    every = rows(get, "gate_vehicles", period="2023-H1")
    assert every
    assert not rows(get, "gate_vehicles", period="2023-H1", status="official")


def test_as_of_a_day_only_what_was_published_by_then_is_told(get: Get) -> None:
    query = {"period": "2023-01", "as_of": "2023-02-01", "lang": "en"}
    (then,) = get("/kpis/gate_vehicles/observations", "browser", **query).json()["data"]
    assert (then["value"], then["status"]) == (None, "missing")
    assert then["reason"] == "nothing was published of this by 2023-02-01"
    (now,) = rows(get, "gate_vehicles", period="2023-01", as_of="2099-01-01")
    assert now["value"] == 27


def test_why_something_is_missing_is_told_as_it_was_kept(get: Get) -> None:
    for then in ({}, {"as_of": "2099-01-01"}):
        (missing,) = rows(get, "gate_vehicles", period="2022-12", lang="en", **then)
        assert (missing["status"], missing["origin"], missing["revision"]) == ("missing", "published", 1)
        assert missing["reason"] == "data begin on 2022-12-31"


def test_a_stock_is_not_carried_into_a_period_without_data(get: Get) -> None:
    (later,) = rows(get, "base_stations", period="2023-04", lang="en")
    assert (later["value"], later["origin"]) == (None, "published")
    assert later["reason"] == "data reach 2023-03-31"
    (earlier,) = rows(get, "base_stations", period="2021-04", lang="en")
    assert earlier["reason"] == "data begin on 2022-12-31"
    (days,) = rows(get, "base_stations", **{"from": "2023-04-02", "to": "2023-04-03"})
    assert (days["value"], days["origin"], days["status"]) == (2, "computed", "provisional")


@pytest.mark.parametrize("period", ["2021", "2022-12", "2023-04", "2024"])
def test_a_board_of_a_period_without_data_computes_nothing(
    get: Get, monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    monkeypatch.setattr(answers, "compute", None)
    board = get("/board", period=period)
    assert board.status_code == 200
    assert all(row["reason"] for row in board.json()["figures"] if row["value"] is None)


def test_the_board_holds_every_kpi_of_one_period(get: Get) -> None:
    board = get("/board", period="2023-Q1").json()
    assert (board["from"], board["to"], board["period"]["period"]) == ("2023-01-01", "2023-03-31", "2023-Q1")
    assert (board["area"], board["area_name"]) == ("20", "Tỉnh Lạng Sơn")
    figures = {figure["kpi"]: figure for figure in board["figures"]}
    assert len(figures) == len(CATALOGUE.definitions)
    assert figures["gate_vehicles"]["value"] == 40
    assert (figures["telecom_revenue"]["value"], figures["telecom_revenue"]["freshness"]) == (None, "never")
    assert figures["positive_press_rate"]["quality"] == "blocked"
    assert {figure["from"] for figure in figures.values()} == {"2023-01-01"}


def test_without_a_period_the_board_shows_the_newest_official_one(get: Get) -> None:
    board = get("/board").json()
    assert board["period"]["to"] == "2023-03-31"
    assert board["period"]["from"] == "2023-01-01"


def test_an_explanation_goes_down_to_batches_and_rows_and_is_logged(get: Get, read_log: Any) -> None:
    before = len(read_log())
    said = get("/kpis/online_dossier_rate/explain", "browser", period="2023-01", rows=3, area=TOWN).json()
    assert said["figure"]["denominator"] == 12
    assert "serving.dossiers" not in said["definition"]["numerator"]
    assert '"dossiers"' in said["statements"]["figure"] or "dossiers" in said["statements"]["figure"]
    assert [batch["feed"] for batch in said["batches"]] == ["dossiers"] or not said["batches"]
    assert len(said["rows"]) == 3
    assert said["revisions"][0]["revision"] == 1
    what, subject = read_log()[before]
    assert (what, subject["kpi"], subject["area"], subject["from"]) == (
        "rows",
        "online_dossier_rate",
        TOWN,
        "2023-01-01",
    )
    get("/kpis/online_dossier_rate/explain", period="2023-01")
    assert read_log()[-1][0] == "explain"


@pytest.mark.parametrize("query", [{}, {"period": "2023-01"}, {"period": "2030-01"}, {"area": TOWN}])
def test_a_figure_is_what_the_description_says(get: Get, query: dict[str, str]) -> None:
    """Its members, in their order, and each of its type."""
    for figure in get("/board", **query).json()["figures"]:
        described: list[tuple[type[BaseModel], dict[str, Any]]] = [(Observation, figure)]
        described += [(Change, figure[name]) for name in ("previous", "year_ago") if figure[name]]
        for model, members in described:
            assert list(members) == [field.alias or name for name, field in model.model_fields.items()]
            again = model.model_validate_json(json.dumps(members), strict=True).model_dump_json(by_alias=True)
            assert json.loads(again) == members
