"""From every KPI down to the pages on which its records came, and from a record up to every KPI."""

from datetime import date

import pytest

from kpis.definition import Definition, load_definitions
from kpis.explanation import Explanation
from tests.connectors.simulated import FIRST, LAST
from tests.installation import counted_in
from tests.kpis.asking import explain
from tests.pipeline.hub import Hub
from warehouse.database import connect
from warehouse.landing import Landing

MONTH = date(2023, 2, 1)


def explained(hub: Hub, definition: Definition, measure: str, rows: int = 0) -> Explanation:
    """Of three days; of the month where figures are monthly, of the last day where they are running totals."""
    running = definition.formula(measure).kind == "cumulative"
    first = LAST if running else MONTH if definition.grain == "month" else FIRST
    with connect(hub.url, "reader") as connection:
        return explain(connection, definition.id, first, LAST, "H37", measure=measure, rows=rows)


@pytest.mark.parametrize("kpi", load_definitions())
def test_every_kpi_ends_at_pages_that_lie_in_landing_under_their_hash(loaded: Hub, kpi: str) -> None:
    definition = load_definitions()[kpi]
    landing = Landing(loaded.settings.landing_address)
    for measure in (definition.measure, *definition.measures):
        found = explained(loaded, definition, measure)
        if definition.row_sources and not found.figure.value:
            continue  # nothing of it happened, or was told, in the three days
        assert found.figure.value is not None
        assert found.pages
        for page in found.pages:
            assert landing.read(page["landed_sha256"])  # which refuses what is not what its name says
            assert (len(page["wire_sha256"]), len(page["correlation_id"])) == (64, 36)
        rows, batches = sum(page["rows"] for page in found.pages), {batch["batch_id"] for batch in found.batches}
        assert rows == sum(batch["rows"] for batch in found.batches) > 0
        assert batches == {page["batch_id"] for page in found.pages}
        assert {f"{batch['source']}.{batch['feed']}" for batch in found.batches} <= set(definition.sources)
        assert all(batch["passed"] and batch["executed_rules"] == batch["declared_rules"] for batch in found.batches)


@pytest.mark.parametrize("kpi", load_definitions())
def test_the_sql_that_is_shown_gives_the_figure_that_is_shown(loaded: Hub, kpi: str) -> None:
    definition = load_definitions()[kpi]
    for measure in (definition.measure, *definition.measures):
        found = explained(loaded, definition, measure)
        if definition.row_sources and not found.figure.value:
            continue
        for part in ("numerator", "denominator"):
            if getattr(found.formula, part) is None or getattr(found.formula, part) in found.formula.quantities:
                continue
            statement = found.statements[part if len(found.statements) > 1 else "figure"]
            with connect(loaded.url, "reader") as connection:
                cursor = connection.execute(statement.encode())
                place = [column.name for column in cursor.description or []].index(part)
                assert [row[place] for row in cursor] == [getattr(found.figure, part)], statement


def test_every_page_behind_a_dossier_rate_holds_the_dossiers_that_are_said_to_be_on_it(loaded: Hub) -> None:
    found = explained(loaded, load_definitions()["online_dossier_rate"], "rate", rows=50)
    landing = Landing(loaded.settings.landing_address)
    pages = {(page["batch_id"], page["page_number"]): page["landed_sha256"] for page in found.pages}
    assert [row["dossier_code"] for row in found.rows] == sorted(row["dossier_code"] for row in found.rows)
    assert len(found.rows) == 50
    for row in found.rows:
        assert row["dossier_code"].encode() in landing.read(pages[row["batch_id"], row["page_number"]])


def test_the_figures_that_a_record_counts_in_are_those_whose_rows_it_is_among(loaded: Hub) -> None:
    """Down and up are two ways through the same definitions: they must agree on every dossier of the range."""
    for kpi in ("online_dossier_rate", "on_time_dossier_rate", "level4_online_dossier_rate"):
        found = explained(loaded, load_definitions()[kpi], "rate", rows=3)
        for row in found.rows:
            with connect(loaded.url, "reader") as connection:
                counted = counted_in(connection, "H37", row["dossier_code"]).counted
            day = row[str(found.formula.day)]
            [one] = [c for c in counted if (c.kpi, c.measure) == (kpi, "rate")]
            assert [one.day, one.until, one.denominator] == [day, day, 1]
