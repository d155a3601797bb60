"""Which published figures about persons leave the hub: the same for everyone, as `kpis.disclosure_judgement` kept it.

What is kept are counts that must not be known. A flow's figure is of the months between two ends; it leaves where the
counts from the year's beginning to both ends may be known. Any other figure has a count of its own. What was published
since the last judgement does not leave: docs/decisions/0014-small-cells.md.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from hub.periods import Period, is_standard
from hub.translation import msg
from kpis.definition import Definition
from kpis.question import Question
from kpis.small_cells import FEWEST
from warehouse.serving import Connection, Province

WITHHELD = msg("fewer than {fewest} records, or hides such a cell: not given out", fewest=FEWEST)
UNPUBLISHED = msg(
    "figures about persons are given out as they are published: of a month, quarter, half, year or year to date, of the"
    " whole, of one area or of one value"
)
"""Why a figure is not given that was computed for the question."""
UNJUDGED = msg("was published a moment ago: what may be given out of it is being looked at")
EARLIER = msg("of figures about persons only what holds now is given out")
"""Why a figure is not given that was superseded since."""
NOT_GIVEN = (WITHHELD, UNPUBLISHED, UNJUDGED, EARLIER)
_ONE_DAY = timedelta(days=1)


class Count(NamedTuple):
    """What a number of records is of: the days, the area and the slice."""

    first: date
    last: date
    area_id: int
    breakdown: str


def counts_of(definition: Definition, period: Period, area_id: int, breakdown: str) -> list[Count]:
    """What of a figure must be allowed to be known, so that the figure leaves."""
    if breakdown.partition("=")[0] in definition.outcomes:
        breakdown = ""
    if definition.kind != "flow":
        return [Count(period.first, period.last, area_id, breakdown)]
    january = date(period.last.year, 1, 1)
    ends = [period.last, *([period.first - _ONE_DAY] if period.first > january else [])]
    return [Count(january, end, area_id, breakdown) for end in ends]


def is_published(definition: Definition, question: Question) -> bool:
    """Whether the figure of a question is one of those that are published, whether or not there is one."""
    own = question.measure in (None, definition.measure) and not question.by and question.areas == "then"
    parts = sum(map(len, question.slices.values())) + (question.area is not None)
    return own and parts <= 1 and is_standard(question.period) and not question.with_refused


def only_published(definition: Definition, leaves: bool) -> bool:
    """Whether nothing is given but figures as they were published: of persons' cases, to somebody outside the hub."""
    return leaves and definition.about_persons


def counts_alike(definition: Definition, measure: str) -> bool:
    """Whether a measure is of the same records as the KPI's own figure."""
    own, other = definition.formula(definition.measure), definition.formula(measure)
    same = ("kind", "day", "valid", "where", "indicators")
    return measure in {definition.measure, *definition.measures} and all(
        getattr(own, one) == getattr(other, one) for one in same
    )


def withheld(
    connection: Connection,
    province: Province,
    counts: Mapping[str, Collection[Count]],
    without: Collection[tuple[str, Count]] = (),
) -> set[tuple[str, Count]]:
    """Those of the counts, by KPI, that do not leave the hub; in one query.

    `without` are those of which no records are published. Of an area they are judged as all others, of a value not,
    since nobody knows all values: it is withheld where the whole or any other value of its breakdown is.
    """
    wanted = {(kpi, count) for kpi, own in counts.items() for count in own}
    if not wanted:
        return set()
    kpis = list(counts)
    firsts, lasts, areas, breakdowns = (list(set(one)) for one in zip(*(count for _, count in wanted), strict=True))
    names = {name for _, count in without for name in (_name_of(count), "")}
    found = {
        (kpi, Count(*count))
        for kpi, *count in connection.execute(
            "select kpi, first_day, last_day, area_id, breakdown from serving.withheld_counts where province_id = %s"
            " and kpi = any(%s) and first_day = any(%s) and last_day = any(%s) and area_id = any(%s)"
            " and (breakdown = any(%s) or split_part(breakdown, '=', 1) = any(%s))",
            (province.province_id, kpis, firsts, lasts, areas, breakdowns, list(names)),
        )
    }
    closed = {(kpi, count._replace(breakdown=_name_of(count))) for kpi, count in found}
    alike = {
        (kpi, count)
        for kpi, count in without
        if not closed.isdisjoint({(kpi, count._replace(breakdown=name)) for name in (_name_of(count), "")})
    }
    return wanted & (found | alike)


def _name_of(count: Count) -> str:
    """The breakdown of a count, empty for the whole of an area."""
    return count.breakdown.partition("=")[0]


def judged_to(connection: Connection, province: Province) -> dict[str, datetime]:
    """By KPI until when published figures were judged."""
    return dict(
        connection.execute(
            "select kpi, judged_to from serving.disclosures where province_id = %s", (province.province_id,)
        ).fetchall()
    )
