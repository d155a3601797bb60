"""Pages of many figures: the province by its fields, one field."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from screens.view_models.figure import Tile
from screens.view_models.page import FieldLink, Link


@dataclass(frozen=True)
class FieldCard:
    """A field on the province's page: its name, how many KPIs, and up to three of them."""

    field: FieldLink
    tiles: Sequence[Tile]
    count: int


@dataclass(frozen=True)
class ProvincePage:
    """The way in: the fields."""

    first: date
    last: date
    periods: Sequence[Link]
    cards: Sequence[FieldCard]
    board_href: str | None = None
    """All figures of the period on a page of paper; None for who may take no files."""
    report_href: str | None = None
    """Where the period's report is made; None for who may not take it, and where none is set up."""
    place: str | None = None
    """The area that the figures are of, where it is not the whole province."""
    area_href: str | None = None
    """Where all figures of that area are."""


@dataclass(frozen=True)
class FieldPage:
    """All KPIs of a field."""

    field: FieldLink
    first: date
    last: date
    periods: Sequence[Link]
    tiles: Sequence[Tile]
    is_elsewhere: bool = False
    """Whether the field has KPIs at all, if only of the whole province."""
