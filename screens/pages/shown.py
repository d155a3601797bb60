"""Published figures as pages show them."""

from screens import models
from screens.figures import Observed
from screens.pages.choice import Choice
from screens.pages.frame import Visit
from warehouse.kpis.figure import Change, Reason
from warehouse.kpis.periods import Period


def figure(v: Visit, choice: Choice, o: Observed) -> models.Figure:
    """The figure with its name, its state and the ways on from it, in the page's language."""
    f, own = o.figure, choice.at(Period(o.figure.first, o.figure.last))
    return models.Figure(
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
        reason=said(v, f.reason),
        target=f.target,
        attainment=f.attainment,
        previous=_change(v, f.previous),
        year_ago=_change(v, f.year_ago),
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


def said(v: Visit, reason: Reason | None) -> str | None:
    """Why, in the page's language."""
    return None if reason is None else v.either(reason.vi, reason.en)


def _change(v: Visit, change: Change | None) -> models.Change | None:
    if change is None:
        return None
    return models.Change(
        change.first,
        change.last,
        change.value,
        change.difference,
        change.unit,
        change.percent,
        said(v, change.reason),
    )
