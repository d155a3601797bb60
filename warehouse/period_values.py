"""Values of a feed that tells figures of days or months: those of a batch, and those that the fact holds of before."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from connectors.specification import Feed
from warehouse.facts import incoming, mapping
from warehouse.schema.facts import FACTS, periodic_days, rows_by_day
from warehouse.staging import Sql, Staging

Connection = psycopg.Connection[Any]
_FURTHEST = {"month": timedelta(400), "day": timedelta(14)}
"""How far before a batch the fact is asked, by the feed's slice: a month's season has been seen once."""


class PeriodValue(NamedTuple):
    """The values of a series, which is what else identifies a row of the fact, in one period."""

    batch_id: int | None
    """None of what the fact holds."""
    part: str
    """Whose it is, or of which indicator; empty of what the fact holds, and where the feed names neither."""
    series: str
    period: date
    """The last day of the month, or the day."""
    values: tuple[float | None, ...]
    """In the order of `measures`."""


def is_measure(feed: Feed, name: str) -> bool:
    """Whether a column of a feed is a number that is added up."""
    column = feed.kept[name]
    counts = column.type in ("integer", "number") and not (column.key or column.codes)
    return counts and column.fact and name != feed.version


def measures(feed: Feed) -> list[str]:
    """The numbers that a feed tells of each of its days or months; none of a feed of events or things."""
    fact = FACTS[feed.fact]
    if feed.slice not in _FURTHEST or _period(feed) is None:
        return []
    return [name for name in feed.kept if is_measure(feed, name) and name in fact.columns]


def period_values(
    connection: Connection, where: str, staging: Staging, feed: Feed, home: Dictionary[str, Any]
) -> list[PeriodValue]:
    """The values of all batches in staging without refused rows, and those that the fact holds of the periods from 400
    days (of a feed by days 14) before them; of these no provisional ones, which nobody has confirmed. `where` names the
    feed; `home` holds province_id and area_code."""
    to, names = mapping(where, feed), measures(feed)
    day = sql.Identifier(str(_period(feed)))
    period = sql.SQL("(date_trunc('month', {}) + interval '1 month - 1 day')::date").format(day)
    keys = [key for key in to.keys if key not in ("province_id", "source", "first_day", _period(feed))]
    part = feed.deliverers.column if feed.deliverers else "indicator" if "indicator" in feed.kept else None
    values = {
        "series": sql.SQL("row({})::text").format(_joined(keys)),
        "period": period if feed.slice == "month" else day,
        "day": day,
        "sums": sql.SQL(", ").join(sql.SQL("sum({})::float").format(sql.Identifier(name)) for name in names),
        "key": _joined([*to.keys, "batch_id"]),
        "newest": sql.SQL("{} desc nulls last, ").format(sql.Identifier(feed.version)) if feed.version else sql.SQL(""),
        "rows": incoming(
            staging,
            to,
            [
                sql.SQL("s._row"),
                sql.SQL("{}::text as _part").format(
                    sql.SQL("s.{}").format(sql.Identifier(part)) if part else sql.SQL("''")
                ),
            ],
        ),
        "table": staging.table,
        "rejected": staging.rejected,
        "fact": sql.SQL(rows_by_day(to.fact)),
        "own": to.scope,
        "before": sql.Literal(_FURTHEST[feed.slice]),
    }
    rows = connection.execute(
        sql.SQL(
            "with one as (select distinct on ({key}) * from {rows} i where i._row not in (select _row from {rejected})"
            " order by {key}, {newest}_row desc)"
            " select batch_id, coalesce(max(_part), ''), {series}, {period}, {sums} from one where {day} is not null"
            " group by 1, 3, 4 union all"
            " select null, '', {series}, {period}, {sums} from {fact} f where {own}"
            " and {day} >= (select min({day}) from {table}) - {before} and {day} <= (select max({day}) from {table})"
            " and not exists (select from ledger.batch b where b.batch_id = f.batch_id and b.is_provisional"
            " and not exists (select from quality.release r where r.batch_id = b.batch_id)) group by 3, 4"
        ).format(**values),
        home,
    )
    return [PeriodValue(batch, part, series, last, tuple(found)) for batch, part, series, last, *found in rows]


def _period(feed: Feed) -> str | None:
    """The column of a feed's fact that says of which day or month a row is, where a batch replaces that whole."""
    return next((name for name in feed.replace if name in periodic_days(FACTS[feed.fact])), None)


def _joined(names: Sequence[str]) -> Sql:
    return sql.SQL(", ").join(map(sql.Identifier, names))
