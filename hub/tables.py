"""Tables in files, read as csv_lines.py reads CSV; sheets.py writes them.

A row is a pydantic model whose fields are the columns. Every fault names file, line and column, and what to write.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Generic, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from hub.csv_lines import Csv, read_csv, twice
from hub.errors import Abort, Invalid
from hub.texts import clean
from hub.translation import Wording, join, msg
from hub.validation import words


class CsvRow(BaseModel):
    """A line of a table. Columns without a default must be there, in any order; others than these must not."""

    model_config = ConfigDict(extra="forbid", frozen=True)


R = TypeVar("R", bound=CsvRow)
_GROUPED = re.compile(r"[1-9]\d{0,2}\.\d{3}")
"""A number that people here read as thousands, and programs as a fraction."""


def _written(said: str) -> str:
    if not said:
        raise Invalid(msg("'' is empty; fill it in"))
    return said


def _whole(said: str) -> int:
    if not (said.isascii() and said.isdigit()):
        raise Invalid(msg("{said!r} is no whole number; write digits only", said=said))
    return int(said)


def _number(said: str) -> Decimal | None:
    try:
        found = Decimal(said) if said else None
    except InvalidOperation:
        found = Decimal("nan")
    if found is not None and not found.is_finite():
        raise Invalid(msg("{said!r} is no number; write 8310 or 8310.5", said=said))
    return found


def _needed(said: Decimal | None) -> Decimal | None:
    if said is None:
        raise Invalid(msg("'' is empty; write a number such as 93.37"))
    return said


def _one_meaning(said: str) -> str:
    if _GROUPED.fullmatch(said):
        raise Invalid(
            msg(
                "{said!r} may mean {thousands} or a fraction; write {thousands}, or {said}0",
                said=said,
                thousands=said.replace(".", ""),
            )
        )
    return said


def _positive(said: Decimal | None) -> Decimal | None:
    if said is None or said <= 0:
        raise Invalid(msg("must be a number above 0"))
    return said


def _day(said: str) -> date:
    try:
        return date.fromisoformat("" if "W" in said else said)  # a week is no day
    except ValueError:
        raise Invalid(msg("{said!r} is no day such as 2023-06-30", said=said)) from None


def _maybe_day(said: str) -> date | None:
    return _day(said) if said else None


Word = Annotated[str, AfterValidator(_written)]
"""Text that may not be empty; plain `str` may."""
Whole = Annotated[int, BeforeValidator(_whole)]
MaybeNumber = Annotated[Decimal | None, BeforeValidator(_number)]
Number = Annotated[Decimal, BeforeValidator(_needed), BeforeValidator(_number)]
Positive = Annotated[Decimal, BeforeValidator(_positive), BeforeValidator(_number), BeforeValidator(_one_meaning)]
"""A plan or a target: what figures are measured against."""
Day = Annotated[date, BeforeValidator(_day)]
MaybeDay = Annotated[date | None, BeforeValidator(_maybe_day)]


class LineFault(NamedTuple):
    """What is wrong with a line."""

    line: int
    column: str | None
    what: Wording


@dataclass(frozen=True, slots=True)
class Line(Generic[R]):
    """A row, and where it stands; the header is line 1."""

    file: Path
    number: int
    row: R

    def fault(self, column: str, what: Wording) -> Abort:
        """What is wrong with a value that only the reader of the whole can judge."""
        return Abort(told(self.file, LineFault(self.number, column, what)))


def told(file: Path, *faults: LineFault) -> Wording:
    """The faults of a file, a line each."""
    return join([_placed(file, *fault) for fault in faults], "\n")


def _placed(file: Path, line: int, column: str | None, what: Wording) -> Wording:
    if column is None:
        return msg("{file}, line {line}: {problem}", file=file, line=line, problem=what)
    return msg("{file}, line {line}, column {column}: {problem}", file=file, line=line, column=column, problem=what)


def read(file: Path, model: type[R], key: Sequence[str] = ()) -> list[Line[R]]:
    """The rows of a file, in which the columns of `key` together must not come twice.

    Raises Abort with all faults of the file.
    """
    lines, faults = examine(file, model, key)
    if faults:
        raise Abort(told(file, *faults))
    return lines


def examine(file: Path, model: type[R], key: Sequence[str] = ()) -> tuple[list[Line[R]], list[LineFault]]:
    """The good rows of a file, and the faults of the others. Raises Abort when it is no such table at all."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Abort(
            msg("{file}: not UTF-8 at byte {start}; save it as UTF-8", file=file, start=error.start),
        ) from None
    except OSError as error:
        raise Abort(msg("{file} cannot be read: {strerror}", file=file, strerror=error.strerror)) from None
    table = read_csv(text, columns_of(model), ",;\t") or Csv([], 1, iter(()))
    _check_header(file, model, table)
    lines: list[Line[R]] = []
    faults: list[LineFault] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, values, fault in table.lines:
        if fault:
            faults.append(LineFault(number, None, fault))
            continue
        said = dict(zip(table.header, map(clean, values), strict=True))
        try:
            row = model.model_validate(said)
        except ValidationError as error:
            faults += [
                LineFault(number, str(wrong["loc"][0]) if wrong["loc"] else None, words(wrong))
                for wrong in error.errors()
            ]
            continue
        identity = tuple(said.get(column, "") for column in key)
        if key and identity in seen:
            repeated = " ".join(filter(None, identity))
            faults.append(LineFault(number, key[-1], _twice(repeated, seen[identity])))
            continue
        seen[identity] = number
        lines.append(Line(file, number, row))
    return lines, faults


def columns_of(model: type[CsvRow]) -> list[str]:
    """The columns of a table, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _check_header(file: Path, model: type[CsvRow], table: Csv) -> None:
    known = columns_of(model)
    needed = {field.alias or name for name, field in model.model_fields.items() if field.is_required()}
    if needed <= set(table.header) <= set(known) and not twice(table.header):
        return
    found, right = ",".join(table.header), ",".join(known)
    raise Abort(
        msg(
            "{file}, line {line}: columns are {found!r}, must be {right!r}",
            file=file,
            line=table.header_line,
            found=found,
            right=right,
        ),
    )


def _twice(identity: str, line: int) -> Wording:
    return msg("{identity} is on line {line} already; keep one", identity=identity, line=line)
