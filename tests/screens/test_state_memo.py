"""What answers share of a state of the data: read once, and never of another state or within other rights."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count

import psycopg
import pytest

from accounts import directory
from accounts.caller import Caller, as_caller
from accounts.rights import Limits, find_limits
from screens.state_memo import StateMemo
from tests.accounts.world import caller
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.serving import Connection

DAYS = (date(2023, 1, 1), date(2023, 6, 30))
CHANGES = {
    "a batch": "insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256)"
    " select province_id, 'dvc', 'dossiers', '2023-07-01', '2023-07-01', 1, '' from warehouse.dim_province",
    "the end of a batch": "update ledger.batch set finished_at = now(), status = 'blocked' where finished_at is null",
    "a decision about a refused record": "insert into quality.quarantine (batch_id, page_number, row_number, rules,"
    " record) select max(batch_id), 1, 1, '[\"level:codes\"]', '{}' from ledger.batch; with entry as"
    " (insert into ledger.entry (body) values ('{}') returning entry_id) insert into quality.decision (quarantine_id,"
    " way, reason, actor, entry_id) select (select max(quarantine_id) from quality.quarantine), 'waived', 'known',"
    " 'an engineer', entry_id from entry",
    "a release": "insert into quality.release (batch_id, refused, allowed)"
    " select max(batch_id), 0, 0 from ledger.batch",
    "a note": "insert into kpi.note (province_id, kpi_id, area_id, first_day, last_day, text, salt, author)"
    " select p.province_id, 'gate_vehicles', a.area_id, '2023-06-01', '2023-06-30', 'closed', '', 'leader'"
    " from warehouse.dim_province as p join warehouse.dim_area as a on a.code = p.area_code limit 1",
    "the withdrawal of a note": "update kpi.note set withdrawn_at = now(), withdrawn_by = 'leader', text = null",
    "a definition": "insert into kpi.definition (kpi_id, version, valid_from, body, sha256)"
    " values ('new', 1, '2023-01-01', '{}', '')",
}
"""Whatever changes what snapshots share, in the order in which it can happen."""


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    url = postgres.database()
    with connect(url, "owner") as owner:
        Facts(owner).publish("dvc.dossiers", DAYS)
        owner.commit()
    return url


@pytest.fixture
def keeper(url: str) -> Iterator[psycopg.Connection]:
    with connect(url, "accounts") as connection:
        yield connection


class Reader:
    """Snapshots of one process, each telling the how-manieth read its answer is of."""

    def __init__(self, url: str) -> None:
        self.url, self.memo, self.reads = url, StateMemo(), count(1)

    def read(self, who: Caller) -> int:
        with self.snapshot(who) as connection:
            return self.memo.once(connection)(self._next)

    @contextmanager
    def snapshot(self, who: Caller) -> Iterator[Connection]:
        with connect(self.url, "screens") as connection, as_caller(connection, who):
            yield connection

    def _next(self, _connection: Connection) -> int:
        return next(self.reads)


def test_snapshots_of_one_state_read_it_once_whoever_asks_with_the_same_rights(
    url: str, keeper: psycopg.Connection
) -> None:
    first, second = (caller(url, login, Limits(1)) for login in ("first", "second"))
    reader = Reader(url)
    assert [reader.read(who) for who in (first, second, first)] == [1, 1, 1]


def test_each_change_is_another_state(url: str, keeper: psycopg.Connection) -> None:
    who, reader = caller(url, "watching", Limits(1)), Reader(url)
    for number, (change, statement) in enumerate(CHANGES.items(), start=1):
        assert reader.read(who) == number, f"before {change}"
        with connect(url, "owner") as owner:
            owner.execute(statement.encode())
        assert reader.read(who) == number + 1, change


def test_a_snapshot_that_began_before_a_change_has_no_answer_of_after_it(url: str, keeper: psycopg.Connection) -> None:
    who, reader = caller(url, "early", Limits(1)), Reader(url)
    with reader.snapshot(who) as early:
        early.execute("select count(*) from serving.batches")  # from here on it sees this state
        with connect(url, "owner") as owner:
            owner.execute(CHANGES["a batch"].encode())
        assert reader.read(who) == 1
        assert reader.memo.once(early)(reader._next) == 2
        assert reader.read(who) == 1


def test_other_rights_share_nothing(url: str, keeper: psycopg.Connection) -> None:
    limits = [
        Limits(1),
        Limits(),
        find_limits(keeper, "H37", "178@2023-06-30"),
        find_limits(keeper, "H37", None, ["000.00.12.H37"]),
        find_limits(keeper, "H37", fields=["press"]),
    ]
    reader = Reader(url)
    callers = [caller(url, f"limited-{number}", one) for number, one in enumerate(limits)]
    assert [reader.read(who) for who in callers] == [1, 2, 3, 4, 5]


def test_rights_count_as_the_database_knows_them_now(url: str, keeper: psycopg.Connection) -> None:
    """A request whose caller was looked up before the rights were changed."""
    who, other, reader = caller(url, "moved", Limits(1)), caller(url, "stays", Limits(1)), Reader(url)
    assert reader.read(other) == 1
    directory.set_rights(
        keeper, directory.find(keeper, "moved"), "department", find_limits(keeper, "H37", "178@2023-06-30")
    )
    keeper.commit()
    assert reader.read(who) == 2
    assert reader.read(other) == 1


def test_an_account_that_was_disabled_meanwhile_is_given_nothing(url: str, keeper: psycopg.Connection) -> None:
    who, reader = caller(url, "gone", Limits(1)), Reader(url)
    with reader.snapshot(who) as connection:
        assert connection.execute("select count(*) from serving.provinces").fetchone() == (1,)
    directory.disable(keeper, directory.find(keeper, "gone"))
    keeper.commit()
    with reader.snapshot(who) as connection:
        reader.memo.once(connection)
        assert connection.execute("select count(*) from serving.areas").fetchone() == (0,)


def test_areas_are_named_within_the_rights_of_the_snapshot(url: str, keeper: psycopg.Connection) -> None:
    province = caller(url, "province", find_limits(keeper, "H37"))
    commune = caller(url, "commune", find_limits(keeper, "H37", "06001@2023-06-30"))
    reader, found = Reader(url), {}
    for who in (province, commune, province):
        with reader.snapshot(who) as connection:
            alone = connection.execute("select area_id from serving.areas order by 1").fetchall()
        with reader.snapshot(who) as connection:
            reader.memo.once(connection)
            shared = connection.execute("select area_id from serving.areas order by 1").fetchall()
        assert shared == alone
        found[who.login] = len(shared)
    assert 0 < found["commune"] < found["province"]
