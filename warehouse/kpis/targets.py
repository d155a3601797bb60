"""What each year is to reach: reference data of a province, in one CSV."""

import csv
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

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
            raise Abort(f"{path.name}: the columns must be {', '.join(COLUMNS)}.")
        for row in reader:
            try:
                key = (row["province"], row["kpi"], row["measure"], row["breakdown"], int(row["year"]))
                targets[key] = Decimal(row["target"])
            except (ValueError, InvalidOperation):
                raise Abort(f"{path.name}, line {reader.line_num}: year and target must be numbers.") from None
    return targets


def find_target(province: str, kpi: str, measure: str, breakdown: str, year: int) -> Decimal | None:
    """The target of that figure in that year, where one was set."""
    return load_targets().get((province, kpi, measure, breakdown, year))
