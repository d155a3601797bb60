"""Snapshots of a day: e-commerce, the postal network, the citizen app, the security centre and the LGSP itself.

One envelope for all but e-commerce: ``{"ngay": …, "du_lieu": […]}``, with nothing in it for a day that is not known, or
not over yet.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from gateway.moments import day_end, day_of, month_end
from gateway.shelf import encode
from gateway.wire import Answer, BadQueryError, Call, Feed, check_area
from gateway.world import World


def _of_day(
    world: World, call: Call, rows: Callable[[World, date], Sequence[object]], renamed: str, name: str
) -> Answer:
    """A day, or the last day of a month, as it was at its end."""
    check_area(world, call)
    day = month_end(call.asked_month("ky")) if name == "doanh-thu" else call.asked_day("ngay")
    return _snapshot(day, rows(world, day) if _is_over(day, call) else [], renamed, name)


def _points(world: World, call: Call) -> Answer:
    """Any day answers as of the newest month end on or before it."""
    check_area(world, call)
    day = call.asked_day("ngay")
    known = [end for end in world.post.points if end <= day and _is_over(end, call)]
    rows = world.post.points[known[-1]] if known else []
    return _snapshot(known[-1] if known else day, rows, renamed="loai", name="diem")


def _threats(world: World, call: Call) -> Answer:
    """Days from ``tu`` to ``den``, as far as they are over."""
    check_area(world, call)
    first, last = call.asked_day("tu"), call.asked_day("den")
    if first > last:
        raise BadQueryError("tu sau den")
    found = [found for found in world.threats if first <= found.day <= last and _is_over(found.day, call)]
    rows = [threats.record(day_of(call.now)) for threats in found]
    return _snapshot(last, rows, renamed="so_luong", name=f"moi-nguy {first}")


def _platforms(world: World, call: Call) -> Answer:
    """The ministry's e-commerce statistics, numbers as Vietnamese text; not every day is published."""
    check_area(world, call)
    day = call.asked_day("ngay")
    platforms = world.ecommerce.get(day)
    if platforms is None or not _is_over(day, call):
        return Answer(404, encode({"loi": "ngày này chưa công bố"}))
    body = encode({"tinh": world.file.area, "ngay": f"{day:%d/%m/%Y}", "san": platforms})
    return Answer(200, body, records=("san",), renamed="so_giao_dich_thanh_cong", window=f"san {day}".encode())


def _is_over(day: date, call: Call) -> bool:
    return day_end(day) <= call.now


def _snapshot(day: date, rows: Sequence[object], renamed: str, name: str) -> Answer:
    body = encode({"ngay": day.isoformat(), "du_lieu": rows})
    return Answer(200, body, records=("du_lieu",), renamed=renamed, window=f"{name} {day}".encode())


_revenue = partial(
    _of_day, rows=lambda world, day: world.post.revenue.get(day, []), renamed="doanh_thu_dong", name="doanh-thu"
)
_accounts = partial(_of_day, rows=lambda world, day: world.accounts.on(day), renamed="so_tai_khoan", name="tai-khoan")
_connections = partial(_of_day, rows=lambda world, day: world.connections.on(day), renamed="trang_thai", name="ket-noi")

FEEDS = (
    Feed("/tmdt/v1/bao-cao-thong-ke", "ecommerce", _platforms),
    Feed("/buuchinh/v1/bao-cao", "post", _points),
    Feed("/buuchinh/v1/doanh-thu", "post", _revenue),
    Feed("/congdanso/v1/tai-khoan", "accounts", _accounts),
    Feed("/soc/v1/moi-nguy", "threats", _threats),
    Feed("/lgsp/v1/ket-noi", "connections", _connections),
)
