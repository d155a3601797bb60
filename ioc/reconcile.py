"""`ioc reconcile`: the hub beside what was published, and beside what the sources count themselves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from ioc.arguments import First, Last, Province, check_range, check_source
from ioc.command_line import App
from ioc.comparison import finding_numbers, print_findings
from ioc.output import Json, err, print_json, print_table
from ioc.reader import amount, installation_of, number, questions, reader
from ioc.texts import SEVERITY, days, say, written
from reports.texts import VERDICTS

if TYPE_CHECKING:
    from reports.comparison import Comparison, Reconciliation
    from reports.source_totals import SourceTotal

app = App("Đối chiếu số liệu / compare figures")


@app.callback()
def _group() -> None:
    """Đối chiếu số liệu / compare figures."""


@app.command()
def published(
    file: Annotated[Path, typer.Argument(help="CSV: kpi,measure,breakdown,from,to,value,unit")],
    xlsx: Annotated[
        Path | None, typer.Option(metavar="OUT.xlsx", help="Ghi thêm bảng tính Excel / write a workbook as well")
    ] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Với số liệu đã công bố, và báo cáo có tự mâu thuẫn không / with published figures, and these with themselves.

    Mã thoát 3 khi có số liệu khác mà báo cáo không tự mâu thuẫn / exit 3 when a figure differs that the report itself
    does not contradict.
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
        from reports.workbook import About, write_workbook

        write_workbook(xlsx, reconciliation, About.of(file, settings.province), say)
        err.print(say(f"Đã ghi {xlsx}", f"Wrote {xlsx}"), markup=False, highlight=False, soft_wrap=True)
    if json:
        print_json(as_dict(reconciliation))
    else:
        print_table(say("Đối chiếu", "Compared"), COLUMNS, as_rows(reconciliation))
        print_findings(reconciliation)
    err.print(_summary(reconciliation), markup=False, highlight=False, soft_wrap=True)
    if reconciliation.unexplained:
        raise typer.Exit(3)


COLUMNS = {
    "line": say("dòng", "line"),
    "kpi": say("chỉ tiêu", "KPI"),
    "measure": say("số đo", "measure"),
    "breakdown": say("phân tổ", "breakdown"),
    "period": say("kỳ", "period"),
    "computed": say("tính được", "computed"),
    "published": say("công bố", "published"),
    "verdict": say("kết luận", "verdict"),
    "findings": say("mâu thuẫn số", "contradicted by"),
    "note": say("chênh lệch, lý do", "difference, reason"),
}


def _summary(reconciliation: "Reconciliation") -> str:
    counts = reconciliation.counts
    said = [f"{say(*VERDICTS[verdict])}: {counts[verdict]}" for verdict in VERDICTS if counts[verdict]]
    doubt = counts["in_doubt"]
    findings = say(
        f"báo cáo tự mâu thuẫn: {counts['findings']} chỗ, {doubt} số liệu nghi vấn",
        f"the report contradicts itself: {counts['findings']} findings, {doubt} figures in doubt",
    )
    return "; ".join([*said, *([findings] if counts["findings"] else [])])


def as_rows(reconciliation: "Reconciliation") -> list[dict[str, Any]]:
    """Comparisons as people read them; the computed value with two digits more than published."""
    numbers = finding_numbers(reconciliation)
    return [
        {
            "line": str(comparison.published.line),
            "kpi": escape(comparison.published.kpi),
            "measure": escape(comparison.published.measure),
            "breakdown": escape(comparison.published.breakdown),
            "period": days(comparison.published.first, comparison.published.last),
            "computed": number(comparison.computed, comparison.published.decimals + 2),
            "published": number(comparison.published.value),
            "verdict": say(*VERDICTS[comparison.verdict]),
            "findings": ", ".join(map(str, numbers.get(index, []))),
            "note": escape(_note(comparison)),
        }
        for index, comparison in enumerate(reconciliation.comparisons)
    ]


def _note(comparison: "Comparison") -> str:
    if comparison.reason:
        return say(comparison.reason.vi, comparison.reason.en)
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
                "published": number(comparison.published.value),
                "computed": number(comparison.computed),
                "difference": number(comparison.difference),
                "difference_pct": number(comparison.difference_pct),
                "unit": comparison.published.unit,
                "verdict": comparison.verdict,
                "reason": say(comparison.reason.vi, comparison.reason.en) if comparison.reason else None,
                "data_as_of": comparison.data_as_of,
                "findings": numbers.get(index, []),
            }
            for index, comparison in enumerate(reconciliation.comparisons)
        ],
        "findings": [
            {
                "finding": position,
                "kind": finding.kind,
                "arithmetic": say(finding.arithmetic.vi, finding.arithmetic.en),
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
    name: Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="Nguồn / source")] = None,
    first: Annotated[Any, First] = None,
    last: Annotated[Any, Last] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Với số tổng của chính các nguồn; mã thoát 3 khi có khác / with the sources' own totals; exit 3 when one differs.

    Mỗi khoảng ngày và phân tổ: lần so mới nhất / the newest comparison of each range of days and slice.
    """
    from connectors.catalogue import sources_of
    from reports.source_totals import source_totals

    if first and last:
        check_range(first, last)
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
            "feed": say("luồng", "feed"),
            "measure": say("số đo", "measure"),
            "breakdown": say("phân tổ", "breakdown"),
            "period": say("kỳ", "period"),
            "source_value": say("nguồn", "source"),
            "hub_value": say("kho", "hub"),
            "said": say("kết luận", "verdict"),
            "severity": say("mức", "severity"),
            "batch_id": say("lô", "batch"),
            "made_at": say("so lúc", "compared"),
        }
        print_table(say("Số tổng của nguồn", "The sources' totals"), labels, [_row(total) for total in totals])
    err.print(
        say(f"{len(totals)} số tổng, {differing} khác", f"{len(totals)} totals, {differing} differ"), highlight=False
    )
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
        "said": say(*VERDICTS["equal"]) if total.is_equal else say(*VERDICTS["differs"]) + off,
        "severity": say(*SEVERITY[total.severity]),
        "batch_id": str(total.batch_id),
        "made_at": total.made_at,
    }


def _total(total: "SourceTotal") -> dict[str, Any]:
    said = vars(total) | {"source_value": number(total.source_value), "hub_value": number(total.hub_value)}
    return {{"first": "from", "last": "to"}.get(key, key): value for key, value in said.items()}
