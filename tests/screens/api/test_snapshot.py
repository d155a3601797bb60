"""An answer is of one moment: what is published while it is being read is not in it, not even a half."""

import threading
from datetime import date
from typing import Any

from accounts import directory
from hub.periods import Period
from screens.answers import board, computed
from screens.database import Database, ScreenSettings
from screens.directory import find_kpi
from screens.scope import ask
from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get
from tests.screens.api.hub import World
from warehouse.database import connect

JANUARY = Period(date(2023, 1, 1), date(2023, 1, 31))


def gates(figures: list[Any]) -> tuple[Any, Any]:
    (figure,) = [one for one in figures if one.kpi == "gate_vehicles"]
    return figure.value, figure.revision


def test_a_publish_between_two_statements_is_not_half_seen(moving: tuple[Get, World]) -> None:
    _, world = moving
    database = Database(ScreenSettings(world.url, "H37", CATALOGUE, connections=2))
    with connect(world.url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, "whole").account_id)
    assert caller is not None
    try:
        with database.snapshot(caller, "vi") as s:
            before = gates(board(s, JANUARY))
            other = threading.Thread(target=world.publish)
            other.start()
            other.join()
            assert gates(board(s, JANUARY)) == before
            facts = computed(s, ask(s, find_kpi(s, "gate_vehicles"), JANUARY))
            assert facts.value == before[0], "facts and published values are of the same moment"
            assert s.connection.execute("show transaction_isolation").fetchone() == ("repeatable read",)
            assert s.connection.execute("show transaction_read_only").fetchone() == ("on",)
        with database.snapshot(caller, "vi") as s:
            value, revision = gates(board(s, JANUARY))
            assert (value, revision) == (before[0] + 1, before[1] + 1)
    finally:
        database.close()


def test_a_connection_names_nobody_once_its_answer_is_read(moving: tuple[Get, World]) -> None:
    _, world = moving
    database = Database(ScreenSettings(world.url, "H37", CATALOGUE, connections=1))
    with connect(world.url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, "whole").account_id)
    assert caller is not None
    try:
        with database.snapshot(caller, "vi") as s:
            own = s.connection
            assert own.execute("select count(*) > 0 from serving.kpi_observations").fetchone() == (True,)
        with database._connection("answers") as again:
            assert again is own, "a pool of one gives the same connection"
            assert again.execute("select count(*) from serving.kpi_observations").fetchone() == (0,)
    finally:
        database.close()
