"""Incidents, as the ledger tells them: days of a feed that are blocked and that nothing has published since."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class Incident:
    """Days of a feed whose newest batch is `batch_id`, blocked for a reason. `attempts` were blocked since `since`."""

    batch_id: int
    source: str
    feed: str
    first_day: date
    last_day: date
    attempts: int
    since: datetime
    reason_vi: str
    reason_en: str


def incidents(connection: psycopg.Connection[Any], province: str) -> list[Incident]:
    """The open incidents of a province, the oldest first. One is over when later batches have published all its days;
    of a blocked replay also when a later replay of the same batch was published."""
    with connection.cursor(row_factory=class_row(Incident)) as cursor:
        return cursor.execute(
            "with own as (select b.* from serving.batches as b join serving.provinces as p using (province_id)"
            " where p.province = %s),"
            " blocked as (select b.*, count(*) over days as attempts, min(finished_at) over days as since,"
            " row_number() over (days order by batch_id desc) as place from own as b where status = 'blocked'"
            " and not coalesce((select range_agg(daterange(o.first_day, o.last_day, '[]'))"
            " @> daterange(b.first_day, b.last_day, '[]') from own as o where o.source = b.source"
            " and o.feed = b.feed and o.batch_id > b.batch_id and o.status = 'published' and o.kind = 'fetch'), false)"
            " and not exists (select from own as o where o.replayed_batch_id = b.replayed_batch_id"
            " and o.batch_id > b.batch_id and o.status = 'published')"
            " window days as (partition by source, feed, first_day, last_day, replayed_batch_id))"
            " select batch_id, source, feed, first_day, last_day, attempts, since,"
            " coalesce(reason_vi, '') as reason_vi, coalesce(reason_en, '') as reason_en"
            " from blocked where place = 1 order by since, batch_id",
            (province,),
        ).fetchall()
