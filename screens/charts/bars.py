"""Bars that stand beside their words and values in a table: the table is the chart, so nothing is said twice."""

from decimal import Decimal

from markupsafe import Markup

from screens.charts.svg import add, markup, ornament

WIDTH, HEIGHT = 200.0, 10.0


def bar(value: Decimal | None, top: Decimal, target: Decimal | None = None, class_: str = "") -> Markup:
    """The value's length beside the longest one's, and a stroke where the target lies."""
    root = ornament(WIDTH, HEIGHT, f"bar {class_}".strip(), stretch=True)
    add(root, "rect", class_="rail", x=0, y=0, width=WIDTH, height=HEIGHT)
    if value is not None and top > 0 and value > 0:
        add(root, "rect", class_="fill", x=0, y=0, width=_length(value, top), height=HEIGHT)
    if target is not None and top > 0:
        place = min(_length(target, top), WIDTH - 1.5)
        add(root, "rect", class_="goal", x=place, y=0, width=1.5, height=HEIGHT)
    return markup(root)


def _length(value: Decimal, top: Decimal) -> float:
    return max(1.0, min(float(value / top), 1.0) * WIDTH)
