"""Published figures beside what the hub computes, and beside what the file itself says of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from hub.errors import WrongQuestion
from hub.periods import Period
from hub.translation import msg
from hub.units import round_half_up, unit_name
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.figure import Reason
from kpis.question import Question
from reports.contradictions import Finding, find_contradictions
from reports.published import Published
from reports.references import read_reference
from warehouse.serving import Connection

Verdict = Literal["equal", "rounded", "differs", "not_computable"]
VERDICTS: tuple[Verdict, ...] = ("equal", "rounded", "differs", "not_computable")
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Comparison:
    """A published figure and the hub's word on it."""

    published: Published
    verdict: Verdict
    computed: Decimal | None = None
    reason: Reason | None = None
    data_as_of: date | None = None
    loaded_at: datetime | None = None

    @property
    def difference(self) -> Decimal | None:
        """Computed minus published."""
        return None if self.computed is None else self.computed - self.published.value

    @property
    def difference_pct(self) -> Decimal | None:
        """The difference in percent of the published value; None where that is 0."""
        if self.difference is None or not self.published.value:
            return None
        return _HUNDRED * self.difference / abs(self.published.value)


@dataclass(frozen=True)
class Reconciliation:
    """Verdicts of a file's figures, in its order, and what in the file contradicts itself."""

    comparisons: list[Comparison]
    findings: list[Finding]

    @property
    def in_doubt(self) -> set[int]:
        """Places of the figures that a finding leaves in doubt."""
        return {index for finding in self.findings for index in finding.in_doubt}

    @property
    def unexplained(self) -> list[Comparison]:
        """Figures that differ although nothing in the file speaks against them."""
        doubt = self.in_doubt
        return [c for i, c in enumerate(self.comparisons) if c.verdict == "differs" and i not in doubt]

    @property
    def counts(self) -> dict[str, int]:
        """How many figures have each verdict, how many findings there are, how many figures they leave in doubt."""
        verdicts = Counter(comparison.verdict for comparison in self.comparisons)
        more = {"findings": len(self.findings), "in_doubt": len(self.in_doubt), "unexplained": len(self.unexplained)}
        return {verdict: verdicts[verdict] for verdict in VERDICTS} | more


def reconcile(
    connection: Connection, figures: Sequence[Published], province: str, *, catalogue: Catalogue
) -> Reconciliation:
    """Compute every figure anew, and look for contradictions in the file apart from it.

    Raises WrongQuestion for a province that the hub does not have.
    """
    findings = find_contradictions(figures, catalogue.definitions, read_reference(connection, province))
    return Reconciliation(compare(connection, figures, province, catalogue=catalogue), findings)


def compare(
    connection: Connection, figures: Sequence[Published], province: str, *, catalogue: Catalogue
) -> list[Comparison]:
    """Compute every published figure anew and judge it by the digits that were printed."""
    return [_judge(connection, catalogue, figure, province) for figure in figures]


def _judge(connection: Connection, catalogue: Catalogue, published: Published, province: str) -> Comparison:
    if published.kpi not in catalogue.definitions:
        return _not_computable(published, msg("KPI {kpi} is not defined", kpi=published.kpi))
    slices = dict(published.where)
    areas = slices.pop("area", ())
    if len(areas) > 1:
        return _not_computable(published, msg("only one area can be asked at a time"))
    try:
        days, area = Period(published.first, published.last), next(iter(areas), None)
        question = Question(published.kpi, days, province, area, slices, measure=published.measure)
        figure = compute(connection, question, catalogue=catalogue)
    except WrongQuestion as error:
        return _not_computable(published, error)
    if figure.unit != published.unit:
        return _not_computable(
            published,
            msg(
                "the units differ: computed in {computed}, published in {published}",
                computed=unit_name(figure.unit),
                published=unit_name(published.unit),
            ),
        )
    if figure.value is None:
        return Comparison(published, "not_computable", None, figure.reason, figure.data_as_of, figure.loaded_at)
    return Comparison(
        published, _verdict(published, figure.value), figure.value, None, figure.data_as_of, figure.loaded_at
    )


def _verdict(published: Published, computed: Decimal) -> Verdict:
    if computed == published.value:
        return "equal"
    return "rounded" if round_half_up(computed, published.decimals) == published.value else "differs"


def _not_computable(published: Published, reason: Reason) -> Comparison:
    return Comparison(published, "not_computable", reason=reason)
