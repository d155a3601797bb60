"""Who did what: the audit trail as people read it, filtered, in pages, and as a table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from hub.errors import WrongQuestion
from hub.periods import VIETNAM
from hub.sheets import Sheet, Value, write_csv, write_workbook
from hub.texts import shown_in_line
from hub.translation import Wording, msg
from warehouse.trail import Json

Connection = psycopg.Connection[Any]
MOST = 100_000
"""Entries in a file."""
COLUMNS: dict[str, Wording] = {
    "entry_id": msg("entry"),
    "at": msg("when"),
    "actor": msg("who"),
    "act": msg("act"),
    "subject": msg("what of"),
    "province": msg("province"),
    "before": msg("before"),
    "after": msg("after"),
    "reason": msg("reason"),
}
_LONGEST = 300
"""Characters of a value that a table shows."""


@dataclass(frozen=True)
class TrailFilter:
    """Which entries are asked for; nothing means all. `subject` is a path with everything below it."""

    subject: str | None = None
    actor: str | None = None
    act: str | None = None
    first: date | None = None
    last: date | None = None
    province: str | None = None

    def as_json(self) -> dict[str, Json]:
        """What an export is told to be of."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: str(value) for name, value in values.items() if value is not None}

    def condition(self) -> tuple[str, dict[str, Any]]:
        """As SQL over serving.audit_entries, and its values."""
        parts, values = ["true"], {name: value for name, value in vars(self).items() if value is not None}
        if self.subject is not None:
            parts.append("(subject = %(subject)s or starts_with(subject, %(subject)s || '/'))")
        parts += [f"{name} = %({name})s" for name in ("actor", "act", "province") if name in values]
        if self.first is not None:
            values["first"] = _moment(self.first)
            parts.append("at_text >= %(first)s")
        if self.last is not None:
            values["last"] = _moment(self.last + timedelta(days=1))
            parts.append("at_text < %(last)s")
        return " and ".join(parts), values


def _moment(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class TrailEntry:
    """An entry as it is read."""

    entry_id: int
    at: datetime
    act: str
    actor: str
    subject: str
    province: str | None
    before: Any
    after: Any
    reason: str | None
    version: str

    def row(self) -> dict[str, Any]:
        """As a line of a table: what changed is JSON in one line, cut where it is long."""
        return vars(self) | {"before": _in_line(self.before), "after": _in_line(self.after)}


def _in_line(value: Any) -> str:
    if value is None:
        return ""
    said = shown_in_line(msgspec.json.encode(value).decode())
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def entries(connection: Connection, asked: TrailFilter, count: int, before: int | None = None) -> list[TrailEntry]:
    """The newest entries that the connection may see; `before` is the entry after which the list goes on."""
    condition, values = asked.condition()
    if before is not None:
        condition, values = f"{condition} and entry_id < %(before)s", {**values, "before": before}
    with connection.cursor(row_factory=class_row(TrailEntry)) as cursor:
        return cursor.execute(
            "select entry_id, at, act, actor, subject, province, before, after, reason, version"
            f" from serving.audit_entries where {condition} order by entry_id desc"
            " limit %(count)s".encode(),
            {**values, "count": count},
        ).fetchall()


def write_table(
    connection: Connection,
    asked: TrailFilter,
    ending: str,
    say: Callable[[Wording], str],
    leaving: Callable[[TrailEntry], TrailEntry] = lambda entry: entry,
) -> bytes:
    """The entries as a file, .csv or .xlsx; `leaving` makes of an entry what may leave the hub. Raises WrongQuestion
    for another kind, and for more than MOST entries."""
    found = entries(connection, asked, MOST + 1)
    if len(found) > MOST:
        raise WrongQuestion(msg("There are more than {most} entries: ask for fewer days", most=MOST))
    header = [say(label) for label in COLUMNS.values()]
    if ending == ".csv":
        return write_csv(header, _rows(map(leaving, found)))
    if ending == ".xlsx":
        return write_workbook([Sheet(say(msg("Audit trail")), header, _rows(map(leaving, found)))])
    raise WrongQuestion(msg("{ending!r} is no kind of table; name a file that ends in .csv or .xlsx", ending=ending))


def _rows(found: Iterable[TrailEntry]) -> Iterator[list[Value]]:
    for one in found:
        row = one.row()
        yield [row[name] for name in COLUMNS]
