"""A batch's profile: the figures that the rules about a whole batch look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import sql

from connectors.specification import Feed
from expectations.rules import Rule
from hub.periods import VIETNAM
from warehouse import ledger, quality
from warehouse.facts import mapping
from warehouse.ledger import Batch
from warehouse.staging import Staging

Connection = psycopg.Connection[Any]


FEW = 1000
"""A smaller batch counts as this large when the share of its rejected records is taken: one bad record in a quiet
hour is for the quarantine, and no reason to hold back the others."""


@dataclass
class Seen:
    """What was seen while reading: counts, and names of fields."""

    fetched: int = 0
    declared: int | None = None
    known_fields: set[str] = field(default_factory=set)
    unknown_fields: set[str] = field(default_factory=set)


def refuse_rows(
    connection: Connection, staging: Staging, rules: Sequence[Rule], home: dict[str, Any]
) -> dict[str, float]:
    """Runs the queries of batch rules that find rows, notes these as rejected unless the rule only warns, and gives
    each rule's count. `home` holds province_id and area_code."""
    counts = {}
    for rule in rules:
        if rule.rows is not None and rule.severity == "warn":
            found = connection.execute(sql.SQL("select count(*) from ({}) found").format(rule.rows), home).fetchone()
            counts[rule.rule_id] = found[0] if found else 0
        elif rule.rows is not None:
            counts[rule.rule_id] = connection.execute(
                sql.SQL("insert into {} select _row, {} from ({}) broken").format(
                    staging.rejected, sql.Literal(rule.rule_id), rule.rows
                ),
                home,
            ).rowcount
    return {name: float(count) for name, count in counts.items()}


def measure(connection: Connection, batch: Batch, staging: Staging, feed: Feed, seen: Seen) -> dict[str, float | None]:
    """The profile's figures by name; None where there is nothing to measure or compare."""
    rejected = connection.execute(sql.SQL("select count(distinct _row) from {}").format(staging.rejected)).fetchone()
    days = (batch.last_day - batch.first_day).days + 1
    usual = ledger.usual_size(connection, batch)
    wired = {column.wire for column in feed.columns.values() if column.wire}
    vanished = wired - seen.known_fields if seen.unknown_fields else set()
    figures: dict[str, float | None] = {
        "rejected_share": (rejected[0] if rejected else 0) / max(seen.fetched, FEW),
        "missing_records": (seen.declared - seen.fetched) if seen.declared is not None else None,
        "fetched": seen.fetched,
        "vanished_fields": len(vanished),
        "unknown_fields": len(seen.unknown_fields),
        "share_of_usual": seen.fetched / days / usual if usual else None,
        "kept_share": None,
        "age_hours": None,
    }
    if feed.replace and seen.fetched:
        to = mapping(f"{batch.source}.{batch.feed}", feed)
        figures["kept_share"] = quality.kept_share(connection, batch, staging, feed, to)
    if feed.version and feed.columns[feed.version].type == "datetime":
        newest = quality.newest(connection, staging, feed.version)
        end = datetime.combine(batch.last_day + timedelta(days=1), time(), VIETNAM)
        if newest is not None:
            figures["age_hours"] = (min(end, datetime.now(UTC)) - newest).total_seconds() / 3600
    return figures
