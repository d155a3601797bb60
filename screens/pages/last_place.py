"""Which of the ranked areas is the worst by months, and since when it has been."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import dropwhile, takewhile
from typing import NamedTuple

from hub.periods import Period, last_periods
from kpis.definition import Good, comparable
from kpis.figure import Figure
from kpis.history import History, Key
from screens.database import Snapshot
from screens.formats import RATES
from screens.pages.choice import Choice
from screens.view_models.figure import LastPlace
from warehouse.serving import Area

MONTHS = 24
"""How far back it is looked."""
_FEWEST = 3
"""Areas with a value in a month of which one can be the worst."""
Months = dict[Period, dict[int, Decimal]]
"""Month, the oldest first → area → its value; of a month of which nothing is known no area."""


class Row(NamedTuple):
    """The months up to the newest known one in which an area was the worst."""

    area_id: int
    months: Sequence[Period]
    """The newest first."""
    is_since_the_first: bool
    """Whether it is the first month that is known, or the first that is looked at."""


def last_place(s: Snapshot, choice: Choice, own: Figure, areas: Sequence[Area]) -> LastPlace | None:
    """The area whose rate is the worst by months, up to the shown period's last. None of counts, which are larger where
    more people live, where no direction is good, and where nobody is the worst."""
    if own.unit not in RATES or own.good == "none" or own.breakdown or len(areas) < _FEWEST:
        return None
    row = worst_in_a_row(_months(s, own, areas), own.good)
    if row is None:
        return None
    [area] = [area for area in areas if area.area_id == row.area_id]
    href = choice.of(area.area).to(f"/kpis/{own.kpi}")
    return LastPlace(area.name, href, row.months[-1], row.months[0], len(row.months), row.is_since_the_first)


def worst_in_a_row(months: Months, good: Good) -> Row | None:
    """None where fewer than three areas are known of the newest known month, or several of them have the worst value. A
    month of which fewer are known ends the row, like one of which nothing is."""
    newest_first = dropwhile(lambda month: not months[month], reversed(months))
    known = takewhile(lambda month: len(months[month]) >= _FEWEST, newest_first)
    found = [(month, _worst(months[month], good)) for month in known]
    worst = found[0][1] if found else None
    if worst is None:
        return None
    row = [month for month, _ in takewhile(lambda one: one[1] == worst, found)]
    return Row(worst, row, is_since_the_first=len(row) == len(found))


def _months(s: Snapshot, own: Figure, areas: Sequence[Area]) -> Months:
    """What is published of each area by months and can be compared with the shown figure."""
    months = last_periods("month", own.last, MONTHS)
    if own.definition.about_persons:
        s.about_persons.add(own.kpi)
    keys = [Key(own.kpi, month.first, month.last, area.area_id, "") for month in months for area in areas]
    found: Months = {month: {} for month in months}
    for key, entry in History(s.once, s.province, s.catalogue, leaves=s.leaves).entries(keys).items():
        if entry.value is not None and comparable(entry, own):
            found[Period(key.first, key.last)][key.area_id] = entry.value
    return found


def _worst(values: Mapping[int, Decimal], good: Good) -> int | None:
    """The area with the worst value; None where several have it."""
    value = max(values.values()) if good == "down" else min(values.values())
    worst = [area_id for area_id, own in values.items() if own == value]
    return worst[0] if len(worst) == 1 else None
