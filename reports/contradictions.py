"""What contradicts itself in a published file: arithmetic over its figures, the definitions and reference data.

Nothing here asks the hub what is true. A rule speaks only where the figures leave no way out: a printed figure may be
off by half a unit of its last digit, whole counts are exact, and parts that reach less than their total accuse nobody
unless they are known to be all of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpis.figure import Reason
from reports.equations import Equation, Kind
from reports.ratios import differences, growths, quotients
from reports.sheet import PublishedReport
from reports.totals import averages, outsides, parts, periods, shares, stretches, sums, twice

RULES = (sums, stretches, shares, quotients, growths, differences, parts, outsides, twice, periods)
"""Each yields the equations that it finds in a sheet, those that hold too: what is built on what follows from them.
A rate that is not between those of its parts is told only where no equation puts one of them in doubt."""


@dataclass(frozen=True)
class Finding:
    """An equation that does not hold, or a remark. Figures are named by their places in the file, from 0."""

    kind: Kind
    derived: tuple[int, ...]
    """The figure that the others contradict; both where one stands twice, all where shares miss 100 %."""
    figures: tuple[int, ...]
    """All that the arithmetic takes."""
    arithmetic: Reason
    in_doubt: tuple[int, ...] = ()
    """The derived figure, and all that is built on it: totals, quotients and growths that take it. None where the
    finding is a remark: it contradicts nothing."""

    @property
    def is_contradiction(self) -> bool:
        """Whether the report contradicts itself in it."""
        return bool(self.in_doubt)


def find_contradictions(sheet: PublishedReport) -> list[Finding]:
    """Every contradiction of a sheet, in the order of the figures that it is about."""
    equations = [equation for rule in RULES for equation in rule(sheet)]
    findings = [
        Finding(e.kind, e.derived, ordered([*e.derived, *e.operands]), e.arithmetic, _built_on(e.derived, equations))
        for e in equations
        if not e.holds
    ]
    doubt = {i for finding in findings for i in finding.in_doubt}
    for average in averages(sheet):
        taken = ordered([*average.derived, *average.operands])
        if not doubt.intersection(taken):
            in_doubt = _built_on(average.derived, equations)
            findings.append(Finding(average.kind, average.derived, taken, average.arithmetic, in_doubt))
    return sorted(findings, key=lambda finding: finding.figures)


def ordered(indexes: Iterable[int]) -> tuple[int, ...]:
    """Places in the order of the file, each once."""
    return tuple(sorted(set(indexes)))


def _built_on(suspects: Iterable[int], equations: Sequence[Equation]) -> tuple[int, ...]:
    doubtful = set(suspects)
    while True:
        more = {i for e in equations if doubtful.intersection(e.operands) for i in e.derived} - doubtful
        if not more:
            return ordered(doubtful)
        doubtful |= more
