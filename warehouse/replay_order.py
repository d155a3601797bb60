"""Replayed records that have been overtaken: what the source said after they were fetched stays.

A version tells by itself which of two records is newer. Where a feed has none, or two records bear the same one, the
time at which their pages were fetched does; a replay's pages keep that of the pages on which its records first came.
"""

from typing import Any

import psycopg
from psycopg import sql

from connectors.specification import Feed
from warehouse.facts import Mapping, as_fact_rows, mapping
from warehouse.ledger import Batch
from warehouse.schema.facts import rows_by_day
from warehouse.staging import Sql, Staging

Connection = psycopg.Connection[Any]
_READ_AGAIN = sql.SQL(
    "exists (select from ledger.batch n where n.province_id = %(province_id)s and n.source = %(source)s"
    " and n.feed = %(feed)s and n.kind = 'fetch' and n.status = 'published' and n.started_at > said.fetched_at"
    " and {day} between n.first_day - %(look_back)s and n.last_day)"
)


def take_out_overtaken(connection: Connection, batch: Batch, staging: Staging, feed: Feed, area_code: str) -> int:
    """Takes those records of a replay out of staging; gives their number.

    One is overtaken when its fact's row was fetched later, or when the feed, having no version, was read again over
    the record's day: the record was then read as the facts hold it, refused once more, or no longer listed.
    """
    to = mapping(f"{batch.source}.{batch.feed}", feed)
    not_newer: Sql = sql.SQL("true")
    read_again: Sql = sql.SQL("false")
    if feed.version:
        not_newer = sql.SQL("f.{0} >= c.{0}").format(sql.Identifier(feed.version))
    else:
        read_again = _READ_AGAIN.format(day=_day(to))
    return connection.execute(
        sql.SQL(
            "delete from {staged} where _row in (select i._row from {rows} i join {staged} s using (_row)"
            " join landing.page said on said.batch_id = %(batch_id)s and said.page_number = s._page"
            " cross join lateral jsonb_populate_record(null::{fact}, i.fact_row) c where {read_again}"
            " or exists (select from {held} f join landing.page h using (batch_id, page_number)"
            " where {same_key} and {not_newer} and h.fetched_at > said.fetched_at))"
        ).format(
            staged=staging.table,
            rows=as_fact_rows(staging, to),
            fact=to.table,
            held=sql.SQL(rows_by_day(to.fact)),
            read_again=read_again,
            same_key=sql.SQL(" and ").join(sql.SQL("f.{0} = c.{0}").format(sql.Identifier(key)) for key in to.keys),
            not_newer=not_newer,
        ),
        {
            "province_id": batch.province_id,
            "source": batch.source,
            "feed": batch.feed,
            "batch_id": batch.batch_id,
            "area_code": area_code,
            "look_back": feed.look_back.days,
        },
    ).rowcount


def _day(to: Mapping) -> Sql:
    """The day of a row `c` by which its feed is asked for."""
    computed = {name: to.fact.columns[name].computed for name in to.days}
    days = [sql.Identifier(name) if by is None else sql.SQL(str(by.sqltext)) for name, by in computed.items()]
    return sql.SQL("(select least({}) from (select c.*) as own)").format(sql.SQL(", ").join(days))
