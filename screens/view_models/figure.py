"""A figure as pages show it, alone and by its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from kpis.figure import Change, Status
from screens.charts.series import Point
from screens.formats import RATES, Good

Quality = Literal["passed", "refused", "blocked", "unknown"]
"""passed: every rule held; refused: some records lie in quarantine; blocked: a newer batch was held back."""
Freshness = Literal["on_time", "late", "never", "unknown"]


@dataclass(frozen=True)
class Figure:
    """As warehouse.kpis.figure.Figure, with its name, its good direction and its state in the page's language."""

    kpi: str
    name: str
    unit: str
    good: Good
    first: date
    last: date
    value: Decimal | None
    status: Status
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reason: str | None = None
    target: Decimal | None = None
    attainment: Decimal | None = None
    """The value in percent of the target, 100 and more being reached whichever way is good."""
    previous: Change | None = None
    year_ago: Change | None = None
    data_as_of: date | None = None
    loaded_at: datetime | None = None
    revision: int | None = None
    definition_version: int = 1
    is_estimated: bool = False
    quality: Quality = "unknown"
    freshness: Freshness = "unknown"
    href: str = ""
    explain_href: str = ""


@dataclass(frozen=True)
class Tile:
    """A figure and the way it came, on a wall or in a field."""

    figure: Figure
    points: Sequence[Point] = ()


@dataclass(frozen=True)
class Share:
    """One part of a breakdown, or one area of a ranking. `share` is in percent of the whole, where parts add up."""

    label: str
    value: Decimal | None
    share: Decimal | None = None
    href: str | None = None
    reason: str | None = None
    code: str | None = None
    """Area code, which ties a row of the ranking to its symbol on the map."""
    estimated: bool = False


@dataclass(frozen=True)
class Breakdown:
    """A figure's parts by one breakdown."""

    title: str
    unit: str
    parts: Sequence[Share]
    own: Decimal | None = None
    """The whole's value, beside which rates are seen; None where the parts are pieces of it."""
    whole: str = ""
    """Of what that is."""

    @property
    def size(self) -> int:
        return len(self.parts)

    @property
    def is_short(self) -> bool:
        """Whether the unit stands with every number; a long one is said once, in the heading."""
        return self.unit == "%" or self.unit not in RATES


@dataclass(frozen=True)
class Definition:
    """What a KPI is and who answers for it."""

    basis: str
    owner: str
    sources: Sequence[str]
    version: int
    government: bool = False
