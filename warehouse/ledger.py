"""The ledger: who may write a feed, what each batch did, how far a feed is loaded.

A feed of a province is claimed by a lock, which a kill releases, and by a fencing token, which stops a claimant that
was believed dead, or whose lock is lost, from publishing after its successor.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.multirange import Multirange

from hub.errors import Abort, Retry
from hub.periods import VIETNAM
from hub.translation import Wording, msg
from warehouse import locks, seals, trail

Connection = psycopg.Connection[Any]
INTERRUPTED = msg("interrupted; the next run loads the interval again")
_TOLD = (
    "({0}.first_day, {0}.last_day, {0}.kind, {0}.spec_sha256, {0}.fetched, {0}.quarantined, {0}.is_provisional,"
    " {0}.complete_to, {0}.settled_to,"
    " array(select d.deliverer from ledger.delivery as d where d.batch_id = {0}.batch_id order by 1))"
)
IS_NEWS = (
    f"(b.changed_from is not null or {_TOLD.format('b')} is distinct from (select row{_TOLD.format('p')}"
    " from ledger.batch as p"
    " where p.province_id = b.province_id and p.source = b.source and p.feed = b.feed and p.status = 'published'"
    " and p.batch_id < b.batch_id and p.first_day <= b.last_day and p.last_day >= b.first_day"
    " order by p.batch_id desc limit 1))"
)
"""Of a published batch `b`: whether it changed a fact, or tells another thing of its days than the batch that told
something of one of them before it. A source that is asked each minute mostly tells the same again."""


@dataclass(frozen=True)
class BatchAccount:
    """Where every record of a batch went. It balances or nothing is published.

    `repeated` counts the times that a record came again in the same read, beside `fetched`, which counts it once. A
    source may have counted the repetitions on one page as records of its own.
    """

    fetched: int = 0
    loaded: int = 0
    unchanged: int = 0
    superseded: int = 0
    quarantined: int = 0
    removed: int = 0
    repeated: int = 0
    declared: int | None = None
    changed_from: date | None = None

    def balances(self) -> bool:
        return self.fetched == self.loaded + self.unchanged + self.superseded + self.quarantined and (
            self.declared is None or self.fetched <= self.declared <= self.fetched + self.repeated
        )


@dataclass(frozen=True)
class Batch:
    """An attempt to load a slice of a feed."""

    batch_id: int
    province_id: int
    source: str
    feed: str
    first_day: date
    last_day: date
    token: int

    def extent(self, read_at: datetime, lateness: timedelta) -> "Extent":
        """What of its days a reading that began at `read_at` holds, of records that come up to `lateness` late."""
        return Extent(read_at, self._ended_before(read_at), self._ended_before(read_at - lateness))

    def _ended_before(self, moment: datetime) -> date | None:
        last = min(self.last_day, moment.astimezone(VIETNAM).date() - timedelta(days=1))
        return last if last >= self.first_day else None


@dataclass(frozen=True)
class Extent:
    """When a batch was read, the last of its days that had ended then, and the last whose late records had come, too;
    None where there is none."""

    read_at: datetime
    complete_to: date | None
    settled_to: date | None


@dataclass(frozen=True)
class FeedCoverage:
    """Days of a feed: of which a batch was tried, and which were read for good."""

    tried: Multirange[date]
    settled: Multirange[date]


def province_id(connection: Connection, code: str, area: str) -> int:
    """The province's key. Raises Abort when the hub's reference data do not know the code, or another area for it."""
    row = connection.execute(
        "select province_id, area_code from warehouse.dim_province where code = %s", [code]
    ).fetchone()
    if row is None:
        raise Abort(
            msg(
                "Province {code!r} is not in this hub's reference data: add its organisations to"
                " reference/organisations.csv, then run `ioc db migrate`",
                code=code,
            ),
        )
    if row[1] != area:
        raise Abort(
            msg(
                "The settings give province {code} the area {area!r}, the reference data {row!r}: mend one",
                code=code,
                area=area,
                row=row[1],
            ),
        )
    return int(row[0])


def province_of(connection: Connection, batch_id: int) -> str | None:
    """Code of the province whose batch it is; None when there is no such batch."""
    row = connection.execute(
        "select p.code from ledger.batch join warehouse.dim_province as p using (province_id) where batch_id = %s",
        [batch_id],
    ).fetchone()
    return str(row[0]) if row else None


@contextmanager
def claim(connection: Connection, guard: Connection, province: int, source: str, feed: str) -> Iterator[int]:
    """Holds the feed by `guard` (of `locks.hold`) and gives the fencing token. Raises Retry when another session holds
    it.

    Batches that an earlier claimant left running are marked failed: their claim is gone, so they cannot publish.
    """
    with locks.hold(guard, f"feed/{province}/{source}/{feed}", wait=False) as held:
        if not held:
            raise Retry(
                msg(
                    "{source}.{feed} is being loaded by another run; try again when it has finished",
                    source=source,
                    feed=feed,
                ),
                after=20,
            )
        row = connection.execute(
            "insert into ledger.claim (province_id, source, feed, token) values (%s, %s, %s, 1)"
            " on conflict (province_id, source, feed)"
            " do update set token = claim.token + 1, claimed_at = now() returning token",
            [province, source, feed],
        ).fetchone()
        interrupted = connection.execute(
            "update ledger.batch set status = 'failed', reason_en = %s, reason_vi = %s, is_own_fault = true,"
            " finished_at = clock_timestamp() where province_id = %s and source = %s and feed = %s"
            " and status = 'running' returning batch_id",
            [INTERRUPTED.en, INTERRUPTED.vi, province, source, feed],
        ).fetchall()
        seal_interrupted(connection, province, source, feed, [batch_id for (batch_id,) in interrupted])
        connection.commit()
        yield int(row[0]) if row else 0


def seal_interrupted(connection: Connection, province: int, source: str, feed: str, batches: Sequence[int]) -> None:
    """Seals what is kept of batches that ended without being judged, and writes the entry of the trail."""
    if not batches:
        return
    seal = seals.Seal(connection, seals.of_feed(province, source, feed), "interruption")
    seal.add_batches(batches)
    close_seal(connection, seal, "load", f"feed/{source}/{feed}", batches)


def close_seal(
    connection: Connection, seal: seals.Seal, act: trail.Act, subject: str, batches: Sequence[int], **values: trail.Json
) -> None:
    """Ends the seal over batches; the entry of the trail tells the account and the specification of each."""
    accounts: list[trail.Json] = [
        account
        for (account,) in connection.execute(
            "select jsonb_strip_nulls(jsonb_build_object('batch', batch_id, 'from', first_day, 'to', last_day,"
            " 'status', status, 'declared', declared, 'fetched', fetched, 'loaded', loaded, 'unchanged', unchanged,"
            " 'superseded', superseded, 'quarantined', quarantined, 'removed', removed, 'specification', spec_sha256,"
            " 'provisional', nullif(is_provisional, false), 'reason', left(reason_vi, 500)))"
            " from ledger.batch where batch_id = any(%s) order by batch_id",
            [list(batches)],
        )
    ]
    seal.close(act, subject, province=province_of(connection, batches[0]), after={"batches": accounts, **values})


def open_batch(
    connection: Connection,
    province: int,
    source: str,
    feed: str,
    days: tuple[date, date],
    token: int,
    spec_sha256: str,
    replayed: int | None = None,
    run_id: int | None = None,
) -> Batch:
    """Writes a running batch for the slice `days`; `replayed` names the batch whose quarantine it loads again, `run_id`
    the first batch of the load that it belongs to, where that is another."""
    row = connection.execute(
        "insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, kind,"
        " replayed_batch_id, run_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning batch_id",
        [province, source, feed, *days, token, spec_sha256, "replay" if replayed else "fetch", replayed, run_id],
    ).fetchone()
    if run_id is None:
        connection.execute("update ledger.batch set run_id = batch_id where batch_id = %s", row)
    connection.commit()
    if row is None:
        raise Abort(msg("The ledger did not take the batch"))
    return Batch(row[0], province, source, feed, *days, token)


def erased_codes(connection: Connection, province: int, source: str, feed: str) -> set[str]:
    """The pseudonyms of a feed's erased codes."""
    rows = connection.execute(
        "select pseudonym from ledger.erased_code where province_id = %s and source = %s and feed = %s",
        [province, source, feed],
    )
    return {pseudonym for (pseudonym,) in rows}


def hold(connection: Connection, batch: Batch) -> None:
    """Inside the publishing transaction: raises Retry when a later claimant has taken the feed over."""
    row = connection.execute(
        "select token from ledger.claim where province_id = %s and source = %s and feed = %s for update",
        [batch.province_id, batch.source, batch.feed],
    ).fetchone()
    if row is None or row[0] != batch.token:
        raise Retry(
            msg(
                "Batch {batch_id} of {source}.{feed} was overtaken by a later run",
                batch_id=batch.batch_id,
                source=batch.source,
                feed=batch.feed,
            ),
        )


def close(
    connection: Connection,
    batch: Batch,
    status: str,
    account: BatchAccount,
    reason: Wording | None = None,
    extent: Extent | None = None,
    is_provisional: bool = False,
    is_own_fault: bool = False,
) -> None:
    """Writes the batch's end, what of its days was read, whether figures of these are provisional for what was refused,
    and whether it failed by the hub's own fault. The database refuses a published batch whose account does not
    balance."""
    connection.execute(
        "update ledger.batch set status = %s, declared = %s, fetched = %s, repeated = %s, loaded = %s, unchanged = %s,"
        " superseded = %s, quarantined = %s, removed = %s, changed_from = %s, reason_vi = %s, reason_en = %s,"
        " read_at = %s, complete_to = %s, settled_to = %s, is_provisional = %s, is_own_fault = %s,"
        " finished_at = clock_timestamp() where batch_id = %s",
        [
            status,
            account.declared,
            account.fetched,
            account.repeated,
            account.loaded,
            account.unchanged,
            account.superseded,
            account.quarantined,
            account.removed,
            account.changed_from,
            reason and reason.vi,
            reason and reason.en,
            extent and extent.read_at,
            extent and extent.complete_to,
            extent and extent.settled_to,
            is_provisional,
            is_own_fault or None,  # null changes no seal
            batch.batch_id,
        ],
    )


def advance(connection: Connection, batch: Batch, cursor: str | None) -> None:
    """Moves the watermark, never back: repairing an old interval leaves it where it is."""
    connection.execute(
        "insert into ledger.watermark (province_id, source, feed, covered_to, cursor, batch_id)"
        " values (%s, %s, %s, %s, %s, %s) on conflict (province_id, source, feed) do update"
        " set covered_to = excluded.covered_to, cursor = excluded.cursor, batch_id = excluded.batch_id"
        " where watermark.covered_to <= excluded.covered_to",
        [batch.province_id, batch.source, batch.feed, batch.last_day, cursor, batch.batch_id],
    )


def cursor_after(connection: Connection, province: int, source: str, feed: str, first_day: date) -> str | None:
    """The cursor to go on from when the interval begins right after what is loaded; None asks to open one anew."""
    row = connection.execute(
        "select cursor from ledger.watermark where province_id = %s and source = %s and feed = %s"
        " and covered_to + 1 = %s",
        [province, source, feed, first_day],
    ).fetchone()
    return row[0] if row else None


def record_deliveries(
    connection: Connection, batches: Sequence[int], column: str, delivered: Mapping[int, Mapping[str, int]]
) -> None:
    """Keeps whose records the batches brought: by batch the accepted ones of each code in `column`."""
    connection.execute(
        "update ledger.batch set deliverer_column = %s where batch_id = any(%s)", [column, list(batches)]
    )
    rows = [(batch, deliverer, records) for batch in batches for deliverer, records in delivered.get(batch, {}).items()]
    with connection.cursor() as cursor:
        cursor.executemany("insert into ledger.delivery (batch_id, deliverer, records) values (%s, %s, %s)", rows)


def coverage(connection: Connection, province: int, source: str, feed: str, *, by_several: bool) -> FeedCoverage:
    """Which days of a feed were tried, and which of them published batches settled: all records have come, of everyone
    who was to deliver where the feed is delivered `by_several`, and few of them were refused."""
    missing = (
        " - coalesce((select range_agg(daterange(first_day, last_day, '[]')) from serving.deliverers where province_id"
        " = %(province)s and source = %(source)s and feed = %(feed)s and is_expected and delivered_at is null), '{}')"
    )
    query = (
        "select range_agg(daterange(first_day, last_day, '[]')), range_agg(daterange(first_day, settled_to, '[]'))"
        " filter (where status = 'published' and settled_to is not null)"
        f"{missing if by_several else ''}"  # of other feeds planning it would cost more than all else of a small load
        " - coalesce((select provisional from serving.freshness where province_id = %(province)s"
        " and source = %(source)s and feed = %(feed)s), '{}') from ledger.batch where province_id = %(province)s"
        " and source = %(source)s and feed = %(feed)s and kind = 'fetch'"
    )
    row = connection.execute(query.encode(), {"province": province, "source": source, "feed": feed}).fetchone()
    tried, settled = row or (None, None)
    return FeedCoverage(tried or Multirange(), settled or Multirange())


def have_news(connection: Connection, province: int, source: str, feed: str, since: int | None) -> bool:
    """Whether a published batch of the feed is news that not all of its KPIs reflect, whichever load published it: one
    that was killed, or failed at another slice, has told nobody. Where no KPI reflects any batch, those from the batch
    `since` on count, if there is one."""
    query = (
        "select exists (select from ledger.batch as b where b.province_id = %(province)s and b.source = %(source)s"
        " and b.feed = %(feed)s and b.status = 'published' and b.batch_id > coalesce((select min(r.batch_id)"
        " from kpi.refresh as r where r.province_id = b.province_id and r.source = b.source and r.feed = b.feed),"
        f" %(since)s::bigint - 1) and {IS_NEWS})"
    )
    values = {"province": province, "source": source, "feed": feed, "since": since}
    return connection.execute(query.encode(), values).fetchone() == (True,)


def usual_size(connection: Connection, batch: Batch) -> float | None:
    """Records a day, the median of the last ten published batches of the feed; None before there are three."""
    row = connection.execute(
        "select percentile_cont(0.5) within group (order by fetched::float / (last_day - first_day + 1)), count(*)"
        " from (select fetched, first_day, last_day from ledger.batch where province_id = %s and source = %s"
        " and feed = %s and status = 'published' and kind = 'fetch' order by batch_id desc limit 10) recent",
        [batch.province_id, batch.source, batch.feed],
    ).fetchone()
    return float(row[0]) if row and row[1] >= 3 else None
