"""Figures of the last periods, and how far each moved from the one before and from a year ago."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import WrongQuestion
from hub.periods import FREQS, VIETNAM, Freq, Period, previous, year_ago
from kpis.figure import compare
from tests.installation import with_changes
from tests.kpis import published
from tests.kpis.asking import compute, series
from tests.kpis.facts import Facts

TWO_YEARS = (date(2021, 12, 31), date(2023, 12, 31))
LATER = datetime(2024, 6, 1, tzinfo=VIETNAM)
HALF_2022 = (date(2022, 1, 1), date(2022, 6, 30))
Stated = partial(published.Stated, measure="rate", unit="%")


def _vehicles(facts: Facts, counts: dict[str, int]) -> None:
    facts.publish("gate.vehicles", TWO_YEARS)
    facts.add(
        "fact_vehicle",
        [{"processed_at": f"{day}T08:00:00+07:00"} for day, count in counts.items() for _ in range(count)],
    )


def test_the_last_months_each_beside_the_month_before_and_a_year_ago(facts: Facts) -> None:
    _vehicles(facts, {"2022-06-05": 4, "2023-05-05": 2, "2023-06-05": 5})
    may, june = series(facts.connection, "gate_vehicles", "month", "H37", date(2023, 6, 15), 2, now=LATER)
    assert [[figure.first, figure.value] for figure in [may, june]] == [[date(2023, 5, 1), 2], [date(2023, 6, 1), 5]]
    assert june.previous is not None
    assert [june.previous.value, june.previous.difference, june.previous.percent] == [2, 3, 150]
    assert june.year_ago is not None
    assert [june.year_ago.first, june.year_ago.value, june.year_ago.percent] == [date(2022, 6, 1), 4, 25]


def test_there_is_no_growth_from_nothing_and_none_from_what_is_not_known(facts: Facts) -> None:
    _vehicles(facts, {"2022-01-05": 1})
    first = compute(facts.connection, "gate_vehicles", date(2022, 2, 1), date(2022, 2, 28), "H37")
    figure = with_changes(facts.connection, first)
    assert figure.previous is not None
    assert [figure.previous.difference, figure.previous.percent] == [-1, -100]
    figure = with_changes(
        facts.connection, compute(facts.connection, "gate_vehicles", date(2022, 3, 1), date(2022, 3, 31), "H37")
    )
    assert figure.previous is not None
    assert figure.previous.reason is not None
    assert [figure.previous.difference, figure.previous.percent] == [0, None]
    assert figure.previous.reason.en == "it was 0 then: there is nothing to grow from"
    assert figure.year_ago is not None
    assert figure.year_ago.reason is not None
    assert (figure.year_ago.value, figure.year_ago.difference) == (None, None)
    assert figure.year_ago.reason.vi == "Dữ liệu chỉ có từ ngày 31/12/2021"


def test_rates_move_in_percentage_points_and_have_no_percent_of_a_percent(facts: Facts) -> None:
    facts.publish("dvc.dossiers", TWO_YEARS)
    for month, online, direct in (("05", 1, 1), ("06", 3, 1)):
        facts.add(
            "fact_dossier",
            [
                {"received_at": f"2023-{month}-10T08:00:00+07:00", "channel_code": channel}
                for channel in ["online"] * online + ["direct"] * direct
            ],
        )
    ask = ("online_dossier_rate", date(2023, 6, 1), date(2023, 6, 30), "H37")
    figure = with_changes(facts.connection, compute(facts.connection, *ask))
    assert figure.previous is not None
    assert [figure.previous.value, figure.previous.difference] == [50, 25]
    assert (figure.previous.unit, figure.previous.percent) == ("percentage points", None)
    assert figure.year_ago is not None
    assert figure.year_ago.reason is not None
    assert figure.year_ago.reason.en == "the denominator is 0: nothing to divide by"


def test_running_totals_grow_by_what_was_added_and_stocks_by_their_level(facts: Facts) -> None:
    facts.publish("ecommerce.platforms", TWO_YEARS)
    facts.add(
        "fact_ecommerce",
        [
            {"day": day, "platform_code": "voso", "transactions": count, "listings": count}
            for day, count in (("2022-12-31", 100), ("2023-01-31", 110), ("2023-02-28", 140))
        ],
    )
    ask = (date(2023, 2, 1), date(2023, 2, 28), "H37")
    added = with_changes(facts.connection, compute(facts.connection, "ecommerce_transactions", *ask))
    level = with_changes(facts.connection, compute(facts.connection, "ecommerce_listings", *ask))
    assert added.previous is not None
    assert level.previous is not None
    assert [added.value, added.previous.value, added.previous.percent] == [30, 10, 200]
    assert [level.value, level.previous.value, level.previous.difference] == [140, 110, 30]


def test_a_slice_is_compared_with_the_same_slice_and_rows_are_not_compared(facts: Facts) -> None:
    facts.publish("gate.vehicles", TWO_YEARS)
    moment = {"processed_at": "2023-05-05T08:00:00+07:00", "direction": "import"}
    facts.add("fact_vehicle", [moment, moment | {"direction": "export"}])
    question: dict[str, Any] = {"where": {"direction": ["import"]}, "by": ("gate",)}
    [june] = series(facts.connection, "gate_vehicles", "month", "H37", date(2023, 6, 30), 1, **question)
    assert june.previous is not None
    assert june.previous.value == 1


def test_a_code_that_meant_another_area_before_is_not_compared_across_the_reform(facts: Facts) -> None:
    facts.publish("dvc.dossiers", (date(2022, 12, 31), date(2025, 12, 31)))
    facts.add("fact_dossier", [{"received_at": "2025-06-10T08:00:00+07:00", "area": "05977"}])
    ask: dict[str, Any] = {"measure": "received", "area": "05977"}
    july = (date(2025, 7, 1), date(2025, 7, 31), "H37")
    figure = compute(facts.connection, "online_dossier_rate", *july, **ask)
    then = with_changes(facts.connection, figure)
    assert then.previous is not None
    assert then.previous.value is None
    assert then.previous.reason is not None
    assert then.previous.reason.en == "code 05977 was not this area then; ask in the areas of today"
    ask |= {"areas": "today"}
    today = with_changes(facts.connection, compute(facts.connection, "online_dossier_rate", *july, **ask))
    assert today.previous is not None
    assert [today.previous.value, today.previous.difference] == [1, -1]


@given(
    st.dictionaries(st.dates(date(2022, 1, 1), date(2023, 12, 31)).map(str), st.integers(1, 3), max_size=8),
    st.sampled_from(FREQS),
    st.dates(date(2022, 3, 1), date(2023, 12, 31)),
)
def test_a_growth_is_what_its_two_figures_give(facts: Facts, counts: dict[str, int], freq: Freq, day: date) -> None:
    with facts.connection.transaction(force_rollback=True):
        _vehicles(facts, counts)
        for figure in series(facts.connection, "gate_vehicles", freq, "H37", day, 2, now=LATER):
            period = Period(figure.first, figure.last)
            for change, other in ((figure.previous, previous(period)), (figure.year_ago, year_ago(period))):
                assert change is not None
                assert (change.first, change.last) == (other.first, other.last)
                inside = [n for d, n in counts.items() if str(other.first) <= d <= str(other.last)]
                if other.first < TWO_YEARS[0]:
                    assert (change.value, change.difference, change.percent) == (None, None, None)
                    continue
                assert change.value == sum(inside)
                assert figure.value is not None
                assert change.difference == figure.value - sum(inside)
                if inside:
                    assert change.percent is not None
                    assert figure.value == pytest.approx(sum(inside) * (1 + change.percent / Decimal(100)))
                else:
                    assert change.percent is None


def test_an_unknown_value_in_a_series_is_refused_as_in_a_single_question(facts: Facts) -> None:
    with pytest.raises(WrongQuestion, match="has no value 'x'"):
        series(facts.connection, "gate_vehicles", "month", "H37", date(2023, 6, 30), 2, where={"gate": ["x"]})


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ({"status": "provisional"}, "the figure of then is provisional"),
        ({"definition_version": 2}, "the figure of then is by version 2 of the definition, this one by version 1"),
        ({"measure": "received"}, "another measure was published then"),
        ({"unit": "dossiers"}, "another measure was published then"),
    ],
)
def test_what_is_not_settled_or_not_alike_is_not_compared(then: dict[str, Any], said: str) -> None:
    own = Stated(Decimal(80))
    found = compare(own, Period(*HALF_2022), replace(own, value=Decimal(70), **then))
    assert found.reason is not None
    assert (found.value, found.difference, found.percent, found.reason.en) == (None, None, None, said)


def test_a_provisional_figure_is_compared_with_an_official_one() -> None:
    own = Stated(Decimal(80), status="provisional")
    assert compare(own, Period(*HALF_2022), Stated(Decimal(70))).difference == 10


def test_a_province_that_was_merged_is_not_compared_across_the_reform(facts: Facts) -> None:
    """The code of Bắc Giang means today's Bắc Ninh, which took it over."""
    facts.connection.execute("update warehouse.dim_province set area_code = '24' where code = 'H37'")
    facts.publish("gate.vehicles", (date(2024, 12, 31), date(2025, 12, 31)))
    july, august = ((date(2025, n, 1), date(2025, n, 31), "H37") for n in (7, 8))
    before = with_changes(facts.connection, compute(facts.connection, "gate_vehicles", *july)).previous
    assert before is not None
    assert before.reason is not None
    assert (before.difference, before.reason.en) == (None, "the province had other borders then")
    after = with_changes(facts.connection, compute(facts.connection, "gate_vehicles", *august)).previous
    assert after is not None
    assert after.difference == 0
