"""Two simulated provinces that number their records alike, loaded side by side into one hub: as if each were alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Abort
from tests.connectors.simulated import FIRST, LAST, Simulated, simulated
from tests.kpis.asking import compute
from tests.pipeline.hub import Hub
from tests.postgres import Postgres
from warehouse.database import connect

FEEDS = [
    ("dvc", "services"),
    ("feedback", "cases"),
    ("ioffice", "documents"),
    ("post", "points"),
    ("telecom", "stations"),
]
KEYS = {
    "fact_feedback": "case_code",
    "fact_post_point": "point_code",
    "fact_station": "site_code",
}
KPIS = ["base_stations", "feedback_resolved_rate", "full_online_service_rate", "postal_points", "signed_document_rate"]


class Worlds:
    """A hub with both provinces, and beside it one with each alone."""

    def __init__(self, postgres: Postgres, folder: Path, gateways: dict[str, Simulated]) -> None:
        self.gateways = gateways
        shared = postgres.database()
        self.both = {code: self._hub(shared, folder / "both", code) for code in gateways}
        self.alone = {code: self._hub(postgres.database(), folder / code, code) for code in gateways}
        jobs = [(hub, feed) for feed in FEEDS for hub in self.both.values()]
        with ThreadPoolExecutor(4) as pool:
            self.outcomes = list(pool.map(lambda job: job[0].run(*job[1], FIRST, LAST), jobs))
        for hub in self.alone.values():
            for feed in FEEDS:
                hub.run(*feed, FIRST, LAST)

    def _hub(self, url: str, state: Path, code: str) -> Hub:
        area = {"H37": "20", "H59": "84"}[code]
        return Hub(url, state, self.gateways[code].url, province=code, area=area, gateway_timeout=10.0)


@pytest.fixture(scope="module")
def worlds(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with simulated() as lang_son, simulated("tra-vinh-2023") as tra_vinh:
        yield Worlds(postgres, tmp_path_factory.mktemp("worlds"), {"H37": lang_son, "H59": tra_vinh})


def facts(hub: Hub, table: str, code: str) -> list[Any]:
    """A province's rows, but for who brought them and keys that depend on who came first."""
    return hub.rows(
        f"select to_jsonb(f) - 'batch_id' - 'page_number' - 'service_id' as fact from warehouse.{table} as f"
        " join warehouse.dim_province as p using (province_id) where p.code = %s order by 1",
        code,
    )


def test_every_feed_of_both_is_published_side_by_side(worlds: Worlds) -> None:
    assert {outcome.status for outcome in worlds.outcomes} == {"published"}
    assert all(outcome.account.loaded > 0 for outcome in worlds.outcomes)


@pytest.mark.parametrize("table", [*KEYS, "fact_document", "fact_service"])
@pytest.mark.parametrize("code", ["H37", "H59"])
def test_each_has_the_facts_that_it_has_alone(worlds: Worlds, table: str, code: str) -> None:
    rows = facts(worlds.both[code], table, code)
    assert rows == facts(worlds.alone[code], table, code)
    assert rows


@pytest.mark.parametrize("table", KEYS)
def test_their_records_do_share_keys(worlds: Worlds, table: str) -> None:
    shared = worlds.both["H37"].one(
        f"select count(*) from (select {KEYS[table]} from warehouse.{table} group by 1"
        " having count(distinct province_id) = 2) as shared"
    )
    assert shared > 0


@pytest.mark.parametrize("code", ["H37", "H59"])
def test_each_has_the_figures_that_it_has_alone(worlds: Worlds, code: str) -> None:
    def values(hub: Hub) -> list[Any]:
        with connect(hub.url, "reader") as connection:
            return [compute(connection, kpi, FIRST, LAST, code).value for kpi in KPIS]

    assert values(worlds.both[code]) == values(worlds.alone[code])
    assert None not in values(worlds.both[code])


def test_a_source_that_a_province_lacks_fails_clearly(worlds: Worlds) -> None:
    with pytest.raises(Abort, match=r"/cuakhau/v1/phuong-tien"):
        worlds.both["H59"].run("gate", "vehicles", FIRST, LAST)
