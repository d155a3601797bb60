"""The standard suite: every feed of every source reads a few days from the simulated gateway, or the answers that were
recorded of it; of itself the hub tells made-up counts. A new source is tested by being there."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from connectors import slices
from connectors.client import Gateway
from connectors.columns import UNREAD, typed_table, wire_table
from connectors.decoding import Decoded, Decoder, WirePage
from connectors.inbox import Inbox
from connectors.paging.feed_reader import Declaration, FeedReader, OwnData
from connectors.source_files import load_sources
from connectors.specification import Feed
from gateway.people import leaks
from tests.connectors import specs
from tests.connectors.samples import SAMPLES, recorded
from tests.connectors.simulated import FIRST, LAST, Simulated, simulated, simulated_inbox

FEEDS = {f"{s.name}.{name}": feed for s in load_sources().values() for name, feed in s.feeds.items()}
SIMULATED = {name: feed for name, feed in FEEDS.items() if not (SAMPLES / name).is_dir()}


class Bodies(Decoder):
    """A decoder that remembers what it was given."""

    def __init__(self, feed: Feed, hmac_key: str) -> None:
        super().__init__(feed, hmac_key)
        self.bodies: list[bytes] = []

    def decode(self, body: bytes, stated: Mapping[str, Any], *, look: bool) -> Decoded:
        self.bodies.append(body)
        return super().decode(body, stated, look=look)


@dataclass
class Read:
    """A feed's pages, as they came and as one table."""

    feed: Feed
    decoder: "Bodies"
    declaration: Declaration
    pages: list[WirePage]
    table: pa.Table


def read_feed(there: Simulated, name: str) -> Read:
    feed, inbox = FEEDS[name], None
    if feed.paging.style == "hub":
        return read_slices(Gateway("", "", ""), feed, _pieces(feed), hub=_told)
    if feed.paging.style == "inbox":
        inbox = Inbox(str(simulated_inbox() / name.partition(".")[0]))
    gateway = Gateway(there.url, there.client_id, there.client_secret, timeout=5)
    return read_slices(gateway, feed, _pieces(feed), inbox)


def _told(day: date) -> tuple[str, list[dict[str, Any]]]:
    return f"accounts {day}", [{"role": "viewer", "accounts": 3}, {"role": "admin", "accounts": 0}]


def read_sample(folder: Path, feed: Feed) -> Read:
    with recorded(folder, feed) as there:
        return read_slices(there.gateway(), feed, [next(_pieces(feed))])


def _pieces(feed: Feed) -> Iterator[slices.Slice]:
    return slices.cut(FIRST - feed.look_back, LAST, feed.slice)


def read_slices(
    gateway: Gateway,
    feed: Feed,
    pieces: Iterable[slices.Slice],
    inbox: Inbox | None = None,
    hub: OwnData | None = None,
) -> Read:
    decoder, declaration = Bodies(feed, "key"), Declaration()
    pages = list(FeedReader(gateway, feed, decoder, "H37", "20", inbox, hub).read(pieces, declaration))
    tables, row = [], 1
    for number, page in enumerate(pages, 1):
        if page.decoded.records:
            tables.append(wire_table(decoder, feed, page.decoded, number, row))
        row += len(page.decoded.records)
    return Read(feed, decoder, declaration, pages, typed_table(feed, pa.concat_tables(tables).combine_chunks()))


def written(body: bytes) -> str:
    """The text of a page, of a workbook that of its parts."""
    if not zipfile.is_zipfile(io.BytesIO(body)):
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return "\n".join(parts.read(name).decode() for name in parts.namelist())


@pytest.fixture(scope="module")
def there() -> Iterator[Simulated]:
    with simulated() as there:
        yield there


@pytest.fixture(scope="module", params=FEEDS)
def read(there: Simulated, request: pytest.FixtureRequest) -> Read:
    name = request.param
    return read_feed(there, name) if name in SIMULATED else read_sample(SAMPLES / name, FEEDS[name])


def test_a_feed_gives_all_that_it_declares(read: Read) -> None:
    fetched = sum(len(page.decoded.records) for page in read.pages)
    assert fetched == read.table.num_rows > 0
    if read.feed.paging.total:
        assert read.declaration.declared == fetched


def test_a_feed_has_the_fields_that_its_specification_names(read: Read) -> None:
    looked = [page for page in read.pages if page.decoded.seen_fields]
    assert looked
    named = {*read.feed.unread, *(column.wire for column in read.feed.columns.values() if column.wire)}
    for page in looked:
        assert page.decoded.unknown_fields == []
        assert named >= page.decoded.seen_fields
    assert named == set().union(*(page.decoded.seen_fields for page in looked))


def test_a_feeds_values_have_their_types_but_for_few(read: Read) -> None:
    assert read.table[UNREAD].null_count >= 0.98 * read.table.num_rows
    for name in read.feed.kept:
        if read.feed.columns[name].required:
            assert read.table[name].null_count <= 0.02 * read.table.num_rows, name


def test_a_feeds_codes_are_the_hubs_but_for_few(read: Read) -> None:
    for name, column in read.feed.kept.items():
        if column.codes and column.type == "text":
            known = pc.is_in(read.table[name], pa.array([str(code) for code in column.codes.values()]))
            assert pc.sum(known).as_py() >= 0.98 * (read.table.num_rows - read.table[name].null_count), name


def test_nothing_personal_is_left_of_a_feed(read: Read) -> None:
    for page in read.pages:
        assert leaks(read.decoder.encode(page.decoded).decode()) == []
    personal = [str(column.wire) for column in read.feed.columns.values() if column.personal]
    assert personal or not any(leaks(written(body)) for body in read.decoder.bodies)


def test_a_feeds_landed_pages_are_read_back(read: Read) -> None:
    for page in read.pages:
        landed = read.decoder.encode(page.decoded)
        assert read.decoder.reread(landed).records == page.decoded.records


@pytest.mark.parametrize("feed", [name for name, feed in SIMULATED.items() if feed.paging.calls])
def test_a_feed_is_the_same_when_the_gateway_is_at_its_worst(there: Simulated, feed: str) -> None:
    right = read_feed(there, feed)
    # what costs seconds or repeats records is tested with the load
    refusals = "token_expires:0.3,token_revoked:0.2,busy_429:0.2,error_503:0.6,dvc_session:0.2,ioffice_code_401:0.2"
    with there.faults(f"{refusals},cut:0.2,truncated_json:0.2,html_error:0.2,bad_gzip:0.2", seed=1):
        faulty = read_feed(there, feed)
        assert sum(there.fired().values()) > 0
    assert faulty.table.equals(right.table)
    assert faulty.declaration.declared == right.declaration.declared


NUMBERED = {
    "request": {"path": "/luutru/v1/van-ban", "query": {"trang": "{page}", "tu": "{start:%Y-%m-%d}"}},
    "paging": {"style": "pages", "records": "du_lieu", "total": "tong", "size": 1},
}


@pytest.mark.parametrize("changes", [{}, NUMBERED], ids=["next_link", "pages"])
def test_a_feed_that_no_gateway_simulates_is_read_from_what_was_recorded(
    changes: dict[str, object], tmp_path: Path
) -> None:
    papers = [{"ma": f"VB-{n}", "ban_hanh": "2023-02-27T08:00:00", "mat": False, "ky_so": True} for n in (1, 2)]
    links = ["/luutru/v1/van-ban?sau=1", None]
    for number, (paper, link) in enumerate(zip(papers, links, strict=True), 1):
        page = {"ma_loi": 0, "du_lieu": [paper], "tong": 2, "trang": {"tong": 2, "tiep": link}}
        (tmp_path / f"{number}.json").write_text(json.dumps(page), "utf-8")
    (tmp_path / "3.json").write_text('{"ma_loi": 0, "du_lieu": [], "tong": 2}', "utf-8")
    read = read_sample(tmp_path, specs.feed(**changes))
    assert read.table["document_code"].to_pylist() == ["VB-1", "VB-2"]
    assert read.declaration.declared == 2
