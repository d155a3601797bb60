"""Bars beside their labels and values in a table: the table is the chart, so that nothing is repeated."""

from decimal import Decimal

from markupsafe import Markup

from screens.charts.svg import add, markup, ornament

WIDTH, HEIGHT = 200.0, 10.0


def bar(value: Decimal | None, top: Decimal | int, target: Decimal | int | None = None) -> Markup:
    """The value's length beside the longest one's, and a stroke where the target lies."""
    root = ornament(WIDTH, HEIGHT, "bar", stretch=True)
    add(root, "rect", class_="rail", x=0, y=0, width=WIDTH, height=HEIGHT)
    if value is not None and top > 0 and value > 0:
        add(root, "rect", class_="fill", x=0, y=0, width=_length(value, top), height=HEIGHT)
    if target is not None and top > 0:
        place = min(_length(target, top), WIDTH - 3)
        add(root, "rect", class_="cut", x=place - 1.5, y=0, width=4.5, height=HEIGHT)
        add(root, "rect", class_="mark", x=place, y=0, width=1.5, height=HEIGHT)
    return markup(root)


def _length(value: Decimal | int, top: Decimal | int) -> float:
    return max(1.0, min(float(value / top), 1.0) * WIDTH)
