"""What was published of a KPI's standard periods, and when: the only reader of observations, which
`kpis.revisions` writes.

Kept are months, quarters, halves, years and the year to each month's end: of the whole province, of each area, and of
each value of each breakdown. A changed value is a new revision; none is ever changed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, NamedTuple

from psycopg.rows import dict_row

from hub.periods import VIETNAM, Period
from hub.translation import Text, msg
from kpis.availability import coverage, feeds, in_titles, judge, lateness_passed, newest_load
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.disclosure import EARLIER, UNJUDGED, WITHHELD, Count, counts_of, judged_to, withheld
from kpis.figure import Change, Figure, Reason, Status, change, compare
from kpis.memo import Once
from kpis.question import Calculation, Question, resolve
from kpis.targets import attainment
from kpis.values import start_day
from warehouse.punctuality import LoadedFeed
from warehouse.serving import Area, Connection, Province, waivers

Cause = Literal["first", "data", "time", "definition", "recompute"]
_NOT_THERE = msg("this area was not there then")
_NOT_PUBLISHED = msg("nothing is published of that period")
_NO_FIGURE = msg("there was no figure then")
_NOT_OFFICIAL = msg("not yet official")


class Key(NamedTuple):
    """What an observation is kept under, in a province."""

    kpi: str
    first: date
    last: date
    area_id: int
    breakdown: str
    """Such as `channel=online`; empty for the whole of the area."""


class Entry(NamedTuple):
    """One revision of an observation."""

    key: Key
    measure: str
    unit: str
    revision: int
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: Status
    reason_vi: str | None
    reason_en: str | None
    data_as_of: date | None
    definition_version: int
    cause: Cause
    recorded_at: datetime
    is_latest: bool = True
    """Whether it holds now; asked of what was known on a day and leaves the hub only."""
    withheld: Reason | None = None
    """Why its value is not told outside the hub, where it is not."""


Entries = Mapping[Key, Entry]


class Moment(NamedTuple):
    """A place in another period, with which a figure is compared."""

    period: Period
    area_id: int | None
    """None where it was not there."""


@dataclass(frozen=True)
class History:
    """The observations of a province: as they are, or as they were known at the end of the day `as_of`.

    What it says as of a past day never changes.
    """

    once: Once
    province: Province
    catalogue: Catalogue
    as_of: date | None = None
    now: datetime | None = None
    leaves: bool = False
    """Whether it is told to somebody outside the hub: then without what must not be known, see kpis.disclosure."""

    @cached_property
    def _loaded(self) -> Mapping[str, LoadedFeed]:
        return feeds(self.once, self.province)

    @cached_property
    def _has_waivers(self) -> bool:
        return bool(self.once(waivers, self.province))

    def entries(self, keys: Collection[Key]) -> dict[Key, Entry]:
        """The newest revision of each, in one query."""
        condition = (
            "o.kpi = any(%(kpis)s) and o.first_day = any(%(firsts)s) and o.last_day = any(%(lasts)s)"
            " and o.area_id = any(%(areas)s) and o.breakdown = any(%(breakdowns)s)"
        )
        columns = [sorted(column) for column in map(set, zip(*keys, strict=True))] or [[]] * len(Key._fields)
        values = dict(zip(("kpis", "firsts", "lasts", "areas", "breakdowns"), columns, strict=True))
        wanted = set(keys)
        found = {key: entry for key, entry in self._read(condition, values).items() if key in wanted}
        return self._given_out(found, wanted) if self.leaves else found

    def parts(self, kpi: str, period: Period, area_id: int, breakdown: str) -> dict[Key, Entry]:
        """The newest revision of each value of that breakdown; by `area`: of each area below the given one."""
        condition = "o.area_id = %(area)s and starts_with(o.breakdown, %(named)s)"
        if breakdown == "area":
            condition = (
                "o.breakdown = '' and o.area_id <> %(area)s"
                " and o.area_id = any((select serving.areas_within(%(area)s::integer))::integer[])"
            )
        found = self._read(
            f"{condition} and o.kpi = %(kpi)s and o.first_day = %(first)s and o.last_day = %(last)s",
            {"area": area_id, "named": f"{breakdown}=", "kpi": kpi, "first": period.first, "last": period.last},
        )
        return self._given_out(found, list(found)) if self.leaves else found

    def _read(self, condition: str, values: Mapping[str, Any]) -> dict[Key, Entry]:
        until = None if self.as_of is None else datetime.combine(self.as_of + timedelta(days=1), time(), VIETNAM)
        is_latest = "o.is_latest" if self.leaves and self.as_of else "true as is_latest"
        rows = self.once.connection.execute(
            "select o.*, d.body ->> 'measure', d.unit from (select distinct on (o.kpi, o.first_day, o.last_day,"
            " o.area_id, o.breakdown) o.kpi, o.first_day, o.last_day, o.area_id, o.breakdown, o.revision, o.value,"
            " o.numerator, o.denominator, o.status, o.reason_vi, o.reason_en, o.data_as_of, o.definition_version,"
            f" o.cause, o.recorded_at, {is_latest} from serving.kpi_observations as o"
            f" where o.province_id = %(own)s and {condition}"
            " and (%(until)s::timestamptz is null or o.recorded_at < %(until)s)"
            " order by o.kpi, o.first_day, o.last_day, o.area_id, o.breakdown, o.revision desc) as o"
            " join serving.kpi_definitions as d on d.kpi = o.kpi and d.version = o.definition_version"
            " order by o.kpi, o.first_day, o.last_day, o.area_id, o.breakdown".encode(),
            {"own": self.province.province_id, "until": until, **values},
        ).fetchall()
        entries = {}
        for *row, measure, unit in rows:
            key = Key(*row[:5])
            entries[key] = Entry(key, measure, unit, *row[5:])
        return entries

    def _given_out(self, entries: dict[Key, Entry], keys: Collection[Key]) -> dict[Key, Entry]:
        """The entries that leave the hub. One that does not has no value and a reason, whether or not anything is kept
        under its key: that there are records at all would tell how many others have."""
        about = {key: self.catalogue.definitions.get(key.kpi) for key in keys}
        own: dict[Key, list[Count]] = {
            key: counts_of(definition, Period(key.first, key.last), key.area_id, key.breakdown)
            for key, definition in about.items()
            if definition and definition.about_persons
        }
        if not own:
            return entries
        counts: dict[str, list[Count]] = defaultdict(list)
        for key, needed in own.items():
            counts[key.kpi] += needed
        without = {
            (key.kpi, count)
            for key, needed in own.items()
            if key not in entries or not (entries[key].denominator or entries[key].value)
            for count in needed
            if count.breakdown
        }
        hidden = withheld(self.once.connection, self.province, counts, without)
        judged = self.once(judged_to, self.province)
        found = dict(entries)
        for key, needed in own.items():
            entry = entries.get(key)
            reason = None
            if any((key.kpi, count) in hidden for count in needed):
                reason = WITHHELD
            elif entry and (key.kpi not in judged or entry.recorded_at > judged[key.kpi]):
                reason = UNJUDGED
            elif (entry is None and self.as_of) or (entry and not entry.is_latest):
                reason = EARLIER
            if reason:
                found[key] = _withheld(key, about[key], reason)
        return found

    def figure(
        self, question: Question, definition: Definition, place: Area | None, entry: Entry | None, **more: Any
    ) -> Figure:
        """The figure of an entry; missing where there is none, or it has no value. `definition` is the newest; `more`
        are further members of the figure, or the reason where it is known already."""
        if "reason" not in more:
            more["reason"] = self.why(question, definition, entry)
        target = None
        if place is None or place.level == "province":
            measured, year = entry or definition, question.period.last.year
            target = self.catalogue.find_target(self.province.code, question.kpi, measured, question.breakdown, year)
        loaded_at = None if self.as_of else newest_load(self._loaded, definition)
        known: dict[str, Any] = {"status": "missing", "definition_version": definition.version, "loaded_at": loaded_at}
        if entry is not None and not entry.withheld:
            taken = ("status", "value", "numerator", "denominator", "data_as_of", "definition_version", "revision")
            known |= {name: getattr(entry, name) for name in (*taken, "recorded_at", "cause")}
            known["attainment"] = attainment(definition.good, entry.value, target)
            if self.as_of:
                known["loaded_at"] = entry.recorded_at
        measured = definition if entry is None or entry.withheld else entry
        return Figure(
            question=question,
            definition=definition,
            place=place,
            measure=measured.measure,
            unit=measured.unit,
            target=target,
            origin="published",
            **known,
            **more,
        )

    def why(self, question: Question, definition: Definition, entry: Entry | None) -> Reason | None:
        """Why a figure is missing, as it was kept, or provisional, by the same rules as when it was published; of an
        official one which refused records it leaves out.

        As of a day no rule is asked, since sources and data have gone on."""
        if entry is None:
            return None if self.as_of is None else _unpublished(self.as_of)
        if entry.withheld:
            return entry.withheld
        if entry.value is None and entry.reason_vi and entry.reason_en:
            return in_titles(Text(entry.reason_vi, entry.reason_en), definition, self.catalogue)
        if entry.value is None:
            return _NO_FIGURE if self.as_of else None
        is_official = entry.status != "provisional"
        if self.as_of is not None or (is_official and not self._has_waivers):
            return None
        covered = coverage(self.once, self.province, definition)
        formula = definition.formula(definition.measure)
        since = start_day(formula, definition.measure, question.period)
        available = judge(formula, covered, question.period, since)
        if is_official:
            return available.waived
        return (
            available.provisional
            or lateness_passed(
                definition, question.period.last, self.now or datetime.now(VIETNAM), self.catalogue.sources
            )
            or _NOT_OFFICIAL
        )


def entry_at(entry: Entry, moment: Moment, entries: Entries) -> Entry | None:
    """What `entries` hold of the same KPI and slice at another moment."""
    period, area_id = moment
    if area_id is None:
        return None
    return entries.get(Key(entry.key.kpi, period.first, period.last, area_id, entry.key.breakdown))


def change_since(entry: Entry, moment: Moment, entries: Entries) -> Change:
    """How far an entry's value is from that of another moment, as far as `entries` hold it."""
    period, area_id = moment
    if area_id is None:
        return change(entry.value, entry.unit, period, None, _NOT_THERE)
    other = entry_at(entry, moment, entries)
    if other is None or other.value is None:
        reason = other.withheld if other and other.withheld else _NOT_PUBLISHED
        return change(entry.value, entry.unit, period, None, reason)
    return compare(entry, period, other)


def _withheld(key: Key, definition: Definition | None, reason: Reason) -> Entry:
    """What is told of an entry that does not leave the hub: nothing of its own."""
    measure, unit = (definition.measure, definition.unit) if definition else ("", "")
    version = definition.version if definition else 1
    never = datetime.min.replace(tzinfo=VIETNAM)
    return Entry(
        *(key, measure, unit, 0, None, None, None, "missing", None, None, None, version, "first", never, True, reason)
    )


def _unpublished(day: date) -> Reason:
    return msg("nothing was published of this by {day}", day=day)


def observed(
    connection: Connection, question: Question, now: datetime | None = None, *, catalogue: Catalogue
) -> Figure:
    """The figure as it was published, at the end of the day `question.as_of`: of the whole province, of one area or of
    one value of one breakdown. Raises WrongQuestion as `resolve` does."""
    once, definition = Once(connection), catalogue.find(question.kpi)
    asked = resolve(once, question, catalogue, definition)
    key = key_of(asked)
    history = History(once, asked.province, catalogue, question.as_of, now)
    return history.figure(asked.question, definition, asked.place, history.entries([key]).get(key) if key else None)


def key_of(asked: Calculation) -> Key | None:
    """Under which the figure of a question is kept, if it is; None where areas are not loaded."""
    if asked.place is None:
        return None
    period = asked.asked
    return Key(asked.definition.id, period.first, period.last, asked.place.area_id, asked.question.breakdown)


def revisions(connection: Connection, asked: Calculation) -> list[dict[str, Any]]:
    """Everything that was published of a question's figure, the oldest first; empty where it is not kept."""
    key = key_of(asked)
    if key is None or asked.measure != asked.definition.measure:
        return []
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select revision, value, numerator, denominator, status, cause, cause_batch_id, definition_version,"
            " recorded_at, superseded_at from serving.kpi_observations where province_id = %s and kpi = %s"
            " and first_day = %s and last_day = %s and area_id = %s and breakdown = %s order by revision",
            (asked.province.province_id, *key),
        ).fetchall()
