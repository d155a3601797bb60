"""The page of one area."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kpis.figure import Figure
from screens.peers import PeerComparison
from screens.view_models.page import Link


@dataclass(frozen=True)
class AreaFigure:
    """A figure of the area."""

    figure: Figure
    href: str
    explain_href: str
    peers: PeerComparison | None = None
    """The province's figure and the peers', where they may be seen beside it."""


@dataclass(frozen=True)
class AreaField:
    """The figures of one field of the reports."""

    field: str
    name: str
    figures: Sequence[AreaFigure]


@dataclass(frozen=True)
class AreaPage:
    """All KPIs of an area."""

    name: str
    first: date
    last: date
    periods: Sequence[Link]
    fields: Sequence[AreaField]
    is_compared: bool
    """Whether any figure is seen beside others."""
    elsewhere: Sequence[str]
    """KPIs that are known for the whole province only."""
    inside: Sequence[Link]
    """The areas below it."""
    map_href: str
    board_href: str | None = None
    """The KPIs of the area on a page of paper; None for who may take no files."""
