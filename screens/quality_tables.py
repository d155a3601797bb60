"""The lists of quality as tables and files: one set of columns, titles and words for pages, commands, CSV and XLSX."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.sheets import Sheet, write_csv, write_workbook
from hub.translation import Message, Wording, msg, msg_in
from kpis.small_cells import FEWEST
from screens.quality import WITHHELD, Rows, leaving_account, withhold
from screens.texts import Language, say

Columns = Mapping[str, Wording]
RUNS: Columns = {
    "batch_id": msg("Batch"),
    "feed": msg("Feed"),
    "first_day": msg("From"),
    "last_day": msg("To"),
    "status": msg("Status"),
    "is_provisional": msg("Provisional"),
    "fetched": msg("Fetched"),
    "loaded": msg("Loaded"),
    "unchanged": msg("Unchanged"),
    "superseded": msg("Superseded"),
    "quarantined": msg("Quarantined"),
    "finished_at": msg("Finished"),
    "reason": msg("Reason"),
}
RULES: Columns = {
    "feed": msg("Feed"),
    "rule": msg("Rule"),
    "dimension": msg("Dimension"),
    "runs": msg("Batches judged"),
    "broken": msg("Batches that broke it"),
    "evaluated": msg("Rows looked at"),
    "failed": msg("Rows that broke it"),
    "share": msg("Share (%)"),
}
REFUSED: Columns = {
    "batch_id": msg("Batch"),
    "feed": msg("Feed"),
    "first_day": msg("From"),
    "last_day": msg("To"),
    "rule": msg("Rule"),
    "state": msg("State"),
    "assignee": msg("Assigned to"),
    "since": msg("Refused at"),
    "records": msg("Records"),
}
STATUS: Mapping[str, Message] = {
    "running": msg("running"),
    "published": msg("published"),
    "blocked": msg("blocked"),
    "failed": msg("failed"),
}
STATE: Mapping[str, Message] = {
    "open": msg_in("quarantine", "open"),
    "replayed": msg_in("quarantine", "mended and accepted"),
    "superseded": msg_in("quarantine", "superseded"),
    "waived": msg_in("quarantine", "waived"),
    "rejected": msg_in("quarantine", "rejected for good"),
}
DIMENSION: Mapping[str, Message] = {
    "completeness": msg("Completeness"),
    "validity": msg("Validity"),
    "uniqueness": msg("Uniqueness"),
    "timeliness": msg("Timeliness"),
    "consistency": msg("Consistency"),
}
_WORDS: Mapping[str, Mapping[str, Message]] = {"status": STATUS, "state": STATE, "dimension": DIMENSION}


def in_words(rows: Rows, language: Language) -> Rows:
    """The rows with words for codes of status, state and dimension."""
    return [
        row | {name: say(words[row[name]], language) for name, words in _WORDS.items() if name in row} for row in rows
    ]


def leaving_runs(rows: Rows, persons: set[str]) -> Rows:
    """As these may leave the hub: the account tells one number by the others."""
    return [leaving_account(row, WITHHELD) if row["feed"] in persons else row for row in rows]


def leaving_rules(rows: Rows, persons: set[str], few: Collection[str]) -> Rows:
    """As these may leave the hub; `few` are feeds of which a batch has a small count. Every record that was refused
    broke a rule, so the account of such a feed and all its other rules would tell the one that is withheld. Withheld
    ones come last, by name: their place among the others would tell them, too."""
    told = withhold(rows, persons, ["failed", "share"], lambda row: row["feed"] in few)
    known = [row for row in told if row["failed"] != WITHHELD]
    withheld = [row for row in told if row["failed"] == WITHHELD]
    return known + sorted(withheld, key=lambda row: (row["feed"], row["rule"]))


def leaving_refused(rows: Rows, persons: set[str]) -> Rows:
    """As these may leave the hub: a batch's account tells one count by the others."""
    return withhold(rows, persons, ["records"], lambda row: row["fewest"] < FEWEST)


def write(kind: str, columns: Columns, rows: Rows, language: Language, title: Wording) -> bytes:
    """A file of the rows: `kind` is csv, with the columns' own names as other files have, or xlsx, with titles."""
    values: list[Sequence[Any]] = [[row[name] for name in columns] for row in in_words(rows, language)]
    if kind == "csv":
        return write_csv(columns, values)
    told = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in values]
    return write_workbook([Sheet(say(title, language), [say(text, language) for text in columns.values()], told)])
