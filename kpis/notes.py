"""Notes: a person explains the figures of a KPI and area, of a day or a range. None is ever changed: it is withdrawn,
which takes its text away, and another one written. Both are entries of the audit trail, which has the text as a salted
hash. See docs/decisions/0049."""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from connectors.personal import KINDS, text_kind
from hub.errors import Abort, WrongQuestion
from hub.periods import Period, require_range, require_years
from hub.texts import clean
from hub.translation import msg
from warehouse import trail
from warehouse.serving import Connection, Province

LONGEST, LONGEST_DAYS = 500, 366
"""Characters of a note, and days that it may explain."""
MOST_STANDING, MOST_SHOWN = 50, 20
"""Notes that stand on one KPI and area, and those that are shown with a figure or a trend, the newest ones: a figure
that fifty notes explain is explained by none, and each answer carries them."""
MOST_IN_AN_HOUR = 30
"""Notes that an account writes: each one, and each withdrawal, makes every open page ask for its figures anew."""
_MONEY = re.compile(r"\d[\d.,]* ?(?:đồng|VND)\b", re.IGNORECASE)
"""Has as many digits as an identity number."""


@dataclass(frozen=True)
class Note:
    """A note, as whoever sees the figures of its KPI and area reads it."""

    note_id: int
    kpi: str
    area: str | None
    area_id: int
    first: date
    last: date
    """Last day that it explains, inclusive."""
    text: str | None
    """None of one that was withdrawn."""
    author: str | None
    """Login of the account; None of one that was written by a command."""
    written_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    def explains(self, kpi: str, area_ids: Collection[int | None], days: Period) -> bool:
        """Whether it is about figures of that KPI and one of the areas, and meets the days."""
        return self.kpi == kpi and self.area_id in area_ids and self.meets(days.first, days.last)

    def meets(self, first: date, last: date) -> bool:
        """Whether it explains one of the days, both ends included."""
        return self.first <= last and first <= self.last


def notes(
    connection: Connection,
    province: Province,
    kpis: Collection[str] | None = None,
    area_ids: Collection[int] | None = None,
    *,
    withdrawn: bool = False,
) -> list[Note]:
    """Notes of the province that stand, those of the newest days last, as whoever asks may see them; of the given
    KPIs and areas, all of them without. `withdrawn` adds those, which say no text."""
    with connection.cursor(row_factory=class_row(Note)) as cursor:
        return cursor.execute(
            "select note_id, kpi, area, area_id, first_day as first, last_day as last, text, author, written_at,"
            " withdrawn_at, withdrawn_by from serving.kpi_notes where province_id = %(own)s"
            " and (%(withdrawn)s or withdrawn_at is null) and (%(kpis)s::text[] is null or kpi = any(%(kpis)s))"
            " and (%(areas)s::integer[] is null or area_id = any(%(areas)s))"
            " order by first_day, last_day, note_id",
            {
                "own": province.province_id,
                "withdrawn": withdrawn,
                "kpis": None if kpis is None else list(kpis),
                "areas": None if area_ids is None else list(area_ids),
            },
        ).fetchall()


def write_note(
    connection: Connection,
    province: Province,
    kpi: str,
    area_id: int,
    days: Period,
    text: str,
    actor: str | None = None,
) -> int:
    """Adds a note and its entry of the trail, within the caller's transaction, of a connection as accounts or loader;
    gives its number. Whether the actor may is the caller's to know.

    Raises Abort for no text, one that is too long, one that looks personal and one too many, on the figures or of the
    account in an hour; WrongQuestion for days that cannot be.
    """
    said, who = _checked(text, _names(connection, province)), actor or trail.process_actor()
    require_range(days.first, days.last)
    require_years(days.first, days.last)
    if (days.last - days.first).days >= LONGEST_DAYS:
        raise WrongQuestion(msg("A note explains at most a year; write one for each"))
    _require_room(connection, province, kpi, area_id)
    if actor:
        _require_rest(connection, actor)
    salt = secrets.token_hex(16)
    row = connection.execute(
        "insert into kpi.note (province_id, kpi_id, area_id, first_day, last_day, text, salt, author)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) returning note_id",
        [province.province_id, kpi, area_id, days.first, days.last, said, salt, who],
    ).fetchone()
    assert row is not None  # noqa: S101 - an insert returns its row
    after: dict[str, trail.Json] = {
        "kpi": kpi,
        "area_id": area_id,
        "from": str(days.first),
        "to": str(days.last),
        "text_sha256": hashlib.sha256((salt + said).encode()).hexdigest(),
    }
    trail.write(connection, "note", f"note/{row[0]}", province=province.code, actor=who, after=after)
    return int(row[0])


def withdraw_note(connection: Connection, province: Province, number: int, actor: str | None = None) -> None:
    """Withdraws a note that stands, by which it loses its text, with its entry of the trail, as `write_note` adds one.
    Raises WrongQuestion where there is none of that number."""
    who = actor or trail.process_actor()
    row = connection.execute(
        "update kpi.note set withdrawn_at = clock_timestamp(), withdrawn_by = %s"
        " where note_id = %s and province_id = %s and withdrawn_at is null returning note_id",
        [who, number, province.province_id],
    ).fetchone()
    if row is None:
        raise WrongQuestion(msg("There is no note {note} that stands; see `ioc note list`", note=number))
    trail.write(connection, "note", f"note/{number}", province=province.code, actor=who, after={"withdrawn": True})


def withdraw_naming(connection: Connection, province: Province, code: str) -> int:
    """Withdraws the notes that name a code, of a connection as owner; gives how many."""
    found = connection.execute(
        "select note_id from kpi.note where province_id = %s and position(lower(%s) in lower(text)) > 0 order by 1",
        [province.province_id, code],
    ).fetchall()
    for (number,) in found:
        withdraw_note(connection, province, number)
    return len(found)


def _require_room(connection: Connection, province: Province, kpi: str, area_id: int) -> None:
    row = connection.execute(
        "select count(*) from kpi.note"
        " where province_id = %s and kpi_id = %s and area_id = %s and withdrawn_at is null",
        [province.province_id, kpi, area_id],
    ).fetchone()
    if row and row[0] >= MOST_STANDING:
        raise Abort(msg("{count} notes stand on these figures already; withdraw one first", count=row[0]))


def _require_rest(connection: Connection, actor: str) -> None:
    row = connection.execute(
        "select count(*) from kpi.note where author = %s and written_at > clock_timestamp() - interval '1 hour'",
        [actor],
    ).fetchone()
    if row and row[0] >= MOST_IN_AN_HOUR:
        raise Abort(msg("This account has written {count} notes in an hour; write the next one later", count=row[0]))


def _names(connection: Connection, province: Province) -> list[str]:
    """Names of the province's areas and organisations, which may sound like a person's, the longest first."""
    rows = connection.execute(
        "select name from warehouse.dim_area where ancestor_ids && array(select area_id from warehouse.dim_area"
        " where level = 'province' and code = %s) union select name from warehouse.dim_organisation"
        " where province_id = %s and name is not null",
        [province.area, province.province_id],
    ).fetchall()
    return sorted((name for (name,) in rows), key=len, reverse=True)


def _checked(text: str, names: Collection[str]) -> str:
    """The text in its one form. Raises Abort for none, a long one, and one with something that looks personal, what is
    called by one of the names aside."""
    said = clean(text)
    if not said:
        raise Abort(msg("Say what explains the figures: the note is empty"))
    if len(said) > LONGEST:
        raise Abort(msg("The note has {count} characters; shorten it to {most}", count=len(said), most=LONGEST))
    looked_at = _MONEY.sub(" ", said)
    for name in names:
        looked_at = re.sub(re.escape(name), " ", looked_at, flags=re.IGNORECASE)
    if kind := text_kind(looked_at):
        raise Abort(
            msg(
                "The note seems to hold {what}. It is read by everyone who sees the figure: leave out what points at a"
                " person, and write it again",
                what=KINDS[kind],
            )
        )
    return said
