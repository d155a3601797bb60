"""Refused records on their way into quarantine."""

import itertools

from pipeline.intake import Intake
from warehouse import landing, quality


def keep_refused(intake: Intake) -> int:
    """Keeps a batch's refused records in their redacted wire form, as they were landed; gives their number."""
    main, batch, decoder = intake.claim.main, intake.batch, intake.decoder
    refused = list(quality.refused(main, batch, intake.staging, intake.feed, intake.claim.settings.area))
    pages = {number: (sha256, first) for number, sha256, first in landing.manifest(main, batch.batch_id)}
    for number, refusals in itertools.groupby(refused, lambda refusal: refusal.page):
        sha256, first = pages[number]
        page = decoder.reread(intake.claim.landing.read(sha256))
        forms = [(r, {"page": page.envelope, "record": decoder.plain(page.records[r.row - first])}) for r in refusals]
        quality.quarantine(main, batch, intake.feed.fact, forms)
    return len(refused)
