"""Routes of what there is: fields, areas, organisations, periods, KPIs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from hub.periods import Freq
from screens import directory
from screens.api import models, representations
from screens.api.call import Call
from screens.api.cursors import after, following
from screens.api.parameters import Day, Limit, PageParameters, Parameters

router = APIRouter(tags=["catalogue"])
KpiId = Annotated[str, Path(max_length=80, description="Id of the KPI, see /kpis", examples=["online_dossier_rate"])]


@router.get("/domains", summary="The fields of the reports with their KPIs")
def domains(call: Call, _: Annotated[Parameters, Query()]) -> models.Many[models.Domain]:
    """The fields of the reports that the caller sees, in their order; a field without a source has no KPI yet."""
    call.may("read")
    call.revalidate()
    with call.snapshot() as s:
        found = [representations.in_language(models.Domain, domain, call.language) for domain in directory.domains(s)]
    return models.Many[models.Domain](data=found, version=call.version)


class AreasParameters(PageParameters):
    """Which areas, and of which day."""

    level: Annotated[directory.Level | None, Field(description="Only areas of that level")] = None
    parent: Annotated[
        str | None, Field(min_length=1, max_length=20, description="Only areas below that one", examples=["20"])
    ] = None
    as_of: Annotated[
        Day | None, Field(description="Areas of that day; today's without it", examples=["2023-06-30"])
    ] = None
    limit: Limit = 500


@router.get("/areas", summary="Areas of the province on a day")
def areas(call: Call, query: Annotated[AreasParameters, Query()]) -> models.Many[models.Area]:
    """Provinces first, then districts (until 30 June 2025), then communes, by name."""
    call.may("read")
    place = after(call.request, query.cursor, (int,))
    call.revalidate(None if query.as_of else call.database.now().date())
    with call.snapshot() as s:
        skip = max(place[0], 0) if place else 0
        found = directory.areas(s, query.level, query.parent, query.as_of, skip, query.limit + 1)
    next_ = following(call.request, skip + query.limit) if len(found) > query.limit else None
    data = [models.Area.model_validate(area) for area in found[: query.limit]]
    return models.Many[models.Area](data=data, next=next_, version=call.version)


class OrganisationsParameters(PageParameters):
    """As a page, of more entries than others."""

    limit: Limit = 500


@router.get("/organisations", summary="Organisations of the province")
def organisations(call: Call, query: Annotated[OrganisationsParameters, Query()]) -> models.Many[models.Organisation]:
    """Those that the caller sees, by code."""
    call.may("read")
    place = after(call.request, query.cursor, (str,))
    call.revalidate()
    with call.snapshot() as s:
        found = directory.organisations(s, place[0] if place else None, query.limit + 1)
    next_ = following(call.request, found[query.limit - 1].organisation) if len(found) > query.limit else None
    data = [models.Organisation.model_validate(one) for one in found[: query.limit]]
    return models.Many[models.Organisation](data=data, next=next_, version=call.version)


class PeriodsParameters(Parameters):
    """Which periods."""

    freq: Annotated[Freq | None, Field(description="Only periods of that kind")] = None


@router.get("/periods", summary="Periods of which values are published")
def periods(call: Call, query: Annotated[PeriodsParameters, Query()]) -> models.Many[models.Period]:
    """The newest first."""
    call.may("read")
    call.revalidate()
    with call.snapshot() as s:
        found = [models.Period.model_validate(one) for one in directory.periods(s) if query.freq in (None, one.freq)]
    return models.Many[models.Period](data=found, version=call.version)


class KpisParameters(Parameters):
    """Which KPIs."""

    field: Annotated[
        str | None, Field(max_length=60, description="Only KPIs of that field, see /domains", examples=["feedback"])
    ] = None


@router.get("/kpis", summary="The KPIs")
def kpis(call: Call, query: Annotated[KpisParameters, Query()]) -> models.Many[models.KpiSummary]:
    """Those that the caller sees, in the newest version of their definitions."""
    call.may("read")
    call.revalidate()
    with call.snapshot() as s:
        found = [
            representations.in_language(models.KpiSummary, kpi, call.language)
            for kpi in directory.kpis(s).values()
            if query.field in (None, kpi.field)
        ]
    return models.Many[models.KpiSummary](data=found, version=call.version)


@router.get("/kpis/{kpi}", summary="A KPI's definition")
def kpi(call: Call, kpi: KpiId, _: Annotated[Parameters, Query()]) -> models.One[models.Kpi]:
    """Its rule, targets, and the values that its breakdowns can take."""
    call.may("read")
    call.revalidate()
    with call.snapshot() as s:
        found = representations.kpi(s, directory.find_kpi(s, kpi))
    return models.One[models.Kpi](data=found, version=call.version)
