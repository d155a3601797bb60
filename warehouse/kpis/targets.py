"""What each year is to reach: reference data of a province, in one CSV; and how far a figure is on the way there."""

import csv
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from connectors.errors import Abort

TARGETS = Path(__file__).parent.parent / "reference" / "targets.csv"
COLUMNS = ("province", "kpi", "measure", "breakdown", "year", "target", "unit", "note")


@cache
def load_targets(path: Path = TARGETS) -> dict[tuple[str, str, str, str, int], Decimal]:
    """(province, KPI, measure, breakdown, year) → target. Raises Abort naming file, line and column."""
    targets = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            columns = ", ".join(COLUMNS)
            raise Abort(f"{path.name}: các cột phải là {columns}.", f"{path.name}: the columns must be {columns}.")
        for row in reader:
            try:
                key = (row["province"], row["kpi"], row["measure"], row["breakdown"], int(row["year"]))
                targets[key] = Decimal(row["target"])
            except (ValueError, InvalidOperation):
                raise Abort(
                    f"{path.name}, dòng {reader.line_num}: year và target phải là số.",
                    f"{path.name}, line {reader.line_num}: year and target must be numbers.",
                ) from None
    return targets


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
