"""Rows of a batch that would count twice, as queries: other content under the same key, days that overlap, totals
beside their parts, and one deliverer's records under the names of two."""

from collections.abc import Sequence

from psycopg import sql

from connectors.specification import Feed
from warehouse.members import member
from warehouse.period_values import is_measure
from warehouse.staging import Sql, Staging, key_values


def conflicts(feed: Feed, staging: Staging) -> Sql:
    """Rows that claim to be the same version of the same record, and differ; rows that are refused already claim
    nothing."""
    version = [feed.version] if feed.version and feed.version not in feed.keys else []
    rest = [name for name in staging.columns if name not in (*feed.keys, *version)]
    if not rest:
        return sql.SQL("select _batch, _row from {} where false").format(staging.table)
    keys, same = key_values(feed), key_values(feed, *version)
    others = sql.SQL(", ").join(map(sql.Identifier, rest))
    return sql.SQL(
        "with candidate as (select * from {table} where ({keys}) in (select {keys} from {repeated})"
        " and _row not in (select _row from {rejected}))"
        " select _batch, _row from candidate where ({same}) in"
        " (select {same} from candidate group by {same} having count(distinct row({others})) > 1)"
    ).format(
        table=staging.table,
        repeated=staging.repeated,
        rejected=staging.rejected,
        keys=keys,
        same=same,
        others=others,
    )


def overlapping(feed: Feed, staging: Staging) -> Sql:
    """Values of one indicator and slice, of one read, whose days overlap without being the same: which of them counts
    is not to be known. Where they are the same, their keys are."""
    series = sql.SQL(", ").join(
        sql.SQL("coalesce({}::text, '')").format(sql.Identifier(name))
        for name in feed.keys
        if name not in ("first_day", "last_day")
    )
    return sql.SQL(
        "select _batch, _row from (select _batch, _row, first_day, last_day, max(last_day) over (along rows between"
        " unbounded preceding and 1 preceding) as before, min(first_day) over (along rows between 1 following and"
        " unbounded following) as after"
        " from (select distinct on ({series}, first_day, last_day, _batch) * from {table}"
        " where _row not in (select _row from {rejected})) as one"
        " window along as (partition by {series}, _batch order by first_day, last_day)) as placed"
        " where first_day <= before or last_day >= after"
    ).format(series=series, table=staging.table, rejected=staging.rejected)


_DEPTH = "case when {0} ~ '^({1})$' then 0 else length(coalesce({0}, '')) end as _depth"
"""Digits of an area's code: provinces have two, districts three, communes five. What stands for none may be the whole
of all."""
_NAMED, _UNKNOWN = "[^0-9].*|0+", "9+"
"""What stands for no code: "Toàn tỉnh" or 00000; and 99999, which mostly means an unknown area, and is a whole only
where it is the sum of others."""
_SLICES = {
    "area": ("area_code", "p._depth > s._depth"),
    "organisation": ("organisation_code", "s.organisation_code is null and p.organisation_code is not null"),
    "kind": ("kind", "s.kind = 'none' and p.kind <> 'none'"),
    "class": ("class", "s.class = 'none' and p.class <> 'none'"),
}
"""Slices of values: the column, and the condition on a row `s` to be the whole of which `p` is a part. An area's code
is longer than those of the areas that contain it."""


def totals(feed: Feed, staging: Staging) -> Sql | None:
    """Values for a whole beside values for its parts, of an indicator whose parts add up to it."""
    own = {name: one for name, one in _SLICES.items() if one[0] in feed.kept}
    found: list[sql.Composable] = []
    for name, (_, is_part) in own.items():
        adding = [code for code, indicator in feed.indicators.items() if name in indicator.adds_over]
        others = [
            sql.SQL("(s.{0} is not distinct from p.{0} or {1})").format(sql.Identifier(column), sql.SQL(whole))
            for other, (column, whole) in own.items()
            if other != name
        ]
        if adding:
            found.append(
                sql.SQL("s.indicator = any({}) and {}").format(
                    sql.Literal(adding), sql.SQL(" and ").join([sql.SQL(is_part), *others])
                )
            )
    if not found:
        return None
    return sql.SQL(
        "with kept as materialized (select *, {depth} from {table} where _row not in (select _row from {rejected}))"
        " select s._batch, s._row from kept s where exists (select from kept p where p._batch = s._batch and"
        " p.indicator = s.indicator and p.first_day = s.first_day and p.last_day = s.last_day and (({any})))"
    ).format(
        depth=sql.SQL(_DEPTH.format("area_code" if "area" in own else "null::text", _NAMED)),
        table=staging.table,
        rejected=staging.rejected,
        any=sql.SQL(") or (").join(found),
    )


def sums(feed: Feed, staging: Staging) -> Sql | None:
    """Rows of a code of which every row is the sum of the rows of all other codes, at least two, with the same other
    keys; of areas the sum of those within, of any one level. Its figures are those of the others again. One row alone
    may be such a sum by chance, where it counts little."""
    measures = [name for name, column in feed.kept.items() if column.required and is_measure(feed, name)]
    texts = [name for name in feed.keys if feed.kept[name].type == "text" and not feed.kept[name].codes]
    found = [_sums_over(feed, staging, name, measures) for name in texts] if measures else []
    return sql.SQL(" union ").join(found) if found else None


def _sums_over(feed: Feed, staging: Staging, name: str, measures: Sequence[str]) -> sql.Composable:
    others = sql.SQL(", ").join(sql.Identifier(key) for key in feed.keys if key != name)
    sums = _WITHIN if name == "area_code" else _BESIDE
    return sql.SQL(
        "(with placed as (select s.*, coalesce(s.{name}, '') as _code, row({others})::text as _group from {table} s"
        " where s._row not in (select _row from {rejected})), {sums}"
        " select _batch, _row from wholes where (_batch, _code) in (select _batch, _code from wholes group by 1, 2"
        " having bool_and(is_nothing or is_sum) and bool_or(is_sum and not is_nothing)))"
    ).format(
        name=sql.Identifier(name),
        others=others,
        table=staging.table,
        rejected=staging.rejected,
        sums=sql.SQL(sums).format(
            nothing=_every("s.{0} = 0", measures),
            beside=_every("sum(s.{0}) over alike - s.{0} = s.{0}", measures),
            within=_every("sum(p.{0}) = min(s.{0})", measures),
            area=member("area", sql.Identifier("d")),
        ),
    )


_BESIDE = (
    "wholes as (select s._batch, s._row, s._code, {nothing} as is_nothing,"
    " count(*) over alike > 2 and {beside} as is_sum from placed s window alike as (partition by s._batch, s._group))"
)
_WITHIN = (
    f"areas as (select s.*, {_DEPTH.format('s._code', f'{_NAMED}|{_UNKNOWN}')},"
    " d.area_id as _area, d.ancestor_ids as _above from placed s"
    " left join warehouse.dim_area d on {area}),"
    " sums as (select s._row, {within} as is_sum from areas s join areas p on p._batch = s._batch"
    " and p._group = s._group and p._depth > greatest(s._depth, 2) and (s._depth < 3 or s._area = any(p._above))"
    " where s._depth < 4 group by s._row, p._depth having count(*) > 1),"
    " wholes as (select s._batch, s._row, s._code, {nothing} as is_nothing, exists (select from sums"
    " where sums._row = s._row and sums.is_sum) as is_sum from areas s where s._depth < 4)"
)
"""What of `placed` rows could be wholes, and whether each is the sum of those with the same other keys: of all other
codes, or of areas of one level within it."""


def twins(feed: Feed, staging: Staging, deliverer: str) -> Sql:
    """Rows of deliverers who all have delivered the same, and more than a row or two, which may be alike by chance, or
    nothing but zeros, which count for nothing."""
    rest = sql.SQL(", ").join(sql.Identifier(name) for name in staging.columns if name != deliverer)
    measures = [name for name in feed.kept if is_measure(feed, name)]
    counts = sql.SQL(" or ").join(sql.SQL("{} <> 0").format(sql.Identifier(name)) for name in measures)
    return sql.SQL(
        "with delivered as (select _batch, {deliverer} as code, count(*) as records,"
        " coalesce(bool_or({counts}), true) as counts,"
        " md5(string_agg(row({rest})::text, '' order by row({rest})::text)) as content from {table} group by 1, 2)"
        " select _batch, _row from {table} where (_batch, {deliverer}) in (select _batch, code from delivered d"
        " where records > 2 and counts and exists (select from delivered o where o._batch = d._batch"
        " and o.content = d.content and o.code <> d.code))"
    ).format(
        deliverer=sql.Identifier(deliverer),
        rest=rest,
        counts=counts if measures else sql.SQL("true"),
        table=staging.table,
    )


def _every(condition: str, names: Sequence[str]) -> sql.Composable:
    return sql.SQL(" and ").join(sql.SQL(condition).format(sql.Identifier(name)) for name in names)
