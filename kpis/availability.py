"""Whether there are data for a figure. No data is never 0: what is not covered is missing, and says why."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from connectors.specification import Source
from hub.periods import VIETNAM, Period, first_of_month, is_standard
from hub.translation import Text, Wording, join, msg
from kpis.catalogue import Catalogue
from kpis.definition import Definition, Formula
from kpis.figure import Reason
from kpis.memo import Once
from warehouse.deliverers import Delivery, missing_deliveries
from warehouse.punctuality import LoadedFeed, loaded_feeds
from warehouse.serving import Coverage, Province, Waiver, together, waivers

ONE_DAY = timedelta(days=1)
_MOST = 3
"""So many of what is lacking are named."""


@dataclass(frozen=True)
class Availability:
    """What the data allow to say of a range: `missing` forbids a value, `provisional` lets it change."""

    missing: Reason | None = None
    provisional: Reason | None = None
    unsettled: Reason | None = None
    """Late records of some days may have come since these were read."""
    data_as_of: date | None = None
    waived: Reason | None = None
    """Which refused records an official figure leaves out, and who decided that."""


def coverage(once: Once, province: Province, definition: Definition) -> Coverage:
    """What the KPI's feeds cover together, from published batches alone."""
    return once.derived(_together, province, tuple(definition.sources))


def in_titles(reason: Reason, definition: Definition, catalogue: Catalogue) -> Reason:
    """The reason, in Vietnamese with the titles of the KPI's feeds in place of their names."""
    said = reason.vi
    for feed in definition.sources:
        title = catalogue.feed_title(feed).replace("\\", r"\\")
        said = re.sub(rf"(?<![\w.]){re.escape(feed)}(?![\w.])", title, said)
    return reason if said == reason.vi else Text(said, reason.en)


def feeds(once: Once, province: Province) -> Mapping[str, LoadedFeed]:
    """How far each feed is loaded, by `source.feed`; those of which nothing was fetched are left out."""
    return once.derived(_by_name, province)


def newest_load(loaded: Mapping[str, LoadedFeed], definition: Definition) -> datetime | None:
    """When the newest batch of the KPI's feeds came; a coverage says the same, and all their days put together."""
    moments = [loaded[feed].loaded_at for feed in definition.sources if feed in loaded]
    return max((moment for moment in moments if moment), default=None)


def _by_name(once: Once, province: Province) -> dict[str, LoadedFeed]:
    return {f"{feed.source}.{feed.feed}": feed for feed in once(loaded_feeds, province)}


def _together(once: Once, province: Province, names: Sequence[str]) -> Coverage:
    known = feeds(once, province)
    own = [(name, known.get(name)) for name in names]
    covered = together(
        (name, feed.covered, feed.settled, feed.provisional, feed.loaded_at) if feed else (name, None, None, None, None)
        for name, feed in own
    )
    missing = [one for one in once(missing_deliveries, province) if f"{one.source}.{one.feed}" in names]
    waived = [one for one in once(waivers, province) if f"{one.source}.{one.feed}" in names]
    return replace(covered, missing=missing, waived=waived)


def judge(formula: Formula, covered: Coverage, asked: Period, since: date | None = None) -> Availability:
    """Compare the days that a figure needs with the days that its feeds cover, and with who has delivered them.

    A flow needs every day of its range (whose end may still come: provisional), a stock its last day alone, to which it
    is carried on, or, where it counts what is valid on that day, every day since the first one that is covered: what
    began or ended on any of them counts. But nothing is said of a month, quarter, half or year without any covered day,
    so that what is kept and what is computed agree. Where figures are monthly, a month's last day stands for the month,
    as its file is delivered whole. A covered period that somebody was to deliver and has not makes a figure
    provisional: any period of a flow, of a stock the one whose snapshot counts on the last day, and on the day `since`
    with which it is compared. So does a day of which too many records were refused.
    """
    if covered.absent:
        names = ", ".join(covered.absent)
        return Availability(msg("nothing of {names} was ever loaded", names=names))
    if not covered.spans:
        return Availability(msg("the feeds cover no day together"))
    begin, reach = covered.spans[0][0], covered.spans[-1][1]
    flows = formula.kind in ("flow", "distinct")
    needed = asked if flows else Period(asked.last, asked.last)
    if formula.grain == "month":
        needed = Period(first_of_month(asked.first, 1) - ONE_DAY, asked.last)
    if needed.first < begin and (flows or formula.valid):
        return Availability(_begins(begin))
    if (flows or is_standard(asked)) and (outside := _outside_of(covered, needed if flows else asked)):
        return Availability(outside)
    inside = [s for s in covered.spans if s[0] <= needed.last and s[1] >= needed.first]
    if formula.valid:
        needed = Period(begin, needed.last)
    gaps = _needed_gaps(formula, covered.spans, needed)
    as_of = min(needed.last, inside[-1][1]) if inside else reach
    reasons: list[Wording] = [msg("no data yet for {spans}", spans=_spans(gaps))] if gaps else []
    counted = [needed]
    if flows or formula.valid:
        reasons += _undelivered(one for one in covered.missing if one.first <= needed.last and one.last >= needed.first)
        reasons += _refused(covered, needed)
    else:
        moments = [_newest(covered, day) for day in (since, needed.last) if day]
        reasons += _undelivered(one for one in covered.missing if any(_counts_on(one, day) for day in moments))
        counted = [Period(day, day) for day in moments]
        reasons += [said for days in counted for said in _refused(covered, days)]
    if not reasons:
        early = _needed_gaps(formula, covered.settled, needed)
        unsettled = msg("{days} were read before all their records had come", days=_spans(early)) if early else None
        return Availability(unsettled=unsettled, data_as_of=as_of, waived=_waived(covered, counted))
    reason = reasons[0] if len(reasons) == 1 else join(reasons)
    return Availability(None, reason, data_as_of=as_of) if inside or not flows else Availability(reasons[0])


def judge_told(told: Sequence[tuple[date, date]], needed: Period, before: Availability) -> Availability:
    """What a flow of statistics allows to say besides: a source that tells nothing of an indicator does not say that
    it is 0. `told` are the days for which every indicator has a value."""
    if before.missing:
        return before
    gaps = _gaps(told, needed)
    if not gaps:
        return before
    if gaps == [needed]:
        return Availability(msg("the source does not say this figure"))
    lacking = msg("the source says nothing of {days}", days=_spans(gaps))
    reason = join([before.provisional, lacking]) if before.provisional else lacking
    return replace(before, provisional=reason)


def judge_newest(newest: Collection[date], before: Availability) -> Availability:
    """What a stock of several indicators allows to say besides: values of different days are no one state. `newest` are
    the days of their newest values."""
    if before.missing or len(newest) < 2:
        return before
    differing = msg("its values are of different days: {first} and {last}", first=min(newest), last=max(newest))
    return replace(before, provisional=join([before.provisional, differing]) if before.provisional else differing)


def _newest(covered: Coverage, day: date) -> date:
    """The newest covered day on or before that one; the first covered day where there is none."""
    return max((min(last, day) for first, last in covered.spans if first <= day), default=covered.spans[0][0])


def _counts_on(missing: Delivery, day: date) -> bool:
    """Whether the snapshot of that period is the newest one on that day."""
    following = first_of_month(missing.last, 2) if missing.first < missing.last else missing.last + 2 * ONE_DAY
    return missing.last <= day < following - ONE_DAY


def _undelivered(missing: Iterable[Delivery]) -> list[Wording]:
    """A reason for each of the first periods, naming who did not deliver it."""
    periods: dict[Period, dict[str | None, Wording]] = {}
    for one in missing:
        periods.setdefault(Period(one.first, one.last), {})[one.deliverer] = one.name
    said: list[Wording] = []
    for period, who in list(periods.items())[:_MOST]:
        names = join([*list(who.values())[:_MOST], *([msg("others")] if len(who) > _MOST else [])], ", ")
        if period.first < period.last:
            said.append(msg("no data of {month:month} from {names} yet", month=period.first, names=names))
        else:
            said.append(msg("no data of {day} from {names} yet", day=period.first, names=names))
    return said


def _refused(covered: Coverage, needed: Period) -> list[Wording]:
    """A reason where too many records of needed days were refused."""
    days = [
        Period(max(first, needed.first), min(last, needed.last))
        for first, last in covered.provisional
        if first <= needed.last and last >= needed.first
    ]
    return (
        [
            msg(
                "too many records of {days} were refused, too many of their values left out, or their values are unlike"
                " those before",
                days=_spans(days),
            )
        ]
        if days
        else []
    )


def _waived(covered: Coverage, counted: Sequence[Period]) -> Reason | None:
    """What the first decisions about refused records of counted days say; None without any."""
    told = [
        _left_out(one)
        for one in covered.waived
        if any(one.first <= days.last and one.last >= days.first for days in counted)
    ]
    return join(dict.fromkeys(told[:_MOST])) if told else None


def _left_out(one: Waiver) -> Wording:
    days = _spans([Period(one.first, one.last)])
    way = msg("waived") if one.way == "waived" else msg("rejected for good")
    if one.actor is None:
        return msg("refused records of {days} were {way}", days=days, way=way)
    who, count = one.actor.partition(":")[2] or one.actor, one.records or msg("fewer than 5")
    return msg(
        "{count} refused records of {days} were {way} by {who}: {reason}",
        count=count,
        days=days,
        way=way,
        who=who,
        reason=one.reason,
    )


def _spans(gaps: Sequence[Period]) -> Reason:
    return join([msg("{first} … {last}", first=gap.first, last=gap.last) for gap in gaps[:_MOST]])


def _needed_gaps(formula: Formula, spans: Sequence[tuple[date, date]], needed: Period) -> list[Period]:
    """Where figures are monthly only gaps that hold a month's last day count."""
    gaps = _gaps(spans, needed)
    if formula.grain == "month":
        gaps = [gap for gap in gaps if first_of_month(gap.first, 1) - ONE_DAY <= gap.last]
    return gaps


def _outside_of(covered: Coverage, needed: Period) -> Reason | None:
    """Why there is nothing of days that all come before the first covered one, or after the last; None for others."""
    begin, reach = covered.spans[0][0], covered.spans[-1][1]
    if needed.last < begin:
        return _begins(begin)
    if needed.first > reach:
        return msg("data reach {reach}", reach=reach)
    return None


def _begins(day: date) -> Reason:
    return msg("data begin on {day}", day=day)


def _gaps(spans: Sequence[tuple[date, date]], needed: Period) -> list[Period]:
    """Spans of needed days that are not among these."""
    gaps, day = [], needed.first
    for first, last in spans:
        if first > needed.last:
            break
        if first > day:
            gaps.append(Period(day, first - ONE_DAY))
        day = max(day, last + ONE_DAY)
    if day <= needed.last:
        gaps.append(Period(day, needed.last))
    return gaps


def lateness_passed(definition: Definition, last: date, now: datetime, known: Mapping[str, Source]) -> Reason | None:
    """None once the sources' deliveries for that day can no longer be late; until then the reason to wait.

    `known` are the installation's sources.
    """
    names = {source for source, _ in definition.feeds}
    for name in sorted(names - set(known)):
        return msg("source {name} is not described in this installation", name=name)
    late = max(known[name].lateness for name in names)
    settled = datetime.combine(last + ONE_DAY, datetime.min.time(), VIETNAM) + late
    if now >= settled:
        return None
    return msg("sources may still deliver until {settled}", settled=settled.astimezone(VIETNAM))
