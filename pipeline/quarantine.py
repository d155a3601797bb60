"""Refused records on their way into quarantine."""

import itertools

from pipeline.intake import Intake, Read
from warehouse import landing, quality


def keep_refused(intake: Intake, read: Read) -> int:
    """Keeps a batch's refused records in their redacted wire form, as they were landed; gives their number."""
    main, batch, decoder = intake.claim.main, read.batch, intake.decoder
    area = intake.claim.settings.area
    refused = list(quality.refused(main, batch, read.first_row, intake.staging, intake.feed, area))
    pages = {number: (sha256, first) for number, sha256, first in landing.manifest(main, batch.batch_id)}
    for number, refusals in itertools.groupby(refused, lambda refusal: refusal.page):
        sha256, first = pages[number]
        page = decoder.reread(intake.claim.landing.read(sha256))
        forms = [(r, {"page": page.envelope, "record": decoder.plain(page.records[r.row - first])}) for r in refusals]
        quality.quarantine(main, batch, intake.feed.fact, forms)
    return len(refused)
