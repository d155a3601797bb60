"""Systems that keep a form of their own, from the wire to the figures: what the gateway's files declare is what is
computed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.simulated import Simulated, simulated
from tests.kpis.asking import compute
from tests.pipeline.hub import Hub
from tests.postgres import Postgres
from warehouse.database import connect

HALF_YEAR = (date(2022, 12, 1), date(2023, 6, 30))
NEW_YEAR, JUNE = date(2022, 12, 31), date(2023, 6, 30)


@pytest.fixture(scope="module")
def there() -> Iterator[Simulated]:
    """The gateway after the end of June 2023."""
    with simulated() as there:
        there.clock("2023-07-01T06:00:00+07:00")
        yield there


@pytest.fixture(scope="module")
def hub(there: Simulated, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Half a year of the schools."""
    hub = Hub(postgres.database(), tmp_path_factory.mktemp("own forms"), there.url)
    hub.run("education", "schools", *HALF_YEAR)
    return hub


def figure(hub: Hub, kpi: str, first: date, last: date, **asked: Any) -> Decimal | None:
    with connect(hub.url, "loader") as connection:
        return compute(connection, kpi, first, last, "H37", **asked).value


@pytest.mark.parametrize(
    ("kpi", "first_semester", "second_semester"),
    [
        ("schools", 676, 676),
        ("students", 212_873, 212_771),
        ("teachers", 16_137, 16_205),
        ("teacher_shortage", 1_298, 1_230),
        ("classroom_shortage", 472, 444),
    ],
)
def test_a_month_shows_the_schools_of_its_semester(
    kpi: str, first_semester: int, second_semester: int, hub: Hub
) -> None:
    assert figure(hub, kpi, NEW_YEAR, NEW_YEAR) == first_semester
    assert figure(hub, kpi, JUNE, JUNE) == second_semester


def test_schools_are_counted_by_level_and_standard(hub: Hub) -> None:
    primary: dict[str, Any] = {"where": {"class": ("primary",)}}
    assert figure(hub, "schools", JUNE, JUNE, **primary) == 189
    rate = figure(hub, "national_standard_school_rate", JUNE, JUNE, **primary)
    assert rate is not None
    assert round(rate, 6) == round(Decimal(9700) / 189, 6)


def test_a_school_without_a_code_or_a_number_is_refused_with_its_reason(hub: Hub) -> None:
    refused = hub.rows("select record -> 'record', offences from quality.quarantine order by quarantine_id")
    assert {(record["@ma"], record["so_hoc_sinh"] == "không rõ") for record, _ in refused} == {
        ("", False),
        ("20-MN-001", True),
    }
    fetched = hub.rows("select fetched, loaded + unchanged + quarantined from ledger.batch where source = 'education'")
    assert fetched == [(678, 678)] * 7
