"""What is not as usual: volumes, silent deliverers, repeated answers, mixes of codes, arrival, and values of KPIs.

An anomaly blocks nothing: figures stay published. It is told, and an incident while it is current; it is gone when its
days were loaded again and are as usual, or after a week without another.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from itertools import groupby
from statistics import median
from typing import Any, Literal

from alerts.series import FeedKey, feed_counts, feed_series, kpi_series
from expectations.anomaly_judgement import judge
from expectations.baseline import Finding, Series
from expectations.drift import WARNING
from expectations.robust_statistics import spread
from hub.periods import VIETNAM
from hub.translation import Language, Message, Text, Wording, join, msg
from hub.units import number_text
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from warehouse.serving import Connection, Province, breakdown_values, find_province

Subject = Literal["volume", "silent", "mix", "frozen", "late", "filled", "kpi"]
_WEEK = timedelta(days=7)
"""Findings of one cause within so many days are one anomaly."""
_REST_OF_WEEK = timedelta(days=6)
"""The last week that a feed is loaded for begins so many days before its newest day: an anomaly of it is current."""
_LATEST = 60
"""Deliveries that tell how long one takes."""
_FEWEST = 10
"""With fewer of them nothing is said."""
_BACKFILL, _BACKFILL_OF_MONTHS = timedelta(days=10), timedelta(days=45)
"""What came later than this after its days was not waited for, but loaded for the past."""


@dataclass(frozen=True)
class Number:
    """A number as people read it."""

    value: float
    is_share: bool = False

    def text(self, language: Language) -> str:
        """In that language."""
        shown = 100 * self.value if self.is_share else self.value
        rounded = round(shown) if abs(shown) >= 100 else round(shown, 1)
        written = number_text(int(rounded) if rounded == int(rounded) else rounded, language)
        return f"{written} %" if self.is_share else written

    @property
    def vi(self) -> str:
        return self.text("vi")

    @property
    def en(self) -> str:
        return self.text("en")


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """Days that are not as usual, of one cause: of a feed, of one who delivers it, or of a KPI."""

    cause: str
    """The same at each reading, as long as nothing changes about the days."""
    subject: Subject
    source: str | None = None
    feed: str | None = None
    kpi: str | None = None
    part: str | None = None
    """Deliverer or code as breakdown=value; columns."""
    part_name: Wording | None = None
    first_day: date
    last_day: date
    """The newest of its days; of months their last days."""
    seen: float | None = None
    """On the newest day; of a mix the code's share."""
    low: float | None = None
    high: float | None = None
    """Between which it is usual."""
    text: Wording


def anomalies(
    connection: Connection,
    province: str,
    catalogue: Catalogue,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
) -> list[Anomaly]:
    """The anomalies of a province whose newest day lies between those days; without days the current ones, of the last
    week that each feed is loaded for. The newest first. Reads the serving views alone."""
    home = find_province(connection, province)
    found: list[Anomaly] = []
    for key, counted in feed_counts(catalogue).items():
        series = feed_series(connection, home, key, counted, first, last)
        if series is not None:
            names = cache(partial(_part_name, connection, home, counted.view, key.source))
            found += _since(_of_feed(series, key, names), first, series.days[-1])
    for kpi, months in kpi_series(connection, home, last).items():
        if kpi in catalogue.definitions:
            found += _since(_of_kpi(catalogue.definitions[kpi], months), first, months.days[-1])
    found += _late(connection, home, catalogue, now, first, last)
    found += _filled(connection, home, catalogue, first, last)
    return sorted(found, key=lambda one: (one.last_day, one.cause), reverse=True)


def _since(found: Iterable[Anomaly], first: date | None, newest: date) -> Iterator[Anomaly]:
    """Those that touch the days from `first` on; without it the current ones."""
    return (one for one in found if one.last_day >= (first or newest - _REST_OF_WEEK))


def _of_feed(series: Series, key: FeedKey, name_of: Callable[[str], Wording]) -> Iterator[Anomaly]:
    for subject, part, own in _episodes(series):
        newest, days = own[-1], (series.days[own[0].place], series.days[own[-1].place])
        name, share = name_of(part) if part else None, subject == "mix"
        yield Anomaly(
            cause=f"{key.source}.{key.feed}/{subject}/{part}/{days[0]}",
            subject=subject,
            source=key.source,
            feed=key.feed,
            part=part or None,
            part_name=name,
            first_day=days[0],
            last_day=days[1],
            seen=newest.seen,
            low=newest.low,
            high=newest.high,
            text=_TEXTS[subject].with_values(
                feed=f"{key.source}.{key.feed}",
                day=days[1],
                part=name or "",
                seen=Number(newest.seen, share),
                low=Number(newest.low, share),
                high=Number(newest.high, share),
            ),
        )


def _part_name(connection: Connection, home: Province, view: str, source: str, part: str) -> Wording:
    """The name of a deliverer or a code of a source's records; itself where it has none."""
    column, _, value = part.partition("=")
    return Text(*breakdown_values(connection, home, view, column, [source]).get(value, (value or part,) * 2))


def _of_kpi(definition: Definition, months: Series) -> Iterator[Anomaly]:
    for subject, _, own in _episodes(months):
        if subject != "volume":  # a KPI may well have one value for months
            continue
        newest, days = own[-1], (months.days[own[0].place], months.days[own[-1].place])
        yield Anomaly(
            cause=f"{definition.id}/kpi/{days[0]}",
            subject="kpi",
            kpi=definition.id,
            first_day=days[0],
            last_day=days[1],
            seen=newest.seen,
            low=newest.low,
            high=newest.high,
            text=msg(
                "{kpi} is {seen} in {day:month}; {low} to {high} is usual",
                kpi=Text(definition.name.vi, definition.name.en),
                day=days[1],
                seen=Number(newest.seen),
                low=Number(newest.low),
                high=Number(newest.high),
            ),
        )


def _episodes(series: Series) -> Iterator[tuple[Subject, str, list[Finding]]]:
    """The findings by what they are of, those of one side that follow each other within a week together."""
    gap = timedelta(days=45) if series.is_monthly else _WEEK
    open_ones: dict[tuple[str, str, bool], list[Finding]] = {}
    for finding in judge(series):
        key = (finding.subject, finding.part, finding.seen > finding.high)
        before = open_ones.get(key)
        if before and series.days[finding.place] - series.days[before[-1].place] <= gap:
            before.append(finding)
            continue
        if before:
            yield before[0].subject, before[0].part, before
        open_ones[key] = [finding]
    for own in open_ones.values():
        yield own[0].subject, own[0].part, own


_TEXTS: Mapping[Subject, Message] = {
    "volume": msg("{feed} has {seen} on {day}; {low} to {high} is usual for such a day"),
    "silent": msg("{feed} has nothing of {part} on {day}; {low} to {high} is usual"),
    "mix": msg("{feed}: {part} has a share of {seen} on {day}; {low} to {high} is usual"),
    "frozen": msg(
        "{feed} has exactly the same counts on {day} as in the period before: the source may have repeated an answer"
    ),
}


def _late(
    connection: Connection,
    home: Province,
    catalogue: Catalogue,
    now: datetime,
    first: date | None,
    last: date | None,
) -> Iterator[Anomaly]:
    """Deliveries that took longer than is usual of their feed, though they may be in time by its specification; and
    those that have not come and take longer by now."""
    rows = connection.execute(
        "select source, feed, last_day, min(finished_at) from serving.batches where province_id = %(province)s"
        " and status = 'published' and kind = 'fetch' and (%(last)s::date is null or last_day <= %(last)s)"
        " group by source, feed, last_day order by source, feed, last_day",
        {"province": home.province_id, "last": last},
    ).fetchall()
    for (source, feed), group in groupby(rows, key=lambda row: (row[0], row[1])):
        spec = catalogue.sources.get(source)
        if spec is None or feed not in spec.feeds:
            continue
        monthly = spec.feeds[feed].slice == "month"
        waited = _BACKFILL_OF_MONTHS if monthly else _BACKFILL
        took = [(day, at - _end(day)) for _, _, day, at in group]
        newest = took[-1][0]
        after = newest + timedelta(days=1)
        if monthly:
            after = (after.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if last is None:
            took.append((after, now - _end(after)))
        known: list[float] = []
        for day, delay in took:
            hours = delay.total_seconds() / 3600
            usual = _usual_hours(known)
            if usual is not None and usual < hours <= waited.total_seconds() / 3600:
                if day >= (first or newest - _REST_OF_WEEK):
                    text = _LATE if day <= newest else _NOT_YET
                    yield Anomaly(
                        cause=f"{source}.{feed}/late/{day}",
                        subject="late",
                        source=source,
                        feed=feed,
                        first_day=day,
                        last_day=day,
                        seen=hours,
                        low=0,
                        high=usual,
                        text=text.with_values(feed=f"{source}.{feed}", day=day, seen=Number(hours), high=Number(usual)),
                    )
            elif day <= newest and delay <= waited:
                known = [*known, hours][-_LATEST:]


_LATE = msg("{feed} of {day} came {seen} hours after the end of its days; at most {high} is usual")
_NOT_YET = msg("{feed} of {day} has not come {seen} hours after the end of its days; at most {high} is usual")


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), VIETNAM)


def _usual_hours(known: list[float]) -> float | None:
    """After how many hours a delivery usually has come at the latest; None where too few tell."""
    if len(known) < _FEWEST:
        return None
    middle = median(known)
    return middle + max(1.0, 6 * spread(known, middle))


def _filled(
    connection: Connection, home: Province, catalogue: Catalogue, first: date | None, last: date | None
) -> Iterator[Anomaly]:
    """What was said of batches when they were judged: how their columns are filled, beside the batches before them. Of
    each slice the newest published batch; those of its week where no days are asked for."""
    rows: list[Any] = connection.execute(
        "with newest as (select distinct on (source, feed, first_day, last_day) batch_id, source, feed, first_day,"
        " last_day, max(last_day) over (partition by source, feed) as newest_day from serving.batches"
        " where province_id = %(province)s and status = 'published' and kind = 'fetch'"
        " and (%(last)s::date is null or last_day <= %(last)s)"
        " order by source, feed, first_day, last_day, batch_id desc)"
        " select n.source, n.feed, n.first_day, n.last_day, r.rule, r.observed, r.description_vi, r.description_en"
        " from newest as n join serving.rule_results as r using (batch_id)"
        " where n.last_day >= coalesce(%(first)s::date, n.newest_day - %(rest_of_week)s::int)"
        " and r.rule = any(%(rules)s) and not r.passed",
        {
            "province": home.province_id,
            "first": first,
            "last": last,
            "rest_of_week": _REST_OF_WEEK.days,
            "rules": list(WARNING),
        },
    ).fetchall()
    for source, feed, begin, end, rule, observed, vi, en in rows:
        spec = catalogue.sources.get(source)
        columns = spec.feeds[feed].columns if spec and feed in spec.feeds else {}
        names = [said.partition(":")[0] for said in (observed or "").split("; ")]
        yield Anomaly(
            cause=f"{source}.{feed}/filled/{rule}/{begin}",
            subject="filled",
            source=source,
            feed=feed,
            part=", ".join(names),
            part_name=join([Text((one in columns and columns[one].label) or one, one) for one in names], ", "),
            first_day=begin,
            last_day=end,
            text=msg(
                "{feed} from {first} to {last} breaks the rule “{rule}”: {observed}",
                feed=f"{source}.{feed}",
                first=begin,
                last=end,
                rule=Text(vi, en),
                observed=observed or "",
            ),
        )
