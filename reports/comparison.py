"""Published figures beside what the hub computes, and beside what the file itself says of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Literal

from hub.errors import WrongQuestion
from hub.periods import Period
from hub.translation import join, msg
from hub.units import round_half_up, unit_name
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.figure import Figure, Reason
from kpis.question import Question
from reports.amounts import level_measure
from reports.causes import causes
from reports.contradictions import Finding, find_contradictions, ordered
from reports.coverage import gaps, rest
from reports.published import Published
from reports.ratios import PERCENTAGE_POINTS
from reports.references import read_reference
from reports.sheet import PublishedReport
from warehouse.serving import Connection

Verdict = Literal["equal", "rounded", "within", "differs", "not_computable"]
VERDICTS: tuple[Verdict, ...] = ("equal", "rounded", "within", "differs", "not_computable")
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
    """Verdicts of a file's figures, in its order, and what was found: contradictions of the file, then remarks."""

    comparisons: list[Comparison]
    findings: list[Finding]

    @property
    def contradictions(self) -> list[Finding]:
        """What the file says against itself."""
        return [finding for finding in self.findings if finding.is_contradiction]

    @property
    def remarks(self) -> list[Finding]:
        """Parts that leave something over, and why a figure probably differs."""
        return [finding for finding in self.findings if not finding.is_contradiction]

    @property
    def in_doubt(self) -> set[int]:
        """Places of the figures that a finding leaves in doubt."""
        return {index for finding in self.findings for index in finding.in_doubt}

    @property
    def unexplained(self) -> list[Comparison]:
        """Figures that differ although nothing in the file speaks against them; a remark excuses none."""
        doubt = self.in_doubt
        return [c for i, c in enumerate(self.comparisons) if c.verdict == "differs" and i not in doubt]

    @property
    def counts(self) -> dict[str, int]:
        """How many figures have each verdict, how many contradictions there are, how many figures they leave in doubt,
        how many differ all the same, and how many remarks there are."""
        verdicts = Counter(comparison.verdict for comparison in self.comparisons)
        more = {
            "findings": len(self.contradictions),
            "in_doubt": len(self.in_doubt),
            "unexplained": len(self.unexplained),
            "remarks": len(self.remarks),
        }
        return {verdict: verdicts[verdict] for verdict in VERDICTS} | more


def reconcile(
    connection: Connection, figures: Sequence[Published], province: str, *, catalogue: Catalogue
) -> Reconciliation:
    """Compute every figure anew, and look for contradictions in the file apart from it.

    Raises WrongQuestion for a province that the hub does not have.
    """
    sheet = PublishedReport(figures, catalogue.definitions, read_reference(connection, province))
    found, comparisons = find_contradictions(sheet), compare(connection, figures, province, catalogue=catalogue)
    remarks, wrong = [], {index for finding in found if finding.kind != "period" for index in finding.in_doubt}
    for gap in gaps(sheet):
        taken = ordered([gap.total, *gap.family.parts])
        if not wrong.intersection(taken):
            text = join([gap.arithmetic, rest(connection, sheet, gap, province, catalogue)])
            remarks.append(Finding("uncovered", (gap.total,), taken, text))
    doubt = {index for finding in found for index in finding.in_doubt}
    remarks += causes(
        [
            (index, one.published, one.computed)
            for index, one in enumerate(comparisons)
            if one.verdict == "differs" and one.computed is not None and index not in doubt
        ]
    )
    return Reconciliation(comparisons, found + sorted(remarks, key=lambda remark: remark.figures))


def compare(
    connection: Connection, figures: Sequence[Published], province: str, *, catalogue: Catalogue
) -> list[Comparison]:
    """Compute every published figure anew and judge it by the digits that were printed."""
    return judge(figures, province, catalogue, partial(compute, connection, catalogue=catalogue))


def judge(
    figures: Sequence[Published], province: str, catalogue: Catalogue, answer: Callable[[Question], Figure]
) -> list[Comparison]:
    """Judge every published figure, by the digits that were printed, beside what `answer` gives."""
    return [_judge(answer, catalogue, figure, province) for figure in figures]


def _judge(
    answer: Callable[[Question], Figure], catalogue: Catalogue, published: Published, province: str
) -> Comparison:
    if published.kpi not in catalogue.definitions:
        return _not_computable(published, msg("KPI {kpi} is not defined", kpi=published.kpi))
    ask = partial(_ask, answer, catalogue, published, province)
    try:
        figure = ask(Period(published.first, published.last))
        since = ask(Period(*published.base)) if published.base else None
    except WrongQuestion as error:
        return _not_computable(published, error)
    unit, value, reason = figure.unit, figure.value, figure.reason
    if since:
        unit, value, reason = _change(published.unit, figure, since)
    elif published.over_target:
        unit, value, reason = _over_target(figure)
    if unit != published.unit:
        return _not_computable(
            published,
            msg(
                "the units differ: computed in {computed}, published in {published}",
                computed=unit_name(unit),
                published=unit_name(published.unit),
            ),
        )
    if value is None:
        return Comparison(published, "not_computable", None, reason, figure.data_as_of, figure.loaded_at)
    return Comparison(published, _verdict(published, value), value, None, figure.data_as_of, figure.loaded_at)


def _ask(
    answer: Callable[[Question], Figure], catalogue: Catalogue, published: Published, province: str, days: Period
) -> Figure:
    slices = dict(published.where)
    areas = slices.pop("area", ())
    if len(areas) > 1:
        raise WrongQuestion(msg("only one area can be asked at a time"))
    measure = published.measure
    if published.base:
        measure = level_measure(published, catalogue.definitions[published.kpi])
    question = Question(published.kpi, days, province, next(iter(areas), None), slices, measure=measure)
    return answer(question)


def _change(unit: str, figure: Figure, since: Figure) -> tuple[str, Decimal | None, Reason | None]:
    """Unit, value and reason of the change from one figure to another, as it was published: a growth in percent, a
    difference of rates in percentage points, or a difference in the figures' own unit."""
    if figure.value is None or since.value is None:
        return unit, None, figure.reason if figure.value is None else since.reason
    difference = figure.value - since.value
    if unit != "%":
        return _unit_of_difference(figure), difference, None
    if not since.value:
        return unit, None, msg("it was 0 then: there is nothing to grow from")
    return unit, _HUNDRED * difference / since.value, None


def _over_target(figure: Figure) -> tuple[str, Decimal | None, Reason | None]:
    """Unit, value and reason of the distance from the target of the year."""
    unit, year = _unit_of_difference(figure), figure.last.year
    if figure.value is None:
        return unit, None, figure.reason
    if figure.target is None:
        return unit, None, msg("there is no target of {year} for this figure", year=year)
    return unit, figure.value - figure.target, None


def _unit_of_difference(figure: Figure) -> str:
    return PERCENTAGE_POINTS if figure.unit == "%" else figure.unit


def _verdict(published: Published, computed: Decimal) -> Verdict:
    if published.bound:
        return "within" if published.meets(computed) else "differs"
    if computed == published.value:
        return "equal"
    return "rounded" if round_half_up(computed, published.decimals) == published.value else "differs"


def _not_computable(published: Published, reason: Reason) -> Comparison:
    return Comparison(published, "not_computable", reason=reason)
