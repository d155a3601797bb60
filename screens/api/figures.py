"""Routes of figures: a screen's, a KPI's over periods, and why one is what it is."""

from datetime import timedelta
from time import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from accounts.rights import log_read
from hub.periods import Period
from kpis.slices import slices_text
from screens import answers
from screens.api import models
from screens.api.asked import Ask, check_days
from screens.api.catalogue import KpiId
from screens.api.paging import Cursor, Limit, after, following
from screens.api.wanted import Area, AsOf, Wanted, Written, read_period
from screens.directory import find_kpi, newest_period, plain, written
from screens.scope import ask as ask_within_rights
from screens.scope import asked_place
from screens.small_cells import explanation_given_out, given_out

router = APIRouter(tags=["figures"])
SHOWN = 1000
"""Entries of a list in an explanation."""
_LISTS = ("references", "batches", "pages", "revisions", "rows")
_CLOCK = timedelta(minutes=5)


@router.get("/board", summary="Every KPI of one period and area, in one call", response_model=models.Board)
def board(ask: Ask, area: Area = None, period: Written = None, as_of: AsOf = None) -> Response:
    """What one screen shows; of the newest official period when none is named. The only figures for a wall's token."""
    ask.may("read", "wall")
    check_days(as_of=as_of)
    asked = read_period(period) if period else None
    ask.revalidate(by_the_clock())
    if finished := ask.finished():
        return finished
    with ask.snapshot() as s:
        if asked is None:
            newest = newest_period(s)
            asked = Period(newest.first, newest.last) if newest else Period(s.now.date(), s.now.date())
        found = answers.board(s, asked, area, as_of)
        if ask.is_machine:
            found = given_out(s, found, as_of)
        own = asked_place(s, area, asked.last)
    name = written(asked.first, asked.last) if asked.months else None
    return ask.finish(
        models.Board(
            period=models.Period(period=name[0], freq=name[1], first=asked.first, last=asked.last) if name else None,
            first=asked.first,
            last=asked.last,
            area=own.area,
            area_name=own.name,
            figures=[models.observation(one, ask.language) for one in found],
            notice=ask.notice(),
            version=ask.version,
        )
    )


@router.get(
    "/kpis/{kpi}/observations",
    summary="A KPI's figures over periods",
    response_model=models.Many[models.Observation],
)
def observations(
    ask: Ask, kpi: KpiId, wanted: Annotated[Wanted, Depends()], cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Oldest first; the last twelve months with values when nothing is named.

    A range, slice or area of which nothing is kept is computed in the same snapshot and says so. A page holds `limit`
    periods, before `status` is looked at.
    """
    ask.may("read")
    place = after(ask.request, cursor, (int,))
    ask.revalidate(by_the_clock())
    if finished := ask.finished():
        return finished
    start = max(place[0], 0) if place else 0
    with ask.snapshot() as s:
        found, more = wanted.read(s, kpi, ask.is_machine, start, limit)
    return ask.finish(
        models.Many[models.Observation](
            data=[models.observation(one, ask.language) for one in found],
            next=following(ask.request, start + limit) if more else None,
            version=ask.version,
        )
    )


@router.get("/kpis/{kpi}/explain", summary="Where a figure comes from")
def explain(
    ask: Ask,
    kpi: KpiId,
    wanted: Annotated[Wanted, Depends()],
    rows: Annotated[int, Query(ge=0, le=SHOWN, description="So many of the source rows, for who may see rows")] = 0,
) -> models.Explanation:
    """Definition and SQL, batches with their account and checks, pages, refusals, revisions, rows. The read is logged.

    One period or range; where several are asked for, the newest.
    """
    ask.may("explain")
    if rows:
        ask.may("rows")
    ask.revalidate(by_the_clock())
    with ask.snapshot() as s:
        found = find_kpi(s, kpi)
        period = wanted.periods(s)[-1]
        subject = ask_within_rights(s, found, period, wanted.area, wanted.where, measure=wanted.measure)
        figure, explanation = answers.explained(s, subject, rows)
        if ask.is_machine:
            (figure,) = given_out(s, [figure])
            explanation = explanation_given_out(figure, explanation)
        logged = {
            "kpi": kpi,
            "from": str(period.first),
            "to": str(period.last),
            "province": s.province.code,
            "area": wanted.area,
            "where": slices_text(wanted.where),
        }
        with ask.database.accounts() as keeper:
            log_read(keeper, ask.caller, "rows" if rows else "explain", logged)
        lists = {name: plain(getattr(explanation, name)) for name in _LISTS}
        return models.Explanation(
            figure=models.observation(figure, ask.language),
            definition=models.kpi(s, found),
            statements=explanation.statements,
            refused=plain([vars(explanation.refused)])[0] if explanation.refused else None,
            truncated=[name for name, entries in lists.items() if len(entries) > SHOWN],
            notice=ask.notice(),
            version=ask.version,
            **{name: entries[:SHOWN] for name, entries in lists.items()},
        )


def by_the_clock() -> int:
    """What changes without any new data, such as a source's lateness, is looked at again after minutes."""
    return int(time() // _CLOCK.total_seconds())
