"""Of what a figure may be asked: the place and the slice, within the caller's rights."""

from collections.abc import Mapping, Sequence
from datetime import date

from hub.errors import RequestError
from hub.periods import Period
from kpis.figure import Reason
from screens.database import Snapshot
from screens.reading import Kpi, Place, breakdown_names, find_place, is_own, own_place, whole
from screens.request_errors import invalid_parameter

Where = Mapping[str, Sequence[str]]


def asked_place(s: Snapshot, area: str | None, day: date) -> Place:
    """The asked area on that day, else where the caller is at home.

    Raises RequestError 403 for one that only contains it.
    """
    place = own_place(s, day) if area is None else find_place(s, area, day)
    if not is_own(s, place):
        raise RequestError(
            f"Tài khoản này không xem được số liệu của cả {place.name}; hãy bỏ area hoặc chọn địa bàn của mình",
            f"this account does not see the figures of all of {place.name}; leave area out, or take one of your own",
            403,
            "outside-rights",
        )
    return place


def same_place(s: Snapshot, place: Place, period: Period) -> Place | None:
    """The same place at the end of another period: the province as it was, any other area only if it was there."""
    if place.level == "province":
        return whole(s, period.last) if s.caller.area is None else place
    there = place.valid_from <= period.last and (place.valid_to is None or period.last < place.valid_to)
    return place if there else None


def own_where(s: Snapshot, kpi: Kpi, where: Where | None) -> dict[str, Sequence[str]]:
    """The asked slice, within the caller's organisations."""
    asked = {name: tuple(values) for name, values in (where or {}).items()}
    check_where(s, kpi, asked)
    if s.caller.organisations is not None and "organisation" in kpi.breakdowns and "organisation" not in asked:
        asked["organisation"] = tuple(sorted(s.caller.organisations))
    return dict(asked)


def check_where(s: Snapshot, kpi: Kpi, where: Where) -> None:
    """Raises RequestError 422 for a breakdown or a value that the KPI has not, as far as the caller may know."""
    for name, values in where.items():
        if name == "area":
            raise invalid_parameter(
                "where", "địa bàn hỏi bằng area=, không bằng where", "ask for an area by area=, not by where"
            )
        if name not in kpi.breakdowns:
            known = ", ".join(other for other in kpi.breakdowns if other != "area") or "–"
            raise invalid_parameter(
                "where", f"{kpi.kpi} chỉ có phân tổ: {known}", f"{kpi.kpi} has the breakdowns: {known}"
            )
        names = breakdown_names(s, kpi, name)
        for value in values:
            if value not in names:
                known = ", ".join([*names][:12]) + (", …" if len(names) > 12 else "")
                raise invalid_parameter(
                    "where", f"{name} không có {value!r}; có: {known}", f"{name} has no {value!r}; there is {known}"
                )


def not_countable(s: Snapshot, kpi: Kpi, place: Place, where: Where) -> Reason | None:
    """Why the facts that the caller sees do not make the figure; None when they are all of it."""
    if place.level != "province" and "area" not in kpi.breakdowns:
        return Reason("Chỉ tiêu này chỉ có cho toàn tỉnh", "this KPI is known for the whole province only")
    own = s.caller.organisations
    if own is not None and not (where.get("organisation") and set(where["organisation"]) <= set(own)):
        return Reason(
            "Chỉ tiêu này không có riêng theo đơn vị của tài khoản",
            "this KPI is not known for the account's organisations alone",
        )
    if not is_own(s, place):
        return Reason("Tài khoản không xem được toàn bộ địa bàn", "the account does not see all of this area")
    return None
