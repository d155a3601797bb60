"""A trend shows a figure beside what can be compared with it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from hub.periods import Period
from kpis.history import Entry, Key
from screens.pages.points import alike
from tests.screens import made_up

MARCH, APRIL = Period(date(2023, 3, 1), date(2023, 3, 31)), Period(date(2023, 4, 1), date(2023, 4, 30))


def entry(period: Period, measure: str, unit: str) -> Entry:
    key = Key("online_dossier_rate", period.first, period.last, 1, "")
    moment = datetime(2023, 5, 1, tzinfo=UTC)
    day = period.last
    return Entry(key, measure, unit, 1, Decimal(1), None, None, "official", None, None, day, 1, "data", moment)


@pytest.mark.parametrize(("measure", "unit"), [("rate", "parts"), ("share", "%")])
def test_months_of_another_measure_or_unit_are_left_empty(measure: str, unit: str) -> None:
    figure = made_up.figure("online_dossier_rate", "Tỷ lệ", "Rate", "%", "93.4")
    same, other = entry(APRIL, figure.measure, "%"), entry(MARCH, measure, unit)
    assert alike(figure, {MARCH: other, APRIL: same}) == {MARCH: None, APRIL: same}
    assert alike(figure, {MARCH: None}) == {MARCH: None}
