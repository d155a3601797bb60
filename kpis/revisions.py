"""The newest word on a KPI's periods, set beside what was said before; only what differs becomes a revision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from hub.periods import Period
from kpis.figure import Status
from warehouse.serving import Connection, Province

Cause = Literal["first", "data", "time", "definition", "recompute"]


class Said(NamedTuple):
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


class Told(NamedTuple):
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
    """A new revision of a whole period, beside what was said before it."""

    observation_id: int
    period: Period
    revision: int
    before: Decimal | None
    after: Decimal | None
    status: Status
    definition_version: int
    cause: Cause


def write(
    connection: Connection, province: Province, kpi: str, told: Sequence[Told], said: Iterable[Said]
) -> tuple[int, list[Revision]]:
    """Add a revision wherever the periods `told` now say something else; how many, and those of whole periods.

    Another reason for the same missing value is another word. A slice that was said and no longer is becomes missing,
    for no reason that could be kept: nothing looked at it. The whole is said anew too when its definition changed
    and its value did not: from then on the period follows that version. All revisions of one call bear one moment.
    """
    connection.execute(
        "create temporary table said (first_day date, last_day date, area_id integer, breakdown text, value numeric,"
        " numerator numeric, denominator numeric, status text, reason_vi text, reason_en text) on commit drop"
    )
    connection.execute(
        "create temporary table told (first_day date, last_day date, area_id integer, data_as_of date,"
        " definition_version integer, cause text, meeting bigint, newest bigint) on commit drop"
    )
    with connection.cursor() as cursor:
        for statement, rows in (("copy said from stdin", said), ("copy told from stdin", told)):
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
    connection.execute("analyze said, told")
    written, changes = 0, []
    for whole, observation_id, first, last, *change in connection.execute(_WRITE, (province.province_id, kpi) * 2):
        written += 1
        if whole:
            changes.append(Revision(observation_id, Period(first, last), *change))
    return written, sorted(changes, key=lambda change: change.period)


_WRITE = """
-- the newest of each slice by its key, however many revisions came before: slices of a running year have hundreds
with newest as (
    select o.*
    from told
    join kpi.observation as slice using (first_day, last_day)
    cross join lateral (
        select o.*
        from kpi.observation as o
        where o.province_id = slice.province_id and o.kpi_id = slice.kpi_id and o.first_day = slice.first_day
            and o.last_day = slice.last_day and o.area_id = slice.area_id and o.breakdown = slice.breakdown
        order by o.revision desc
        limit 1
    ) as o
    where slice.province_id = %s and slice.kpi_id = %s and slice.revision = 1
),
compared as (
    select first_day, last_day, area_id, breakdown, s.value, s.numerator, s.denominator,
        coalesce(s.status, 'missing') as status, s.reason_vi, s.reason_en, n.status as old_status, n.value as before,
        coalesce(n.revision, 0) + 1 as revision, n.definition_version as old_version,
        (s.value, s.numerator, s.denominator, s.reason_en)
            is not distinct from (n.value, n.numerator, n.denominator, n.reason_en) as is_same
    from said as s
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
    join told as t using (first_day, last_day)
    where not c.is_same or c.status is distinct from c.old_status
        or c.area_id = t.area_id and c.breakdown = '' and c.old_version <> t.definition_version
),
written as (
    insert into kpi.observation (province_id, kpi_id, first_day, last_day, area_id, breakdown, value, numerator,
        denominator, status, reason_vi, reason_en, revision, data_as_of, definition_version, cause, cause_batch_id,
        recorded_at)
    select %s, %s, first_day, last_day, area_id, breakdown, value, numerator, denominator, status, reason_vi, reason_en,
        revision, data_as_of, definition_version, cause, cause_batch_id, statement_timestamp()
    from change
    returning observation_id, first_day, last_day, area_id, breakdown
)
select c.is_whole, w.observation_id, c.first_day, c.last_day, c.revision, c.before, c.value, c.status,
    c.definition_version, c.cause
from written as w
join change as c using (first_day, last_day, area_id, breakdown)
"""
