"""The report on data quality as content: scores by month and source, the batches, the rules that were broken most, the
incidents, and the KPIs with their receipts. It leaves the hub, so small counts about persons are not in it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from audit import check_receipt
from hub.errors import Abort, WrongQuestion
from hub.periods import Period, first_of_month
from hub.translation import Wording, msg
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
    whole: Period
    """The months that scores and rules are of; a batch is of that of its last day."""
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

    Raises WrongQuestion for a province that the hub does not have, and for more months than `quality.window` allows.
    """
    province, persons = find_province(connection, code), about_persons(catalogue)
    own, asked = province.province_id, Filters(first=period.first, last=period.last)
    months = quality.window(connection, own, asked)
    whole = Period(months.first, first_of_month(months.last, 1) - timedelta(days=1))
    found = quality.totals(connection, own, asked, months)
    few = quality.feeds_of_few(connection, own, months) & persons
    worst = quality.worst_rules(found)
    rules, batches = leaving_rules(worst, persons, few)[:MOST_RULES], _batches(connection, own, asked, persons)
    incidents = _incidents(connection, own, period, language)
    by_month: dict[tuple[Dimension, date], list[Total]] = {}
    by_source: dict[tuple[Dimension, str], list[Total]] = {}
    for one in found:
        by_month.setdefault((one.dimension, one.month), []).append(one)
        by_source.setdefault((one.dimension, one.source), []).append(one)
    trends = {
        name: [(month, _leaving_score(by_month.get((name, month), ()), few)) for month, _ in points]
        for name, points in quality.trends(found, months).items()
    }
    sources = {
        source: {name: _leaving_score(by_source.get((name, source), ()), few) for name in DIMENSIONS}
        for source in sorted({one.source for one in found})
    }
    told = [value for points in trends.values() for _, value in points]
    told += [value for scores in sources.values() for value in scores.values()]
    return QualityReport(
        province=province,
        period=period,
        made_at=now,
        language=language,
        whole=whole,
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


def _leaving_score(found: Sequence[Total], few: Collection[str]) -> Score:
    """With one decimal; withheld where other counts of the rules that are not told (of the feeds `few`) would make it
    another. How far these may lie from the true ones does not depend on them, or whether it is withheld would tell."""

    def bound(one: Total, side: int) -> Total:
        if f"{one.source}.{one.feed}" not in few or not one.failed:
            return one
        reach = one.runs * (FEWEST - 1)
        low = 0 if one.failed <= reach else one.failed - reach
        return one._replace(failed=min((low, low + (1 if low == 0 else 2) * reach)[side], one.evaluated))

    low, high = (_rounded(score([bound(one, side) for one in found])) for side in (0, 1))
    return low if low == high else WITHHELD


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else round(value, 1)


def _batches(connection: Connection, province_id: int, asked: Filters, persons: set[str]) -> Rows:
    rows = quality.read(
        connection,
        "select b.source || '.' || b.feed as feed, count(*) filter (where b.status = 'published') as published,"
        " count(*) filter (where b.status = 'blocked') as blocked, count(*) filter (where b.status = 'failed') as"
        " failed, coalesce(sum(b.fetched), 0)::bigint as fetched, coalesce(sum(b.loaded), 0)::bigint as loaded,"
        " coalesce(sum(b.unchanged), 0)::bigint as unchanged, coalesce(sum(b.superseded), 0)::bigint as superseded,"
        " coalesce(sum(b.quarantined), 0)::bigint as quarantined, coalesce(bool_or(exists (select from (values"
        " (b.fetched), (b.loaded), (b.unchanged), (b.superseded), (b.quarantined), (b.removed)) as n (count)"
        " where n.count > 0 and n.count < %(fewest)s)), false) as has_few from serving.batches as b"
        f" where b.province_id = %(own)s{asked.conditions('', '')} group by 1 order by 1",
        {"own": province_id, "fewest": FEWEST, **vars(asked)},
    )
    parts = [*quality.PARTS[:4]]  # the batches that are told one by one would tell the rest
    return quality.withhold(rows, persons, [*parts, "fetched"], lambda row: row["has_few"])


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
        receipt = receipts(figure)
    except (Abort, WrongQuestion) as error:
        return ReportedKpi(figure, no_receipt=error)
    revision = check_receipt.figure_of(check_receipt.unpack(receipt)["row"])["revision"]
    if revision != str(figure.revision):
        return ReportedKpi(figure, no_receipt=msg("it was revised while the report was made"))
    return ReportedKpi(figure, receipt)
