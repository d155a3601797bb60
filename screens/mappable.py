"""Which KPIs have a map."""

from hub.translation import msg
from kpis.definition import Definition
from screens.formats import RATES

WITHOUT_MAP = msg("only rates that are known by area have a map: of counts the largest area always has most")


def has_map(kpi: Definition) -> bool:
    """Whether the KPI is a rate that is known by area."""
    return "area" in kpi.breakdowns and kpi.unit in RATES
