"""What the address of a page chooses, period, area and slice, and how links keep it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.errors import WrongQuestion
from hub.periods import Period, first_of_month, standard_period, year_ago
from hub.translation import msg
from kpis.figure import Figure
from kpis.slices import Slices, parse_slices, slices_text
from screens import formats
from screens.database import Snapshot
from screens.directory import newest_period
from screens.pages.frame import Visit, address
from screens.pages.places import same_place
from screens.request_errors import invalid_parameter, read_day
from screens.scope import is_countable
from screens.view_models.page import Link
from warehouse.punctuality import loaded_feeds

_ONE_DAY = timedelta(days=1)
MOST_YEARS = 40


@dataclass(frozen=True)
class Choice:
    """What is shown; whatever is not chosen follows the newest data and the caller's own place."""

    period: Period
    newest: Period
    """What is shown without a choice."""
    area: str | None = None
    """Code as of the period's last day; None where the caller is at home."""
    slices: Slices | None = None
    measure: str | None = None
    """Another figure of the KPI than its own."""

    def query(self, pinned: bool = False) -> list[tuple[str, object]]:
        """Parameters of an address that shows the same; `pinned` also when newer data have come."""
        days: list[tuple[str, object]] = []
        if pinned or self.period != self.newest:
            days = [("from", self.period.first), ("to", self.period.last)]
        return [*days, ("area", self.area), ("where", slices_text(self.slices or {})), ("measure", self.measure)]

    def to(self, path: str, pinned: bool = False) -> str:
        """A link to a page of the same choice."""
        return address(path, self.query(pinned))

    def of_measure(self, measure: str | None) -> "Choice":
        return replace(self, measure=measure)

    def at(self, period: Period) -> "Choice":
        return replace(self, period=period)

    def of(self, area: str | None) -> "Choice":
        return replace(self, area=area)

    def slice(self, slices: Slices | None) -> "Choice":
        return replace(self, slices=slices)


def explanation_href(s: Snapshot, choice: Choice, o: Figure) -> str:
    """The page that explains a figure; empty for a caller who may not open it."""
    is_open = s.caller.may("explain") and is_countable(s, o)
    return choice.to(f"/kpis/{o.kpi}/explain", pinned=True) if is_open else ""


def choose(v: Visit, s: Snapshot) -> Choice:
    """What the address asks for. Raises RequestError 422 for days and slices that cannot be."""
    asked, newest = v.request.query_params, newest_whole(s)
    for name, value in asked.multi_items():
        if "\0" in value or len(value) > 400 or not (name == "where" or value.isprintable()):
            raise invalid_parameter(name[:40], msg("too long, or holds a control character"))
    first, last = read_day("from", asked.get("from")), read_day("to", asked.get("to"))
    period = newest
    if first or last:
        if first is None or last is None or not first <= last:
            raise invalid_parameter("from", msg("both are needed, from not after to"))
        if (last - first).days > MOST_YEARS * 366:
            raise invalid_parameter("from", msg("the longest period is {most_years} years", most_years=MOST_YEARS))
        period = Period(first, last)
    try:
        where = parse_slices(asked.get("where", ""))
    except WrongQuestion as error:
        raise invalid_parameter("where", error) from None
    return Choice(period, newest, asked.get("area") or None, where or None, asked.get("measure") or None)


def newest_whole(s: Snapshot) -> Period:
    """The year to the end of the newest month that data cover whole: what people ask for in the middle of a month."""
    reach = max((feed.covered_to for feed in s.once(loaded_feeds, s.province) if feed.covered_to), default=None)
    if reach is None:
        found = newest_period(s)
        return Period(found.first, found.last) if found else standard_period("ytd", s.now.date())
    whole = first_of_month(reach + _ONE_DAY, 0) - _ONE_DAY
    return standard_period("ytd", whole)


def period_links(v: Visit, s: Snapshot, choice: Choice, path: str, shown: Sequence[Figure]) -> list[Link]:
    """Periods to go to: the running year, its last quarter and month, the year before; of these those of which one of
    the KPIs of the shown figures has a value there. And whatever is shown."""
    newest = choice.newest
    offered = [
        newest,
        standard_period("quarter", newest.last),
        standard_period("month", newest.last),
        year_ago(newest),
        standard_period("year", date(newest.first.year - 1, 1, 1)),
    ]
    offered = [p for p in offered if p.last <= newest.last]
    known = _with_value(s, offered, shown) | {choice.period}
    return [
        Link(formats.period(p.first, p.last, v.language), choice.at(p).to(path), p == choice.period)
        for p in dict.fromkeys([*([] if choice.period in offered else [choice.period]), *offered])
        if p in known
    ]


def _with_value(s: Snapshot, periods: Sequence[Period], shown: Sequence[Figure]) -> set[Period]:
    """Those of the periods of which a value is published of one of the KPIs where they are shown, in one query. A slice
    of which nothing is kept is known where the whole is."""
    if not shown:
        return set()
    place, breakdowns = shown[0].place, {o.breakdown for o in shown if sum(map(len, o.slices.values())) == 1}
    is_kept = place is not None and place.level == "province"
    rows = s.connection.execute(
        "select distinct first_day, last_day from serving.kpi_observations where province_id = %(own)s"
        " and kpi = any(%(kpis)s) and first_day = any(%(firsts)s) and last_day = any(%(lasts)s)"
        " and area_id = any(%(areas)s) and (%(sliced)s or breakdown = any(%(breakdowns)s))"
        " and is_latest and value is not null",
        {
            "own": s.province.province_id,
            "kpis": [o.kpi for o in shown],
            "firsts": [p.first for p in periods],
            "lasts": [p.last for p in periods],
            "areas": same_place(s, place),
            "sliced": s.caller.organisations is not None,
            "breakdowns": list(breakdowns) if breakdowns and is_kept else [""],
        },
    )
    return {Period(*row) for row in rows} & set(periods)
