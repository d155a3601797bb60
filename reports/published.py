"""Figures as they were published: one CSV, a figure a line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from pydantic import Field

from hub.errors import WrongQuestion
from hub.tables import Day, Number, Row, Word, read
from kpis.slices import parse_slices, slices_text


class PublishedRow(Row):
    """A line of the file."""

    kpi: Word
    measure: Word
    breakdown: str
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    value: Number
    unit: Word
    note: str = ""


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
        """Half a unit of the last printed digit: how far a rounded figure may be from what it stands for."""
        return Decimal(5).scaleb(-self.decimals - 1)


def read_published(file: Path) -> list[Published]:
    """The figures of a file. Raises Abort naming file, line and column of each fault."""
    figures = []
    for line in read(file, PublishedRow):
        row = line.row
        try:
            where = parse_slices(row.breakdown)
        except WrongQuestion as error:
            raise line.fault("breakdown", error) from None
        figures.append(Published(row.kpi, row.measure, where, row.first, row.last, row.value, row.unit, line.number))
    return figures
