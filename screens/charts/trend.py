"""A KPI over periods: axes, target, gaps, provisional stretches and revisions, all drawn on the server."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby, pairwise
from math import ceil
from xml.etree.ElementTree import Element

from markupsafe import Markup

from screens.charts.axis import TOP, axis_notes, tick, trend_scale
from screens.charts.marks import draw_marks, room, spots
from screens.charts.scale import Scale
from screens.charts.series import Mark, Point, path, runs
from screens.charts.svg import add, markup, picture
from screens.formats import amount, compact, goal, period, short_period, with_unit
from screens.texts import Language, say

RIGHT = 34.0
WIDE, NARROW = (920.0, 340.0), (350.0, 290.0)
"""Sizes of the picture: of a desk's page, and of a phone's, on which the other would be unreadable or half hidden."""
SMALL, ALONE = (360.0, 230.0), (640.0, 290.0)
"""Of one of many beside each other, and of the only one of its unit."""
LETTER = 7.4
"""Width of a digit on the axis, in pixels of the picture."""
LABELLED = 13
"""Up to so many points bear their values: the months of a year and the one that they are compared with."""


@dataclass(frozen=True)
class _Frame:
    points: Sequence[Point]
    unit: str
    language: Language
    scale: Scale
    left: float
    width: float
    height: float
    top: float = TOP

    @property
    def half(self) -> float:
        """Half of the way from one point to the next."""
        return (self.x(1) - self.x(0)) / 2 if len(self.points) > 1 else 60.0

    def x(self, index: int) -> float:
        if len(self.points) == 1:
            return (self.left + self.width - RIGHT) / 2
        return self.left + 18 + index * (self.width - self.left - RIGHT - 36) / (len(self.points) - 1)

    def y(self, value: Decimal) -> float:
        return self.scale.place(value)


def trend(
    name: str,
    title: str,
    unit: str,
    points: Sequence[Point],
    language: Language,
    size: tuple[float, float] = WIDE,
    marks: Sequence[Mark] = (),
    beside: Sequence[Sequence[Point]] = (),
) -> Markup:
    """The chart, as much higher than `size` as the signs of its marks need; where no period has a value, a frame that
    says so. `beside` are others of the same unit and periods: its axis is one for all of them, and they are drawn
    behind."""
    width, height = size
    known = [point.value for point in points if point.value is not None]
    if not known:
        root = picture(name, title, say("No period has data.", language), width, height, "trend")
        add(
            root,
            "text",
            say("No period has data.", language),
            class_="note",
            x=width / 2,
            y=height / 2,
            text_anchor="middle",
        )
        return markup(root)
    scale = trend_scale(unit, [points, *beside], height)
    labels = [tick(one, scale, language) for one in scale.ticks]
    frame = _Frame(points, unit, language, scale, max(map(len, labels)) * LETTER + 18, width, height)
    if found := spots(marks, points, frame.x, frame.half, width):
        scale = replace(scale, start=scale.start + room(found), end=scale.end + room(found))
        frame = replace(frame, scale=scale, height=height + room(found), top=TOP + room(found))
    notes = axis_notes(unit, scale, language)
    description = " ".join([_description(points, known, unit, language), *(f"{note}." for note in notes)])
    is_linked = any(spot.mark.href for spot in found)
    root = picture(name, title, description, width, frame.height, "trend", is_linked=is_linked)
    draw_marks(root, found, frame.top, frame.y(scale.low), language)
    _grid(root, frame, labels)
    if scale.low > 0:
        _break(root, frame)
    if notes and not beside:
        add(root, "text", " · ".join(notes), class_="note", x=frame.left, y=12, aria_hidden="true")
    _beside(root, frame, beside)
    _gaps(root, frame)
    _target(root, frame)
    _line(root, frame)
    _marks(root, frame)
    _values(root, frame)
    return markup(root)


def _description(points: Sequence[Point], known: list[Decimal], unit: str, language: Language) -> str:
    return say(
        "{count} periods from {first} to {last}: lowest {low}, highest {high}, newest {newest}. Periods without data:"
        " {gaps}. The table below has them all.",
        language,
        count=len(points),
        first=period(points[0].first, points[0].last, language),
        last=period(points[-1].first, points[-1].last, language),
        low=with_unit(min(known), unit, language),
        high=with_unit(max(known), unit, language),
        newest=with_unit(known[-1], unit, language),
        gaps=len(points) - len(known),
    )


def _grid(root: Element, frame: _Frame, labels: Sequence[str]) -> None:
    grid = add(root, "g", class_="grid", aria_hidden="true")
    for value, label in zip(frame.scale.ticks, labels, strict=True):
        y = frame.y(value)
        kind = "base" if value == frame.scale.low else "rule"
        add(grid, "line", class_=kind, x1=frame.left, x2=frame.width - RIGHT, y1=y, y2=y)
        add(grid, "text", label, class_="tick", x=frame.left - 10, y=y + 4.5, text_anchor="end")
    named = [short_period(point.first, point.last, frame.language) for point in frame.points]
    step = frame.x(1) - frame.x(0) if len(named) > 1 else frame.width
    every = ceil((max(len(word) for words in named for word in words) * LETTER + 8) / step)
    year = ""
    for index, (upper, lower) in enumerate(named):
        if (len(named) - 1 - index) % every:
            continue
        add(grid, "text", upper, class_="tick", x=frame.x(index), y=frame.height - 28, text_anchor="middle")
        if lower and lower != year:
            add(grid, "text", lower, class_="year", x=frame.x(index), y=frame.height - 9, text_anchor="middle")
        year = lower


def _break(root: Element, frame: _Frame) -> None:
    """An axis that does not begin at 0 is broken where 0 would be: a small way must not look long."""
    x, y = frame.left, frame.y(frame.scale.low)
    axis = add(root, "g", class_="broken", aria_hidden="true")
    add(axis, "path", d=f"M{x:.1f} {y:.1f}v-5l-5 -3l10 -5l-5 -3v-6")


def _beside(root: Element, frame: _Frame, beside: Sequence[Sequence[Point]]) -> None:
    """The other lines, as one path."""
    stretches = [
        run
        for points in beside
        for run in runs(
            [(frame.x(n), None if one.value is None else frame.y(one.value)) for n, one in enumerate(points)]
        )
    ]
    if stretches:
        add(root, "path", class_="beside", d="".join(map(path, stretches)), aria_hidden="true")


def _gaps(root: Element, frame: _Frame) -> None:
    """A missing period is a marked gap on the base line, so that it is seen and not read as 0."""
    for index, point in enumerate(frame.points):
        if point.value is None:
            x, y = frame.x(index), frame.y(frame.scale.low)
            mark = add(root, "g", class_="gap")
            label = f"{period(point.first, point.last, frame.language)}: {say('no data', frame.language)}"
            add(mark, "title", label)
            add(mark, "line", x1=x, x2=x, y1=frame.top, y2=y)
            add(mark, "path", d=f"M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8")


def _target(root: Element, frame: _Frame) -> None:
    """A step line: a target holds for its year, and no slope leads from one to the next."""
    groups = [(t, [i for i, _ in group]) for t, group in groupby(enumerate(frame.points), lambda pair: pair[1].target)]
    for index, (target, members) in enumerate(groups):
        if target is None:
            continue
        first, last, y = frame.x(members[0]) - frame.half, frame.x(members[-1]) + frame.half, frame.y(target)
        first, last = max(first, frame.left), min(last, frame.width - RIGHT)
        add(root, "line", class_="target", x1=first, x2=last, y1=y, y2=y)
        if index == len(groups) - 1:
            label = say("Target {value}", frame.language, value=goal(target, frame.unit, frame.language))
            values = [p.value for p in frame.points[:3] if p.value is not None]
            below = any(frame.y(value) <= y and y - frame.y(value) < 24 for value in values)
            add(root, "text", label, class_="target-label", x=first + 4, y=y + 17 if below else y - 7)


def _line(root: Element, frame: _Frame) -> None:
    """Dashed wherever one of a stretch's two ends is provisional."""
    for index, (one, other) in enumerate(pairwise(frame.points)):
        if one.value is None or other.value is None:
            continue
        provisional = "provisional" in (one.status, other.status)
        add(
            root,
            "line",
            class_="line provisional" if provisional else "line",
            x1=frame.x(index),
            y1=frame.y(one.value),
            x2=frame.x(index + 1),
            y2=frame.y(other.value),
        )


def _marks(root: Element, frame: _Frame) -> None:
    for index, point in enumerate(frame.points):
        if point.value is None:
            continue
        x, y = frame.x(index), frame.y(point.value)
        mark = add(root, "g", class_=f"mark {point.status}")
        parts = [
            f"{period(point.first, point.last, frame.language)}: {with_unit(point.value, frame.unit, frame.language)}"
        ]
        if point.status == "provisional":
            parts.append(say("provisional", frame.language))
        if point.revision > 1:
            parts.append(say("revised {count} times", frame.language, count=point.revision - 1))
            add(mark, "path", class_="revised", d=f"M{x:.1f} {y - 11:.1f}l11 11l-11 11l-11-11Z")
        mark.insert(0, _title(" · ".join(parts)))
        add(mark, "circle", class_="reach", cx=x, cy=y, r=14)
        add(mark, "circle", class_="dot", cx=x, cy=y, r=4.5)


def _title(words: str) -> Element:
    title = Element("title")
    title.text = words
    return title


def _values(root: Element, frame: _Frame) -> None:
    """The newest value, and beside it all others where there is room: under the line where it turns upwards."""
    known = [(index, p.value) for index, p in enumerate(frame.points) if p.value is not None]
    written = [_written(value, frame) for _, value in known]
    room = frame.x(1) - frame.x(0) if len(frame.points) > 1 else frame.width
    if len(frame.points) > LABELLED or max(map(len, written)) * LETTER * 1.15 > room:
        known, written = known[-1:], written[-1:]
    if len(known) > 1 and _covers(frame, known[-1], written[-1], known[-2], written[-2]):
        del known[-2], written[-2]
    floor = frame.y(frame.scale.low)
    for place, ((index, value), label) in enumerate(zip(known, written, strict=True)):
        newest, x, y = place == len(known) - 1, frame.x(index), frame.y(value)
        beside = [known[near][1] for near in (place - 1, place + 1) if 0 <= near < len(known)]
        below = not newest and all(other > value for other in beside) and y + 34 < floor
        anchor = "end" if newest and x > frame.width - 90 else "middle"
        add(
            root,
            "text",
            label,
            class_="newest" if newest else "value-label",
            x=x + (10 if anchor == "end" else 0),
            y=y + 26 if below else y - 16,
            text_anchor=anchor,
        )


def _covers(frame: _Frame, newest: tuple[int, Decimal], label: str, other: tuple[int, Decimal], words: str) -> bool:
    """Whether the newest value, which is written larger and ends at its mark, would stand on the one before it."""
    begins = frame.x(newest[0]) + 10 - len(label) * LETTER * 1.5
    ends = frame.x(other[0]) + len(words) * LETTER * 1.2 / 2
    return begins - 8 < ends and abs(frame.y(newest[1]) - frame.y(other[1])) < 17


def _written(value: Decimal, frame: _Frame) -> str:
    if frame.scale.high < 1_000_000:
        label = amount(value, frame.unit, frame.language)
    else:
        label, finer = compact(value, frame.unit, frame.language), tick(value, frame.scale, frame.language)
        label = max(label, finer, key=len)  # no coarser than the axis
    return f"{label}%" if frame.unit == "%" else label
