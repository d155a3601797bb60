"""`ioc reconcile`: the hub beside what was published, and beside what the sources count themselves."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.translation import N_
from ioc.arguments import First, Last, Province, check_past, check_source
from ioc.command_line import App
from ioc.comparison import finding_numbers, period, print_findings
from ioc.output import Json, err, print_json, print_table, write_file
from ioc.reader import amount, installation_of, number, questions, reader
from ioc.texts import SEVERITY, days, say, written
from reports.texts import VERDICTS

if TYPE_CHECKING:
    from reports.comparison import Comparison, Reconciliation
    from reports.source_totals import SourceTotal

app = App(N_("Compare figures"))


@app.command()
def published(
    file: Annotated[
        Path, typer.Argument(help="CSV: kpi,measure,breakdown,from,to,value,unit; see docs/published-reports.md")
    ],
    xlsx: Annotated[Path | None, typer.Option(metavar="OUT.xlsx", help=N_("Write a workbook as well"))] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """With published figures, and these with themselves

    Exit 3 when a figure differs that the report itself does not contradict; a remark excuses no difference.
    """
    from kpis.catalogue import Catalogue
    from reports.comparison import reconcile
    from reports.published import read_published

    installation = installation_of(province)
    settings, catalogue = installation.settings, Catalogue.of(installation, installation.settings.province)
    figures = read_published(file)
    with questions(), reader(settings) as connection:
        reconciliation = reconcile(connection, figures, settings.province, catalogue=catalogue)
    if xlsx:
        from reports.workbook import About, workbook

        write_file(xlsx, workbook(reconciliation, About.of(file, settings.province), say))
    if json:
        print_json(as_dict(reconciliation))
    else:
        print_table(say("Compared"), COLUMNS, as_rows(reconciliation))
        print_findings(reconciliation)
    err.print(_summary(reconciliation), highlight=False, soft_wrap=True)
    if reconciliation.unexplained:
        raise typer.Exit(3)


COLUMNS = {
    "line": say("line"),
    "kpi": say("KPI"),
    "measure": say("measure"),
    "breakdown": say("breakdown"),
    "period": say("period"),
    "computed": say("computed"),
    "published": say("as published"),
    "verdict": say("verdict"),
    "findings": say("contradicted by"),
    "note": say("difference, reason"),
}


def _summary(reconciliation: "Reconciliation") -> str:
    counts = reconciliation.counts
    said = [f"{say(VERDICTS[verdict])}: {counts[verdict]}" for verdict in VERDICTS if counts[verdict]]
    doubt = counts["in_doubt"]
    findings = say(
        "the report contradicts itself: {findings} findings, {doubt} figures in doubt",
        findings=counts["findings"],
        doubt=doubt,
    )
    if counts["findings"]:
        said.append(findings)
    if counts["remarks"]:
        said.append(say("remarks: {remarks}", remarks=counts["remarks"]))
    return "; ".join(said)


def as_rows(reconciliation: "Reconciliation") -> list[dict[str, Any]]:
    """Comparisons as people read them; the computed value with two digits more than published."""
    numbers = finding_numbers(reconciliation)
    return [
        {
            "line": str(comparison.published.line),
            "kpi": comparison.published.kpi,
            "measure": comparison.published.measure,
            "breakdown": comparison.published.breakdown,
            "period": period(comparison.published),
            "computed": number(comparison.computed, comparison.published.decimals + 2),
            "published": number(comparison.published.value),
            "verdict": say(VERDICTS[comparison.verdict]),
            "findings": ", ".join(map(str, numbers.get(index, []))),
            "note": _note(comparison),
        }
        for index, comparison in enumerate(reconciliation.comparisons)
    ]


def _note(comparison: "Comparison") -> str:
    if comparison.reason:
        return say(comparison.reason)
    if comparison.verdict != "differs":
        return ""
    share = amount(comparison.difference_pct, 2, "+")
    return f"{amount(comparison.difference, 6, '+')}" + ("" if share is None else f" ({share} %)")


def as_dict(reconciliation: "Reconciliation") -> dict[str, Any]:
    """What JSON prints: figures are named by their lines in the file, difference is computed minus published."""
    numbers = finding_numbers(reconciliation)
    lines = [comparison.published.line for comparison in reconciliation.comparisons]
    return {
        "figures": [
            {
                "line": comparison.published.line,
                "kpi": comparison.published.kpi,
                "measure": comparison.published.measure,
                "breakdown": comparison.published.breakdown,
                "from": comparison.published.first,
                "to": comparison.published.last,
                "base": comparison.published.base,
                "over_target": comparison.published.over_target,
                "published": number(comparison.published.value),
                "computed": number(comparison.computed),
                "difference": number(comparison.difference),
                "difference_pct": number(comparison.difference_pct),
                "unit": comparison.published.unit,
                "verdict": comparison.verdict,
                "reason": say(comparison.reason) if comparison.reason else None,
                "data_as_of": comparison.data_as_of,
                "findings": numbers.get(index, []),
            }
            for index, comparison in enumerate(reconciliation.comparisons)
        ],
        "findings": [
            {
                "finding": position,
                "kind": finding.kind,
                "is_contradiction": finding.is_contradiction,
                "arithmetic": say(finding.arithmetic),
                "figures": [lines[index] for index in finding.figures],
                "contradicted": [lines[index] for index in finding.derived],
                "in_doubt": [lines[index] for index in finding.in_doubt],
            }
            for position, finding in enumerate(reconciliation.findings, 1)
        ],
        "counts": reconciliation.counts,
    }


@app.command()
def source(
    name: Annotated[str | None, typer.Argument(metavar="[SOURCE]", help=N_("Source"))] = None,
    first: Annotated[Any, First] = None,
    last: Annotated[Any, Last] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """With the sources' own totals; exit 3 when one differs

    The newest comparison of each range of days and slice.
    """
    from connectors.catalogue import sources_of
    from reports.source_totals import source_totals

    check_past(first or last or date.min, last or first or date.min)
    installation = installation_of(province)
    settings = installation.settings
    if name is not None:
        check_source(name, sources_of(installation, settings.province), settings.province)
    with reader(settings) as connection:
        totals = source_totals(connection, settings.province, name, first, last)
    differing = sum(not total.is_equal for total in totals)
    if json:
        print_json([_total(total) for total in totals])
    elif totals:
        labels = {
            "feed": say("feed"),
            "measure": say("measure"),
            "breakdown": say("breakdown"),
            "period": say("period"),
            "source_value": say("source"),
            "hub_value": say("hub"),
            "said": say("verdict"),
            "severity": say("severity"),
            "batch_id": say("batch"),
            "made_at": say("compared"),
        }
        print_table(say("The sources' totals"), labels, [_row(total) for total in totals])
    err.print(say("{count} totals, {differing} differ", count=len(totals), differing=differing), highlight=False)
    if differing:
        raise typer.Exit(3)


def _row(total: "SourceTotal") -> dict[str, Any]:
    source_value, hub_value = number(total.source_value), number(total.hub_value)
    off = f" {written(hub_value - source_value, '+')}" if hub_value is not None and source_value is not None else ""
    return {
        "feed": f"{total.source}.{total.feed}",
        "measure": total.measure,
        "breakdown": total.breakdown,
        "period": days(total.first, total.last),
        "source_value": source_value,
        "hub_value": hub_value,
        "said": say(VERDICTS["equal"]) if total.is_equal else say(VERDICTS["differs"]) + off,
        "severity": say(SEVERITY[total.severity]),
        "batch_id": str(total.batch_id),
        "made_at": total.made_at,
    }


def _total(total: "SourceTotal") -> dict[str, Any]:
    said = vars(total) | {"source_value": number(total.source_value), "hub_value": number(total.hub_value)}
    return {{"first": "from", "last": "to"}.get(key, key): value for key, value in said.items()}
