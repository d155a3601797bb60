"""Published figures beside computed ones, and what in the report contradicts itself, as people read them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from hub.translation import msg
from ioc.output import Terminal, out, print_table
from ioc.reader import number
from ioc.texts import days, say, unit, written
from reports.texts import KINDS, VERDICTS

if TYPE_CHECKING:
    from kpis.definition import Definition
    from reports.comparison import Comparison, Reconciliation
    from reports.published import Published

CONTRADICTS = msg("the report contradicts itself")


def finding_numbers(reconciliation: "Reconciliation") -> dict[int, list[int]]:
    """Place of a figure in doubt → numbers of the findings that say so, from 1."""
    numbers: dict[int, list[int]] = {}
    for position, finding in enumerate(reconciliation.findings, 1):
        for index in finding.in_doubt:
            numbers.setdefault(index, []).append(position)
    return numbers


def print_comparisons(reconciliation: "Reconciliation", kpis: Mapping[str, "Definition"]) -> None:
    """The demo's table on stdout: a figure that the report itself puts in doubt names the finding below."""
    console = out if out.is_terminal else Terminal(width=200)
    table = Table()
    table.add_column(say("KPI"))
    table.add_column(say("Period"), no_wrap=True)
    table.add_column(say("Computed"), justify="right")
    table.add_column(say("Published"), justify="right")
    table.add_column(say("Same?"))
    doubts = finding_numbers(reconciliation)
    for index, comparison in enumerate(reconciliation.comparisons):
        published = comparison.published
        table.add_row(
            " ".join(filter(None, [_name(kpis[published.kpi], published.measure), _slice(published)])),
            period(published),
            _figure(number(comparison.computed, max(2, published.decimals)), published.unit),
            _figure(number(published.value, published.decimals), published.unit),
            _same(comparison, doubts.get(index, [])),
        )
    console.print(table)
    print_findings(reconciliation)


def _same(comparison: "Comparison", findings: list[int]) -> str:
    verdict = say(VERDICTS[comparison.verdict])
    doubt = f"{say(CONTRADICTS)} ({', '.join(map(str, findings))})" if findings else ""
    if comparison.verdict == "differs" and doubt:
        return f"! {doubt}"
    if comparison.verdict in ("equal", "rounded", "within"):
        return f"✓ {verdict}" + (f"; ! {doubt}" if doubt else "")
    reason = comparison.reason
    return f"✗ {verdict}" + (f": {say(reason)}" if reason else "")


def print_findings(reconciliation: "Reconciliation") -> None:
    """What in the file contradicts itself, and the remarks, each with the arithmetic; nothing where there is none."""
    columns = {
        "finding": say("no."),
        "kind": say("kind"),
        "figure": say("figure"),
        "arithmetic": say("arithmetic"),
        "lines": say("lines"),
    }
    rows, doubt = finding_rows(reconciliation), {"in_doubt": say("lines in doubt")}
    count = len(reconciliation.contradictions)
    if count:
        print_table(say("The report contradicts itself"), columns | doubt, rows[:count])
    if rows[count:]:
        print_table(say("Remarks"), columns, rows[count:])


def finding_rows(reconciliation: "Reconciliation") -> list[dict[str, Any]]:
    """A row a finding, contradictions first, with figures named by their lines in the file."""
    figures = [comparison.published for comparison in reconciliation.comparisons]
    return [
        {
            "finding": position,
            "kind": say(KINDS[finding.kind]),
            "figure": figures[finding.derived[0]].name,
            "arithmetic": say(finding.arithmetic),
            "lines": ", ".join(str(figures[i].line) for i in finding.figures),
            "in_doubt": ", ".join(str(figures[i].line) for i in finding.in_doubt),
        }
        for position, finding in enumerate(reconciliation.findings, 1)
    ]


def period(published: "Published") -> str:
    """The days of a figure; of a change those that it is since, too; whether it is the distance from a target."""
    own = days(published.first, published.last)
    if published.over_target:
        return say("{days}, over the target of the year", days=own)
    return say("{days}, since {base}", days=own, base=days(*published.base)) if published.base else own


def _slice(published: "Published") -> str:
    return f"({published.breakdown})" if published.breakdown else ""


def _name(definition: "Definition", measure: str) -> str:
    name = definition.name_of(measure)
    return say(name)


def _figure(value: float | None, code: str) -> str:
    return "" if value is None else f"{written(value)} {unit(code)}"
