"""What published figures are computed by, as it was approved last, and the reference data among it.

An input has a name, such as `source/dvc` or `area_population`, and values by key, all as text: two states of it differ
in keys that people know from its file.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[Any]
Body = Mapping[str, str]
Inputs = Mapping[str, Body]
_REFERENCE = {
    "area_population": "select concat_ws(' ', a.code, p.year, 'population'), p.population::text"
    " from warehouse.area_population p join warehouse.dim_area a using (area_id)",
    "kpi_plan": "select concat_ws(' ', p.code, k.kpi_id, nullif(k.breakdown, ''), k.year, 'plan'), k.plan::text"
    " from warehouse.kpi_plan k join warehouse.dim_province p using (province_id)",
    "dim_province": "select p.code || ' area_code', p.area_code from warehouse.dim_province p union all"
    " select p.code || ' area_km2 ' || a.valid_from, a.area_km2::text from warehouse.dim_province p"
    " join warehouse.dim_area a on a.code = p.area_code and a.level = 'province' and a.area_km2 is not null",
    "dim_organisation": "select concat_ws(' ', p.code, o.code, 'tier'), o.tier from warehouse.dim_organisation o"
    " join warehouse.dim_province p using (province_id) where not o.is_inferred",
    "dim_area": "select level, encode(sha256(string_agg((code, valid_from, valid_to, parent_id)::text, ';'"
    " order by area_id)::bytea), 'hex') from warehouse.dim_area where level <> 'unknown' group by level",
    "area_successor": "select 'shares', encode(sha256(coalesce(string_agg((area_id, successor_id, share)::text, ';'"
    " order by area_id, successor_id), '')::bytea), 'hex') from warehouse.area_successor",
    "feed_deliverers": "select concat_ws('.', source, feed) || ' every', concat_ws(' ', every, column_name)"
    " from warehouse.feed_deliverers",
    "deliverer": "select concat_ws('.', source, feed) || ' ' || code || coalesce(' ' || valid_from, ''),"
    " coalesce(valid_to::text, '…') from warehouse.deliverer",
}
"""By table the keys and values that figures can depend on; names do not count, nor what records made themselves."""
FILES = {
    "area_population": "reference/area_population.csv",
    "kpi_plan": "reference/plans.csv",
    "dim_province": "reference/provinces.csv",
    "dim_organisation": "reference/organisations.csv",
    "dim_area": "the hub's areas",
    "area_successor": "the hub's areas",
    "feed_deliverers": "sources/*.toml",
    "deliverer": "reference/deliverers.csv",
}
"""Table → the file that fills it."""


def reference_inputs(connection: Connection) -> dict[str, Body]:
    """The reference data as the database holds them, in the caller's transaction."""
    return {name: dict(connection.execute(query.encode()).fetchall()) for name, query in _REFERENCE.items()}


def approved(connection: Connection) -> dict[str, Body]:
    """What was approved last."""
    return dict(connection.execute("select name, body from ledger.approved_input").fetchall())


def approve(connection: Connection, inputs: Inputs) -> None:
    """These are what is approved from now on, and nothing else."""
    connection.execute("delete from ledger.approved_input where name <> all(%s)", [list(inputs)])
    note(connection, inputs, replace=True)


def note(connection: Connection, inputs: Inputs, *, replace: bool = False) -> None:
    """Keeps inputs of which nothing is known yet; with `replace` all of them, where they differ."""
    clash = "update set body = excluded.body, approved_at = now() where approved_input.body <> excluded.body"
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ledger.approved_input (name, body) values (%s, %s) on conflict (name) do "
            + (clash if replace else "nothing"),
            [(name, Jsonb(dict(body))) for name, body in inputs.items()],
        )
