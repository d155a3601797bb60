"""What changed rules and code maps would do to records that were judged by those of before.

Neither changes a fact by itself: what was refused stays refused until it is replayed, and what was loaded stays as it
was read until its days are loaded again. So nothing of this moves with a plan; it says what a replay could move.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from connectors.catalogue import sources_of
from connectors.columns import ROW, typed_table, wire_table
from connectors.decoding import Decoded, Decoder
from connectors.specification import Feed
from expectations import rules, suite
from expectations.rules import Rule
from hub.installation import Installation
from pipeline.fetch import open_decoder
from warehouse import facts, quality
from warehouse.schema.facts import FACTS

Connection = psycopg.Connection[Any]
_CHUNK = 20_000
"""Refused records that are judged together."""


@dataclass(frozen=True)
class Replayable:
    """Refused records of a batch, and how many of them the rules about single records would accept now."""

    source: str
    feed: str
    batch_id: int
    first: date
    last: date
    refused: int
    accepted: int


@dataclass(frozen=True)
class Unfit:
    """Facts of a feed that a rule would refuse now, had their records still to come."""

    source: str
    feed: str
    rule: str
    facts: int


@dataclass(frozen=True)
class Remapped:
    """A code that means something else now, and facts that hold what it meant."""

    source: str
    feed: str
    column: str
    code: str
    before: str | None
    after: str | None
    facts: int


@dataclass(frozen=True)
class RuleEffects:
    """What changed specifications would do to records of before."""

    replayable: Sequence[Replayable] = ()
    unfit: Sequence[Unfit] = ()
    remapped: Sequence[Remapped] = ()


Keys = Mapping[str, tuple[str | None, str | None]]
"""Key of a specification → its value before and after."""


def effects(connection: Connection, installation: Installation, changed: Mapping[str, Keys]) -> RuleEffects:
    """The effects on the feeds of changed sources, by the source's name."""
    sources = sources_of(installation)
    feeds = [
        (source, feed)
        for source, keys in changed.items()
        if source in sources
        for feed in sources[source].feeds
        if any(key.startswith(f"feeds.{feed}.") for key in keys)
    ]
    replayable: list[Replayable] = []
    unfit: list[Unfit] = []
    remapped: list[Remapped] = []
    for source, name in feeds:
        feed = sources[source].feeds[name]
        decoder = open_decoder(installation.settings, feed)
        replayable += _replayable(connection, source, name, feed, decoder)
        unfit += _unfit(connection, source, name, feed)
        remapped += _remapped(connection, source, name, feed, changed[source])
    return RuleEffects(replayable, unfit, remapped)


def _replayable(connection: Connection, source: str, name: str, feed: Feed, decoder: Decoder) -> Iterator[Replayable]:
    batches = connection.execute(
        "select distinct b.batch_id, b.first_day, b.last_day from ledger.batch b join quality.quarantine q"
        " using (batch_id) where b.source = %s and b.feed = %s and q.replay_batch_id is null order by 1",
        [source, name],
    ).fetchall()
    own_rules = rules.row_rules(feed)
    for batch_id, first, last in batches:
        found = quality.replayable(connection, batch_id)
        records = [(page.stated, record) for page in (found[-1] if found else []) for record in page.records]
        if not records:  # those left were rejected for good, or have lost their content
            continue
        accepted = sum(
            _accepted(feed, decoder, own_rules, records[start : start + _CHUNK])
            for start in range(0, len(records), _CHUNK)
        )
        yield Replayable(source, name, batch_id, first, last, len(records), accepted)


def _accepted(
    feed: Feed, decoder: Decoder, own_rules: Sequence[Rule], records: Sequence[tuple[dict[str, Any], dict[str, Any]]]
) -> int:
    """How many of the records break no rule that refuses."""
    import pyarrow as pa  # noqa: PLC0415 - only who changes a rule needs it

    tables, row = [], 1
    by_page: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for stated, record in records:
        if not by_page or by_page[-1][0] != stated:
            by_page.append((stated, []))
        by_page[-1][1].append(record)
    for stated, own in by_page:
        decoded = Decoded([decoder.revive(record) for record in own], stated, [], set())
        tables.append(wire_table(decoder, feed, decoded, 1, row))
        row += len(own)
    chunk = typed_table(feed, pa.concat_tables(tables).combine_chunks(), optional=facts.may_be_left_out(feed))
    frame = chunk.select([ROW, *rules.judged(own_rules)]).to_pandas().set_index(ROW).rename_axis(None)
    refused: set[int] = set()
    for result in suite.judge("plan", own_rules, frame):
        if result.rule.severity == "reject":
            refused.update(result.rows if result.executed else frame.index)
    return len(frame) - len(refused)


_CONDITIONS: dict[str, Callable[[Rule], tuple[str, dict[str, Any]]]] = {
    "ExpectColumnValuesToNotBeNull": lambda _: ("{column} is null", {}),
    "ExpectColumnValuesToBeInSet": lambda rule: ("{column}::text <> all(%(set)s)", {"set": rule.options["value_set"]}),
    "ExpectColumnValuesToBeBetween": lambda rule: (
        "({column} < %(least)s or {column} > %(most)s)",
        {"least": rule.options["min_value"], "most": rule.options["max_value"]},
    ),
    "ExpectColumnPairValuesAToBeGreaterThanB": lambda _: ("{column} < {other}", {}),
}
"""Expectation → what breaks it, over the columns of a fact, with its values."""


def _unfit(connection: Connection, source: str, name: str, feed: Feed) -> Iterator[Unfit]:
    """By rule that refuses and can be asked of facts; patterns and types are of the wire's form, which facts no longer
    have."""
    columns = FACTS[feed.fact].columns
    for rule in rules.row_rules(feed):
        names = list(rule.columns.values())
        if rule.severity != "reject" or rule.expectation not in _CONDITIONS or not {*names} <= set(columns.keys()):
            continue
        condition, values = _CONDITIONS[rule.expectation](rule)
        text = sql.SQL(condition).format(column=sql.Identifier("f", names[0]), other=sql.Identifier("f", names[-1]))
        if count := _count(connection, source, name, feed, text, values):
            yield Unfit(source, name, rule.rule_id, count)


def _remapped(connection: Connection, source: str, name: str, feed: Feed, keys: Keys) -> Iterator[Remapped]:
    for key, (before, after) in sorted(keys.items()):
        of, _, rest = key.removeprefix(f"feeds.{name}.columns.").partition(".codes.")
        if not rest or not key.startswith(f"feeds.{name}.columns."):
            continue
        count = 0
        if before is not None and of in FACTS[feed.fact].columns:
            held = sql.SQL("{}::text = %(value)s").format(sql.Identifier("f", of))
            count = _count(connection, source, name, feed, held, {"value": before})
        yield Remapped(source, name, of, rest, before, after, count)


def _count(
    connection: Connection, source: str, name: str, feed: Feed, condition: sql.Composable, values: Mapping[str, Any]
) -> int:
    """Facts that a feed brought and that meet the condition."""
    row = connection.execute(
        sql.SQL(
            "select count(*) from {} f join ledger.batch b using (batch_id)"
            " where b.source = %(source)s and b.feed = %(feed)s and {}"
        ).format(sql.Identifier("warehouse", feed.fact), condition),
        {"source": source, "feed": name, **values},
    ).fetchone()
    return int(row[0]) if row else 0
