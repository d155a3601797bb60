"""The end of batches: what passed is published in one transaction, the others are blocked in the same one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import psycopg

from connectors.source_files import find_source
from expectations.control_totals import ControlTotal
from expectations.verdict import Verdict
from hub.errors import Reject
from hub.periods import Period
from hub.translation import Wording, join, msg
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.question import Question
from kpis.slices import slices_text
from pipeline.intake import Intake, Read
from pipeline.origin import Origin
from pipeline.quarantine import keep_refused
from warehouse import decisions, facts, ledger, quality
from warehouse.ledger import Batch, BatchAccount
from warehouse.quality import TotalComparison
from warehouse.replay_order import take_out_overtaken
from warehouse.seals import Seal

Controls = Mapping[int, Sequence[ControlTotal]]
"""The source's own counts, by batch."""


@dataclass(frozen=True)
class End:
    """What became of a batch: `reasons` are those against it, `broken` all rules that did not hold,
    `provisional` why figures of its days are provisional although it is published."""

    batch: Batch
    account: BatchAccount
    reasons: Sequence[Wording] = ()
    broken: Sequence[Wording] = ()
    provisional: Sequence[Wording] = ()

    @property
    def status(self) -> str:
        return "blocked" if self.reasons else "published"


class Failure(NamedTuple):
    """Why a batch failed, and whether by the hub's own fault, so that it is no evidence against the source."""

    reason: Wording
    is_own_fault: bool


@dataclass
class _Attempt:
    """What the batches that passed made of the facts, in a transaction that can be taken back."""

    accounts: dict[int, BatchAccount] = field(default_factory=dict)
    comparisons: dict[int, list[TotalComparison]] = field(default_factory=dict)
    objections: dict[int, list[Wording]] = field(default_factory=dict)


def settle(
    intake: Intake,
    origin: Origin,
    verdicts: Mapping[int, Verdict],
    controls: Controls,
    failed: Mapping[Batch, Failure],
) -> list[End]:
    """Publishes the batches that passed and blocks the others, in one transaction: facts, dimension rows, quarantine,
    watermark, ledger, the seal over them and the entry of the trail. Those that `failed` are closed as such, with the
    reason. Gives what became of the others, in order."""
    main, reads = intake.claim.main, [read for read in intake.reads if read.batch not in failed]
    seal = Seal(main, intake.claim.chain, "load")
    for read in reads[:1]:
        ledger.hold(main, read.batch)
    if origin.replayed is not None:
        taken = sum(read.seen.fetched + read.seen.repeated for read in reads)
        decisions.hold_replayed(main, origin.replayed, taken)
    refused = intake.staging.batches_with_rejected(main)
    quarantined = {
        read.batch.batch_id: keep_refused(intake, read) if read.batch.batch_id in refused else 0 for read in reads
    }
    against: dict[int, Sequence[Wording]] = {
        read.batch.batch_id: verdicts[read.batch.batch_id].reasons for read in reads
    }
    allowed = quality.passed(main, (read.batch for read in reads))
    while True:
        passed = [read for read in reads if not against[read.batch.batch_id]]
        if without := [read.batch.batch_id for read in passed if read.batch.batch_id not in allowed]:
            raise Reject(msg("Batch {batch_id} has no passing verdict", batch_id=without[0]))
        attempt = _publish(intake, origin, passed, verdicts, quarantined, controls, seal)
        if not attempt.objections:
            break
        against |= attempt.objections
    ends = []
    for read in reads:
        batch, batch_id, seen = read.batch, read.batch.batch_id, read.seen
        reasons = against[batch_id]
        quality.record_comparisons(main, batch, attempt.comparisons.get(batch_id, ()))
        if reasons:
            account = BatchAccount(
                fetched=seen.fetched,
                repeated=seen.repeated,
                declared=seen.declared,
                quarantined=quarantined[batch_id],
            )
            ledger.close(main, batch, "blocked", account, join(reasons))
        else:
            account = attempt.accounts[batch_id]
            if origin.replayed is None:
                ledger.advance(main, batch, read.cursor)
            else:
                quality.mark_replayed(main, origin.replayed, batch)
                decisions.release(main, origin.replayed, origin.spec)
        broken = list(dict.fromkeys([*reasons, *verdicts[batch_id].broken]))
        ends.append(End(batch, account, reasons, broken, () if reasons else verdicts[batch_id].provisional))
    if published := [end.batch.batch_id for end in ends if end.status == "published"]:
        claim = intake.claim
        decisions.supersede(main, claim.province_id, claim.source, origin.feed, origin.spec, published)
    for batch, failure in failed.items():
        ledger.close(main, batch, "failed", BatchAccount(), failure.reason, is_own_fault=failure.is_own_fault)
    ended = [*(read.batch.batch_id for read in reads), *(batch.batch_id for batch in failed)]
    seal.add_batches(ended, origin.replayed)
    subject = f"feed/{origin.source}/{origin.feed}"
    if origin.replayed is None:
        ledger.close_seal(main, seal, "load", subject, ended)
    else:
        ledger.close_seal(main, seal, "replay", subject, ended, replayed=origin.replayed)
    intake.staging.drop(main)
    intake.claim.commit(intake.first)
    return ends


def _publish(
    intake: Intake,
    origin: Origin,
    passed: Sequence[Read],
    verdicts: Mapping[int, Verdict],
    quarantined: Mapping[int, int],
    controls: Controls,
    seal: Seal,
) -> _Attempt:
    """Brings the batches that passed into the facts; takes that back when something speaks against one of them."""
    attempt = _Attempt()
    if not passed:
        return attempt
    main = intake.claim.main
    source = find_source(intake.claim.source, intake.claim.settings.sources)
    lateness = origin.spec.late(source.lateness)
    with main.transaction():
        attempt.accounts = _merge(intake, origin, passed, quarantined, seal)
        for read in passed:
            batch, batch_id = read.batch, read.batch.batch_id
            account = attempt.accounts[batch_id]
            if not account.balances():
                attempt.objections[batch_id] = [msg("the account does not balance: {account}", account=account)]
                continue
            extent = batch.extent(read.read_at, lateness)
            ledger.close(main, batch, "published", account, None, extent, bool(verdicts[batch_id].provisional))
        for read in passed:
            batch_id = read.batch.batch_id
            compared = [_compare(intake, read.batch, total) for total in controls.get(batch_id, ())]
            attempt.comparisons[batch_id] = compared
            if differing := [_differs(c) for c in compared if c.severity == "block" and not c.equal]:
                attempt.objections.setdefault(batch_id, []).extend(differing)
        if attempt.objections:
            raise psycopg.Rollback
    return attempt


def _merge(
    intake: Intake, origin: Origin, passed: Sequence[Read], quarantined: Mapping[int, int], seal: Seal
) -> dict[int, BatchAccount]:
    """Merges the staged rows of the batches into their fact; gives their accounts."""
    claim, staging, feed = intake.claim, intake.staging, intake.feed
    main, province_id, area = claim.main, claim.province_id, claim.settings.area
    staging.keep_only(main, [read.batch.batch_id for read in passed])
    if origin.replayed is None:
        _record_deliveries(intake, passed)
    where = f"{claim.source}.{claim.feed}"
    superseded = facts.supersede(main, where, province_id, staging, origin.spec)
    if origin.replayed is not None:
        batch = passed[0].batch
        superseded[batch.batch_id] += take_out_overtaken(main, batch, staging, origin.spec, area)
        _record_deliveries(intake, passed)
    merged = facts.publish(main, where, province_id, staging, feed, area, seal)
    accounts = {}
    for read in passed:
        batch, seen = read.batch, read.seen
        own = merged.get(batch.batch_id, BatchAccount())
        accounts[batch.batch_id] = replace(
            own,
            declared=seen.declared,
            fetched=seen.fetched,
            repeated=seen.repeated,
            superseded=own.superseded + superseded[batch.batch_id],
            quarantined=quarantined[batch.batch_id],
            changed_from=own.changed_from or (batch.first_day if own.loaded or own.removed else None),
        )
    return accounts


def _record_deliveries(intake: Intake, passed: Sequence[Read]) -> None:
    """Whose records are in staging: older versions count as delivered, what a later fetch has overtaken does not."""
    given, main = intake.feed.deliverers, intake.claim.main
    if given is not None:
        delivered = intake.staging.deliveries(main, given.column)
        ledger.record_deliveries(main, [read.batch.batch_id for read in passed], given.column, delivered)


def _compare(intake: Intake, batch: Batch, total: ControlTotal) -> TotalComparison:
    """The source's count beside the hub's own, as the facts are inside this transaction."""
    slices = {name: [value] for name, value in total.breakdown.items()}
    days = Period(batch.first_day, batch.last_day)
    question = Question(total.kpi, days, intake.claim.settings.province, slices=slices, measure=total.measure)
    own = compute(intake.claim.main, question, catalogue=Catalogue.of(intake.claim.installation))
    return TotalComparison(
        f"{total.kpi}.{total.measure}",
        slices_text(slices),
        batch.first_day,
        batch.last_day,
        total.value,
        None if own.value is None else float(own.value),
        total.severity,
        total.correlation_id,
    )


def _differs(comparison: TotalComparison) -> Wording:
    where = f"{comparison.measure} ({comparison.breakdown})" if comparison.breakdown else comparison.measure
    return msg(
        "{where}: the source counts {source_value:g}, the hub {hub_value}",
        where=where,
        source_value=comparison.source_value,
        hub_value=comparison.hub_value,
    )
