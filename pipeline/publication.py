"""A batch's end: published in one transaction, or blocked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import NoReturn

from expectations.control_totals import ControlTotal
from hub.errors import Blocked, Reject
from hub.periods import Period
from hub.translation import Wording, join, msg
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.question import Question
from kpis.slices import slices_text
from pipeline.intake import Intake
from pipeline.origin import Origin
from pipeline.quarantine import keep_refused
from warehouse import facts, ledger, quality
from warehouse.ledger import BatchAccount
from warehouse.quality import TotalComparison
from warehouse.replay_order import take_out_overtaken


@dataclass(frozen=True)
class Publication:
    """What a batch made of the facts, not committed yet: its account, the source's control totals beside the hub's
    own, and what speaks against it."""

    account: BatchAccount
    comparisons: list[TotalComparison] = field(default_factory=list)
    objections: list[Wording] = field(default_factory=list)


def publish(intake: Intake, origin: Origin, cursor: str | None, controls: Sequence[ControlTotal]) -> Publication:
    """Facts, dimension rows, quarantine, watermark and ledger, in a transaction that the caller ends."""
    main, batch, staging, area = intake.claim.main, intake.batch, intake.staging, intake.claim.settings.area
    ledger.hold(main, batch)
    if not quality.passed(main, batch):
        raise Reject(msg("Batch {batch_id} has no passing verdict", batch_id=batch.batch_id))
    quarantined = keep_refused(intake)
    staging.drop_rejected(main)
    superseded = 0
    if origin.replayed is not None:
        superseded = take_out_overtaken(main, batch, staging, origin.spec, area)
    superseded += facts.supersede(main, batch, staging, origin.spec)
    merged = facts.publish(main, batch, staging, intake.feed, area)
    account = replace(
        merged,
        declared=intake.seen.declared,
        fetched=intake.seen.fetched,
        superseded=merged.superseded + superseded,
        quarantined=quarantined,
    )
    if not account.balances():
        reason = msg("the account does not balance: {account}", account=account)
        return Publication(account, objections=[reason])
    ledger.close(main, batch, "published", account)
    if origin.replayed is None:
        ledger.advance(main, batch, cursor)
    else:
        quality.mark_replayed(main, origin.replayed, batch)
    comparisons = [_compare(intake, total) for total in controls]
    broken = [_differs(c) for c in comparisons if c.severity == "block" and not c.equal]
    return Publication(account, comparisons, broken)


def settle(intake: Intake, publication: Publication) -> None:
    """Makes a publication the facts, or takes it back and blocks the batch. Raises Blocked."""
    main, batch = intake.claim.main, intake.batch
    if publication.objections:
        main.rollback()
    quality.record_comparisons(main, batch, publication.comparisons)
    if publication.objections:
        block(intake, publication.objections, publication.objections)
    intake.staging.drop(main)
    intake.claim.commit(batch)


def block(intake: Intake, reasons: Sequence[Wording], broken: Sequence[Wording]) -> NoReturn:
    """Closes the batch as blocked; the facts stay as they were. Raises Blocked, with all that is `broken`."""
    main, batch, seen = intake.claim.main, intake.batch, intake.seen
    account = BatchAccount(fetched=seen.fetched, declared=seen.declared, quarantined=keep_refused(intake))
    reason = join(reasons)
    ledger.close(main, batch, "blocked", account, reason)
    intake.staging.drop(main)
    main.commit()
    raise Blocked(
        msg(
            "Batch {batch_id} of {source}.{feed} is blocked, the facts stay as they were: {reason}. See `ioc quality"
            " show {batch_id}`",
            batch_id=batch.batch_id,
            source=batch.source,
            feed=batch.feed,
            reason=reason,
        ),
        batch.batch_id,
        asdict(account),
        broken,
    )


def _compare(intake: Intake, total: ControlTotal) -> TotalComparison:
    """The source's count beside the hub's own, as the facts are inside this transaction."""
    batch, slices = intake.batch, {name: [value] for name, value in total.breakdown.items()}
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
