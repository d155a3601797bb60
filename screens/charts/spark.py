"""The sparkline of a tile: the shape of the way, no numbers."""

from collections.abc import Sequence

from markupsafe import Markup

from screens.charts.series import Point, path, runs
from screens.charts.svg import add, markup, picture
from screens.formats import period, with_unit
from screens.texts import Language, say

WIDTH, HEIGHT, EDGE = 300.0, 36.0, 6.0


def sparkline(name: str, title: str, unit: str, points: Sequence[Point], language: Language) -> Markup:
    """A line with its newest point, a dashed target, gaps where nothing is known; empty without two points."""
    known = [point.value for point in points if point.value is not None]
    if len(points) < 2 or not known:
        return Markup("")
    targets = [point.target for point in points if point.target is not None]
    low, high = min([*known, *targets]), max([*known, *targets])
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
    root = picture(name, title, description, WIDTH, HEIGHT, "spark")
    root.set("preserveAspectRatio", "none")  # it fills its place; strokes and round ends keep their shape

    def x(index: int) -> float:
        return EDGE + index * (WIDTH - 2 * EDGE) / (len(points) - 1)

    def y(point: Point) -> float | None:
        if point.value is None:
            return None
        return (
            HEIGHT / 2
            if low == high
            else HEIGHT - EDGE - float((point.value - low) / (high - low)) * (HEIGHT - 2 * EDGE)
        )

    if targets and low != high:
        level = HEIGHT - EDGE - float((targets[-1] - low) / (high - low)) * (HEIGHT - 2 * EDGE)
        add(root, "line", class_="target", x1=0, x2=WIDTH, y1=level, y2=level)
    stretches = runs([(x(index), y(point)) for index, point in enumerate(points)])
    for run in stretches:
        base = f"L{run[-1][0]:.1f} {HEIGHT:g}L{run[0][0]:.1f} {HEIGHT:g}Z"
        if len(run) > 1:
            add(root, "path", class_="area", d=path(run) + base)
            add(root, "path", class_="line", d=path(run))
        else:
            add(root, "path", class_="dot", d=path(run) + "h0")
    add(root, "path", class_="end", d=path(stretches[-1][-1:]) + "h0")
    return markup(root)
