"""Which rules a feed is judged by, made from its specification. Each is written once: as the Great Expectations
expectation that judges it, whose failing rows are the quarantine's reasons.

A *row* rule looks at each record of a chunk. A *batch* rule looks at one figure of the batch's profile; where its
figure counts rows, `rows` is the query that finds them, so that they can be refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg import sql
from sqlalchemy import BigInteger, Integer, SmallInteger

from connectors.columns import AHEAD, TOO_LONG, UNREAD
from connectors.specification import Column, Feed, Severity
from hub.translation import Text, Wording, msg
from warehouse.facts import Sql, member
from warehouse.schema.facts import FACTS
from warehouse.staging import Staging

USUAL = (0.2, 5.0)
"""How far a batch's records a day may be from the usual before somebody should look."""


@dataclass(frozen=True)
class Rule:
    """`expectation` and `options` name and fill the Great Expectations class."""

    rule_id: str
    severity: Severity
    scope: Literal["row", "batch"]
    expectation: str
    options: dict[str, Any]
    description: Wording
    rows: Sql | None = field(default=None, compare=False)


def row_rules(feed: Feed) -> list[Rule]:
    """Types, lengths, the clock, presence, codes, ranges, patterns, order: what one record shows by itself. The first
    three were looked at when the columns were read, see connectors.columns; here they are judged."""
    rules = [_none_named("types", UNREAD, msg("Values can be read as their type"))]
    if feed.lengths:
        rules.append(_none_named("lengths", TOO_LONG, msg("Texts are no longer than they may be")))
    if feed.reported:
        rules.append(_none_named("clock", AHEAD, msg("What is reported does not lie after the time of reading")))
    for name, column in feed.kept.items():
        called = Text(column.label or name, name)
        if column.required or column.key or _must_be_filled(feed, name, column):
            text = msg("{column}: must not be empty", column=called)
            rules.append(_on(name, "required", "ExpectColumnValuesToNotBeNull", text))
        if column.codes and column.type == "text":
            codes = sorted({str(code) for code in column.codes.values()})
            text = msg("{column}: is one of the codes", column=called)
            rules.append(_on(name, "codes", "ExpectColumnValuesToBeInSet", text, value_set=codes))
        least, most = _limits(feed, name, column)
        if least is not None or most is not None:
            limits = {"min_value": least, "max_value": most}
            ends = _number(least), _number(most)
            text = msg("{column}: from {least} to {most}", column=called, least=ends[0], most=ends[1])
            rules.append(_on(name, "range", "ExpectColumnValuesToBeBetween", text, **limits))
        if column.pattern:
            text = msg("{column}: has the form of such codes", column=called)
            whole = rf"\A(?:{column.pattern})\Z"  # `$` alone would match before a line end, too
            rules.append(_on(name, "pattern", "ExpectColumnValuesToMatchRegex", text, regex=whole))
    for rule in feed.rules:
        first, second = rule.columns
        labels = [Text(feed.columns[c].label or c, c) for c in (first, second)]
        is_number = feed.columns[first].type in ("integer", "number")
        less = msg("less than") if is_number else msg("earlier than")
        rules.append(
            Rule(
                f"{second}:not_before_{first}",
                rule.severity,
                "row",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {
                    "column_A": second,
                    "column_B": first,
                    "or_equal": True,
                    "ignore_row_if": "either_value_is_missing",
                },
                msg("{second}: not {less} {first}", second=labels[1], less=less, first=labels[0]),
            )
        )
    return rules


def judged(rules: Sequence[Rule]) -> list[str]:
    """The columns that row rules look at."""
    named = ("column", "column_A", "column_B")
    return sorted({str(rule.options[name]) for rule in rules for name in named if name in rule.options})


def batch_rules(feed: Feed, staging: Staging, lateness_hours: float) -> list[Rule]:
    """Members of dimensions known, keys unique, everything declared has come, not empty, not shrunk, as usual."""
    unique = msg("No key comes twice with different content")
    rules = [_no_rows("keys:unique", unique, _conflicts(feed, staging))]
    for name, column in feed.kept.items():
        if column.known:
            text = msg("{column}: is in the reference data", column=Text(column.label or name, name))
            rules.append(_no_rows(f"{name}:known", text, _strangers(name, column.known, staging)))
    most = feed.max_rejected
    text = msg("At most {most:.0%} of the records are refused", most=most)
    rules.append(_figure("rejected_share", "block", text, None, most))
    if feed.paging.total:
        text = msg("All records that the source declared have come")
        rules.append(_figure("missing_records", "block", text, 0, 0))
    if not feed.allow_empty:
        text = msg("The source gives data")
        rules.append(_figure("fetched", "block", text, 1, None))
    if feed.replace:
        least = 1 - feed.max_shrink
        text = msg("At least {least:.0%} of the last snapshot's size", least=least)
        rules.append(_figure("kept_share", "block", text, least, None))
    text = msg("No field was renamed")
    rules.append(_figure("vanished_fields", "block", text, 0, 0))
    rules.append(_figure("unknown_fields", "warn", msg("No unknown field"), 0, 0))
    rules.append(_figure("share_of_usual", "warn", msg("As many records as usual"), *USUAL))
    if feed.version and feed.columns[feed.version].type == "datetime":
        text = msg("The data are recent enough")
        rules.append(_figure("age_hours", "warn", text, None, lateness_hours))
    return rules


def _must_be_filled(feed: Feed, name: str, column: Column) -> bool:
    """Whether the fact has no place for a record without this column. Without an area it means the province."""
    columns = FACTS[feed.fact].columns
    target = columns.get(name, columns.get(f"{name.removesuffix('_code')}_id"))
    return column.fact and name != "area_code" and target is not None and not target.nullable


def _limits(feed: Feed, name: str, column: Column) -> tuple[float | None, float | None]:
    """What the specification allows, at most what the fact's column can hold."""
    least, most = column.min, column.max
    target = FACTS[feed.fact].columns.get(name) if column.fact and column.type == "integer" else None
    if target is not None and isinstance(target.type, Integer) and not isinstance(target.type, BigInteger):
        end = 2**15 if isinstance(target.type, SmallInteger) else 2**31
        least, most = max(-end, -end if least is None else least), min(end - 1, end if most is None else most)
    return least, most


def _none_named(rule: str, column: str, description: Wording) -> Rule:
    """A rule that holds where the column names no other one."""
    return Rule(rule, "reject", "row", "ExpectColumnValuesToBeNull", {"column": column}, description)


def _on(column: str, kind: str, expectation: str, description: Wording, **options: Any) -> Rule:
    return Rule(f"{column}:{kind}", "reject", "row", expectation, {"column": column, **options}, description)


def _figure(name: str, severity: Severity, description: Wording, least: float | None, most: float | None) -> Rule:
    options = {"column": name, "min_value": least, "max_value": most}
    return Rule(name, severity, "batch", "ExpectColumnValuesToBeBetween", options, description)


def _no_rows(name: str, description: Wording, rows: Sql) -> Rule:
    options = {"column": name, "min_value": 0, "max_value": 0}
    return Rule(name, "reject", "batch", "ExpectColumnValuesToBeBetween", options, description, rows)


def _conflicts(feed: Feed, staging: Staging) -> Sql:
    """Rows that claim to be the same version of the same record, and differ."""
    identity = [*feed.keys, *([feed.version] if feed.version and feed.version not in feed.keys else [])]
    rest = [name for name in staging.columns if name not in identity]
    if not rest:
        return sql.SQL("select _row from {} where false").format(staging.table)
    keys, same, others = (sql.SQL(", ").join(map(sql.Identifier, names)) for names in (feed.keys, identity, rest))
    return sql.SQL(
        "select _row from {table} where ({same}) in (select {same} from {table} where ({same}) in"
        " (select {same} from {table} where ({keys}) in (select {keys} from {repeated})"
        " group by {same} having count(*) > 1) group by {same} having count(distinct row({others})) > 1)"
    ).format(table=staging.table, repeated=staging.repeated, keys=keys, same=same, others=others)


def _strangers(column: str, dimension: str, staging: Staging) -> Sql:
    """Rows whose code is no member of the dimension on the day in question. A record without an area means the
    province, which has its days, too."""
    given = sql.SQL("true" if dimension == "area" else "s.{} is not null").format(sql.Identifier(column))
    return sql.SQL(
        "select s._row from {staged} s left join {members} d on {same} where {given} and d.{key} is null"
    ).format(
        staged=staging.table,
        given=given,
        members=sql.Identifier("warehouse", f"dim_{dimension}"),
        same=member(dimension, sql.Identifier("d")),
        key=sql.Identifier(f"{dimension}_id" if dimension in ("area", "organisation", "service") else "code"),
    )


def _number(value: float | None) -> str:
    return "…" if value is None else f"{value:.12g}"
