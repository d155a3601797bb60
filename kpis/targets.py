"""What each year is to reach: reference data of the hub, and of an installation beside its own KPIs; and how far a
figure is on the way there."""

import csv
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hub.errors import Abort, Text, WrongQuestion
from hub.suggestions import nearest
from kpis.definition import load_definitions, own_file
from kpis.slices import parse_slices, slices_text

TARGETS = Path(__file__).parent.parent / "warehouse" / "reference" / "targets.csv"
Key = tuple[str, str, str, str, int]
"""Province, KPI, measure, breakdown, year."""
COLUMNS = ("province", "kpi", "measure", "breakdown", "year", "target", "unit", "note")


def load_targets() -> Mapping[Key, Decimal]:
    """All targets: the hub's, and those of the installation's own targets.csv in IOC_KPIS, where one of the same key
    wins. Raises Abort naming file, line and what is wrong."""
    return _together(own_file("targets.csv"))


@cache
def _together(own: Path | None) -> Mapping[Key, Decimal]:
    return read_targets(TARGETS, checked=False) | (read_targets(own) if own else {})


def read_targets(path: Path, *, checked: bool = True) -> dict[Key, Decimal]:
    """The targets of one file. Raises Abort naming file, line and what is wrong. The hub's own are not checked against
    the KPIs, of which the installation may have put others in their place."""
    targets: dict[Key, Decimal] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            columns = ", ".join(COLUMNS)
            raise Abort(f"{path.name}: các cột phải là {columns}.", f"{path.name}: the columns must be {columns}.")
        for row in reader:
            fault = _fault(row) if checked else None
            key = None if fault else _key(row)
            if key in targets:
                fault = Text("đã có mục tiêu này ở dòng trên; chỉ giữ một dòng.", "a line above says it; keep one.")
            if fault or key is None:
                at = reader.line_num
                raise Abort(f"{path}, dòng {at}: {fault and fault.vi}", f"{path}, line {at}: {fault and fault.en}")
            targets[key] = Decimal(row["target"])
    return targets


def _key(row: Mapping[str, str]) -> Key:
    breakdown = slices_text(parse_slices(row["breakdown"]))
    return row["province"], row["kpi"], row["measure"], breakdown, int(row["year"])


def _fault(row: Mapping[Any, Any]) -> Text | None:
    """What is wrong with a line: a target that no figure has would never be missed."""
    if None in row or None in row.values():
        count = len(COLUMNS)
        return Text(f"phải có đúng {count} giá trị.", f"there must be {count} values.")
    definition = load_definitions().get(row["kpi"])
    if definition is None:
        near = nearest(row["kpi"], list(load_definitions()))
        return Text(f"không có chỉ tiêu {row['kpi']!r}; {near.vi}", f"there is no KPI {row['kpi']!r}; {near.en}")
    try:
        formula = definition.formula(row["measure"])
        unknown = sorted(set(parse_slices(row["breakdown"])) - set(formula.breakdowns))
    except WrongQuestion as error:
        return Text(error.vi, error.en)
    if unknown:
        near = nearest(unknown[0], formula.breakdowns)
        return Text(f"không có phân tổ {unknown[0]!r}; {near.vi}", f"there is no breakdown {unknown[0]!r}; {near.en}")
    if row["unit"] != formula.unit:
        return Text(
            f"unit là {row['unit']!r}, số đo này tính bằng {formula.unit!r}.",
            f"unit is {row['unit']!r}, the measure is in {formula.unit!r}.",
        )
    try:
        if int(row["year"]) > 0 and Decimal(row["target"]) > 0:
            return None
    except (ValueError, InvalidOperation):
        pass
    return Text("year và target phải là số lớn hơn 0.", "year and target must be numbers above 0.")


def find_target(province: str, kpi: str, measure: str, breakdown: str, year: int) -> Decimal | None:
    """The target of that figure in that year, where one was set."""
    return load_targets().get((province, kpi, measure, breakdown, year))


class Target(NamedTuple):
    """What a measure of a KPI is to reach in a year."""

    measure: str
    breakdown: str
    year: int
    target: Decimal


def targets_of(province: str, kpi: str) -> list[Target]:
    """All targets of a KPI in a province, by year."""
    found = [
        Target(measure, breakdown, year, target)
        for (owner, name, measure, breakdown, year), target in load_targets().items()
        if (owner, name) == (province, kpi)
    ]
    return sorted(found, key=lambda target: (target.year, target.measure, target.breakdown))


def attainment(good: Literal["up", "down", "none"], value: Decimal | None, target: Decimal | None) -> Decimal | None:
    """How much of the target is attained, in percent: 100 and more = reached.

    Where more is good it is value ÷ target; a flow over a part of the year attains its part of the year's target.
    Where less is good it is target ÷ value: half as many as allowed is 200 %, twice as many 50 %. Without a quotient
    (nothing happened where less is good, or a target of 0) only reached, 100, and not reached, 0, can be told.
    """
    if value is None or target is None or good == "none":
        return None
    done, wanted = (value, target) if good == "up" else (target, value)
    if wanted == 0:
        return Decimal(100 if done >= 0 else 0)
    return 100 * done / wanted
