"""dvc: the public-service portal and one-stop system. Errors in the body, every value a string."""

from typing import Any

import msgspec

from gateway import moments
from gateway.wire import Answer, Request, Route, encode, page_shift
from gateway.world import World

_LARGEST_PAGE = 5000


class _BadParameterError(Exception):
    pass


def _search(world: World, request: Request) -> Answer:
    try:
        asked = _asked(world, request)
        low, high = _window(asked)
        page, size = _paging(asked)
    except _BadParameterError as error:
        return _refused(error)
    feed = world.dossiers
    start, stop = feed.span(low, min(high, request.now + 1))
    window = f"ho-so {low} {high}".encode()
    shift = page_shift(request, window, size, stop - start)
    total = stop - start + shift
    first = min((page - 1) * size, total)
    last = min(first + size, total)
    if shift and page > 1:
        first, last = first - 1, last - 1
    rows = feed.json(start + first, start + last)
    return _page(total, page, rows, renamed="NgayCapNhat", window=window)


def _services(world: World, request: Request) -> Answer:
    try:
        asked = _asked(world, request)
        page, size = _paging(asked)
        try:
            day = moments.day_start(moments.parse_compact_day(asked.get("ngay", "")))
        except (ValueError, TypeError):
            raise _BadParameterError("ngay must be yyyyMMdd") from None
        if not 0 <= day <= request.now:
            raise _BadParameterError("ngay is not a day that has come")
    except _BadParameterError as error:
        return _refused(error)
    rows = world.catalogue.on(day)
    window = f"thu-tuc {day}".encode()
    if request.active("shrunk_snapshot", window):
        rows = rows[: len(rows) // 2]
    part = rows[(page - 1) * size : page * size]
    return _page(len(rows), page, b",".join(part), renamed="MucDo", window=window)


def _statistics(world: World, request: Request) -> Answer:
    try:
        low, high = _window(_asked(world, request))
    except _BadParameterError as error:
        return _refused(error)
    count = world.dossiers.between(low, high, request.now)
    return Answer(
        200,
        encode(
            {
                "error_code": "0",
                "tiepNhan": str(count.received),
                "tiepNhanTrucTuyen": str(count.received_online),
                "giaiQuyet": str(count.resolved),
                "dungHan": str(count.on_time),
            }
        ),
    )


def _asked(world: World, request: Request) -> dict[str, Any]:
    try:
        asked = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        raise _BadParameterError("the body is not JSON") from None
    if not isinstance(asked, dict):
        raise _BadParameterError("the body is not a JSON object")
    if asked.get("madonvi") != world.file.province:
        raise _BadParameterError("madonvi is unknown")
    return asked


def _window(asked: dict[str, Any]) -> tuple[int, int]:
    try:
        low, high = moments.parse_compact(asked.get("tuNgay", "")), moments.parse_compact(asked.get("denNgay", ""))
    except (ValueError, TypeError):
        raise _BadParameterError("tuNgay and denNgay must be yyyyMMddHHmmss") from None
    if low > high:
        raise _BadParameterError("tuNgay is after denNgay")
    return low, high


def _paging(asked: dict[str, Any]) -> tuple[int, int]:
    try:
        page, size = int(asked.get("trang", 1)), int(asked.get("kichThuoc", 1000))
    except (ValueError, TypeError):
        raise _BadParameterError("trang and kichThuoc must be numbers") from None
    if page < 1 or not 1 <= size <= _LARGEST_PAGE:
        raise _BadParameterError(f"trang must be 1 or more, kichThuoc 1 to {_LARGEST_PAGE}")
    return page, size


def _page(total: int, page: int, rows: bytes, renamed: str, window: bytes) -> Answer:
    head = f'{{"error_code":"0","message":"","tongSo":"{total}","trang":"{page}","data":['
    return Answer(
        200, head.encode() + rows + b"]}", records=("data",), total=("tongSo",), renamed=renamed, window=window
    )


def _refused(error: _BadParameterError) -> Answer:
    return body_error("-2", str(error))


def body_error(code: str, message: str) -> Answer:
    """An error under HTTP 200, as this portal reports all of its own."""
    return Answer(
        200, encode({"error_code": code, "message": message, "tongSo": "0", "trang": "1", "data": []}), keep=False
    )


ROUTES = (
    Route("POST", "/dvc/v1/ho-so/tra-cuu", "dossiers", _search),
    Route("POST", "/dvc/v1/thu-tuc", "catalogue", _services),
    Route("POST", "/dvc/v1/thong-ke", "dossiers", _statistics),
)
