"""Good rows of any feed, made from its specification alone, and what spoils them."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import hypothesis
import pyarrow as pa
from hypothesis import strategies as st

from connectors.column_specification import Column
from connectors.columns import typed_table, wire_table
from connectors.decoding import Decoder
from connectors.specification import Feed
from warehouse.facts import may_be_left_out

MOMENT = datetime(2023, 2, 28, 10, 30)
MEMBERS = {
    "area": "05971",
    "organisation": "000.00.11.H37",
    "operator": "vnpt",
    "gate": "huu_nghi",
    "platform": "voso",
    "channel": "online",
}
DAYS = {
    "day": ("2023-02-28", "2023-02-28"),
    "month": ("2023-02-01", "2023-02-28"),
    "year": ("2022-01-01", "2022-12-31"),
}
"""Days that a value of an indicator of each grain is for."""
Row = Mapping[str, Any]
"""Wire values by column."""


def has_places_of_its_own(feed: Feed) -> bool:
    """Whether each column of a feed has a place of its own, and can be spoilt alone."""
    places = [(column.wire, column.page) for column in feed.kept.values()]
    return len(set(places)) == len(places)


def good(feed: Feed, key: str = "1") -> dict[str, Any]:
    """A row that no rule refuses; `key` tells rows apart in their first textual key."""
    row = {name: _value(column) for name, column in feed.kept.items()}
    for name, column in feed.kept.items():
        if column.key and column.type == "text" and not (column.known or column.codes):
            row[name] = row[name][:-1] + key
            break
    if feed.indicators:
        named = feed.constants.get("indicator") or feed.columns["indicator"].codes[row["indicator"]]
        for name, day in zip(("first_day", "last_day"), DAYS[feed.indicators[str(named)].grain], strict=True):
            row[name] = at(feed.columns[name], datetime.fromisoformat(day))
    return row


def _value(column: Column) -> Any:
    if column.codes:
        return next((code for code in column.codes if code), "")
    if column.known:
        member = MEMBERS[column.known]
        return member.upper() if column.lower else member
    if column.pattern:
        return hypothesis.find(st.from_regex(column.pattern, fullmatch=True), lambda text: text.isascii())
    if column.type in ("date", "datetime", "month"):
        return at(column, MOMENT)
    return {"text": "abc", "boolean": "true"}.get(column.type, str(int(column.min or 0) + 1))


def another(column: Column) -> Any:
    """A good value that is not the one of `good`."""
    if column.codes:
        first = column.codes[_value(column)]
        return next(code for code, meant in column.codes.items() if code and meant != first)
    if column.type in ("date", "datetime", "month"):
        return at(column, MOMENT + timedelta(hours=25))
    if column.type == "boolean":
        return "false"
    return "abd" if column.type == "text" and not column.pattern else str(int(column.min or 0) + 2)


def at(column: Column, moment: datetime) -> str:
    """A time as the wire writes it."""
    if column.format:
        return moment.strftime(column.format)
    return moment.isoformat() if column.type == "datetime" else moment.date().isoformat()


def earlier(column: Column) -> str:
    return at(column, MOMENT - timedelta(days=40))


def table(feed: Feed, rows: Iterable[Row], first_row: int = 1) -> pa.Table:
    """Rows as the pipeline types them, each on a page of its own."""
    decoder = Decoder(feed, "key")
    wires = [
        wire_table(decoder, feed, decoder.reread(landed(feed, row)), number, number)
        for number, row in enumerate(rows, first_row)
    ]
    return typed_table(feed, pa.concat_tables(wires).combine_chunks(), optional=may_be_left_out(feed))


def landed(feed: Feed, row: Row) -> bytes:
    """A landed page of one row."""
    page = {str(feed.columns[name].page): value for name, value in row.items() if feed.columns[name].page}
    record = {str(feed.columns[name].wire): value for name, value in row.items() if feed.columns[name].wire}
    return json.dumps({"page": page, "records": [record]}).encode()
