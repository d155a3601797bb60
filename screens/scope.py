"""Of what a caller may ask: the question, checked, within the caller's rights."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from accounts.caller import Caller
from hub.errors import RequestError, WrongQuestion
from hub.periods import Period
from hub.translation import msg
from kpis.definition import Definition
from kpis.figure import Figure, Reason
from kpis.question import Question, check_as_of, check_names
from kpis.slices import Slices
from screens.database import Snapshot
from screens.directory import find_place, is_own, own_place, whole
from screens.request_errors import invalid_parameter
from warehouse.serving import Area


class Subject(NamedTuple):
    """A question of a caller, and what it is about."""

    question: Question
    kpi: Definition
    """The newest version."""
    place: Area


def ask(
    s: Snapshot,
    kpi: Definition,
    period: Period,
    area: str | None = None,
    slices: Slices | None = None,
    *,
    as_of: date | None = None,
    measure: str | None = None,
    by: Sequence[str] = (),
) -> Subject:
    """The question within the caller's rights: without an area of where the caller is at home, without organisations of
    the caller's own, where it is limited to some.

    Raises RequestError 403 for an area that the caller knows by name only, 404 for one that there is not, 422 for what
    the KPI does not have.
    """
    place = asked_place(s, area, period.last)
    code = None if place.level == "province" else place.area
    question = Question(kpi.id, period, s.province.code, code, slices or {}, by, measure, as_of)
    try:
        check_names(s.once, kpi, s.province, question)
        if as_of is not None:
            named = area and code
            check_as_of(question if (named, len(by)) == (code, 0) else replace(question, area=named, by=()))
    except WrongQuestion as error:
        raise invalid_parameter(error.parameter or "kpi", error) from None
    own = s.caller.organisations
    if own is not None and "organisation" in kpi.breakdowns and "organisation" not in question.slices:
        question = replace(question, slices={**question.slices, "organisation": sorted(own)})
    return Subject(question, kpi, place)


def asked_place(s: Snapshot, area: str | None, day: date) -> Area:
    """The asked area on that day, else where the caller is at home.

    Raises RequestError 403 for one that only contains it.
    """
    place = own_place(s, day) if area is None else find_place(s, area, day)
    if not is_own(s, place):
        raise outside_rights(
            msg(
                "this account does not see the figures of all of {place}; leave area out, or take your own",
                place=place.name,
            )
        )
    return place


def sees_all(caller: Caller) -> bool:
    """Whether all of a province is within the caller's rights."""
    return (caller.area, caller.organisations, caller.fields) == (None, None, None)


def outside_rights(reason: Reason) -> RequestError:
    """The caller sees only a part of what was asked for."""
    return RequestError(reason, 403, "outside-rights")


def same_place(s: Snapshot, place: Area, period: Period) -> Area | None:
    """The same place at the end of another period, if it was there: a merged province was another one."""
    if place.level == "province":
        there = whole(s, period.last) if s.caller.area is None else place
        return there if there.area_id == place.area_id else None
    is_there = place.valid_from <= period.last and (place.valid_to is None or period.last < place.valid_to)
    return place if is_there else None


def not_countable(s: Snapshot, subject: Subject) -> Reason | None:
    """Why the facts that the caller sees do not make the figure; None when they are all of it."""
    if subject.place.level != "province" and "area" not in subject.kpi.breakdowns:
        return msg("this KPI is known for the whole province only")
    own, asked = s.caller.organisations, subject.question.slices.get("organisation")
    if own is not None and not (asked and set(asked) <= set(own)):
        return msg("this KPI is not known for the account's organisations alone")
    if not is_own(s, subject.place):
        return msg("the account does not see all of this area")
    return None


def is_countable(s: Snapshot, o: Figure) -> bool:
    """Whether the facts that the caller sees make the figure."""
    return o.place is None or not_countable(s, Subject(o.question, o.definition, o.place)) is None
