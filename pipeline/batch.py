"""The whole way of a load: claim, and for each group of its slices fetch, land, stage, verdict, publish or block."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime

import psycopg

from connectors.decoding import WirePage
from connectors.paging.feed_reader import Declaration
from connectors.slices import Slice
from connectors.specification import Feed
from expectations.control_totals import ControlTotal
from hub.errors import Abort, Blocked, HubError
from hub.installation import Installation
from hub.translation import Wording, join, msg
from pipeline import claim, judgement, publication, retention
from pipeline.claim import Claim
from pipeline.intake import Intake
from pipeline.origin import Origin
from pipeline.progress import Progress, silent
from pipeline.publication import End, Failure
from warehouse import facts, ledger
from warehouse.ledger import Batch, BatchAccount

GROUP = 60_000
"""Records after which the slices that were read are judged and published, while the next ones are read: a slice's fixed
cost is spread over a group, and a kill loses two groups at most."""
_SHIFTED = msg("The pages shifted while they were read; they were read once more as another batch")
_IN_A_ROW = 2
"""Slices in a row that cannot be read end a load: then it is not the slice but the source."""


@dataclass(frozen=True)
class Outcome:
    """What became of a load. `seconds` is the time from claim to the last publish; `failures` are the errors of slices
    that could not be read, by their batch; `has_news` tells whether the feed's KPIs have something to take in by which
    figures can be other ones."""

    source: str
    feed: str
    ends: Sequence[End]
    seconds: float
    failures: Sequence[tuple[Batch, HubError]] = ()
    has_news: bool = True

    @property
    def batch_id(self) -> int:
        """Of the last slice; 0 where there was none to read."""
        return max((b.batch_id for b in [*(e.batch for e in self.ends), *(b for b, _ in self.failures)]), default=0)

    @property
    def published(self) -> Sequence[End]:
        return [end for end in self.ends if not end.reasons]

    @property
    def blocked(self) -> Sequence[End]:
        return [end for end in self.ends if end.reasons]

    @property
    def status(self) -> str:
        """`published` of a load without a blocked or failed slice."""
        return "published" if len(self.published) == len(self.ends) + len(self.failures) else "incomplete"

    @property
    def account(self) -> BatchAccount:
        """Of the published slices together."""
        accounts = [end.account for end in self.published]
        return total(accounts)

    @property
    def broken(self) -> Sequence[Wording]:
        """Rules that did not hold, of any slice, each line once."""
        return list(dict.fromkeys(line for end in self.ends for line in end.broken))


def total(accounts: Sequence[BatchAccount]) -> BatchAccount:
    """The accounts of several slices as one."""
    days = [account.changed_from for account in accounts if account.changed_from is not None]
    declared = [account.declared for account in accounts if account.declared is not None]
    counts = {
        one.name: sum(getattr(account, one.name) for account in accounts)
        for one in fields(BatchAccount)
        if one.name not in ("declared", "changed_from")
    }
    return BatchAccount(**counts, declared=sum(declared) if declared else None, changed_from=min(days, default=None))


def load(installation: Installation, origin: Origin, progress: Progress) -> Outcome:
    """Loads slices from where they come into the facts; a slice that is unfit or cannot be read leaves the facts of its
    days as they were and holds back no other.

    Raises, when no slice was published: Blocked when one was judged unfit, else what kept the first from being read
    (Retry, Reject, Abort). Raises Retry when the database or another run is in the way.
    """
    spec = origin.spec if origin.replayed is None else origin.spec.for_part()
    facts.mapping(f"{origin.source}.{origin.feed}", spec)  # raises before anything is done when it fits no fact
    with claim.hold(installation, origin.source, origin.feed) as held:
        outcome = _Load(held, origin, spec, progress).run()
        for end in outcome.ends:
            origin.settled(held, end.batch)
        retention.sweep(
            held.main, held.landing, installation.settings, datetime.now(UTC)
        )  # whose failure changes nothing of the load
    if not outcome.published and outcome.blocked:
        raise blocked(outcome)
    if not outcome.published and outcome.failures:
        raise outcome.failures[0][1]
    return outcome


def blocked(outcome: Outcome) -> Blocked:
    """The error that tells which slices of a load were blocked, and why the first of them was."""
    first, *others = outcome.blocked
    values = {
        "batch_id": first.batch.batch_id,
        "source": outcome.source,
        "feed": outcome.feed,
        "reason": join(first.reasons),
    }
    if others:
        text = msg(
            "{count} batches of {source}.{feed} are blocked, the facts of their days stay as they were; batch"
            " {batch_id} ({day}): {reason}. See `ioc quality show {batch_id}`",
            count=len(outcome.blocked),
            day=first.batch.last_day,
            **values,
        )
    else:
        text = msg(
            "Batch {batch_id} of {source}.{feed} is blocked, the facts stay as they were: {reason}. See `ioc quality"
            " show {batch_id}`",
            **values,
        )
    account = vars(total([end.account for end in outcome.blocked]))
    return Blocked(text, first.batch.batch_id, account, outcome.broken, len(outcome.blocked))


class _UnreadError(Exception):
    """The pages of a slice could not be read; `error` says why."""

    def __init__(self, error: HubError) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class _Group:
    """Slices that are judged and settled together; `again` are those that are to be read once more."""

    intake: Intake
    controls: dict[int, list[ControlTotal]] = field(default_factory=dict)
    failed: dict[Batch, Failure] = field(default_factory=dict)
    ends: Sequence[End] = ()
    again: list[Slice] = field(default_factory=list)


class _Load:
    """One load of a feed that is held. While a group of slices is judged and settled, the next one is read, each over
    connections of its own; groups are settled one after the other, and the last one by the main thread, which a signal
    interrupts."""

    def __init__(self, held: Claim, origin: Origin, spec: Feed, progress: Progress) -> None:
        self._held, self._origin, self._spec, self._progress = held, origin, spec, progress
        self._run_id: int | None = None
        self._waiting: deque[Slice] = deque()
        self._slices = 0
        self._free = [held]
        self._settling: Future[_Group] | None = None
        self._ends: list[End] = []
        self._failures: list[tuple[Batch, HubError]] = []
        self._failed_in_a_row = 0
        self._read_before: dict[date, int] = {}
        """Fingerprints of reads whose pages shifted, by the first day of their slice: it is read a second time."""

    def run(self) -> Outcome:
        started = time.monotonic()
        held = self._held
        by_several = self._spec.deliverers is not None
        known = ledger.coverage(held.main, held.province_id, held.source, held.feed, by_several=by_several)
        self._waiting.extend(self._origin.slices(known))
        self._slices = len(self._waiting)
        with claim.stoppable(), ExitStack() as connections, ThreadPoolExecutor(1) as beside:
            while self._is_reading:
                if not self._free:
                    self._free.append(connections.enter_context(held.on_other_connections()))
                with ExitStack() as opened:
                    group = self._read_group(self._free.pop(), opened)
                    self._await_settled()
                    if self._is_reading:
                        self._settling = beside.submit(self._settle, group, opened.pop_all())
                    else:
                        self._settled(self._settle(group, opened.pop_all()))
        took = time.monotonic() - started
        return Outcome(held.source, held.feed, self._ends, took, self._failures, self._have_news())

    def _have_news(self) -> bool:
        """Whether there is news for the KPIs; where the database cannot be asked any more, that is assumed."""
        held = self._held
        try:
            return ledger.have_news(held.main, held.province_id, held.source, held.feed, self._run_id)
        except psycopg.Error:
            return True

    @property
    def _is_reading(self) -> bool:
        """Whether there is a slice to read, and the source is not given up."""
        return bool(self._waiting) and self._failed_in_a_row < _IN_A_ROW

    def _read_group(self, held: Claim, opened: ExitStack) -> _Group:
        """Reads slices until there are enough for a group, whose batches are `opened` until they are settled."""
        batches = opened.enter_context(held.batches(self._spec, self._origin.replayed))
        group: _Group | None = None
        while self._is_reading and (group is None or group.intake.received < GROUP):
            piece = self._waiting.popleft()
            batch = batches.open(piece, self._run_id)
            self._run_id = self._run_id or batch.batch_id
            if group is None:
                group = _Group(opened.enter_context(Intake(held, batch, self._spec, self._origin.decoder)))
            try:
                self._read(group.intake, batch, piece)
                group.controls[batch.batch_id] = self._controls(piece)
                self._failed_in_a_row = 0
            except _UnreadError as unread:
                group.intake.drop(batch)
                group.failed[batch] = Failure(unread.error.message, isinstance(unread.error, Abort))
                self._failures.append((batch, unread.error))
                self._failed_in_a_row += 1
            if self._slices > 1:
                self._progress("slices", self._slices - len(self._waiting), self._slices)
        assert group is not None  # noqa: S101 - it is called when there is a slice to read
        return group

    def _settle(self, group: _Group, opened: ExitStack) -> _Group:
        """Judges and settles a group. Slices whose pages shifted are not settled: they are to be read once more."""
        with opened:
            intake = group.intake
            intake.finish()
            verdicts = judgement.judge(intake, self._read_before)
            for read in intake.reads:
                if read.seen.is_doubtful and read.batch.first_day not in self._read_before:
                    self._read_before[read.batch.first_day] = read.seen.fingerprint or 0
                    group.failed[read.batch] = Failure(_SHIFTED, is_own_fault=True)
                    group.again.append(Slice(read.batch.first_day, read.batch.last_day))
            group.ends = publication.settle(intake, self._origin, verdicts, group.controls, group.failed)
        return group

    def _await_settled(self) -> None:
        """Waits for the group before."""
        if self._settling is not None:
            self._settled(self._settling.result())
            self._settling = None

    def _settled(self, group: _Group) -> None:
        self._ends += group.ends
        self._waiting.extend(group.again)
        self._slices += len(group.again)
        self._free.append(group.intake.claim)

    def _read(self, intake: Intake, batch: Batch, piece: Slice) -> None:
        held = intake.claim
        cursor = ledger.cursor_after(held.main, held.province_id, held.source, held.feed, piece.first)
        declaration = Declaration(cursor=cursor)
        pages = _told_apart(self._origin.pages(piece, declaration))
        intake.take(batch, pages, declaration, claim.now(), self._progress if self._slices == 1 else silent)

    def _controls(self, piece: Slice) -> list[ControlTotal]:
        try:
            return self._origin.controls(piece)
        except HubError as error:
            raise _UnreadError(error) from error


def _told_apart(pages: Iterator[WirePage]) -> Iterator[WirePage]:
    """The pages; what goes wrong with them is told apart from what goes wrong with the hub's own work on them."""
    try:
        yield from pages
    except HubError as error:
        raise _UnreadError(error) from error
