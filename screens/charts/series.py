"""A figure over periods, as charts are given it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from kpis.figure import Status


@dataclass(frozen=True)
class Point:
    """The figure of one period; a null value is a gap and never 0."""

    first: date
    last: date
    value: Decimal | None
    status: Status = "official"
    revision: int = 1
    """From 1; higher for a figure that was published with other values before."""
    target: Decimal | None = None


@dataclass(frozen=True)
class Mark:
    """What stands on the time axis besides figures: a note on them, or what changes how they are read."""

    kind: Literal["note", "definition", "reform", "holiday"]
    first: date
    last: date
    """Inclusive; of a definition and a reform the day from which they hold."""
    words: str
    number: int | None = None
    """Of a note."""
    href: str | None = None
    """Where a note is told, on a page."""


def runs(points: list[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """The stretches between gaps."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            found.append([])
        else:
            found[-1].append((x, y))
    return [run for run in found if run]


def path(run: list[tuple[float, float]]) -> str:
    """The stretch as an SVG path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
