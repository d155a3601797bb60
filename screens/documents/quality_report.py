"""The report on data quality as content: scores by month and source, the batches, the rules that were broken most, the
incidents, and the KPIs with their receipts. It leaves the hub, so small counts about persons are not in it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hub.errors import Abort, WrongQuestion
from hub.periods import Period
from hub.translation import Wording
from kpis.catalogue import Catalogue
from kpis.figure import Figure
from kpis.question import Question
from kpis.small_cells import FEWEST
from reports.answers import Answers
from screens import quality
from screens.quality import WITHHELD, Filters, Rows, Total, about_persons, score
from screens.quality_tables import leaving_rules
from screens.texts import Language
from warehouse.quality_dimensions import DIMENSIONS, Dimension
from warehouse.serving import Connection, Province, find_province

MOST_RULES, MOST_INCIDENTS = 20, 200
Score = Decimal | str | None
"""In percent; WITHHELD; None where nothing was looked at."""
Receipts = Callable[[Figure], str]
"""The receipt of a published figure. Raises Abort or WrongQuestion where there is none."""
Tell = Callable[[int, int], None]
"""How many of how many KPIs are done."""


@dataclass(frozen=True)
class ReportedKpi:
    """A KPI of the report's days, and the receipt of its figure."""

    figure: Figure
    receipt: str | None = None
    no_receipt: Wording | None = None
    """Why there is no receipt."""


@dataclass(frozen=True)
class QualityReport:
    """What the report says."""

    province: Province
    period: Period
    made_at: datetime
    language: Language
    months: Mapping[Dimension, Sequence[tuple[date, Score]]]
    sources: Mapping[str, Mapping[Dimension, Score]]
    batches: Rows
    """By feed: how many were published, blocked and failed, and their records; `quarantined` may be withheld."""
    rules: Rows
    incidents: Rows
    kpis: Sequence[ReportedKpi] = ()
    more_rules: int = 0
    """Broken rules besides those that are listed."""
    more_incidents: int = 0
    withholds: bool = field(default=False)
    """Whether something is withheld."""


def make_quality_report(
    connection: Connection,
    code: str,
    period: Period,
    *,
    catalogue: Catalogue,
    now: datetime,
    language: Language,
    receipts: Receipts | None = None,
    tell: Tell = lambda done, of: None,  # noqa: ARG005 - nobody listens
) -> QualityReport:
    """The report of a province's days; scores are of the months that these are in.

    Raises WrongQuestion for a province that the hub does not have.
    """
    province, persons = find_province(connection, code), about_persons(catalogue)
    own, asked = province.province_id, Filters(first=period.first, last=period.last)
    months = quality.window(connection, own, asked)
    found = quality.totals(connection, own, asked, months)
    few = {one for one in quality.rules_of_few(connection, own, months) if one[0] in persons}
    worst = quality.worst_rules(found)
    rules, batches = leaving_rules(worst[:MOST_RULES], persons, few), _batches(connection, own, asked, persons)
    incidents = _incidents(connection, own, period, language)
    trends = {
        name: [(month, _leaving_score(_of(found, name, month=month), few)) for month, _ in points]
        for name, points in quality.trends(found, months).items()
    }
    sources = {
        source: {name: _leaving_score(_of(found, name, source=source), few) for name in DIMENSIONS}
        for source in sorted({one.source for one in found})
    }
    told = [value for points in trends.values() for _, value in points]
    told += [value for scores in sources.values() for value in scores.values()]
    return QualityReport(
        province=province,
        period=period,
        made_at=now,
        language=language,
        months=trends,
        sources=sources,
        batches=batches,
        rules=rules,
        incidents=incidents[:MOST_INCIDENTS],
        kpis=list(_kpis(connection, province, period, catalogue, now, receipts, tell)),
        more_rules=max(len(worst) - MOST_RULES, 0),
        more_incidents=max(len(incidents) - MOST_INCIDENTS, 0),
        withholds=WITHHELD in told or any(WITHHELD in row.values() for row in (*rules, *batches)),
    )


def _of(
    found: Sequence[Total], dimension: Dimension, *, source: str | None = None, month: date | None = None
) -> list[Total]:
    return [
        one
        for one in found
        if one.dimension == dimension and source in (None, one.source) and month in (None, one.month)
    ]


def _leaving_score(found: Sequence[Total], few: Collection[tuple[str, str]]) -> Score:
    """With one decimal; withheld where other counts of the rules that are not told (`few`) would make it another:
    whoever knows all the rest could tell theirs from it."""
    hidden = [(f"{one.source}.{one.feed}", one.rule) in few for one in found]

    def otherwise(count: Callable[[Total], int]) -> Decimal | None:
        return _rounded(score([replace(t, failed=count(t)) if h else t for t, h in zip(found, hidden, strict=True)]))

    return _rounded(score(found)) if otherwise(lambda _: 0) == otherwise(_more) else WITHHELD


def _more(one: Total) -> int:
    return min(one.failed + FEWEST, one.evaluated)


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 1)


def _batches(connection: Connection, province_id: int, asked: Filters, persons: set[str]) -> Rows:
    rows = quality.read(
        connection,
        "select b.source || '.' || b.feed as feed, count(*) filter (where b.status = 'published') as published,"
        " count(*) filter (where b.status = 'blocked') as blocked, count(*) filter (where b.status = 'failed') as"
        " failed, coalesce(sum(b.fetched), 0)::bigint as fetched, coalesce(sum(b.loaded), 0)::bigint as loaded,"
        " coalesce(sum(b.unchanged), 0)::bigint as unchanged, coalesce(sum(b.superseded), 0)::bigint as superseded,"
        " coalesce(sum(b.quarantined), 0)::bigint as quarantined, coalesce(min(b.quarantined) filter (where"
        " b.quarantined > 0), 0) as fewest from serving.batches as b"
        f" where b.province_id = %(own)s{asked.conditions('', '')} group by 1 order by 1",
        {"own": province_id, **vars(asked)},
    )
    return quality.withhold(rows, persons, ["quarantined", "loaded"], lambda row: 0 < row["fewest"] < FEWEST)


def _incidents(connection: Connection, province_id: int, period: Period, language: Language) -> Rows:
    """Those that were open on one of the days; what was found in detail stays on their pages."""
    return quality.read(
        connection,
        f"select i.incident_id, i.what_{language} as what, i.opened_at, i.gone_at, i.state from serving.incidents as i"
        " where i.province_id = %(own)s and i.opened_at < %(after)s::date::timestamp at time zone 'Asia/Ho_Chi_Minh'"
        " and coalesce(i.gone_at, 'infinity') >= %(first)s::date::timestamp at time zone 'Asia/Ho_Chi_Minh'"
        " order by i.opened_at, i.incident_id",
        {"own": province_id, "first": period.first, "after": period.last + timedelta(days=1)},
    )


def _kpis(
    connection: Connection,
    province: Province,
    period: Period,
    catalogue: Catalogue,
    now: datetime,
    receipts: Receipts | None,
    tell: Tell,
) -> Iterator[ReportedKpi]:
    answers = Answers(connection, province.code, period, catalogue=catalogue, now=now)
    for done, kpi in enumerate(catalogue.definitions, 1):
        yield _with_receipt(answers(Question(kpi, period, province.code)), receipts)
        tell(done, len(catalogue.definitions))


def _with_receipt(figure: Figure, receipts: Receipts | None) -> ReportedKpi:
    if receipts is None or figure.value is None:
        return ReportedKpi(figure)
    try:
        return ReportedKpi(figure, receipts(figure))
    except (Abort, WrongQuestion) as error:
        return ReportedKpi(figure, no_receipt=error)
