"""Routes of figures: a screen's, a KPI's over periods, and why one is what it is."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from accounts.caller import log_read
from kpis.slices import slices_text
from screens import answers
from screens.api import models, representations
from screens.api.call import Call, RememberingRoute, by_the_clock
from screens.api.catalogue import KpiId
from screens.api.cursors import after, following
from screens.api.figure_parameters import FigureParameters
from screens.api.parameters import Area, AsOf, PageParameters, Parameters, PeriodText, read_period
from screens.directory import find_kpi, newest_days, plain, written
from screens.scope import ask, asked_place

router = APIRouter(tags=["figures"], route_class=RememberingRoute)
SHOWN = 1000
"""Entries of a list in an explanation."""
_LISTS = ("references", "batches", "pages", "revisions", "rows")


class BoardParameters(Parameters):
    """Of which place and time."""

    area: Area = None
    period: PeriodText = None
    as_of: AsOf = None


class ObservationsParameters(FigureParameters, PageParameters):
    """Which figures, a page of them."""


class ExplainParameters(FigureParameters):
    """Which figure, and how many of its rows."""

    rows: Annotated[int, Field(ge=0, le=SHOWN, description="So many of the source rows, for who may see rows")] = 0


@router.get("/board", summary="Every KPI of one period and area, in one call", response_model=models.Board)
def board(call: Call, parameters: Annotated[BoardParameters, Query()]) -> Response:
    """What one screen shows; of the newest official period when none is named. The only figures for a wall's token."""
    call.may("read", "wall")
    area, as_of = parameters.area, parameters.as_of
    asked = read_period(parameters.period) if parameters.period else None
    with call.snapshot() as s:
        asked = asked or newest_days(s)
        found = answers.board(s, asked, area, as_of)
        own = asked_place(s, area, asked.last)
    name = written(asked.first, asked.last) if asked.months else None
    days = {"from": asked.first, "to": asked.last}
    return call.answer(
        {
            "period": {"period": name[0], "freq": name[1], **days} if name else None,
            **days,
            "area": own.area,
            "area_name": own.name,
            "figures": [representations.observation(one, call.language) for one in found],
            "notice": call.notice(),
            "version": call.version,
        }
    )


@router.get(
    "/kpis/{kpi}/observations",
    summary="A KPI's figures over periods",
    response_model=models.Many[models.Observation],
)
def observations(call: Call, kpi: KpiId, parameters: Annotated[ObservationsParameters, Query()]) -> Response:
    """Oldest first; the last twelve months with values when nothing is named.

    A range, slice or area of which nothing is kept is computed in the same snapshot and says so. A page holds `limit`
    periods, before `status` is looked at.
    """
    call.may("read")
    place = after(call.request, parameters.cursor, (int,))
    start = max(place[0], 0) if place else 0
    with call.snapshot() as s:
        found, more = parameters.read(s, kpi, start, parameters.limit)
    return call.answer(
        {
            "data": [representations.observation(one, call.language) for one in found],
            "next": following(call.request, start + parameters.limit) if more else None,
            "version": call.version,
        }
    )


@router.get("/kpis/{kpi}/explain", summary="Where a figure comes from")
def explain(call: Call, kpi: KpiId, parameters: Annotated[ExplainParameters, Query()]) -> models.Explanation:
    """Definition and SQL, batches with their account and checks, pages, refusals, revisions, rows. The read is logged.

    One period or range; where several are asked for, the newest.
    """
    call.may("explain")
    rows = parameters.rows
    if rows:
        call.may("rows")
    call.revalidate(by_the_clock())
    with call.snapshot(is_logged=True) as s:
        found = find_kpi(s, kpi)
        period = parameters.periods(s)[-1]
        subject = ask(s, found, period, parameters.area, parameters.slices, measure=parameters.measure)
        figure, explanation = answers.explained(s, subject, rows)
        logged = {
            "kpi": kpi,
            "from": str(period.first),
            "to": str(period.last),
            "province": s.province.code,
            "area": parameters.area,
            "where": slices_text(parameters.slices),
        }
        with call.database.accounts() as keeper:
            log_read(keeper, call.caller, "rows" if rows else "explain", logged)
        lists = {name: plain(getattr(explanation, name)) for name in _LISTS}
        return models.Explanation(
            figure=models.Observation.model_validate(representations.observation(figure, call.language)),
            definition=representations.kpi(s, found),
            statements=explanation.statements,
            refused=plain([vars(explanation.refused)])[0] if explanation.refused else None,
            truncated=[name for name, entries in lists.items() if len(entries) > SHOWN],
            notice=call.notice(),
            version=call.version,
            **{name: entries[:SHOWN] for name, entries in lists.items()},
        )
