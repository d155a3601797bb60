"""A KPI for any range of days, area, slice and breakdown, straight from the serving views."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from hub.errors import WrongQuestion
from hub.periods import VIETNAM, Period, whole_months
from hub.translation import msg
from kpis.availability import Availability, coverage, in_titles, judge, judge_newest, judge_told, lateness_passed
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.figure import Figure, Reason, Status
from kpis.history import History, key_of
from kpis.memo import Once
from kpis.question import Calculation, Question, resolve
from kpis.targets import attainment
from kpis.values import Values, start_day, values
from warehouse.serving import Connection, newest_told, told_days

_WHOLE_MONTHS = msg("figures are monthly: no whole month lies in the range")


def compute(
    connection: Connection,
    question: Question,
    *,
    catalogue: Catalogue,
    now: datetime | None = None,
    definition: Definition | None = None,
    once: Once | None = None,
    is_kept: bool = True,
) -> Figure:
    """The answer from the facts; reads schema serving only.

    `definition` replaces the version that governs the period; `once` is what other figures of the same snapshot asked
    already; who knows that the figure is not kept need not have its revision looked for. Raises WrongQuestion for
    anything that cannot be asked.
    """
    once = once or Once(connection)
    asked = resolve(once, question, catalogue, definition)
    [figure] = figures(once, [asked], catalogue, now)
    if figure.value is None or not is_kept:
        return figure
    return replace(figure, revision=_revision(once, asked, figure, catalogue))


def each(
    once: Once, question: Question, periods: Iterable[Period], catalogue: Catalogue, now: datetime | None = None
) -> dict[Period, Figure | WrongQuestion]:
    """The answers of several periods, or why one cannot be asked of a period: in one read of the facts as far as the
    same formula and place hold, and without the revisions under which they may be kept."""
    found: dict[Period, Figure | WrongQuestion] = {}
    alike: dict[tuple[int, int | None, bool], list[Calculation]] = {}
    for period in dict.fromkeys(periods):
        try:
            asked = resolve(once, replace(question, period=period), catalogue)
        except WrongQuestion as error:
            found[period] = error
            continue
        area_id = asked.area.area_id if asked.area else None
        alike.setdefault((id(asked.definition), area_id, asked.carried), []).append(asked)
    for questions in alike.values():
        found |= {one.period: one for one in figures(once, questions, catalogue, now)}
    return found


def figures(
    once: Once, questions: Sequence[Calculation], catalogue: Catalogue, now: datetime | None = None
) -> list[Figure]:
    """The answers to questions that differ in their periods alone, in one read of the facts; without the revisions
    under which they may be kept."""
    begun = [_begin(once, asked, catalogue) for asked in questions]
    open_ = [(asked, days.counted) for asked, (_, days) in zip(questions, begun, strict=True) if days]
    found, now = iter(values(once.connection, open_)), now or datetime.now(VIETNAM)
    return [
        _finish(once, asked, figure, days, next(found), now, catalogue) if days else figure
        for asked, (figure, days) in zip(questions, begun, strict=True)
    ]


class _Days(NamedTuple):
    """The days that count, and what their data allow to say."""

    counted: Period
    available: Availability


def _begin(once: Once, asked: Calculation, catalogue: Catalogue) -> tuple[Figure, _Days | None]:
    """The figure without a value; without days where there can be none, and why."""
    covered, counted, question = coverage(once, asked.province, asked.definition), asked.asked, asked.question
    figure = Figure(
        question=asked.question,
        definition=asked.definition,
        place=asked.place,
        measure=asked.measure,
        unit=asked.definition.unit_of(asked.measure),
        status="missing",
        definition_version=asked.definition.version,
        loaded_at=covered.loaded_at,
    )
    if asked.area is None:
        year = question.period.last.year
        target = catalogue.find_target(asked.province.code, question.kpi, figure, question.breakdown, year)
        figure = replace(figure, target=target)
    if asked.formula.grain == "month":
        months = whole_months(counted.first, counted.last)
        if months is None:
            return replace(figure, reason=_WHOLE_MONTHS), None
        counted = months
    available = judge(asked.formula, covered, counted, start_day(asked.formula, asked.measure, counted))
    if (indicators := tuple(asked.formula.indicators)) and asked.formula.kind in ("flow", "distinct"):
        told = once(told_days, asked.province, asked.definition.row_sources, indicators)
        available = judge_told(told, counted, available)
    if available.missing:
        return replace(figure, reason=in_titles(available.missing, asked.definition, catalogue)), None
    return figure, _Days(counted, available)


def _finish(
    once: Once,
    asked: Calculation,
    figure: Figure,
    days: _Days,
    found: Values,
    now: datetime,
    catalogue: Catalogue,
) -> Figure:
    row, rows, snapshot = found
    status, reason, available = figure.status, row.reason, days.available
    if row.value is not None:
        indicators = tuple(asked.formula.indicators)
        if asked.formula.kind not in ("flow", "distinct") and len(indicators) > 1:
            sources = asked.definition.row_sources
            newest = once(newest_told, asked.province, sources, indicators, days.counted.last)
            available = judge_newest(newest, available)
        status, reason = _status(asked, days.counted, available, now, catalogue)
    return replace(
        figure,
        reason=reason,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        rows=rows,
        data_as_of=snapshot or available.data_as_of,
        status=status,
        is_estimated=row.value is not None and row.is_estimated,
        attainment=attainment(asked.definition.good, row.value, figure.target),
    )


def _revision(once: Once, asked: Calculation, figure: Figure, catalogue: Catalogue) -> int | None:
    """The newest revision of the figure, if it says the same."""
    key = key_of(asked) if asked.is_kept else None
    entry = History(once, asked.province, catalogue).entries([key]).get(key) if key else None
    return entry.revision if entry and entry.value == figure.value else None


def _status(
    asked: Calculation,
    counted: Period,
    available: Availability,
    now: datetime,
    catalogue: Catalogue,
) -> tuple[Status, Reason | None]:
    if available.provisional:
        return "provisional", available.provisional
    if counted != asked.asked:
        return "provisional", msg(
            "counts the whole months {first:month} … {last:month} only", first=counted.first, last=counted.last
        )
    waiting = lateness_passed(asked.definition, asked.asked.last, now, catalogue.sources)
    if waiting := waiting or available.unsettled:
        return "provisional", waiting
    return "official", available.waived
