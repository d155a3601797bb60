"""The codes that records name and the reference data do not list, with how often and when, as readers see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from connectors.specification import Feed, Source
from hub.translation import Message, msg
from warehouse.facts import mapping
from warehouse.serving_views import View, read_view, view_files

Connection = psycopg.Connection[Any]
DIMENSIONS: Mapping[str, Message] = {
    "area": msg("area"),
    "organisation": msg("organisation"),
    "service": msg("service"),
    "channel": msg("channel"),
    "gate": msg("border gate"),
    "operator": msg("operator"),
    "platform": msg("platform"),
}
"""What a code is of → what people call it."""


@dataclass(frozen=True)
class UnlistedCode:
    """A code of one feed. `records` count it now; the days are those on which they count, None where they have none."""

    dimension: str
    code: str
    source: str
    feed: str
    records: int
    first_day: date | None
    last_day: date | None
    batch_id: int
    """The batch that first named it."""


def unlisted_codes(connection: Connection, province: str, sources: Mapping[str, Source]) -> list[UnlistedCode]:
    """Those of a province, the most frequent first. One that no record names any more is left out."""
    noted = connection.execute(
        "select u.province_id, u.source, u.feed, u.dimension, array_agg(u.code), array_agg(u.batch_id)"
        " from serving.unlisted_codes as u join serving.provinces using (province_id) where province = %s"
        " group by 1, 2, 3, 4",
        [province],
    ).fetchall()
    found = []
    for province_id, source, feed, dimension, codes, batches in noted:
        spec = sources[source].feeds.get(feed) if source in sources else None
        if spec is None:
            continue
        first_batches = dict(zip(codes, batches, strict=True))
        values = {"province_id": province_id, "source": source, "feed": feed, "codes": codes}
        for code, records, first, last in connection.execute(_counted(source, feed, spec, dimension), values):
            found.append(UnlistedCode(dimension, code, source, feed, records, first, last, first_batches[code]))
    return sorted(found, key=lambda one: (-one.records, one.dimension, one.code, one.source, one.feed))


def _counted(source: str, feed: str, spec: Feed, dimension: str) -> sql.Composed:
    """Records of a feed by those codes, in the view over its fact. An area's stand on areas of level unknown."""
    view = next(view for view in map(read_view, view_files().values()) if _shows(view, spec.fact))
    days = [
        sql.SQL("r.{}").format(sql.Identifier(d)) for d in mapping(f"{source}.{feed}", spec).days if d in view.columns
    ]
    area = "r.area_id in (select a.area_id from serving.areas as a where a.level = 'unknown')"
    return sql.SQL(
        "select r.{code}, count(*), min(least({days})), max(greatest({days})) from serving.{view} as r"
        " where r.province_id = %(province_id)s and r.{code} = any(%(codes)s) and {area} and r.batch_id in"
        " (select b.batch_id from serving.batches as b where b.source = %(source)s and b.feed = %(feed)s) group by 1"
    ).format(
        code=sql.Identifier(dimension),
        days=sql.SQL(", ").join(days),
        view=sql.Identifier(view.name),
        area=sql.SQL(area if dimension == "area" else "true"),
    )


def _shows(view: View, fact: str) -> bool:
    return view.fact is not None and view.fact.name == fact
