"""Totals of which the named parts leave something over: no contradiction, but what a reader asks next."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from hub.errors import WrongQuestion
from hub.periods import Period
from hub.translation import Text, join, msg
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.figure import Reason, Row
from kpis.question import Question
from reports.arithmetic import line, plain, terms
from reports.sheet import Family, PublishedReport, meet
from warehouse.serving import Connection

_SHOWN = 6
"""Values of the rest that are written out before the others are only counted."""


@dataclass(frozen=True)
class Gap:
    """A total that is more than the parts that the file names."""

    total: int
    family: Family
    arithmetic: Reason


def gaps(sheet: PublishedReport) -> Iterator[Gap]:
    """Totals of which two parts or more fall short and are not known to be all: of each breakdown, or combination of
    some, the parts that reach furthest.

    A single part is an example, and so are parts of which the report says so (`parts` is some). Parts of a part belong
    to that one, if it is in the file. Where one split by a breakdown covers the total, none by it misses anything.
    """
    widest: dict[tuple[object, ...], Family] = {}
    covered = {
        (family.whole, family.names) for family in sheet.splits if meet(sheet.total(family), sheet.sum(family.parts))
    }
    for family in sheet.splits:
        key, total = (family.whole, family.names), sheet.total(family)
        short = sheet.sum(family.parts).high < total.low
        if len(family.parts) < 2 or not short or key in covered or total.published.parts == "some":
            continue
        if sheet.is_total(family) and sheet.is_nearest(family) and not sheet.is_complete(family):
            known = widest.setdefault(key, family)
            if sum(sheet.values(family)) > sum(sheet.values(known)):
                widest[key] = family
    for family in widest.values():
        values, whole = sheet.values(family), sheet.total(family).published.value
        named = sum(values, Decimal(0))
        text = msg("; named parts do not cover the whole: {missing} missing", missing=line(whole - named))
        arithmetic = line(whole, ">", *terms(values), "=", named, text)
        yield Gap(sheet.by_quantity[family.whole][0], family, arithmetic)


def rest(connection: Connection, sheet: PublishedReport, gap: Gap, province: str, catalogue: Catalogue) -> Reason:
    """What the hub has of the values that the parts do not name."""
    total = sheet.figures[gap.total]
    if total.formula is None:
        return msg("the hub does not compute this figure")
    slices = dict(total.published.where)
    areas = slices.pop("area", ())
    try:
        if len(areas) > 1:
            raise WrongQuestion(msg("only one area can be asked at a time"))
        question = Question(
            total.published.kpi,
            Period(total.published.first, total.published.last),
            province,
            next(iter(areas), None),
            slices,
            gap.family.names,
            total.published.measure,
            subtrees="area" in gap.family.names,
        )
        figure = compute(connection, question, catalogue=catalogue)
    except WrongQuestion as error:
        return error
    if figure.value is None:
        return figure.reason or msg("the hub does not compute this figure")
    named = [sheet.figures[i].quantity.where for i in gap.family.parts]
    levels = {len(code) for where in named for code in where.get("area", ())}
    others = [
        row
        for row in figure.rows
        if row.value
        and not any(all(row.breakdown[n] in where[n] for n in gap.family.names) for where in named)
        and (not levels or len(row.breakdown["area"] or "") in levels)
    ]
    if not others:
        return msg("the hub has nothing besides the named parts")
    others.sort(key=lambda row: row.value or 0, reverse=True)
    found = sum((row.value for row in others if row.value), Decimal(0))
    said = [_said(row) for row in others[:_SHOWN]]
    if len(others) > _SHOWN:
        said.append(msg("… ({rest} more)", rest=len(others) - _SHOWN))
    return msg("of the rest the hub has {found}: {values}", found=line(plain(found)), values=join(said, ", "))


def _said(row: Row) -> Reason:
    named = [
        msg("{name} not known", name=name) if value is None else Text(f"{name}={value}", f"{name}={value}")
        for name, value in row.breakdown.items()
    ]
    value = line(plain(row.value or Decimal(0)))
    return join([join(named, ";"), value], " ")
