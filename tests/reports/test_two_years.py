"""Both published years through the real path: two worlds' gateways → pipeline → one warehouse → computed figures."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import docx
import pytest

from connectors.source_files import find_feed
from gateway.server import running
from hub.installation import Installation
from hub.periods import Period
from kpis.definition import GROWTH, Formula, load_definitions
from kpis.disclosure import NOT_GIVEN
from reports import phrases
from reports.comparison import Reconciliation
from reports.filing import MadeReport, make_periodic
from reports.published import Published, read_published
from tests.connectors.simulated import Simulated
from tests.installation import CATALOGUE, LANG_SON, PUBLISHED, reconcile, refresh
from tests.pipeline.hub import Hub
from tests.postgres import Postgres
from warehouse.database import connect

REPORTS = {"lang-son-2022": "langson-2022.csv", "lang-son-2023": "langson-2023.csv"}
BEGIN = {"lang-son-2022": date(2021, 10, 31), "lang-son-2023": date(2022, 12, 31)}
"""World → first day of which it has records."""
END = {"lang-son-2022": date(2022, 12, 31), "lang-son-2023": date(2023, 6, 30)}
HALF = Period(date(2023, 1, 1), date(2023, 6, 30))
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
        told = [figure] if figure.base is None else [figure, replace(figure, first=figure.base[0], last=figure.base[1])]
        for source, feed in definition.feeds:
            monthly = find_feed(source, feed).slice == "month"
            for one in told:
                if monthly and definition.row_sources:  # a month's answer tells of single days
                    spans = {(begin, _month_end(one.last))}
                else:
                    spans = _spans(one, formula, monthly, begin)
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


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


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
def loaded(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of one hub that has loaded both worlds, one after the other."""
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
    return url


@pytest.fixture(scope="module")
def reconciliations(loaded: str) -> dict[str, Reconciliation]:
    with connect(loaded, "reader") as connection:
        return {
            world: reconcile(connection, read_published(PUBLISHED / file), "H37") for world, file in REPORTS.items()
        }


@pytest.fixture(scope="module")
def periodic(loaded: str, postgres: Postgres) -> Iterator[MadeReport]:
    """The periodic report of the first half of 2023, with the figures about persons published, as they must be."""
    with postgres.copied(loaded) as url:
        refresh(url, "H37", [kpi.id for kpi in CATALOGUE.definitions.values() if kpi.about_persons])
        installation = Installation(LANG_SON.settings.model_copy(update={"warehouse_url": url}))
        with connect(url, "reader") as connection:
            yield make_periodic(connection, installation, HALF, catalogue=CATALOGUE)


@pytest.mark.parametrize("world", REPORTS)
def test_every_figure_that_the_report_does_not_contradict_is_reproduced(
    reconciliations: dict[str, Reconciliation], world: str
) -> None:
    reconciled = reconciliations[world]
    defined = load_definitions()
    missed = [
        (c.published.line, c.published.kpi, c.published.measure, c.published.breakdown, c.verdict, c.computed, c.reason)
        for index, c in enumerate(reconciled.comparisons)
        if c.published.kpi in defined
        and index not in reconciled.in_doubt
        and c.verdict not in ("equal", "rounded", "within")
    ]
    assert missed == []


@pytest.mark.parametrize("world", REPORTS)
def test_every_figure_of_a_defined_kpi_is_computed(reconciliations: dict[str, Reconciliation], world: str) -> None:
    missing = {c.published.kpi for c in reconciliations[world].comparisons if c.verdict == "not_computable"}
    assert missing.isdisjoint(load_definitions())


CONTRADICTED = {17, 18, 54, 63, 107, 108, 138}
"""Lines of the report of 2023 that the hub computes otherwise, and that the report contradicts itself."""
WITHHELD = {*range(64, 74), 98, 99, 100}
"""Vehicles and feedback to 15 May: no figures about persons leave the hub of days that are no published period;
fines, which do not say how many they are; and petitions by kind, of which there is one each."""


def test_the_periodic_report_holds_every_figure_of_the_published_one_that_the_hub_may_give(
    periodic: MadeReport,
) -> None:
    found = {one.comparison.published.line: one for one in periodic.report.published}
    verdicts = {line: one.comparison.verdict for line, one in found.items()}
    equal = set(found) - CONTRADICTED - WITHHELD
    assert {line: verdicts[line] for line in equal if verdicts[line] not in ("equal", "rounded", "within")} == {}
    assert {verdicts[line] for line in CONTRADICTED} == {"differs"}
    assert {found[line].comparison.reason for line in WITHHELD} <= set(NOT_GIVEN)


def test_what_the_published_report_contradicts_is_written_as_computed_with_a_remark(periodic: MadeReport) -> None:
    found = {one.comparison.published.line: one for one in periodic.report.published}
    assert {line for line in CONTRADICTED if not found[line].remarks} == set()
    portal = next(one for one in periodic.report.figures if one.key == "portal_3")
    assert portal.value_text == "420 dịch vụ"
    assert "the published report says 462 dịch vụ" in [remark.en for remark in portal.remarks]


def test_every_figure_of_the_published_report_is_read_back_from_the_file(periodic: MadeReport) -> None:
    document = docx.Document(BytesIO(periodic.document))
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    missing = [
        one.comparison.published.line
        for one in periodic.report.published
        if one.comparison.computed is not None
        and phrases.amount(one.comparison.computed, one.comparison.published.unit) not in cells
    ]
    assert missing == []
    assert {one.comparison.published.line for one in periodic.report.published} == set(range(2, 139))
