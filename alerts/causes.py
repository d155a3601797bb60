"""What an incident can come from: functions that each give the causes that there are now, from the ledger.

What a cause says (`what`) may leave the hub by mail: it names feeds, days and units, and neither values nor records.
`detail` is for people in the hub.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from alerts import outages
from alerts.anomalies import Anomaly, Subject, anomalies
from alerts.outages import Attempt, Outage
from connectors.specification import Source
from hub.owners import owner_name
from hub.periods import VIETNAM, Period
from hub.translation import Message, Text, Wording, msg
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from warehouse.deliverers import Delivery, missing_deliveries
from warehouse.punctuality import due_at, loaded_feeds, source_states
from warehouse.serving import Connection, Province

_ONE_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_GROWN = 2
"""Quarantine grows when a week brings so many times a usual week's …"""
_FEW = 20
"""… and at least so many records that are still open."""


class Missed(NamedTuple):
    """What a unit has not delivered: days, and until when they were due."""

    unit: str
    name: Wording
    source: str
    feed: str
    deliverer: str
    """Empty where one unit owns the whole feed."""
    days: Period
    due_at: datetime
    """As the schedule says it."""
    deadline: datetime
    """With the hub's and the gateway's outages left out."""


@dataclass(frozen=True)
class Cause:
    """Why there is an incident. `key` names it within its kind for as long as it lasts."""

    key: str
    what: Wording
    source: str | None = None
    feed: str | None = None
    kpis: Sequence[str] = ()
    """KPIs that it touches, besides those that count the feed's records."""
    detail: Wording | None = None
    since: datetime | None = None
    """When it began, where the ledger tells."""
    missed: Missed | None = None
    """Of a late delivery."""


@dataclass(frozen=True)
class Situation:
    """All that causes are found from: a province's ledger as it is at a moment. The connection acts as the loader."""

    connection: Connection
    province: Province
    sources: Mapping[str, Source]
    definitions: Mapping[str, Definition]
    now: datetime
    bands: Mapping[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)
    """KPI → lowest and highest value that is no cause for concern."""

    @cached_property
    def has_news(self) -> bool:
        """Whether since the look that `keep_seen` noted something was loaded or published, or another day has begun."""
        row = self.connection.execute(
            "select data_version, data_day from ledger.watch where province_id = %s order by watch_id desc limit 1",
            [self.province.province_id],
        ).fetchone()
        return row != self._seen

    def keep_seen(self) -> None:
        """Notes, within the caller's transaction, that everything was looked for in the data as they are now."""
        self.connection.execute(
            "update ledger.watch set data_version = %s, data_day = %s where watch_id ="
            " (select max(watch_id) from ledger.watch where province_id = %s)",
            [*self._seen, self.province.province_id],
        )

    @cached_property
    def _seen(self) -> tuple[int, date]:
        row = self.connection.execute("select version from serving.data_versions").fetchone()
        return row[0] if row else 0, self.now.astimezone(VIETNAM).date()

    @cached_property
    def attempts(self) -> list[Attempt]:
        return outages.attempts(self.connection, self.province, self.now)

    @cached_property
    def outages(self) -> list[Outage]:
        """The gateway's and the hub's own."""
        watched = outages.watched(self.connection, self.province)
        return outages.gateway_outages(self.attempts, len(self.sources)) + outages.hub_outages(watched)

    def kpis_of(self, cause: Cause) -> list[str]:
        """KPIs whose figures a cause touches; of a source without a feed, all that count any of its records."""
        named = f"{cause.source}.{cause.feed}" if cause.feed else f"{cause.source}."
        fed = (kpi.id for kpi in self.definitions.values() if any(f"{one}".startswith(named) for one in kpi.sources))
        return sorted({*cause.kpis, *(fed if cause.source else ())})

    def title(self, source: str, feed: str) -> str:
        """A feed as people know it: its source's title, and its own."""
        spec = self.sources.get(source)
        own = spec.feeds.get(feed) if spec else None
        return f"{spec.title} – {own.title} ({source}.{feed})" if spec and own else f"{source}.{feed}"


def blocked_slices(s: Situation) -> Iterator[Cause]:
    """Days of a feed whose newest batch is blocked and that nothing has published since; of a blocked replay, until a
    later replay of the same batch was published."""
    rows = s.connection.execute(
        "with own as (select * from serving.batches where province_id = %s),"
        " blocked as (select b.*, count(*) over days as attempts, min(finished_at) over days as since,"
        " row_number() over (days order by batch_id desc) as place from own as b where status = 'blocked'"
        " and not coalesce((select range_agg(daterange(o.first_day, o.last_day, '[]'))"
        " @> daterange(b.first_day, b.last_day, '[]') from own as o where o.source = b.source"
        " and o.feed = b.feed and o.batch_id > b.batch_id and o.status = 'published' and o.kind = 'fetch'), false)"
        " and not exists (select from own as o where o.replayed_batch_id = b.replayed_batch_id"
        " and o.batch_id > b.batch_id and o.status = 'published')"
        " window days as (partition by source, feed, first_day, last_day, replayed_batch_id))"
        " select batch_id, source, feed, first_day, last_day, attempts, since, coalesce(reason_vi, ''),"
        " coalesce(reason_en, ''), replayed_batch_id from blocked where place = 1 order by since, batch_id",
        (s.province.province_id,),
    ).fetchall()
    for batch, source, feed, first, last, attempts, since, vi, en, replayed in rows:
        yield Cause(
            f"{source}/{feed}/{first}/{last}" + (f"/replay {replayed}" if replayed else ""),
            msg(
                "Data of {feed} from {first} to {last} are held back: batch {batch} did not pass its checks"
                " ({attempts} attempts)",
                feed=s.title(source, feed),
                first=first,
                last=last,
                batch=batch,
                attempts=attempts,
            ),
            source,
            feed,
            detail=Text(vi, en),
            since=since,
        )


def late_deliveries(s: Situation) -> Iterator[Cause]:
    """Feeds of which the next delivery is overdue, and deliverers of whom a period is missing. What was delivered and
    held back is not late."""
    for state in source_states(s.sources, loaded_feeds(s.connection, s.province), s.now):
        spec = s.sources[state.source]
        for feed in state.feeds:
            if feed.covered_to is None or feed.due_at is None or feed.due_at > s.now:
                continue
            days = _due_together(feed.covered_to + _ONE_DAY, spec, feed.due_at)
            missed = _missed(s, spec, feed.feed, "", owner_name(spec.owner), days, feed.due_at)
            if missed is not None:
                yield _late(s, missed)
    oldest: dict[str, Missed] = {}
    for one in missing_deliveries(s.connection, s.province):
        if one.source in s.sources and (missed := _missing(s, one)) is not None:
            oldest.setdefault(_late_key(missed), missed)
    yield from (_late(s, missed) for missed in oldest.values())


def missed_deliveries(s: Situation) -> Iterator[Missed]:
    """Each period that a unit has missed: of a deliverer every one, of a whole feed the first."""
    yield from (cause.missed for cause in late_deliveries(s) if cause.missed and not cause.missed.deliverer)
    for one in missing_deliveries(s.connection, s.province):
        if one.source in s.sources and (missed := _missing(s, one)) is not None:
            yield missed


def _due_together(first: date, spec: Source, due: datetime) -> Period:
    """The days from `first` on that were due at that moment: a day, a weekend, a month."""
    last = first
    while due_at(last, spec.cadence, spec.lateness) == due:
        last += _ONE_DAY
    return Period(first, last)


def _missing(s: Situation, one: Delivery) -> Missed | None:
    if one.deliverer is None:
        return None
    spec = s.sources[one.source]
    due = due_at(one.last - _ONE_DAY, spec.cadence, spec.lateness)
    return _missed(s, spec, one.feed, one.deliverer, one.name, Period(one.first, one.last), due)


def _missed(
    s: Situation, spec: Source, feed: str, deliverer: str, name: Wording, days: Period, due: datetime
) -> Missed | None:
    """What is late by now, with outages left out; None while it is not, or where it is in a blocked batch."""
    if _is_held_back(s, spec.name, feed, days):
        return None
    counted = outages.deadline(due - spec.lateness, spec.lateness, s.outages)
    if counted is None or counted > s.now:
        return None
    return Missed(deliverer or spec.owner, name, spec.name, feed, deliverer, days, due, counted)


def _is_held_back(s: Situation, source: str, feed: str, days: Period) -> bool:
    """Whether the newest answer for these days was blocked: what a unit delivered may be in it."""
    answers = [one for one in s.attempts if one.status in outages.ANSWERED and one.asks_for(source, feed, days)]
    return bool(answers) and answers[-1].status == "blocked"


def _late_key(missed: Missed) -> str:
    return "/".join(filter(None, (missed.source, missed.feed, missed.deliverer)))


def _late(s: Situation, missed: Missed) -> Cause:
    return Cause(
        _late_key(missed),
        msg(
            "{unit} has not delivered {feed} from {first} on, due by {due}",
            unit=missed.name,
            feed=s.title(missed.source, missed.feed),
            first=missed.days.first,
            due=missed.due_at.astimezone(VIETNAM),
        ),
        missed.source,
        missed.feed,
        since=missed.deadline,
        missed=missed,
    )


def silent_gateway(s: Situation) -> Iterator[Cause]:
    """The gateway answers no source: one incident, whatever number of sources it holds up."""
    for outage in s.outages:
        if outage.what == "gateway" and outage.until is None:
            names = "; ".join(sorted(s.sources[one].title if one in s.sources else one for one in outage.sources))
            touched = [
                kpi.id
                for kpi in s.definitions.values()
                if any(one.partition(".")[0] in outage.sources for one in kpi.sources)
            ]
            yield Cause(
                "lgsp",
                msg(
                    "The gateway (LGSP) has answered no call since {since}; tried in vain: {names}",
                    since=outage.since.astimezone(VIETNAM),
                    names=names,
                ),
                kpis=touched,
                since=outage.since,
            )


def growing_quarantine(s: Situation) -> Iterator[Cause]:
    """Feeds of which the last seven days brought at least _FEW refused records that are still open, and _GROWN times as
    many as a week of the four before brought on average."""
    rows = s.connection.execute(
        "select source, feed, count(*) filter (where quarantined_at > %(now)s - %(week)s) as recent,"
        " count(*) filter (where quarantined_at <= %(now)s - %(week)s) / 4.0 as usual from serving.quarantine"
        " where province_id = %(own)s and state = 'open' and quarantined_at > %(now)s - 5 * %(week)s"
        " group by source, feed order by source, feed",
        {"own": s.province.province_id, "now": s.now, "week": _WEEK},
    ).fetchall()
    for source, feed, recent, usual in rows:
        if recent >= max(_FEW, _GROWN * usual):
            yield Cause(
                f"{source}/{feed}",
                msg(
                    "Quarantine of {feed} grows: {recent} records in seven days, {usual} in a usual week",
                    feed=s.title(source, feed),
                    recent=recent,
                    usual=round(usual),
                ),
                source,
                feed,
            )


_NOT_AS_USUAL: Mapping[Subject, Message] = {
    "volume": msg("The number of records of {name} is not as usual ({first} to {last})"),
    "silent": msg("{name} has nothing of {part} ({first} to {last})"),
    "mix": msg("The share of {part} in {name} is not as usual ({first} to {last})"),
    "frozen": msg("{name} gives the same numbers again ({first} to {last})"),
    "late": msg("{name} takes longer to come than usual ({first} to {last})"),
    "filled": msg("{part} of {name} is filled in another way ({first} to {last})"),
    "kpi": msg("{name} is not as usual ({first} to {last})"),
}


def current_anomalies(s: Situation) -> Iterator[Cause]:
    """What is not as usual in the last week that each feed is loaded for, and of KPIs in their newest month."""
    for one in anomalies(s.connection, s.province.code, Catalogue(s.definitions, {}, s.sources), s.now):
        yield Cause(
            one.cause,
            _NOT_AS_USUAL[one.subject].with_values(
                name=_subject(s, one), part=one.part_name or "", first=one.first_day, last=one.last_day
            ),
            one.source,
            one.feed,
            kpis=[one.kpi] if one.kpi else [],
            detail=one.text,
        )


def _subject(s: Situation, one: Anomaly) -> Wording | str:
    if one.kpi:
        return s.definitions[one.kpi].name
    return s.title(one.source or "", one.feed or "")


def failed_anchors(s: Situation) -> Iterator[Cause]:
    """Places outside of the database that do not take the checkpoints of the audit trail."""
    rows = s.connection.execute(
        "select place, failed_at, coalesce(error_vi, ''), coalesce(error_en, '') from ledger.anchor"
        " where failed_at is not null order by place"
    ).fetchall()
    for place, failed, vi, en in rows:
        yield Cause(
            place,
            msg(
                "{place} has taken no checkpoint of the audit trail since {since}",
                place=place,
                since=failed.astimezone(VIETNAM),
            ),
            detail=Text(vi, en),
            since=failed,
        )


def kpis_beyond_bands(s: Situation) -> Iterator[Cause]:
    """KPIs whose newest value of a month, for the whole province, is outside the band that the installation set. The
    value itself stays in the hub."""
    if not s.bands:
        return
    rows = s.connection.execute(
        "select distinct on (o.kpi) o.kpi, o.value, o.last_day from serving.kpi_observations as o"
        " where o.province_id = %s and o.kpi = any(%s) and o.breakdown = '' and o.area = %s and o.is_latest"
        " and o.value is not null and o.first_day = date_trunc('month', o.last_day)"
        " and extract(day from o.last_day + 1) = 1 order by o.kpi, o.last_day desc",
        (s.province.province_id, list(s.bands), s.province.area),
    ).fetchall()
    for kpi, value, last in rows:
        lowest, highest = s.bands[kpi]
        is_low = lowest is not None and value < lowest
        if is_low or (highest is not None and value > highest):
            limit = lowest if is_low else highest
            below = msg("{kpi} of {month:month} is below its band, which begins at {limit}")
            above = msg("{kpi} of {month:month} is above its band, which ends at {limit}")
            name = s.definitions[kpi].name
            yield Cause(kpi, (below if is_low else above).with_values(kpi=name, month=last, limit=limit), kpis=[kpi])
