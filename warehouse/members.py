"""Members of dimensions: which one a record's code means, and those that are made of codes which nobody has listed.

A record counts whether its organisation, gate or area is listed or not. What the reference data do not list is written
into `unlisted_code` by the batch that publishes it. An organisation becomes a member without a name; an area becomes a
member of level `unknown` below the province's own unknown area, so that the province's figures have its records and no
district's have them; a code list needs no member, since facts hold its codes. Once the reference data list an
organisation, its member is completed in place; records on an unknown area are placed again (`place_again`).
"""

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Date, Table

from connectors.column_specification import Column
from connectors.specification import Feed
from warehouse.schema.base import TIMEZONE
from warehouse.schema.facts import FACTS
from warehouse.seals import FACT_RELATIONS, INTO, Seal
from warehouse.staging import Sql, Staging

Connection = psycopg.Connection[Any]
LONGEST = 64
"""Characters of a code in a dimension. A longer one is cut and keeps a hash of the whole, so that two stay two."""
_SURROGATES = ("area", "organisation", "service")
_INFERRED = ("organisation", "service")
"""Dimensions whose members say themselves that they are inferred."""
_UNKNOWN_AREA = (
    "(select u.area_id from warehouse.dim_area u join warehouse.dim_area p on p.area_id = u.parent_id"
    " where u.level = 'unknown' and p.level = 'province' and p.code = %(area_code)s order by p.valid_from desc limit 1)"
)
PROVINCE_AREA = sql.SQL(
    "(select area_id from warehouse.dim_area where level = 'province' and code = %(area_code)s"
    " order by valid_from desc limit 1)"
)
"""The area of the batch's province."""


def member(dimension: str, alias: sql.Identifier) -> Sql:
    """The condition on which a row `s` of staging names the member `alias` of a dimension. An area is a listed one: it
    is looked up on the record's day, today where it has none."""
    code = _bounded(sql.SQL("s.{}").format(sql.Identifier(f"{dimension}_code")))
    if dimension == "area":
        return _listed_area(alias, code, sql.SQL("coalesce(s._area_day, current_date)"))
    if dimension in _INFERRED:
        return sql.SQL("{d}.province_id = %(province_id)s and {d}.code = {code}").format(d=alias, code=code)
    return sql.SQL("{d}.code = {code}").format(d=alias, code=code)


def key(dimension: str, *, identifies: bool) -> tuple[Sql, Sql]:
    """The key of the member that a row `s` of staging names, and the joins that find it; null where it names none.

    A record without an area is the whole province's. Where the area `identifies` the row, the source counts by area:
    then one without is of an unknown area, as is one whose code the province does not have on that day.
    """
    alias, table = sql.Identifier(f"d_{dimension}"), sql.Identifier("warehouse", f"dim_{dimension}")
    joins = sql.SQL("left join {} {} on {}").format(table, alias, member(dimension, alias))
    if dimension != "area":
        return sql.SQL("{}.{}").format(alias, sql.Identifier(f"{dimension}_id")), joins
    return sql.SQL(
        "coalesce(d_area.area_id, u_area.area_id, case when s.area_code is null then {} else {} end)"
    ).format(sql.SQL(_UNKNOWN_AREA) if identifies else PROVINCE_AREA, sql.SQL(_UNKNOWN_AREA)), sql.SQL(
        "{} left join warehouse.dim_area u_area on u_area.code = {} and u_area.parent_id = {}"
    ).format(joins, _bounded(sql.SQL("s.area_code")), sql.SQL(_UNKNOWN_AREA))


def unlisted(name: str, dimension: str, rows: sql.Composable, selected: Sql, unsaid: object) -> Sql:
    """These of `rows` (aliased `s`) whose code in the column `name` is given, and not listed. `unsaid` is the code that
    the specification gives an empty field."""
    inferred = sql.SQL(" or d.is_inferred" if dimension in _INFERRED else "")
    return sql.SQL(
        "select {selected} from {rows} s left join {members} d on {same}"
        " where s.{name} is not null and s.{name} is distinct from {unsaid} and (d.{key} is null{inferred})"
    ).format(
        selected=selected,
        rows=rows,
        members=sql.Identifier("warehouse", f"dim_{dimension}"),
        same=_named(name, dimension),
        name=sql.Identifier(name),
        unsaid=sql.Literal(unsaid),
        key=sql.Identifier(f"{dimension}_id" if dimension in _SURROGATES else "code"),
        inferred=inferred,
    )


def in_other_provinces(connection: Connection, staging: Staging, home: Mapping[str, Any]) -> dict[int, int]:
    """By batch how many staged rows name an area of another province. `home` holds the province's area_code."""
    condition = (
        "a.valid_from <= coalesce(s._area_day, current_date)"
        " and (coalesce(s._area_day, current_date) < a.valid_to or a.valid_to is null)"
    )
    return _naming_areas(connection, staging, condition, home)


def in_ended_areas(connection: Connection, staging: Staging, home: Mapping[str, Any]) -> dict[int, int]:
    """By batch how many staged rows name an area of the province that had ended by the row's day. Their source has the
    list of before, of which some codes are used again: those name other areas now."""
    condition = (
        "a.valid_to <= coalesce(s._area_day, current_date) and a.ancestor_ids && array("
        "select area_id from warehouse.dim_area where level = 'province' and code = %(area_code)s)"
    )
    return _naming_areas(connection, staging, condition, home)


def _naming_areas(
    connection: Connection, staging: Staging, condition: LiteralString, home: Mapping[str, Any]
) -> dict[int, int]:
    """By batch how many staged rows that are not of the province's areas of their days name an area `a` of which the
    condition holds."""
    rows = unlisted("area_code", "area", staging.table, sql.SQL("s._batch, s._area_day, s.area_code"), None)
    return dict(
        connection.execute(
            sql.SQL(
                "select _batch, count(*) from ({rows}) as s where exists (select from warehouse.dim_area as a"
                " where a.code = {code} and a.level <> 'unknown' and {condition}) group by _batch"
            ).format(rows=rows, code=_bounded(sql.SQL("s.area_code")), condition=sql.SQL(condition)),
            home,
        ).fetchall()
    )


def add_inferred(
    connection: Connection,
    where: str,
    province_id: int,
    staging: Staging,
    feed: Feed,
    lookups: Mapping[str, str],
    area_code: str,
) -> None:
    """Writes down the codes of staged rows that are not listed, and makes members of those that need one. `lookups` are
    the columns whose codes are looked up, with their dimensions; `where` names the feed.

    Runs in the caller's transaction; in the order of the codes, so that two feeds which name the same ones wait for
    each other and do not lock each other out.
    """
    source, _, own = where.partition(".")
    values = {"province_id": province_id, "source": source, "feed": own, "area_code": area_code}
    for name, dimension in sorted(lookups.items(), key=lambda one: (one[1], one[0])):
        column = feed.columns.get(name)
        days = sql.SQL(", _area_day" if dimension == "area" else "")
        code = sql.SQL("s.{}").format(sql.Identifier(name))
        named = sql.SQL("(select {0}{1}, min(_batch) as _batch from {2} group by {0}{1})").format(
            sql.Identifier(name), days, staging.table
        )
        connection.execute(
            sql.SQL(
                "insert into warehouse.unlisted_code (province_id, source, feed, dimension, code, batch_id)"
                " select %(province_id)s, %(source)s, %(feed)s, %(dimension)s, code, min(batch_id)"
                " from ({}) as n (code, batch_id) group by code order by code on conflict do nothing"
            ).format(unlisted(name, dimension, named, sql.SQL("{}, s._batch").format(_bounded(code)), unsaid(column))),
            {**values, "dimension": dimension},
        )
        if dimension in _MEMBERS:
            connection.execute(_MEMBERS[dimension].encode(), values)


_NEW_ID = "nextval('warehouse.dim_area_area_id_seq')::integer"
_NEW_AREAS = (
    "insert into warehouse.dim_area (area_id, code, valid_from, level, name, sort_key, parent_id, ancestor_ids)"
)
_NOTED = (
    "select u.code from warehouse.unlisted_code u where u.province_id = %(province_id)s and u.source = %(source)s"
    " and u.feed = %(feed)s and u.dimension = "
)
_MEMBERS = {
    "organisation": "insert into warehouse.dim_organisation (province_id, code, sort_key, is_inferred)"
    f" select %(province_id)s, n.code, n.code, true from ({_NOTED}'organisation') n"
    " where not exists (select from warehouse.dim_organisation o"
    " where o.province_id = %(province_id)s and o.code = n.code) order by n.code on conflict do nothing",
    "area": f"{_NEW_AREAS} select n.area_id, n.code, r.valid_from, 'unknown',"
    " 'Chưa có trong danh mục (' || n.code || ')', n.code, r.area_id, array[n.area_id] || r.ancestor_ids"
    f" from (select {_NEW_ID} as area_id, code from ({_NOTED}'area' and not exists"
    " (select from warehouse.dim_area d where d.code = u.code"
    f" and d.parent_id = {_UNKNOWN_AREA}) order by u.code) as new) as n"
    f" join warehouse.dim_area r on r.area_id = {_UNKNOWN_AREA} order by n.code on conflict do nothing",
}


def unsaid(column: Column | None) -> object:
    """The code that a specification gives an empty field, such as "none"."""
    return column.codes.get("") if column else None


def add_unknown_areas(connection: Connection) -> None:
    """Makes the unknown area of every province of this hub. It has no end: a merged province's late records need it."""
    connection.execute(
        f"{_NEW_AREAS} select n.area_id, n.code || '-unknown', n.valid_from, 'unknown', 'Địa bàn chưa xác định', '~',"
        f" n.parent_id, array[n.area_id] || n.ancestor_ids from (select {_NEW_ID} as area_id, a.code, a.valid_from,"
        " a.area_id as parent_id, a.ancestor_ids from warehouse.dim_area a where a.level = 'province'"
        " and a.code in (select area_code from warehouse.dim_province) and not exists (select"
        " from warehouse.dim_area u where u.parent_id = a.area_id and u.level = 'unknown')) as n".encode()
    )


def place_again(connection: Connection) -> None:
    """Moves records from unknown areas to those that the reference data have come to list, and lets the next refresh
    compute the figures of their feeds anew. The moves are sealed."""
    seal = Seal(connection, "reference", "reference")
    for province_id, area_code in connection.execute(
        "select province_id, area_code from warehouse.dim_province"
    ).fetchall():
        values = {"province_id": province_id, "area_code": area_code}
        candidates = connection.execute(
            f"select u.area_id from warehouse.dim_area u where u.parent_id = {_UNKNOWN_AREA} and exists"
            " (select from warehouse.dim_area d where d.code = u.code and d.level <> 'unknown')".encode(),
            values,
        ).fetchall()
        if not candidates:
            continue
        for fact in FACTS.values():
            if "area_id" in fact.columns:
                moved = _moved(fact, seal)
                connection.execute(moved, {**values, "unknown": [area_id for (area_id,) in candidates]})
    seal.close("reference", "areas/unknown")


def _moved(fact: Table, seal: Seal) -> Sql:
    relation = FACT_RELATIONS[fact.name]
    keys = [column.name for column in fact.primary_key.columns]
    others = [name for name in keys if name != "area_id"]
    same = sql.SQL(" and ").join(sql.SQL("h.{0} = f.{0}").format(sql.Identifier(name)) for name in others)
    held: Sql = sql.SQL("false")
    if "area_id" in keys:
        held = sql.SQL("exists (select from {} h where {} and h.area_id = d.area_id)").format(
            sql.Identifier("warehouse", fact.name), same
        )
    return sql.SQL(
        "with moved as (update {fact} f set area_id = d.area_id from warehouse.dim_area u, warehouse.dim_area d"
        " where f.province_id = %(province_id)s and f.area_id = any(%(unknown)s) and u.area_id = f.area_id"
        " and {listed} and not {held} returning f.batch_id, f.page_number, {before} as before, {after} as after,"
        " {hash} as hash),"
        " gone as ({into} select {own}, %(province_id)s::smallint, batch_id, page_number, array_agg(before),"
        " array_agg(null::bytea) from moved where before <> after group by 3, 4, 5),"
        " kept as ({into} select {own}, %(province_id)s::smallint, batch_id, page_number, array_agg(after),"
        " array_agg(hash) from moved group by 3, 4, 5)"
        " delete from kpi.refresh r using ledger.batch b where b.batch_id in (select batch_id from moved)"
        " and r.province_id = b.province_id and r.source = b.source and r.feed = b.feed"
    ).format(
        fact=sql.Identifier("warehouse", fact.name),
        listed=_listed_area(sql.Identifier("d"), sql.SQL("u.code"), _area_day(fact)),
        held=held,
        before=relation.named("f", area_id=sql.SQL("u.area_id")),
        after=relation.named("f"),
        hash=seal.contents.hashed(relation, "f"),
        into=INTO,
        own=seal.own(relation),
    )


def _area_day(fact: Table) -> Sql:
    """The day on which a row `f` of a fact names its area, as staging computes it."""
    marked = [column for column in fact.columns if "area_day" in column.info]
    days = [
        sql.SQL("f.{}" if isinstance(column.type, Date) else "(f.{} at time zone {})::date").format(
            sql.Identifier(column.name), *([] if isinstance(column.type, Date) else [sql.Literal(TIMEZONE)])
        )
        for column in sorted(marked, key=lambda column: int(column.info["area_day"]))
    ]
    return sql.SQL("coalesce({})").format(sql.SQL(", ").join([*days, sql.SQL("current_date")]))


def _named(name: str, dimension: str) -> Sql:
    """`member` for a code in a column of any name."""
    own = f"{dimension}_code"
    if name == own or dimension in _SURROGATES:
        return member(dimension, sql.Identifier("d"))
    return sql.SQL("d.code = {}").format(_bounded(sql.SQL("s.{}").format(sql.Identifier(name))))


def _listed_area(alias: sql.Identifier, code: Sql, day: Sql) -> Sql:
    """Areas of other provinces are none of this one's, but for a province that has been merged since: its records then
    name areas of its successor."""
    return sql.SQL(
        "{d}.code = {code} and {d}.level <> 'unknown' and {d}.valid_from <= {day}"
        " and ({day} < {d}.valid_to or {d}.valid_to is null)"
        " and ({d}.ancestor_ids && array(select area_id from warehouse.dim_area"
        " where level = 'province' and code = %(area_code)s) or {day} >= (select max(valid_to)"
        " from warehouse.dim_area where level = 'province' and code = %(area_code)s))"
    ).format(d=alias, code=code, day=day)


def _bounded(code: Sql) -> Sql:
    return sql.SQL(
        "case when length({code}) <= {longest} then {code} else left({code}, {kept}) || '#' || left(md5({code}), 8) end"
    ).format(code=code, longest=sql.Literal(LONGEST), kept=sql.Literal(LONGEST - 9))
