"""Keep the values of standard periods as observations that follow the facts, revision by revision.

What is to be done is read from the ledger: published batches of the KPI's feeds that its observations do not reflect
yet. All of one KPI happens in one transaction, so a kill leaves it undone as a whole, and the next run does it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from psycopg import IsolationLevel

from hub.periods import VIETNAM, Period, standard_periods
from kpis import disclosure_judgement
from kpis.availability import coverage, lateness_passed
from kpis.catalogue import Catalogue
from kpis.definition import Definition, Kind
from kpis.history import Cause
from kpis.memo import Once
from kpis.observations import figures_of
from kpis.revisions import PeriodCause, Revision, SliceFigure, write
from kpis.version_records import record
from kpis.versions import Versions, versions
from warehouse import bi_sessions, locks, statistics
from warehouse.database import connect
from warehouse.ledger import IS_NEWS
from warehouse.serving import Connection, Province, find_province

Follow = Callable[[Connection, Province, Definition, Sequence[Revision]], None]
"""What else is to happen with new revisions of whole periods, in the transaction that writes them."""
_SIDE_BY_SIDE = 2
"""KPIs that are computed at the same time: while the server sums up for one, what it found for the other is written."""
PublishedPeriods = Mapping[Period, tuple[int, bool]]
"""Period → definition version of its newest revision, and whether that is provisional."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh or a recomputation did for one KPI."""

    kpi: str
    periods: int
    """Periods that were computed again."""
    revisions: int
    """Revisions that were written, of the whole province and of its areas and breakdown values."""
    changes: Sequence[Revision] = ()
    """Of these the whole province's."""


@dataclass(frozen=True)
class Batch:
    """A published batch that a KPI's observations do not reflect yet, and the days whose facts it can change."""

    batch_id: int
    source: str
    feed: str
    first: date
    last: date
    is_news: bool
    """Whether it changed a fact, or says another thing of its days than the batch before it."""


def refresh(
    url: str,
    province: str,
    kpis: Iterable[str] | None = None,
    now: datetime | None = None,
    follow: Follow | None = None,
    *,
    catalogue: Catalogue,
) -> list[Refreshed]:
    """Bring a province's observations up to date with the facts, two KPIs at a time; again at once changes nothing.

    Only KPIs of which a feed was published since, or that have a period to be said anew, are looked at.
    A period that was published before stays with the version of the definition under which it last was; a new one
    takes the version in force on its last day. `follow` is called with each KPI's changes before they are
    committed, from either of two threads.
    Raises Abort when a definition was changed without raising its version, WrongQuestion for an unknown name.
    """
    wanted = list(catalogue.definitions.values()) if kpis is None else [catalogue.find(kpi) for kpi in kpis]
    with connect(url, "loader") as connection, closing(connect(url, "loader")) as guard:
        own = find_province(connection, province)
        _record_all(connection, wanted)
        bi_sessions.end_in_the_way(connection)
        statistics.renew(connection)
        connection.commit()
        once = Once(connection)  # of which no answer is kept: each run reads what it takes in by itself
        runs = (_Run(connection, guard, own, one, now, follow, catalogue) for one in wanted)
        stale = [run.definition for run in runs if run.is_stale(once)]
        connection.commit()
        waiting = iter(stale)  # from which both take, one KPI each time

        def work() -> list[Refreshed]:
            with connect(url, "loader") as own_connection, closing(connect(url, "loader")) as own_guard:
                return [_Run(own_connection, own_guard, own, one, now, follow, catalogue).update() for one in waiting]

        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            working = [pool.submit(work) for _ in range(_SIDE_BY_SIDE)]
            try:
                done = {one.kpi: one for ended in as_completed(working) for one in ended.result()}
            finally:
                deque(waiting, maxlen=0)  # after an error, or Ctrl-C, no other KPI is begun
        disclosure_judgement.renew(connection, guard, own, catalogue)
        statistics.renew(connection)
        return [done.get(definition.id, Refreshed(definition.id, 0, 0)) for definition in wanted]


def recompute(
    url: str,
    province: str,
    kpis: Iterable[str],
    first: date | None = None,
    last: date | None = None,
    now: datetime | None = None,
    follow: Follow | None = None,
    *,
    catalogue: Catalogue,
) -> list[Refreshed]:
    """Compute the standard periods that lie between `first` and `last` again, by the definitions in force now.

    What differs becomes a revision with cause `definition` where the version is another one than before, else
    `recompute`. News in the facts are taken in first, so that they keep the batch as their cause.
    Raises as refresh does.
    """
    wanted = [catalogue.find(kpi) for kpi in kpis]
    with connect(url, "loader") as connection, closing(connect(url, "loader")) as guard:
        own = find_province(connection, province)
        _record_all(connection, wanted)
        done = []
        for definition in wanted:
            run = _Run(connection, guard, own, definition, now, follow, catalogue)
            run.update()
            done.append(run.again(Period(first or date.min, last or date.max)))
        disclosure_judgement.renew(connection, guard, own, catalogue)
        return done


def _record_all(connection: Connection, definitions: Iterable[Definition]) -> None:
    for definition in definitions:
        record(connection, definition)
    connection.commit()


@dataclass(frozen=True)
class _Run:
    """One KPI of one province on one connection, beside the one that holds its lock."""

    connection: Connection
    guard: Connection
    province: Province
    definition: Definition
    """The file's; it says which feeds to follow."""
    now: datetime | None
    follow: Follow | None
    catalogue: Catalogue

    def is_stale(self, once: Once) -> bool:
        """Whether there is anything to take in or to say."""
        if new_batches(self.connection, self.province, self.definition):
            return True
        return bool(self._due(once, published_periods(self.connection, self.province, self.definition.id)))

    def update(self) -> Refreshed:
        """Take in what the facts have that the observations have not, in one transaction."""
        with self._alone():
            batches = new_batches(self.connection, self.province, self.definition)
            before = published_periods(self.connection, self.province, self.definition.id)
            once = Once(self.connection)
            done = self._publish(once, self._touched(once, batches, before), before, [b for b in batches if b.is_news])
            for (source, feed), batch_id in {(b.source, b.feed): b.batch_id for b in batches}.items():
                self.connection.execute(
                    "insert into kpi.refresh (province_id, kpi_id, source, feed, batch_id) values (%s, %s, %s, %s, %s)"
                    " on conflict (province_id, kpi_id, source, feed)"
                    " do update set batch_id = excluded.batch_id, refreshed_at = excluded.refreshed_at",
                    (self.province.province_id, self.definition.id, source, feed, batch_id),
                )
        return done

    def again(self, days: Period) -> Refreshed:
        """Compute what lies in `days` by the definitions in force, in one transaction."""
        with self._alone():
            once = Once(self.connection)
            before, covered = published_periods(self.connection, self.province, self.definition.id), self._covered(once)
            periods = {*before, *(standard_periods(covered.first, covered.last) if covered else ())}
            inside = sorted(p for p in periods if days.first <= p.first and p.last <= days.last)
            return self._publish(once, inside, before, None)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One run of a KPI at a time. The lock is taken before the transaction, whose snapshot then holds what the run
        before has written; a kill releases it. A run whose guard is lost is rolled back; where that happens during its
        commit, the keys of observations and kpi.refresh let only one of two runs through."""
        connection = self.connection
        with locks.hold(self.guard, f"kpi/{self.province.province_id}/{self.definition.id}"):
            isolation, connection.isolation_level = connection.isolation_level, IsolationLevel.REPEATABLE_READ
            try:
                with connection.transaction():
                    yield
                    locks.check(self.guard)
            finally:
                if not connection.closed:
                    connection.isolation_level = isolation

    def _covered(self, once: Once) -> Period | None:
        spans = coverage(once, self.province, self.definition).spans
        return Period(spans[0][0], spans[-1][1]) if spans else None

    def _touched(self, once: Once, batches: Sequence[Batch], before: PublishedPeriods) -> list[Period]:
        """Periods whose figure can differ: from the first changed day on to the last covered one, and those that are
        due."""
        periods, covered = self._due(once, before), self._covered(once)
        if covered is not None and (changed := [batch.first for batch in batches if batch.is_news]):
            periods.update(standard_periods(max(covered.first, min(changed)), covered.last))
        return sorted(periods)

    def _due(self, once: Once, before: PublishedPeriods) -> set[Period]:
        """Periods that were never published, and those whose provisional figure may be official by now, as no delivery
        for them is waited for any more."""
        covered = self._covered(once)
        if covered is None:
            return set()
        now, known = self.now or datetime.now(VIETNAM), self.catalogue.sources
        periods = {
            period
            for period, (_, provisional) in before.items()
            if provisional
            and period.last <= covered.last
            and lateness_passed(self.definition, period.last, now, known) is None
        }
        periods.update(p for p in standard_periods(covered.first, covered.last) if p not in before)
        return periods

    def _publish(
        self,
        once: Once,
        periods: Sequence[Period],
        before: PublishedPeriods,
        batches: Sequence[Batch] | None,
    ) -> Refreshed:
        """Compute the periods and write what differs; without `batches` by the definitions in force."""
        if not periods:
            return Refreshed(self.definition.id, 0, 0)
        kept = versions(self.connection, self.definition.id)
        computed, figures = figures_again(once, self.province, kept, before, periods, batches, self.now, self.catalogue)
        revisions, changes = write(self.connection, self.province, self.definition, computed, figures)
        if self.follow and changes:
            self.follow(self.connection, self.province, self.definition, changes)
        return Refreshed(self.definition.id, len(periods), revisions, tuple(changes))


def new_batches(connection: Connection, province: Province, definition: Definition) -> list[Batch]:
    """The published batches of the KPI's feeds that its observations do not reflect yet, in the order of their ids.
    Batches of one feed are published in that order, those of different feeds are not: each feed is followed on its
    own."""
    feeds = definition.feeds
    rows = connection.execute(
        f"select b.batch_id, b.source, b.feed, least(b.changed_from, b.first_day), b.last_day, {IS_NEWS}"
        " from unnest(%s::text[], %s::text[]) as f (source, feed)"
        " join ledger.batch as b on b.province_id = %s and b.source = f.source and b.feed = f.feed"
        " left join kpi.refresh as r on r.province_id = b.province_id and r.kpi_id = %s"
        " and r.source = b.source and r.feed = b.feed"
        " where b.status = 'published' and b.batch_id > coalesce(r.batch_id, 0) order by b.batch_id".encode(),
        (
            [source for source, _ in feeds],
            [feed for _, feed in feeds],
            province.province_id,
            definition.id,
        ),
    ).fetchall()
    return [Batch(*row) for row in rows]


def published_periods(connection: Connection, province: Province, kpi: str) -> PublishedPeriods:
    """The periods of which a KPI was published."""
    wholes = connection.execute(
        "select area_id from serving.areas where area = %s and level = 'province'", (province.area,)
    ).fetchall()
    rows = connection.execute(
        "select first_day, last_day, definition_version, status = 'provisional' from serving.kpi_observations"
        " where province_id = %s and kpi = %s and is_latest and breakdown = '' and area_id = any(%s)",
        (province.province_id, kpi, [area_id for (area_id,) in wholes]),
    ).fetchall()
    return {Period(first, last): (version, provisional) for first, last, version, provisional in rows}


def figures_again(
    once: Once,
    province: Province,
    kept: Versions,
    before: PublishedPeriods,
    periods: Iterable[Period],
    batches: Sequence[Batch] | None,
    now: datetime | None,
    catalogue: Catalogue,
) -> tuple[list[PeriodCause], list[SliceFigure]]:
    """All figures of these periods as they are now, to be compared with what is published; without `batches` by the
    definitions in force."""
    governed: dict[int, list[Period]] = {}
    for period in periods:
        last_version, _ = before.get(period, (None, False))
        definition = kept.in_force(period.last) if batches is None else kept.of(last_version, period.last)
        governed.setdefault(definition.version, []).append(period)
    computed: list[PeriodCause] = []
    figures: list[SliceFigure] = []
    for version, own in governed.items():
        definition = kept.kept[version]
        found = figures_of(once, province, definition, own, now, catalogue)
        for period, (whole, of_period) in zip(own, found, strict=True):
            cause: Cause | None = "recompute" if batches is None else None
            if before.get(period, (version, False))[0] != version:
                cause = "definition"
            meeting, newest = _causes(batches or (), definition.kind, period)
            computed.append(PeriodCause(period.first, period.last, *whole, version, cause, meeting, newest))
            figures += of_period
    return computed, figures


def _causes(batches: Iterable[Batch], kind: Kind, period: Period) -> tuple[int | None, int | None]:
    """Of the new batches the newest whose days meet the period, and the newest that begins before it ends.

    A stock is carried on from day to day, so that every batch which begins before the period ends meets it.
    """
    earlier = [batch for batch in batches if batch.first <= period.last]
    carried = kind in ("stock", "cumulative")
    meeting = [batch.batch_id for batch in earlier if carried or batch.last >= period.first]
    return max(meeting, default=None), max((batch.batch_id for batch in earlier), default=None)
