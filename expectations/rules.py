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
from expectations.drift import LEAST, LEAST_OF_VALUE, MOST_ON_A_DAY
from expectations.presence import NEARLY_ALL
from hub.translation import Text, Wording, msg
from warehouse.column_profiles import MOST_SLICES, profiled
from warehouse.facts import is_optional, limits, may_be_left_out
from warehouse.members import member, unlisted, unsaid
from warehouse.schema.facts import FACTS
from warehouse.staging import Sql, Staging, key_values

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
        text = msg("Each value is for the days, and in the unit, that its indicator has")
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
    """The columns that row rules look at."""
    named = ("column", "column_A", "column_B")
    return sorted({str(rule.options[name]) for rule in rules for name in named if name in rule.options})


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
    rules.append(_figure("unknown_fields", "warn", msg("No unknown field"), 0, 0))
    rules.append(_figure("share_of_usual", "warn", msg("As many records as usual"), *USUAL))
    if feed.version and feed.columns[feed.version].type == "datetime":
        text = msg("The data are recent enough")
        rules.append(_figure("age_hours", "warn", text, None, lateness_hours))
    return rules


def _once_rules(feed: Feed, staging: Staging) -> list[Rule]:
    """Nothing counts twice."""
    unique = msg("No key comes twice with different content")
    rules = [_no_rows("keys:unique", "reject", unique, _conflicts(feed, staging))]
    if feed.indicators:
        apart = msg("No two values of an indicator, for the same slice, are for the same day")
        rules.append(_no_rows("days:apart", "reject", apart, _overlapping(feed, staging)))
    if totals := _totals(feed, staging) if feed.indicators else _sums(feed, staging):
        text = msg("No total stands beside the values that it is the sum of: it would count twice")
        rules.append(_no_rows("totals:apart", "reject", text, totals))
    if feed.deliverers and not feed.is_part:
        text = msg("No two deliverers have delivered the same records: they would count twice")
        rules.append(_no_rows("deliverers:apart", "block", text, _twins(staging, feed.deliverers.column)))
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


def _conflicts(feed: Feed, staging: Staging) -> Sql:
    """Rows that claim to be the same version of the same record, and differ; rows that are refused already claim
    nothing."""
    version = [feed.version] if feed.version and feed.version not in feed.keys else []
    rest = [name for name in staging.columns if name not in (*feed.keys, *version)]
    if not rest:
        return sql.SQL("select _batch, _row from {} where false").format(staging.table)
    keys, same = key_values(feed), key_values(feed, *version)
    others = sql.SQL(", ").join(map(sql.Identifier, rest))
    return sql.SQL(
        "with candidate as (select * from {table} where ({keys}) in (select {keys} from {repeated})"
        " and _row not in (select _row from {rejected}))"
        " select _batch, _row from candidate where ({same}) in"
        " (select {same} from candidate group by {same} having count(distinct row({others})) > 1)"
    ).format(
        table=staging.table,
        repeated=staging.repeated,
        rejected=staging.rejected,
        keys=keys,
        same=same,
        others=others,
    )


def _overlapping(feed: Feed, staging: Staging) -> Sql:
    """Values of one indicator and slice, of one read, whose days overlap without being the same: which of them counts
    is not to be known. Where they are the same, their keys are."""
    series = sql.SQL(", ").join(
        sql.SQL("coalesce({}::text, '')").format(sql.Identifier(name))
        for name in feed.keys
        if name not in ("first_day", "last_day")
    )
    return sql.SQL(
        "select _batch, _row from (select _batch, _row, first_day, last_day, max(last_day) over (along rows between"
        " unbounded preceding and 1 preceding) as before, min(first_day) over (along rows between 1 following and"
        " unbounded following) as after"
        " from (select distinct on ({series}, first_day, last_day, _batch) * from {table}"
        " where _row not in (select _row from {rejected})) as one"
        " window along as (partition by {series}, _batch order by first_day, last_day)) as placed"
        " where first_day <= before or last_day >= after"
    ).format(series=series, table=staging.table, rejected=staging.rejected)


_SLICES = {
    "area": ("area_code", "length(p.area_code) > length(coalesce(s.area_code, ''))"),
    "organisation": ("organisation_code", "s.organisation_code is null and p.organisation_code is not null"),
    "kind": ("kind", "s.kind = 'none' and p.kind <> 'none'"),
    "class": ("class", "s.class = 'none' and p.class <> 'none'"),
}
"""Slices of values: the column, and the condition on a row `s` to be the whole of which `p` is a part. An area's code
is longer than those of the areas that contain it."""


def _totals(feed: Feed, staging: Staging) -> Sql | None:
    """Values for a whole beside values for its parts, of an indicator whose parts add up to it."""
    own = {name: one for name, one in _SLICES.items() if one[0] in feed.kept}
    found: list[sql.Composable] = []
    for name, (_, is_part) in own.items():
        adding = [code for code, indicator in feed.indicators.items() if name in indicator.adds_over]
        others = [
            sql.SQL("(s.{0} is not distinct from p.{0} or {1})").format(sql.Identifier(column), sql.SQL(whole))
            for other, (column, whole) in own.items()
            if other != name
        ]
        if adding:
            found.append(
                sql.SQL("s.indicator = any({}) and {}").format(
                    sql.Literal(adding), sql.SQL(" and ").join([sql.SQL(is_part), *others])
                )
            )
    if not found:
        return None
    return sql.SQL(
        "select s._batch, s._row from {table} s where s._row not in (select _row from {rejected}) and exists (select"
        " from {table} p where p._batch = s._batch and p.indicator = s.indicator and p.first_day = s.first_day"
        " and p.last_day = s.last_day and p._row not in (select _row from {rejected}) and (({any})))"
    ).format(table=staging.table, rejected=staging.rejected, any=sql.SQL(") or (").join(found))


def _sums(feed: Feed, staging: Staging) -> Sql | None:
    """Rows of a code of which every row is the sum of the rows of all other codes, at least two, with the same other
    keys; of areas the sum of those within, of any one level. Its figures are those of the others again. One row alone
    may be such a sum by chance, where it counts little."""
    measures = [name for name, column in feed.kept.items() if column.required and _is_measure(feed, name)]
    texts = [name for name in feed.keys if feed.kept[name].type == "text" and not feed.kept[name].codes]
    found = [_sums_over(feed, staging, name, measures) for name in texts] if measures else []
    return sql.SQL(" union ").join(found) if found else None


def _is_measure(feed: Feed, name: str) -> bool:
    column = feed.kept[name]
    counts = column.type in ("integer", "number") and not (column.key or column.codes)
    return counts and column.fact and name != feed.version


def _sums_over(feed: Feed, staging: Staging, name: str, measures: Sequence[str]) -> sql.Composable:
    others = sql.SQL(", ").join(sql.Identifier(key) for key in feed.keys if key != name)
    sums = _WITHIN if name == "area_code" else _BESIDE
    return sql.SQL(
        "(with placed as (select s.*, coalesce(s.{name}, '') as _code, row({others})::text as _group from {table} s"
        " where s._row not in (select _row from {rejected})), {sums}"
        " select _batch, _row from wholes where (_batch, _code) in (select _batch, _code from wholes group by 1, 2"
        " having bool_and(is_nothing or is_sum) and bool_or(is_sum and not is_nothing)))"
    ).format(
        name=sql.Identifier(name),
        others=others,
        table=staging.table,
        rejected=staging.rejected,
        sums=sql.SQL(sums).format(
            nothing=_every("s.{0} = 0", measures),
            beside=_every("sum(s.{0}) over alike - s.{0} = s.{0}", measures),
            within=_every("sum(p.{0}) = min(s.{0})", measures),
            area=member("area", sql.Identifier("d")),
        ),
    )


_BESIDE = (
    "wholes as (select s._batch, s._row, s._code, {nothing} as is_nothing,"
    " count(*) over alike > 2 and {beside} as is_sum from placed s window alike as (partition by s._batch, s._group))"
)
_WITHIN = (
    "areas as (select s.*, length(s._code) as _depth, d.area_id as _area, d.ancestor_ids as _above from placed s"
    " left join warehouse.dim_area d on {area}),"
    " sums as (select s._row, {within} as is_sum from areas s join areas p on p._batch = s._batch"
    " and p._group = s._group and p._depth > greatest(s._depth, 2) and (s._depth < 3 or s._area = any(p._above))"
    " where s._depth < 4 group by s._row, p._depth having count(*) > 1),"
    " wholes as (select s._batch, s._row, s._code, {nothing} as is_nothing, exists (select from sums"
    " where sums._row = s._row and sums.is_sum) as is_sum from areas s where s._depth < 4)"
)
"""What of `placed` rows could be wholes, and whether each is the sum of those with the same other keys: of all other
codes, or of areas of one level within it. Codes of provinces have two digits, of districts three, of communes five."""


def _twins(staging: Staging, deliverer: str) -> Sql:
    """Rows of deliverers who all have delivered the same, and more than a row or two, which may be alike by chance."""
    rest = sql.SQL(", ").join(sql.Identifier(name) for name in staging.columns if name != deliverer)
    return sql.SQL(
        "with delivered as (select _batch, {deliverer} as code, count(*) as records,"
        " md5(string_agg(row({rest})::text, '' order by row({rest})::text)) as content from {table} group by 1, 2)"
        " select _batch, _row from {table} where (_batch, {deliverer}) in (select _batch, code from delivered d"
        " where records > 2 and exists (select from delivered o where o._batch = d._batch and o.content = d.content"
        " and o.code <> d.code))"
    ).format(deliverer=sql.Identifier(deliverer), rest=rest, table=staging.table)


def _every(condition: str, names: Sequence[str]) -> sql.Composable:
    return sql.SQL(" and ").join(sql.SQL(condition).format(sql.Identifier(name)) for name in names)


def _number(value: float | None) -> str:
    return "…" if value is None else f"{value:.12g}"
