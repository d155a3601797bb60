"""Reminders to units that are late, with evidence that holds up when they are counted against a unit's head.

A reminder is made only where the hub can show that it was there: it watched from the moment at which the delivery could
be had until the deadline; hub and gateway were up for all of the time that the unit has (time in which they were not is
added to the deadline); and after the deadline it asked for just these days, and did not get them. What came and was
blocked or refused was delivered: it makes no reminder. Each missed deadline is one reminder at most. A person may
withdraw one, with a reason; then it no longer counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from alerts import outages
from alerts.lateness import missed_deliveries
from alerts.outages import Attempt
from alerts.situation import Missed, Situation
from hub.errors import Abort, WrongQuestion
from hub.owners import owner_name
from hub.periods import Period
from hub.texts import clean
from hub.translation import Text, Wording, msg
from warehouse import trail
from warehouse.serving import Connection, Province

_MOST = 20
"""Attempts that the evidence names; the first and the last are always among them."""


@dataclass(frozen=True)
class Reminder:
    """A reminder as it stands; `number` counts those of the unit in the year, None of one that was withdrawn."""

    reminder_id: int
    unit: str
    source: str
    feed: str
    deliverer: str
    days: Period
    deadline: datetime
    year: int
    number: int | None
    evidence: dict[str, Any]
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None

    @property
    def name(self) -> Wording:
        """The unit's, as it was known when the reminder was made."""
        said = self.evidence.get("unit_name")
        return Text(said["vi"], said["en"]) if said else owner_name(self.unit)

    @property
    def what(self) -> Wording:
        """What was due."""
        title = str(self.evidence.get("title", f"{self.source}.{self.feed}"))
        return msg("{title} from {first} to {last}", title=title, first=self.days.first, last=self.days.last)

    @property
    def due_at(self) -> datetime:
        """As the schedule says it; `deadline` has the outages added."""
        return datetime.fromisoformat(self.evidence["due_at"])

    @property
    def looks(self) -> list[datetime]:
        """When the hub asked for the days after the deadline."""
        return [datetime.fromisoformat(one["at"]) for one in self.evidence["attempts"]]


def record(s: Situation) -> list[Reminder]:
    """Makes the reminders that are due and were not made yet, within the caller's transaction, which holds the
    province's incidents."""
    made: list[int] = []
    known = {
        (source, feed, deliverer, last)
        for source, feed, deliverer, last in s.connection.execute(
            "select source, feed, deliverer, last_day from ledger.reminder where province_id = %s",
            [s.province.province_id],
        )
    }
    for missed in missed_deliveries(s):
        identity = (missed.source, missed.feed, missed.deliverer, missed.days.last)
        if identity in known or (found := evidence(s, missed)) is None:
            continue
        known.add(identity)
        row = s.connection.execute(
            "insert into ledger.reminder (province_id, unit, source, feed, deliverer, first_day, last_day, deadline,"
            " evidence) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning reminder_id",
            [
                s.province.province_id,
                missed.unit,
                missed.source,
                missed.feed,
                missed.deliverer,
                missed.days.first,
                missed.days.last,
                missed.deadline,
                Jsonb(found),
            ],
        ).fetchone()
        assert row is not None  # noqa: S101 - an insert returns its row
        subject = f"reminder/{row[0]}"
        after: dict[str, trail.Json] = {
            "unit": missed.unit,
            "feed": f"{missed.source}.{missed.feed}",
            "first_day": missed.days.first.isoformat(),
            "last_day": missed.days.last.isoformat(),
            "deadline": missed.deadline.isoformat(),
        }
        trail.write(s.connection, "reminder", subject, province=s.province.code, after=after)
        made.append(row[0])
    return [one for one in reminders(s.connection, s.province) if one.reminder_id in made]


def evidence(s: Situation, missed: Missed) -> dict[str, Any] | None:
    """What the hub saw and when; None where it cannot show that the unit was late by its own fault."""
    begins = missed.due_at - s.sources[missed.source].lateness
    watched = outages.watched(s.connection, s.province)
    if not watched or watched[0][0] > begins or watched[-1][1] < missed.deadline:
        return None
    looked = [
        one
        for one in s.attempts
        if one.started_at >= missed.deadline
        and _shows(one, missed)
        and not any(outage.holds(one.started_at) for outage in s.outages)
    ]
    if not looked or _was_refused(s, missed, looked):
        return None
    own = [one for one in s.outages if one.since < missed.deadline and (one.until is None or one.until > begins)]
    shown = looked if len(looked) <= _MOST else [*looked[: _MOST - 1], looked[-1]]
    return {
        "title": s.title(missed.source, missed.feed),
        "unit_name": {"vi": missed.name.vi, "en": missed.name.en},
        "begins_at": begins.isoformat(),
        "due_at": missed.due_at.isoformat(),
        "deadline": missed.deadline.isoformat(),
        "attempts": [
            {"batch_id": one.batch_id, "at": one.started_at.isoformat(), "status": one.status} for one in shown
        ],
        "outages": [
            {"what": one.what, "since": one.since.isoformat(), "until": one.until.isoformat() if one.until else None}
            for one in own
        ],
        "watched": [
            {"since": began.isoformat(), "until": seen.isoformat()}
            for began, seen in watched
            if seen > begins and began < s.now
        ],
    }


def _shows(one: Attempt, missed: Missed) -> bool:
    """Whether an attempt asked for these days, and they did not come. Of one deliverer among several only an answer
    shows that nothing of it was there."""
    did_not_come = one.status == "published" or (not missed.deliverer and one.has_failed)
    return did_not_come and one.asks_for(missed.source, missed.feed, missed.days)


def _was_refused(s: Situation, missed: Missed, looked: Sequence[Attempt]) -> bool:
    """Whether refused records of these batches may be of the deliverer: then it did deliver."""
    row = s.connection.execute(
        "select exists (select from quality.quarantine as q join ledger.batch as b using (batch_id)"
        " where batch_id = any(%(looked)s) and coalesce(lower(q.fact_row ->> b.deliverer_column), %(own)s) = %(own)s)",
        {"looked": [one.batch_id for one in looked], "own": missed.deliverer},
    ).fetchone()
    return bool(missed.deliverer) and row == (True,)


def reminders(
    connection: Connection, province: Province, *, unit: str | None = None, year: int | None = None
) -> list[Reminder]:
    """The reminders, the oldest first."""
    rows = connection.execute(
        f"{_REMINDERS} and (%(unit)s::text is null or unit = %(unit)s) and (%(year)s::int is null or year = %(year)s)"
        " order by reminder_id".encode(),
        {"own": province.province_id, "unit": unit, "year": year},
    )
    return [_reminder(row) for row in rows]


def find(connection: Connection, province: Province, reminder: int) -> Reminder:
    """One of them. Raises WrongQuestion where there is none to be seen."""
    row = connection.execute(
        f"select * from ({_REMINDERS}) as r where reminder_id = %(id)s".encode(),
        {"own": province.province_id, "id": reminder},
    ).fetchone()
    if row is None:
        raise WrongQuestion(msg("There is no reminder {reminder}", reminder=reminder))
    return _reminder(row)


def withdraw(connection: Connection, province: Province, reminder: int, actor: str, reason: str) -> None:
    """Takes a reminder back, within the caller's transaction: it stays in the list and no longer counts."""
    if not (reason := clean(reason)[:500]):
        raise Abort(msg("Say why it is withdrawn"))
    changed = connection.execute(
        "update ledger.reminder set withdrawn_at = clock_timestamp(), withdrawn_by = %s, withdrawn_reason = %s"
        " where reminder_id = %s and province_id = %s and withdrawn_at is null",
        [actor, reason, reminder, province.province_id],
    ).rowcount
    if not changed:
        raise WrongQuestion(msg("There is no reminder {reminder} that counts", reminder=reminder))
    after: dict[str, trail.Json] = {"withdrawn": True}
    trail.write(
        connection, "reminder", f"reminder/{reminder}", province=province.code, actor=actor, after=after, reason=reason
    )


def _reminder(row: Sequence[Any]) -> Reminder:
    reminder_id, unit, source, feed, deliverer, first, last, *rest = row
    return Reminder(reminder_id, unit, source, feed, deliverer, Period(first, last), *rest)


_REMINDERS = (
    "select reminder_id, unit, source, feed, deliverer, first_day, last_day, deadline, year, number, evidence, made_at,"
    " withdrawn_at, withdrawn_by, withdrawn_reason from serving.reminders where province_id = %(own)s"
)
