"""A figure as pages show it, alone and by its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hub.periods import Period
from kpis.figure import Figure
from screens.charts.series import Point
from screens.formats import RATES
from screens.peers import PeerComparison
from screens.view_models.page import Link


@dataclass(frozen=True)
class Tile:
    """A figure and the way it came, on a wall or in a field."""

    figure: Figure
    points: Sequence[Point] = ()
    href: str = ""
    explain_href: str = ""
    """Both empty on a wall that leads nowhere."""
    peers: PeerComparison | None = None
    """The province's figure and the peers', of a tile of the reader's own area."""


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
    by: str = ""
    """The breakdown's id."""
    files: Sequence[Link] = ()
    """The parts as a picture, for who may take files."""

    @property
    def size(self) -> int:
        return len(self.parts)

    @property
    def is_short(self) -> bool:
        """Whether the unit stands with every number; a long one is said once, in the heading."""
        return self.unit == "%" or self.unit not in RATES


@dataclass(frozen=True)
class LastPlace:
    """The area that is the worst of those ranked, by months."""

    name: str
    href: str
    since: Period
    """The first of the months in a row, up to `to`, in which it was."""
    to: Period
    months: int
    is_since_the_first: bool
    """Whether the months before are not known or not looked at, so that it may have been the worst for longer."""
