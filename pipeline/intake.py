"""Pages are landed, staged and judged row by row as they come; nothing holds a whole feed."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from types import TracebackType

import psycopg
import pyarrow as pa

from connectors.columns import ROW, typed_table, wire_table
from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration
from connectors.specification import Feed
from expectations import rules, suite
from expectations.profile import Seen
from expectations.verdict import Tally
from pipeline.claim import Claim
from pipeline.progress import Progress
from warehouse import landing
from warehouse.ledger import Batch
from warehouse.staging import Staging

CHUNK = 20_000
"""Records that are typed, staged and judged together: enough to spread the judge's fixed cost (40 ms), little enough to
keep memory flat; 30,000 would save a twentieth of the time and cost 20 MB."""

pa.set_memory_pool(pa.system_memory_pool())  # gives memory back between chunks; Arrow's own pools keep 40 MB


class Intake:
    """One batch between the wire and the verdict.

    Threads beside land pages, judge a chunk and copy it while the next one is read; no more than one chunk is ever on
    its way.
    """

    def __init__(self, claim: Claim, batch: Batch, feed: Feed, decoder: Decoder) -> None:
        self.claim = claim
        self.batch = batch
        self.feed = feed
        self.decoder = decoder
        self.staging = Staging(batch, feed)
        self.seen = Seen()
        self.row_rules = rules.row_rules(feed)
        self.tally = Tally(self.row_rules)
        self._judged = [ROW, *rules.judged(self.row_rules)]
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._pages: list[Future[landing.LandedPage]] = []
        self._page_number = 0
        self._rejections: list[tuple[int, str]] = []
        self._settling: Future[None] | None = None
        self._pool = ThreadPoolExecutor(3)

    def __enter__(self) -> "Intake":
        self._pool.submit(suite.library)  # its import takes seconds, in which the first pages come
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        with suppress(psycopg.Error):
            self.claim.copier.rollback()

    def take(self, pages: Iterable[WirePage], declaration: Declaration, progress: Progress) -> None:
        """Reads all pages: lands each, stages and judges them in chunks, all of it beside the reading."""
        main = self.claim.main
        self.staging.create(main)
        for page in pages:
            self._land(page)
            if self._waiting_rows >= CHUNK:
                self._chunk()
            progress("read", self.seen.fetched, declaration.declared)
        self.seen.declared = declaration.declared
        self._chunk()
        self._settled()
        self.claim.copier.commit()
        self.staging.reject(main, self._rejections)
        self.staging.complete(main)
        main.commit()

    def _land(self, page: WirePage) -> None:
        decoded = page.decoded
        count = len(decoded.records)
        self._page_number += 1
        landed = landing.LandedPage(
            self._page_number,
            page.wire_sha256,
            "",
            page.correlation_id,
            page.request,
            count,
            page.wire_bytes,
            decoded.unknown_fields,
            page.fetched_at,
        )
        self._pages.append(self._pool.submit(self._keep, landed, self.decoder.encode(decoded)))
        self.seen.unknown_fields.update(decoded.unknown_fields)
        self.seen.known_fields.update(decoded.seen_fields)
        if count:
            self._waiting.append(wire_table(self.decoder, self.feed, decoded, self._page_number, self.seen.fetched + 1))
        self.seen.fetched += count
        self._waiting_rows += count

    def _keep(self, page: landing.LandedPage, body: bytes) -> landing.LandedPage:
        """Writes the redacted page to the landing; gives its line of the manifest, with its hash. The page comes as
        bytes, because as records it would take several times the memory while it waits."""
        return replace(page, landed_sha256=self.claim.landing.write(body))

    def _chunk(self) -> None:
        landing.record(self.claim.main, self.batch.batch_id, [page.result() for page in self._pages])
        self.claim.main.commit()
        self._pages = []
        if not self._waiting:
            return
        self._settled()
        self._settling = self._pool.submit(self._settle, self._waiting)
        self._waiting, self._waiting_rows = [], 0

    def _settle(self, pages: list[pa.Table]) -> None:
        """Types a chunk, judges it and copies it into staging."""
        chunk = typed_table(self.feed, pa.concat_tables(pages).combine_chunks())
        pages.clear()
        copying = self._pool.submit(self.staging.copy, self.claim.copier, chunk)
        frame = chunk.select(self._judged).to_pandas().set_index(ROW).rename_axis(None)
        self._rejections += self.tally.add(suite.judge(self.staging.name, self.row_rules, frame))
        copying.result()

    def _settled(self) -> None:
        """Waits for the chunk that is on its way."""
        if self._settling is not None:
            self._settling.result()
            self._settling = None
