"""A hub of a test's own: an empty warehouse, a landing, and a gateway to load from."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from pydantic import SecretStr

from audit.findings import Verification
from audit.verification import verify
from connectors.decoding import Decoded, Decoder, WirePage
from connectors.paging.feed_reader import Declaration
from connectors.slices import Slice
from connectors.source_files import find_feed, load_sources
from connectors.specification import Feed
from hub.errors import Retry
from hub.installation import Installation
from hub.settings import Settings
from pipeline.batch import Outcome, load
from pipeline.fetch import open_decoder, run_feed
from pipeline.origin import Origin
from pipeline.progress import silent
from pipeline.replay import replay
from tests.connectors.simulated import FIRST, LAST, Simulated, simulated_inbox
from tests.installation import refresh
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.landing import Landing
from warehouse.schema.everything import metadata
from warehouse.schema.facts import FACTS, is_by_day, rows_by_day

FEEDS = [(source.name, feed) for source in load_sources().values() for feed in source.feeds]
IN_EVERY_WORLD = [
    (source.name, name)
    for source in load_sources().values()
    for name, feed in source.feeds.items()
    if feed.paging.calls and not feed.request.path.startswith(("/thongke/", "/hoso/", "/danhmuc/", "/csdlgd/", "/yte/"))
]
"""Feeds that each world of the simulated gateway tells; the other systems are those of Lạng Sơn."""
LINEAGE = {"batch_id", "page_number"}
_EVIDENCE = ("0" * 64, 1, "00000000-0000-0000-0000-000000000000", "a test")
"""Of a page that nobody fetched: hash, size, id and request."""
ACCOUNT = ("fetched", "loaded", "unchanged", "superseded", "quarantined", "removed")


class Hub:
    """Settings of an installation and what a test asks of it."""

    def __init__(self, url: str, state: Path, gateway_url: str, **settings: Any) -> None:
        self.url = url
        self.settings = Settings(
            **{
                "warehouse_url": url,
                "state": state,
                "gateway_url": gateway_url,
                "client_id": Simulated.client_id,
                "client_secret": SecretStr(Simulated.client_secret),
                "hmac_key": SecretStr("a test's own key"),
                "inbox": str(simulated_inbox()),
                **settings,
            }
        )

    @property
    def installation(self) -> Installation:
        return Installation(self.settings)

    @contextmanager
    def copied(self, postgres: Postgres) -> Iterator["Hub"]:
        """Such a copy for a while."""
        with postgres.copied(self.url) as url:
            yield Hub(url, self.settings.state, self.settings.gateway_url)

    def copy(self, postgres: Postgres) -> "Hub":
        """A hub with a copy of this one's warehouse; the landing is shared."""
        return Hub(postgres.copy(self.url), self.settings.state, self.settings.gateway_url)

    def run(self, source: str, feed: str, first: date = FIRST, last: date = LAST) -> Outcome:
        return run_feed(self.installation, source, feed, first, last)

    def take(
        self,
        source: str,
        feed: str,
        records: Sequence[Any],
        per_page: int = 2,
        max_rejected: float | None = 1,
        days: tuple[date, date] | None = None,
        **stated: Any,
    ) -> Outcome:
        """Loads records (wire form) as if the source had given them, in pages; `stated` is what pages say for all. All
        may be refused, unless `max_rejected` says otherwise (None: as the specification does)."""
        spec = find_feed(source, feed, self.settings.sources)
        decoder = open_decoder(self.settings, spec)
        cuts = [records[place : place + per_page] for place in range(0, len(records), per_page)]
        return self.take_pages(source, feed, [_decoded(decoder, spec, cut, stated) for cut in cuts], max_rejected, days)

    def take_pages(
        self,
        source: str,
        feed: str,
        pages: Sequence[Decoded],
        max_rejected: float | None = 1,
        days: tuple[date, date] | None = None,
    ) -> Outcome:
        """Loads decoded pages as if the source had given them, and had declared as many different records."""
        return self.take_slices(source, feed, {Slice(*(days or (FIRST, LAST))): pages}, max_rejected)

    def take_slices(
        self, source: str, feed: str, slices: Mapping[Slice, Sequence[Decoded]], max_rejected: float | None = 1
    ) -> Outcome:
        """Such a load of several slices, by their pages."""
        spec = find_feed(source, feed, self.settings.sources)
        if max_rejected is not None:
            spec = spec.model_copy(update=dict.fromkeys(("max_rejected", "max_rejected_official"), max_rejected))
        decoder = open_decoder(self.settings, spec)

        def given(piece: Slice, declaration: Declaration) -> Iterator[WirePage]:
            pages = slices[piece]
            declaration.declared = len(_different(decoder, spec, pages)) if spec.paging.total else None
            yield from (WirePage(page, *_EVIDENCE, datetime.now(UTC)) for page in pages)

        origin = Origin(source, feed, spec, decoder, lambda _: list(slices), given)
        return load(self.installation, origin, silent)

    def run_all(self, feeds: Iterable[tuple[str, str]] = FEEDS) -> dict[tuple[str, str], Outcome]:
        """Every feed, again where only time is needed, as a scheduler does."""
        outcomes = {}
        for source, feed in feeds:
            for attempt in range(4):
                try:
                    outcomes[source, feed] = self.run(source, feed)
                    break
                except Retry:
                    if attempt == 3:
                        raise
        return outcomes

    def replay(self, batch_id: int) -> Outcome:
        return replay(self.installation, batch_id)

    def refresh(self) -> None:
        refresh(self.url, self.settings.province)

    def verify(self, province: str | None = None) -> Verification:
        """What `ioc audit verify` finds."""
        with connect(self.url, "loader") as connection:
            return verify(connection, Landing(self.settings.landing_address), province, settings=self.settings)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with connect(self.url, "owner") as connection:
            return connection.execute(query.encode(), values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def change(self, query: str, *values: Any) -> None:
        """Changes something as the owner of the database."""
        with connect(self.url, "owner") as connection:
            connection.execute(query.encode(), values)

    def batches(self, *columns: str) -> list[tuple[Any, ...]]:
        """What the ledger says of every batch, in order."""
        return self.rows(f"select {', '.join(columns)} from ledger.batch order by batch_id")

    def checksums(self) -> dict[str, str]:
        """A hash of each table of the star schema: everything but which batch and page brought a row."""
        with connect(self.url, "owner") as connection:
            return {table.name: checksum(connection, table.name) for table in metadata.tables.values() if star(table)}

    def kpi_checksum(self) -> str:
        """A hash of what the hub says of its KPIs, revisions and refusals included."""
        query = (
            "select kpi_id, first_day, last_day, area_id, breakdown, revision, value, numerator, denominator, status,"
            " data_as_of, definition_version from kpi.observation order by 1, 2, 3, 4, 5, 6"
        )
        return hashlib.sha256(repr(self.rows(query)).encode()).hexdigest()

    def staging_tables(self) -> list[str]:
        return [
            name
            for (name,) in self.rows("select tablename from pg_tables where schemaname = 'staging' order by tablename")
        ]


def _different(decoder: Decoder, spec: Feed, pages: Sequence[Decoded]) -> set[str]:
    """The records that a source counts: one that comes again counts once, one without a key each time."""
    keys = [column.wire for column in spec.columns.values() if column.key and column.required and column.wire]
    records = [decoder.plain(record) for page in pages for record in page.records]
    return {
        json.dumps(record) if all(record.get(key) for key in keys if key) else str(number)
        for number, record in enumerate(records)
    }


def _decoded(decoder: Decoder, spec: Feed, records: Sequence[Any], stated: dict[str, Any]) -> Decoded:
    if spec.format == "csv":
        return decoder.reread(json.dumps({"page": stated, "records": records}).encode())
    body: Any = records
    for part in reversed(spec.paging.records.split(".")):
        body = {part: body}
    return decoder.decode(json.dumps(body).encode(), stated, look=True)


def star(table: Any) -> bool:
    return bool(table.schema == "warehouse")


def checksum(connection: psycopg.Connection[Any], name: str) -> str:
    """Hash of a table's rows, in the order of their texts. The key of a service or an organisation depends on who came
    first, so that its code stands for it; of facts that are asked by day the rows of each day count."""
    rows: sql.Composable = sql.Identifier("warehouse", name)
    hidden = set(LINEAGE)
    if name in FACTS and is_by_day(FACTS[name]):
        rows, hidden = sql.SQL(rows_by_day(FACTS[name])), {*LINEAGE, "valid_to"}
    columns = [column.name for column in metadata.tables[f"warehouse.{name}"].columns if column.name not in hidden]
    grown = {f"{dimension}_id": f"dim_{dimension}" for dimension in ("service", "organisation")}
    shown = [
        sql.SQL("(select d.code from {table} d where d.{key} = t.{key})").format(
            table=sql.Identifier("warehouse", grown[column]), key=sql.Identifier(column)
        )
        if column in grown
        else sql.SQL("t.{}").format(sql.Identifier(column))
        for column in columns
        if name != grown.get(column)
    ]
    query = sql.SQL("select row({})::text from {} t order by 1").format(sql.SQL(", ").join(shown), rows)
    hashed = hashlib.sha256()
    for (text,) in connection.execute(query):
        hashed.update(text.encode())
    return hashed.hexdigest()
