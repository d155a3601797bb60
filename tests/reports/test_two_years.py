"""Both published years through the real path: two worlds' gateways → pipeline → one warehouse → computed figures."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from connectors.source_files import find_feed
from gateway.server import running
from kpis.definition import GROWTH, Formula, load_definitions
from reports.comparison import Reconciliation
from reports.published import Published, read_published
from tests.connectors.simulated import Simulated
from tests.installation import PUBLISHED, reconcile
from tests.pipeline.hub import Hub
from tests.postgres import Postgres
from warehouse.database import connect

REPORTS = {"lang-son-2022": "langson-2022.csv", "lang-son-2023": "langson-2023.csv"}
BEGIN = {"lang-son-2022": date(2021, 10, 31), "lang-son-2023": date(2022, 12, 31)}
"""World → first day of which it has records."""
END = {"lang-son-2022": date(2022, 12, 31), "lang-son-2023": date(2023, 6, 30)}
SETTLED = timedelta(days=40)
"""After which what happened on a day is known as the reports know it: dossiers are still corrected for weeks."""
Days = tuple[date, date]


def needed(figures: list[Published], begin: date) -> dict[tuple[str, str], list[Days]]:
    """What of each feed the figures are computed from: whole ranges of what happens, single snapshots of states."""
    definitions = load_definitions()
    ranges: dict[tuple[str, str], set[Days]] = {}
    for figure in figures:
        if figure.kpi not in definitions:
            continue
        definition = definitions[figure.kpi]
        formula = definition.formula(figure.measure)
        for source, feed in definition.feeds:
            spans = _spans(figure, formula, find_feed(source, feed).slice == "month", begin)
            ranges.setdefault((source, feed), set()).update(spans)
    return {feed: merged(sorted(spans)) for feed, spans in ranges.items()}


def _spans(figure: Published, formula: Formula, monthly: bool, begin: date) -> set[Days]:
    if formula.kind in ("flow", "distinct"):
        return {(figure.first, figure.last)}
    if formula.valid:
        return {(begin, figure.last)}
    days = {figure.last}
    if figure.measure == GROWTH:
        days.add(figure.first)
    elif formula.kind == "cumulative" and figure.first < figure.last:
        days.add(figure.first - timedelta(days=1))
    return {_month(day) if monthly else (day, day) for day in days}


def _month(day: date) -> Days:
    """The newest month that has ended on that day."""
    last = (day + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def merged(spans: list[Days]) -> list[Days]:
    """Spans in order, those that touch or overlap as one."""
    whole: list[Days] = []
    for first, last in spans:
        if whole and first <= whole[-1][1] + timedelta(days=1):
            whole[-1] = whole[-1][0], max(whole[-1][1], last)
        else:
            whole.append((first, last))
    return whole


@pytest.fixture(scope="module")
def reconciliations(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Reconciliation]]:
    """One hub that has loaded both worlds, one after the other."""
    url, state = postgres.database(), tmp_path_factory.mktemp("two-years")
    figures = {world: read_published(PUBLISHED / file) for world, file in REPORTS.items()}
    for world, own in figures.items():
        with running(world) as gateway:
            hub, there = Hub(url, state, gateway, gateway_timeout=30.0), Simulated(gateway)
            there.clock(f"{END[world] + timedelta(days=1)}T06:00:00+07:00")
            for (source, feed), spans in needed(own, BEGIN[world]).items():
                for first, last in spans:
                    if source == "gate":  # its feed runs on to the present, which would be half a year more
                        there.clock(f"{last + timedelta(days=7)}T06:00:00+07:00")
                    hub.run(source, feed, first, min(last + SETTLED, END[world]) if feed == "dossiers" else last)
                    there.clock(f"{END[world] + timedelta(days=1)}T06:00:00+07:00")
    with connect(url, "reader") as connection:
        yield {world: reconcile(connection, own, "H37") for world, own in figures.items()}


@pytest.mark.parametrize("world", REPORTS)
def test_every_figure_that_the_report_does_not_contradict_is_reproduced(
    reconciliations: dict[str, Reconciliation], world: str
) -> None:
    reconciled = reconciliations[world]
    defined = load_definitions()
    missed = [
        (c.published.line, c.published.kpi, c.published.measure, c.published.breakdown, c.verdict, c.computed, c.reason)
        for index, c in enumerate(reconciled.comparisons)
        if c.published.kpi in defined and index not in reconciled.in_doubt and c.verdict not in ("equal", "rounded")
    ]
    assert missed == []


@pytest.mark.parametrize("world", REPORTS)
def test_every_figure_of_a_defined_kpi_is_computed(reconciliations: dict[str, Reconciliation], world: str) -> None:
    missing = {c.published.kpi for c in reconciliations[world].comparisons if c.verdict == "not_computable"}
    assert missing.isdisjoint(load_definitions())
