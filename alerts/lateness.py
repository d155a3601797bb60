"""What is late by now, of whole feeds and of single deliverers, with outages left out. What was delivered and held back
is not late."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from alerts import outages
from alerts.situation import Cause, Missed, Situation
from connectors.specification import Source
from hub.owners import owner_name
from hub.periods import VIETNAM, Period
from hub.translation import Wording, msg
from warehouse.deliverers import Delivery, missing_deliveries
from warehouse.punctuality import due_at, loaded_feeds, source_states

_ONE_DAY = timedelta(days=1)


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
            "{unit} has not delivered {feed} for the days from {first}, due by {due}",
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
