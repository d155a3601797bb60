"""Figures that were published, beside what the hub computes; and what contradicts itself in a published file."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from connectors.errors import Abort
from warehouse.kpis.compute import compute
from warehouse.kpis.definition import Definition, load_definitions
from warehouse.kpis.errors import WrongQuestion
from warehouse.kpis.figure import Reason, breakdown_text, parse_breakdown, round_half_up
from warehouse.reading import Connection

PUBLISHED = Path(__file__).parent / "reference" / "published"
COLUMNS = ("kpi", "measure", "breakdown", "from", "to", "value", "unit", "note")

Verdict = Literal["equal", "rounded", "differs", "contradictory", "not_computable"]


@dataclass(frozen=True)
class Published:
    """One published figure, with the digits that were printed."""

    kpi: str
    measure: str
    where: Mapping[str, tuple[str, ...]]
    first: date
    last: date
    value: Decimal
    unit: str

    @property
    def breakdown(self) -> str:
        return breakdown_text(self.where)

    @property
    def decimals(self) -> int:
        return max(0, -int(self.value.as_tuple().exponent))

    @property
    def subject(self) -> tuple[str, str, date, date]:
        """What two figures must share to be compared as a whole and its parts."""
        return self.kpi, self.measure, self.first, self.last


@dataclass(frozen=True)
class Comparison:
    """A published figure and the hub's word on it."""

    published: Published
    verdict: Verdict
    computed: Decimal | None = None
    difference: Decimal | None = None
    """Computed minus published."""
    reason: Reason | None = None


def read_published(path: Path) -> list[Published]:
    """The figures of a CSV with the columns above. Raises Abort naming file, line and column of a fault."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS[:-1] if name not in (reader.fieldnames or ())]
            if missing:
                raise Abort(f"{path.name} has no column {', '.join(missing)}; it needs {', '.join(COLUMNS[:-1])}.")
            return [_figure(row, f"{path.name}, line {reader.line_num}") for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        why = "it is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise Abort(f"{path} cannot be read: {why}.") from None


def _figure(row: Mapping[str, str | None], where: str) -> Published:
    def cell(name: str) -> str:
        return (row[name] or "").strip()

    try:
        value = Decimal(cell("value"))
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise Abort(f"{where}, column value: {cell('value')!r} is no number such as 93.37.") from None
    days = []
    for name in ("from", "to"):
        try:
            days.append(date.fromisoformat(cell(name)))
        except ValueError:
            raise Abort(f"{where}, column {name}: {cell(name)!r} is no day such as 2023-06-30.") from None
    try:
        breakdown = parse_breakdown(cell("breakdown"))
    except WrongQuestion as error:
        raise Abort(f"{where}, column breakdown: {error}") from None
    return Published(cell("kpi"), cell("measure"), breakdown, days[0], days[1], value, cell("unit"))


def compare(connection: Connection, figures: Sequence[Published], province: str = "H37") -> list[Comparison]:
    """Compute every published figure anew and judge it; one that the file itself contradicts is nobody's fault here."""
    definitions = load_definitions()
    contradicted: dict[int, Reason] = {}
    for find in CONTRADICTIONS:
        for index, reason in find(figures, definitions).items():
            contradicted.setdefault(index, reason)
    return [
        _judge(connection, figure, definitions, province, contradicted.get(index))
        for index, figure in enumerate(figures)
    ]


def _judge(
    connection: Connection,
    published: Published,
    definitions: Mapping[str, Definition],
    province: str,
    contradiction: Reason | None,
) -> Comparison:
    if published.kpi not in definitions:
        return Comparison(
            published,
            "not_computable",
            reason=Reason("Chỉ tiêu chưa được định nghĩa", f"KPI {published.kpi} is not defined"),
        )
    try:
        figure = compute(
            connection,
            published.kpi,
            published.first,
            published.last,
            province,
            where=published.where,
            measure=published.measure,
        )
    except WrongQuestion as error:
        return Comparison(published, "not_computable", reason=Reason(str(error), str(error)))
    if figure.unit != published.unit:
        units = figure.unit, published.unit
        return Comparison(
            published,
            "not_computable",
            reason=Reason(
                "Đơn vị khác: tính theo {}, công bố theo {}".format(*units),
                "the units differ: computed in {}, published in {}".format(*units),
            ),
        )
    if figure.value is None:
        return Comparison(published, "not_computable", reason=figure.reason)
    difference = figure.value - published.value
    if difference == 0:
        return Comparison(published, "equal", figure.value, difference)
    if round_half_up(figure.value, published.decimals) == published.value:
        return Comparison(published, "rounded", figure.value, difference)
    return Comparison(
        published, "contradictory" if contradiction else "differs", figure.value, difference, contradiction
    )


Contradictions = Callable[[Sequence[Published], Mapping[str, Definition]], dict[int, Reason]]


def larger_than_its_whole(figures: Sequence[Published], definitions: Mapping[str, Definition]) -> dict[int, Reason]:
    """Figures that count more of a set than the file says exist (`part_of`), and totals that are built on them."""
    found: dict[int, Reason] = {}
    for index, part in enumerate(figures):
        definition = definitions.get(part.kpi)
        if definition is None or definition.part_of is None or part.measure != definition.measure:
            continue
        kpi, _, measure = definition.part_of.partition(".")
        for whole in figures:
            same = whole.subject == (kpi, measure, part.first, part.last) and whole.where == part.where
            if same and part.value > whole.value:
                found[index] = Reason(
                    f"Báo cáo tự mâu thuẫn: {part.value} > {whole.value} ({kpi}.{measure} {whole.breakdown}"
                    f" cùng kỳ), phần không thể lớn hơn toàn bộ",
                    f"the report contradicts itself: {part.value} > {whole.value}, the {kpi}.{measure}"
                    f" {whole.breakdown} of the same days; a part cannot exceed its whole",
                )
    return found | _totals_built_on(figures, found)


def _totals_built_on(figures: Sequence[Published], found: Mapping[int, Reason]) -> dict[int, Reason]:
    """Totals that are exactly the sum of parts of which one is contradicted."""
    built = {}
    for index, total in enumerate(figures):
        for name in {name for i in found for name in figures[i].where}:
            parts = {
                i: figure
                for i, figure in enumerate(figures)
                if figure.subject == total.subject
                and name not in total.where
                and {k: v for k, v in figure.where.items() if k != name} == dict(total.where)
                and name in figure.where
            }
            if parts.keys() & found.keys() and sum(part.value for part in parts.values()) == total.value:
                values = " + ".join(str(part.value) for part in parts.values())
                wrong = " ".join(figures[i].breakdown for i in parts.keys() & found.keys())
                built[index] = Reason(
                    f"Báo cáo tự mâu thuẫn: {total.value} = {values}, trong đó {wrong} không thể đúng",
                    f"the report contradicts itself: {total.value} = {values}, of which {wrong} cannot be",
                )
    return built


CONTRADICTIONS: list[Contradictions] = [larger_than_its_whole]
"""Each finds figures that cannot be true because of others in the same file: index → the arithmetic."""
