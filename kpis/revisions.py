"""Writing of observations: a changed value becomes a new revision, and none is ever changed.

The only writer of what `kpis.history` reads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from psycopg import sql

from audit.merkle import nodes, range_hash
from hub.periods import Period
from kpis.definition import Definition
from kpis.figure import Status
from kpis.history import Cause
from warehouse.seals import INTO, OBSERVATION, Seal, hashes_of, row_leaves
from warehouse.serving import Connection, Province
from warehouse.trail import Json

LISTED = 1
"""Whole periods that the entry of the trail tells of a refresh; a receipt holds the entry, and is to stay small."""


class SliceFigure(NamedTuple):
    """The figure of one slice of one period: the whole province's, an area's, or a breakdown value's."""

    first: date
    last: date
    area_id: int
    breakdown: str
    """Such as `channel=online`; empty for the whole of the area."""
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: Status
    reason_vi: str | None = None
    reason_en: str | None = None
    """Why it is missing; the English text tells whether the reason is another one than before."""


class PeriodCause(NamedTuple):
    """One period and why it was computed: what all its slices have in common."""

    first: date
    last: date
    area_id: int
    """The province's own area in that period: with an empty breakdown it marks the whole."""
    data_as_of: date | None
    definition_version: int
    cause: Cause | None
    """Set where a person asked; None where the hub follows its facts."""
    meeting: int | None
    """Newest of the new batches whose days meet the period."""
    newest: int | None
    """Newest of the new batches that begin before the period ends."""


@dataclass(frozen=True)
class Revision:
    """A new revision of a whole period, beside the one before it."""

    observation_id: int
    period: Period
    revision: int
    before: Decimal | None
    after: Decimal | None
    status: Status
    definition_version: int
    cause: Cause


def write(
    connection: Connection,
    province: Province,
    definition: Definition,
    periods: Sequence[PeriodCause],
    figures: Iterable[SliceFigure],
) -> tuple[int, list[Revision]]:
    """Add a revision wherever a figure of the periods is another one than before; how many, and those of whole periods.

    Another reason for the same missing value is another figure. A slice that was kept and no longer comes becomes
    missing, for no reason that could be kept: nothing looked at it. The whole gets a revision, too, when its definition
    changed and its value did not: from then on the period follows that version. All revisions of one call bear one
    moment, one seal and one entry of the trail.
    """
    kpi = definition.id
    _give(connection, periods, figures)
    seal = Seal(connection, f"kpi/{province.province_id}/{kpi}", "figures")
    query = sql.SQL(_WRITE).format(
        key=OBSERVATION.named("o"), hash=seal.contents.hashed(OBSERVATION, "o"), into=INTO, own=seal.own(OBSERVATION)
    )
    written, changes = 0, []
    for whole, observation_id, first, last, *rest in connection.execute(
        query, {"province": province.province_id, "kpi": kpi}
    ):
        written += 1
        if whole:
            changes.append(Revision(observation_id, Period(first, last), *rest))
    changes.sort(key=lambda one: one.period)
    if written:
        _tell(connection, seal, province, definition, written, changes)
    connection.execute("drop table new_figure, new_period")  # the transaction may write another KPI's
    return written, changes


class Difference(NamedTuple):
    """A published figure that would get a new revision, and what that would say."""

    first: date
    last: date
    area_id: int
    breakdown: str
    before: Decimal | None
    after: Decimal | None
    status_before: Status | None
    """None of a figure that was not published."""
    status: Status
    version_before: int | None
    version: int
    numerator: Decimal | None
    denominator: Decimal | None
    is_whole: bool


def differences(
    connection: Connection,
    province: Province,
    kpi: str,
    periods: Sequence[PeriodCause],
    figures: Iterable[SliceFigure],
) -> list[Difference]:
    """What `write` would write, by period and slice; writes nothing."""
    _give(connection, periods, figures)
    rows = connection.execute(
        f"{_CHANGES} select first_day, last_day, area_id, breakdown, before, value, old_status, status, old_version,"
        " definition_version, numerator, denominator, is_whole from change"
        " order by first_day, last_day, not is_whole, area_id, breakdown".encode(),
        {"province": province.province_id, "kpi": kpi},
    ).fetchall()
    connection.execute("drop table new_figure, new_period")
    return [Difference(*row) for row in rows]


def _give(connection: Connection, periods: Sequence[PeriodCause], figures: Iterable[SliceFigure]) -> None:
    """Copies figures into temporary tables, new_figure and new_period."""
    connection.execute(
        "create temporary table new_figure (first_day date, last_day date, area_id integer, breakdown text,"
        " value numeric, numerator numeric, denominator numeric, status text, reason_vi text, reason_en text)"
        " on commit drop"
    )
    connection.execute(
        "create temporary table new_period (first_day date, last_day date, area_id integer, data_as_of date,"
        " definition_version integer, cause text, meeting bigint, newest bigint) on commit drop"
    )
    with connection.cursor() as cursor:
        for statement, rows in (("copy new_figure from stdin", figures), ("copy new_period from stdin", periods)):
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
    connection.execute("analyze new_figure, new_period")


def _tell(
    connection: Connection,
    seal: Seal,
    province: Province,
    definition: Definition,
    written: int,
    changes: Sequence[Revision],
) -> None:
    """Ends the seal; the entry of the trail binds every new observation by the root of a tree over the salted hashes of
    their rows, and tells the newest whole periods. A receipt of one figure takes the entry out of the hub, so that it
    has no value of another one about persons."""
    leaves = row_leaves(seal.salt, hashes_of(connection, seal.seal_id))
    whole: list[Json] = [
        {
            "from": one.period.first.isoformat(),
            "to": one.period.last.isoformat(),
            "revision": one.revision,
            "cause": one.cause,
            **({} if definition.about_persons else {"before": _text(one.before), "after": _text(one.after)}),
            "status": one.status,
            "definition": one.definition_version,
        }
        for one in changes[-LISTED:]
    ]
    seal.close(
        "figures",
        f"kpi/{definition.id}",
        province=province.code,
        after={
            "revisions": written,
            "rows": {"count": len(leaves), "root": range_hash((0, len(leaves)), nodes(leaves)).hex()},
            "periods": len(changes),
            "newest": whole,
        },
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


_CHANGES = """
-- the newest of each slice by its key, however many revisions came before: slices of a running year have hundreds
with newest as (
    select o.*
    from new_period
    join kpi.observation as slice using (first_day, last_day)
    cross join lateral (
        select o.*
        from kpi.observation as o
        where o.province_id = slice.province_id and o.kpi_id = slice.kpi_id and o.first_day = slice.first_day
            and o.last_day = slice.last_day and o.area_id = slice.area_id and o.breakdown = slice.breakdown
        order by o.revision desc
        limit 1
    ) as o
    where slice.province_id = %(province)s and slice.kpi_id = %(kpi)s and slice.revision = 1
),
compared as (
    select first_day, last_day, area_id, breakdown, s.value, s.numerator, s.denominator,
        coalesce(s.status, 'missing') as status, s.reason_vi, s.reason_en, n.status as old_status, n.value as before,
        coalesce(n.revision, 0) + 1 as revision, n.definition_version as old_version,
        (s.value, s.numerator, s.denominator, s.reason_en)
            is not distinct from (n.value, n.numerator, n.denominator, n.reason_en) as is_same
    from new_figure as s
    full join newest as n using (first_day, last_day, area_id, breakdown)
),
change as (
    select c.*, t.data_as_of, t.definition_version, c.area_id = t.area_id and c.breakdown = '' as is_whole,
        case
            when c.revision = 1 then 'first'
            when t.cause is not null then t.cause
            when c.is_same and t.meeting is null then 'time'
            else 'data'
        end as cause,
        case when t.cause is null and (t.meeting is not null or not c.is_same) then coalesce(t.meeting, t.newest) end
            as cause_batch_id
    from compared as c
    join new_period as t using (first_day, last_day)
    where not c.is_same or c.status is distinct from c.old_status
        or c.area_id = t.area_id and c.breakdown = '' and c.old_version <> t.definition_version
)
"""
_WRITE = (
    _CHANGES
    + """,
written as (
    insert into kpi.observation as o (province_id, kpi_id, first_day, last_day, area_id, breakdown, value, numerator,
        denominator, status, reason_vi, reason_en, revision, data_as_of, definition_version, cause, cause_batch_id,
        recorded_at)
    select %(province)s, %(kpi)s, first_day, last_day, area_id, breakdown, value, numerator, denominator, status,
        reason_vi, reason_en, revision, data_as_of, definition_version, cause, cause_batch_id, statement_timestamp()
    from change
    returning observation_id, first_day, last_day, area_id, breakdown, {key} as key, {hash} as hash
),
sealed as (
    {into}
    select {own}, %(province)s::smallint, null::bigint, null::integer, array_agg(key), array_agg(hash)
    from written
    group by first_day, last_day
)
select c.is_whole, w.observation_id, c.first_day, c.last_day, c.revision, c.before, c.value, c.status,
    c.definition_version, c.cause
from written as w
join change as c using (first_day, last_day, area_id, breakdown)
"""
)
