"""What each page is given: plain values, in the page's language where they are words. Pages compute nothing.

Numbers stay Decimal and moments stay datetimes until a template writes them, so that one place decides how.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from screens.charts.areas import AreaMap
from screens.charts.series import Point
from screens.formats import RATES, Good
from screens.texts import Language

Status = Literal["provisional", "official", "missing"]
Quality = Literal["passed", "refused", "blocked", "unknown"]
"""passed: every rule held; refused: some records lie in quarantine; blocked: a newer batch was held back."""
Freshness = Literal["on_time", "late", "never", "unknown"]
Theme = Literal["auto", "light", "dark"]
Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Link:
    """A place to go to; `current` is where one is."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Field:
    """One of the nine fields of the reports; `wired` says whether any source feeds it yet."""

    id: str
    name: str
    href: str
    wired: bool = True
    current: bool = False


@dataclass(frozen=True)
class Change:
    """As warehouse.kpis.figure.Change: a figure beside another period's. `unit` is the difference's."""

    first: date
    last: date
    value: Decimal | None
    difference: Decimal | None
    unit: str
    percent: Decimal | None
    reason: str | None = None


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
    theme: Theme = "auto"
    home_href: str = "/"
    wall_href: str = "/wall"
    freshness_href: str = "/freshness"
    map_href: str = "/map"
    explore_href: str = "/explore"
    fields: Sequence[Field] = ()
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
class Column:
    """A table's column; numeric ones stand to the right."""

    label: str
    numeric: bool = False
    decimals: int | None = None
    """Of every number in the column, so that they stand under each other; None writes each as it is."""
    code: bool = False
    """Written in a fixed-width face: hashes, codes, SQL."""
    unit: str | None = None
    """Of the column's numbers, for a chart that has an axis for each unit."""


@dataclass(frozen=True)
class Row:
    """Cells in the order of the columns; `href` makes the first one a link."""

    cells: Sequence[Cell]
    href: str | None = None


@dataclass(frozen=True)
class Table:
    """Any table: a caption that says what it is, columns and rows. `empty` is said where there is no row."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: str | None = None


@dataclass(frozen=True)
class Wall:
    """At most eight tiles, for a screen that hangs on a wall."""

    title: str
    first: date
    last: date
    tiles: Sequence[Tile]

    def __post_init__(self) -> None:
        if len(self.tiles) > 8:
            raise ValueError(f"a wall holds at most 8 tiles, not {len(self.tiles)}: more cannot be read from afar")


@dataclass(frozen=True)
class FieldCard:
    """A field on the province's page: its name, how many KPIs, and up to three of them."""

    field: Field
    tiles: Sequence[Tile]
    count: int


@dataclass(frozen=True)
class Province:
    """The way in: the nine fields."""

    first: date
    last: date
    periods: Sequence[Link]
    cards: Sequence[FieldCard]


@dataclass(frozen=True)
class FieldPage:
    """All KPIs of a field."""

    field: Field
    first: date
    last: date
    periods: Sequence[Link]
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Option:
    """A choice in a form."""

    value: str
    label: str
    chosen: bool = False


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


@dataclass(frozen=True)
class Downloads:
    """The same figures as files."""

    csv: str
    xlsx: str
    metadata: str


@dataclass(frozen=True)
class KpiPage:
    """One KPI: its figure, how it went, what it is made of, where."""

    figure: Figure
    definition: Definition
    periods: Sequence[Link]
    areas: Sequence[Option]
    points: Sequence[Point]
    breakdowns: Sequence[Breakdown]
    ranking: Breakdown | None
    map: AreaMap | None
    table: Table
    downloads: Downloads
    ranking_note: str | None = None
    """Why a slice has no ranking."""
    map_href: str | None = None
    parts_href: str | None = None
    """Where parts that are not kept are computed; None where there are none to compute."""
    place: str = ""
    """Of what the figure is: an area, or a slice."""
    organisations: Sequence[Option] = ()
    """For an account of organisations: those to choose from."""


@dataclass(frozen=True)
class MapPage:
    """The communes of one era by one rate, and their ranking."""

    figure: Figure
    map: AreaMap
    ranking: Breakdown
    kpis: Sequence[Option]
    eras: Sequence[Link]
    """Before and since 1 July 2025."""
    periods: Sequence[Link] = ()
    kept: Sequence[tuple[str, str]] = ()
    """Parameters that the choice of another KPI keeps."""
    note: str | None = None
    """Why the map shows other areas than one would expect."""


@dataclass(frozen=True)
class SourceState:
    """How one source keeps its word."""

    name: str
    owner: str
    cadence: str
    state: Literal["on_time", "late", "blocked", "never"]
    last_success: datetime | None
    covered_to: date | None
    late_by: timedelta | None = None
    note: str | None = None
    href: str | None = None


@dataclass(frozen=True)
class FreshnessPage:
    """Every source, the late ones first."""

    sources: Sequence[SourceState]


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
    """First column: the period; one numeric column a series. The interactive chart is drawn from it."""
    unit: str | None = None
    """Of all series; None where there are two, an axis for each."""
    files: Sequence[Link] = ()
    examples: Sequence[Link] = ()
    """To begin with, where nothing is chosen."""


@dataclass(frozen=True)
class Explain:
    """Where a figure comes from, step by step down to its records."""

    figure: Figure
    definition: Definition
    formula: str
    """The formula in words: numerator ÷ denominator."""
    statements: Sequence[tuple[str, str]]
    """Title and SQL."""
    references: Table | None
    batches: Table
    checks: Table
    refused: Table
    revisions: Table
    pages: Table
    rows: Table | None
    """None for whoever may not see records."""
    refused_note: str | None = None
    batches_note: str | None = None
    """Why their accounts are not to be seen."""
    place: str = ""
    """Of what the figure is."""
    more_href: str | None = None
    """To more of the rows."""


@dataclass(frozen=True)
class Login:
    """The way in; `fault` says what did not fit without saying whether the account exists."""

    action: str
    next: str = "/"
    login: str = ""
    fault: str | None = None
    oidc_href: str | None = None
    oidc_name: str | None = None


@dataclass(frozen=True)
class Fault:
    """What went wrong, where, and what to do; `reference` finds it in the log."""

    status: int
    what: str
    todo: str
    where: str | None = None
    reference: str | None = None
    actions: Sequence[Link] = ()
    detail: str | None = None
    """What exactly was wrong."""
