"""What a district is told of the province and its peers beside its own figures: no more than would leave the hub."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from accounts import directory
from screens.app import create_app
from screens.database import ScreenSettings
from screens.formats import with_unit
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import DISTRICT, LEADER, OFFICE, OTHER_DISTRICT, OWN_DISTRICT, World, fill
from warehouse.database import connect

PERIOD = ("2023-01-01", "2023-06-30")
KPI = "online_dossier_rate"
Told = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def world(postgres: Postgres) -> World:
    """In which figures of districts are given: by itself it withholds them, for a dossier that is in no commune."""
    made = fill(postgres.database())
    with connect(made.url, "owner") as owner:
        assert KPI not in told(owner, DISTRICT), "where its own figure is withheld a district is told nothing"
        owner.execute("delete from kpi.withheld_count where breakdown = ''")
        owner.commit()
    return made


@contextmanager
def changed(world: World, *statements: str) -> Iterator[psycopg.Connection]:
    """The hub after these statements, for a while."""
    with connect(world.url, "owner") as owner:
        for statement in statements:
            assert owner.execute(statement.encode()).rowcount > 0, statement
        yield owner
        owner.rollback()


def told(owner: psycopg.Connection, login: str, period: tuple[str, str] = PERIOD) -> Told:
    """KPI → what the account is told."""
    account = directory.find(owner, login).account_id
    owner.execute("set local role ioc_screens")
    owner.execute("select set_config('ioc.account', %s, true)", [str(account)])
    found = owner.execute("select * from serving.comparisons(%s, %s)", period)
    names = [column.name for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    owner.execute("reset role")
    return {row["kpi"]: row for row in rows}


def withheld(code: str, first: str, last: str) -> str:
    return (
        "insert into kpi.withheld_count (province_id, kpi_id, first_day, last_day, area_id) select p.province_id,"
        f" '{KPI}', '{first}', '{last}', a.area_id from warehouse.dim_province as p, warehouse.dim_area as a"
        f" where p.code = 'H37' and a.code = '{code}' and a.valid_from < '2025-07-01' and a.level <> 'commune'"
    )


def figures(owner: psycopg.Connection) -> dict[str, Any]:
    """District → its figure."""
    return dict(
        owner.execute(
            "select area, value from serving.kpi_observations join serving.areas using (area_id, area)"
            " where kpi = %s and first_day = %s and last_day = %s and breakdown = '' and is_latest"
            " and level = 'district' and value is not null",
            (KPI, *PERIOD),
        ).fetchall()
    )


def test_a_district_is_told_the_provinces_figure_and_where_it_stands(world: World) -> None:
    with changed(world) as owner:
        known, seen = figures(owner), told(owner, DISTRICT)[KPI]
    own = known.pop(OWN_DISTRICT)
    assert (seen["value"], seen["others"], seen["median"]) == (own, 3, median(known.values()))
    assert (seen["higher"], seen["lower"]) == (
        sum(one > own for one in known.values()),
        sum(one < own for one in known.values()),
    )
    assert seen["province_value"] is not None


@pytest.mark.parametrize("login", [LEADER, OFFICE])
def test_who_is_not_limited_to_an_area_alone_is_told_nothing(world: World, login: str) -> None:
    with changed(world) as owner:
        assert told(owner, login) == {}


def test_a_withheld_figure_of_another_area_is_in_no_median_and_no_rank(world: World) -> None:
    with changed(world) as owner:
        known = figures(owner)
    with changed(world, withheld(OTHER_DISTRICT, *PERIOD)) as owner:
        seen = told(owner, DISTRICT)[KPI]
    known.pop(OWN_DISTRICT)
    del known[OTHER_DISTRICT]
    assert seen["others"] == 2
    assert float(seen["median"]) == pytest.approx(float(median(known.values())))
    assert seen["higher"] + seen["lower"] <= 2


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        ("2023-01-01", "2023-06-30", PERIOD),
        ("2023-01-01", "2023-03-31", ("2023-04-01", "2023-06-30")),
        ("2023-01-01", "2023-06-30", ("2023-04-01", "2023-06-30")),
    ],
)
def test_beside_a_withheld_figure_of_its_own_nothing_is_told(
    world: World, first: str, last: str, period: tuple[str, str]
) -> None:
    """What it knows of itself would tell what is withheld of others."""
    with changed(world) as owner:
        assert KPI in told(owner, DISTRICT, period)
    with changed(world, withheld(OWN_DISTRICT, first, last)) as owner:
        assert KPI not in told(owner, DISTRICT, period)


def test_a_withheld_figure_of_the_province_is_not_told(world: World) -> None:
    with changed(world, withheld("20", *PERIOD)) as owner:
        assert told(owner, DISTRICT)[KPI]["province_value"] is None


def test_what_was_not_judged_yet_is_not_told(world: World) -> None:
    with changed(world, f"update kpi.disclosure set judged_to = '2000-01-01' where kpi_id = '{KPI}'") as owner:
        assert KPI not in told(owner, DISTRICT)
    with changed(world, f"delete from kpi.disclosure where kpi_id = '{KPI}'") as owner:
        assert not told(owner, DISTRICT)[KPI]["is_judged"], "of figures about persons the pages then show nothing"


def test_an_account_of_a_field_is_told_of_that_field(world: World) -> None:
    with changed(world, f"update access.account set fields = '{{feedback}}' where login = '{DISTRICT}'") as owner:
        assert set(told(owner, DISTRICT)) <= {"feedback_resolved_rate"}


def test_nobody_who_is_not_the_hub_may_ask(world: World) -> None:
    with changed(world) as owner:
        owner.execute("set local role ioc_bi")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("select * from serving.comparisons('2023-01-01', '2023-06-30')")


def page(world: World, login: str, path: str) -> str:
    """What a page says, without its markup."""
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))
    cookies = {"ioc_session": session_of(world, login)}
    with TestClient(app, client=("10.1.2.3", 5000), cookies=cookies, headers={"Accept": "text/html"}) as client:
        answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub("<[^>]+>", " ", answer.text.partition("<main")[2]).split())


def test_a_districts_tile_stands_beside_the_province_and_its_peers(world: World) -> None:
    with changed(world) as owner:
        seen = told(owner, DISTRICT)[KPI]
    for path in ("/fields/public_services", "/"):
        said = page(world, DISTRICT, path)
        assert f"Toàn tỉnh: {with_unit(seen['province_value'], '%', 'vi')}" in said
        assert f"Trung vị của 3 địa bàn khác cùng cấp: {with_unit(seen['median'], '%', 'vi')}" in said
        assert f"Hạng: {seen['higher'] + 1}/4" in said


@pytest.mark.parametrize(
    ("login", "path"),
    [
        (LEADER, "/fields/public_services"),
        (OFFICE, "/fields/public_services"),
        (DISTRICT, "/wall"),
    ],
)
def test_nobody_else_is_compared_and_no_wall_is(world: World, login: str, path: str) -> None:
    said = page(world, login, path)
    assert "Trung vị" not in said and "Hạng" not in said


def test_who_sees_the_whole_province_reads_the_same_of_any_district(world: World) -> None:
    with changed(world) as owner:
        seen = told(owner, DISTRICT)[KPI]
    said = page(world, LEADER, f"/fields/public_services?area={OWN_DISTRICT}")
    assert f"Toàn tỉnh: {with_unit(seen['province_value'], '%', 'vi')}" in said
    assert f"Trung vị của 3 địa bàn khác cùng cấp: {with_unit(seen['median'], '%', 'vi')}" in said
    assert f"Hạng: {seen['higher'] + 1}/4" in said


def test_of_two_peers_no_median_is_told_since_it_would_tell_each(world: World) -> None:
    with connect(world.url, "owner") as owner:
        owner.execute(withheld(OTHER_DISTRICT, *PERIOD).encode())
        owner.commit()
        try:
            said = page(world, DISTRICT, "/fields/public_services")
        finally:
            owner.execute("delete from kpi.withheld_count where breakdown = ''")
            owner.commit()
    assert "Toàn tỉnh: " in said and "Trung vị" not in said and "Hạng" not in said


def test_a_figure_about_persons_that_was_never_judged_is_beside_nothing(world: World) -> None:
    with connect(world.url, "owner") as owner:
        owner.execute("create temporary table kept as select * from kpi.disclosure")
        owner.execute("delete from kpi.disclosure")
        owner.commit()
        try:
            said = page(world, DISTRICT, "/fields/public_services")
        finally:
            owner.execute("insert into kpi.disclosure select * from kept")
            owner.commit()
    assert "Toàn tỉnh: " not in said and "Trung vị" not in said
