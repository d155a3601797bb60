"""Lists of a day, kept as the time for which each thing was so: rows grow with changes, not with days.

The list of day D says how every thing is from D until the next list that was published. A row of the fact holds for as
long as lists that follow each other describe the thing in the same way: from `valid_from`, the day of the first of
them, until `valid_to`, the day of the first list after them. What a list does not name ends with it. In whatever order
lists are read, and however often, the rows are the same: a list in between cuts the row that covers its day, and rows
of the same content that meet become one. A row keeps the batch that first said its content.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from warehouse.seals import INTO, Relation, Seal
from warehouse.staging import Sql

Connection = psycopg.Connection[Any]
_HUB = ("valid_from", "valid_to", "previous_to", "batch_id", "page_number")
"""Columns that say since when, until when and where from; the others beside the key are the content."""
_DAYS = {"opened_day": "l.opened_day", "expiry_day": "l.expiry_day + 1"}
"""Columns that say by themselves from which day on a listed thing counts otherwise; not every list has them."""
_NEXT = """
select min(b.last_day) from ledger.batch b join ledger.batch own on own.batch_id = %s
where b.province_id = own.province_id and b.source = own.source and b.feed = own.feed and b.kind = 'fetch'
    and b.status = 'published' and b.last_day > %s
"""
_TOUCHED = """
create temporary table touched on commit drop as
with listed as (select * from {listed} i),
covering as (
    select f.* from {fact} f
    where {scope} and f.valid_from <= {day} and (f.valid_to is null or f.valid_to > {day})
)
select l.{thing}, true as is_listed,
    least({own_days}, c.opened_day, c.expiry_day + 1) as changed_from
from listed l left join covering c using ({thing})
where c.{thing} is null or row({new}) is distinct from row({old})
union all
select c.{thing}, false, least(c.opened_day, c.expiry_day + 1) from covering c
where {ends_unnamed} and c.{thing} not in (select {thing} from listed)
"""
_TIMELINE = """
create temporary table timeline on commit drop as
with held as (select f.* from {fact} f join touched using ({thing}) where {scope}),
piece as (
    select {kept}, valid_from, least(valid_to, {day}) as valid_to from held where valid_from < {day}
    union all
    select {kept}, greatest(valid_from, {next}), valid_to from held
    where {next} is not null and (valid_to is null or valid_to > {next})
    union all
    select {kept}, {day}, {next} from {listed} i join touched using ({thing})
),
marked as (
    select *, (lag(valid_to) over along = valid_from and lag(row({content})) over along is not distinct from
        row({content})) is not true as begins
    from piece window along as (partition by {thing} order by valid_from)
),
numbered as (
    select *, count(*) filter (where begins) over (partition by {thing} order by valid_from) as place from marked
),
joined as (
    select distinct on ({thing}, place) {kept}, valid_from,
        first_value(valid_to) over (partition by {thing}, place order by valid_from desc) as valid_to
    from numbered order by {thing}, place, valid_from
)
select *, lag(valid_to) over (partition by {thing} order by valid_from) as previous_to from joined
"""
_REMOVE = """
with gone as (
    delete from {fact} f using touched t where {scope} and f.{thing} = t.{thing} and not exists (
        select from timeline x where x.{thing} = f.{thing} and x.valid_from = f.valid_from
    ) returning f.batch_id, {key} as key
)
{into} select {own}, %(province_id)s::smallint, batch_id, null::integer, array_agg(key), array_agg(null::bytea)
from gone group by batch_id
"""
_WRITE = """
insert into {fact} as f ({columns}) select {columns} from timeline
on conflict ({named}) do update set {changes} where ({changed}) is distinct from ({written})
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
        row = self.connection.execute(_NEXT.encode(), [batch_id, day]).fetchone()
        following = row[0] if row else None
        key = [name for name in self.relation.key if name != "valid_from"]
        content = [name for name in self.columns if name not in (*key, *_HUB)]
        kept = [*key, *content, "batch_id", "page_number"]
        own_days = [sql.SQL(text) for name, text in _DAYS.items() if name in content]
        changing = [*content, "valid_to", "previous_to", "batch_id", "page_number"]
        parts = {
            "fact": self.relation.table,
            "listed": listed,
            "scope": self.scope,
            "thing": sql.Identifier(key[-1]),
            "day": sql.SQL("{}::date").format(sql.Literal(day)),
            "next": sql.SQL("{}::date").format(sql.Literal(following)),
            "ends_unnamed": sql.Literal(not self.parts),
            "own_days": sql.SQL(", ").join(own_days or [sql.SQL("null")]),
            "content": _names(content),
            "new": _names(content, "l"),
            "old": _names(content, "c"),
            "kept": _names(kept),
            "key": self.relation.named("f"),
            "into": INTO,
            "own": seal.own(self.relation),
            "columns": _names([*kept, "valid_from", "valid_to", "previous_to"]),
            "named": _names(list(self.relation.key)),
            "changes": sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(n)) for n in changing),
            "changed": _names(changing, "f"),
            "written": _names(changing, "excluded"),
        }
        for statement in (_TOUCHED, _TIMELINE, _REMOVE, _WRITE):
            self.connection.execute(sql.SQL(statement).format(**parts), self.values)
        counted = sql.SQL(
            "select count(*) filter (where is_listed), count(*) filter (where not is_listed), greatest(least({day},"
            " min(changed_from)), (select min(valid_from) from {fact} f where {scope})) from touched"
        )
        found = self.connection.execute(counted.format(**parts), self.values).fetchone()
        loaded, ended, since = found or (0, 0, None)
        if loaded or ended:
            seal.add(self.relation, _same_rows(self.relation, parts), self.values)
        self.connection.execute("drop table touched, timeline")
        return Change(loaded, ended, since if loaded or ended else None)


def _same_rows(relation: Relation, parts: dict[str, Any]) -> Sql:
    """The condition on a row `t` to be of a thing that was touched."""
    own = sql.SQL("select {key} from {fact} f join touched using ({thing}) where {scope}")
    named = {"key": _names(list(relation.key), "f")}
    return sql.SQL("({}) in ({})").format(_names(list(relation.key), "t"), own.format(**(parts | named)))


def _names(columns: list[str], alias: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in columns)
