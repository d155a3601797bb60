"""A figure with everything that it takes to believe it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

from hub.names import Name
from hub.periods import Period
from hub.translation import Wording, msg
from kpis.definition import Definition, Good, Measured, comparable
from kpis.notes import Note
from kpis.question import Question
from kpis.slices import Slices
from warehouse.serving import Area

Status = Literal["provisional", "official", "missing"]
Origin = Literal["published", "computed"]
"""published: kept with revisions; computed: from the facts for this answer."""
Quality = Literal["passed", "refused", "blocked", "unknown"]
"""passed: every rule held; refused: some records lie in quarantine; blocked: a newer batch was held back."""
Freshness = Literal["on_time", "late", "never", "unknown"]
_HUNDRED = Decimal(100)


Reason = Wording
"""Why a figure is missing or provisional; of an official one which refused records it leaves out, by whose decision."""


@dataclass(frozen=True)
class Row:
    """One slice of a figure; a breakdown's value is None where the records have none."""

    breakdown: dict[str, str | None]
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    reason: Reason | None = None
    is_estimated: bool = False
    """Whether it holds a part of an area that was split."""
    area_id: int | None = None
    """Key of the area of a row by area: in a range over a reform a code can mean two."""


@dataclass(frozen=True)
class Change:
    """A figure beside that of another period, and how far it moved from there."""

    first: date
    last: date
    value: Decimal | None
    """The other period's value."""
    difference: Decimal | None
    unit: str
    """Of the difference: the figure's own, but percentage points between rates."""
    percent: Decimal | None
    """Growth in percent; none between rates, which differ in percentage points."""
    reason: Reason | None = None
    """Why something is null here."""
    denominator: Decimal | None = None
    """The other period's."""


@dataclass(frozen=True)
class Pace:
    """How a figure of the year to date stands to the year's target."""

    state: Literal["on_course", "behind"] | None
    """None where it cannot be said, with the reason."""
    reason: Reason | None = None
    expected: Decimal | None = None
    """What was to be reached by the day, of what accumulates."""
    share: Decimal | None = None
    """Percent of its year's sum that the year before had reached on the same day."""
    year: int | None = None
    """The year before."""


@dataclass(frozen=True)
class Figure:
    """The answer to a question: a KPI's measure over a range of days. A null value has status missing and a reason."""

    question: Question
    definition: Definition = field(compare=False)
    """Who it is called after; by which version it was computed says `definition_version`."""
    place: Area | None
    """Where it is of: the asked area, or the province; None where areas are not loaded."""
    measure: str
    unit: str
    status: Status
    definition_version: int
    reason: Reason | None = None
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    data_as_of: date | None = None
    """Last day of the range that all feeding data cover; for a snapshot the day that it is of."""
    loaded_at: datetime | None = None
    """When the newest data behind it were loaded."""
    target: Decimal | None = None
    """Of the year that the period ends in."""
    attainment: Decimal | None = None
    """The value in percent of the target, so that 100 and more is reached whichever way is good."""
    is_estimated: bool = False
    """Whether it holds a part of an area that was split, carried to today's areas."""
    previous: Change | None = None
    """Beside the range of the same length right before."""
    year_ago: Change | None = None
    """Beside the same days a year before."""
    pace: Pace | None = None
    """Whether a published figure of the year to date is on course for its target, see kpis.pace."""
    rows: list[Row] = field(default_factory=list)
    origin: Origin = "computed"
    revision: int | None = None
    """Revision of the observation that says the same; None where none is kept or it is not refreshed yet."""
    recorded_at: datetime | None = None
    """When a published figure was recorded."""
    cause: str | None = None
    """Why a published figure was recorded: first, data, time, definition or recompute."""
    quality: Quality = "unknown"
    freshness: Freshness = "unknown"
    notes: Sequence[Note] = ()
    """By which persons explain it, in the order of their days."""

    @property
    def kpi(self) -> str:
        return self.question.kpi

    @property
    def name(self) -> Name:
        return self.definition.name

    @property
    def good(self) -> Good:
        return self.definition.good

    @property
    def period(self) -> Period:
        return self.question.period

    @property
    def first(self) -> date:
        return self.question.period.first

    @property
    def last(self) -> date:
        return self.question.period.last

    @property
    def area(self) -> str | None:
        """Code of the place, the province's own included."""
        return self.place.area if self.place else self.question.area

    @property
    def area_id(self) -> int | None:
        return self.place.area_id if self.place else None

    @property
    def area_name(self) -> str | None:
        return self.place.name if self.place else None

    @property
    def is_of_province(self) -> bool:
        """Whether it is of the whole province."""
        return self.question.area is None

    @property
    def slices(self) -> Slices:
        return self.question.slices

    @property
    def breakdown(self) -> str:
        return self.question.breakdown

    @property
    def by(self) -> Sequence[str]:
        return self.question.by


class FigureLike(Measured, Protocol):
    """Whatever a figure is compared with, or is compared: a figure, or an observation."""

    @property
    def value(self) -> Decimal | None: ...

    @property
    def denominator(self) -> Decimal | None: ...

    @property
    def status(self) -> Status: ...

    @property
    def definition_version(self) -> int: ...


OTHER_MEASURE = msg("another measure was published then")
PROVISIONAL_THEN = msg("the figure of then is provisional")


def compare(own: FigureLike, period: Period, other: FigureLike, reason: Reason | None = None) -> Change:
    """How far a figure is from that of another period. It is compared with nothing that is not known, not of the same
    measure and definition, or not settled: a wrong comparison is worse than none. `reason` says why one of the two is
    not known."""
    different = unlike(own, other) if other.value is not None else None
    if other.value is None or different:
        return change(own.value, own.unit, period, None, different or reason)
    return change(own.value, own.unit, period, other.value, reason, other.denominator)


def unlike(own: FigureLike, other: FigureLike) -> Reason | None:
    """Why one known figure is not compared with another."""
    if not comparable(other, own):
        return OTHER_MEASURE
    if other.definition_version != own.definition_version:
        return msg(
            "the figure of then is by version {then} of the definition, this one by version {now}",
            then=other.definition_version,
            now=own.definition_version,
        )
    return PROVISIONAL_THEN if other.status == "provisional" else None


def change(
    own: Decimal | None,
    unit: str,
    period: Period,
    value: Decimal | None,
    reason: Reason | None = None,
    denominator: Decimal | None = None,
) -> Change:
    """How far a figure's own value is from the other period's, which is of `denominator`; `reason` says why one of the
    two is not known.

    Percentages are compared by their difference in percentage points; their relative growth misleads readers.
    """
    rate, difference, percent = unit == "%", None, None
    if own is not None and value is not None:
        difference, reason = own - value, None
        if not rate and value == 0:
            reason = msg("it was 0 then: there is nothing to grow from")
        elif not rate:
            percent = _HUNDRED * difference / value
    shown = "percentage points" if rate else unit
    return Change(period.first, period.last, value, difference, shown, percent, reason, denominator)
