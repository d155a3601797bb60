"""All figures of one period that are published: the whole province's, each area's and each breakdown value's."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from hub.errors import Abort
from hub.periods import Period
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.computation import figures
from kpis.definition import Definition
from kpis.figure import Figure, Reason, Row
from kpis.memo import Once
from kpis.question import Question, resolve
from kpis.revisions import SliceFigure
from kpis.slices import slices_text
from warehouse.serving import Connection, Province, province_area


class Whole(NamedTuple):
    """What the figures of a period have in common."""

    area_id: int
    """The province's own area in that period."""
    data_as_of: date | None


def figures_of(
    once: Once,
    province: Province,
    definition: Definition,
    periods: Sequence[Period],
    now: datetime | None,
    catalogue: Catalogue,
) -> Iterator[tuple[Whole, list[SliceFigure]]]:
    """Each period's figures, the whole first; one pass over the facts for each breakdown of the KPI.

    Slices are those that have records, areas those of the period's last day with all below them. All values share the
    whole's status, and where the whole is missing none is said; slices without a value say why. Raises Abort when
    areas are not loaded.
    """
    wholes = [Question(definition.id, period, province.code, subtrees=True) for period in periods]
    by_breakdown = []
    for by in [[name] for name in definition.breakdowns] or [[]]:
        asked = [resolve(once, replace(whole, by=by), catalogue, definition) for whole in wholes]
        by_breakdown.append(figures(once, asked, catalogue, now))
    for period, found in zip(periods, zip(*by_breakdown, strict=True), strict=True):
        yield of_period(once, province, definition, period, found)


def of_period(
    once: Once, province: Province, definition: Definition, period: Period, by_breakdown: Sequence[Figure]
) -> tuple[Whole, list[SliceFigure]]:
    """The same of one period, from its figures by each breakdown. Raises Abort when areas are not loaded."""
    area = once(province_area, province, period.last)
    if area is None:
        raise Abort(
            msg(
                "Area {area} of province {province_code} is not loaded; run `ioc db migrate`.",
                area=province.area,
                province_code=province.code,
            ),
        )
    first = by_breakdown[0]
    found = [
        SliceFigure(
            *(period.first, period.last, area.area_id, ""),
            *(first.value, first.numerator, first.denominator, first.status),
            *_why(first),
        )
    ]
    areas = once(_areas, area.area_id, period.last) if "area" in definition.breakdowns else set()
    for figure in by_breakdown:
        found += _slices(figure, area.area_id, areas)
    return Whole(area.area_id, first.data_as_of), found


def _slices(figure: Figure, whole: int, areas: set[int]) -> list[SliceFigure]:
    """A slice without a value says why and nothing else: a number beside it would create a revision on every load."""
    found = []
    for row in figure.rows:
        [(name, value)] = row.breakdown.items()
        place = row.area_id if name == "area" else whole
        if value is None or place is None or (name == "area" and place not in areas):
            continue
        text = "" if name == "area" else slices_text({name: (value,)})
        key = figure.first, figure.last, place, text
        if row.value is None:
            found.append(SliceFigure(*key, None, None, None, "missing", *_why(row)))
        elif figure.value is not None:
            found.append(SliceFigure(*key, row.value, row.numerator, row.denominator, figure.status))
    return found


def _why(figure: Figure | Row) -> tuple[str, str] | tuple[None, None]:
    """Why there is no value, in English and Vietnamese. What makes a value provisional passes by itself: not kept."""
    return _both(figure.reason) if figure.value is None and figure.reason else (None, None)  # type: ignore[arg-type]  # every wording is a value


@lru_cache(maxsize=256)
def _both(reason: Reason) -> tuple[str, str]:
    """A reason in both languages: thousands of areas without a population share one."""
    return reason.vi, reason.en


def _areas(connection: Connection, whole: int, day: date) -> set[int]:
    """Keys of the areas below the province on that day; of a province that was merged those that took over its own."""
    rows = connection.execute(
        "with own as (select area_id from serving.areas where ancestor_ids @> array[%s::integer] and area_id <> %s)"
        " select area_id from serving.areas where valid_from <= %s and (valid_to is null or valid_to > %s)"
        " and (area_id in (select area_id from own) or area_id in"
        " (select successor_id from serving.area_successors join own using (area_id)))",
        (whole, whole, day, day),
    )
    return {area_id for (area_id,) in rows}
