"""The middle of the way: pages are landed, staged and judged as they come; nothing holds a whole feed."""

import itertools
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa

from connectors.columns import ROW, typed_table, wire_table
from connectors.decoding import Decoded, Decoder
from connectors.specification import Feed
from expectations import gate, profile, rules, suite
from expectations.profile import Seen
from pipeline.progress import Progress
from warehouse import landing, quality
from warehouse.landing import Landing
from warehouse.ledger import Batch
from warehouse.staging import Staging

CHUNK = 20_000
"""Records that are typed, staged and judged together: enough to spread the judge's fixed cost (40 ms), little enough to
keep memory flat; 30,000 would save a twentieth of the time and cost 20 MB."""

pa.set_memory_pool(pa.system_memory_pool())  # gives memory back between chunks; Arrow's own pools keep 40 MB

Connection = psycopg.Connection[Any]


@dataclass
class Incoming:
    """A decoded page and how it came, from the wire or from quarantine."""

    decoded: Decoded
    wire_sha256: str
    wire_bytes: int
    correlation_id: str
    request: str
    fetched_at: datetime


class Load:
    """One batch between the wire and the verdict.

    `main` is the batch's connection; `copier` belongs to the thread that copies a chunk into staging. Threads beside
    land pages, judge a chunk and copy it while the next one is read; no more than one chunk is ever on its way.
    """

    def __init__(
        self, main: Connection, copier: Connection, land: Landing, batch: Batch, feed: Feed, decoder: Decoder
    ) -> None:
        self._main = main
        self._copier = copier
        self._landing = land
        self._batch = batch
        self.feed = feed
        self._decoder = decoder
        self.staging = Staging(batch, feed)
        self.seen = Seen()
        self._row_rules = rules.row_rules(feed)
        self._tally = gate.Tally(self._row_rules)
        self._judged = [ROW, *rules.judged(self._row_rules)]
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._pages: list[Future[landing.LandedPage]] = []
        self._page_number = 0
        self._rejections: list[tuple[int, str]] = []
        self._settling: Future[None] | None = None
        self._pool = ThreadPoolExecutor(3)

    def __enter__(self) -> "Load":
        self._pool.submit(suite.library)  # its import takes seconds, in which the first pages come
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        with suppress(psycopg.Error):
            self._copier.rollback()

    def take(self, pages: Iterable[Incoming], progress: Progress) -> None:
        """Reads all pages: lands each, stages and judges them in chunks, all of it beside the reading."""
        self.staging.create(self._main)
        for page in pages:
            self._land(page)
            if self._waiting_rows >= CHUNK:
                self._chunk()
            progress("read", self.seen.fetched, self.seen.declared)
        self._chunk()
        self._settled()
        self._copier.commit()
        self.staging.reject(self._main, self._rejections)
        self.staging.complete(self._main)
        self._main.commit()

    def judge(self, lateness_hours: float, home: dict[str, Any]) -> tuple[gate.Verdict, list[suite.Result]]:
        """The verdict on what was taken, after the rules about the whole batch have run, too."""
        batch_rules = rules.batch_rules(self.feed, self.staging, lateness_hours)
        figures = dict(profile.refuse_rows(self._main, self.staging, batch_rules, home))
        figures |= profile.measure(self._main, self._batch, self.staging, self.feed, self.seen)  # type: ignore[arg-type]
        frame = pd.DataFrame([figures]).astype(float)
        results = suite.judge(f"{self.staging.name}_batch", batch_rules, frame)
        for result in results:
            figure = figures.get(result.rule.rule_id)
            result.observed = "—" if figure is None else f"{figure:g}"
            if result.rule.rows is not None and figure is not None:
                result.failed, result.evaluated = int(figure), self.seen.fetched
        results = self._tally.results() + results
        return gate.decide([*self._row_rules, *batch_rules], results), results

    def quarantine(self, area_code: str) -> int:
        """Moves refused records to quarantine, in their redacted wire form; gives their number. `area_code` is the
        area of records that name none."""
        refused = list(quality.refused(self._main, self._batch, self.staging, self.feed, area_code))
        pages = dict(landing.manifest(self._main, self._batch.batch_id))
        firsts = _first_rows(self._main, self._batch.batch_id)
        for number, refusals in itertools.groupby(refused, lambda refusal: refusal.page):
            page = self._decoder.reread(self._landing.read(pages[number]))
            forms = [
                (r, {"page": page.envelope, "record": self._decoder.plain(page.records[r.row - firsts[number]])})
                for r in refusals
            ]
            quality.quarantine(self._main, self._batch, self.feed.fact, forms)
        return len(refused)

    def _land(self, page: Incoming) -> None:
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
        self._pages.append(self._pool.submit(self._keep, landed, self._decoder.encode(decoded)))
        self.seen.unknown_fields.update(decoded.unknown_fields)
        self.seen.known_fields.update(decoded.seen_fields)
        if count:
            self._waiting.append(
                wire_table(self._decoder, self.feed, decoded, self._page_number, self.seen.fetched + 1)
            )
        self.seen.fetched += count
        self._waiting_rows += count

    def _keep(self, page: landing.LandedPage, body: bytes) -> landing.LandedPage:
        """Writes the redacted page to the landing; gives its line of the manifest, with its hash. The page comes as
        bytes, because as records it would take several times the memory while it waits."""
        return replace(page, landed_sha256=self._landing.write(body))

    def _chunk(self) -> None:
        landing.record(self._main, self._batch.batch_id, [page.result() for page in self._pages])
        self._main.commit()
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
        copying = self._pool.submit(self.staging.copy, self._copier, chunk)
        frame = chunk.select(self._judged).to_pandas().set_index(ROW).rename_axis(None)
        self._rejections += self._tally.add(suite.judge(self.staging.name, self._row_rules, frame))
        copying.result()

    def _settled(self) -> None:
        """Waits for the chunk that is on its way."""
        if self._settling is not None:
            self._settling.result()
            self._settling = None


def _first_rows(connection: Connection, batch_id: int) -> dict[int, int]:
    """Row of the batch with which each page begins."""
    firsts, row = {}, 1
    for number, records in connection.execute(
        "select page_number, records from landing.page where batch_id = %s order by page_number", [batch_id]
    ):
        firsts[number] = row
        row += records
    return firsts
