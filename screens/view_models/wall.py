"""The wall: boards that follow each other on a screen in the operations centre."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.translation import Wording
from screens.charts.area_map import AreaMap
from screens.view_models.figure import Tile
from screens.wall_grid import MOST, Cell, cells


@dataclass(frozen=True)
class Board:
    """What the wall shows at a time: tiles, or the map of one KPI beside its tile."""

    title: str
    tiles: Sequence[Tile]
    large: int = 0
    """So many of the tiles, the first ones, are large."""
    seconds: int = 20
    """How long it is shown."""
    href: str = ""
    """The wall with this board before all others."""
    map: AreaMap | None = None

    def __post_init__(self) -> None:
        if len(self.tiles) > MOST:
            raise ValueError(
                f"a board holds at most {MOST} tiles, not {len(self.tiles)}: more cannot be read from afar"
            )

    @property
    def cells(self) -> Sequence[Cell]:
        """Where the tiles stand, in their order."""
        return cells(self.large, len(self.tiles) - self.large)


@dataclass(frozen=True)
class Alert:
    """A line of the strip: what is wrong now."""

    kind: Wording
    what: Wording
    since: datetime | None = None


@dataclass(frozen=True)
class Wall:
    """All boards of a period; the first one that is shown, from 0; and what is wrong, the gravest first."""

    first: date
    last: date
    boards: Sequence[Board]
    current: int = 0
    alerts: Sequence[Alert] = ()
    more_alerts: int = 0
    """So many others have no room."""
