"""What a year's sum will come to if it goes on as the year before: an estimate, never a figure.

The year to date is divided by the share of its sum that the year before had reached on the same day. How far such an
estimate may be off is asked of the history: what was known at the end of a month is projected to the end of a later
month, of which the sum is known by now. Tests are those in which as little of the whole was known as now, or less. The
band is as wide as the largest error among them. It is never kept, and no file or answer of the API has it:
docs/decisions/0045-pace-and-projection.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from hub.periods import Period, standard_period
from hub.translation import msg
from kpis.figure import Figure, FigureLike, Reason, unlike
from kpis.pace import is_part_of_year, not_to_the_end, share_of_year, whole_year

FEWEST_TESTS = 4
"""Of fewer the error says nothing."""
MOST_ERROR = Decimal("0.5")
"""An estimate that may be off by more than half of itself says nothing."""
YEARS = 4
"""So many years before are looked at."""
_HUNDRED, _DECEMBER = Decimal(100), 12
Month = tuple[int, int]
"""A year, and the month to whose end a sum goes."""


@dataclass(frozen=True)
class Projection:
    """What the year may come to."""

    year: int
    value: Decimal
    low: Decimal
    high: Decimal
    error: Decimal
    """The median error of the tests, in percent."""
    largest: Decimal
    """The largest one, in percent, as wide as the band is on each side."""
    tests: int


def has_projection(figure: Figure) -> bool:
    """Whether the year to date of the figure adds up to a year's sum, of which a part is still to come."""
    is_own = figure.measure == figure.definition.measure
    return is_own and figure.definition.accumulates and figure.value is not None and is_part_of_year(figure.period)


def needed(period: Period) -> list[Period]:
    """The years to date that a projection is made and tested with."""
    year = period.last.year
    return [
        standard_period("ytd", date(one, month, 1))
        for one in range(year - YEARS, year + 1)
        for month in range(1, _DECEMBER + 1)
        if (one, month) <= (year, period.last.month)
    ]


def project(figure: Figure, known: Mapping[Period, FigureLike | None]) -> Projection | Reason:
    """The projection to the year's end of a figure that has one, from what is published of the `needed` periods, or why
    there is none."""
    withheld = (getattr(one, "withheld", None) for one in known.values())
    if reason := not_to_the_end(figure) or next(filter(None, withheld), None):
        return reason
    year, month = figure.last.year, figure.last.month
    before = standard_period("ytd", date(year - 1, month, 1))
    share = share_of_year(figure, known.get(before), known.get(whole_year(year - 1)))
    if not isinstance(share, Decimal):
        return share
    sums = {
        (period.last.year, period.last.month): one.value
        for period, one in known.items()
        if one is not None and one.value is not None and one.value > 0 and not unlike(figure, one)
    }
    errors = list(_errors(sums, share))
    if len(errors) < FEWEST_TESTS:
        return msg(
            "there is too little history to test a projection with: {tests} tests, {fewest} are needed",
            tests=len(errors),
            fewest=FEWEST_TESTS,
        )
    own, largest, middle = figure.value or Decimal(0), max(errors), _HUNDRED * median(errors)
    if largest > MOST_ERROR:
        return msg(
            "in {tests} tests the largest error was {error}%: the years are too different",
            tests=len(errors),
            error=round(_HUNDRED * largest),
        )
    value = own / share
    return Projection(
        year, value, max(value * (1 - largest), own), value * (1 + largest), middle, _HUNDRED * largest, len(errors)
    )


def _errors(sums: Mapping[Month, Decimal], share: Decimal) -> Iterator[Decimal]:
    """By how much of what was projected the sum that came differs, for each test."""
    for (year, month), known in sums.items():
        for later in range(month + 1, _DECEMBER + 1):
            came = sums.get((year, later))
            then, end = sums.get((year - 1, month)), sums.get((year - 1, later))
            if came is not None and then is not None and end is not None and then / end <= share:
                yield abs(came / (known * end / then) - 1)
