"""What figures say of each other."""

from dataclasses import dataclass
from typing import Literal

from kpis.figure import Reason

Kind = Literal[
    "sum",
    "uncovered",
    "average",
    "quotient",
    "growth",
    "ratio",
    "points",
    "cut",
    "difference",
    "part",
    "twice",
    "period",
    "unit",
    "swapped",
]


@dataclass(frozen=True)
class Equation:
    """What some figures say of another one, and whether it is so. Figures are their places in the file, from 0."""

    kind: Kind
    derived: tuple[int, ...]
    """The figures that are said of the others: a total, a quotient, a growth, a part."""
    operands: tuple[int, ...]
    holds: bool
    arithmetic: Reason
