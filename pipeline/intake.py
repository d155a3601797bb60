"""Pages are landed, staged and judged row by row as they come; nothing holds a whole feed."""

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from types import TracebackType
from typing import Any

import psycopg
import pyarrow as pa

from connectors.columns import ROW, arrow_type, differing_sums, typed_table, wire_table
from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration
from connectors.pseudonyms import ErasedCodes
from connectors.specification import Feed
from expectations import rules, suite
from expectations.column_counts import ColumnCounts
from expectations.profile import Seen
from expectations.verdict import Tally
from pipeline.claim import Claim
from pipeline.progress import Progress
from warehouse import facts, landing, ledger
from warehouse.ledger import Batch
from warehouse.staging import BATCH, Staging

CHUNK = 20_000
"""Records that are typed, staged and judged together: enough to spread the judge's fixed cost (40 ms), little enough to
keep memory flat; 30,000 would save a twentieth of the time and cost 20 MB."""

pa.set_memory_pool(pa.system_memory_pool())  # gives memory back between chunks; Arrow's own pools keep 40 MB


@dataclass
class Read:
    """What was read for a batch. `first_row` is its first row in the staging; `read_at` is when the reading began."""

    batch: Batch
    first_row: int
    read_at: datetime
    seen: Seen = field(default_factory=Seen)
    cursor: str | None = None


class Intake:
    """Some batches of a feed between the wire and the verdict; they are staged and judged together.

    Threads beside land pages, judge a chunk and copy it while the next one is read; no more than one chunk is ever on
    its way.
    """

    def __init__(self, claim: Claim, first: Batch, feed: Feed, decoder: Decoder) -> None:
        self.claim = claim
        self.first = first
        self.feed = feed
        self.decoder = decoder
        pseudonyms = ledger.erased_codes(claim.main, claim.province_id, claim.source, claim.feed)
        self.erased = ErasedCodes(feed, claim.settings.hmac_key.get_secret_value(), pseudonyms)
        self.staging = Staging(first, feed)
        self.reads: list[Read] = []
        self.received = 0
        self.row_rules = rules.row_rules(feed)
        self.tally = Tally(self.row_rules)
        self.columns = ColumnCounts(feed)
        self.optional = facts.may_be_left_out(feed)
        self._judged = [ROW, *rules.judged(self.row_rules)]
        self._batches: list[int] = []
        self._first_rows: list[int] = []
        self._waiting: list[tuple[int, pa.Table]] = []
        self._waiting_rows = 0
        self._pages: list[tuple[int, Future[landing.LandedPage]]] = []
        self._page_number = 0
        self._pseudonyms: dict[int, str] = {}
        self._rejections: list[tuple[int, int, str]] = []
        self._settling: Future[None] | None = None
        self._pool = ThreadPoolExecutor(3)

    def __enter__(self) -> "Intake":
        self._pool.submit(suite.library)  # its import takes seconds, in which the first pages come
        self.staging.create(self.claim.main)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        with suppress(psycopg.Error):
            self.claim.copier.rollback()

    def take(
        self, batch: Batch, pages: Iterable[WirePage], declaration: Declaration, read_at: datetime, progress: Progress
    ) -> None:
        """Reads all pages of a batch: lands each, stages and judges them in chunks, all of it beside the reading. What
        it raises comes from `pages`; of the batch nothing is judged then."""
        read = Read(batch, self.received + 1, read_at)
        self._batches.append(batch.batch_id)
        self._first_rows.append(read.first_row)
        self._page_number = 0
        for page in pages:
            self._land(read, page)
            if self._waiting_rows >= CHUNK:
                self._chunk()
            progress("records", read.seen.received, declaration.declared)
        read.read_at = min(read.read_at, declaration.told_at or read.read_at)
        read.seen.declared, read.seen.has_shifted = declaration.declared, declaration.totals_differ
        read.cursor = declaration.cursor
        self.reads.append(read)

    def drop(self, batch: Batch) -> None:
        """Leaves a batch out: what was read of it is neither judged nor published."""
        self.reads = [read for read in self.reads if read.batch != batch]

    def finish(self) -> None:
        """Waits for all chunks, and takes out what came again and what belongs to batches that were not read whole."""
        main = self.claim.main
        self._chunk()
        self._settled()
        self.claim.copier.commit()
        self.staging.reject(main, self._rejections)
        if broken := set(self._batches) - {read.batch.batch_id for read in self.reads}:
            self.staging.forget(main, sorted(broken))
        self.staging.complete(main)
        if repeated := self.staging.repetitions(main):
            self._count_no_longer(self.staging.take_out_repetitions(main))
        for read in self.reads:
            read.seen.repeated, read.seen.moved = repeated.get(read.batch.batch_id, (0, 0))
        main.commit()

    def _count_no_longer(self, gone: list[tuple[Any, ...]]) -> None:
        """Takes records out of what was counted of the columns; each begins with its batch."""
        for batch_id, records in itertools.groupby(sorted(gone, key=itemgetter(0)), key=itemgetter(0)):
            _, *columns = zip(*records, strict=True)
            kept = self.feed.kept.items()
            typed = {
                name: pa.array(values, arrow_type(column)) for (name, column), values in zip(kept, columns, strict=True)
            }
            self.columns.take_out(batch_id, pa.table(typed))

    def _land(self, read: Read, page: WirePage) -> None:
        decoded, batch_id = page.decoded, read.batch.batch_id
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
        table = wire_table(self.decoder, self.feed, decoded, self._page_number, self.received + 1) if count else None
        erased = self.erased.replace(self.decoder, decoded.records)
        self._pseudonyms |= {self.received + 1 + place: pseudonym for place, pseudonym in erased.items()}
        self._pages.append((batch_id, self._pool.submit(self._keep, landed, self.decoder.encode(decoded))))
        read.seen.unknown_fields.update(decoded.unknown_fields)
        read.seen.known_fields.update(decoded.seen_fields)
        if decoded.totals is not None:
            read.seen.totals_differ += differing_sums(self.feed, table, decoded.totals)
        if table is not None:
            read.seen.presence.note(self._page_number, count, self.decoder.absent(decoded.records))
            self._waiting.append((batch_id, table))
        read.seen.received += count
        read.seen.longest = max(read.seen.longest, count)
        self.received += count
        self._waiting_rows += count

    def _keep(self, page: landing.LandedPage, body: bytes) -> landing.LandedPage:
        """Writes the redacted page to the landing; gives its line of the manifest, with its hash. The page comes as
        bytes, because as records it would take several times the memory while it waits."""
        return replace(page, landed_sha256=self.claim.landing.write(body))

    def _chunk(self) -> None:
        for batch_id, pages in itertools.groupby(self._pages, lambda page: page[0]):
            landing.record(self.claim.main, batch_id, [page.result() for _, page in pages])
        self.claim.main.commit()
        self._pages = []
        if not self._waiting:
            return
        self._settled()
        self._settling = self._pool.submit(self._settle, self._waiting)
        self._waiting, self._waiting_rows = [], 0

    def _settle(self, pages: list[tuple[int, pa.Table]]) -> None:
        """Types a chunk, judges it and copies it into staging."""
        batches = pa.chunked_array([pa.repeat(batch_id, table.num_rows) for batch_id, table in pages])
        wire = pa.concat_tables(table for _, table in pages).combine_chunks()
        in_chunk: Counter[int] = Counter()
        for batch_id, table in pages:
            in_chunk[batch_id] += table.num_rows
        pages.clear()
        chunk = typed_table(self.feed, wire, optional=self.optional)
        chunk = chunk.append_column(BATCH, batches.combine_chunks())
        copying = self._pool.submit(self.staging.copy, self.claim.copier, self._without_codes(chunk))
        frame = chunk.select(self._judged).to_pandas().set_index(ROW).rename_axis(None)
        results = suite.judge(self.staging.name, self.row_rules, frame)
        self._rejections += self.tally.add(results, in_chunk, self._batch_of)
        first = 0
        for batch_id, count in in_chunk.items():
            self.columns.add(batch_id, chunk.slice(first, count))
            first += count
        copying.result()

    def _without_codes(self, chunk: pa.Table) -> pa.Table:
        """The chunk with pseudonyms instead of erased codes, which were judged as they came."""
        if not self._pseudonyms or self.erased.column is None:
            return chunk
        name = self.erased.column[0]
        rows, codes = chunk[ROW].to_pylist(), chunk[name].to_pylist()
        kept = [self._pseudonyms.get(row, code) for row, code in zip(rows, codes, strict=True)]
        place = chunk.column_names.index(name)
        return chunk.set_column(place, name, pa.array(kept, pa.string()))

    def _batch_of(self, row: int) -> int:
        return self._batches[bisect_right(self._first_rows, row) - 1]

    def _settled(self) -> None:
        """Waits for the chunk that is on its way."""
        if self._settling is not None:
            self._settling.result()
            self._settling = None
