"""The hub's own data is read as an answer would be, and no call is made."""

from datetime import date
from typing import Any

import pytest

from connectors.client import Gateway
from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration, FeedReader, OwnData
from connectors.slices import cut
from connectors.source_files import find_feed
from connectors.specification import Feed
from hub.errors import Abort
from tests.connectors import specs

FEED = find_feed("ioc", "accounts")
FIRST, LAST = date(2023, 5, 1), date(2023, 5, 3)


def tell(day: date) -> tuple[str, list[dict[str, Any]]]:
    return f"accounts {day}", [{"role": "viewer", "accounts": day.day}] if day > FIRST else []


def read(hub: OwnData | None, feed: Feed = FEED) -> list[WirePage]:
    reader = FeedReader(Gateway("", "", ""), feed, Decoder(feed, "key"), "H37", "20", hub=hub)
    return list(reader.read(cut(FIRST, LAST, feed.slice), Declaration()))


def test_each_day_is_a_page_with_what_the_hub_tells_of_its_end() -> None:
    pages = read(tell)
    assert [page.request for page in pages] == [f"HUB accounts 2023-05-0{number}" for number in (1, 2, 3)]
    told = [[(record.f0, int(record.f1)) for record in page.decoded.records] for page in pages]
    assert told == [[], [("viewer", 2)], [("viewer", 3)]]
    assert [page.decoded.envelope for page in pages] == [
        {"slice": f"2023-05-0{number}", "slice_start": f"2023-05-0{number}"} for number in (1, 2, 3)
    ]
    assert len({page.correlation_id for page in pages}) == 3


def test_a_day_of_which_the_hub_tells_nothing_is_a_page_without_records_that_is_landed_as_such() -> None:
    decoder = Decoder(FEED, "key")
    empty = read(tell)[0].decoded
    assert decoder.reread(decoder.encode(empty)).records == []
    assert empty.unknown_fields == []


def test_a_field_that_the_specification_does_not_name_is_told() -> None:
    pages = read(lambda day: (str(day), [{"role": "viewer", "accounts": 1, "login": "stt"}]))
    assert [page.decoded.unknown_fields for page in pages] == [["login"]] * 3
    assert b"stt" not in Decoder(FEED, "key").encode(pages[0].decoded)


def test_where_nobody_can_tell_the_reading_ends() -> None:
    with pytest.raises(Abort, match="which only its database has"):
        read(None)


def test_nothing_is_called_so_that_no_request_is_named() -> None:
    with pytest.raises(ValueError, match="leave it out in styles 'inbox' and 'hub'"):
        specs.feed(paging={"style": "hub"})
    with pytest.raises(ValueError, match="leave format out"):
        Feed.model_validate(FEED.model_dump(exclude={"request", "sheet"}, exclude_unset=True) | {"format": "csv"})


def test_each_day_is_asked_for_by_itself() -> None:
    assert FEED.is_bounded
    assert not FEED.paging.calls
