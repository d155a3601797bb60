"""What a caller's transaction is, and how rights are written down."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from psycopg import sql

from accounts import directory
from accounts.account_roles import ROLE_SCOPES
from accounts.caller import as_caller, log_read
from accounts.rights import Limits, find_limits
from hub.errors import InvalidAccount
from kpis.query import FIRST, LAST, Scope, bound, range_query
from tests.accounts.world import caller
from tests.installation import CATALOGUE
from tests.kpis.asking import compute
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect

JUNE = (date(2023, 6, 1), date(2023, 6, 30))


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    """Two dossiers in one commune of the city of Lạng Sơn, one in Tràng Định, one of them another department's."""
    url = postgres.database()
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        facts.publish("dvc.dossiers", (date(2023, 1, 1), date(2023, 6, 30)))
        received = {"received_at": "2023-06-05T08:00:00+07:00"}
        facts.add("fact_dossier", [received | {"area": "05971", "channel_code": "online"}])
        facts.add("fact_dossier", [received | {"area": "05971", "organisation": "000.00.12.H37"}])
        facts.add("fact_dossier", [received | {"area": "06001"}])
        owner.commit()
    return url


@pytest.fixture
def keeper(url: str) -> Iterator[psycopg.Connection]:
    with connect(url, "accounts") as connection:
        yield connection
        connection.rollback()


def received(connection: psycopg.Connection, **asked: str) -> object:
    return compute(connection, "online_dossier_rate", *JUNE, "H37", **asked).denominator  # type: ignore[arg-type]


def test_a_figure_is_that_of_the_callers_records(url: str, keeper: psycopg.Connection) -> None:
    city = caller(url, "city", find_limits(keeper, "H37", "178@2023-06-30"))
    department = caller(url, "department", find_limits(keeper, "H37", None, ["000.00.12.H37"]))
    press = caller(url, "press", find_limits(keeper, "H37", fields=["press"]))
    with connect(url, "screens") as connection:
        with as_caller(connection, city):
            assert received(connection) == 2
        with as_caller(connection, department):
            assert received(connection) == 1
        with as_caller(connection, press):
            figure = compute(connection, "online_dossier_rate", *JUNE, "H37")
            assert (figure.value, figure.status) == (None, "missing")
    with connect(url, "reader") as reader:
        assert received(reader) == 3
        assert received(reader, area="178") == 2


def test_an_index_finds_the_records_of_a_figure_within_the_rights(url: str, keeper: psycopg.Connection) -> None:
    """Of all records of a fact, a figure of a month reads that month's, whole and by areas."""
    who = caller(url, "indexed", find_limits(keeper, "H37"))
    formula = CATALOGUE.find("online_dossier_rate")
    with connect(url, "screens") as connection, as_caller(connection, who):
        connection.execute("set local enable_seqscan = off")
        for by in ((), ("channel",)):
            scope = Scope("dossiers", 1, None, {}, by)
            query = sql.SQL("explain ") + range_query(formula, scope)
            plan = [line for (line,) in connection.execute(query, bound(scope, {FIRST: JUNE[0], LAST: JUNE[1]}))]
            assert any("Index Cond" in line and str(formula.day) in line for line in plan), "\n".join(plan)


def test_without_an_account_nothing_is_there(url: str) -> None:
    with connect(url, "screens") as connection:
        for named in (None, "", "0", "nonsense", "1; select 1"):
            if named is not None:
                connection.execute("select set_config('ioc.account', %s, true)", [named])
            for view in ("dossiers", "provinces", "areas", "freshness", "kpi_fields", "breakdown_values"):
                where = "where breakdown = 'organisation'" if view == "breakdown_values" else ""
                found = connection.execute(f"select count(*) from serving.{view} {where}".encode()).fetchone()
                assert found == (0,), (named, view)
            connection.rollback()


def test_a_callers_transaction_reads_one_snapshot_writes_nothing_and_leaves_nobody_behind(url: str) -> None:
    who = caller(url, "leader", Limits(1))
    with connect(url, "screens") as connection:
        with as_caller(connection, who):
            ask = "select current_setting('transaction_isolation'), current_setting('transaction_read_only')"
            assert connection.execute(ask).fetchone() == ("repeatable read", "on")
            assert connection.execute("select count(*) from serving.dossiers").fetchone() == (3,)
        assert connection.execute("select count(*) from serving.dossiers").fetchone() == (0,)
        connection.rollback()

        with pytest.raises(ZeroDivisionError), as_caller(connection, who):
            raise ZeroDivisionError
        assert connection.execute("select count(*) from serving.dossiers").fetchone() == (0,)


def test_a_connection_that_sees_everything_is_not_taken_for_a_callers(url: str) -> None:
    who = caller(url, "careless", Limits(1))
    for role in ("reader", "loader", "owner"):
        with (
            connect(url, role) as connection,
            pytest.raises(RuntimeError, match="others see everything"),
            as_caller(connection, who),
        ):
            pass


def test_a_changed_right_and_a_closed_account_hold_for_callers_that_are_known_already(url: str) -> None:
    who = caller(url, "moved", Limits(1))
    with connect(url, "screens") as connection, connect(url, "accounts") as keeper:
        account = directory.find(keeper, "moved")
        directory.set_rights(keeper, account, "department", find_limits(keeper, "H37", "06001@2023-06-30"))
        keeper.commit()
        with as_caller(connection, who):
            assert received(connection) == 1
        directory.disable(keeper, account)
        keeper.commit()
        with as_caller(connection, who):
            assert connection.execute("select count(*) from serving.dossiers").fetchone() == (0,)


def area(keeper: psycopg.Connection, written: str) -> object:
    area_id = find_limits(keeper, "H37", written).area_id
    return keeper.execute(
        "select level, name, valid_from::text from warehouse.dim_area where area_id = %s", [area_id]
    ).fetchone()


def test_a_code_means_todays_area_or_the_last_that_bore_it_or_the_one_of_a_day(keeper: psycopg.Connection) -> None:
    assert area(keeper, "06001") == ("commune", "Xã Đoàn Kết", "2025-07-01")
    assert area(keeper, "06001@2023-06-30") == ("commune", "Xã Đoàn Kết", "2020-01-01")
    assert area(keeper, "178") == ("district", "Thành phố Lạng Sơn", "2020-01-01")
    assert area(keeper, "20") is None  # the province itself is no limit


@pytest.mark.parametrize(
    ("province", "area", "organisations", "fields", "told"),
    [
        ("H99", None, None, None, "there is no province 'H99'; there is H"),
        ("H37", "00001", None, None, "province H37 has no area '00001'"),
        ("H37", "29242", None, None, "province H37 has no area '29242'"),
        ("H37", "06001@June", None, None, "'June' is no day; write 05971@2023-06-30"),
        ("H37", None, ["000.00.11.H59"], None, "there is no organisation '000.00.11.H59'; there is 000"),
        ("H37", None, None, ["pres"], "there is no field 'pres'; there is press"),
        (None, "06001", None, None, "needs a province"),
        (None, None, ["000.00.11.H37"], None, "needs a province"),
    ],
)
def test_a_code_that_does_not_exist_is_told_with_what_is_near(
    keeper: psycopg.Connection,
    province: str | None,
    area: str | None,
    organisations: list[str] | None,
    fields: list[str] | None,
    told: str,
) -> None:
    with pytest.raises(InvalidAccount, match=told) as caught:
        find_limits(keeper, province, area, organisations, fields)
    assert caught.value.vi != caught.value.en


def test_land_that_lies_wholly_in_an_area_of_the_other_era_is_the_areas_own(url: str) -> None:
    """Two old communes became one new: its account sees the figures of both. Of one that was split it sees none."""
    with connect(url, "owner") as owner:
        owner.execute("delete from warehouse.area_successor")
        owner.execute(
            "with old as (select area_id, code from warehouse.dim_area where valid_to is not null),"
            " new as (select area_id, code from warehouse.dim_area where valid_to is null)"
            " insert into warehouse.area_successor (area_id, successor_id, share, is_estimated)"
            " select old.area_id, new.area_id, 0.5, true from old, new where (old.code, new.code)"
            " in (('05971', '06001'), ('06001', '06001'), ('05974', '06001'), ('05974', '05977'))"
        )
        owner.commit()
    with connect(url, "accounts") as keeper:
        limits = find_limits(keeper, "H37", "06001")
        split = find_limits(keeper, "H37", "05977")
    merged, part = caller(url, "merged", limits), caller(url, "part", split)
    names = "select area from serving.areas where level = 'commune' and valid_to is not null order by 1"
    with connect(url, "screens") as connection:
        with as_caller(connection, merged):
            assert connection.execute("select count(*) from serving.dossiers").fetchone() == (3,)
            assert connection.execute(names).fetchall() == [("05971",), ("06001",)]
        with as_caller(connection, part):
            assert connection.execute("select count(*) from serving.dossiers").fetchone() == (0,)
            assert connection.execute(names).fetchall() == []


def test_what_roles_may_do_and_reads_that_are_logged(url: str) -> None:
    who = caller(url, "reader", Limits(1))
    assert who.may("rows")
    assert not who.may("wall")
    assert "rows" not in ROLE_SCOPES["viewer"]
    with connect(url, "accounts") as keeper:
        log_read(keeper, who, "explain", {"kpi": "online_dossier_rate", "from": "2023-01-01"})
        keeper.rollback()
        assert keeper.execute("select what, subject ->> 'kpi' from access.read_log").fetchall() == [
            ("explain", "online_dossier_rate")
        ]
