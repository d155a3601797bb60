"""What a load of a slice would make of its records, by a specification that need not be the installation's: read,
decoded, typed and judged as a load does it, and then forgotten. Nothing is landed, staged or written, and no database
is asked but for the hub's own data; so rules that compare with what the hub holds are not judged, and are
named."""

import contextlib
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.decoding import WirePage
from connectors.json_places import NO_VALUE
from connectors.paging.feed_reader import Declaration, FeedReader
from connectors.paging.files import Files
from connectors.paging.single import Single
from connectors.personal import MASK, FieldLook, Finding, masked
from connectors.recordings import RecordedReader, lists_files, without_list
from connectors.slices import Slice
from connectors.specification import Feed, Source
from expectations import suite
from expectations.verdict import Verdict
from hub.errors import Abort
from hub.installation import Installation
from hub.periods import VIETNAM
from hub.texts import clean
from hub.translation import Wording
from pipeline.fetch import open_gateway, open_hub, open_inbox
from pipeline.preview_judgement import PreviewJudgement
from pipeline.preview_records import FIRST, ONLY, Example, LookingDecoder, PreviewRecords, UndeclaredCode
from warehouse import facts
from warehouse.ledger import Batch
from warehouse.schema.facts import FACTS

SHOWN = 3
"""Records that are shown."""
_PATIENCE = 4.0
"""Seconds after which no further page is asked for, so that the whole takes less than ten."""


@dataclass(frozen=True)
class BrokenRule:
    """A row rule that did not hold in a column: on how many records, and what the first of them (`row`, from 1) has
    there. The value of a personal field is masked."""

    rule_id: str
    severity: str
    description: Wording
    column: str
    records: int
    row: int
    value: str | None


@dataclass(frozen=True)
class ColumnLook:
    """How a column is filled, and what it holds on the first records; `personal` says why it looks so, although the
    specification does not."""

    column: str
    wire: str
    type: str
    records: int
    empty: int
    personal: Finding | None
    values: Sequence[Any]


@dataclass(frozen=True)
class UnreadField:
    """A field of the wire that no column takes, and why it looks personal."""

    field: str
    personal: Finding | None


@dataclass(frozen=True)
class Preview:
    """What a slice would become. `total` is what there is beyond the `fetched` records where that is known;
    `misfit` why a load would not even begin."""

    source: str
    feed: str
    days: Slice
    is_excerpt: bool
    total: int | None
    fetched: int
    refused: int
    repeated: int
    declared: int | None
    verdict: Verdict
    broken_of_batch: Sequence[Wording]
    """Of what the verdict says is broken, the rules about the whole batch."""
    misfit: Wording | None
    not_judged: Sequence[str]
    broken: Sequence[BrokenRule]
    columns: Sequence[ColumnLook]
    undeclared: Sequence[UndeclaredCode]
    unread: Sequence[UnreadField]
    seconds: float

    @property
    def is_blocked(self) -> bool:
        return self.misfit is not None or not self.verdict.passed


def preview(
    installation: Installation,
    source: Source,
    name: str,
    days: Slice,
    samples: Sequence[Path] = (),
    *,
    most: int = FIRST,
    are_days_known: bool = True,
) -> Preview:
    """Reads a slice of a feed from the gateway, or from recorded answers, until there are `most` records, and judges
    them. Raises as reading does, and Abort when the feed's fact is none."""
    started = time.monotonic()
    spec = source.feeds[name]
    misfit = None
    try:
        facts.mapping(f"{source.name}.{name}", spec)
    except Abort as error:
        if spec.fact not in FACTS:
            raise
        misfit = error.message
    stated: list[str] = []
    if samples and isinstance(spec.paging, Files) and not lists_files(samples, spec):
        whole, spec = spec, without_list(spec)
        stated = sorted(set(whole.columns) - set(spec.columns))
    settings, decoder = installation.settings, LookingDecoder(spec)
    place = {"province": settings.province, "area": settings.area}
    if samples:
        reader: FeedReader = RecordedReader(samples, spec, decoder, **place)
    else:
        inbox, hub = open_inbox(settings, source.name, spec), open_hub(settings, spec)
        reader = FeedReader(open_gateway(settings), spec, decoder, **place, inbox=inbox, hub=hub)
    declaration = Declaration()
    records = PreviewRecords(spec, decoder)
    with ThreadPoolExecutor(1) as pool, contextlib.closing(_pages(reader, days, declaration)) as pages:
        pool.submit(suite.library)  # its import takes seconds, in which the first pages come
        until = started + (_PATIENCE if most == FIRST else float("inf"))
        has_ended = False
        for page in pages:
            records.take(page.decoded, most)
            if records.received >= most or time.monotonic() > until:
                break
        else:
            has_ended = True
        records.settle()
    has_ended |= isinstance(spec.paging, Single)
    came, told = records.came, declaration.declared
    of_all = None if spec.paging.total_of_each_page else told  # what a file declares says nothing of the next ones
    is_excerpt = records.is_cut or not (has_ended or of_all == came)
    if samples and told is not None and came < told:
        is_excerpt = True
    total = of_all if of_all is not None else came if has_ended else None
    seen = records.seen
    seen.declared = None if is_excerpt else told
    seen.has_shifted = declaration.totals_differ
    batch = Batch(ONLY, 0, source.name, name, days.first, days.last, 0)
    judged = PreviewJudgement(
        installation, source, batch, spec, records, are_days_known=are_days_known, is_excerpt=is_excerpt
    )
    looks = _findings(spec, decoder.looks)
    return Preview(
        source.name,
        name,
        days,
        is_excerpt,
        total,
        seen.fetched,
        len(judged.refused),
        seen.repeated,
        told,
        judged.verdict,
        judged.broken_of_batch,
        misfit,
        [*judged.not_judged, *stated],
        [_shown_rule(one, spec, looks) for one in [*records.broken, *judged.broken]],
        _columns(spec, records, looks),
        [
            UndeclaredCode(one.column, MASK if _is_hidden(spec, looks, one.column) else masked(one.code), one.records)
            for one in [*records.undeclared(), *judged.unlisted]
        ],
        [UnreadField(str(masked(found)), why) for found, why in _unread(spec, decoder.looks, seen.unknown_fields)],
        time.monotonic() - started,
    )


def _pages(reader: FeedReader, days: Slice, declaration: Declaration) -> Generator[WirePage]:
    yield from reader.read([days], declaration)


def _findings(spec: Feed, looks: Mapping[str, FieldLook]) -> dict[str, Finding]:
    """By column why it looks personal although the specification does not say so."""
    found: dict[str, Finding] = {}
    for name, column in spec.kept.items():
        if column.personal or not column.wire:
            continue
        is_number = column.type in ("integer", "number", "boolean")
        for field_name, look in looks.items():
            if _is_within(field_name, column.wire) and (why := look.finding(field_name, is_number=is_number)):
                if why.kind == "name" and why.values and (column.codes or column.known):
                    continue  # codes may look like names; a field that is called a person's is one all the same
                found.setdefault(name, why)
    return found


def _is_within(field_name: str, wire: str) -> bool:
    own = clean(wire)
    return clean(field_name) == own or clean(field_name).startswith(f"{own}.")


def _unread(spec: Feed, looks: Mapping[str, FieldLook], unknown: set[str]) -> list[tuple[str, Finding | None]]:
    """The fields that no column takes and the feed does not leave to others, and why they look personal."""
    wired = [*spec.unread, *(column.wire for column in spec.columns.values() if column.wire)]
    names = dict.fromkeys([*looks, *(name for name in unknown if not any(_is_within(look, name) for look in looks))])
    return [
        (name, looks[name].finding(name) if name in looks else None)
        for name in names
        if not any(_is_within(name, wire) for wire in wired)
    ]


def _is_hidden(spec: Feed, looks: Mapping[str, Finding], name: str) -> bool:
    personal = {column.wire for column in spec.columns.values() if column.personal}
    return name in looks or (name in spec.columns and spec.columns[name].wire in personal)


def _shown_rule(one: Example, spec: Feed, looks: Mapping[str, Finding]) -> BrokenRule:
    value = one.value
    if value is not None and value.startswith(NO_VALUE):
        value = f"({value.removeprefix(NO_VALUE)})"
    elif value is not None:
        hidden = any(_is_hidden(spec, looks, name) for name in one.column.split(", "))
        value = MASK if hidden else masked(value)
    rule = one.rule
    return BrokenRule(rule.rule_id, rule.severity, rule.description, one.column, one.records, one.row, value)


def _columns(spec: Feed, records: PreviewRecords, looks: Mapping[str, Finding]) -> list[ColumnLook]:
    first = records.typed().slice(0, SHOWN)
    return [
        ColumnLook(
            name,
            column.wire or str(column.page),
            column.type,
            records.received,
            records.empty[name],
            looks.get(name),
            [
                MASK if value is not None and _is_hidden(spec, looks, name) else masked(value)
                for value in (_local(value) for value in first[name].to_pylist())
            ],
        )
        for name, column in spec.kept.items()
    ]


def _local(value: Any) -> Any:
    return value.astimezone(VIETNAM) if isinstance(value, datetime) else value
