"""The demo's last word: KPI, period, computed, published, same?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from ioc.reader import number
from ioc.texts import say

if TYPE_CHECKING:
    from warehouse.kpis.definition import Definition
    from warehouse.published import Comparison

SAME = {
    "equal": ("✓ bằng nhau", "✓ equal"),
    "rounded": ("✓ bằng nhau khi làm tròn", "✓ equal after rounding"),
    "differs": ("✗ khác", "✗ differs"),
    "contradictory": ("! báo cáo tự mâu thuẫn", "! the report contradicts itself"),
    "not_computable": ("✗ không tính được", "✗ not computable"),
}


def print_comparisons(comparisons: Sequence["Comparison"], kpis: Mapping[str, "Definition"]) -> None:
    """The table on stdout; where a figure is not the published one the reason stands in the last column."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    table = Table()
    table.add_column(say("Chỉ tiêu", "KPI"))
    table.add_column(say("Kỳ", "Period"), no_wrap=True)
    table.add_column(say("Tính được", "Computed"), justify="right")
    table.add_column(say("Công bố", "Published"), justify="right")
    table.add_column(say("Giống nhau?", "Same?"))
    for comparison in comparisons:
        said = comparison.published
        same = say(*SAME[comparison.verdict])
        if comparison.reason and comparison.verdict in ("contradictory", "not_computable"):
            same += f": {say(comparison.reason.vi, comparison.reason.en)}"
        table.add_row(
            " ".join(
                filter(None, [_name(kpis[said.kpi], said.measure), f"({said.breakdown})" if said.breakdown else ""])
            ),
            f"{said.first:%d/%m/%Y}–{said.last:%d/%m/%Y}" if said.first != said.last else f"{said.last:%d/%m/%Y}",
            _figure(number(comparison.computed, max(2, said.decimals)), said.unit),
            _figure(number(said.value, said.decimals), said.unit),
            same,
        )
    console.print(table)


def _name(definition: "Definition", measure: str) -> str:
    name = say(definition.name.vi, definition.name.en)
    return name if measure == definition.measure else f"{name} · {measure}"


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,} {unit}"
