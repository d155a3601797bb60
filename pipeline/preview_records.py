"""The records of a preview: read, looked at, typed and judged row by row as an intake does it, and held in memory."""

import secrets
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.columns import ROW, typed_table, wire_table
from connectors.decoding import Decoded, Decoder
from connectors.personal import FieldLook, fields_of, masked
from connectors.specification import Feed
from expectations import rules, suite
from expectations.profile import Seen
from expectations.rules import Rule
from expectations.suite import RuleResult
from expectations.verdict import Tally
from hub.texts import clean
from pipeline.intake import CHUNK
from warehouse import facts

FIRST, MOST = 1_000, 200_000
"""Records of a preview, and of one of all that a slice has: they are held in memory."""
MOST_CODES = 20
"""Undeclared codes of a column that are named."""
ONLY = 0
"""The number that stands for the batch."""


@dataclass(frozen=True)
class UndeclaredCode:
    """A code that the specification, or the reference data of the column's dimension, does not have."""

    column: str
    code: str
    records: int


class LookingDecoder(Decoder):
    """A decoder that looks at all fields of the first records, those that are not kept, too. Their values go no
    further. Hashes are made with a key that nobody has."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed, secrets.token_hex(32))
        self.looks: dict[str, FieldLook] = {}
        self._left = FIRST
        self._lock = threading.Lock()

    def decode(self, body: bytes, stated: Mapping[str, Any], *, look: bool) -> Decoded:
        """As Decoder's."""
        page = super().decode(body, stated, look=look)
        with self._lock:  # pages may be fetched side by side
            for record in self.whole_records(body, self._left) if self._left else ():
                self._left -= 1
                for name, value in fields_of(record):
                    if name in self.looks or len(self.looks) < FIRST:
                        self.looks.setdefault(name, FieldLook()).note(value)
        return page


@dataclass
class Example:
    """The first record that broke a rule in a column, with its value as it came."""

    rule: Rule
    column: str
    row: int
    value: str | None
    records: int = 0


@dataclass
class PreviewRecords:
    """The records of a slice, typed and judged row by row in chunks as an intake does it."""

    spec: Feed
    decoder: Decoder
    seen: Seen = field(default_factory=Seen)
    came: int = 0
    is_cut: bool = False
    empty: Counter[str] = field(default_factory=Counter)
    rejections: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.row_rules = rules.row_rules(self.spec)
        self.tally = Tally(self.row_rules)
        self._optional = facts.may_be_left_out(self.spec)
        self._judged = [ROW, *rules.judged(self.row_rules)]
        self._waiting: list[pa.Table] = []
        self._typed: list[pa.Table] = []
        self._pages = 0
        self._examples: dict[tuple[str, str], Example] = {}
        self._codes: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @property
    def received(self) -> int:
        return self.seen.received

    @property
    def broken(self) -> list[Example]:
        return list(self._examples.values())

    def take(self, page: Decoded, most: int) -> None:
        """Takes in the records of a page, up to `most` of all."""
        self.came += len(page.records)
        left = most - self.received
        self.is_cut |= len(page.records) > left
        page.records = page.records[:left]
        count, self._pages = len(page.records), self._pages + 1
        seen = self.seen
        seen.unknown_fields.update(str(masked(name)) for name in page.unknown_fields)
        seen.known_fields.update(page.seen_fields)
        if not count:
            return
        seen.presence.note(self._pages, count, self.decoder.absent(page.records))
        self._waiting.append(wire_table(self.decoder, self.spec, page, self._pages, self.received + 1))
        seen.received += count
        seen.longest = max(seen.longest, count)
        if sum(table.num_rows for table in self._waiting) >= CHUNK:
            self.settle()

    def settle(self) -> None:
        """Types and judges what has come."""
        if not self._waiting:
            return
        wire = pa.concat_tables(self._waiting).combine_chunks()
        self._waiting = []
        typed = typed_table(self.spec, wire, optional=self._optional)
        frame = typed.select(self._judged).to_pandas().set_index(ROW).rename_axis(None)
        results = suite.judge("preview", self.row_rules, frame)
        self.rejections += [(row, rule) for _, row, rule in self.tally.add(results, {ONLY}, lambda _: ONLY)]
        self._note_examples(results, wire)
        self._note_values(wire)
        self._typed.append(typed)

    def typed(self) -> pa.Table:
        """All records in their types."""
        if self._typed:
            return pa.concat_tables(self._typed)
        nothing = wire_table(self.decoder, self.spec, Decoded([], {}, [], set()), 1, 1)
        return typed_table(self.spec, nothing, optional=self._optional)

    def undeclared(self) -> list[UndeclaredCode]:
        """The codes of columns that list theirs, without being in the list."""
        return [
            UndeclaredCode(name, code, count)
            for name, codes in self._codes.items()
            for code, count in codes.most_common(MOST_CODES)
        ]

    def _note_examples(self, results: Sequence[RuleResult], wire: pa.Table) -> None:
        first = wire[ROW][0].as_py()
        for result in results:
            options = result.rule.options
            looked_at = str(options.get("column") or options.get("column_A"))
            named = result.columns or [looked_at] * len(result.rows)
            for row, names in zip(result.rows, named, strict=True):
                for name in names.split(", "):
                    at = result.rule.rule_id, name
                    if at not in self._examples:
                        value = wire[name][row - first].as_py() if name in wire.column_names else None
                        self._examples[at] = Example(result.rule, name, row, value)
                    self._examples[at].records += 1

    def _note_values(self, wire: pa.Table) -> None:
        for name, column in self.spec.kept.items():
            values = wire[name]
            blank = pc.equal(pc.utf8_trim_whitespace(values), "")
            self.empty[name] += pc.sum(pc.fill_null(blank, True)).as_py() or 0
            if not column.codes or column.known:
                continue
            known = {clean(code) for code in column.codes}
            for found in pc.value_counts(values.combine_chunks()).to_pylist():
                code = clean(found["values"] or "")
                if code and code not in known and len(self._codes[name]) < FIRST:
                    self._codes[name][code] += found["counts"]
