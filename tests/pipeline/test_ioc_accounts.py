"""The hub counts its own accounts: day by day, those that see the province, and nobody learns whose they are."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest
from typer.testing import CliRunner

from accounts import directory, rights
from accounts.account_roles import Role
from accounts.counts import open_accounts
from connectors.slices import Slice
from connectors.source_files import find_feed, find_source
from hub.periods import VIETNAM
from ioc import main
from pipeline.preview import preview
from tests.kpis.asking import compute, explain
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from warehouse.database import connect
from warehouse.landing import Landing

BEFORE, FIRST, SECOND, THIRD = (date(2023, 3, day) for day in (9, 10, 11, 12))
Denied = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def hub(new_hub: NewHub) -> Hub:
    """Without a gateway: nothing is called."""
    return new_hub(gateway_url="http://127.0.0.1:9")


@pytest.fixture
def keeper(hub: Hub) -> Iterator[psycopg.Connection]:
    with connect(hub.url, "accounts") as connection:
        yield connection


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM)


def make(
    hub: Hub,
    keeper: psycopg.Connection,
    login: str,
    role: Role = "viewer",
    province: str | None = "H37",
    made: datetime | None = None,
) -> None:
    directory.create(keeper, login, login, role, rights.find_limits(keeper, province))
    keeper.commit()
    hub.change("update access.account set created_at = %s where login = %s", made or at(FIRST), login)


def close(hub: Hub, keeper: psycopg.Connection, login: str, closed: datetime) -> None:
    directory.disable(keeper, directory.find(keeper, login))
    keeper.commit()
    hub.change("update access.account set disabled_at = %s where login = %s", closed, login)


def load(hub: Hub, first: date, last: date) -> dict[str, int]:
    outcome = hub.run("ioc", "accounts", first, last)
    assert outcome.status == "published"
    names = ("fetched", "loaded", "unchanged", "superseded", "quarantined", "removed")
    return {name: value for name in names if (value := getattr(outcome.account, name))}


def counts(hub: Hub) -> dict[date, dict[str, int]]:
    """Of each day the accounts of each role of which there are any."""
    found: dict[date, dict[str, int]] = {}
    for day, role, count in hub.rows(
        "select last_day, kind, value from serving.statistics where source = 'ioc' order by 1, 2"
    ):
        found.setdefault(day, {}).update({role: int(count)} if count else {})
    return found


def figure(hub: Hub, day: date, **asked: Any) -> tuple[int | None, str]:
    with connect(hub.url, "reader") as reader:
        said = compute(reader, "ioc_accounts", day, day, "H37", **asked)
    return None if said.value is None else int(said.value), said.status


def test_accounts_count_from_the_day_they_are_made_until_the_day_they_are_closed(
    hub: Hub, keeper: psycopg.Connection
) -> None:
    make(hub, keeper, "first", made=at(FIRST, 23, 59))
    make(hub, keeper, "second", "department", made=at(SECOND, 0, 0))
    make(hub, keeper, "third", "department", made=at(SECOND))
    close(hub, keeper, "second", at(SECOND, 23, 59))
    assert load(hub, BEFORE, THIRD) == {"fetched": 15, "loaded": 15}
    assert counts(hub) == {
        FIRST: {"viewer": 1},
        SECOND: {"viewer": 1, "department": 1},
        THIRD: {"viewer": 1, "department": 1},
    }
    close(hub, keeper, "third", at(THIRD, 0, 0))
    assert load(hub, FIRST, THIRD) == {"fetched": 15, "loaded": 1, "unchanged": 14}
    assert counts(hub)[SECOND] == {"viewer": 1, "department": 1}, "closed at midnight, it was open all day"
    assert counts(hub)[THIRD] == {"viewer": 1}


def test_an_account_that_is_opened_again_counts_again(hub: Hub, keeper: psycopg.Connection) -> None:
    make(hub, keeper, "first")
    close(hub, keeper, "first", at(SECOND))
    load(hub, FIRST, SECOND)
    assert counts(hub) == {FIRST: {"viewer": 1}, SECOND: {}}
    assert figure(hub, SECOND) == (0, "official")
    directory.enable(keeper, directory.find(keeper, "first"))
    keeper.commit()
    load(hub, THIRD, THIRD)
    assert counts(hub) == {FIRST: {"viewer": 1}, SECOND: {}, THIRD: {"viewer": 1}}, "what was told stays"


def test_before_the_first_account_nothing_is_told_and_the_figure_is_missing(
    hub: Hub, keeper: psycopg.Connection
) -> None:
    assert load(hub, BEFORE, FIRST) == {}
    assert hub.batches("status", "fetched") == [("published", 0)] * 2
    assert figure(hub, FIRST) == (None, "missing")
    make(hub, keeper, "first", made=at(SECOND))
    load(hub, BEFORE, THIRD)
    assert [figure(hub, day) for day in (BEFORE, FIRST, SECOND, THIRD)] == [
        (None, "missing"),
        (None, "missing"),
        (1, "official"),
        (1, "official"),
    ]
    assert figure(hub, SECOND, where={"kind": ("admin",)}) == (0, "official")


def test_those_count_that_see_the_province(hub: Hub, keeper: psycopg.Connection) -> None:
    make(hub, keeper, "ours")
    make(hub, keeper, "theirs", province="H59")
    make(hub, keeper, "all", "admin", province=None, made=at(SECOND))
    load(hub, FIRST, SECOND)
    assert counts(hub) == {FIRST: {"viewer": 1}, SECOND: {"viewer": 1, "admin": 1}}
    with connect(hub.url, "loader") as loader:
        assert open_accounts(loader, "H10", FIRST) == {}, "it has no account yet"
        assert open_accounts(loader, "H10", SECOND)["admin"] == 1
        assert open_accounts(loader, "H99", SECOND) == {}


def test_of_a_day_that_has_not_ended_the_count_is_of_now_and_not_for_good(hub: Hub, keeper: psycopg.Connection) -> None:
    today = datetime.now(VIETNAM).date()
    yesterday = today - timedelta(days=1)
    make(hub, keeper, "first", made=at(yesterday, 0))
    load(hub, today, today)
    assert counts(hub) == {today: {"viewer": 1}}
    assert hub.rows("select complete_to from ledger.batch") == [(None,)], "so that the next load reads it again"


def test_the_figure_is_explained_down_to_the_page(hub: Hub, keeper: psycopg.Connection) -> None:
    make(hub, keeper, "so-y-te", "department")
    make(hub, keeper, "lanh-dao")
    load(hub, FIRST, FIRST)
    hub.refresh()
    assert figure(hub, FIRST) == (2, "official")
    with connect(hub.url, "reader") as reader:
        explained = explain(reader, "ioc_accounts", FIRST, FIRST, "H37", rows=10)
    assert len(explained.batches) == 1
    request, landed, rules = hub.rows(
        "select request, landed_sha256, executed_rules from landing.page join quality.verdict using (batch_id)"
    )[0]
    assert request == f"HUB access.open_accounts H37 {FIRST}"
    assert rules > 10
    page = Landing(hub.settings.landing_address).read(landed)
    assert b'{"role":"department","accounts":1}' in page
    assert b"so-y-te" not in page
    assert hub.verify().findings == []


def test_its_roles_are_those_of_accounts() -> None:
    roles = list(get_args(Role))
    assert list(find_feed("ioc", "accounts").columns["kind"].codes.items()) == [(role, role) for role in roles]
    assert list(find_source("ioc").names["kind"]) == roles


def test_a_preview_asks_the_hubs_own_database(hub: Hub, keeper: psycopg.Connection) -> None:
    make(hub, keeper, "first")
    found = preview(hub.installation, find_source("ioc"), "accounts", Slice(FIRST, FIRST))
    assert (found.fetched, found.refused, found.is_blocked, found.is_excerpt) == (5, 0, False, False)
    nothing = preview(hub.installation, find_source("ioc"), "accounts", Slice(BEFORE, BEFORE))
    assert (nothing.fetched, nothing.is_blocked) == (0, False)


def test_a_check_of_the_source_needs_no_gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_STATE", str(tmp_path / "state"))
    found = CliRunner().invoke(main.app, ["source", "check", "ioc"])
    assert found.exit_code == 0, found.output
    assert CliRunner().invoke(main.app, ["source", "template", "ioc"]).exit_code != 0


def test_the_loader_learns_how_many_and_not_who(hub: Hub, keeper: psycopg.Connection) -> None:
    make(hub, keeper, "so-y-te")
    with connect(hub.url, "loader") as loader:
        assert loader.execute("select * from access.open_accounts('H37', %s)", [FIRST]).fetchall() == [("viewer", 1)]
        for table in ("account", "session", "api_key", "login_attempt", "login_lock", "read_log"):
            with pytest.raises(Denied), loader.transaction():
                loader.execute(f"select from access.{table}".encode())
        with pytest.raises(Denied):
            loader.execute("select login from access.account")


@pytest.mark.parametrize("role", ["reader", "screens", "accounts"])
def test_nobody_else_asks_for_the_count(hub: Hub, role: str) -> None:
    with connect(hub.url, role) as connection, pytest.raises(Denied):  # type: ignore[arg-type]
        connection.execute("select * from access.open_accounts('H37', %s)", [FIRST])
