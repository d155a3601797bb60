"""Which slices a load reads: the days that were asked for, and earlier ones that are to be read again."""

from datetime import date, timedelta

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from connectors import slices
from connectors.slices import Slice
from connectors.specification import Feed
from hub.errors import Abort
from hub.translation import msg
from warehouse.ledger import FeedCoverage

_DAY = timedelta(days=1)


def slices_to_read(feed: Feed, first: date, last: date, known: FeedCoverage, *, fill_gaps: bool) -> list[Slice]:
    """The slices of a load of the days `first` to `last`, in order.

    Beside these days a load reads those before that the feed looks back on, as far as they were tried once, and those
    of `catch_up` that were tried and not read for good: blocked ones, failed ones, days that had not ended. With
    `fill_gaps` also those of `catch_up` that nobody tried after the first one that was. Of a feed that comes by months
    and no month that ends in these days there are none with `fill_gaps`, else Abort is raised.
    """
    tried = _days(known.tried, first - max(feed.look_back, feed.catch_up), first)
    settled = _days(known.settled, first - feed.catch_up, first)
    wanted = set(_span(first, last))
    since = first - feed.catch_up
    wanted.update(day for day in tried if day >= first - feed.look_back or (day >= since and day not in settled))
    if fill_gaps and (begin := _begin(known.tried)) is not None:
        wanted.update(day for day in _span(max(begin, since), first - _DAY) if day not in settled)
    if not feed.is_bounded:
        return [Slice(min(wanted), last)]
    found = [piece for begin, end in _runs(wanted) for piece in slices.cut(begin, end, feed.slice)]
    if not found and not fill_gaps:
        raise Abort(
            msg(
                "No month ends in the days {first} … {last}, and this feed comes by months: name a range that holds the"
                " last day of one",
                first=first,
                last=last,
            )
        )
    return found


def _days(ranges: Multirange[date], first: date, end: date) -> set[date]:
    """The days of the ranges from `first` on and before `end`."""
    return {
        day
        for span in ranges
        if span.lower is not None and span.upper is not None
        for day in _span(max(span.lower, first), min(span.upper, end) - _DAY)
    }


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _begin(ranges: Multirange[date]) -> date | None:
    lowest: Range[date] | None = ranges[0] if ranges else None
    return lowest.lower if lowest else None


def _runs(days: set[date]) -> list[tuple[date, date]]:
    """First and last of days that follow each other."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day == runs[-1][1] + _DAY:
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
    return runs
