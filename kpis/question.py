"""A question that can be answered: names checked, area found, before any figure is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hub.errors import WrongQuestion
from hub.periods import Period, is_standard
from hub.suggestions import nearest
from kpis.definition import Definition, Formula
from kpis.memo import Once
from warehouse.areas import REFORM
from warehouse.serving import Area, Province, breakdown_values, find_area, province_area

Where = Mapping[str, Sequence[str]]
Areas = Literal["then", "today"]
"""Whose areas: those of the time that is asked about, or today's, to which what happened before is carried."""


@dataclass(frozen=True)
class Question:
    """What is asked, of which formula."""

    definition: Definition
    measure: str
    formula: Formula
    asked: Period
    province: Province
    area: Area | None
    """The asked part of the province; None for the whole of it, records without an area included."""
    place: Area | None
    """That part, or the province's own area; None where areas are not loaded."""
    where: Where
    by: Sequence[str]
    carried: bool
    """Whether parts of areas of before the reform go to their successors of today."""
    subtrees: bool
    """Whether a row of an area holds all below it."""
    with_refused: bool

    @property
    def is_kept(self) -> bool:
        """Whether it can have an observation: the KPI's own figure of a standard period, from what was accepted, in
        areas of its time."""
        own = self.measure == self.definition.measure and is_standard(self.asked)
        return own and not (self.carried or self.with_refused)


def check(
    once: Once,
    definition: Definition,
    measure: str,
    asked: Period,
    province: Province,
    area: str | None,
    where: Where,
    by: Sequence[str],
    areas: Areas,
    subtrees: bool,
    with_refused: bool,
) -> Question:
    """The question, or WrongQuestion saying what can be asked instead."""
    formula = definition.formula(measure)
    _check_breakdowns(once, definition, formula, province, where, by)
    own = None
    if area is not None and area != province.area:
        if "area" not in formula.breakdowns:
            known = ", ".join(formula.breakdowns)
            raise WrongQuestion(
                f"Chỉ tiêu {definition.id} chỉ có cho toàn tỉnh; hãy bỏ --area, hoặc phân tổ theo {known}.",
                f"KPI {definition.id} is known for the whole province only; leave --area out or ask by {known}.",
            )
        own = once(find_area, province, area, max(asked.last, REFORM) if areas == "today" else asked.last)
    carried = areas == "today" and (own is not None or "area" in by) and _reaches_back(formula, asked)
    if carried and subtrees:
        raise WrongQuestion(
            "Số theo địa bàn gồm cả cấp dưới chỉ có theo địa bàn khi đó, không có theo địa bàn ngày nay.",
            "Rows of areas with all below them are of the areas of their time, not of today's.",
        )
    if carried and formula.counts_distinct:
        raise WrongQuestion(
            f"Chỉ tiêu {definition.id} ({measure}) đếm các đối tượng khác nhau, không chuyển được từ địa bàn này sang"
            " địa bàn khác: hãy hỏi theo địa bàn khi đó (--areas then), hoặc cho toàn tỉnh.",
            f"KPI {definition.id} ({measure}) counts different things, which cannot be carried from area to area:"
            " ask it in the areas of its time (--areas then), or for the whole province.",
        )
    return Question(
        definition,
        measure,
        formula,
        asked,
        province,
        own,
        own or once(province_area, province, asked.last),
        where,
        tuple(by),
        carried,
        subtrees and "area" in by,
        with_refused,
    )


def _reaches_back(formula: Formula, asked: Period) -> bool:
    """Whether records of before the reform can count. A stock's newest figures may be older than the day; where
    different things are counted, which is then refused, only a day of before the reform is."""
    if formula.kind in ("flow", "distinct"):
        return asked.first < REFORM
    return asked.last < REFORM or not formula.counts_distinct


def _check_breakdowns(
    once: Once,
    definition: Definition,
    formula: Formula,
    province: Province,
    where: Where,
    by: Sequence[str],
) -> None:
    for name in (*by, *where):
        if name not in formula.breakdowns:
            near = nearest(name, formula.breakdowns)
            raise WrongQuestion(
                f"Chỉ tiêu {definition.id} không có phân tổ {name!r}; {near.vi}",
                f"KPI {definition.id} has no breakdown {name!r}; {near.en}",
            )
    if len(set(by)) < len(by):
        names = ", ".join(by)
        raise WrongQuestion(
            f"--by nêu một phân tổ hai lần: {names}.",
            f"--by names a breakdown twice: {names}.",
        )
    for name, values in where.items():
        if name == "area":
            raise WrongQuestion(
                "Địa bàn được hỏi bằng --area MÃ, không bằng --where.",
                "Areas are asked with --area CODE, not with --where.",
            )
        known = once(breakdown_values, province, definition.reads, name)
        for value in values:
            if known and value not in known:
                near = nearest(value, list(known))
                raise WrongQuestion(
                    f"Phân tổ {name} không có giá trị {value!r}; {near.vi}",
                    f"Breakdown {name} has no value {value!r}; {near.en}",
                )
