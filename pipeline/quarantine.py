"""Refused records on their way into quarantine."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.columns import AHEAD, TOO_LONG, UNFIT, UNREAD, typed_table, wire_table
from connectors.decoding import Decoded
from connectors.json_places import NO_SCALAR, NO_VALUE
from connectors.values import as_text
from pipeline.intake import Intake, Read
from warehouse import landing, quality
from warehouse.quality import Offence, Refused

LONGEST_VALUE = 200
"""Characters that are kept of an offending value."""
_NAMING = (UNREAD, TOO_LONG, AHEAD, UNFIT)


def keep_refused(intake: Intake, read: Read) -> int:
    """Keeps a batch's refused records in their redacted wire form, as they were landed, with their offences; gives
    their number."""
    main, batch, decoder = intake.claim.main, read.batch, intake.decoder
    area = intake.claim.settings.area
    refused = list(quality.refused(main, batch, read.first_row, intake.staging, intake.feed, area))
    pages = {number: (sha256, first) for number, sha256, first in landing.manifest(main, batch.batch_id)}
    offences = _Offences(intake, read)
    for number, refusals in itertools.groupby(refused, lambda refusal: refusal.page):
        sha256, first = pages[number]
        page = decoder.reread(intake.claim.landing.read(sha256))
        own = list(refusals)
        page.records = [page.records[r.row - first] for r in own]
        forms = [{"page": page.envelope, "record": decoder.plain(record)} for record in page.records]
        kept = zip(own, offences.of(own, page), forms, strict=True)
        quality.quarantine(main, batch, intake.feed.fact, kept)
    return len(refused)


class _Offences:
    """Finds what refused records broke their rules with. Values of personal fields are left out, hashes too."""

    def __init__(self, intake: Intake, read: Read) -> None:
        self._feed, self._decoder = intake.feed, intake.decoder
        self._optional = intake.optional
        self._earliest = read.read_at
        options = ("column", "column_A", "column_B")
        self._columns = {
            rule.rule_id: [str(rule.options[name]) for name in options if name in rule.options]
            for rule in intake.row_rules
        }

    def of(self, refusals: Sequence[Refused], page: Decoded) -> Iterator[list[Offence]]:
        """The offences of each refused record; `page` holds these records only, in the same order."""
        broken = {column for r in refusals for rule in r.rules for column in self._columns.get(rule, ())}
        named = self._named(page) if broken.intersection(_NAMING) else {}
        for place, (refusal, record) in enumerate(zip(refusals, page.records, strict=True)):
            found: list[Offence] = []
            for rule in refusal.rules:
                if rule not in self._columns:
                    found.append(self._key(rule, record, page.envelope))
                    continue
                for looked_at in self._columns[rule]:
                    columns = named[looked_at][place] if looked_at in _NAMING else [looked_at]
                    found += [Offence(rule, name, self._value(name, record, page.envelope)) for name in columns]
            yield found

    def _named(self, page: Decoded) -> dict[str, list[list[str]]]:
        """The columns that the typed records name, by the column that names them. The records are typed again, later
        than they were judged: where no moment lies ahead any more, those count that did when the reading began."""
        wire = wire_table(self._decoder, self._feed, page, 1, 1)
        now, before = (
            typed_table(self._feed, wire, moment, self._optional) for moment in (datetime.now(UTC), self._earliest)
        )
        texts = {column: now[column].to_pylist() for column in _NAMING}
        texts[AHEAD] = [still or then for still, then in zip(texts[AHEAD], before[AHEAD].to_pylist(), strict=True)]
        return {column: [text.split(", ") if text else [] for text in own] for column, own in texts.items()}

    def _key(self, rule: str, record: Any, envelope: dict[str, Any]) -> Offence:
        """What several records broke together: the key that they share."""
        columns = self._feed.columns
        values = [self._value(name, record, envelope) for name in self._feed.keys if not columns[name].personal]
        text = "|".join(map(as_text, values))[:LONGEST_VALUE]
        return Offence(rule, ", ".join(self._feed.keys), text if values else None)

    def _value(self, name: str, record: Any, envelope: dict[str, Any]) -> str | int | float | None:
        """A column's wire value. What stands for one without a meaning says what it was."""
        column = self._feed.columns[name]
        if column.personal:
            return None
        attribute = self._decoder.attributes.get(str(column.wire))
        value = getattr(record, attribute) if attribute else None
        if column.page and value in (None, "", msgspec.UNSET):
            value = envelope.get(column.page)
        if value is None or value is msgspec.UNSET:
            return None
        if not isinstance(value, str | int | float):
            value = NO_SCALAR
        if isinstance(value, str) and value.startswith(NO_VALUE):
            value = f"({value.removeprefix(NO_VALUE)})"
        text = str(value)
        return value if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE]
