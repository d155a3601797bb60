"""A load ends alike on every PostgreSQL that the hub may run on."""

from pathlib import Path

from tests.connectors.simulated import Simulated
from tests.pipeline.hub import Hub
from tests.postgres import Postgres

SOME = [("dvc", "dossiers"), ("gate", "vehicles"), ("telecom", "revenue")]


def test_a_load_and_its_repetition_end_alike_on_every_version(
    every_postgres: Postgres, gateway: Simulated, tmp_path: Path
) -> None:
    hub = Hub(every_postgres.database(), tmp_path, gateway.url)
    first = hub.run_all(SOME)
    sums = hub.checksums()
    again = hub.run_all(SOME)
    assert all(outcome.account.balances() for outcome in (*first.values(), *again.values()))
    assert {outcome.account.loaded for outcome in again.values()} == {0}
    assert hub.checksums() == sums
    assert hub.staging_tables() == []
