"""Which area is the worst, and since when, by the months that are known."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from hub.periods import last_periods
from kpis.definition import Good
from screens.pages.last_place import worst_in_a_row
from tests.screens.pages.conftest import GoAs
from tests.screens.pages.world import LEADER, World

MONTHS = last_periods("month", date(2023, 6, 30), 4)


@pytest.mark.parametrize(
    ("values", "good", "expected"),
    [
        ([(1, 5, 9), (1, 5, 9), (7, 5, 9), (7, 5, 9)], "up", (2, 2, False)),
        ([(1, 5, 9), (1, 5, 9), (7, 5, 9), (7, 5, 9)], "down", (3, 4, True)),
        ([(7, 5, 9), (1, 5, 9), (7, 5, 9), (1, 5, 9)], "up", (1, 1, False)),
        ([(7, 5, 9), (), (7, 5, 9), (7, 5, 9)], "up", (2, 2, True)),
        ([(7, 5, 9), (7, 5, 9), (7, 5, 9), ()], "up", (2, 3, True)),
        ([(7, 5, 9), (5, 5, 9), (7, 5, 9), (7, 5, 9)], "up", (2, 2, False)),
        ([(7, 5, 9), (7, 5, 9), (7, 5, 9), (5, 5, 9)], "up", None),
        ([(7, 5, 9), (7, 5, 9), (7, 5, 9), (7, 5)], "up", None),
        ([(7, 5, 9), (7, 5), (7, 5, 9), (7, 5, 9)], "up", (2, 2, True)),
        ([(), (), (), ()], "up", None),
    ],
    ids=[
        "since two months",
        "the largest where less is good",
        "only the newest month",
        "a month without figures ends it",
        "the newest month is not known yet",
        "two were the worst",
        "two are the worst",
        "two areas are too few",
        "a month of two areas ends it",
        "nothing is known",
    ],
)
def test_the_months_in_a_row_in_which_an_area_was_the_worst(
    values: Sequence[Sequence[int]], good: Good, expected: tuple[int, int, bool] | None
) -> None:
    months = {
        month: {area: Decimal(value) for area, value in enumerate(own, 1)}
        for month, own in zip(MONTHS, values, strict=True)
    }
    row = worst_in_a_row(months, good)
    assert (row and (row.area_id, len(row.months), row.is_since_the_first)) == expected


def test_a_page_says_since_when_and_leads_to_the_area(visit_as: GoAs, world: World) -> None:
    page = visit_as(LEADER, "/kpis/online_dossier_rate").page
    said = page.locator(".last-place")
    assert "Kém nhất:" in said.inner_text()
    assert said.get_by_role("link").inner_text() in page.locator("table.ranked").first.inner_text()
    said.get_by_role("link").click()
    assert "area=" in page.url


def test_counts_have_no_worst_area(visit_as: GoAs, world: World) -> None:
    assert visit_as(LEADER, "/kpis/gate_vehicles").page.locator(".last-place").count() == 0
