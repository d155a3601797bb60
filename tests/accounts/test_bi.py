"""A BI tool's login sees what its account sees, whatever it tries."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from accounts import bi_logins, directory
from hub.errors import Abort, InvalidAccount
from tests.accounts.world import fill, screens
from tests.installation import migrate
from tests.postgres import Postgres
from warehouse.database import connect

Connection = psycopg.Connection[Any]
Denied = psycopg.errors.InsufficientPrivilege
SECRET = "s3cret-of-the-tool"
COUNT = "select count(*) from serving_bi.dossiers"


@pytest.fixture(scope="module")
def url(every_postgres: Postgres) -> str:
    url = every_postgres.database()
    with connect(url, "owner") as owner:
        fill(owner)
    return url


@pytest.fixture
def login(every_postgres: Postgres, url: str) -> Iterator[Connection]:
    """A BI login with the rights of the account `commune`, which sees two of six dossiers."""
    with connect(url, "owner") as owner:
        name = f"tool_{owner.info.dbname}"
        assert bi_logins.prepare(owner, name, SECRET) is None
        directory.set_db_role(owner, directory.find(owner, "commune"), name)
        owner.commit()
        with connect(every_postgres.named(owner.info.dbname, name, SECRET), "owner") as connection:
            connection.autocommit = True
            yield connection
        owner.execute(sql.SQL("drop owned by {0}").format(sql.Identifier(name)))
        owner.execute(sql.SQL("drop role {0}").format(sql.Identifier(name)))


def count(connection: Connection) -> int:
    row = connection.execute(COUNT).fetchone()
    assert row is not None
    return int(row[0])


def test_it_sees_its_own_rows_with_the_settings_that_screens_use_ignored(url: str, login: Connection) -> None:
    assert count(login) == 2
    with connect(url, "owner") as owner:
        everything = directory.find(owner, "whole-hub").account_id

    login.execute(f"set ioc.account = '{everything}'".encode())
    assert count(login) == 2
    login.execute("set role ioc_bi")
    assert count(login) == 2
    login.execute("set role none")
    assert count(login) == 2


def test_it_names_no_areas_to_itself_as_the_screens_do(login: Connection) -> None:
    own = login.execute("select area_id from serving_bi.areas order by 1").fetchall()
    login.execute("set ioc.named_areas = '{[0,1000000)}'")
    assert login.execute("select area_id from serving_bi.areas order by 1").fetchall() == own
    assert own


@pytest.mark.parametrize("role", ["ioc_screens", "ioc_reader", "ioc_loader", "ioc_accounts", "ioc"])
def test_it_can_act_as_no_other_role(login: Connection, role: str) -> None:
    for statement in (f"set role {role}", f"set session authorization {role}"):
        with pytest.raises(Denied):
            login.execute(statement.encode())
    with pytest.raises(psycopg.Error):
        login.execute(f"alter role current_user set role = '{role}'; select 1 / 0".encode())
    assert count(login) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "select * from warehouse.fact_dossier",
        "select * from serving.dossiers",
        "select count(*) from ledger.batch",
        "select record from quality.quarantine",
        "select * from kpi.observation",
        "select * from access.account",
        "select * from access.delivery",
        "select * from access.read_log",
        "select access.account_id()",
        "select access.areas()",
        "insert into serving_bi.provinces (name) values ('x')",
        "update serving_bi.dossiers set level = 2",
        "delete from serving_bi.dossiers",
        "create view serving.mine as select 1",
        "create view serving_bi.mine as select 1",
        "create or replace function serving_bi.dossiers() returns int return 1",
        "create table warehouse.mine (n int)",
        "alter table warehouse.fact_dossier disable row level security",
        "alter view serving_bi.dossiers set (security_invoker = false)",
        "alter function serving_bi.dossiers() security invoker",
        "drop policy limited on warehouse.fact_dossier",
        "grant ioc_reader to current_user",
        "alter role current_user bypassrls",
        "copy warehouse.fact_dossier to stdout",
        "select pg_read_file('postgresql.conf')",
        "select rolpassword from pg_authid",
        "select table_to_xml('warehouse.fact_dossier'::regclass, true, false, '')",
        "do $$ begin execute 'select * from warehouse.fact_dossier'; end $$",
        "select lo_from_bytea(0, 'x')",
        "select lo_create(0)",
        "select lo_creat(-1)",
        "select pg_logical_emit_message(false, 'a', 'b')",
        "select pg_stat_get_xact_tuples_returned(1)",
        "select n_tup_ins, n_live_tup from pg_stat_user_tables",
        "select idx_tup_read from pg_stat_user_indexes",
        "select heap_blks_hit from pg_statio_user_tables",
        "select tup_inserted from pg_stat_database",
        "select pg_stat_get_live_tuples('pg_class'::regclass)",
        "select count(pg_export_snapshot()) from generate_series(1, 20000)",
        "select count(pg_notify('a', 'b')) from generate_series(1, 20000)",
        "select pg_advisory_lock(1)",
        "select count(pg_advisory_lock_shared(g)) from generate_series(1, 1000000) as g",
        "select pg_try_advisory_lock(1, 2)",
        "select pg_try_advisory_xact_lock_shared(1)",
        "select pg_advisory_unlock_all()",
        "set log_min_messages = debug5",
        "begin; lock table pg_settings in access exclusive mode",
        "update pg_settings set setting = 'off' where name = 'jit'",
        "alter role current_user set temp_file_limit = -1",
        "set temp_file_limit = -1",
    ],
)
def test_it_can_neither_name_tables_and_functions_nor_change_anything(login: Connection, statement: str) -> None:
    login.execute("set default_transaction_read_only = off")  # which is a convenience, and no guard
    with pytest.raises((Denied, psycopg.errors.ObjectNotInPrerequisiteState)):
        login.execute(statement.encode())
    login.execute("rollback")


def test_notifications_take_little_of_the_disk(login: Connection) -> None:
    """NOTIFY is everyone's; where somebody listens in an open transaction, all that come are kept."""
    if login.info.server_version < 170000:
        pytest.skip("PostgreSQL has no limit before 17 but 8 GB")
    assert login.execute("show max_notify_queue_pages").fetchone() == ("64",)


def test_it_writes_nothing_into_the_servers_log(login: Connection) -> None:
    """Else a login fills the disk: PostgreSQL's log is not bounded."""
    assert login.execute("show log_min_messages").fetchone() == ("fatal",)


def test_it_sees_its_own_sessions_and_of_others_that_they_are_there(login: Connection) -> None:
    """Tools look for their own queries there."""
    own = login.execute("select query from pg_stat_activity where pid = pg_backend_pid()").fetchone()
    assert own is not None
    assert "pg_stat_activity" in own[0]


def test_switching_the_policies_off_is_an_error_and_no_way_around(login: Connection) -> None:
    login.execute("set row_security = off")
    with pytest.raises(Denied, match="row-level security"):
        login.execute(COUNT)


def test_a_function_that_tells_what_it_is_shown_is_shown_no_foreign_row(url: str, login: Connection) -> None:
    """The planner runs cheap conditions first; policies must come before them all the same."""
    heard: list[str] = []
    login.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    with connect(url, "owner") as owner:
        owner.execute(
            "create or replace function public.peek(anyelement) returns boolean language plpgsql stable cost 0.0000001"
            " as $$ begin raise notice '%', $1; return true; end $$"
        )

    def peeked(view: str, column: str) -> set[str]:
        heard.clear()
        login.execute(f"select count(*) from serving_bi.{view} where public.peek({column})".encode())
        return set(heard)

    assert peeked("dossiers", "dossier_code") == {"H37-3", "H37-4"}
    assert peeked("kpi_observations", "revision") == {"3", "4"}
    assert peeked("freshness", "province_id") == {"1"}
    assert peeked("batches", "source") == set()
    assert peeked("quarantine", "record_key") == set()


def test_its_rows_come_when_all_are_read_so_that_no_counter_tells_what_lies_between_them(
    url: str, login: Connection
) -> None:
    """A function in the select list may give its rows one by one; the counter of rows that were read is open here."""
    counter = "function pg_catalog.pg_stat_get_xact_tuples_returned(oid)"
    with connect(url, "owner") as owner:
        owner.execute(f"grant execute on {counter} to public".encode())
        owner.commit()
        try:
            read = []
            with login.transaction():
                login.execute("declare rows cursor for select row_to_json(serving_bi.dossiers())")
                while login.execute("fetch 1 from rows").fetchone() is not None:
                    read += login.execute(
                        "select sum(pg_stat_get_xact_tuples_returned(oid)) from pg_class where relkind = 'r'"
                        " and relname = 'fact_dossier'"
                    ).fetchall()
        finally:
            owner.execute(f"revoke execute on {counter} from public".encode())
            owner.commit()
    assert len(read) == 2
    assert len(set(read)) == 1


def test_statistics_of_the_columns_are_hidden(url: str, login: Connection) -> None:
    with connect(url, "owner") as owner:
        owner.autocommit = True
        owner.execute("analyze warehouse.fact_dossier")
        assert owner.execute("select count(*) > 0 from pg_stats where tablename = 'fact_dossier'").fetchone() == (True,)

    assert login.execute("select count(*) from pg_stats where schemaname = 'warehouse'").fetchone() == (0,)


HIDDEN = 300
ASKED = {
    "whether a code is there": ("dossier_code = 'hidden-007'", "dossier_code = 'nobody-007'"),
    "a range of codes": (
        "dossier_code between 'hidden-1' and 'hidden-2'",
        "dossier_code between 'nobody' and 'nobody-2'",
    ),
    "a day": ("received_day = '2023-03-05'", "received_day = '2023-03-06'"),
    "an area": ("area = '05971'", "area = '06004'"),
    "an area's day": (
        "area = '05971' and received_day = '2023-03-05'",
        "area = '06004' and received_day = '2023-03-06'",
    ),
}
"""Conditions that HIDDEN dossiers or one of them meet, each beside one of the same kind that none meets."""


@pytest.fixture
def hidden(url: str) -> Iterator[None]:
    """Dossiers of one day in a commune that the account does not see."""
    with connect(url, "owner") as owner:
        owner.autocommit = True
        owner.execute(
            "insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, area_id, channel_code,"
            " level, status_code, received_at, updated_at, batch_id, page_number)"
            " select province_id, 'hidden-' || to_char(n, 'FM000'), organisation_id, area_id, channel_code, level,"
            " status_code, '2023-03-05T08:00:00+07:00', updated_at, batch_id, page_number"
            " from warehouse.fact_dossier, generate_series(1, %s) as n where page_number = 1",
            [HIDDEN],
        )
        owner.execute("analyze warehouse.fact_dossier")
        yield
        owner.execute("delete from warehouse.fact_dossier where dossier_code ~ '^hidden-'")


def plan(connection: Connection, view: str, condition: str, options: str) -> str:
    """What EXPLAIN says, without the condition itself and how long it took."""
    lines = connection.execute(f"explain ({options}) select * from {view} where {condition}".encode()).fetchall()
    return "\n".join(line for (line,) in lines if not re.match(r" *(Filter|Index Cond|Recheck Cond):", line))


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("options", ["costs", "analyze, costs off, timing off, summary off, buffers off"])
def test_the_planner_says_the_same_whether_there_are_hidden_records_or_none(
    login: Connection, asked: str, options: str
) -> None:
    there, nowhere = (plan(login, "serving_bi.dossiers", condition, options) for condition in ASKED[asked])
    assert there == nowhere
    assert re.findall("Scan on ([a-z_]+)", there) == ["dossiers"]
    assert re.findall("Rows Removed by Filter: ([0-9]+)", there) == (["2"] if "analyze" in options else [])


@pytest.mark.usefixtures("hidden")
def test_who_reads_the_tables_by_itself_is_told_of_hidden_records(url: str) -> None:
    """The reason for functions; the web process, which reads so, shows no plan to anybody."""
    with screens(url, "commune") as connection:
        for options, asked in (("costs", "a day"), ("analyze, timing off", "whether a code is there")):
            there, nowhere = (plan(connection, "serving.dossiers", condition, options) for condition in ASKED[asked])
            assert there != nowhere


@pytest.mark.usefixtures("hidden")
def test_of_the_hub_it_learns_the_sizes_of_tables_and_who_is_connected_and_no_more(url: str, login: Connection) -> None:
    size = "select reltuples::integer from pg_class where relname = 'fact_dossier'"
    assert login.execute(size).fetchone() == (HIDDEN + 6,)
    for statement in ("select * from pg_statistic", "select * from pg_statistic_ext_data"):
        with pytest.raises(Denied):
            login.execute(statement.encode())
    for view in ("pg_stats", "pg_stats_ext"):
        mine = f"select count(*) from {view} where schemaname not in ('pg_catalog', 'information_schema')"
        assert login.execute(mine.encode()).fetchone() == (0,)
    assert login.execute("select count(last_value) from pg_sequences").fetchone() == (0,)
    with connect(url, "reader") as other:
        other.execute("select 'a secret question'")
        shown = login.execute(
            "select query, state, client_addr::text, xact_start from pg_stat_activity where pid = %s",
            [other.info.backend_pid],
        ).fetchone()
        assert shown == ("<insufficient privilege>", None, None, None)


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize("view", ["dossiers", "refused_dossiers", "batches"])
def test_no_message_tells_how_a_view_is_read(login: Connection, view: str) -> None:
    """A login may have its own session print plans, which hold estimates of all rows, and how much is sorted."""
    told: list[str] = []
    login.add_notice_handler(lambda said: told.append(f"{said.message_primary} {said.message_detail}"))
    for setting in ("debug_print_plan = on", "debug_print_rewritten = on", "trace_sort = on"):
        login.execute(f"set {setting}".encode())
    login.execute("set client_min_messages = debug5")
    login.execute(f"select count(*) from serving_bi.{view}".encode())
    login.execute("reset client_min_messages")
    said = " ".join(told)
    assert "FUNCTIONSCAN" in said
    assert not re.search("SEQSCAN|INDEXSCAN|BITMAPHEAPSCAN|INDEXONLYSCAN|tuplesort", said)


def test_a_closed_account_sees_nothing_from_the_next_statement_on(url: str, login: Connection) -> None:
    assert count(login) == 2
    with connect(url, "accounts") as keeper:
        directory.disable(keeper, directory.find(keeper, "commune"))
    assert count(login) == 0
    with connect(url, "accounts") as keeper:
        directory.enable(keeper, directory.find(keeper, "commune"))
    assert count(login) == 2


def test_a_disabled_accounts_login_is_closed_and_what_it_has_open_ends(
    every_postgres: Postgres, url: str, login: Connection
) -> None:
    login.execute("set default_transaction_read_only = off")
    login.execute("begin isolation level repeatable read")
    assert count(login) == 2
    login.execute("alter role current_user password 'another'")  # it holds its own row
    name = login.info.user
    with connect(url, "accounts") as keeper:
        directory.disable(keeper, directory.find(keeper, "commune"))
        keeper.commit()
        assert bi_logins.settle(keeper) == []
        with pytest.raises(psycopg.OperationalError):
            count(login)
        again = every_postgres.named(keeper.info.dbname, name, SECRET)
        with pytest.raises(Abort, match="not permitted to log in"):
            connect(again, "owner")
        directory.enable(keeper, directory.find(keeper, "commune"))
        keeper.commit()
        assert bi_logins.settle(keeper) == []
    with connect(again, "owner") as opened:
        assert count(opened) == 2


def test_it_gets_into_a_database_that_is_closed_to_the_public(every_postgres: Postgres) -> None:
    """As docker-compose.yml makes it: nobody enters but who was let in."""
    url = every_postgres.database(migrated=False)
    with connect(url, "owner") as owner:
        owner.execute(sql.SQL("revoke connect on database {} from public").format(sql.Identifier(owner.info.dbname)))
        owner.commit()
        migrate(url)
        name = f"tool_{owner.info.dbname}"
        bi_logins.prepare(owner, name, SECRET)
        owner.commit()
        with connect(every_postgres.named(owner.info.dbname, name, SECRET), "owner") as connection:
            assert count(connection) == 0
        owner.execute(sql.SQL("drop owned by {0}").format(sql.Identifier(name)))
        owner.execute(sql.SQL("drop role {0}").format(sql.Identifier(name)))


def test_a_login_that_could_see_more_than_its_account_is_refused(every_postgres: Postgres, url: str) -> None:
    with connect(url, "owner") as owner:
        owner.execute("create role too_mighty login; grant ioc_reader to too_mighty")
        for role in ("ioc_bi", "ioc_screens", str(owner.info.user), "too_mighty"):
            with pytest.raises(InvalidAccount, match="rights beyond an account's"):
                bi_logins.prepare(owner, role, None)
        owner.rollback()


def test_who_may_make_no_logins_gets_the_sql_for_an_administrator(every_postgres: Postgres, url: str) -> None:
    with connect(url, "owner") as owner:
        owner.execute("create role humble nologin; grant usage on schema access to humble; set local role humble")
        statements = bi_logins.prepare(owner, "power_bi", SECRET)
        owner.rollback()
    assert statements is not None
    assert statements.startswith('create role "power_bi" login;\ngrant "ioc_bi" to "power_bi";')
    assert SECRET not in statements
