"""`ioc reconcile`: what was published, beside what the hub computes."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ioc.output import Json, err, print_json, print_table
from ioc.reader import number, questions, reader, reader_settings
from ioc.texts import say

if TYPE_CHECKING:
    from warehouse.published import Comparison

app = typer.Typer(no_args_is_help=True, help="Đối chiếu số liệu / compare figures")

VERDICTS = {
    "equal": ("bằng nhau", "equal"),
    "rounded": ("bằng nhau khi làm tròn", "equal after rounding"),
    "differs": ("khác", "differs"),
    "contradictory": ("báo cáo tự mâu thuẫn", "the report contradicts itself"),
    "not_computable": ("không tính được", "not computable"),
}


@app.callback()
def _group() -> None:
    """Đối chiếu số liệu / compare figures."""


@app.command()
def published(
    file: Annotated[Path, typer.Argument(help="CSV: kpi,measure,breakdown,from,to,value,unit")],
    json: Annotated[bool, Json] = False,
) -> None:
    """Với số liệu đã công bố; mã thoát 3 khi có khác / with published figures; exit 3 when some differ."""
    from warehouse.published import compare, read_published

    with questions():
        settings = reader_settings()
        figures = read_published(file)
        with reader(settings) as connection:
            comparisons = compare(connection, figures, settings.province)
    if json:
        print_json([as_dict(comparison) for comparison in comparisons])
    else:
        print_table(say("Đối chiếu", "Compared"), COLUMNS, [as_row(comparison) for comparison in comparisons])
    counts = Counter[str](comparison.verdict for comparison in comparisons)
    err.print("; ".join(f"{say(*VERDICTS[v])}: {counts[v]}" for v in VERDICTS if counts[v]), highlight=False)
    if counts["differs"]:
        raise typer.Exit(3)


COLUMNS = {
    "kpi": say("chỉ tiêu", "KPI"),
    "measure": say("số đo", "measure"),
    "breakdown": say("phân tổ", "breakdown"),
    "period": say("kỳ", "period"),
    "computed": say("tính được", "computed"),
    "published": say("công bố", "published"),
    "verdict": say("kết luận", "verdict"),
    "note": say("chênh lệch, lý do", "difference, reason"),
}


def as_row(comparison: "Comparison") -> dict[str, Any]:
    """A comparison as people read it; the computed value with two digits more than published."""
    said, reason = comparison.published, comparison.reason
    off = number(comparison.difference, 6) if comparison.verdict in ("differs", "contradictory") else None
    notes = ["" if off is None else f"{off:+}", say(reason.vi, reason.en) if reason else ""]
    return {
        "kpi": said.kpi,
        "measure": said.measure,
        "breakdown": said.breakdown,
        "period": f"{said.first} … {said.last}",
        "computed": number(comparison.computed, said.decimals + 2),
        "published": number(said.value),
        "verdict": say(*VERDICTS[comparison.verdict]),
        "note": "; ".join(filter(None, notes)),
    }


def as_dict(comparison: "Comparison") -> dict[str, Any]:
    """A comparison as JSON prints it; difference is computed minus published."""
    said, reason = comparison.published, comparison.reason
    return {
        "kpi": said.kpi,
        "measure": said.measure,
        "breakdown": said.breakdown,
        "from": said.first,
        "to": said.last,
        "published": number(said.value),
        "computed": number(comparison.computed),
        "difference": number(comparison.difference),
        "unit": said.unit,
        "verdict": comparison.verdict,
        "reason": say(reason.vi, reason.en) if reason else None,
    }
