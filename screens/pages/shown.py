"""Published figures as pages show them."""

from hub.periods import Period
from screens.figures import Observed
from screens.pages.choice import Choice
from screens.pages.frame import Visit
from screens.texts import reason_text
from screens.view_models.figure import Figure


def figure(v: Visit, choice: Choice, o: Observed) -> Figure:
    """The figure with its name, its state and the ways on from it, in the page's language."""
    f, own = o.figure, choice.at(Period(o.figure.first, o.figure.last))
    return Figure(
        kpi=o.kpi.kpi,
        name=o.kpi.name,
        unit=f.unit,
        good=o.kpi.good,
        first=f.first,
        last=f.last,
        value=f.value,
        status=f.status,
        numerator=f.numerator,
        denominator=f.denominator,
        reason=reason_text(f.reason, v.language),
        target=f.target,
        attainment=f.attainment,
        previous=f.previous,
        year_ago=f.year_ago,
        data_as_of=f.data_as_of,
        loaded_at=f.loaded_at,
        revision=f.revision,
        definition_version=f.definition_version,
        is_estimated=f.is_estimated,
        quality=o.quality,
        freshness=o.freshness,
        href=own.to(f"/kpis/{o.kpi.kpi}"),
        explain_href=own.to(f"/kpis/{o.kpi.kpi}/explain", pinned=True),
    )
