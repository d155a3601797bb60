"""What frames every page, and the small things that any page holds: links, choices, tables.

As all that pages are given: plain values, in the page's language where they are words. Pages compute nothing; numbers
stay Decimal and moments stay datetimes until a template writes them, so that one place decides how.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from screens.texts import Language

Theme = Literal["auto", "light", "dark"]
Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Link:
    """A place to go to; `current` is where one is."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class FieldLink:
    """A field of the reports; `wired` says whether any source feeds it yet."""

    id: str
    name: str
    href: str
    wired: bool = True
    current: bool = False


@dataclass(frozen=True)
class Page:
    """What frames every page: language, place, person, and how to go on."""

    language: Language
    title: str
    path: str
    """Of this page, query included: what the language switch leads back to."""
    language_href: str
    """The same page in the other language."""
    now: datetime
    """By the clock: ages of what really happened are counted from it."""
    province: str
    whose: str | None = None
    """Of which area, and within which rights, the figures on the page are; None on a page without figures."""
    home_label: str | None = None
    """What the first page is of, where it is not the whole province."""
    address: str = ""
    """Of this page with its host, as paper bears it."""
    theme: Theme = "auto"
    home_href: str = "/"
    wall_href: str = "/wall"
    freshness_href: str = "/freshness"
    map_href: str = "/map"
    explore_href: str = "/explore"
    fields: Sequence[FieldLink] = ()
    work: Sequence[Link] = ()
    """Pages about data for the reader's role."""
    trail: Sequence[Link] = ()
    """From the province down to this page, itself left out."""
    account: str | None = None
    logout_href: str = "/logout"
    csrf: str = ""
    events_href: str | None = None
    """Server-sent events: `version` when data changed, `beat` at least every 20 seconds."""
    loaded_at: datetime | None = None
    """When the newest data on this page were published."""
    notice: str | None = None
    """What must be known of everything on the page."""


@dataclass(frozen=True)
class Option:
    """A choice in a form."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class TableColumn:
    """A table's column; numeric ones stand to the right."""

    label: str
    numeric: bool = False
    decimals: int | None = None
    """Of every number in the column, so that they stand under each other; None writes each as it is."""
    code: bool = False
    """Written in a fixed-width face: hashes, codes, SQL."""


@dataclass(frozen=True)
class TableRow:
    """Cells in the order of the columns; `href` makes the first one a link."""

    cells: Sequence[Cell]
    href: str | None = None


@dataclass(frozen=True)
class Table:
    """Any table: a caption that says what it is, columns and rows. `empty` is said where there is no row, `note` below
    the rows."""

    caption: str
    columns: Sequence[TableColumn]
    rows: Sequence[TableRow]
    empty: str | None = None
    note: str | None = None
