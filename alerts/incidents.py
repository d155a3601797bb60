"""Incidents: opened while a cause lasts, taken over by people, and closed by them or with the cause.

A cause has one incident at a time. A person may resolve it before its cause is gone: it is then not opened again until
the cause was gone once. Its history (`ledger.incident_event`) is only added to, and each step is an entry of the trail.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

import psycopg
from psycopg.rows import class_row

from alerts.kinds import KINDS, Kind
from alerts.situation import Cause, Situation
from hub.errors import Abort, HubError, WrongQuestion
from hub.texts import clean
from hub.translation import Text, Wording, msg
from warehouse import locks, trail
from warehouse.database import is_lost
from warehouse.serving import Connection, Province

_LOG = logging.getLogger(__name__)
State = Literal["new", "acknowledged", "assigned", "resolved"]
STATES: tuple[State, ...] = get_args(State)
LONGEST = 500
"""Characters of a reason, and of an assignee's name, at most."""


@dataclass(frozen=True)
class Opened:
    """An incident that was opened just now."""

    incident_id: int
    kind: Kind
    cause: Cause
    kpis: Sequence[str]


@dataclass
class Observed:
    """What an observation changed."""

    opened: list[Opened] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Incident:
    """An incident as it stands."""

    incident_id: int
    kind: str
    cause: str
    source: str | None
    feed: str | None
    kpis: list[str]
    what_vi: str
    what_en: str
    detail_vi: str | None
    detail_en: str | None
    state: State
    assignee: str | None
    opened_at: datetime
    gone_at: datetime | None
    changed_at: datetime

    @property
    def what(self) -> Wording:
        return Text(self.what_vi, self.what_en)

    @property
    def detail(self) -> Wording | None:
        return None if self.detail_vi is None else Text(self.detail_vi, self.detail_en or "")


@dataclass(frozen=True)
class Step:
    """A step of an incident's history."""

    state: State
    actor: str
    assignee: str | None
    reason: str | None
    happened_at: datetime


def hold(connection: Connection, province: Province) -> None:
    """Holds a province's incidents until the caller's transaction ends: of two who observe at once the second finds
    what the first has opened."""
    locks.hold_until_end(connection, f"incidents/{province.province_id}")


def observe(s: Situation, kinds: Sequence[Kind] = KINDS) -> Observed:
    """Brings the province's incidents up to the causes that there are, within the caller's transaction, which holds
    them. A kind whose causes cannot be found now keeps its incidents as they are."""
    hold(s.connection, s.province)
    living: dict[str, tuple[int, State, str]] = {
        cause: (incident, state, what)
        for incident, cause, state, what in s.connection.execute(
            "select incident_id, cause, state, concat(what_vi, detail_vi) from ledger.incident"
            " where province_id = %s and gone_at is null",
            (s.province.province_id,),
        )
    }
    observed = Observed()
    causes = {kind.id: _causes(kind, s) for kind in kinds}
    of_news = [causes[kind.id] for kind in kinds if kind.is_of_news]
    if of_news and None not in of_news:
        s.keep_seen()
    for kind in kinds:
        found = causes[kind.id]
        if found is None:
            continue
        for cause in found.values():
            if (name := f"{kind.id}/{cause.key}") not in living:
                observed.opened.append(_open(s, kind, name, cause))
            elif living[name][2] != cause.what.vi + (cause.detail.vi if cause.detail else ""):
                _renew(s.connection, living[name][0], cause)
        for name, (incident, state, _) in living.items():
            if name.startswith(f"{kind.id}/") and name.removeprefix(f"{kind.id}/") not in found:
                _close(s, incident, state)
                observed.closed.append(incident)
    return observed


def _causes(kind: Kind, s: Situation) -> dict[str, Cause] | None:
    if kind.is_of_news and not s.has_news:
        return None
    try:
        with s.connection.transaction():
            return {cause.key: cause for cause in kind.causes(s)}
    except (HubError, psycopg.Error, LookupError, ValueError, ArithmeticError) as error:
        if isinstance(error, psycopg.Error) and is_lost(error):
            raise
        _LOG.exception("causes of kind %s cannot be found; its incidents stay as they are", kind.id)
        return None


def _open(s: Situation, kind: Kind, name: str, cause: Cause) -> Opened:
    kpis = s.kpis_of(cause)
    detail = cause.detail
    row = s.connection.execute(
        "insert into ledger.incident (province_id, kind, cause, source, feed, kpis, what_vi, what_en, detail_vi,"
        " detail_en) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning incident_id",
        [
            s.province.province_id,
            kind.id,
            name,
            cause.source,
            cause.feed,
            kpis,
            cause.what.vi,
            cause.what.en,
            detail.vi if detail else None,
            detail.en if detail else None,
        ],
    ).fetchone()
    assert row is not None  # noqa: S101 - an insert returns its row
    _record(s.connection, row[0], s.province.code, None, "new", trail.process_actor(), cause=name)
    return Opened(row[0], kind, cause, kpis)


def _renew(connection: Connection, incident: int, cause: Cause) -> None:
    """The cause is the same, and there is more to say of it: another attempt, a newer batch."""
    connection.execute(
        "update ledger.incident set what_vi = %s, what_en = %s, detail_vi = %s, detail_en = %s where incident_id = %s",
        [
            cause.what.vi,
            cause.what.en,
            *((cause.detail.vi, cause.detail.en) if cause.detail else (None, None)),
            incident,
        ],
    )


def _close(s: Situation, incident: int, state: State) -> None:
    s.connection.execute(
        "update ledger.incident set gone_at = clock_timestamp(), state = 'resolved' where incident_id = %s", [incident]
    )
    if state != "resolved":
        _record(s.connection, incident, s.province.code, state, "resolved", trail.process_actor())


def advance(
    connection: Connection,
    incident: int,
    province: str,
    state: State,
    actor: str,
    *,
    assignee: str | None = None,
    reason: str | None = None,
) -> None:
    """A person's step, within the caller's transaction: to acknowledge, to assign to somebody, to resolve for a reason.

    Raises WrongQuestion where the province has no such incident, Abort where it is resolved already, or what the step
    needs is missing.
    """
    assignee, reason = (clean(said or "")[:LONGEST] or None for said in (assignee, reason))
    if state == "assigned" and assignee is None:
        raise Abort(msg("Say to whom it is assigned"))
    if state == "resolved" and reason is None:
        raise Abort(msg("Say why it is resolved"))
    row = connection.execute(
        "select state from ledger.incident where incident_id = %s and province_id ="
        " (select province_id from warehouse.dim_province where code = %s) for update",
        [incident, province],
    ).fetchone()
    if row is None:
        raise WrongQuestion(msg("There is no incident {incident}", incident=incident))
    before: State = row[0]
    if before == "resolved" or (state == "acknowledged" and before != "new"):
        raise Abort(msg("Incident {incident} is {state} already", incident=incident, state=STATE_NAMES[before]))
    connection.execute(
        "update ledger.incident set state = %s, assignee = coalesce(%s, assignee) where incident_id = %s",
        [state, assignee, incident],
    )
    _record(connection, incident, province, before, state, actor, assignee=assignee, reason=reason)


STATE_NAMES: dict[State, Wording] = {
    "new": msg("new"),
    "acknowledged": msg("acknowledged"),
    "assigned": msg("assigned"),
    "resolved": msg("resolved"),
}


def _record(
    connection: Connection,
    incident: int,
    province: str,
    before: State | None,
    state: State,
    actor: str,
    *,
    cause: str | None = None,
    assignee: str | None = None,
    reason: str | None = None,
) -> None:
    """A step of the history, and its entry in the trail."""
    connection.execute(
        "insert into ledger.incident_event (incident_id, state, actor, assignee, reason) values (%s, %s, %s, %s, %s)",
        [incident, state, actor, assignee, reason],
    )
    after: dict[str, trail.Json] = {"state": state}
    after |= {name: said for name, said in (("cause", cause), ("assignee", assignee)) if said}
    trail.write(
        connection,
        "incident",
        f"incident/{incident}",
        province=province,
        actor=actor,
        before=None if before is None else {"state": before},
        after=after,
        reason=reason,
    )


def incidents(
    connection: Connection,
    province: Province,
    *,
    resolved: bool = False,
    kind: str | None = None,
    source: str | None = None,
    limit: int = 500,
) -> list[Incident]:
    """The open incidents, or the resolved ones, the newest first, as whoever asks may see them."""
    with connection.cursor(row_factory=class_row(Incident)) as cursor:
        return cursor.execute(
            f"{_INCIDENTS} and (state = 'resolved') = %(resolved)s and (%(kind)s::text is null or kind = %(kind)s)"
            " and (%(source)s::text is null or source = %(source)s) order by incident_id desc limit %(limit)s",
            {
                "own": province.province_id,
                "resolved": resolved,
                "kind": kind,
                "source": source,
                "limit": limit,
            },
        ).fetchall()


def find(connection: Connection, province: Province, incident: int) -> tuple[Incident, list[Step]]:
    """An incident with its history. Raises WrongQuestion where there is none to be seen."""
    with connection.cursor(row_factory=class_row(Incident)) as cursor:
        found = cursor.execute(
            f"{_INCIDENTS} and incident_id = %(id)s", {"own": province.province_id, "id": incident}
        ).fetchone()
    if found is None:
        raise WrongQuestion(msg("There is no incident {incident}", incident=incident))
    with connection.cursor(row_factory=class_row(Step)) as cursor_:
        steps = cursor_.execute(
            "select state, actor, assignee, reason, happened_at from serving.incident_events"
            " where incident_id = %s order by event_id",
            [incident],
        ).fetchall()
    return found, steps


_INCIDENTS: Any = (
    "select incident_id, kind, cause, source, feed, kpis, what_vi, what_en, detail_vi, detail_en, state, assignee,"
    " opened_at, gone_at, changed_at from serving.incidents where province_id = %(own)s"
)
