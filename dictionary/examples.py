"""Queries that a reader of the serving views can start from. A test runs each against a migrated database.

They read schema `serving_bi`, as BI logins do (`ioc account bi`). Where KPIs count a view's rows, formulas of these are
examples, month by month or at the newest state, so that a figure can be followed by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from dictionary.descriptions import views
from hub.translation import Wording, msg
from kpis import expression
from kpis.definition import Definition, Formula

MOST_COLUMNS = 8


@dataclass(frozen=True)
class Example:
    """A query, and what it answers."""

    title: Wording
    sql: str


_OWN: Mapping[str, tuple[Example, ...]] = {
    "batches": (
        Example(
            msg("Batches that were blocked, with the reason, newest first"),
            "select source, feed, first_day, last_day, quarantined, reason_en\nfrom serving_bi.batches\n"
            "where status = 'blocked'\norder by batch_id desc\nlimit 20",
        ),
        Example(
            msg("The account of each feed, month by month"),
            "select source, feed, date_trunc('month', first_day)::date as month,\n    sum(fetched) as fetched,"
            " sum(loaded) as loaded, sum(unchanged) as unchanged,\n    sum(superseded) as superseded,"
            " sum(quarantined) as quarantined\nfrom serving_bi.batches\nwhere status = 'published'\n"
            "group by source, feed, month\norder by source, feed, month",
        ),
    ),
    "kpi_observations": (
        Example(
            msg("The figures of the whole province that hold now"),
            "select o.kpi, o.first_day, o.last_day, o.value, o.status\nfrom serving_bi.kpi_observations as o\n"
            "join serving_bi.areas as a on a.area_id = o.area_id\nwhere o.is_latest and o.breakdown = ''"
            " and a.level = 'province'\norder by o.kpi, o.last_day, o.first_day",
        ),
        Example(
            msg("Figures that were revised, with the cause of each revision"),
            "select kpi, first_day, last_day, breakdown, revision, value, cause, recorded_at\n"
            "from serving_bi.kpi_observations\nwhere revision > 1\norder by recorded_at desc\nlimit 50",
        ),
    ),
    "quarantine": (
        Example(
            msg("Refused records by rule that nobody has replayed"),
            "select source, feed, rule, count(*) as records, min(quarantined_at) as since\n"
            "from serving_bi.quarantine, jsonb_array_elements_text(rules) as rule\nwhere replay_batch_id is null\n"
            "group by source, feed, rule\norder by records desc",
        ),
    ),
    "rule_results": (
        Example(
            msg("Rules that were broken most often"),
            "select source, feed, rule, severity, count(*) as batches, sum(failed) as failed\n"
            "from serving_bi.rule_results\nwhere not passed\ngroup by source, feed, rule, severity\n"
            "order by batches desc\nlimit 20",
        ),
    ),
    "freshness": (
        Example(
            msg("How far each feed is loaded"),
            "select source, feed, covered_to, loaded_at, last_attempt\nfrom serving_bi.freshness\norder by covered_to",
        ),
    ),
    "deliverers": (
        Example(
            msg("Deliverers that were to deliver a period and have not"),
            "select source, feed, first_day, last_day, deliverer, name_vi\nfrom serving_bi.deliverers\n"
            "where is_expected and records is null\norder by first_day desc, source, feed, deliverer",
        ),
    ),
    "area_successors": (
        Example(
            msg("Areas of before and the areas of today that took them over"),
            "select b.area as area_before, b.name as name_before, a.area, a.name, s.share\n"
            "from serving_bi.area_successors as s\njoin serving_bi.areas as b on b.area_id = s.area_id\n"
            "join serving_bi.areas as a on a.area_id = s.successor_id\norder by b.area, a.area",
        ),
    ),
}


def examples_of(view: str, definitions: Mapping[str, Definition]) -> list[Example]:
    """The examples of a serving view: its own, the formulas of three KPIs at most that count its rows, some rows."""
    counting = [one for one in definitions.values() if one.reads == view]
    formulas = [example_of(one) for one in counting]
    return [*_OWN.get(view, ()), *formulas[:3], _rows(view)]


def example_of(definition: Definition) -> Example:
    """A KPI's formula as a query over its view, without reference quantities such as the population."""
    formula = definition.formula(definition.measure)
    names = [name for name in ("numerator", "denominator") if getattr(formula, name) in formula.aggregates]
    selected = [f"{_aggregate(formula, name)} as {name}" for name in names]
    period, rows = _period(formula)
    conditions = [*([] if formula.where == "true" else [f"({formula.where})"]), *_newest(definition.reads, formula)]
    lines = [
        "select " + ",\n    ".join([*(["province_id", period] if period else ["province_id"]), *selected]),
        f"from serving_bi.{definition.reads} as r",
        *(["where " + "\n    and ".join([*conditions, *rows])] if conditions or rows else []),
        "group by " + ", ".join(["province_id", *(["month"] if period else [])]),
        "order by " + ", ".join(["province_id", *(["month"] if period else [])]),
    ]
    return Example(msg("{name}, from the records", name=definition.name), "\n".join(lines))


def _aggregate(formula: Formula, name: str) -> str:
    """The SQL of a numerator or denominator; a share's numerator counts only the value that it is the share of."""
    text: str = getattr(formula, name)
    if name != "numerator" or not formula.share:
        return text
    ((column, value),) = formula.share.items()
    counted, kept = expression.unfiltered(text)
    only = exp.column(column).eq(exp.Literal.string(value))
    return exp.Filter(this=counted.copy(), expression=exp.Where(this=exp.and_(*kept, only))).sql("postgres")


def _period(formula: Formula) -> tuple[str | None, list[str]]:
    """What a flow is split by, and the rows that lie in a period; of a state those of today."""
    if formula.valid:
        first, end = formula.valid
        return None, [f"{first} <= current_date", f"({end} is null or {end} > current_date)"]
    if formula.kind in ("flow", "distinct"):
        return f"date_trunc('month', {formula.day})::date as month", [f"{formula.day} is not null"]
    return None, []


def _newest(view: str, formula: Formula) -> list[str]:
    """The condition on a row to stand in the newest snapshot: of whom it is from, where each delivers his own."""
    if formula.valid or formula.kind in ("flow", "distinct"):
        return []
    same = "".join(f" and n.{name} is not distinct from r.{name}" for name in formula.per)
    newest = f"select max(n.{formula.day}) from serving_bi.{view} as n where n.province_id = r.province_id{same}"
    return [f"{formula.day} = ({newest})"]


def _rows(view: str) -> Example:
    columns = views()[view].columns
    days = [name for name in columns if name.endswith(("_day", "_at", "_to"))] or [n for n in columns if n == "day"]
    ordered = f"\norder by {days[0]} desc nulls last" if days else ""
    shown = ",\n    ".join(columns[:MOST_COLUMNS])
    return Example(msg("Some rows"), f"select {shown}\nfrom serving_bi.{view}{ordered}\nlimit 20")
