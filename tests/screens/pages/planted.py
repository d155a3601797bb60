"""A hub whose figures cannot be mistaken: no two areas, organisations or provinces have a count in common."""

import psycopg

from accounts import directory
from accounts.caller import as_caller
from screens.formats import number
from tests.installation import refresh
from tests.kpis.facts import Facts
from tests.screens.api import hub
from warehouse.database import connect

COUNTS = {
    (hub.TOWN, hub.OWN, "online"): 1117,
    (hub.TOWN, hub.OTHER, "direct"): 2239,
    (hub.FAR, hub.OWN, "direct"): 4481,
    (hub.FAR, hub.OTHER, "online"): 8963,
}
"""Dossiers by area, organisation and channel; no two sums of them are the same."""
VEHICLES = {"H37": 5021, "H59": 7103}
LEAST = 1000
"""Smaller numbers stand on a page for many things; larger ones are of figures only."""


def plant(world: hub.World) -> None:
    """Put the counts beside what the hub has, all on one day of March 2023."""
    with connect(world.url, "owner") as owner:
        facts, south = Facts(owner), Facts(owner, "H59")
        for (area, organisation, channel), count in COUNTS.items():
            many = {"received_at": "2023-03-10T08:00:00+07:00", "area": area, "organisation": organisation}
            facts.add("fact_dossier", [many | {"channel_code": channel, "dossier_code": f"{area}{organisation}"}])
            _multiply(owner, "fact_dossier", "dossier_code", f"{area}{organisation}", count)
        for own, province in ((facts, "H37"), (south, "H59")):
            many = {"processed_at": "2023-03-10T08:00:00+07:00", "declaration_code": f"many-{province}"}
            own.add("fact_vehicle", [many])
            _multiply(owner, "fact_vehicle", "declaration_code", f"many-{province}", VEHICLES[province])
            own.publish("gate.vehicles", hub.DAYS, hub.DAYS[0])
        facts.publish("dvc.dossiers", hub.DAYS, hub.DAYS[0])
        owner.commit()
        owner.autocommit = True
        owner.execute("analyze")  # autovacuum comes too late for a test: unplanned, some pages take a minute
    refresh(world.url, "H37", ["online_dossier_rate", "gate_vehicles"])
    refresh(world.url, "H59", ["gate_vehicles"])


def _multiply(owner: psycopg.Connection, fact: str, key: str, value: str, count: int) -> None:
    """So many more rows like the one of that key."""
    columns = [
        row[0]
        for row in owner.execute(
            "select column_name from information_schema.columns where table_schema = 'warehouse' and table_name = %s"
            " and is_generated = 'NEVER'",
            [fact],
        )
    ]
    taken = ", ".join(f"f.{name} || '-' || n" if name == key else f"f.{name}" for name in columns)
    owner.execute(
        f"insert into warehouse.{fact} ({', '.join(columns)}) select {taken} from warehouse.{fact} as f"
        f" cross join generate_series(1, %s) as n where f.{key} = %s".encode(),
        [count, value],
    )


def foreign_numbers(world: hub.World, login: str) -> set[str]:
    """Every large number that is published to others and not to that account, as both languages write it."""
    with connect(world.url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, login).account_id)
    assert caller is not None
    with connect(world.url, "owner") as owner:
        every = _numbers(owner)
    with connect(world.url, "screens") as connection, as_caller(connection, caller):
        own = _numbers(connection)
    return {number(value, language) for value in every - own for language in ("vi", "en")} | {
        str(value) for value in every - own
    }


def _numbers(connection: psycopg.Connection) -> set[int]:
    rows = connection.execute("select value, numerator, denominator from serving.kpi_observations").fetchall()
    return {int(cell) for row in rows for cell in row if cell and cell >= LEAST and cell == int(cell)}


def names(world: hub.World, areas: tuple[str, ...], organisations: tuple[str, ...]) -> set[str]:
    """What people call these areas and organisations."""
    with connect(world.url, "owner") as owner:
        found = owner.execute(
            "select name from warehouse.dim_area where code = any(%s) and valid_to is not null and level <> 'province'"
            " union select name from warehouse.dim_organisation where code = any(%s)",
            [list(areas), list(organisations)],
        ).fetchall()
    return {row[0] for row in found}
