"""Small charts beside each other, one for each series: those of one unit share an axis, and show each other's lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import fromstring

from markupsafe import Markup

from screens.charts.axis import axis_notes, trend_scale
from screens.charts.series import Point
from screens.charts.svg import add, markup, picture
from screens.charts.trend import SMALL, WIDE, trend
from screens.texts import Language, say, unit_text

IN_A_ROW, GAP, HEAD = 3, 24.0, 26.0
"""Charts in a row of a file, and the pixels between them and above each for its name."""
LETTER = 7.8
"""Width of a letter of a name in pixels of the picture."""


@dataclass(frozen=True)
class Panel:
    """One series."""

    title: str
    points: Sequence[Point]
    """Of the same periods in every panel."""


@dataclass(frozen=True)
class PanelGroup:
    """The series of one unit."""

    unit: str
    panels: Sequence[Panel]

    @cached_property
    def shown(self) -> Sequence[Sequence[Point]]:
        """The points of the panels that have a value."""
        return [one.points for one in self.panels if any(point.value is not None for point in one.points)]

    def notes(self, language: Language) -> list[str]:
        """What must be said of the axis; of the only chart with a value it is in the chart."""
        if len(self.shown) < 2:
            return []
        return axis_notes(self.unit, trend_scale(self.unit, self.shown, SMALL[1]), language)

    def chart(self, name: str, place: int, language: Language, size: tuple[float, float] = SMALL) -> Markup:
        """The chart of one panel; `name` is unique on its page."""
        panel = self.panels[place]
        beside = [points for points in self.shown if points is not panel.points]
        return trend(name, panel.title, self.unit, panel.points, language, size, beside=beside)


def multiples(groups: Sequence[PanelGroup], language: Language) -> Markup:
    """All of them as one picture, for a file."""
    if [len(group.panels) for group in groups] == [1]:
        return groups[0].chart("explored", 0, language, WIDE)
    wide, high = SMALL[0] + GAP, SMALL[1] + HEAD + GAP
    rows = [-(-len(group.panels) // IN_A_ROW) for group in groups]
    whole = IN_A_ROW * wide - GAP, sum(rows) * high + len(groups) * HEAD
    root = picture("explored", say("Explore", language), "", *whole, "multiples")
    top = 0.0
    for group, count in zip(groups, rows, strict=True):
        head = " · ".join([unit_text(group.unit, language), *group.notes(language)])
        add(root, "text", head, class_="note", x=0, y=top + 16)
        for place, panel in enumerate(group.panels):
            x, y = place % IN_A_ROW * wide, top + HEAD + place // IN_A_ROW * high
            most = int(SMALL[0] / LETTER)
            title = panel.title if len(panel.title) <= most else f"{panel.title[: most - 1]}…"
            add(root, "text", title, class_="panel-title", x=x, y=y + 16)
            drawn = fromstring(group.chart(f"explored-{place}", place, language))  # noqa: S314 - the hub drew it
            inner = add(root, "g", class_="trend", transform=f"translate({x:g} {y + HEAD:g})")
            inner.extend([child for child in drawn if child.tag not in ("title", "desc")])
        top += HEAD + count * high
    return markup(root)
