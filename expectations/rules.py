"""Which rules a feed is judged by, made from its specification. Each is written once: as the Great Expectations
expectation that judges it, whose failing rows are the quarantine's reasons.

A *row* rule looks at each record of a chunk. A *batch* rule looks at figures of a batch's profile; where its figure
counts rows, `rows` is the query that finds them; they are refused where the rule's severity is `reject`.

What decides whether, when or how much a record counts refuses it where it is missing or does not fit. Anything else
only warns: the record counts, and the value is left out, or kept as a code that is not listed. Where most values of a
column would be left out, the specification does not fit the data, and the batch is blocked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg import sql

from connectors.columns import AHEAD, LEFT_OUT, TOO_LONG, UNFIT, UNREAD
from connectors.specification import Feed
from connectors.specification import Severity as DeclaredSeverity
from expectations import double_counts
from expectations.drift import LEAST, LEAST_OF_VALUE, MOST_ON_A_DAY
from expectations.presence import NEARLY_ALL
from expectations.value_changes import TIMES
from hub.translation import Text, Wording, msg
from warehouse.column_profiles import MOST_SLICES, profiled
from warehouse.facts import is_optional, limits, may_be_left_out
from warehouse.members import unlisted, unsaid
from warehouse.period_values import measures
from warehouse.quality_dimensions import VALUES
from warehouse.schema.facts import FACTS
from warehouse.staging import Sql, Staging

Severity = DeclaredSeverity | Literal["provisional"]
"""What a broken rule does: refuse the record, block the batch, keep figures of its days provisional, or warn."""
MOST_AWAY = 0.1
"""Share of areas in other provinces above which the answer is not of the province that was asked for."""
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
    names_columns: bool = False
    """Whether what it finds in its column are the names of others, joined by ", "."""

    @property
    def columns(self) -> dict[str, str]:
        """The columns that it looks at, by the option that names each."""
        return {key: str(self.options[key]) for key in ("column", "column_A", "column_B") if key in self.options}

    @property
    def leaves_out(self) -> bool:
        """Whether the value that breaks it is left out, and the record counts."""
        return self.severity == "warn" and self.rule_id.endswith((":codes", ":range"))


def row_rules(feed: Feed) -> list[Rule]:
    """Types, lengths, the clock, presence, codes, ranges, patterns, order: what one record shows by itself. The first
    three were looked at when the columns were read, see connectors.columns; here they are judged."""
    optional = may_be_left_out(feed)
    rules = [_none_named("types", UNREAD, msg("Values can be read as their type"))]
    if optional:
        text = msg("Values that may be missing can be read and have their form, or are left out")
        rules.append(_none_named("left_out", LEFT_OUT, text, "warn"))
    if feed.lengths:
        rules.append(_none_named("lengths", TOO_LONG, msg("Texts are no longer than they may be")))
    if feed.reported:
        rules.append(_none_named("clock", AHEAD, msg("What is reported does not lie after the time of reading")))
    if feed.indicators:
        text = msg("Each value is for the days, and in the unit, that its indicator has; what is counted is whole")
        rules.append(_none_named("indicator", UNFIT, text))
    for name, column in feed.kept.items():
        called = Text(column.label or name, name)
        severity: Severity = "warn" if is_optional(feed, name) else "reject"
        if severity == "reject":
            text = msg("{column}: must not be empty", column=called)
            rules.append(_on(name, "required", severity, "ExpectColumnValuesToNotBeNull", text))
        if column.codes and column.type == "text" and not column.known:
            codes = sorted({str(code) for code in column.codes.values()})
            text = msg("{column}: is one of the codes", column=called)
            rules.append(_on(name, "codes", severity, "ExpectColumnValuesToBeInSet", text, value_set=codes))
        least, most = limits(FACTS[feed.fact], name, column)
        if least is not None or most is not None:
            bounds = {"min_value": least, "max_value": most}
            ends = _number(least), _number(most)
            text = msg("{column}: from {least} to {most}", column=called, least=ends[0], most=ends[1])
            rules.append(_on(name, "range", severity, "ExpectColumnValuesToBeBetween", text, **bounds))
        if column.pattern and name not in optional:
            text = msg("{column}: has the form of such codes", column=called)
            whole = rf"\A(?:{column.pattern})\Z"  # `$` alone would match before a line end, too
            rules.append(_on(name, "pattern", "reject", "ExpectColumnValuesToMatchRegex", text, regex=whole))
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
    """The columns that rules look at."""
    return sorted({name for rule in rules for name in rule.columns.values()})


def batch_rules(feed: Feed, staging: Staging, lateness_hours: float) -> list[Rule]:
    """Keys unique, codes of dimensions listed, everything declared has come, not empty, not shrunk, as usual."""
    rules = _once_rules(feed, staging)
    for name, column in feed.kept.items():
        if column.known:
            text = msg("{column}: is in the reference data", column=Text(column.label or name, name))
            rows = unlisted(name, column.known, staging.table, sql.SQL("s._batch, s._row"), unsaid(column))
            rules.append(_no_rows(f"{name}:known", "warn", text, rows))
    text = msg(
        "At most {most:.0%} of the records are refused, of few records more within chance; one always may be, never"
        " all",
        most=feed.max_rejected,
    )
    rules.append(_no_more("rejected_share", "block", text, "rejected", "may_be_rejected"))
    text = msg(
        "At most {most:.0%} of the records are refused, of few records more within chance; with more the figures of"
        " these days are provisional",
        most=feed.max_rejected_official,
    )
    rules.append(_no_more("rejected_share_official", "provisional", text, "rejected", "may_be_rejected_official"))
    if not feed.is_part:
        text = msg("No column has more than half of its values left out because they do not fit; one may be")
        rules.append(_figure("left_out_share", "block", text, 0, 0.5))
        text = msg(
            "No column has more than {most:.0%} of its values left out because they do not fit, of few values more"
            " within chance; with more the figures of these days are provisional",
            most=feed.max_rejected_official,
        )
        rules.append(_figure("left_out_share_official", "provisional", text, 0, 0))
        if "area_code" in feed.kept and feed.kept["area_code"].known:
            text = msg("At most {most:.0%} of the areas lie in other provinces; one may", most=MOST_AWAY)
            rules.append(_figure("other_province", "block", text, 0, MOST_AWAY))
            text = msg(
                "At most {most:.0%} of the areas had ended by the day of their records; one may. A source with a list"
                " of before names other areas by the codes that are used again: figures of these days are provisional",
                most=MOST_AWAY,
            )
            rules.append(_figure("ended_areas", "provisional", text, 0, MOST_AWAY))
    text = msg("The days of the records are those that were asked for")
    if feed.asked_period:
        rules.append(_figure("other_period", "block", text, 0, 0))
    if feed.paging.total:
        text = msg("All records that the source declared have come")
        rules.append(_figure("missing_records", "block", text, 0, 0))
    elif feed.paging.style in ("single", "files", "inbox") and not feed.total_row and not feed.is_part:
        text = msg(
            "No answer or file has exactly as many records as programs cut lists off at, where nothing else says how"
            " many there are; with as many the figures of these days are provisional"
        )
        rules.append(_figure("cut_off", "provisional", text, 0, 0))
    if feed.total_row and not feed.is_part:
        text = msg("The row of totals of each sheet has the sums of all its records")
        rules.append(_figure("total_row", "block", text, 0, 0))
    text = msg("The pages did not shift while they were read")
    rules.append(_figure("shifted", "block", text, 0, 0))
    if not feed.allow_empty:
        text = msg("The source gives data")
        rules.append(_figure("fetched", "block", text, 1, None))
    if feed.replace:
        least = 1 - feed.max_shrink
        text = msg("At least {least:.0%} of the last snapshot's size", least=least)
        rules.append(_figure("kept_share", "block", text, least, None))
    rules += _drift_rules(feed)
    rules += _value_rules(feed)
    rules.append(_figure("unknown_fields", "warn", msg("No unknown field"), 0, 0))
    rules.append(_figure("share_of_usual", "warn", msg("As many records as usual"), *USUAL))
    if feed.version and feed.columns[feed.version].type == "datetime":
        text = msg("The data are recent enough")
        rules.append(_figure("age_hours", "warn", text, None, lateness_hours))
    return rules


def _once_rules(feed: Feed, staging: Staging) -> list[Rule]:
    """Nothing counts twice."""
    unique = msg("No key comes twice with different content")
    rules = [_no_rows("keys:unique", "reject", unique, double_counts.conflicts(feed, staging))]
    if feed.indicators:
        apart = msg("No two values of an indicator, for the same slice, are for the same day")
        rules.append(_no_rows("days:apart", "reject", apart, double_counts.overlapping(feed, staging)))
    if totals := double_counts.totals(feed, staging) if feed.indicators else double_counts.sums(feed, staging):
        text = msg("No total stands beside the values that it is the sum of: it would count twice")
        rules.append(_no_rows("totals:apart", "reject", text, totals))
    if feed.deliverers and not feed.is_part:
        text = msg("No two deliverers have delivered the same records: they would count twice")
        twins = double_counts.twins(feed, staging, feed.deliverers.column)
        rules.append(_no_rows("deliverers:apart", "block", text, twins))
    return rules


def _drift_rules(feed: Feed) -> list[Rule]:
    """Fields that vanish; and how columns are filled, beside the slices before, see expectations.drift."""
    if feed.is_part:
        return [_figure("vanished_fields", "block", msg("No field was renamed"), 0, 0)]
    text = msg(
        "No field was renamed, and none is missing from all records of a page or of the slice that nearly all"
        " records of the other pages, or of the slices before, have. If the source means it, give its column"
        " changed_on, the day of the change"
    )
    rules = [_figure("vanished_fields", "block", text, 0, 0)]
    columns = profiled(feed).values()
    values = {"most": feed.max_drift, "slices": MOST_SLICES, "least": LEAST}
    if feed.max_drift < 1:
        text = msg(
            "No column is unusually empty, above the median of up to {slices} slices before by more than {most:.0%} of"
            " the records; a moment that may be to come is so only when it is empty on all records. If the source means"
            " it, give the column changed_on, the day of the change",
            **values,
        )
        rules.append(_figure("null_share", "block", text, 0, 0))
    text = msg(
        "Every column is as empty as usual: no further from the median of up to {slices} slices before than {least:.0%}"
        ", their spread and chance explain",
        **values,
    )
    rules.append(_figure("unusual_null_share", "warn", text, 0, 0))
    if any(column.known for column in columns):
        text = msg(
            "No column has more codes than usual that are not in the reference data: they are no further above the"
            " median of up to {slices} slices before than {least:.0%}, their spread and chance explain",
            **values,
        )
        rules.append(_figure("unknown_share", "warn", text, 0, 0))
    if any(column.counted_by == "value" for column in columns):
        text = msg(
            "The commonest value of each column is as common as usual: no further from the median of up to {slices}"
            " slices before than {least:.0%}, their spread and chance explain",
            slices=MOST_SLICES,
            least=LEAST_OF_VALUE,
        )
        rules.append(_figure("common_value_share", "warn", text, 0, 0))
    if any(column.counted_by == "day" for column in columns):
        text = msg(
            "No column has nearly all values ({all:.0%}) on one day where usually at most {few:.0%} are, in the median"
            " of up to {slices} slices before of the same length",
            all=NEARLY_ALL,
            few=MOST_ON_A_DAY,
            slices=MOST_SLICES,
        )
        rules.append(_figure("day_share", "warn", text, 0, 0))
    return rules


def _value_rules(feed: Feed) -> list[Rule]:
    """Values of a month or day beside those of before, see expectations.value_changes; one rule, as each costs time."""
    if feed.is_part or not measures(feed):
        return []
    text = msg(
        "No values are {times} times as large or as small as usual (another unit), 0 all at once where they were always"
        " positive (not reported), those of the month before where they used to change (an old file), or a running"
        " total that falls. If they are true, an auditor confirms it by `ioc quality waive`, else the source corrects"
        " them and sends them again",
        times=TIMES,
    )
    return [_figure(VALUES, "provisional", text, 0, 0)]


def _none_named(rule: str, column: str, description: Wording, severity: Severity = "reject") -> Rule:
    """A rule that holds where the column names no other one."""
    options = {"column": column}
    return Rule(rule, severity, "row", "ExpectColumnValuesToBeNull", options, description, names_columns=True)


def _on(column: str, kind: str, severity: Severity, expectation: str, description: Wording, **options: Any) -> Rule:
    return Rule(f"{column}:{kind}", severity, "row", expectation, {"column": column, **options}, description)


def _figure(name: str, severity: Severity, description: Wording, least: float | None, most: float | None) -> Rule:
    options = {"column": name, "min_value": least, "max_value": most}
    return Rule(name, severity, "batch", "ExpectColumnValuesToBeBetween", options, description)


def _no_more(name: str, severity: Severity, description: Wording, count: str, most: str) -> Rule:
    options = {"column_A": most, "column_B": count, "or_equal": True}
    return Rule(name, severity, "batch", "ExpectColumnPairValuesAToBeGreaterThanB", options, description)


def _no_rows(name: str, severity: Severity, description: Wording, rows: Sql) -> Rule:
    options = {"column": name, "min_value": 0, "max_value": 0}
    return Rule(name, severity, "batch", "ExpectColumnValuesToBeBetween", options, description, rows)


def _number(value: float | None) -> str:
    return "…" if value is None else f"{value:.12g}"
