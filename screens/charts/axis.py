"""The vertical axis of series: one scale for all that are compared, its labels, and what must be said of it."""

from collections.abc import Sequence
from decimal import Decimal

from screens.charts.scale import Scale, limits_of, nice_scale
from screens.charts.series import Point
from screens.formats import stepped
from screens.texts import Language, say

TOP, BOTTOM = 46.0, 52.0
"""Pixels that a chart keeps above and below its axis."""
LEAST_SPAN = Decimal(5)
"""Percentage points that an axis of rates spans at least: a tenth of a point must not look like a fall."""


def trend_scale(unit: str, series: Sequence[Sequence[Point]], height: float) -> Scale:
    """One axis for all values and targets, of which at least one is known."""
    points = [point for own in series for point in own]
    values = [one for point in points for one in (point.value, point.target) if one is not None]
    limits = limits_of(unit, values)
    if limits[1] is not None and max(values) - min(values) < LEAST_SPAN:
        middle = (max(values) + min(values)) / 2
        middle = min(max(middle, LEAST_SPAN / 2), 100 - LEAST_SPAN / 2)
        values += [middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2]
    return nice_scale(values, height - BOTTOM, TOP, 5, *limits)


def axis_notes(unit: str, scale: Scale, language: Language) -> list[str]:
    """What must be said of an axis: that it begins elsewhere than at 0, or that percentages go beyond 100."""
    low = tick(scale.low, scale, language)
    return [
        *([say("The axis begins at {low}, not at 0", language, low=low)] if scale.low > 0 else []),
        *([say("Some values exceed 100%", language)] if unit == "%" and scale.high > 100 else []),
    ]


def tick(value: Decimal, scale: Scale, language: Language) -> str:
    """The tick's label, as exact as the step between two ticks: labels of different ticks are never the same."""
    return stepped(value, max(abs(scale.low), abs(scale.high)), scale.ticks[1] - scale.ticks[0], language)
