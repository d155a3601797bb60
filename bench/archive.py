"""How long a closed month takes from the archive: `python -m bench.archive [PROVINCES]` (34 without it) loads June 2023
of Lạng Sơn from the gateway, gives other provinces the same with as many dossiers as the largest bench has, publishes
the 25 KPIs, archives the month of each, and computes them from the archive alone. Prints seconds, and how many figures
are not those that PostgreSQL has published."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import psycopg

from bench import gateway, hub
from bench.database import running
from bench.scale import A_MONTH
from hub.periods import VIETNAM, Period
from kpis.archive import write_month
from kpis.archived_figures import archived_figures, differing, published_figures
from kpis.catalogue import Catalogue
from kpis.refresh import refresh
from pipeline.fetch import run_feed
from warehouse.archive import Archive, differences, entries
from warehouse.database import connect
from warehouse.decisions import decide
from warehouse.schema.facts import FACTS

BEFORE, MONTH = date(2023, 5, 31), Period(date(2023, 6, 1), date(2023, 6, 30))
AIM = 120
"""Seconds for all KPIs of the month of 34 provinces on two cores."""
_FILL = Path(__file__).with_name("other_provinces.sql")
_KEYS = {
    "province_id": "p.province_id",
    "batch_id": "t.batch_id + p.province_id * 1000000",
    "organisation_id": "case when t.organisation_id > 0 then t.organisation_id + p.province_id * 1000 else 0 end",
    "service_id": "t.service_id + p.province_id * 100000",
    "area_id": "coalesce(m.new_id, t.area_id)",
}
_DOSSIERS = """
insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, service_id, area_id, channel_code,
    level, status_code, received_at, due_at, ended_at, updated_at, batch_id, page_number)
select p.province_id, 'D' || d.n, o.id[1 + d.n %% cardinality(o.id)], s.id[1 + d.n * 13 %% cardinality(s.id)],
    c.id[1 + d.n * 7 %% cardinality(c.id)], (array['online', 'direct', 'post'])[1 + (d.n + d.n / 7) %% 3], 3 + d.n %% 2,
    'returned', at, at + interval '9 days', at + d.n %% 11 * interval '1 day', at, 1, 1
from warehouse.dim_province as p
cross join lateral (select array_agg(organisation_id) as id from warehouse.dim_organisation as x
    where x.province_id = p.province_id) as o
cross join lateral (select array_agg(service_id) as id from warehouse.dim_service as x
    where x.province_id = p.province_id) as s
cross join lateral (select array_agg(area_id) as id from place as x
    where x.province_id = p.province_id and x.level = 'commune' and not x.is_of_today) as c
cross join generate_series(0, %(a_month)s - 1 - p.province_id * 100) as d (n)
cross join lateral (select timestamptz '2023-06-01 00:00+07' + d.n * interval '29 days' / %(a_month)s as at) as t
"""


def main(provinces: int) -> None:
    """Measures with so many provinces."""
    with (
        tempfile.TemporaryDirectory(prefix="ioc-bench-archive-") as place,
        running() as server,
        server.database(hub=True) as address,
        gateway.running("--world", hub.WORLD) as source,
        hub.installed(address, source) as installation,
    ):
        folder, catalogue = Path(place), Catalogue.of(installation)
        own = {kpi: one for kpi, one in catalogue.definitions.items() if not one.further}
        catalogue = Catalogue(own, catalogue.targets, catalogue.sources)
        url = installation.settings.warehouse_url
        with _timed("loaded from the gateway"):
            for feed in sorted({feed for one in own.values() for feed in one.sources}):
                run_feed(installation, *feed.split("."), BEFORE, MONTH.last)
            _waive(url, catalogue)
        with _timed("other provinces made"):
            _fill(address, provinces)
        with connect(url, "owner") as owner:
            codes = [code for (code,) in owner.execute("select code from warehouse.dim_province order by province_id")]
        with _timed("published by PostgreSQL"):
            for code in codes:
                refresh(url, code, catalogue=catalogue)
        with _timed("archived"):
            for code in codes:
                done = write_month(url, folder, code, MONTH, catalogue=catalogue, now=datetime.now(VIETNAM))
        print(f"of the last: {sum(done.rows.values()):,} rows, without {done.without}")
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{size / 1e6:.0f} MB in {sum(1 for _ in folder.rglob('*.parquet'))} files")
        _compute(url, folder, len(own))


def _waive(url: str, catalogue: Catalogue) -> None:
    """The month is closed: somebody has decided about the records that were refused."""
    with connect(url, "loader") as connection:
        for (batch,) in connection.execute("select batch_id from ledger.batch where is_provisional").fetchall():
            decide(connection, "waived", batch, None, "Benchmark", catalogue.sources)
        connection.commit()


def _compute(url: str, folder: Path, kpis: int) -> None:
    with connect(url, "loader") as connection, Archive.open(folder) as archive:
        begun, used = time.monotonic(), time.process_time()
        written = entries(connection)
        if told := list(differences(archive, written)):
            raise SystemExit(f"bench: {told[0]}")
        hashed = time.monotonic() - begun
        found = {part: archived_figures(archive, files, part.province, MONTH) for part, files in written.items()}
        took, used = time.monotonic() - begun, time.process_time() - used
        figures = sum(map(len, found.values()))
        differ = sum(
            len(differing(own, published_figures(connection, part.province, MONTH))) for part, own in found.items()
        )
    computed = {(part, key.kpi) for part, own in found.items() for key in own}
    print(
        f"{len(computed)} KPIs ({kpis} of {len(found)} provinces), {figures:,} figures: {took:.1f} s by the clock (aim:"
        f" {AIM}), of which {hashed:.1f} s for hashes; {used:.1f} s of a processor; {differ} figures differ; load"
        f" {os.getloadavg()[0]:.0f}"
    )


def _fill(address: str, provinces: int) -> None:
    with psycopg.connect(address, autocommit=True, cursor_factory=psycopg.ClientCursor) as owner:
        owner.execute(_FILL.read_text("utf-8"), {"provinces": provinces, "a_month": A_MONTH})
        for table in ("dim_organisation", "dim_service", "kpi_plan", "unlisted_code", "list_day", *FACTS):
            _copy(owner, f"warehouse.{table}")
        _copy(owner, "ledger.batch")
        owner.execute(
            "insert into ledger.delivery select batch_id + p.province_id * 1000000, deliverer, records"
            " from ledger.delivery, other as p"
        )
        owner.execute(
            "insert into quality.release select batch_id + p.province_id * 1000000, refused, allowed"
            " from quality.release, other as p"
        )
        owner.execute(
            "insert into warehouse.area_population select a.area_id, year, population + 7 * a.province_id, basis"
            " from warehouse.area_population join place as own using (area_id) join place as a on a.level = own.level"
            " where own.province_id = 1 and own.level = 'province' on conflict do nothing"
        )
        owner.execute(_DOSSIERS, {"a_month": A_MONTH})
        owner.execute("vacuum analyze")


def _copy(owner: psycopg.Connection, table: str) -> None:
    """Gives the rows of the first province to each other one; of those that fall together in one area one stays."""
    rows = owner.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped and"
        " attgenerated = ''",
        [table],
    )
    columns = [name for (name,) in rows]
    values = ", ".join(_KEYS.get(name, f"t.{name}") for name in columns)
    place = "left join moved as m on m.area_id = t.area_id and m.province_id = p.province_id"
    owner.execute(
        f"insert into {table} ({', '.join(columns)}) overriding system value select {values} from {table} as t"
        f" cross join other as p {place if 'area_id' in columns else ''} where t.province_id = 1 on conflict do nothing"
    )


@contextmanager
def _timed(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 34)
