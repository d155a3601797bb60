"""From staging to facts, in set-based SQL: which fact column each staged column feeds, and the publishing itself."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import BigInteger, Integer, SmallInteger, Table
from sqlalchemy import Column as FactColumn

from connectors.column_specification import Column
from connectors.specification import Feed
from hub.errors import Abort
from hub.translation import msg
from warehouse import members
from warehouse.ledger import BatchAccount
from warehouse.schema import dimensions, facts
from warehouse.schema.base import TIMEZONE
from warehouse.seals import FACT_RELATIONS, INTO, Seal
from warehouse.staging import Sql, Staging, key_values
from warehouse.validity import Lists

Connection = psycopg.Connection[Any]
_LINEAGE = {"batch_id", "page_number"}
_ATTRIBUTE = "attribute_"
_GROWING = "service"
"""The dimension whose members come with the records themselves, their names, too."""


@dataclass(frozen=True)
class Mapping:
    """How a feed's columns reach its fact. `plain` are columns of the same name, `lookups` dimensions whose code
    the feed gives, `members` columns that describe a member of the growing dimension, `optional` columns whose
    value is left out where it does not fit. `codes` are the columns with codes of a dimension, and which one.
    `attributes` are the columns `attribute_…` that a fact of any subject keeps together. `source` is the feed's source
    where the fact's rows say of which they are."""

    fact: Table
    plain: list[str]
    lookups: list[str]
    members: dict[str, str]
    optional: dict[str, Column]
    codes: dict[str, str]
    attributes: list[str]
    source: str | None
    indicators: list[str]
    absent: list[str]
    """Dimensions that the feed does not name: its rows are the whole province's, of no organisation."""

    @property
    def table(self) -> sql.Identifier:
        return sql.Identifier("warehouse", self.fact.name)

    @property
    def keys(self) -> list[str]:
        return [column.name for column in self.fact.primary_key.columns]

    @property
    def written(self) -> list[str]:
        """Fact columns that come from the record, with the province and the source."""
        own = ["province_id", *(["source"] if self.source else []), *self.plain]
        kept = ["attributes"] if self.attributes else []
        return [*own, *(f"{dimension}_id" for dimension in self.lookups), *kept]

    @property
    def scope(self) -> Sql:
        """The condition on a row `f` of the fact to be of the feed's province and source, and of its indicators."""
        conditions: list[Sql] = [sql.SQL("f.province_id = %(province_id)s")]
        if self.source:
            conditions.append(sql.SQL("f.source = {}").format(sql.Literal(self.source)))
        if self.indicators:
            conditions.append(sql.SQL("f.indicator = any({})").format(sql.Literal(self.indicators)))
        return sql.SQL(" and ").join(conditions)

    @property
    def days(self) -> list[str]:
        """Fact columns that put a row on a day: what KPIs count by."""
        if facts.has_validity(self.fact):
            return [facts.since_column(self.fact)]
        computed = [column.name for column in self.fact.columns if column.computed is not None]
        return facts.periodic_days(self.fact) or computed


def mapping(where: str, feed: Feed) -> Mapping:
    """The mapping of a feed, checked: every column has a place, every place that must be filled is.

    Raises Abort naming the feed (`where`), the column, and the fact's columns.
    """
    if feed.fact not in facts.FACTS:
        known = ", ".join(facts.FACTS)
        raise Abort(
            msg("{where}.fact: there is no {fact}; there are {known}", where=where, fact=feed.fact, known=known),
        )
    fact = facts.FACTS[feed.fact]
    lookups = [str(c.info["lookup"]) for c in fact.columns if "lookup" in c.info]
    given = {name for name, column in feed.kept.items() if column.fact} | set(feed.constants)
    source = where.partition(".")[0] if facts.names_source(fact) else None
    described = {}
    if _GROWING in lookups:
        members = {f"{_GROWING}_{c.name}": c.name for c in dimensions.dim_service.columns if c.name != "code"}
        described = {name: members[name] for name in members if name in given and members[name] not in fact.columns}
    attributes = sorted(n for n in given if n.startswith(_ATTRIBUTE)) if "attributes" in fact.columns else []
    filled_by_hub = {"source", "valid_to", "previous_to", "attributes"} if facts.has_validity(fact) or source else set()
    plain = [c.name for c in fact.columns if c.name in given - filled_by_hub and c.computed is None]
    used = {*plain, *described, *attributes, *(f"{dimension}_code" for dimension in lookups)}
    stray = sorted(given - used)
    if stray:
        columns = ", ".join(map(given_name, fact.columns))
        raise Abort(
            msg(
                "{where}.columns.{stray}: {fact} has no such column; it has {columns}. Rename it, or write fact ="
                " false if only rules need it",
                where=where,
                stray=stray[0],
                fact=fact.name,
                columns=columns,
            ),
        )
    absent = [d for d in lookups if "absent" in fact.columns[f"{d}_id"].info and f"{d}_code" not in given]
    filled = {*plain, *(f"{d}_id" for d in lookups if f"{d}_code" in given), "province_id", "source", *_LINEAGE}
    filled |= {f"{dimension}_id" for dimension in absent}
    missing = [c.name for c in fact.columns if not c.nullable and c.name not in filled and c.computed is None]
    if missing:
        raise Abort(
            msg(
                "{where}.columns: {fact}.{missing} must be filled, but no column feeds it",
                where=where,
                fact=fact.name,
                missing=missing[0],
            ),
        )
    wanted = identity_of(fact) - {f"{dimension}_code" for dimension in absent}
    strange = sorted(wanted - set(feed.constants) ^ set(feed.keys))
    if strange:
        keys = ", ".join(sorted(wanted))
        raise Abort(
            msg(
                "{where}.columns.{strange}.key: a row of {fact} is identified by {keys}; give key = true to exactly"
                " these (or to those that are no constants)",
                where=where,
                strange=strange[0],
                fact=fact.name,
                keys=keys,
            ),
        )
    if feed.version is not None and feed.version not in plain:
        raise Abort(
            msg(
                "{where}.version: {version} must be a column of {fact} to compare versions",
                where=where,
                version=feed.version,
                fact=fact.name,
            ),
        )
    if "valid_from" in fact.columns and (feed.kept["valid_from"].page != "slice" or feed.version):
        raise Abort(
            msg(
                '{where}: a list of things is of the day that was asked for: write valid_from = {{ page = "slice",'
                ' type = "date", key = true, required = true, … }}, and no version',
                where=where,
            )
        )
    resolved = [d for d in lookups if f"{d}_id" in filled]
    named = {f"{d}_code": d for d in resolved if d != _GROWING and d not in absent}
    named |= {name: str(c.known) for name, c in feed.kept.items() if c.known and c.fact}
    optional = {name: column for name, column in feed.kept.items() if name in plain and is_optional(feed, name)}
    return Mapping(fact, plain, resolved, described, optional, named, attributes, source, [*feed.indicators], absent)


def given_name(column: FactColumn[Any]) -> str:
    """What a feed's column is called that feeds this column of a fact."""
    return f"{column.info['lookup']}_code" if "lookup" in column.info else column.name


def identity_of(fact: Table) -> set[str]:
    """The columns of a feed that identify a row of its fact; those that a feed may leave out, too."""
    return {given_name(column) for column in fact.primary_key.columns} - {"province_id", "source"}


def is_optional(feed: Feed, name: str) -> bool:
    """Whether a record without this column counts all the same: it decides neither whether, nor when, nor how much. A
    record without an area is the whole province's, or of an unknown area."""
    column, columns = feed.columns[name], facts.FACTS[feed.fact].columns
    target = columns.get(name, columns.get(f"{name.removesuffix('_code')}_id"))
    if name == "area_code" or (target is not None and "absent" in target.info):
        return not column.required
    must_be_filled = column.fact and target is not None and not target.nullable
    return not (column.required or column.key or must_be_filled)


def may_be_left_out(feed: Feed) -> frozenset[str]:
    """The columns of which a value that cannot be read, or has not the form that `pattern` asks for, is as good as
    none. A moment or day is not among them: the record would count on another day, or on none. Nor is a column that
    serves rules only, nor a person's hash, by which persons are counted."""
    times = ("date", "datetime", "month")
    return frozenset(
        name
        for name, column in feed.kept.items()
        if (column.pattern if column.type == "text" else column.type not in times)
        and column.fact
        and not column.personal
        and is_optional(feed, name)
    )


def supersede(connection: Connection, where: str, province_id: int, staging: Staging, feed: Feed) -> Counter[int]:
    """Takes all but the newest version of each record out of staging, and what a later submission has replaced
    whole; gives their number by batch. Of versions that tie the one read last stays. `where` names the feed."""
    gone: Counter[int] = Counter()
    if feed.replace and feed.version:
        gone.update(_take_out_replaced(connection, where, province_id, staging, feed))
    keys = key_values(feed)
    newest = sql.SQL("{} desc nulls last, ").format(sql.Identifier(feed.version)) if feed.version else sql.SQL("")
    older = sql.SQL(
        "delete from {table} where _row in (select _row from (select _row, row_number() over"
        " (partition by {keys} order by {newest} _row desc) as place from {table} where ({keys}) in"
        " (select {keys} from {repeated})) versions where place > 1) returning _batch"
    ).format(table=staging.table, repeated=staging.repeated, keys=keys, newest=newest)
    gone.update(_counted(connection, older))
    return gone


def _counted(connection: Connection, change: Sql, values: Any = None) -> dict[int, int]:
    """How many rows a statement that returns `_batch` changed, by batch."""
    query = sql.SQL("with changed as ({}) select _batch, count(*) from changed group by _batch").format(change)
    return dict(connection.execute(query, values).fetchall())


def _take_out_replaced(
    connection: Connection, where: str, province_id: int, staging: Staging, feed: Feed
) -> dict[int, int]:
    """A late, lower submission adds no row to a scope that the fact holds from a higher one."""
    to = mapping(where, feed)
    scope = [sql.Identifier(name) for name in feed.replace]
    return _counted(
        connection,
        sql.SQL(
            "delete from {staged} s using (select {scope}, max({version}) as version from {fact} f"
            " where {own} and ({scope}) in (select {scope} from {staged}) group by {scope}) held"
            " where {same} and s.{version} < held.version returning s._batch"
        ).format(
            staged=staging.table,
            fact=to.table,
            own=to.scope,
            scope=sql.SQL(", ").join(scope),
            version=sql.Identifier(str(feed.version)),
            same=sql.SQL(" and ").join(sql.SQL("s.{0} = held.{0}").format(name) for name in scope),
        ),
        {"province_id": province_id},
    )


def publish(
    connection: Connection, where: str, province_id: int, staging: Staging, feed: Feed, area_code: str, seal: Seal
) -> dict[int, BatchAccount]:
    """Merges what is left in staging into its fact and gives the account of it by batch (loaded, unchanged, superseded
    by what the fact held, removed), of batches that have a row left. What changed is added to the `seal`. Runs in the
    caller's transaction; `where` names the feed. Raises Abort when rows would be lost."""
    to = mapping(where, feed)
    values = {"province_id": province_id, "area_code": area_code}
    _grow_dimension(connection, staging, to, values)
    members.add_inferred(connection, where, province_id, staging, feed, to.codes, area_code)
    incoming = _incoming(staging, to)
    if facts.has_validity(to.fact):
        return _publish_lists(connection, feed, to, incoming, values, seal)
    if feed.replace:  # the planner takes keys of many columns for rare, and would compare every row with every other
        connection.execute("set local enable_nestloop = off")
    staged = _by_batch(
        connection,
        sql.SQL("select s._batch, count(*), {} from {} s group by 1").format(_least_staged_day(to), staging.table),
    )
    held = _by_batch(connection, _compare(incoming, to, feed), values)
    nothing = (0, 0, 0, None)
    loaded = {
        batch: count - held.get(batch, nothing)[0] + held.get(batch, nothing)[2] for batch, (count, _) in staged.items()
    }
    write = _merge(incoming, to, feed) if held else _insert(incoming, to)
    merged = connection.execute(write, values).rowcount
    if merged != sum(loaded.values()):
        raise Abort(
            msg(
                "{where}: {candidates} records should have changed {expected} rows of {fact}, but {merged} changed;"
                " nothing was published",
                where=where,
                candidates=sum(count for count, _ in staged.values()),
                expected=sum(loaded.values()),
                fact=to.fact.name,
                merged=merged,
            ),
        )
    if merged:
        _seal_written(seal, staging, to, values, list(staged))
    removed = _remove(connection, incoming, to, feed, seal, values) if feed.replace else {}
    connection.execute("set local enable_nestloop to default")
    accounts = {}
    for batch, (_, newest) in staged.items():
        before, stale, changed, oldest = held.get(batch, nothing)
        gone, first_gone = removed.get(batch, (0, None))
        days = [day for day in (oldest, newest, first_gone) if day is not None] if loaded[batch] or gone else []
        accounts[batch] = BatchAccount(
            loaded=loaded[batch],
            unchanged=before - changed - stale,
            superseded=stale,
            removed=gone,
            changed_from=min(days, default=None),
        )
    return accounts


def _publish_lists(
    connection: Connection,
    feed: Feed,
    to: Mapping,
    incoming: Sql,
    values: dict[str, Any],
    seal: Seal,
) -> dict[int, BatchAccount]:
    lists = Lists(connection, FACT_RELATIONS[to.fact.name], to.written, to.scope, values, feed.is_part)
    since = sql.Identifier(facts.since_column(to.fact))
    for statement in (  # a load may hold the lists of many days, each of which is asked for several times
        sql.SQL("create temporary table listed on commit drop as select * from {} i").format(incoming),
        sql.SQL("create index on listed ({}, batch_id)").format(since),
    ):
        connection.execute(statement, values)
    connection.execute("analyze listed")
    days = connection.execute(
        sql.SQL("select {}, batch_id, count(*) from listed group by 1, 2 order by 1, 2").format(since)
    ).fetchall()
    accounts: dict[int, BatchAccount] = {}
    for day, batch_id, records in days:
        own = sql.SQL("(select * from listed l where l.{} = {} and l.batch_id = {})").format(
            since, sql.Literal(day), sql.Literal(batch_id)
        )
        change, before = lists.publish(day, batch_id, own, seal), accounts.get(batch_id, BatchAccount())
        changed = [one for one in (before.changed_from, change.changed_from) if one is not None]
        accounts[batch_id] = BatchAccount(
            loaded=before.loaded + change.loaded,
            unchanged=before.unchanged + records - change.loaded,
            removed=before.removed + change.ended,
            changed_from=min(changed, default=None),
        )
    connection.execute("drop table listed")
    return accounts


def _incoming(staging: Staging, to: Mapping) -> Sql:
    """Staged rows as rows of the fact: keys of dimensions resolved, lineage added."""
    return incoming(staging, to, [*_kept_together(to), sql.SQL("s._page as page_number")])


def incoming(staging: Staging, to: Mapping, besides: list[Sql]) -> Sql:
    """Staged rows `s` as rows of the fact: keys of dimensions resolved, with their batch, and what is `besides`."""
    plain: list[Sql] = [sql.SQL("{} as {}").format(_value(to, name), sql.Identifier(name)) for name in to.plain]
    return _resolved(staging, to, to.lookups, [*plain, sql.SQL("s._batch as batch_id"), *besides])


def _kept_together(to: Mapping) -> list[Sql]:
    """The attributes of staged rows as one value, without empty ones."""
    if not to.attributes:
        return []
    pairs = sql.SQL(", ").join(
        sql.SQL("{}, s.{}").format(sql.Literal(name.removeprefix(_ATTRIBUTE)), sql.Identifier(name))
        for name in to.attributes
    )
    return [sql.SQL("nullif(jsonb_strip_nulls(jsonb_build_object({})), '{{}}') as attributes").format(pairs)]


def as_fact_rows(staging: Staging, to: Mapping) -> Sql:
    """Staged rows (`_row`) as JSON of the fact's row (`fact_row`), without lineage and computed columns. What the
    fact's types cannot hold, and a code that names no member of its dimension, is null: the rows may be bad ones."""
    fits = [sql.SQL("{} as {}").format(_fitting(to, name), sql.Identifier(name)) for name in to.plain]
    return sql.SQL("(select i._row, to_jsonb(i) - '_row' as fact_row from {} i)").format(
        _resolved(staging, to, to.lookups, [*fits, *_kept_together(to), sql.SQL("s._row")])
    )


def _value(to: Mapping, name: str) -> Sql:
    """A staged value; null where it is optional and not one that the specification allows."""
    value, conditions = sql.SQL("s.{}").format(sql.Identifier(name)), []
    column = to.optional.get(name)
    if column is None:
        return value
    if column.codes and column.type == "text" and not column.known:
        codes = sorted({str(code) for code in column.codes.values()})
        conditions.append(sql.SQL("{} = any({})").format(value, sql.Literal(codes)))
    least, most = limits(to.fact, name, column)
    if least is not None:
        conditions.append(sql.SQL("{} >= {}").format(value, sql.Literal(least)))
    if most is not None:
        conditions.append(sql.SQL("{} <= {}").format(value, sql.Literal(most)))
    if not conditions:
        return value
    return sql.SQL("case when {} then {} end").format(sql.SQL(" and ").join(conditions), value)


def limits(fact: Table, name: str, column: Column) -> tuple[float | None, float | None]:
    """What the specification allows, at most what the fact's column can hold."""
    least, most = column.min, column.max
    target = fact.columns.get(name) if column.fact and column.type == "integer" else None
    if target is not None and isinstance(target.type, Integer) and not isinstance(target.type, BigInteger):
        end = 2**15 if isinstance(target.type, SmallInteger) else 2**31
        least, most = max(-end, -end if least is None else least), min(end - 1, end if most is None else most)
    return least, most


def _fitting(to: Mapping, name: str) -> Sql:
    column = _value(to, name)
    kind = to.fact.columns[name].type
    if not isinstance(kind, Integer):
        return column
    bits = 16 if isinstance(kind, SmallInteger) else 64 if isinstance(kind, BigInteger) else 32
    return sql.SQL("case when {0} >= {1} and {0} < {2} then {0}::bigint end").format(
        column, sql.Literal(-(2.0 ** (bits - 1))), sql.Literal(2.0 ** (bits - 1))
    )


def _resolved(staging: Staging, to: Mapping, dimensions: list[str], columns: list[Sql]) -> Sql:
    """These columns of staged rows `s`, the province, the source and the keys of these dimensions."""
    keys: list[Sql] = [sql.SQL("%(province_id)s::smallint as province_id")]
    if to.source:
        keys.append(sql.SQL("{}::text as source").format(sql.Literal(to.source)))
    joins: list[Sql] = []
    for dimension in dimensions:
        name = f"{dimension}_id"
        absent = to.fact.columns[name].info.get("absent")
        if dimension in to.absent:
            key: Sql = members.PROVINCE_AREA if dimension == "area" else sql.SQL("{}").format(sql.Literal(absent))
        else:
            key, joined = members.key(dimension, identifies=name in to.keys and absent is None)
            joins.append(joined)
            if isinstance(absent, int):
                key = sql.SQL("coalesce({}, {})").format(key, sql.Literal(absent))
        keys.append(sql.SQL("{} as {}").format(key, sql.Identifier(name)))
    return sql.SQL("(select {} from {} s {})").format(
        sql.SQL(", ").join([*keys, *columns]), staging.table, sql.SQL(" ").join(joins)
    )


def _grow_dimension(connection: Connection, staging: Staging, to: Mapping, values: dict[str, Any]) -> None:
    if _GROWING not in to.lookups:
        return
    names = [sql.Identifier(target) for target in to.members.values()]
    wire = [sql.SQL("max({})").format(sql.Identifier(name)) for name in to.members]
    update: Sql = sql.SQL("nothing")
    if names:
        update = sql.SQL("update set {} where ({}) is distinct from ({})").format(
            sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(n) for n in names),
            sql.SQL(", ").join(sql.SQL("d.{}").format(n) for n in names),
            sql.SQL(", ").join(sql.SQL("excluded.{}").format(n) for n in names),
        )
    connection.execute(
        sql.SQL(
            "insert into warehouse.dim_service as d ({}) select {} from {} where service_code is not null"
            " group by service_code order by service_code"
            " on conflict (province_id, code) do {}"
        ).format(
            sql.SQL(", ").join([sql.Identifier("province_id"), sql.Identifier("code"), *names]),
            sql.SQL(", ").join([sql.SQL("%(province_id)s"), sql.SQL("service_code"), *wire]),
            staging.table,
            update,
        ),
        values,
    )


def _same_key(to: Mapping) -> Sql:
    return sql.SQL(" and ").join(sql.SQL("f.{0} = c.{0}").format(sql.Identifier(key)) for key in to.keys)


def _differs(to: Mapping) -> Sql:
    columns = [sql.Identifier(name) for name in to.written if name not in to.keys]
    if not columns:
        return sql.SQL("false")
    return sql.SQL("({}) is distinct from ({})").format(
        sql.SQL(", ").join(sql.SQL("f.{}").format(c) for c in columns),
        sql.SQL(", ").join(sql.SQL("c.{}").format(c) for c in columns),
    )


def _not_older(feed: Feed) -> Sql:
    if feed.version is None:
        return sql.SQL("true")
    return sql.SQL("c.{0} >= f.{0}").format(sql.Identifier(feed.version))


def _least_day(to: Mapping, alias: str) -> Sql:
    days = [sql.SQL("{}.{}").format(sql.Identifier(alias), sql.Identifier(day)) for day in to.days]
    return sql.SQL("min(least({}))").format(sql.SQL(", ").join(days))


def _least_staged_day(to: Mapping) -> Sql:
    """The first day of staged rows, by those of their moments that the feed gives."""
    days = [
        sql.SQL("min(s.{})").format(sql.Identifier(day))
        if to.fact.columns[day].computed is None
        else sql.SQL("(min(s.{}) at time zone {})::date").format(
            sql.Identifier(day.removesuffix("_day") + "_at"), sql.Literal(TIMEZONE)
        )
        for day in to.days
        if to.fact.columns[day].computed is None or f"{day.removesuffix('_day')}_at" in to.plain
    ]
    return sql.SQL("least({})").format(sql.SQL(", ").join(days)) if days else sql.SQL("null::date")


def _compare(incoming: Sql, to: Mapping, feed: Feed) -> Sql:
    """By batch: records that the fact holds, of these older than the fact's, of these to be changed, earliest day of
    those before the change."""
    return sql.SQL(
        "select c.batch_id, count(*), count(*) filter (where not {newer}),"
        " count(*) filter (where {newer} and {differs}), {oldest} filter (where {newer} and {differs})"
        " from {table} f join {incoming} c on {same} group by 1"
    ).format(
        newer=_not_older(feed),
        differs=_differs(to),
        oldest=_least_day(to, "f"),
        table=to.table,
        incoming=incoming,
        same=_same_key(to),
    )


def _merge(incoming: Sql, to: Mapping, feed: Feed) -> Sql:
    """Brings rows into a fact that holds some of them."""
    updated = [sql.Identifier(name) for name in _filled(to) if name not in to.keys]
    return sql.SQL(
        "merge into {table} f using {incoming} c on {same}"
        " when matched and {newer} and {differs} then update set {updates}"
        " when not matched then insert ({columns}) values ({values})"
    ).format(
        table=to.table,
        incoming=_ordered(incoming, to),
        same=_same_key(to),
        newer=_not_older(feed),
        differs=_differs(to),
        updates=sql.SQL(", ").join(sql.SQL("{0} = c.{0}").format(name) for name in updated),
        columns=sql.SQL(", ").join(map(sql.Identifier, _filled(to))),
        values=sql.SQL(", ").join(sql.SQL("c.{}").format(sql.Identifier(name)) for name in _filled(to)),
    )


def _insert(incoming: Sql, to: Mapping) -> Sql:
    """Brings rows into a fact that holds none of them, so that it need not be looked through again."""
    return sql.SQL("insert into {table} ({columns}) select {columns} from {incoming} c").format(
        table=to.table,
        columns=sql.SQL(", ").join(map(sql.Identifier, _filled(to))),
        incoming=_ordered(incoming, to),
    )


def _filled(to: Mapping) -> list[str]:
    return [*to.written, *sorted(_LINEAGE)]


def _ordered(incoming: Sql, to: Mapping) -> Sql:
    """The rows in the order of the fact's key, which fills the key's index page by page."""
    keys = sql.SQL(", ").join(map(sql.Identifier, to.keys))
    return sql.SQL("(select * from {} i order by {})").format(incoming, keys)


def _seal_written(seal: Seal, staging: Staging, to: Mapping, values: dict[str, Any], batches: list[int]) -> None:
    """Seals the rows of the fact that these batches have just written: those that bear their numbers."""
    keys: list[Sql] = [sql.SQL("s.{0}").format(sql.Identifier(name)) for name in to.plain if name in to.keys]
    lookups = [dimension for dimension in to.lookups if f"{dimension}_id" in to.keys]
    seal.add(
        FACT_RELATIONS[to.fact.name],
        sql.SQL("t.batch_id = any(%(batches)s) and {}").format(
            sql.SQL(" and ").join(sql.SQL("t.{0} = c.{0}").format(sql.Identifier(key)) for key in to.keys)
        ),
        {**values, "batches": batches},
        sql.SQL(", {} c").format(_resolved(staging, to, lookups, keys)),
    )


def _remove(
    connection: Connection, incoming: Sql, to: Mapping, feed: Feed, seal: Seal, values: dict[str, Any]
) -> dict[int, tuple[Any, ...]]:
    """Deletes rows of the replaced scopes that the new snapshot no longer lists, unless they are of a later one; seals
    that they are gone, and gives how many they were, and of which day the first one, by the batch that replaced them. A
    month of values replaces all of its days. Of cases, which no days bound, those stay of which it has a refused
    version."""
    relation = FACT_RELATIONS[to.fact.name]
    spans = [sql.Identifier(name) for name in feed.replace if name == "last_day"]  # a month tells of any of its days
    others = [sql.Identifier(name) for name in feed.replace if sql.Identifier(name) not in spans]
    newest = sql.SQL(", max({0}) as {0}").format(sql.Identifier(feed.version)) if feed.version else sql.SQL("")
    same = [sql.SQL("f.{0} = c.{0}").format(name) for name in others]
    same += [sql.SQL("f.{} between c.first_day and c.last_day").format(name) for name in spans]
    kept: Sql = sql.SQL("")
    if not facts.periodic_days(to.fact):
        refused = sql.SQL(" and ").join(
            sql.SQL("q.fact_row ->> {} = f.{}::text").format(sql.Literal(name), sql.Identifier(name))
            for name in to.keys
            if name not in ("province_id", "source")
        )
        kept = sql.SQL(" and not exists (select from quality.quarantine q where q.batch_id = c.batch and {})").format(
            refused
        )
    query = sql.SQL(
        "with gone as (delete from {table} f using (select {listed}b.first_day, b.last_day, max(i.batch_id) as"
        " batch{newest} from {incoming} i join ledger.batch b using (batch_id) group by {listed}b.first_day,"
        " b.last_day) c where {of_source} and {same_scope} and {not_older}"
        " and not exists (select from {incoming} c where {same}){kept} returning c.batch as _batch, {key} as key,"
        " {day}),"
        " sealed as ({into} select {own}, %(province_id)s::smallint, _batch, null::integer, array_agg(key),"
        " array_agg(null::bytea) from gone group by _batch)"
        " select _batch, count(*), min(day) from gone group by _batch"
    ).format(
        kept=kept,
        day=sql.SQL("least({}) as day").format(
            sql.SQL(", ").join(sql.SQL("f.{}").format(sql.Identifier(day)) for day in to.days)
        ),
        key=relation.named("f"),
        into=INTO,
        own=seal.own(relation),
        of_source=to.scope,
        table=to.table,
        listed=sql.SQL("").join(sql.SQL("{}, ").format(name) for name in others),
        newest=newest,
        incoming=incoming,
        same_scope=sql.SQL(" and ").join(same),
        not_older=_not_older(feed),
        same=_same_key(to),
    )
    return _by_batch(connection, query, values)


def _by_batch(connection: Connection, query: Sql, values: Any = None) -> dict[int, tuple[Any, ...]]:
    return {batch: tuple(found) for batch, *found in connection.execute(query, values)}
