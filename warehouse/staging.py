"""Staging: one unlogged table a group of batches, in the types of the specification, gone after them."""

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg import sql
from sqlalchemy import Date

from connectors.specification import Feed
from warehouse.ledger import Batch
from warehouse.schema.base import TIMEZONE
from warehouse.schema.facts import FACTS

Connection = psycopg.Connection[Any]
Sql = sql.SQL | sql.Composed
BATCH = "_batch"
_TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "month": "date",
    "datetime": "timestamptz",
}
MAY_BE_MISSING = ("area_code", "organisation_code")
"""Columns of which a missing value identifies a record as one that is there."""
_LINES = 5000  # written at a time
_LOCAL = pa.timestamp("us", TIMEZONE)


class Staging:
    """The staging table of some batches of a feed, named by the first of them.

    `_batch` is the batch of a record, `_row` its place among all of them and `_page` its page in the batch; then come
    the feed's columns.
    """

    def __init__(self, batch: Batch, feed: Feed) -> None:
        name = f"{batch.source}_{batch.feed}"[:40] + f"_b{batch.batch_id}"
        self.table = sql.Identifier("staging", name)
        self.rejected = sql.Identifier("staging", f"{name}_rejected")
        self.repeated = sql.Identifier("staging", f"{name}_repeated")
        self.name = name
        self._feed = feed
        self.columns = [*feed.kept, *feed.constants]

    def create(self, connection: Connection) -> None:
        """Makes the table, and a list of the rows that rules reject. Tables of batches that ended are dropped."""
        _drop_leftovers(connection)
        columns = [sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in self._types().items()]
        made = [
            sql.SQL("create unlogged table {} (_batch bigint, _row bigint, _page integer, {}, _area_day {})").format(
                self.table, sql.SQL(", ").join(columns), self._area_day()
            ),
            sql.SQL("create unlogged table {} (_batch bigint, _row bigint, rule text)").format(self.rejected),
            *(
                sql.SQL("comment on column {}.{} is {}").format(
                    self.table, sql.Identifier(name), sql.Literal(column.label or name)
                )
                for name, column in self._feed.kept.items()
            ),
        ]
        connection.execute(sql.SQL("; ").join(made))
        connection.commit()

    def copy(self, connection: Connection, chunk: pa.Table) -> None:
        """Adds a chunk of typed records."""
        names = ["_batch", "_row", "_page", *self.columns]
        statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
            self.table, sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for lines in _local(chunk.select(names)).to_batches(max_chunksize=_LINES):
                buffer = io.BytesIO()
                pyarrow.csv.write_csv(lines, buffer, pyarrow.csv.WriteOptions(include_header=False))
                copy.write(buffer.getbuffer())

    def reject(self, connection: Connection, rejections: Iterable[tuple[int, int, str]]) -> None:
        """Notes that rows broke rules: (batch, row, rule)."""
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("copy {} from stdin").format(self.rejected)) as copy,
        ):
            for rejection in rejections:
                copy.write_row(rejection)

    def complete(self, connection: Connection) -> None:
        """Ends the copying: tells the planner what there is, and lists the keys that came more than once, in a batch or
        in several."""
        connection.execute("set local default_statistics_target = 10")  # enough for few and plain joins, and quick
        connection.execute(sql.SQL("analyze {}").format(self.table))
        connection.execute(
            sql.SQL("create unlogged table {} as select {keys} from {} group by {keys} having count(*) > 1").format(
                self.repeated, self.table, keys=sql.SQL(", ").join(map(sql.Identifier, self._feed.keys))
            )
        )

    def repetitions(self, connection: Connection) -> dict[int, tuple[int, int]]:
        """By batch how often a record came again in it with the same content, and how often on another page: there it
        stands in the place of one that the source did not give."""
        if connection.execute(sql.SQL("select from {} limit 1").format(self.repeated)).fetchone() is None:
            return {}
        rows = connection.execute(
            sql.SQL(
                "with again as ({}) select _batch, count(*) filter (where place > 1),"
                " coalesce(sum(moved) filter (where place = 1), 0)::bigint"
                " from again group by _batch having count(*) filter (where place > 1) > 0"
            ).format(self._again())
        )
        return {batch: (times, moved) for batch, times, moved in rows}

    def take_out_repetitions(self, connection: Connection) -> list[tuple[Any, ...]]:
        """Takes out what `repetitions` counts; the record that was read last stays. Gives the batch and the columns
        that the feed keeps of each that is gone."""
        columns = [sql.Identifier("s", name) for name in ("_batch", *self._feed.kept)]
        gone = connection.execute(
            sql.SQL(
                "with again as ({}) delete from {} as s using again as a where s._row = a._row and a.place > 1"
                " returning {}"
            ).format(self._again(), self.table, sql.SQL(", ").join(columns))
        ).fetchall()
        connection.execute(
            sql.SQL("delete from {} where _row not in (select _row from {})").format(self.rejected, self.table)
        )
        return gone

    def _again(self) -> Sql:
        """The records that came more than once in a batch with the same content, the last one in the first place."""
        return sql.SQL(
            "select _batch, _row, row_number() over alike as place,"
            " count(*) over (alike range between unbounded preceding and unbounded following)"
            " - max(on_page) over (alike range between unbounded preceding and unbounded following) as moved"
            " from (select *, count(*) over (partition by {alike}, _page) as on_page from {table}"
            " where ({keys}) in (select {keys} from {repeated})) as found"
            " window alike as (partition by {alike} order by _row desc)"
        ).format(
            alike=sql.SQL(", ").join(map(sql.Identifier, ["_batch", *self.columns])),
            keys=key_values(self._feed),
            table=self.table,
            repeated=self.repeated,
        )

    def batches_with_rejected(self, connection: Connection) -> set[int]:
        """The batches of which a row was rejected."""
        return {
            batch for (batch,) in connection.execute(sql.SQL("select distinct _batch from {}").format(self.rejected))
        }

    def fingerprints(self, connection: Connection, batches: Sequence[int]) -> dict[int, int]:
        """By batch a number that is the same of two reads that gave the same records in the same versions."""
        identity = key_values(self._feed, *([self._feed.version] if self._feed.version else []))
        query = sql.SQL(
            "select _batch, bit_xor(hashtextextended(row({})::text, 0)) from {} where _batch = any(%s) group by _batch"
        )
        return dict(connection.execute(query.format(identity, self.table), [list(batches)]).fetchall())

    def deliveries(self, connection: Connection, column: str) -> dict[int, Counter[str]]:
        """By batch how many of its records each code in that column has. Letter case makes no other code."""
        found: dict[int, Counter[str]] = {}
        query = sql.SQL("select _batch, {0}, count(*) from {1} where {0} is not null group by 1, 2")
        for batch, code, records in connection.execute(query.format(sql.Identifier(column), self.table)):
            found.setdefault(batch, Counter())[code.lower()] += records
        return found

    def keep_only(self, connection: Connection, batches: Sequence[int]) -> None:
        """Takes out the rows of all other batches, and those that were rejected, so that what is left may be
        published."""
        connection.execute(
            sql.SQL("delete from {} where _batch <> all(%s) or _row in (select _row from {})").format(
                self.table, self.rejected
            ),
            [list(batches)],
        )

    def forget(self, connection: Connection, batches: Sequence[int]) -> None:
        """Takes out all of batches whose reading failed."""
        for table in (self.table, self.rejected):
            connection.execute(sql.SQL("delete from {} where _batch = any(%s)").format(table), [list(batches)])

    def drop(self, connection: Connection) -> None:
        tables = sql.SQL(", ").join([self.table, self.rejected, self.repeated])
        connection.execute(sql.SQL("drop table if exists {}").format(tables))

    def _area_day(self) -> sql.Composable:
        """The day on which a record's area code is to be understood, computed once: columns that the fact marks, in
        its order of preference."""
        marked = [column for column in FACTS[self._feed.fact].columns if "area_day" in column.info]
        days = [
            sql.SQL("{}").format(sql.Identifier(column.name))
            if isinstance(column.type, Date)
            else sql.SQL("({} at time zone {})::date").format(sql.Identifier(column.name), sql.Literal(TIMEZONE))
            for column in sorted(marked, key=lambda column: int(column.info["area_day"]))
            if column.name in self.columns
        ]
        if not days:
            return sql.SQL("date")
        return sql.SQL("date generated always as (coalesce({})) stored").format(sql.SQL(", ").join(days))

    def _types(self) -> dict[str, str]:
        constants = {bool: "boolean", int: "bigint", float: "double precision", str: "text"}
        return {name: _TYPES[column.type] for name, column in self._feed.kept.items()} | {
            name: constants[type(value)] for name, value in self._feed.constants.items()
        }


def key_values(feed: Feed, *others: str) -> Sql:
    """A record's key in staging, and other columns, for comparing rows: a missing area, or organisation, equals a
    missing one."""
    return sql.SQL(", ").join(
        sql.SQL("coalesce({}, '')" if name in MAY_BE_MISSING else "{}").format(sql.Identifier(name))
        for name in [*feed.keys, *others]
    )


def _local(chunk: pa.Table) -> pa.Table:
    """Times without their offset, as the session's time zone reads them: written thirty times as fast."""
    for place, field in enumerate(chunk.schema):
        if pa.types.is_timestamp(field.type):
            chunk = chunk.set_column(place, field.name, pc.local_timestamp(chunk[place].cast(_LOCAL)))
    return chunk


def _drop_leftovers(connection: Connection) -> None:
    """Tables of batches that are no longer running: a kill leaves them behind."""
    leftovers = connection.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " left join ledger.batch b on b.batch_id = substring(c.relname from '_b(\\d+)(_rejected|_repeated)?$')::bigint"
        " where n.nspname = 'staging' and c.relkind = 'r' and b.status is distinct from 'running'"
    ).fetchall()
    for (name,) in leftovers:
        connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("staging", name)))
