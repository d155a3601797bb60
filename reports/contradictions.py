"""What contradicts itself in a published file: arithmetic over its figures, the definitions and reference data.

Nothing here asks the hub what is true. A rule speaks only where the figures leave no way out: a printed figure may be
off by half a unit of its last digit, whole counts are exact, and parts that reach less than their total accuse nobody
unless they are known to be all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpis.definition import Definition
from kpis.figure import Reason
from reports.equations import Equation, Kind
from reports.published import Published
from reports.ratios import differences, growths, quotients
from reports.references import Reference
from reports.sheet import Sheet
from reports.totals import parts, shares, stretches, sums, twice

RULES = (sums, stretches, shares, quotients, growths, differences, parts, twice)
"""Each yields the equations that it finds in a sheet, those that hold too: what is built on what follows from them."""


@dataclass(frozen=True)
class Finding:
    """An equation that does not hold. Figures are named by their places in the file, from 0."""

    kind: Kind
    derived: tuple[int, ...]
    """The figure that the others contradict; both where one stands twice, all where shares miss 100 %."""
    figures: tuple[int, ...]
    """All that the arithmetic takes."""
    arithmetic: Reason
    in_doubt: tuple[int, ...]
    """The derived figure, and all that is built on it: totals, quotients and growths that take it."""


def find_contradictions(
    figures: Sequence[Published], definitions: Mapping[str, Definition], reference: Reference
) -> list[Finding]:
    """Every contradiction of a file, in the order of the figures that it is about."""
    sheet = Sheet(figures, definitions, reference)
    equations = [equation for rule in RULES for equation in rule(sheet)]
    findings = [
        Finding(e.kind, e.derived, _ordered([*e.derived, *e.operands]), e.arithmetic, _built_on(e.derived, equations))
        for e in equations
        if not e.holds
    ]
    return sorted(findings, key=lambda finding: finding.figures)


def _ordered(indexes: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(indexes)))


def _built_on(suspects: Iterable[int], equations: Sequence[Equation]) -> tuple[int, ...]:
    doubtful = set(suspects)
    while True:
        more = {i for e in equations if doubtful.intersection(e.operands) for i in e.derived} - doubtful
        if not more:
            return _ordered(doubtful)
        doubtful |= more
