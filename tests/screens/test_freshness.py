"""The sources that the screens tell of, and those that they offer to choose from."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from accounts import directory
from kpis.catalogue import Catalogue
from screens import freshness
from screens.app import create_app
from screens.database import Database, ScreenSettings
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import AUDITOR, DAYS, DISTRICT, LEADER, fill
from warehouse.database import connect

UNNAMED = replace(CATALOGUE, definitions={})
"""No KPI names a source."""
PUBLISHED = {"dvc", "feedback", "gate", "telecom"}


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    """A hub in which press was only blocked, and most sources were never loaded."""
    return fill(postgres.database()).url


def sources(url: str, login: str, catalogue: Catalogue) -> tuple[dict[str, str], dict[str, str]]:
    """Those that are offered, and those of which it is told how they keep their word, with their titles."""
    with connect(url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, login).account_id)
    assert caller is not None
    database = Database(ScreenSettings(url, "H37", catalogue))
    with database.snapshot(caller, "vi") as snapshot:
        found = freshness.titles(snapshot), {one.source: one.title for one in freshness.sources(snapshot)}
    database.close()
    return found


@pytest.mark.parametrize("login", [AUDITOR, LEADER, DISTRICT])
def test_every_source_that_a_kpi_names_is_offered(url: str, login: str) -> None:
    offered, told = sources(url, login, CATALOGUE)
    assert offered == told
    assert set(offered) == set(CATALOGUE.sources)


@pytest.mark.parametrize("login", [AUDITOR, LEADER])
def test_a_source_that_no_kpi_names_is_offered_once_it_was_tried(url: str, login: str) -> None:
    offered, told = sources(url, login, UNNAMED)
    assert offered == told
    assert set(offered) == PUBLISHED | {"press"}


def test_who_sees_a_part_of_the_province_is_offered_such_a_source_once_it_published(url: str) -> None:
    """Runs are not shown to such an account anyway."""
    assert set(sources(url, DISTRICT, UNNAMED)[0]) == PUBLISHED


def test_a_refused_sign_in_is_no_blocked_batch(postgres: Postgres) -> None:
    """It blocks nothing: no batch came that could be judged. The page says so, and leads to the reason."""
    world = fill(postgres.database())
    with connect(world.url, "owner") as owner:
        Facts(owner).publish("gate.vehicles", DAYS, status="failed")
        owner.commit()
    with TestClient(create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))) as client:
        client.cookies.set("ioc_session", session_of(world, AUDITOR))
        freshness = client.get("/freshness").text
        figures = client.get("/fields/border_gate").text
    row = next(row for row in freshness.split("<tr") if CATALOGUE.sources["gate"].title in row)
    assert "Không đọc được" in row and "Bị chặn" not in row
    assert "/quality/runs?source=gate&amp;status=failed" in row
    assert "bị chặn" not in figures.partition("<main")[2].lower()
    press = next(row for row in freshness.split("<tr") if CATALOGUE.sources["press"].title in row)
    assert "Bị chặn" in press and "/quality/runs?source=press&amp;status=blocked" in press
