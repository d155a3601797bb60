"""The sparkline of a tile: the shape of the way, from an honest base."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from screens.charts.scale import nice_scale
from screens.charts.series import Point, path, runs
from screens.charts.svg import add, markup, picture
from screens.formats import RATES, goal, period, short_period, with_unit
from screens.texts import Language, say

WIDTH, HEIGHT, EDGE = 300.0, 36.0, 6.0


@dataclass(frozen=True)
class SparkEnds:
    """What stands below a sparkline: its first and last period, and where its base is if that is not 0."""

    first: str
    last: str
    base: str | None


def spark_base(unit: str, points: Sequence[Point]) -> Decimal:
    """The value at the foot of the line. Counts begin at 0; rates do unless all lie close together far from it, where a
    line from 0 would hide their movement."""
    values = [value for point in points for value in (point.value, point.target) if value is not None]
    lowest = min([Decimal(0), *values])
    if unit not in RATES or not values:
        return lowest
    low = nice_scale(values, 0, 1).low
    return low if lowest < 0 else max(low, lowest)


def spark_ends(unit: str, points: Sequence[Point], language: Language) -> SparkEnds | None:
    """None where there is no line."""
    if not _is_drawn(points):
        return None
    first, last = (" ".join(short_period(one.first, one.last, language)) for one in (points[0], points[-1]))
    base = spark_base(unit, points)
    return SparkEnds(first, last, _from(base, unit, language) if base else None)


def _from(base: Decimal, unit: str, language: Language) -> str:
    return say("from {value}", language, value=goal(base, unit, language, bare=True))


def _is_drawn(points: Sequence[Point]) -> bool:
    return len(points) > 1 and any(point.value is not None for point in points)


def sparkline(name: str, title: str, unit: str, points: Sequence[Point], language: Language) -> Markup:
    """A line over its base, which is dashed where it is not 0, with its newest point, a dashed target, gaps where
    nothing is known; empty without two points."""
    known = [point.value for point in points if point.value is not None]
    if not _is_drawn(points):
        return Markup("")
    targets = [point.target for point in points if point.target is not None]
    low, high = spark_base(unit, points), max([*known, *targets])
    newest = next(point for point in reversed(points) if point.value is not None)

    def label(value: object) -> str:
        return with_unit(value, unit, language)  # type: ignore[arg-type]

    description = say(
        "From {first} to {last}: lowest {low}, highest {high}, newest {newest}.",
        language,
        first=period(points[0].first, points[0].last, language),
        last=period(points[-1].first, points[-1].last, language),
        low=label(min(known)),
        high=label(max(known)),
        newest=label(newest.value),
    )
    if low:
        description = f"{description} {say('The scale does not begin at 0', language)}: {_from(low, unit, language)}."
    root = picture(name, title, description, WIDTH, HEIGHT, "spark")
    root.set("preserveAspectRatio", "none")  # it fills its place; strokes and round ends keep their shape

    def x(index: int) -> float:
        return EDGE + index * (WIDTH - 2 * EDGE) / (len(points) - 1)

    def y(value: Decimal) -> float:
        return HEIGHT - float((value - low) / ((high - low) or 1)) * (HEIGHT - EDGE)

    if targets and low != high:
        level = y(targets[-1])
        add(root, "line", class_="target", x1=0, x2=WIDTH, y1=level, y2=level)
    add(root, "line", class_="base cut" if low else "base", x1=0, x2=WIDTH, y1=HEIGHT, y2=HEIGHT)
    stretches = runs([(x(n), None if one.value is None else y(one.value)) for n, one in enumerate(points)])
    for run in stretches:
        base = f"L{run[-1][0]:.1f} {HEIGHT:g}L{run[0][0]:.1f} {HEIGHT:g}Z"
        if len(run) > 1:
            add(root, "path", class_="area", d=path(run) + base)
            add(root, "path", class_="line", d=path(run))
        else:
            add(root, "path", class_="dot", d=path(run) + "h0")
    add(root, "path", class_="end", d=path(stretches[-1][-1:]) + "h0")
    return markup(root)
