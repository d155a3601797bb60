"""What an incident can come from: functions that each give the causes that there are now, from the ledger.

What a cause says (`what`) may leave the hub by mail: it names feeds, days and units, and neither values nor records.
`detail` is for people in the hub.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from alerts.anomalies import Anomaly, Subject, anomalies
from alerts.situation import Cause, Situation
from hub.periods import VIETNAM
from hub.translation import Message, Text, Wording, msg
from kpis.catalogue import Catalogue

_WEEK = timedelta(days=7)
_GROWN = 2
"""Quarantine grows when a week brings so many times a usual week's …"""
_FEW = 20
"""… and at least so many records that are still open."""


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
                    "The gateway (LGSP) has answered no call since {since}; sources that were called: {names}",
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
    "frozen": msg("{name} repeats earlier numbers ({first} to {last})"),
    "late": msg("{name} arrives later than usual ({first} to {last})"),
    "filled": msg("The contents of {part} in {name} have changed ({first} to {last})"),
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
