"""The whole way of a batch: claim, fetch, land, stage, verdict, publish, settle."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.paging.feed_reader import Declaration
from hub.installation import Installation
from hub.translation import Wording
from pipeline import claim, judgement, publication, retention
from pipeline.intake import Intake
from pipeline.origin import Origin
from pipeline.progress import Progress
from warehouse import facts, ledger
from warehouse.ledger import BatchAccount


@dataclass(frozen=True)
class Outcome:
    """What became of an interval, with its account. `seconds` is the time from claim to publish, `broken` are the rules
    that did not hold, each in a line."""

    batch_id: int
    source: str
    feed: str
    status: str
    account: BatchAccount
    seconds: float
    broken: Sequence[Wording] = ()


def load(installation: Installation, origin: Origin, progress: Progress) -> Outcome:
    """Loads a batch from where it comes into the facts, or leaves the facts as they were.

    Raises Retry when the gateway, the database or another run is in the way, Blocked when the batch was judged unfit,
    Abort when a person must change something first.
    """
    started = time.monotonic()
    spec = origin.spec if origin.replayed is None else origin.spec.for_part()
    facts.mapping(f"{origin.source}.{origin.feed}", spec)  # raises before anything is done when it fits no fact
    with claim.hold(installation, origin.source, origin.feed) as held:
        with (
            held.batch(origin.spec, origin.first, origin.last, origin.replayed) as batch,
            Intake(held, batch, spec, origin.decoder) as intake,
        ):
            cursor = ledger.cursor_after(held.main, held.province_id, origin.source, origin.feed, origin.first)
            declaration = Declaration(cursor=cursor)
            intake.take(origin.pages(declaration), declaration, progress)
            controls = origin.controls()
            verdict = judgement.judge(intake)
            if not verdict.passed:
                publication.block(intake, verdict.reasons, verdict.broken)
            published = publication.publish(intake, origin, declaration.cursor, controls)
            publication.settle(intake, published)
            seconds = time.monotonic() - started
        retention.sweep(held.main, held.landing, datetime.now(UTC))  # whose failure changes nothing of the batch
    return Outcome(batch.batch_id, batch.source, batch.feed, "published", published.account, seconds, verdict.broken)
