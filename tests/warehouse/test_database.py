"""Connections: the right role, Vietnam time, and faults that say what to do without telling the password."""

import time
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from hub.errors import Abort, HubError, Retry
from tests.postgres import Postgres
from warehouse import database
from warehouse.database import Role, connect, engine


def test_sessions_keep_role_and_vietnam_time_through_commit_and_rollback(warehouse_url: str) -> None:
    ask = "select current_user::text, current_setting('TimeZone'), current_setting('application_name')"
    with connect(warehouse_url, "loader") as connection:
        connection.rollback()
        assert connection.execute(ask).fetchone() == ("ioc_loader", "Asia/Ho_Chi_Minh", "ioc-loader")
        assert not connection.autocommit
    with engine(warehouse_url, "reader").connect() as pooled:
        pooled.commit()
        assert tuple(pooled.execute(text(ask)).one()) == ("ioc_reader", "Asia/Ho_Chi_Minh", "ioc-reader")


@pytest.mark.parametrize("role", ["owner", "loader", "reader", "screens"])
def test_no_session_compiles_its_queries_whatever_the_server_does(every_warehouse_url: str, role: Role) -> None:
    with connect(every_warehouse_url, "owner") as owner:
        name = owner.info.dbname
        owner.execute(f"alter database {name} set jit to on".encode())
        owner.commit()
    with connect(every_warehouse_url, role) as connection:
        assert connection.execute("show jit").fetchone() == ("off",)


def changed(url: str, **parts: object) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"password": "wrong-Secret"}, r"refuses user ioc: check user and password in IOC_WAREHOUSE_URL"),
        ({"username": "nobody"}, r"refuses user nobody"),
        ({"database": "absent"}, r"there is no such database; make it with `createdb absent`"),
        ({"query": {"colour": "red"}}, r"IOC_WAREHOUSE_URL must look like .*colour"),
    ],
)
def test_a_wrong_address_is_one_line_that_helps(warehouse_url: str, parts: dict[str, object], told: str) -> None:
    assert_told(Abort, told, changed(warehouse_url, **parts))


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"port": 1}, r"127\.0\.0\.1:1/\w+ cannot be reached: check that the server runs .*Connection refused"),
        ({"host": "no-such-host.invalid"}, r"no-such-host\.invalid:\d+/\w+ cannot be reached"),
    ],
)
def test_a_server_that_is_not_there_may_be_back_later(warehouse_url: str, parts: dict[str, object], told: str) -> None:
    assert_told(Retry, told, changed(warehouse_url, **parts))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('FATAL:  role "ioc" is not permitted to log in', Abort),
        ('FATAL:  permission denied for database "ioc"', Abort),
        ("FATAL:  the database system is not yet accepting connections", Retry),
        ("FATAL:  the database system is in recovery mode", Retry),
        ("FATAL:  terminating connection due to administrator command", Retry),
        ("FATAL:  sorry, too many clients already", Retry),
        ("server closed the connection unexpectedly", Retry),
        ("Connection timed out", Retry),
    ],
)
def test_a_server_that_refuses_is_for_a_person_and_one_that_is_busy_or_away_may_be_back(
    warehouse_url: str, said: str, kind: type[HubError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> None:
        raise psycopg.OperationalError(f'connection to server at "127.0.0.1", port 5432 failed: {said}')

    monkeypatch.setattr(psycopg, "connect", refused)
    with pytest.raises(kind):
        connect(warehouse_url, "owner")


def assert_told(kind: type[HubError], told: str, url: str) -> None:
    with pytest.raises(kind, match=told) as caught:
        connect(url, "owner")
    assert "\n" not in str(caught.value)
    assert str(make_url(url).password) not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://u:pass-1@h/d",
        "postgresql+psycopg2://u:pass-1@h/d",
        "postgresql://u:pass-1@h:x/d",
        "postgresql+psycopg://u:pass-1@h",
    ],
)
def test_what_is_no_address_is_told_by_the_form_expected(url: str) -> None:
    with pytest.raises(Abort, match=r"must look like postgresql\+psycopg://") as caught:
        connect(url, "owner")
    assert "pass-1" not in str(caught.value)


def test_a_database_without_the_roles_or_the_right_to_them(postgres: Postgres, warehouse_url: str) -> None:
    with connect(warehouse_url, "owner") as connection:
        connection.execute("create role outsider login password 'secret'")
        connection.commit()

    with pytest.raises(Abort, match=r'user outsider .* may not act as ioc_loader: .*`grant ioc_loader to "outsider"`'):
        connect(changed(warehouse_url, username="outsider", password="secret"), "loader")


def test_a_server_without_the_hubs_roles_is_to_be_migrated(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database.ROLES, "loader", "ioc_unheard_of")

    with pytest.raises(Abort, match="has no role ioc_unheard_of: run `ioc db migrate`"):
        connect(warehouse_url, "loader")


@pytest.mark.parametrize("span", [(19, 20), (9, 14)])
def test_a_postgresql_outside_the_tried_versions_is_refused(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch, span: tuple[int, int]
) -> None:
    monkeypatch.setattr(database, "OLDEST", span[0])
    monkeypatch.setattr(database, "NEWEST", span[1])

    with pytest.raises(Abort, match=rf"is PostgreSQL \d+; the hub works with {span[0]} to {span[1]}"):
        connect(warehouse_url, "owner")


def test_a_failed_connection_leaves_none_open(warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database.ROLES, "loader", "ioc_unheard_of")
    begin = datetime.now(UTC)
    for _ in range(3):
        with pytest.raises(Abort):
            connect(warehouse_url, "loader")

    opened = "select count(*) from pg_stat_activity where application_name = 'ioc-loader' and backend_start > %s"
    with psycopg.connect(warehouse_url.replace("+psycopg", ""), autocommit=True) as connection:
        deadline = time.monotonic() + 5  # the server clears closed connections away a moment later
        while (left := connection.execute(opened, [begin]).fetchone()) != (0,) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert left == (0,)
