"""Pages of one KPI, of its map, and of several side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kpis.figure import Figure, Reason
from kpis.notes import Note
from kpis.projection import Projection
from screens.charts.area_map import AreaMap
from screens.charts.multiples import PanelGroup
from screens.charts.series import Mark, Point
from screens.view_models.figure import Breakdown, LastPlace
from screens.view_models.page import Link, Option, Table

GLANCE = 10
"""Rows that are seen without looking for one."""


@dataclass(frozen=True)
class Downloads:
    """The same figures as files."""

    csv: str
    xlsx: str
    metadata: str


@dataclass(frozen=True)
class ShownNote:
    """A note with its number on the page; `withdraw_action` takes a form of whoever may withdraw it."""

    number: int
    note: Note
    withdraw_action: str | None = None


@dataclass(frozen=True)
class NoteForm:
    """Where a note is written, and what was written before it was refused, with the reason."""

    action: str
    first: date | str
    last: date | str
    text: str = ""
    error: str | None = None


@dataclass(frozen=True)
class KpiPage:
    """One KPI: its figure, how it went, what it is made of, where."""

    figure: Figure
    sources: Sequence[str]
    """Titles of the feeds that the KPI reads."""
    periods: Sequence[Link]
    areas: Sequence[Option]
    points: Sequence[Point]
    breakdowns: Sequence[Breakdown]
    ranking: Breakdown | None
    map: AreaMap | None
    table: Table
    downloads: Downloads | None
    """None of a further measure, of days and of weeks, of which nothing is kept."""
    name: str = ""
    """Of the shown measure; empty for the KPI's own."""
    measures: Sequence[Link] = ()
    """All of the KPI's, where there are several."""
    steps: Sequence[Link] = ()
    """Months, weeks and days, where the trend can be drawn by them."""
    sought: str = ""
    """The names that lists show contain it."""
    kept: Sequence[tuple[str, str]] = ()
    """Parameters that a search keeps."""
    last_place: LastPlace | None = None
    ranking_note: str | None = None
    """Why a slice has no ranking."""
    explain_href: str = ""
    map_href: str | None = None
    parts_href: str | None = None
    """Where parts that are not kept are computed; None where there are none to compute."""
    place: str = ""
    """Of what the figure is: an area, or a slice."""
    organisations: Sequence[Option] = ()
    """For an account of organisations: those to choose from."""
    trend_files: Sequence[Link] = ()
    """The trend as a picture, for who may take files; so are the other charts."""
    spread_files: Sequence[Link] = ()
    map_files: Sequence[Link] = ()
    marks: Sequence[Mark] = ()
    """What stands on the trend's time axis besides figures."""
    notes: Sequence[ShownNote] = ()
    note_form: NoteForm | None = None
    """For who may write one."""
    projection: Projection | None = None
    """What the year may come to; it is no figure."""
    projection_note: Reason | None = None
    """Why there is none, of a sum of the year to date."""

    @property
    def has_long_list(self) -> bool:
        """Whether a list is too long to be seen at a glance, so that one looks for a name."""
        lists = [*self.breakdowns, *([self.ranking] if self.ranking else [])]
        return any(one.size > GLANCE for one in lists)


@dataclass(frozen=True)
class MapPage:
    """The areas of one era by one rate, and their ranking."""

    figure: Figure
    map: AreaMap
    ranking: Breakdown
    kpis: Sequence[Option]
    eras: Sequence[Link]
    """Before and since 1 July 2025."""
    zoom: Sequence[Link] = ()
    """From the whole down to the shown place."""
    levels: Sequence[Link] = ()
    """Districts or communes, where there is a choice."""
    scales: Sequence[Link] = ()
    """What the colours compare with."""
    area_href: str | None = None
    """Where all KPIs of the shown place are."""
    periods: Sequence[Link] = ()
    kept: Sequence[tuple[str, str]] = ()
    """Parameters that the choice of another KPI keeps."""
    note: str | None = None
    """Why the map shows other areas than one would expect."""
    files: Sequence[Link] = ()
    """The map as a picture, for who may take files; none of figures about persons in other times than the period's,
    which are not published."""


@dataclass(frozen=True)
class Explore:
    """KPIs, areas and periods to pick; the form is sent by GET, so the address holds the whole state."""

    kpis: Sequence[Option]
    areas: Sequence[Option]
    frequencies: Sequence[Option]
    first: Sequence[Option]
    """Months to begin with, by their first day."""
    last: Sequence[Option]
    """Months to end with, by their last day."""
    table: Table | None
    """A row for each period, a column for each series."""
    groups: Sequence[PanelGroup] = ()
    """The same as small charts, by unit."""
    chart_files: Sequence[Link] = ()
    table_files: Sequence[Link] = ()
    sought_kpi: str = ""
    """The names that the list shows contain it, and what is chosen."""
    sought_area: str = ""
    examples: Sequence[Link] = ()
    """To begin with, where nothing is chosen."""
