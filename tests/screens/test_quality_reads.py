"""What a list of quality reads of the ledger: as much as it shows, and not all batches that there ever were."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from accounts import directory, rights
from accounts.caller import as_caller
from screens import quality
from screens.quality import Filters
from tests.postgres import Postgres
from warehouse.database import connect

RUNS = 6000
"""Of two sources, a day each, the newest days loaded first; every third broke the rule, every fortieth is blocked."""
MOST_READ = 1000
SHOWN = 50
FILL = """
insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status)
select p.province_id, (array['dvc', 'telecom'])[1 + n % 2], 'feed', d, d, 1, '',
    case when n % 40 = 7 then 'blocked' else 'published' end
from generate_series(0, %(runs)s - 1) as n
join warehouse.dim_province as p on p.code = 'H37'
cross join lateral (select date '2023-06-30' - n / 2 as d) as day;
insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated, failed,
    description_vi, description_en)
select batch_id, 'day_share', 'warn', 'x', true, batch_id % 3 > 0, 100, 1, '', '' from ledger.batch;
insert into ledger.delivery (batch_id, deliverer, records)
select batch_id, 'vnpt', 50 from ledger.batch where source = 'telecom';
insert into landing.page (batch_id, page_number, wire_sha256, landed_sha256, correlation_id, request, records,
    wire_bytes, fetched_at)
select batch_id, 1, '', '', '', 'GET /x', 100, 1, now() from ledger.batch;
insert into quality.quarantine (batch_id, page_number, row_number, rules, record)
select batch_id, 1, 1, '["day_share"]', '{}' from ledger.batch;
create function serving.batches_read() returns bigint language sql security definer as
    'select seq_tup_read + idx_tup_fetch from pg_stat_xact_all_tables where relid = ''ledger.batch''::regclass';
grant execute on function serving.batches_read() to ioc_screens;
analyze;
"""


@pytest.fixture(scope="module")
def connection(postgres: Postgres) -> Iterator[psycopg.Connection]:
    """One of the screens, for auditors of a province."""
    url = postgres.database()
    with connect(url, "owner") as owner:
        owner.execute(FILL.replace("%(runs)s", str(RUNS)).encode())
        directory.create(owner, "auditor", "Auditor", "auditor", rights.find_limits(owner, "H37"))
        caller = directory.find_caller(owner, directory.find(owner, "auditor").account_id)
    assert caller is not None
    with connect(url, "screens") as screens, as_caller(screens, caller):
        yield screens


def batches_read(connection: psycopg.Connection) -> int:
    """Rows of the ledger that the connection's transaction has read."""
    [(rows,)] = connection.execute("select serving.batches_read()").fetchall()
    return int(rows)


@pytest.mark.parametrize(
    "asked",
    [
        Filters(),
        Filters(source="dvc"),
        Filters(source="dvc", rule="day_share"),
        Filters(source="dvc", feed="feed"),
        Filters(status="blocked"),
        Filters(status="failed"),
        Filters(rule="keys:unique"),
        Filters(deliverer="VNPT"),
        Filters(first=date(2016, 1, 1), last=date(2016, 1, 31)),
        Filters(first=date(2016, 1, 1)),
        Filters(last=date(2016, 1, 1)),
    ],
    ids=str,
)
def test_a_list_of_runs_reads_a_part_of_the_ledger(connection: psycopg.Connection, asked: Filters) -> None:
    before = batches_read(connection)
    found = quality.runs(connection, 1, asked, "vi", limit=SHOWN)
    assert len(found) == (0 if "failed" in str(asked) or "keys" in str(asked) else SHOWN)
    assert batches_read(connection) - before < MOST_READ


@pytest.mark.parametrize("asked", [Filters(), Filters(status="open"), Filters(source="dvc"), Filters(rule="day_share")])
def test_a_list_of_refused_records_reads_a_part_of_the_ledger(connection: psycopg.Connection, asked: Filters) -> None:
    before = batches_read(connection)
    assert len(quality.refused(connection, 1, asked, limit=SHOWN)) == SHOWN
    assert batches_read(connection) - before < MOST_READ


def test_drift_is_looked_for_in_its_months_alone(connection: psycopg.Connection) -> None:
    month = quality.Total("dvc", "feed", date(2016, 1, 1), "day_share", 31, 10, 31, 10)
    before = batches_read(connection)
    assert len(quality.drifts(connection, 1, [month], "vi", limit=SHOWN)) == 11
    assert batches_read(connection) - before < MOST_READ
