"""Other hands tell the same content in other ways: whatever their habits, the facts are the same."""

import tomllib
from pathlib import Path

import pytest

from gateway import dialects
from tests.connectors.simulated import Simulated
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import IN_EVERY_WORLD, Hub
from warehouse.schema.facts import FACTS, names_source

HABITS = list(tomllib.loads(Path(dialects.__file__).with_suffix(".toml").read_text("utf-8")))
GROUPS = [",".join(HABITS[::2]), ",".join(HABITS[1::2])]


@pytest.mark.parametrize("dialect", GROUPS, ids=["one half", "other half"])
def test_a_dialect_changes_no_fact(loaded: Hub, new_hub: NewHub, gateway: Simulated, dialect: str) -> None:
    hub = new_hub()
    with gateway.dialect(dialect):
        outcomes = hub.run_all()
    assert {key: outcome.status for key, outcome in outcomes.items() if outcome.status != "published"} == {}
    assert hub.checksums() == loaded.checksums()


def test_every_habit_and_every_passing_fault_together_change_no_fact(
    loaded: Hub, new_hub: NewHub, gateway: Simulated
) -> None:
    hub = new_hub(gateway_timeout=10.0)
    with gateway.dialect("all"), gateway.faults("all", 3):
        hub.run_all(IN_EVERY_WORLD)  # lists and cases of a few records lose whole fields with their empty ones
    told, same = hub.checksums(), loaded.checksums()
    of_any_subject = {name for name, fact in FACTS.items() if names_source(fact)}
    own = of_any_subject | {"dim_organisation", "dim_service", "dim_area", "unlisted_code"}
    assert {name: told[name] for name in told if name not in own} == {n: same[n] for n in same if n not in own}
