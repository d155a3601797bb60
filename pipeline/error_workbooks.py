"""What goes back to those who filled in a file of an inbox: the same table, with what is wrong in it.

It is made of what the ledger keeps of a batch that has ended and of the file as it lies in the inbox, so that a run
that broke off before is made good by the next one, which reads the same file again.
"""

import hashlib
import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Any

from connectors.blank_workbook import kind_of
from connectors.decoding import Decoder
from connectors.inbox import Inbox, InboxFile
from connectors.json_places import NO_VALUE
from connectors.specification import Feed
from connectors.values import as_text
from hub.errors import HubError
from hub.periods import VIETNAM
from hub.sheets import Cell, Sheet, Value, write_workbook
from hub.translation import msg
from pipeline.claim import Claim
from warehouse import landing
from warehouse.ledger import Batch

_LOG = logging.getLogger(__name__)
_RED = "FFC7CE"
Offences = Sequence[Mapping[str, Any]]
"""Of a record: rule, column and value of each."""


@dataclass(frozen=True)
class ReadFile:
    """A file as a batch has read it, with what was refused of it by the place of the record, from 0."""

    name: str
    sha256: str
    refused: Mapping[int, Offences]


def give_back(claim: Claim, batch: Batch, inbox: Inbox, feed: Feed, decoder: Decoder) -> None:
    """Leaves for each file of a batch that has ended the workbook with its errors, and removes the old one of a file
    without any. What cannot be written is told in the log: the load stays as it is, and the next one tries again."""
    rules = dict(
        claim.main.execute(
            "select rule_id, description_vi from quality.rule_result where batch_id = %s", [batch.batch_id]
        ).fetchall()
    )
    files = list(_files(claim, batch))
    claim.main.rollback()  # nothing was changed
    for file in files:
        try:
            _give_back_one(inbox, file, feed, decoder, rules)
        except HubError as error:
            _LOG.error("Errors of %s were not given back, %s / %s", inbox.address(file.name), error.vi, error.en)


def _files(claim: Claim, batch: Batch) -> Iterator[ReadFile]:
    first_rows = {number: first for number, _, first in landing.manifest(claim.main, batch.batch_id)}
    rows = claim.main.execute(
        "select page_number, row_number, offences from quality.quarantine where batch_id = %s order by 1, 2",
        [batch.batch_id],
    ).fetchall()
    refused = {
        page: {row - first_rows[page]: offences for _, row, offences in own}
        for page, own in itertools.groupby(rows, lambda row: row[0])
    }
    pages = claim.main.execute(
        "select page_number, request, wire_sha256 from landing.page where batch_id = %s order by 1", [batch.batch_id]
    )
    for number, request, sha256 in pages.fetchall():
        yield ReadFile(request.rpartition("/")[2], sha256, refused.get(number, {}))


def _give_back_one(inbox: Inbox, file: ReadFile, feed: Feed, decoder: Decoder, rules: Mapping[str, str]) -> None:
    name = f"{PurePath(file.name).stem}-loi.xlsx"
    if not file.refused:
        inbox.take_back(name)
        return
    body = _as_read(inbox, file, feed)
    if body is not None:  # else it was saved anew meanwhile, and is read the next time
        header, lines = decoder.table(body)
        inbox.give_back(name, write_workbook([_sheet(feed, header, lines, file.refused, rules)]))


def _as_read(inbox: Inbox, file: ReadFile, feed: Feed) -> bytes | None:
    there: InboxFile | None = next((one for one in inbox.files(feed.format) if one.name == file.name), None)
    body = inbox.read(there) if there else None
    return body if body is not None and hashlib.sha256(body).hexdigest() == file.sha256 else None


def _sheet(
    feed: Feed,
    header: Sequence[str],
    lines: Iterator[tuple[int, Mapping[str, Any]]],
    refused: Mapping[int, Offences],
    rules: Mapping[str, str],
) -> Sheet:
    """The table without personal columns and those that the feed does not know, and what is wrong with each row."""
    own = {str(column.wire): name for name, column in feed.columns.items() if column.wire and not column.personal}
    shown = [wire for wire in header if wire in own]
    rows: list[list[Value | Cell]] = []
    for place, (number, values) in enumerate(lines):
        offences = refused.get(place, ())
        wrong = {one["column"] for one in offences}
        cells: list[Value | Cell] = [
            Cell(_plain(values.get(wire)), colour=_RED if own[wire] in wrong else None) for wire in shown
        ]
        rows.append([*cells, "; ".join(_said(feed, number, one, rules) for one in offences)])
    return Sheet(str(feed.sheet or feed.title), [*shown, "Lỗi"], rows)


def _said(feed: Feed, number: int, offence: Mapping[str, Any], rules: Mapping[str, str]) -> str:
    """One thing that is wrong with a row, in Vietnamese, with the row's number in the file."""
    column = feed.columns.get(offence["column"])
    rule = rules.get(offence["rule"], offence["rule"])
    wire = column.wire or column.label if column else offence["column"]
    value = as_text(offence["value"])
    if column is None or column.personal or not value:
        return msg("row {row}, {column}: {rule}", row=number, column=wire or "", rule=rule).vi
    if offence["rule"] == "types":
        rule = kind_of(column)
    return msg("row {row}, {column} is “{value}”: {rule}", row=number, column=wire or "", value=value, rule=rule).vi


def _plain(value: Any) -> Value:
    """A cell's value as it is written: what has no meaning says what it was."""
    if isinstance(value, str):
        return f"({value.removeprefix(NO_VALUE)})" if value.startswith(NO_VALUE) else value
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date() if is_day else value.replace(tzinfo=VIETNAM)
    return value if isinstance(value, bool | int | float | date | None) else as_text(value)
