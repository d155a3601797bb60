"""Routes of what there is: fields, areas, organisations, periods, KPIs."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from screens import directory
from screens.api import models
from screens.api.asked import Ask, check_days
from screens.api.paging import Cursor, Limit, after, following

router = APIRouter(tags=["catalogue"])
KpiId = Annotated[str, Path(max_length=80, description="Id of the KPI, see /kpis", examples=["online_dossier_rate"])]


@router.get("/domains", summary="The nine fields with their KPIs")
def domains(ask: Ask) -> models.Many[models.Domain]:
    """The fields of the reports that the caller sees, in their order; a field without a source has no KPI yet."""
    ask.may("read")
    ask.revalidate()
    with ask.snapshot() as s:
        found = [models.in_language(models.Domain, domain, ask.language) for domain in directory.domains(s)]
    return models.Many[models.Domain](data=found, version=ask.version)


@router.get("/areas", summary="Areas of the province on a day")
def areas(
    ask: Ask,
    level: Annotated[directory.Level | None, Query(description="Only areas of that level")] = None,
    parent: Annotated[
        str | None, Query(min_length=1, max_length=20, description="Only areas below that one", examples=["20"])
    ] = None,
    as_of: Annotated[
        date | None, Query(description="Areas of that day; today's without it", examples=["2023-06-30"])
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 500,
) -> models.Many[models.Area]:
    """Provinces first, then districts (until 30 June 2025), then communes, by name."""
    ask.may("read")
    check_days(as_of=as_of)
    place = after(ask.request, cursor, (int,))
    ask.revalidate(None if as_of else ask.database.now().date())
    with ask.snapshot() as s:
        skip = max(place[0], 0) if place else 0
        found = directory.areas(s, level, parent, as_of, skip, limit + 1)
    following_ = following(ask.request, skip + limit) if len(found) > limit else None
    data = [models.Area.model_validate(area) for area in found[:limit]]
    return models.Many[models.Area](data=data, next=following_, version=ask.version)


@router.get("/organisations", summary="Organisations of the province")
def organisations(ask: Ask, cursor: Cursor = None, limit: Limit = 500) -> models.Many[models.Organisation]:
    """Those that the caller sees, by code."""
    ask.may("read")
    place = after(ask.request, cursor, (str,))
    ask.revalidate()
    with ask.snapshot() as s:
        found = directory.organisations(s, place[0] if place else None, limit + 1)
    next_ = following(ask.request, found[limit - 1].organisation) if len(found) > limit else None
    data = [models.Organisation.model_validate(one) for one in found[:limit]]
    return models.Many[models.Organisation](data=data, next=next_, version=ask.version)


@router.get("/periods", summary="Periods of which values are published")
def periods(
    ask: Ask,
    freq: Annotated[
        Literal["month", "quarter", "half", "year", "ytd"] | None, Query(description="Only periods of that kind")
    ] = None,
) -> models.Many[models.Period]:
    """The newest first."""
    ask.may("read")
    ask.revalidate()
    with ask.snapshot() as s:
        found = [models.Period.model_validate(period) for period in directory.periods(s) if freq in (None, period.freq)]
    return models.Many[models.Period](data=found, version=ask.version)


@router.get("/kpis", summary="The KPIs")
def kpis(
    ask: Ask,
    field: Annotated[
        str | None, Query(max_length=60, description="Only KPIs of that field, see /domains", examples=["feedback"])
    ] = None,
) -> models.Many[models.KpiSummary]:
    """Those that the caller sees, in the newest version of their definitions."""
    ask.may("read")
    ask.revalidate()
    with ask.snapshot() as s:
        found = [
            models.in_language(models.KpiSummary, kpi, ask.language)
            for kpi in directory.kpis(s).values()
            if field in (None, kpi.field)
        ]
    return models.Many[models.KpiSummary](data=found, version=ask.version)


@router.get("/kpis/{kpi}", summary="A KPI's definition")
def kpi(ask: Ask, kpi: KpiId) -> models.One[models.Kpi]:
    """Its rule, targets, and the values that its breakdowns can take."""
    ask.may("read")
    ask.revalidate()
    with ask.snapshot() as s:
        found = models.kpi(s, directory.find_kpi(s, kpi))
    return models.One[models.Kpi](data=found, version=ask.version)
