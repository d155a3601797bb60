"""Published figures of a KPI, made up for what is derived from them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hub.periods import Period, standard_period
from kpis.definition import load_definitions
from kpis.figure import Figure, Reason, Status
from kpis.question import Question


@dataclass(frozen=True)
class Stated:
    """What a figure is compared with: an observation."""

    value: Decimal | None
    status: Status = "official"
    definition_version: int = 1
    measure: str = "revenue"
    unit: str = "billion VND"
    denominator: Decimal | None = None
    withheld: Reason | None = None


def to_date(year: int, month: int) -> Period:
    return standard_period("ytd", date(year, month, 1))


def figure(
    value: Decimal | None,
    target: Decimal | None = None,
    kpi: str = "postal_revenue",
    period: Period | None = None,
    status: Status = "official",
) -> Figure:
    """The year to June 2023, unless another period is asked for."""
    definition = load_definitions()[kpi]
    asked = period or to_date(2023, 6)
    return Figure(
        question=Question(kpi, asked, "H37"),
        definition=definition,
        place=None,
        measure=definition.measure,
        unit=definition.unit,
        status=status,
        definition_version=definition.version,
        value=value,
        target=target,
        data_as_of=asked.last,
        origin="published",
    )
