"""A database of every release, with rows in every table, is upgraded to today's schema and says what it said.

After a release: add its newest revision here, and its rows as `released/<version>.sql`. Where a migration renames a
column or takes it away on purpose, say so in MOVED.
"""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from audit.verification import verify
from tests.installation import migrate
from tests.kpis.asking import compute, observed
from tests.postgres import Postgres
from warehouse import migrate as migration
from warehouse.database import connect, engine
from warehouse.landing import Landing
from warehouse.schema.base import SCHEMAS
from warehouse.schema.facts import FACTS, rows_by_day
from warehouse.seals import FACT_RELATIONS, Seal

RELEASES = {"0.1.0": "0007"}
MOVED: dict[str, str | None] = {}
"""`schema.table.column` of a release → its name today; None where what it said is elsewhere, or no longer kept."""
REFERENCE = {"area_population", "area_successor", "kpi_plan", "kpi_field", "source_field"}
"""Besides the dimensions: what every migration loads from the reference data, so that only the keys stay."""

Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module", params=RELEASES)
def upgraded(request: pytest.FixtureRequest, postgres: Postgres) -> tuple[str, Tables]:
    """URL of the upgraded database, and what its tables held before."""
    version = request.param
    url = postgres.database(migrated=False)
    with engine(url, "owner").begin() as connection:
        migration._upgrade(connection, RELEASES[version])
    with connect(url, "owner") as connection:
        connection.execute((Path(__file__).parent / "released" / f"{version}.sql").read_bytes())
        connection.commit()
    before = tables(url)
    assert [name for name, rows in before.items() if not rows] == [], "tables of the release without a row"
    migrate(url)
    return url, before


def tables(url: str) -> Tables:
    with connect(url, "owner") as connection:
        names = connection.execute(
            "select c.oid::regclass::text from pg_class as c where c.relkind in ('r', 'p') and not c.relispartition"
            " and c.relnamespace::regnamespace::text = any(%s) and c.relname <> 'schema_version'",
            [list(SCHEMAS)],
        ).fetchall()
        return {
            name: [row for (row,) in connection.execute(f"select to_jsonb(t) from {name} as t order by t".encode())]
            for (name,) in names
        }


def test_every_row_of_before_is_there_and_says_the_same(upgraded: tuple[str, Tables]) -> None:
    url, before = upgraded
    after = tables(url)
    for table, rows in before.items():
        kept = [column for column in rows[0] if MOVED.get(f"{table}.{column}", column) is not None]
        if table.partition(".")[2] in REFERENCE or ".dim_" in table:
            kept = [name for name in kept if name in ("code", "day") or (name.endswith("_id") and name != "parent_id")]
        wanted = [{MOVED.get(f"{table}.{column}", column): row[column] for column in kept} for row in rows]
        found = [{column: row.get(str(column)) for column in wanted[0]} for row in after[table]]
        assert [row for row in wanted if row not in found] == [], table


def test_what_was_said_is_still_said(upgraded: tuple[str, Tables]) -> None:
    url, _ = upgraded
    january = date(2023, 1, 1), date(2023, 1, 31)
    with connect(url, "reader") as reader:
        first = observed(reader, "gate_vehicles", *january, date(2023, 1, 20), "H37")
        now = observed(reader, "gate_vehicles", *january, date(2023, 2, 28), "H37")
    assert first.reason is not None
    assert (first.value, first.reason.vi, first.reason.en) == (None, "Chưa có dữ liệu", "no data yet")
    assert now.value == 2
    assert (now.status, now.revision) == ("official", 2)


@pytest.mark.parametrize(
    ("kpi", "value"), [("gate_vehicles", 2), ("online_dossier_rate", 50), ("on_time_dossier_rate", 100)]
)
def test_figures_are_computed_from_the_facts_of_before(upgraded: tuple[str, Tables], kpi: str, value: int) -> None:
    with connect(upgraded[0], "reader") as reader:
        assert compute(reader, kpi, date(2023, 1, 1), date(2023, 1, 31), "H37").value == value


def test_refused_records_of_before_are_seen_beside_the_facts(upgraded: tuple[str, Tables]) -> None:
    with connect(upgraded[0], "reader") as reader:
        refused = reader.execute("select declaration_code, state from serving.refused_vehicles").fetchall()
    assert refused == [("TK-3", "refused")]


@pytest.mark.parametrize("is_sealed", [True, False])
def test_catalogues_of_each_day_give_the_rows_that_they_gave(
    postgres: Postgres, tmp_path: Path, is_sealed: bool
) -> None:
    """A row for each service and day becomes one for as long as catalogues say the same, in seals, too."""
    url, columns = postgres.database(migrated=False), "province_id, day, service_id, level, on_national_portal, "
    columns += "effective_day, expiry_day, batch_id, page_number"
    with engine(url, "owner").begin() as connection:
        migration._upgrade(connection, "0028")
    with connect(url, "owner") as owner:
        insert = f"insert into warehouse.fact_service ({columns}) values ({', '.join(['%s'] * 9)})".encode()
        owner.cursor().executemany(insert, catalogues(random.Random(29)))
        if is_sealed:
            seal = Seal(owner, "upgrade", "upgrade")
            seal.add(FACT_RELATIONS["fact_service"], sql.SQL("true"))
            seal.close("migration", "seals")
        owner.commit()
        before = owner.execute(f"select {columns} from warehouse.fact_service order by 1, 2, 3".encode()).fetchall()
    migrate(url)
    with connect(url, "loader") as loader:
        by_day = rows_by_day(FACTS["fact_service"])
        assert loader.execute(f"select {columns} from {by_day} f order by 1, 2, 3".encode()).fetchall() == before
        [(rows,)] = loader.execute("select count(*) from warehouse.fact_service").fetchall()
        assert rows < len(before) / 3
        assert verify(loader, Landing(str(tmp_path))).findings == []


def catalogues(chance: random.Random) -> list[tuple[Any, ...]]:
    """Rows of two provinces: some days are missing, services come and go, change, or stand on another page, and a few
    rows are what another batch said of the day."""
    rows: list[tuple[Any, ...]] = []
    for province in (1, 2):
        said: dict[int, tuple[Any, ...]] = dict.fromkeys(range(30), (4, True, None, None, 1))
        for number in (number for number in range(60) if chance.random() < 0.8):
            day = date(2023, 1, 1) + timedelta(days=number)
            for service in said:
                if chance.random() < 0.05:
                    level, portal = chance.choice((2, 3, None)), chance.random() < 0.5
                    said[service] = level, portal, chance.choice((None, day)), None, chance.choice((1, 2))
                if chance.random() < 0.97:
                    batch = 100 * province + number + (1000 if chance.random() < 0.02 else 0)
                    rows.append((province, day, service, *said[service][:4], batch, said[service][4]))
    return rows
