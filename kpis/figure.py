"""A figure with everything that it takes to believe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Status = Literal["provisional", "official", "missing"]


@dataclass(frozen=True)
class Reason:
    """Why a figure is missing or provisional, in both languages."""

    vi: str
    en: str


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
class Figure:
    """A KPI's measure over a range of days, both inclusive. A null value has status missing and a reason."""

    kpi: str
    measure: str
    first: date
    last: date
    province: str
    area: str | None
    where: Mapping[str, Sequence[str]]
    unit: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: Status
    reason: Reason | None
    data_as_of: date | None
    """Last day of the range that all feeding data cover; for a snapshot the day that it is of."""
    loaded_at: datetime | None
    definition_version: int
    target: Decimal | None = None
    revision: int | None = None
    """Revision of the kept observation that says the same; None where none is kept or it is not refreshed yet."""
    attainment: Decimal | None = None
    """The value in percent of the target, so that 100 and more is reached whichever way is good."""
    is_estimated: bool = False
    """Whether it holds a part of an area that was split, carried to today's areas."""
    previous: Change | None = None
    """Beside the range of the same length right before; filled by series.with_changes."""
    year_ago: Change | None = None
    """Beside the same days a year before; filled by series.with_changes."""
    by: Sequence[str] = ()
    rows: list[Row] = field(default_factory=list)


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """As people round, and as the reports do."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
