"""Each KPI against hand-counted figures: the records of given.csv give the figures of expect.csv."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from hub.units import round_half_up
from kpis.definition import KPIS
from kpis.slices import parse_slices, slices_text
from tests.installation import CATALOGUE
from tests.kpis.asking import compute
from tests.kpis.facts import Facts

CASES = Path(__file__).parent


def _kpis() -> list[str]:
    return [path.stem for path in sorted(KPIS.glob("*.toml"))]


@pytest.mark.parametrize("kpi", _kpis())
def test_given_records_give_the_expected_figures(kpi: str, facts: Facts) -> None:
    definition = CATALOGUE.find(kpi)
    facts.publish(definition)
    facts.add_csv(definition, CASES / kpi / "given.csv")
    facts.connection.execute("set local role ioc_reader")
    with (CASES / kpi / "expect.csv").open(encoding="utf-8", newline="") as lines:
        expectations = list(csv.DictReader(lines))
    assert expectations
    for expected in expectations:
        figure = compute(
            facts.connection,
            kpi,
            date.fromisoformat(expected["from"]),
            date.fromisoformat(expected["to"]),
            "H37",
            area=expected["area"] or None,
            where=parse_slices(expected["where"]),
            by=tuple(filter(None, expected["by"].split("|"))),
            measure=expected["measure"] or None,
        )
        said = {slices_text({k: (v or "",) for k, v in row.breakdown.items()}): row.value for row in figure.rows}
        value = said[expected["row"]] if expected["by"] else figure.value
        wanted = Decimal(expected["value"]) if expected["value"] else None
        decimals = -int(wanted.as_tuple().exponent) if wanted is not None else 0
        assert (None if value is None else round_half_up(value, decimals)) == wanted, expected


@pytest.mark.parametrize("kpi", _kpis())
def test_without_any_data_a_figure_is_missing_and_says_why(kpi: str, facts: Facts) -> None:
    for measure in CATALOGUE.find(kpi).measure_names:
        figure = compute(facts.connection, kpi, date(2023, 1, 1), date(2023, 6, 30), "H37", measure=measure)
        assert (figure.value, figure.status) == (None, "missing")
        assert figure.reason is not None
        assert "was ever loaded" in figure.reason.en
