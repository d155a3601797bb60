"""Lists of a day, kept as the time for which each thing was so: rows grow with changes, not with days.

The list of day D says how every thing is from D until the next list that was published. A row of the fact holds for as
long as lists that follow each other describe the thing in the same way: from `valid_from`, the day of the first of
them, until `valid_to`, the day of the first list after them. What a list does not name ends with it. In whatever order
lists are read, and however often, the rows are the same: a list in between cuts the row that covers its day, and rows
of the same content that meet become one. A row keeps the batch that first said its content.

A periodic fact that is kept so (its key has a `day`) is asked by days: it had a row for each thing and day of which a
list was read, and still gives these rows (`rows_by_day`), each with the page on which it came that day. Days of lists
and the batch that brought each are in `warehouse.list_day`; the page is part of the content. What another batch said of
such a day, a correction or a replay, is a row of that day alone.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Table

from warehouse.schema.facts import FACTS, is_by_day, since_column
from warehouse.seals import INTO, LIST_DAY, Relation, Seal
from warehouse.staging import Sql

Connection = psycopg.Connection[Any]
_HUB = ("valid_to", "previous_to", "batch_id", "page_number")
"""Columns that say until when and where from; the others beside the key are the content."""
_DAYS: dict[str, LiteralString] = {"opened_day": "opened_day", "expiry_day": "expiry_day + 1"}
"""Columns that say by themselves from which day on a listed thing counts otherwise; not every list has them."""
_NEXT = """
select min(b.last_day) from ledger.batch b join ledger.batch own on own.batch_id = %(batch_id)s
where b.province_id = own.province_id and b.source = own.source and b.feed = own.feed and b.kind = 'fetch'
    and b.status = 'published' and b.last_day > %(day)s
"""
_NEXT_BY_DAY = """
select min(d.day) from warehouse.list_day d
where d.province_id = %(province_id)s and d.fact = %(fact)s and d.day > %(day)s
"""
_LIST_DAY = """
insert into warehouse.list_day (province_id, fact, day, batch_id)
values (%(province_id)s, %(fact)s, %(day)s, %(batch_id)s) on conflict do nothing
"""
_TOUCHED = """
create temporary table touched on commit drop as
with listed as (select * from {listed} i),
covering as (
    select f.* from {fact} f
    where {scope} and f.{since} <= {day} and (f.valid_to is null or f.valid_to > {day})
)
select l.{thing}, true as is_listed, least({own_days}) as changed_from
from listed l left join covering c using ({thing})
where c.{thing} is null or row({new}) is distinct from row({old}) or {is_of_one_day}
union all
select c.{thing}, false, least({ended_days}) from covering c
where {ends_unnamed} and c.{thing} not in (select {thing} from listed)
"""
_TIMELINE = """
create temporary table timeline on commit drop as
with held as (select f.* from {fact} f join touched using ({thing}) where {scope}),
piece as (
    select {kept}, batch_id, {since}, least(valid_to, {day}) as valid_to from held where {since} < {day}
    union all
    select {kept}, {cut_batch}, greatest({since}, {next}), valid_to from held
    where {next} is not null and (valid_to is null or valid_to > {next})
    union all
    select {kept}, batch_id, {day}, {next} from {listed} i join touched using ({thing})
),
told as (select *, {is_told_alone} as is_alone from piece),
marked as (
    select *, is_alone or (lag(valid_to) over along = {since} and not lag(is_alone) over along
        and lag(row({content})) over along is not distinct from row({content})) is not true as begins
    from told window along as (partition by {thing} order by {since})
),
numbered as (
    select *, count(*) filter (where begins) over (partition by {thing} order by {since}) as place from marked
),
joined as (
    select distinct on ({thing}, place) {kept}, batch_id, {since},
        first_value(valid_to) over (partition by {thing}, place order by {since} desc) as valid_to
    from numbered order by {thing}, place, {since}
)
select *, lag(valid_to) over (partition by {thing} order by {since}) as previous_to from joined
"""
_REMOVE = """
with gone as (
    delete from {fact} f using touched t where {scope} and f.{thing} = t.{thing} and not exists (
        select from timeline x where x.{thing} = f.{thing} and x.{since} = f.{since}
    ) returning f.batch_id, {key} as key
)
{into} select {own}, %(province_id)s::smallint, batch_id, null::integer, array_agg(key), array_agg(null::bytea)
from gone group by batch_id
"""
_WRITE = """
insert into {fact} as f ({columns}) select {columns} from timeline
on conflict ({named}) do update set {changes} where ({changed}) is distinct from ({written})
"""
_COUNTED = """
select count(*) filter (where is_listed), count(*) filter (where not is_listed),
    greatest(least({day}, min(changed_from)), (select min({since}) from {fact} f where {scope}))
from touched
"""


@dataclass(frozen=True)
class Change:
    """What a list changed: how many of its rows, how many things it ended, and from which day on figures may differ."""

    loaded: int
    ended: int
    changed_from: date | None


@dataclass(frozen=True)
class Lists:
    """The lists of one feed. `columns` are those of the fact that a record fills, `scope` the condition on a row `f` to
    be of the feed's province and source, with the `values` that it names. Records of `parts` end nothing that they do
    not name."""

    connection: Connection
    relation: Relation
    columns: list[str]
    scope: Sql
    values: dict[str, Any]
    parts: bool

    def publish(self, day: date, batch_id: int, listed: Sql, seal: Seal) -> Change:
        """Brings the list of a day in, `listed` being its rows; what changed is added to the `seal`. Runs in the
        caller's transaction."""
        by_day = is_by_day(self._fact)
        values = {**self.values, "fact": self._fact.name, "day": day, "batch_id": batch_id}
        is_new = by_day and self.connection.execute(_LIST_DAY, values).rowcount == 1
        if is_new:
            same = sql.SQL("t.province_id = %(province_id)s and t.fact = %(fact)s and t.day = %(day)s")
            seal.add(LIST_DAY, same, values)
        row = self.connection.execute(_NEXT_BY_DAY if by_day else _NEXT, values).fetchone()
        parts = self._parts(day, row[0] if row else None, listed, is_new) | {"own": seal.own(self.relation)}
        self.connection.execute(sql.SQL(_TOUCHED).format(**parts), self.values)
        if self.connection.execute("select exists (select from touched)").fetchone() == (True,):
            for statement in (_TIMELINE, _REMOVE, _WRITE):
                self.connection.execute(sql.SQL(statement).format(**parts), self.values)
            seal.add(self.relation, _same_rows(self.relation, parts), self.values)
            self.connection.execute("drop table timeline")
        found = self.connection.execute(sql.SQL(_COUNTED).format(**parts), self.values).fetchone()
        self.connection.execute("drop table touched")
        loaded, ended, changed_from = found or (0, 0, None)
        return Change(loaded, ended, changed_from if is_new or loaded or ended else None)

    def _parts(self, day: date, following: date | None, listed: Sql, is_new: bool) -> dict[str, sql.Composable]:
        """What the statements are filled with. `is_new` says of a fact that is asked by day that the day had no list
        yet: then all things are compared, and those that are not named end, as they had no row of the day."""
        by_day, since = is_by_day(self._fact), since_column(self._fact)
        key = [name for name in self.relation.key if name != since]
        content = [name for name in self.columns if name not in (*key, since, *_HUB)]
        places = ["page_number"] if by_day else []
        compared = [*content, *(places if is_new else [])]
        days = {} if by_day else {name: text for name, text in _DAYS.items() if name in self._fact.columns}
        ended_days: list[Sql] = [sql.SQL("c.{}").format(sql.SQL(text)) for text in days.values()]
        listed_days: list[Sql] = [
            sql.SQL("l.{}").format(sql.SQL(text)) for name, text in days.items() if name in content
        ]
        own = [name for name in ("valid_to", "previous_to", "batch_id") if name in self._fact.columns]
        changing = [*content, *own, "page_number"]
        no, none = sql.SQL("false"), sql.SQL("null::date")
        return {
            "fact": self.relation.table,
            "listed": listed,
            "scope": self.scope,
            "since": sql.Identifier(since),
            "thing": sql.Identifier(key[-1]),
            "day": sql.SQL("{}::date").format(sql.Literal(day)),
            "next": sql.SQL("{}::date").format(sql.Literal(following)),
            "ends_unnamed": sql.Literal(is_new or not self.parts),
            "own_days": sql.SQL(", ").join([*listed_days, *ended_days] or [none]),
            "ended_days": sql.SQL(", ").join(ended_days or [none]),
            "content": _names([*content, *places]),
            "new": _names(compared, "l"),
            "old": _names(compared, "c"),
            "kept": _names([*key, *content, "page_number"]),
            "key": self.relation.named("f"),
            "into": INTO,
            "columns": _names([*key, since, *changing]),
            "named": _names(list(self.relation.key)),
            "changes": sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(n)) for n in changing),
            "changed": _names(changing, "f"),
            "written": _names(changing, "excluded"),
            "is_of_one_day": self._brought("c.batch_id <> {batch}", sql.SQL("c.day")) if is_new else no,
            "is_told_alone": self._brought("batch_id <> {batch}", sql.SQL("piece.day")) if by_day else no,
            "cut_batch": self._brought(
                "case when day < {day} then {batch} else batch_id end",
                sql.SQL("{}::date").format(sql.Literal(following)),
            )
            if by_day and following
            else sql.SQL("batch_id"),
        }

    def _brought(self, text: LiteralString, day: Sql) -> Sql:
        """SQL in which `{batch}` is the batch that brought the list of a day."""
        batch = sql.SQL(
            "(select d.batch_id from warehouse.list_day d where d.province_id = %(province_id)s and d.fact = {fact}"
            " and d.day = {day})"
        )
        return sql.SQL(text).format(day=day, batch=batch.format(fact=sql.Literal(self._fact.name), day=day))

    @property
    def _fact(self) -> Table:
        return FACTS[self.relation.name.removeprefix("warehouse.")]


def _same_rows(relation: Relation, parts: dict[str, Any]) -> Sql:
    """The condition on a row `t` to be of a thing that was touched."""
    own = sql.SQL("select {key} from {fact} f join touched using ({thing}) where {scope}")
    named = {"key": _names(list(relation.key), "f")}
    return sql.SQL("({}) in ({})").format(_names(list(relation.key), "t"), own.format(**(parts | named)))


def _names(columns: list[str], alias: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in columns)
