"""Ranges, gaps, areas and breakdowns: what a figure says when data are there, and what when they are not."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from hub.errors import WrongQuestion
from hub.periods import VIETNAM
from tests.kpis.asking import compute
from tests.kpis.facts import Facts
from warehouse.database import connect

JANUARY = (date(2023, 1, 1), date(2023, 1, 31))
MARCH = (date(2023, 3, 1), date(2023, 3, 31))
HALF = (date(2023, 1, 1), date(2023, 6, 30))


def _vehicle(day: str) -> dict[str, str]:
    return {"processed_at": f"{day}T08:00:00+07:00"}


def test_nothing_happened_is_zero_only_on_covered_days(facts: Facts) -> None:
    facts.publish("gate.vehicles", JANUARY)
    covered = compute(facts.connection, "gate_vehicles", *JANUARY, "H37")
    assert [covered.value, covered.status] == [0, "official"]
    later = compute(facts.connection, "gate_vehicles", *MARCH, "H37")
    assert (later.value, later.status) == (None, "missing")
    assert later.reason is not None
    assert later.reason.en == "data reach 2023-01-31"


def test_a_range_that_begins_before_the_data_is_missing(facts: Facts) -> None:
    facts.publish("gate.vehicles", JANUARY)
    facts.add("fact_vehicle", [_vehicle("2023-01-05")])
    figure = compute(facts.connection, "gate_vehicles", date(2022, 12, 1), date(2023, 1, 31), "H37")
    assert figure.value is None
    assert figure.reason is not None
    assert figure.reason.vi == "Dữ liệu chỉ có từ ngày 01/01/2023"


def test_a_range_that_is_not_over_is_provisional_and_says_how_far_it_reaches(facts: Facts) -> None:
    facts.publish("gate.vehicles", JANUARY)
    facts.add("fact_vehicle", [_vehicle("2023-01-05")])
    figure = compute(facts.connection, "gate_vehicles", date(2023, 1, 1), date(2023, 12, 31), "H37")
    assert [figure.value, figure.status, figure.data_as_of] == [1, "provisional", date(2023, 1, 31)]


def test_days_that_were_never_loaded_make_a_figure_provisional_and_are_named(facts: Facts) -> None:
    facts.publish("gate.vehicles", JANUARY)
    facts.publish("gate.vehicles", (date(2023, 2, 1), date(2023, 2, 28)), status="blocked")
    facts.publish("gate.vehicles", MARCH)
    figure = compute(facts.connection, "gate_vehicles", date(2023, 1, 1), date(2023, 3, 31), "H37")
    assert figure.status == "provisional"
    assert figure.reason is not None
    assert figure.reason.en == "no data yet for 2023-02-01 … 2023-02-28"
    february = compute(facts.connection, "gate_vehicles", date(2023, 2, 1), date(2023, 2, 28), "H37")
    assert february.status == "missing"
    assert february.reason == figure.reason


def test_a_figure_is_official_when_its_sources_can_no_longer_be_late(facts: Facts) -> None:
    facts.publish("gate.vehicles", JANUARY)
    midnight = datetime(2023, 2, 1, tzinfo=VIETNAM)
    early = compute(facts.connection, "gate_vehicles", *JANUARY, "H37", now=midnight + timedelta(minutes=1))
    late = compute(facts.connection, "gate_vehicles", *JANUARY, "H37", now=midnight + timedelta(days=30))
    assert (early.status, late.status) == ("provisional", "official")


def test_monthly_figures_count_whole_months_only_and_say_so(facts: Facts) -> None:
    facts.publish("telecom.revenue")
    facts.add("fact_revenue", [{"month_end_day": "2023-02-28", "revenue_vnd": 10**9}])
    figure = compute(facts.connection, "telecom_revenue", date(2023, 1, 15), date(2023, 3, 15), "H37")
    assert [figure.value, figure.status] == [1, "provisional"]
    assert figure.reason is not None
    assert figure.reason.en == "counts the whole months 2023-02 … 2023-02 only"
    within = compute(facts.connection, "telecom_revenue", date(2023, 2, 2), date(2023, 2, 27), "H37")
    assert within.value is None


def test_a_month_whose_files_have_not_come_is_missing_and_not_zero(facts: Facts) -> None:
    facts.publish("telecom.revenue")
    figure = compute(facts.connection, "telecom_revenue", *MARCH, "H37")
    assert figure.value is None
    assert figure.reason is not None
    assert figure.reason.en == "there are no figures of these months"


def test_a_figure_that_no_record_says_is_null_and_one_that_some_say_is_their_sum(facts: Facts) -> None:
    facts.publish("post.revenue")
    month = {"sector": "post", "service": "post", "month_end_day": "2023-03-31", "revenue_vnd": 10**9}
    facts.add("fact_revenue", [month | {"operator_code": "vnpost"}])
    silent = compute(facts.connection, "postal_revenue", *MARCH, "H37", measure="items")
    assert silent.value is None
    assert silent.reason is not None
    assert silent.reason.en == "the source does not say this figure"
    facts.add("fact_revenue", [month | {"operator_code": "ghn", "items": 7}])
    said = compute(facts.connection, "postal_revenue", *MARCH, "H37", measure="items", by=("operator",))
    assert [said.value, *[row.value for row in said.rows]] == [7, 7, None]


def test_a_stock_says_which_day_its_newest_figures_are_of(facts: Facts) -> None:
    facts.publish("telecom.stations")
    facts.add(
        "fact_station", [{"month_end_day": "2023-05-31"}, {"month_end_day": "2023-04-30", "operator_code": "viettel"}]
    )
    figure = compute(facts.connection, "base_stations", date(2023, 6, 15), date(2023, 6, 15), "H37")
    assert [figure.value, figure.data_as_of] == [2, date(2023, 4, 30)]


def test_a_stock_is_carried_on_to_a_day_but_not_into_a_period_without_any_data(facts: Facts) -> None:
    facts.publish("telecom.stations")
    facts.add("fact_station", [{"month_end_day": "2023-06-30"}])
    some_day = compute(facts.connection, "base_stations", date(2023, 8, 15), date(2023, 8, 15), "H37")
    assert [some_day.value, some_day.status] == [1, "provisional"]
    august = compute(facts.connection, "base_stations", date(2023, 8, 1), date(2023, 8, 31), "H37")
    assert august.value is None
    assert august.reason is not None and august.reason.en.startswith("data reach 2023-")


def test_a_filter_by_operator_looks_at_that_operators_newest_figures(facts: Facts) -> None:
    facts.publish("telecom.stations")
    facts.add("fact_station", [{"month_end_day": "2023-05-31"}])
    figure = compute(facts.connection, "base_stations", *HALF, "H37", where={"operator": ["mobifone"]})
    assert figure.value is None
    assert figure.reason is not None
    assert figure.reason.en == "there is no figure on or before 2023-06-30"


def test_a_growth_from_nothing_has_no_value(facts: Facts) -> None:
    facts.publish("ecommerce.platforms")
    facts.add("fact_ecommerce", [{"day": "2023-01-01", "platform_code": "voso", "listings": 0}])
    figure = compute(facts.connection, "ecommerce_listings", *HALF, "H37", measure="growth")
    assert [figure.value, figure.denominator, figure.status] == [None, 0, "missing"]


def test_a_ratio_of_nothing_is_null_and_never_zero(facts: Facts) -> None:
    facts.publish("dvc.dossiers")
    figure = compute(facts.connection, "online_dossier_rate", *HALF, "H37")
    assert [figure.value, figure.numerator, figure.denominator] == [None, 0, 0]


def test_a_rate_keeps_all_its_digits(facts: Facts) -> None:
    facts.publish("dvc.dossiers")
    received = {"received_at": "2023-01-05T08:00:00+07:00"}
    facts.add("fact_dossier", [received | {"channel_code": channel} for channel in ("online", "direct", "post")])
    figure = compute(facts.connection, "online_dossier_rate", *HALF, "H37")
    assert figure.value == Decimal(100) / 3


def test_an_area_means_all_below_it_in_its_own_time(facts: Facts) -> None:
    """Code 05977 meant a ward of the town until June 2025, and means another area since."""
    facts.publish("dvc.dossiers", (date(2023, 1, 1), date(2025, 12, 31)))
    facts.add("fact_dossier", [{"received_at": "2023-01-05T08:00:00+07:00", "area": "05977"}])
    ask = ("online_dossier_rate", date(2023, 1, 1), date(2025, 12, 31))
    now = compute(facts.connection, *ask, "H37", area="05977", measure="received")
    then = compute(facts.connection, "online_dossier_rate", *HALF, "H37", area="05977", measure="received")
    district = compute(facts.connection, "online_dossier_rate", *HALF, "H37", area="178", measure="received")
    assert [now.value, then.value, district.value] == [0, 1, 1]


def test_districts_and_communes_can_be_asked_as_long_as_they_were_there(facts: Facts) -> None:
    facts.publish("dvc.dossiers", (date(2023, 1, 1), date(2025, 12, 31)))
    facts.add("fact_dossier", [{"received_at": "2025-06-30T23:59:59+07:00", "area": "05992"}])
    june, july = (date(2025, 6, 1), date(2025, 6, 30)), (date(2025, 7, 1), date(2025, 7, 31))

    def received(days: tuple[date, date], area: str) -> Decimal | None:
        return compute(facts.connection, "online_dossier_rate", *days, "H37", area=area, measure="received").value

    assert [received(june, area) for area in ("178", "05992", "05977", "180")] == [1, 1, 0, 0]
    assert received(july, "05977") == 0
    for ended in ("178", "05992"):
        with pytest.raises(WrongQuestion, match=f"has no area '{ended}' on 2025-07-31"):
            received(july, ended)


def test_two_provinces_in_one_hub_are_kept_apart(facts: Facts) -> None:
    other = Facts(facts.connection, "H59")
    for province in (facts, other):
        province.publish("gate.vehicles")
    same = {"declaration_code": "KB-1"} | _vehicle("2023-01-05")
    facts.add("fact_vehicle", [same])
    other.add("fact_vehicle", [same, _vehicle("2023-01-06")])
    values = [compute(facts.connection, "gate_vehicles", *HALF, province).value for province in ("H37", "H59")]
    assert values == [1, 2]


def test_a_figure_carries_its_target_of_the_year(facts: Facts) -> None:
    facts.publish("gate.vehicles")
    declared = compute(facts.connection, "gate_vehicles", *HALF, "H37", measure="declared_online")
    vehicles = compute(facts.connection, "gate_vehicles", *HALF, "H37")
    assert [declared.target, vehicles.target] == [100, None]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kpi": "gate_vehicle"}, "There is no KPI 'gate_vehicle'; did you mean gate_vehicles"),
        ({"first": date(2023, 7, 1)}, "2023-07-01 … 2023-06-30 is reversed"),
        ({"measure": "vehicels"}, "has no measure 'vehicels'; did you mean vehicles"),
        ({"where": {"gaet": ["huu_nghi"]}}, "has no breakdown 'gaet'; did you mean gate"),
        ({"where": {"gate": ["huu_nghj"]}}, "Breakdown gate has no value 'huu_nghj'; did you mean huu_nghi"),
        ({"by": ["channel"]}, "has no breakdown 'channel'; there are gate, direction"),
        ({"by": ["gate", "gate"]}, "names a breakdown twice"),
        ({"area": "178"}, "gate_vehicles is known for the whole province only"),
        ({"province": "H99"}, "This hub has no province 'H99'"),
        ({"kpi": "online_dossier_rate", "area": "05972"}, "has no area '05972' on 2023-06-30; did you mean 0"),
        ({"kpi": "online_dossier_rate", "area": "86"}, "Province H37 has no area '86'"),
        ({"kpi": "online_dossier_rate", "where": {"area": ["178"]}}, "An area is no slice: ask for it by its code"),
    ],
)
def test_a_wrong_question_is_answered_with_what_can_be_asked(facts: Facts, asked: dict[str, Any], said: str) -> None:
    question: dict[str, Any] = {"kpi": "gate_vehicles", "first": HALF[0], "last": HALF[1], "province": "H37"} | asked
    with pytest.raises(WrongQuestion) as fault:
        compute(facts.connection, **question)
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_value_cannot_smuggle_sql(facts: Facts) -> None:
    facts.publish("dvc.dossiers")
    facts.add("fact_dossier", [{"received_at": "2023-01-05T08:00:00+07:00", "field": "a' or 'x%s"}])
    where = {"field": ["a' or 'x%s"]}
    assert compute(facts.connection, "online_dossier_rate", *HALF, "H37", where=where, measure="received").value == 1


def test_a_reader_without_any_other_right_computes(warehouse_url: str) -> None:
    with connect(warehouse_url, "reader") as connection:
        assert compute(connection, "gate_vehicles", *HALF, "H37").status == "missing"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from warehouse.fact_vehicle")
