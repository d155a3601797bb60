"""Quality over time, as pages and commands show it: runs, rules, refused records, and what these do to KPIs.

All of it is read through the serving views by the rights of the connection; what is added up is read by month, and
lists go on from a key, so that neither costs more with the number of runs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from psycopg.rows import dict_row

from hub.errors import WrongQuestion
from hub.periods import VIETNAM, Period, first_of_month
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.small_cells import FEWEST
from screens.texts import Language
from warehouse.quality_dimensions import DIMENSIONS, DRIFT, Dimension, dimension_of
from warehouse.serving import Connection

Rows = list[dict[str, Any]]
MONTHS, MOST_MONTHS = 12, 120
"""So many are shown where no days are asked for, and at most."""
STATES = ("open", "replayed", "superseded", "waived", "rejected")
STATUSES = ("running", "published", "blocked", "failed")
MOST_IN_FILE = 100_000
"""Rows."""
MOST_DELIVERIES = 2000
"""Rows of deliverers and months; one more is read where there are more."""
WITHHELD = "*"
"""In a file, of a count that is small, or that would tell a small one."""
_STATE = "coalesce(q.state = %(status)s, false)"
"""The planner takes half of the rows for it, and goes along the key until the page is full. Of a comparison alone it
would suppose next to no rows, as the state is no column whose values it knows, and sort them all."""

_LATEST = (
    "(select %(last)s::date + (l.last_day - l.first_day) from serving.batches as l where l.province_id = %(own)s"
    " order by l.last_day - l.first_day desc limit 1)"
)
"""The last day of the longest batch that begins on the last asked day: a list by day begins there."""


@dataclass(frozen=True)
class Filters:
    """What a list is limited to; None is all. `status` is of runs, or the state of refused records."""

    source: str | None = None
    feed: str | None = None
    rule: str | None = None
    status: str | None = None
    first: date | None = None
    last: date | None = None
    deliverer: str | None = None

    def conditions(self, status: str, broken: str, batch: str = "b") -> str:
        """Those that are set, as SQL that begins with `and`; `status` and `broken` ask for the status and the
        rule."""
        told = {
            "source": f"{batch}.source = %(source)s",
            "feed": f"{batch}.feed = %(feed)s",
            "rule": broken,
            "status": status,
            "first": f"{batch}.last_day >= %(first)s",
            "last": f"{batch}.first_day <= %(last)s and {batch}.last_day <= {_LATEST}",
            "deliverer": "exists (select from serving.batch_deliverers as d where d.batch_id = "
            f"{batch}.batch_id and d.deliverer = lower(%(deliverer)s))",
        }
        return "".join(f" and {text}" for name, text in told.items() if getattr(self, name) is not None)


def runs(
    connection: Connection,
    province_id: int,
    filters: Filters,
    language: Language,
    before: int | None = None,
    limit: int = 50,
) -> Rows:
    """Batches with their accounts, the newest first; of asked days those of the newest day first. `before` is the batch
    after which the list goes on."""
    by_day = filters.first is not None or filters.last is not None
    broken = (
        "exists (select from serving.rule_results as r where r.batch_id = b.batch_id and r.rule = %(rule)s"
        " and not r.passed)"
    )
    return read(
        connection,
        "select b.batch_id, b.run_id, b.source || '.' || b.feed as feed, b.first_day, b.last_day, b.status,"
        " b.is_provisional, b.declared, b.fetched, b.loaded, b.unchanged, b.superseded, b.quarantined, b.removed,"
        f" b.finished_at, b.reason_{language} as reason from serving.batches as b where b.province_id = %(own)s"
        f"{filters.conditions('b.status = %(status)s', broken)}"
        f"{_after_run(before) if by_day else _after('b.batch_id', before)}"
        f" order by {'b.last_day desc, ' if by_day else ''}b.batch_id desc limit %(limit)s",
        {"own": province_id, "before": before, "limit": limit, **vars(filters)},
    )


def refused(
    connection: Connection,
    province_id: int,
    filters: Filters,
    before: int | None = None,
    limit: int = 50,
    batch: int | None = None,
) -> Rows:
    """Refused records with their offences and their way out, the newest first."""
    return read(
        connection,
        "select q.quarantine_id, q.batch_id, q.source || '.' || q.feed as feed, b.first_day, b.last_day, q.page_number,"
        " q.row_number, q.record_key, q.rules, q.offences, q.quarantined_at, q.state, q.assignee, q.decided_by,"
        " q.decision_reason, q.decided_at, q.replay_batch_id from serving.quarantine as q"
        " join serving.batches as b using (batch_id) where q.province_id = %(own)s"
        f"{filters.conditions(_STATE, 'q.rules ? %(rule)s')}{_after('q.quarantine_id', before)}"
        f"{' and q.batch_id = %(batch)s' if batch is not None else ''}"
        " order by q.quarantine_id desc limit %(limit)s",
        {"own": province_id, "before": before, "limit": limit, "batch": batch, **vars(filters)},
    )


def refused_counts(connection: Connection, province_id: int, filters: Filters, batch: int | None = None) -> Rows:
    """How many records of each batch, or of one, were refused by each rule and what became of them: what a file says
    of them, in which no single record about a person stands. `fewest` is the smallest of the batch's counts, those that
    the filters leave out included. Raises WrongQuestion where there are more rows than a file has."""
    of_batch = replace(filters, rule=None, status=None).conditions("", "")
    rows = read(
        connection,
        "select q.* from (select q.batch_id, q.source || '.' || q.feed as feed, b.first_day, b.last_day, r.rule,"
        " q.state, q.assignee, min(q.quarantined_at) as since, count(*) as records,"
        " min(count(*)) over (partition by q.batch_id) as fewest from serving.quarantine as q"
        " join serving.batches as b using (batch_id) cross join lateral jsonb_array_elements_text(q.rules) as r (rule)"
        f" where q.province_id = %(own)s{of_batch}{' and q.batch_id = %(batch)s' if batch is not None else ''}"
        " group by 1, 2, 3, 4, 5, 6, 7) as q"
        " where (%(rule)s::text is null or q.rule = %(rule)s) and (%(status)s::text is null or q.state = %(status)s)"
        " order by 1 desc, 5, 6, 7 limit %(limit)s",
        {"own": province_id, "limit": MOST_IN_FILE + 1, "batch": batch, **vars(filters)},
    )
    return whole(rows)


def whole(rows: Rows) -> Rows:
    """All rows of a file. Raises WrongQuestion where there are more than it has."""
    if len(rows) > MOST_IN_FILE:
        raise WrongQuestion(msg("There are more than {most} rows: ask for fewer days", most=MOST_IN_FILE))
    return rows


class Total(NamedTuple):
    """What a rule said of a feed's batches of one month."""

    source: str
    feed: str
    month: date
    rule: str
    runs: int
    broken: int
    evaluated: int
    failed: int

    @property
    def dimension(self) -> Dimension:
        return dimension_of(self.rule)


def window(connection: Connection, province_id: int, filters: Filters) -> Period:
    """The months that are asked for, else the twelve to the newest one that rules said something of. Raises
    WrongQuestion for more than MOST_MONTHS."""
    [row] = connection.execute(
        "select max(month) from serving.month_totals where province_id = %s", [province_id]
    ).fetchall()
    last = filters.last or row[0] or datetime.now(VIETNAM).date()
    first = filters.first or first_of_month(last, 1 - MONTHS)
    months = Period(first_of_month(first, 0), first_of_month(max(first, last), 0))
    if first_of_month(months.first, MOST_MONTHS) <= months.last:
        raise WrongQuestion(msg("Ask for {most} months at most", most=MOST_MONTHS))
    return months


_TOTALS_OF_DELIVERER = (
    "select b.province_id, b.source, b.feed, date_trunc('month', b.last_day::timestamp)::date as month, r.rule,"
    " count(*) as runs, count(*) filter (where not r.passed) as broken, sum(r.evaluated)::bigint as evaluated,"
    " sum(r.failed)::bigint as failed from serving.batches as b join serving.rule_results as r using (batch_id)"
    " where r.executed and r.passed is not null" + Filters(deliverer="").conditions("", "") + " group by 1, 2, 3, 4, 5"
)
"""As serving.month_totals, which does not tell deliverers apart."""


def totals(connection: Connection, province_id: int, filters: Filters, months: Period) -> list[Total]:
    """Of the months in which the days lie, by source, feed, month and rule; of one deliverer the batches that hold its
    records."""
    own = replace(filters, status=None, first=None, last=None, deliverer=None)
    view = "serving.month_totals" if filters.deliverer is None else f"({_TOTALS_OF_DELIVERER})"
    rows = connection.execute(
        "select b.source, b.feed, b.month, b.rule, b.runs, b.broken, b.evaluated, b.failed"
        f" from {view} as b where b.province_id = %(own)s and b.month between %(begin)s and %(end)s"
        f"{own.conditions('', 'b.rule = %(rule)s')} order by 1, 2, 3, 4".encode(),
        {"own": province_id, "begin": months.first, "end": months.last, **vars(own), "deliverer": filters.deliverer},
    )
    return [Total(*row) for row in rows.fetchall()]


def score(found: Collection[Total]) -> Decimal | None:
    """In percent: the share of rows (of batches, where a rule looks at a whole one) that held each rule, in the mean of
    the rules; None where nothing was looked at. Each rule counts alike, however many rows it looks at."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for one in found:
        own = sums.setdefault((one.source, one.feed, one.rule), [0, 0])
        own[0] += one.evaluated
        own[1] += one.failed
    shares = [1 - Decimal(failed) / evaluated for evaluated, failed in sums.values() if evaluated]
    return round(100 * sum(shares, Decimal(0)) / len(shares), 2) if shares else None


def trends(found: Sequence[Total], months: Period) -> dict[Dimension, list[tuple[date, Decimal | None]]]:
    """Of each dimension its score by month, None where nothing came."""
    every = []
    month = months.first
    while month <= months.last:
        every.append(month)
        month = first_of_month(month, 1)
    by: dict[tuple[Dimension, date], list[Total]] = {}
    for one in found:
        by.setdefault((one.dimension, one.month), []).append(one)
    return {name: [(month, score(by.get((name, month), ()))) for month in every] for name in DIMENSIONS}


def worst_rules(found: Sequence[Total]) -> Rows:
    """Rules that were broken, by feed, those that the greatest share broke first."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for one in found:
        own = sums.setdefault((one.source, one.feed, one.rule), [0, 0, 0, 0])
        for place, value in enumerate((one.runs, one.broken, one.evaluated, one.failed)):
            own[place] += value
    rows = [
        {
            "feed": f"{source}.{feed}",
            "rule": rule,
            "dimension": dimension_of(rule),
            "runs": ran,
            "broken": broken,
            "evaluated": evaluated,
            "failed": failed,
            "share": round(100 * Decimal(failed) / evaluated, 2) if evaluated else None,
        }
        for (source, feed, rule), (ran, broken, evaluated, failed) in sums.items()
        if broken
    ]
    return sorted(rows, key=lambda row: (-(row["share"] or 0), -row["broken"], row["feed"], row["rule"]))


def drifts(
    connection: Connection, province_id: int, found: Sequence[Total], language: Language, limit: int = 10
) -> Rows:
    """The newest batches of those months that were not as the batches before them, and in what."""
    broken = [one for one in found if one.broken and one.rule in DRIFT]
    newest = sorted(broken, key=lambda one: one.month, reverse=True)[:limit]
    return read(
        connection,
        "select f.* from unnest(%(source)s::text[], %(feed)s::text[], %(rule)s::text[], %(month)s::date[],"
        " %(following)s::date[]) as n (source, feed, rule, month, following) cross join lateral ("
        "select b.batch_id, b.source || '.' || b.feed as feed,"
        f" r.rule, r.description_{language} as description, r.observed from serving.batches as b"
        " join serving.rule_results as r using (batch_id) where b.province_id = %(own)s and b.source = n.source"
        " and b.feed = n.feed and b.last_day >= n.month and b.last_day < n.following"
        " and r.rule = n.rule and not r.passed order by b.batch_id desc limit %(limit)s) as f"
        " order by f.batch_id desc, f.rule limit %(limit)s",
        {
            "own": province_id,
            "limit": limit,
            "following": [first_of_month(one.month, 1) for one in newest],
            **{name: [getattr(one, name) for one in newest] for name in ("source", "feed", "rule", "month")},
        },
    )


def deliverer_months(connection: Connection, province_id: int, filters: Filters, months: Period) -> Rows:
    """By deliverer and month in how many batches it delivered, and how many accepted records; of one source or of one
    deliverer."""
    own = replace(filters, rule=None, status=None, deliverer=None, first=None, last=None)
    asked = " and b.deliverer = lower(%(deliverer)s)" if filters.deliverer else ""
    return read(
        connection,
        "select b.source || '.' || b.feed as feed, b.deliverer, date_trunc('month', b.last_day::timestamp)::date as"
        " month, count(*) as batches, sum(b.records)::bigint as records from serving.batch_deliverers as b"
        f" where b.province_id = %(own)s and b.last_day between %(begin)s and %(end)s{own.conditions('', '')}{asked}"
        " group by 1, 2, 3 order by 1, 2, 3 limit %(limit)s",
        {
            "limit": MOST_DELIVERIES + 1,
            "own": province_id,
            "begin": months.first,
            "end": first_of_month(months.last, 1) - timedelta(days=1),
            **vars(filters),
        },
    )


def effects(connection: Connection, province_id: int, catalogue: Catalogue, batch_id: int) -> Rows:
    """KPIs and periods whose published figures are provisional while the batch is, through the feed that it is of.

    Empty for a batch that makes none provisional.
    """
    found = connection.execute(
        "select source || '.' || feed, first_day, last_day from serving.batches where province_id = %s"
        " and batch_id = %s and is_provisional",
        [province_id, batch_id],
    ).fetchone()
    if found is None:
        return []
    feed, first, last = found
    kpis = [name for name, definition in catalogue.definitions.items() if feed in definition.sources]
    return read(
        connection,
        "select distinct o.kpi, o.first_day, o.last_day from serving.kpi_observations as o where"
        " o.province_id = %(own)s and o.kpi = any(%(kpis)s) and o.is_latest and o.breakdown = ''"
        " and o.status = 'provisional' and o.first_day <= %(last)s and o.last_day >= %(first)s order by 1, 2, 3",
        {"own": province_id, "kpis": kpis, "first": first, "last": last},
    )


def feeds_of_few(connection: Connection, province_id: int, months: Period) -> set[str]:
    """Feeds of which fewer than FEWEST records of some batch of the months broke a rule about records: what is told of
    its other rules, added up, could tell how many."""
    rows = connection.execute(
        "select distinct b.source || '.' || b.feed from serving.batches as b"
        " join serving.rule_results as r using (batch_id) where b.province_id = %(own)s"
        " and b.last_day between %(begin)s and %(end)s and r.failed > 0 and r.failed < %(fewest)s"
        " and (r.severity = 'reject' or r.evaluated > 1)",
        {
            "own": province_id,
            "begin": months.first,
            "end": first_of_month(months.last, 1) - timedelta(days=1),
            "fewest": FEWEST,
        },
    )
    return {feed for (feed,) in rows}


def about_persons(catalogue: Catalogue) -> set[str]:
    """Feeds whose records are about persons' cases."""
    return {feed for one in catalogue.definitions.values() if one.about_persons for feed in one.sources}


PARTS = ("loaded", "unchanged", "superseded", "quarantined", "removed")
"""What became of a batch's records."""
COUNTS = (*PARTS, "records", "refused_records")
"""As the audit trail tells them, too."""


def leaving_account(row: Mapping[str, Any], mark: Any = None) -> dict[str, Any]:
    """The account of a batch, or of several, of a feed about persons as it may leave the hub: where one of its parts is
    small, none is told, since those that are told would tell it, or between which numbers it lies; nor is what was
    fetched, where that is small itself. `mark` stands for what is withheld. The same in files, to machines, in
    explanations and of the audit trail. Why a batch is blocked is told with numbers of its records."""
    hidden = set[str]()
    if any(is_few(row.get(part)) for part in (*COUNTS, "fetched")):
        hidden |= row.keys() & {*COUNTS, "records_sha256"}
        hidden |= {"reason"} if row.get("status") == "blocked" else set()
    if is_few(row.get("fetched")):
        hidden |= row.keys() & {"fetched", "declared"}
    return {**row, **dict.fromkeys(hidden, mark)}


def is_few(count: Any) -> bool:
    """Whether so many records about persons are a small cell."""
    return isinstance(count, int) and not isinstance(count, bool) and 0 < count < FEWEST


def withhold(
    rows: Rows, persons: Collection[str], counts: Sequence[str], is_small: Callable[[dict[str, Any]], bool]
) -> Rows:
    """The rows as they may leave the hub: where a feed is about persons, the `counts` of those that are small, or would
    tell a small one, are not told."""
    return [row | (dict.fromkeys(counts, WITHHELD) if row["feed"] in persons and is_small(row) else {}) for row in rows]


def _after(column: str, before: int | None) -> str:
    return f" and {column} < %(before)s" if before is not None else ""


def _after_run(before: int | None) -> str:
    last = "(select a.last_day, a.batch_id from serving.batches as a where a.batch_id = %(before)s)"
    return f" and (b.last_day, b.batch_id) < {last}" if before is not None else ""


def read(connection: Connection, query: str, values: Mapping[str, Any]) -> Rows:
    """Rows by the names of their columns."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
