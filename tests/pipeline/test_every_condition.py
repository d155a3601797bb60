"""A month of the demo's loads under each habit of other hands and each fault, one at a time: half an hour, so only when
asked for with `pytest -m exhaustive -s`. Prints a row of a table for each: how often the fault struck, slices that were
published and held back, records refused, rows of facts that lack and that should not be there, errors that stayed.

The facts are those of the undisturbed load, or the slices that lack them are held back with a reason. Three faults are
others: see OTHERWISE.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.dialects import DIALECTS
from gateway.faults import FAULTS
from hub.errors import HubError, Retry
from tests.connectors.simulated import Simulated, simulated
from tests.pipeline.hub import FEEDS, LINEAGE, Hub
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.schema.everything import metadata

FIRST, LAST = date(2023, 6, 1), date(2023, 6, 30)
NOW = "2023-07-12T06:00:00+07:00"
pytestmark = pytest.mark.exhaustive
Rows = dict[str, Counter[str]]
GOVERNMENT = {name for name in FAULTS if name.startswith("government")}
"""What the Government's IOC does is no matter of loading."""
OTHERWISE = {
    "late_rows": "what comes late is there when the days are read again",
    "bad_rows": "older versions stay where a newer one is refused, values that cannot be read are left out, and figures"
    " of these days are provisional",
    "shrunk_snapshot": "a snapshot that is too small from its first day on has nothing to be compared with",
}
CONDITIONS = [
    *(pytest.param("dialect", name, id=f"dialect-{name}") for name in [*DIALECTS, "all"]),
    *(pytest.param("faults", name, id=f"fault-{name}") for name in [*FAULTS, "all"] if name not in GOVERNMENT),
]


@pytest.fixture(scope="module")
def lang_son() -> Iterator[Simulated]:
    with simulated("lang-son-2023") as gateway:
        gateway.clock(NOW)
        yield gateway


@pytest.fixture(scope="module")
def truth(postgres: Postgres, lang_son: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    hub = Hub(postgres.database(), tmp_path_factory.mktemp("truth"), lang_son.url)
    assert load(hub) == Counter()
    return fact_rows(hub)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=lambda _: None))


def load(hub: Hub) -> Counter[str]:
    """Loads every feed, up to four times as a scheduler does. Returns the errors that stayed, by their text."""
    errors: Counter[str] = Counter()
    for source, feed in FEEDS:
        for attempt in range(4):
            try:
                hub.run(source, feed, FIRST, LAST)
            except Retry as error:
                if attempt == 3:
                    errors[str(error)] += 1
                continue
            except HubError as error:
                errors[str(error)] += 1
            break
    return errors


def fact_rows(hub: Hub) -> Rows:
    """The rows of each fact as text, without their lineage; a key that depends on who came first as its code."""
    grown = {"service_id": "dim_service", "organisation_id": "dim_organisation"}
    found: Rows = {}
    with connect(hub.url, "owner") as connection:
        for table in metadata.tables.values():
            if table.schema == "warehouse" and table.name.startswith("fact_"):
                columns = ", ".join(
                    f"(select code from warehouse.{grown[c.name]} d where d.{c.name} = t.{c.name})"
                    if c.name in grown
                    else f"t.{c.name}"
                    for c in table.columns
                    if c.name not in LINEAGE
                )
                query = f"select row({columns})::text from warehouse.{table.name} t"
                found[table.name] = Counter(text for (text,) in connection.execute(query.encode()))
    return found


def slices(hub: Hub) -> Counter[str]:
    """The state of the newest batch of each slice."""
    return Counter(
        dict(
            hub.rows(
                "select status, count(*) from (select distinct on (source, feed, first_day, last_day) status"
                " from ledger.batch order by source, feed, first_day, last_day, batch_id desc) b group by 1"
            )
        )
    )


@contextmanager
def switched_on(gateway: Simulated, kind: str, name: str) -> Iterator[Counter[str]]:
    """Gives how often each fault struck, filled at the end."""
    fired: Counter[str] = Counter()
    with gateway.dialect(name) if kind == "dialect" else gateway.faults(name, 5):
        yield fired
        fired.update(gateway.fired())


@pytest.mark.parametrize(("kind", "name"), CONDITIONS)
def test_the_facts_are_the_same_or_what_lacks_is_named(
    postgres: Postgres, lang_son: Simulated, truth: Rows, tmp_path: Any, kind: str, name: str
) -> None:
    hub = Hub(postgres.database(), tmp_path / "state", lang_son.url, gateway_timeout=2.0)
    with switched_on(lang_son, kind, name) as fired:
        errors = load(hub)
        if name == "late_rows":
            errors = load(hub)
    found, states = fact_rows(hub), slices(hub)
    lacking = {table: (truth[table] - found[table]).total() for table in truth}
    strange = {table: (found[table] - truth[table]).total() for table in truth}
    refused = hub.one("select count(*) from quality.quarantine")
    print(
        f"| {kind} {name} | {fired.total() or ''} | {states['published']} | {states['blocked'] + states['failed']}"
        f" | {refused} | {sum(lacking.values())} | {sum(strange.values())} | {'; '.join(sorted(errors))[:160]} |",
        file=sys.__stdout__,
        flush=True,
    )
    if name == "bad_rows":
        assert hub.one("select count(*) from ledger.batch where is_provisional") > 0
        return
    assert {table: count for table, count in strange.items() if count} == {}
    if sum(lacking.values()) and name != "shrunk_snapshot":
        assert states["blocked"] + states["failed"] > 0, lacking
        without = "select count(*) from ledger.batch where status in ('blocked', 'failed') and reason_vi is null"
        assert hub.one(without) == 0
