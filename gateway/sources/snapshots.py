"""Small snapshots: the postal network, the citizen app, the security centre and the LGSP itself.

One envelope for all: ``{"ngay": …, "du_lieu": […]}``. A day that is not over yet is not there yet: 404.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from gateway import moments
from gateway.wire import Answer, Request, Route, bad_parameter, encode, json_answer
from gateway.world import World

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def _points(world: World, request: Request) -> Answer:
    """Any day answers as of the newest month end on or before it."""
    day = _asked_day(world, request, "ngay")
    if isinstance(day, Answer):
        return day
    known = [end for end in world.post.points if end <= day and _is_over(end, request)]
    if not known:
        return _not_there()
    return _snapshot(known[-1], world.post.points[known[-1]], renamed="loai", name="diem")


def _revenue(world: World, request: Request) -> Answer:
    if request.query.get("tinh") != world.file.area:
        return bad_parameter("tinh không đúng")
    asked = request.query.get("ky", "")
    if not _MONTH.fullmatch(asked):
        return bad_parameter("ky phải có dạng yyyy-mm")
    for end, rows in world.post.revenue.items():
        if f"{end:%Y-%m}" == asked and _is_over(end, request):
            return _snapshot(end, rows, renamed="doanh_thu_dong", name="doanh-thu")
    return _not_there()


def _accounts(world: World, request: Request) -> Answer:
    day = _asked_day(world, request, "ngay")
    if isinstance(day, Answer):
        return day
    rows = world.accounts.on(day) if _is_over(day, request) else []
    return _snapshot(day, rows, renamed="so_tai_khoan", name="tai-khoan") if rows else _not_there()


def _connections(world: World, request: Request) -> Answer:
    day = _asked_day(world, request, "ngay")
    if isinstance(day, Answer):
        return day
    rows = world.connections.on(day) if _is_over(day, request) else []
    return _snapshot(day, rows, renamed="trang_thai", name="ket-noi") if rows else _not_there()


def _threats(world: World, request: Request) -> Answer:
    """Days from ``tu`` to ``den``, as far as they are over."""
    first, last = _asked_day(world, request, "tu"), _asked_day(world, request, "den")
    if isinstance(first, Answer):
        return first
    if isinstance(last, Answer):
        return last
    if first > last:
        return bad_parameter("tu sau den")
    today = moments.day_of(request.now)
    rows = [
        found.record(today) for found in world.threats if first <= found.day <= last and _is_over(found.day, request)
    ]
    return _snapshot(last, rows, renamed="so_luong", name=f"moi-nguy {first}")


def _asked_day(world: World, request: Request, name: str) -> date | Answer:
    if request.query.get("tinh") != world.file.area:
        return bad_parameter("tinh không đúng")
    try:
        return moments.parse_iso_day(request.query.get(name, ""))
    except ValueError:
        return bad_parameter(f"{name} phải có dạng yyyy-mm-dd")


def _is_over(day: date, request: Request) -> bool:
    return moments.day_start(day + timedelta(days=1)) <= request.now


def _snapshot(day: date, rows: Sequence[object], renamed: str, name: str) -> Answer:
    body = encode({"ngay": day.isoformat(), "du_lieu": rows})
    return Answer(200, body, records=("du_lieu",), renamed=renamed, window=f"{name} {day}".encode())


def _not_there() -> Answer:
    return json_answer(404, {"loi": "chưa có số liệu của ngày này"})


ROUTES = (
    Route("GET", "/buuchinh/v1/bao-cao", "post", _points),
    Route("GET", "/buuchinh/v1/doanh-thu", "post", _revenue),
    Route("GET", "/congdanso/v1/tai-khoan", "accounts", _accounts),
    Route("GET", "/soc/v1/moi-nguy", "threats", _threats),
    Route("GET", "/lgsp/v1/ket-noi", "connections", _connections),
)
