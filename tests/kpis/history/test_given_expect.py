"""What was known on which day: the steps of given.csv, day by day, give what expect.csv says of each day.

A step loads records (one that came before replaces its older form), changes the definition to the file beside it,
or recomputes.
"""

import csv
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest
from psycopg import sql

from hub.units import round_half_up
from kpis.definition import load_definition
from kpis.slices import parse_slices
from tests.installation import CATALOGUE
from tests.kpis.facts import FACT_OF_VIEW
from tests.kpis.history.hub import Hub

CASES = sorted((Path(__file__).parent / "cases").glob("*/*"))
BEGIN = date(2023, 1, 1)
KEYS = {
    "gate_vehicles": ["declaration_code"],
    "feedback_resolved_rate": ["case_code"],
    "online_dossier_rate": ["dossier_code"],
    "ecommerce_listings": ["platform_code", "day"],
}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _load(hub: Hub, kpi: str, records: list[dict[str, str]], until: date) -> None:
    """One batch of each feed, that covers everything up to the day before the load."""
    definition = CATALOGUE.find(kpi)
    fact = FACT_OF_VIEW[definition.reads]
    for record in records:
        same = sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(key)) for key in KEYS[kpi])
        hub.connection.execute(
            sql.SQL("delete from warehouse.{} where {}").format(sql.Identifier(fact), same),
            [record[key] for key in KEYS[kpi]],
        )
        hub.facts.add(fact, [record])
    for feed in definition.sources:
        hub.publish((BEGIN, until - timedelta(days=1)), feed=feed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}: {case.name}")
def test_each_day_s_word_is_as_expected(hub: Hub, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kpi = case.parent.name
    for (on, does), steps in groupby(_rows(case / "given.csv"), key=lambda step: (step.pop("on"), step.pop("does"))):
        day = date.fromisoformat(on)
        if does == "load":
            _load(hub, kpi, list(steps), day)
        elif does == "define":
            monkeypatch.setitem(CATALOGUE.definitions, kpi, load_definition(case / f"{kpi}.toml"))
        if does == "recompute":
            hub.recompute(kpi)
        else:
            hub.refresh(kpi)
        hub.said_on(day)
    for expected in _rows(case / "expect.csv"):
        figure = hub.known_at(
            date.fromisoformat(expected["as_of"]),
            (date.fromisoformat(expected["from"]), date.fromisoformat(expected["to"])),
            kpi,
            area=expected["area"] or None,
            where=parse_slices(expected["where"]),
        )
        value = None if figure.value is None else round_half_up(figure.value, 2)
        assert value == (Decimal(expected["value"]) if expected["value"] else None), expected
        assert figure.status == expected["status"], expected
        assert str(figure.revision or "") == expected["revision"], expected
        if figure.revision:
            assert str(figure.definition_version) == expected["definition_version"], expected
