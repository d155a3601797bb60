"""Figures as they were published: one CSV, a figure a line."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from hub.errors import Abort, WrongQuestion
from kpis.slices import parse_slices, slices_text

PUBLISHED = Path(__file__).parent.parent / "warehouse" / "reference" / "published"
COLUMNS = ("kpi", "measure", "breakdown", "from", "to", "value", "unit", "note")


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


def read_published(path: Path) -> list[Published]:
    """The figures of a CSV with the columns above. Raises Abort naming file, line and column of a fault."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS[:-1] if name not in (reader.fieldnames or ())]
            if missing:
                absent, needed = ", ".join(missing), ", ".join(COLUMNS[:-1])
                raise Abort(
                    f"{path.name} không có cột {absent}; tệp cần {needed}.",
                    f"{path.name} has no column {absent}; it needs {needed}.",
                )
            return [_figure(row, path.name, reader.line_num) for row in reader]
    except UnicodeDecodeError:
        raise Abort(
            f"Không đọc được {path}: không phải văn bản UTF-8.", f"{path} cannot be read: it is no UTF-8 text."
        ) from None
    except (OSError, csv.Error) as error:
        why = getattr(error, "strerror", str(error))
        raise Abort(f"Không đọc được {path}: {why}.", f"{path} cannot be read: {why}.") from None


def _figure(row: Mapping[str, str | None], file: str, line: int) -> Published:
    def fault(column: str, vi: str, en: str) -> Abort:
        return Abort(f"{file}, dòng {line}, cột {column}: {vi}", f"{file}, line {line}, column {column}: {en}")

    def cell(name: str) -> str:
        return (row[name] or "").strip()

    try:
        value = Decimal(cell("value"))
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        said = cell("value")
        raise fault(
            "value", f"{said!r} không phải là số, ví dụ 93.37.", f"{said!r} is no number such as 93.37."
        ) from None
    days = []
    for name in ("from", "to"):
        try:
            days.append(date.fromisoformat(cell(name)))
        except ValueError:
            said = cell(name)
            raise fault(
                name, f"{said!r} không phải là ngày, ví dụ 2023-06-30.", f"{said!r} is no day such as 2023-06-30."
            ) from None
    try:
        breakdown = parse_slices(cell("breakdown"))
    except WrongQuestion as error:
        raise fault("breakdown", error.vi, error.en) from None
    return Published(cell("kpi"), cell("measure"), breakdown, days[0], days[1], value, cell("unit"), line)
