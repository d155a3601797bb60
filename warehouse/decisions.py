"""Ways out of quarantine: what was decided about refused records, by whom and why. Evidence itself is never changed.

A refused record is open until it is mended and accepted by a replay, superseded by a later record, waived by an auditor
(official figures may do without it) or rejected for good (it is no record, and no replay takes it). One way is taken
once: who decides holds the batch until the end of the transaction. Figures of a slice are provisional while more of its
records are open than official figures allow, see docs/decisions/0028.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import sql

from connectors.specification import Feed, Source
from hub.errors import Abort, Retry
from hub.texts import clean
from hub.translation import msg
from warehouse import ledger, quality, trail
from warehouse.quality_dimensions import VALUES
from warehouse.serving_views import TWIN, read_view, view_files

Connection = psycopg.Connection[Any]
Way = Literal["waived", "rejected", "assigned"]
LONGEST_REASON = 500
_SURE = 1.96
"""Standard deviations within which 95 % of the shares of a sample lie."""
_OPEN = (
    "q.replay_batch_id is null and not exists (select from quality.decision as d"
    " where d.quarantine_id = q.quarantine_id and d.way <> 'assigned')"
)
"""Of a row q of quarantine: that it has no way out yet."""


@dataclass(frozen=True)
class DecisionResult:
    """How many records a decision was about, and whether figures of their slice are no longer provisional for it."""

    batch_id: int
    records: int
    released: bool


_MAKE = """
create or replace function quality.hold_batch(number bigint) returns void
language sql security definer set search_path = pg_catalog as $$
    select from ledger.batch where batch_id = number and status <> 'running' for no key update
$$;
comment on function quality.hold_batch(bigint) is 'Wait until nobody else decides about records of the batch';
revoke all on function quality.hold_batch(bigint) from public;
"""


def make_function(connection: Connection) -> None:
    """Make the function by which batches are held, within the caller's transaction; the caller owns the table. Locking
    a row takes the right to change it, which accounts have not."""
    connection.execute(_MAKE)


def allowed(share: float, count: int) -> int:
    """How many of so many records may be refused: those whose share does not differ from the allowed one by more than
    chance does (Wilson's score interval, 95 %), at least one, and never all."""
    if share == 1:
        return count
    by_chance = _SURE * math.sqrt(count * share * (1 - share))
    return max(0, min(count - 1, max(1, int(count * share + by_chance))))


def decide(
    connection: Connection,
    way: Way,
    batch_id: int,
    records: Sequence[int] | None,
    reason: str,
    sources: Mapping[str, Source],
    actor: str | None = None,
    assignee: str | None = None,
) -> DecisionResult:
    """Waives open records of a batch, rejects them for good, or assigns them to an `assignee`, which is the login of an
    account or the code of an organisation of the province: the numbered `records`, or all. To waive a batch without
    open records confirms that its values are true which are unlike those before. Within the caller's
    transaction, of a connection as accounts or loader; until that ends nobody else decides about the batch.

    Raises Abort without a reason, for an unknown batch or assignee, and when one of the records is not open in it.
    """
    reason, who = _checked(reason), actor or trail.process_actor()
    connection.execute("select quality.hold_batch(%s)", [batch_id])
    batch = connection.execute(
        "select p.code, b.source, b.feed from ledger.batch as b join warehouse.dim_province as p using (province_id)"
        " where b.batch_id = %s and b.status <> 'running'",
        [batch_id],
    ).fetchone()
    if batch is None:
        raise Abort(msg("There is no batch {batch}; `ioc quality runs` lists them", batch=batch_id))
    if way == "assigned":
        _check_assignee(connection, assignee, batch_id)
    rows = connection.execute(
        f"select q.quarantine_id from quality.quarantine as q where q.batch_id = %(batch)s and {_OPEN}"
        " and (%(records)s::bigint[] is null or q.quarantine_id = any(%(records)s)) order by 1".encode(),
        {"batch": batch_id, "records": None if records is None else list(records)},
    ).fetchall()
    found = [number for (number,) in rows]
    if missing := sorted(set(records or ()) - set(found)):
        raise _not_open(connection, batch_id, missing[0])
    if not found and way == "waived" and records is None and _confirm(connection, batch_id, batch, reason, who):
        return DecisionResult(batch_id, 0, True)
    if not found:
        raise Abort(msg("Batch {batch} has no refused record that is still open", batch=batch_id))
    province, source, feed = batch
    entry = trail.write(
        connection,
        "waiver",
        f"quarantine/{source}/{feed}/{batch_id}",
        province=province,
        actor=who,
        after={"way": way, "records": len(found), "records_sha256": _digest(found), "assignee": assignee},
        reason=reason,
    )
    _keep(connection, found, way, who, reason, entry, assignee)
    spec = sources[source].feeds.get(feed) if source in sources else None
    released = way != "assigned" and spec is not None and release(connection, batch_id, spec)
    return DecisionResult(batch_id, len(found), released)


def _confirm(connection: Connection, batch_id: int, batch: tuple[str, str, str], reason: str, actor: str) -> bool:
    """Says that values of a batch are true that are unlike those before: its figures are official. Gives whether they
    were provisional for that, and for nothing else but refused records, of which none is open."""
    row = connection.execute(
        "select 1 from ledger.batch as b join quality.rule_result as r using (batch_id)"
        " where b.batch_id = %(batch)s and b.status = 'published' and b.is_provisional"
        " and r.severity = 'provisional' and not r.passed"
        " and not exists (select from quality.release as e where e.batch_id = b.batch_id)"
        " having bool_or(r.rule_id = %(rule)s) and bool_and(r.rule_id in (%(rule)s, 'rejected_share_official'))",
        {"batch": batch_id, "rule": VALUES},
    ).fetchone()
    if row is None:
        return False
    province, source, feed = batch
    subject = f"quarantine/{source}/{feed}/{batch_id}"
    said: dict[str, Any] = {"way": "confirmed", "rule": VALUES}
    trail.write(connection, "waiver", subject, province=province, actor=actor, after=said, reason=reason)
    connection.execute("insert into quality.release (batch_id, refused, allowed) values (%s, 0, 0)", [batch_id])
    return True


def _check_assignee(connection: Connection, assignee: str | None, batch_id: int) -> None:
    known = connection.execute(
        "select exists (select from access.account as a join ledger.batch as b"
        " on a.province_id is null or a.province_id = b.province_id"
        " where b.batch_id = %(batch)s and a.login = %(who)s and a.disabled_at is null)"
        " or exists (select from warehouse.dim_organisation as o join ledger.batch as b using (province_id)"
        " where b.batch_id = %(batch)s and o.code = %(who)s)",
        {"who": assignee, "batch": batch_id},
    ).fetchone()
    if known != (True,):
        raise Abort(msg("There is no account and no organisation {who!r}", who=assignee or ""))


def _not_open(connection: Connection, batch_id: int, record: int) -> Abort:
    """What is told of a record that is not open in a batch: who has decided about it, where somebody has."""
    row = connection.execute(
        "select d.actor from quality.decision as d join quality.quarantine as q using (quarantine_id)"
        " where q.quarantine_id = %s and q.batch_id = %s and d.way <> 'assigned'",
        [record, batch_id],
    ).fetchone()
    if row is None:
        return Abort(
            msg("Record {record} is not open in batch {batch}: nothing was decided", record=record, batch=batch_id)
        )
    return Abort(
        msg(
            "Record {record} is not open in batch {batch}, since {actor} has decided about it: nothing was decided",
            record=record,
            batch=batch_id,
            actor=row[0],
        )
    )


def _keep(
    connection: Connection, records: Sequence[int], way: str, actor: str, reason: str, entry: int, assignee: str | None
) -> None:
    connection.execute(
        "insert into quality.decision (quarantine_id, way, assignee, actor, reason, entry_id)"
        " select r, %s, %s, %s, %s, %s from unnest(%s::bigint[]) as r",
        [way, assignee, actor, reason, entry, list(records)],
    )


def _checked(reason: str) -> str:
    """The reason in its one form. Raises Abort for none, and for one that is too long."""
    text = clean(reason)
    if not text:
        raise Abort(msg("Say why: a decision needs a reason"))
    if len(text) > LONGEST_REASON:
        raise Abort(msg("A reason has at most {most} characters", most=LONGEST_REASON))
    return text


def _digest(records: Sequence[int]) -> str:
    return hashlib.sha256(",".join(map(str, records)).encode()).hexdigest()


def hold_replayed(connection: Connection, batch_id: int, taken: int) -> None:
    """Within the transaction that publishes a replay of a batch: from now on nobody decides about its records. Raises
    Retry when fewer of them may still be replayed than were `taken`."""
    connection.execute("select quality.hold_batch(%s)", [batch_id])
    if quality.count_replayable(connection, batch_id) < taken:
        raise Retry(
            msg(
                "Records of batch {batch} were rejected while they were replayed: nothing of the replay is loaded;"
                " replay the batch again",
                batch=batch_id,
            )
        )


def release(connection: Connection, batch_id: int, feed: Feed) -> bool:
    """Ends that figures of a batch's days are provisional, when that was for its refused records alone and no more of
    them are open than official figures allow. Gives whether it did."""
    row = connection.execute(
        f"select b.fetched, (select count(*) from quality.quarantine as q where q.batch_id = b.batch_id and {_OPEN})"
        " from ledger.batch as b where b.batch_id = %s and b.status = 'published' and b.is_provisional"
        " and not exists (select from quality.rule_result as r where r.batch_id = b.batch_id"
        " and r.severity = 'provisional' and not r.passed and r.rule_id <> 'rejected_share_official')"
        " and not exists (select from quality.release as r where r.batch_id = b.batch_id)".encode(),
        [batch_id],
    ).fetchone()
    if row is None:
        return False
    fetched, refused = row
    most = allowed(feed.max_rejected_official, fetched)
    if refused > most:
        return False
    connection.execute(
        "insert into quality.release (batch_id, refused, allowed) values (%s, %s, %s)", [batch_id, refused, most]
    )
    return True


def supersede(
    connection: Connection, province_id: int, source: str, name: str, feed: Feed, batches: Sequence[int]
) -> int:
    """Within the transaction that published `batches` of a feed: notes which older refused records they replaced, and
    gives their number. A record is replaced when its slice was read again, or when the facts hold it in the same or a
    newer version."""
    own = {"province": province_id, "source": source, "feed": name, "batches": list(batches)}
    older = (
        "from quality.quarantine as q join ledger.batch as b using (batch_id) where b.province_id = %(province)s"
        f" and b.source = %(source)s and b.feed = %(feed)s and b.batch_id <> all(%(batches)s) and {_OPEN}"
    )
    held = f"select quality.hold_batch(o.batch_id) from (select distinct b.batch_id {older} order by 1) as o"
    if not connection.execute(held.encode(), own).fetchall():
        return 0
    facts = {name: read_view(path).fact for name, path in view_files().items()}
    view = next(name for name, fact in facts.items() if fact is not None and fact.name == feed.fact)
    key = sql.SQL("coalesce({0}.record_key, md5({0}.record::text))")
    rows = connection.execute(
        sql.SQL(
            "with held as (select distinct {newest} as key from serving.{twin} as t"
            " join quality.quarantine as n using (quarantine_id) join ledger.batch as o on o.batch_id = n.batch_id"
            " where t.state = 'held' and o.province_id = %(province)s and o.source = %(source)s and o.feed = %(feed)s)"
            " select q.quarantine_id, q.batch_id {older} and (exists (select from ledger.batch as n"
            " where n.batch_id = any(%(batches)s) and n.kind = 'fetch' and n.status = 'published'"
            " and n.first_day = b.first_day and n.last_day = b.last_day and n.batch_id > b.batch_id)"
            " or {key} in (select key from held)) order by 1"
        ).format(
            newest=key.format(sql.Identifier("n")),
            key=key.format(sql.Identifier("q")),
            twin=sql.Identifier(f"{TWIN}{view}"),
            older=sql.SQL(older),  # our own text, above
        ),
        own,
    ).fetchall()
    if not rows:
        return 0
    found = [number for number, _ in rows]
    actor, reason = trail.process_actor(), f"batch/{max(batches)}"
    entry = trail.write(
        connection,
        "waiver",
        f"quarantine/{source}/{name}",
        province=ledger.province_of(connection, max(batches)),
        actor=actor,
        after={"way": "superseded", "records": len(found), "records_sha256": _digest(found)},
        reason=reason,
    )
    _keep(connection, found, "superseded", actor, reason, entry, None)
    for batch in sorted({batch for _, batch in rows}):
        release(connection, batch, feed)
    return len(found)
