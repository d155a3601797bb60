"""A question, and the one place that checks it: names, slices and area, before any figure is computed or read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from hub.errors import WrongQuestion
from hub.periods import Period, is_standard, require_range, require_years
from hub.suggestions import nearest
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.definition import Definition, Formula
from kpis.memo import Once
from kpis.slices import Slices, slices_text
from kpis.versions import definition_in_force
from warehouse.areas import REFORM
from warehouse.serving import Area, Province, breakdown_values, find_area, find_province, province_area

Areas = Literal["then", "today"]


@dataclass(frozen=True)
class Question:
    """Which figure is asked for. Whether it can be answered is found out by `resolve`."""

    kpi: str
    period: Period
    """Any range of days, both inclusive."""
    province: str
    area: str | None = None
    """A code as of the last day, or of today where `areas` says so, with all below it; None is the whole province,
    records without an area included."""
    slices: Slices = field(default_factory=dict)
    """Only these values of breakdowns count."""
    by: Sequence[str] = ()
    """Breakdowns: a row for each combination of their values that has records."""
    measure: str | None = None
    """One of the definition's; its own by default."""
    as_of: date | None = None
    """As it was known at the end of that day, Vietnam time."""
    areas: Areas = "then"
    """The areas of the time that is asked about, or today's, to which what happened before is carried."""
    subtrees: bool = False
    """Whether a breakdown by area has a row for every area with all below it, districts and the province among them."""
    with_refused: bool = False
    """Whether refused records count as if they had been accepted."""

    def __post_init__(self) -> None:
        slices = {name: tuple(values) for name, values in self.slices.items()}
        object.__setattr__(self, "slices", MappingProxyType(slices))
        object.__setattr__(self, "by", tuple(self.by))

    @cached_property
    def breakdown(self) -> str:
        """The slices as one text; empty for the whole."""
        return slices_text(self.slices)


@dataclass(frozen=True)
class Calculation:
    """A question that can be answered, with all that it names."""

    question: Question
    definition: Definition
    measure: str
    formula: Formula
    province: Province
    area: Area | None
    """The asked part of the province; None for the whole of it."""
    place: Area | None
    """That part, or the province's own area; None where areas are not loaded."""
    carried: bool
    """Whether parts of areas of before the reform go to their successors of today."""

    @property
    def asked(self) -> Period:
        return self.question.period

    @property
    def slices(self) -> Slices:
        return self.question.slices

    @property
    def by(self) -> Sequence[str]:
        return self.question.by

    @property
    def subtrees(self) -> bool:
        """Whether a row of an area holds all below it."""
        return self.question.subtrees and "area" in self.by

    @property
    def is_kept(self) -> bool:
        """Whether it can have an observation: the KPI's own figure of a standard period, from what was accepted, in
        areas of its time."""
        own = self.measure == self.definition.measure and is_standard(self.asked)
        return own and not (self.carried or self.question.with_refused)


def resolve(once: Once, question: Question, catalogue: Catalogue, definition: Definition | None = None) -> Calculation:
    """The question with all that it names, by the version of the definition that governs its period, or by the given
    one. Raises WrongQuestion saying what can be asked instead."""
    require_range(question.period.first, question.period.last)
    require_years(question.period.first, question.period.last)
    definition = definition or definition_in_force(once, catalogue.find(question.kpi), question.period.last)
    province, last = once(find_province, question.province), question.period.last
    if question.area == province.area:
        question = replace(question, area=None)
    check_as_of(question)
    check_names(once, definition, province, question)
    measure = question.measure or definition.measure
    formula, area = definition.formula(measure), None
    if question.area is not None:
        if "area" not in formula.breakdowns:
            known = ", ".join(formula.breakdowns)
            raise WrongQuestion(
                msg(
                    "KPI {definition} is known for the whole province only; leave the area out or ask by {known}.",
                    definition=definition.id,
                    known=known,
                ),
                "area",
            )
        area = once(find_area, province, question.area, max(last, REFORM) if question.areas == "today" else last)
    carried = (
        question.areas == "today"
        and (area is not None or "area" in question.by)
        and _reaches_back(formula, question.period)
    )
    if carried and question.subtrees and "area" in question.by:
        raise WrongQuestion(
            msg("Rows of areas with all below them are of the areas of their time, not of today's."),
            "areas",
        )
    if carried and formula.counts_distinct:
        raise WrongQuestion(
            msg(
                "KPI {definition} ({measure}) counts different things, which cannot be carried from area to area: ask"
                " it in the areas of its time, or for the whole province.",
                definition=definition.id,
                measure=measure,
            ),
            "areas",
        )
    place = area or once(province_area, province, last)
    return Calculation(question, definition, measure, formula, province, area, place, carried)


def check_names(once: Once, definition: Definition, province: Province, question: Question) -> None:
    """Raises WrongQuestion for a measure, a breakdown or a value that the KPI does not have."""
    formula = definition.formula(question.measure or definition.measure)
    for parameter, names in (("by", question.by), ("where", question.slices)):
        for name in names:
            if name not in formula.breakdowns:
                near = nearest(name, formula.breakdowns)
                raise WrongQuestion(
                    msg(
                        "KPI {definition} has no breakdown {name!r}; {near}",
                        definition=definition.id,
                        name=name,
                        near=near,
                    ),
                    parameter,
                )
    if len(set(question.by)) < len(question.by):
        names = ", ".join(question.by)
        raise WrongQuestion(msg("The question names a breakdown twice: {names}.", names=names), "by")
    if "area" in question.slices:
        raise WrongQuestion(
            msg("An area is no slice: ask for it by its code."),
            "where",
        )
    for name, values in question.slices.items():
        known: Mapping[str, object] = once(breakdown_values, province, definition.reads, name, definition.row_sources)
        for value in values:
            if known and value not in known:
                near = nearest(value, list(known))
                raise WrongQuestion(
                    msg("Breakdown {name} has no value {value!r}; {near}", name=name, value=value, near=near),
                    "where",
                )


def _reaches_back(formula: Formula, asked: Period) -> bool:
    """Whether records of before the reform can count. A stock's newest figures may be older than the day; where
    different things are counted, which is then refused, only a day of before the reform is."""
    if formula.kind in ("flow", "distinct"):
        return asked.first < REFORM
    return asked.last < REFORM or not formula.counts_distinct


def check_as_of(question: Question) -> None:
    """Raises WrongQuestion for a figure as of a day that is never kept."""
    if question.as_of is None:
        return
    if question.by or question.measure or question.areas != "then":
        raise WrongQuestion(
            msg(
                "What was known on a day is kept of the KPI's own figure of one period, in the areas of its time,"
                " without breakdowns."
            ),
            "as_of",
        )
    if sum(map(len, question.slices.values())) + (question.area is not None) > 1:
        raise WrongQuestion(
            msg("What was known on a day is kept of the whole province, one area, or one value of one breakdown."),
            "as_of",
        )
