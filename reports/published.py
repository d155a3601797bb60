"""Figures as they were published: one CSV, a figure a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field

from hub.errors import Invalid, WrongQuestion
from hub.tables import CsvRow, Day, Line, Number, Word, read
from hub.translation import msg
from kpis.slices import parse_slices, slices_text

Bound = Literal["more", "nearly", "about"]
"""How a report says that a value is none of its exact figures: hơn or trên, gần, khoảng."""
Parts = Literal["all", "some"]
"""What a report says of the parts that it names of a total: they are all of it (gồm), or some (trong đó)."""


def _parts(said: str) -> str | None:
    if said not in ("", "all", "some"):
        raise Invalid(msg("{said!r} is neither all nor some; leave it empty where the report does not say", said=said))
    return said or None


def _bound(said: str) -> str | None:
    if said not in ("", *get_args(Bound)):
        raise Invalid(
            msg("{said!r} is none of more, nearly, about; leave it empty where the report is exact", said=said)
        )
    return said or None


def _over(said: str) -> bool:
    if said not in ("", "target"):
        raise Invalid(msg("{said!r} is not target; leave it empty where the value is the figure itself", said=said))
    return bool(said)


MaybeDay = Annotated[Day | None, BeforeValidator(lambda said: said or None)]


class PublishedRow(CsvRow):
    """A line of the file. Columns from `note` on may be missing."""

    kpi: Word
    measure: Word
    breakdown: str
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    value: Number
    unit: Word
    note: str = ""
    reported: MaybeDay = None
    """The day of the report, which one line may say for all."""
    parts: Annotated[Parts | None, BeforeValidator(_parts)] = None
    base_from: MaybeDay = None
    """With `base_to`: the figure is the change since these days; `%` is a growth, any other unit a difference."""
    base_to: MaybeDay = None
    bound: Annotated[Bound | None, BeforeValidator(_bound)] = None
    """What the value is a bound of, as the report says it."""
    over: Annotated[bool, BeforeValidator(_over)] = False
    """`target`: the value is by how much the figure is over the target of its year, less than 0 where it is under it;
    of a rate in percentage points."""


@dataclass(frozen=True)
class Published:
    """One published figure, with the digits that were printed."""

    kpi: str
    measure: str
    where: Mapping[str, tuple[str, ...]]
    first: date
    last: date
    value: Decimal
    unit: str
    line: int
    """Where it stands in its file; the header is line 1."""
    reported: date | None = None
    parts: Parts | None = None
    base: tuple[date, date] | None = None
    """First and last day of the figure from which this one says the change."""
    bound: Bound | None = None
    over_target: bool = False
    """Whether it says by how much the figure is over the target of its year."""

    @property
    def breakdown(self) -> str:
        return slices_text(self.where)

    @property
    def name(self) -> str:
        """What it is a figure of, in one line; the days aside."""
        return " ".join(filter(None, [self.kpi, self.measure, self.breakdown]))

    @property
    def decimals(self) -> int:
        return max(0, -int(self.value.as_tuple().exponent))

    @property
    def half_digit(self) -> Decimal:
        """Half a unit of the last printed digit: how far a rounded figure may be from its own. A bound reaches
        further."""
        rounded = Decimal(5).scaleb(-self.decimals - 1)
        return max(rounded, self.reach) if self.bound else rounded

    @property
    def reach(self) -> Decimal:
        """How far a figure may be from a bound: a tenth of it, or one unit of its last digit."""
        return max(abs(self.value) / 10, Decimal(1).scaleb(-self.decimals))

    def meets(self, computed: Decimal) -> bool:
        """Whether a figure is what the bound says: more than it, nearly it, or about it."""
        above = computed - self.value
        low, high = {
            "more": (Decimal(0), self.reach),
            "nearly": (-self.reach, Decimal(0)),
            "about": (-self.reach, self.reach),
        }[str(self.bound)]
        return low <= above <= high and (self.bound == "about" or above != 0)


def read_published(file: Path) -> list[Published]:
    """The figures of a file. Raises Abort naming file, line and column of each fault."""
    lines = read(file, PublishedRow)
    reported = _report_day(lines)
    return [replace(_figure(line), reported=reported) for line in lines]


def _figure(line: Line[PublishedRow]) -> Published:
    row, base = line.row, None
    try:
        where = parse_slices(row.breakdown)
    except WrongQuestion as error:
        raise line.fault("breakdown", error) from None
    if row.base_from and row.base_to:
        base = (row.base_from, row.base_to)
        if row.base_from > row.base_to or row.base_to > row.last:
            raise line.fault("base_to", msg("must not be before base_from nor after to"))
    elif row.base_from or row.base_to:
        missing = "base_to" if row.base_from else "base_from"
        raise line.fault(missing, msg("is empty; a base needs its first and its last day"))
    if row.over and base:
        raise line.fault("over", msg("must be empty where the value is a change since base_from and base_to"))
    return Published(
        row.kpi,
        row.measure,
        where,
        row.first,
        row.last,
        row.value,
        row.unit,
        line.number,
        None,
        row.parts,
        base,
        row.bound,
        row.over,
    )


def _report_day(lines: Sequence[Line[PublishedRow]]) -> date | None:
    """The one day that the lines name. Raises Abort at the first line that names another."""
    known: date | None = None
    for line in lines:
        if known and line.row.reported not in (None, known):
            raise line.fault("reported", msg("the report is of {day} on a line above; a file is one report", day=known))
        known = known or line.row.reported
    return known
