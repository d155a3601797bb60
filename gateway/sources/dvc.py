"""dvc: the public-service portal and one-stop system. Errors in the body, every value a string."""

from typing import Any

import msgspec

from gateway.moments import parse
from gateway.shelf import encode
from gateway.wire import Answer, BadQueryError, Call, Feed, json_answer, page_of, refusing
from gateway.world import World

_LARGEST_PAGE = 5000


def _search(world: World, call: Call) -> Answer:
    asked = _asked(world, call)
    low, high = _range(asked)
    number, size = _paging(asked)
    feed = world.dossiers
    start, stop = feed.span(low, min(high, call.now + 1))
    window = f"ho-so {low} {high}".encode()
    page = page_of(call, window, stop - start, (number - 1) * size, size)
    rows = feed.json(start + page.start, start + page.stop)
    return _page(page.total, number, rows, renamed="NgayCapNhat", window=window)


def _services(world: World, call: Call) -> Answer:
    asked = _asked(world, call)
    number, size = _paging(asked)
    with refusing("ngay must be yyyyMMdd"):
        day = parse(asked.get("ngay", ""), "%Y%m%d")
    if not 0 <= day <= call.now:
        raise BadQueryError("ngay is not a day that has come")
    rows = world.catalogue.on(day)
    window = f"thu-tuc {day}".encode()
    if call.active("shrunk_snapshot", window):
        rows = rows[: len(rows) // 2]
    part = rows[(number - 1) * size : number * size]
    return _page(len(rows), number, b",".join(part), renamed="MucDo", window=window)


def _statistics(world: World, call: Call) -> Answer:
    low, high = _range(_asked(world, call))
    counts = world.dossiers.known(call.now).between(low, high)
    return Answer(200, encode({"error_code": "0"} | {name: str(count) for name, count in counts.items()}))


def _asked(world: World, call: Call) -> dict[str, Any]:
    try:
        asked = msgspec.json.decode(call.content)
    except msgspec.DecodeError:
        raise BadQueryError("the body is not JSON") from None
    if not isinstance(asked, dict):
        raise BadQueryError("the body is not a JSON object")
    if asked.get("madonvi") != world.file.province:
        raise BadQueryError("madonvi is unknown")
    return asked


def _range(asked: dict[str, Any]) -> tuple[int, int]:
    with refusing("tuNgay and denNgay must be yyyyMMddHHmmss"):
        low, high = (parse(asked.get(name, ""), "%Y%m%d%H%M%S") for name in ("tuNgay", "denNgay"))
    if low > high:
        raise BadQueryError("tuNgay is after denNgay")
    return low, high


def _paging(asked: dict[str, Any]) -> tuple[int, int]:
    with refusing("trang and kichThuoc must be numbers"):
        page, size = int(asked.get("trang", 1)), int(asked.get("kichThuoc", 1000))
    if page < 1 or not 1 <= size <= _LARGEST_PAGE:
        raise BadQueryError(f"trang must be 1 or more, kichThuoc 1 to {_LARGEST_PAGE}")
    return page, size


def _page(total: int, number: int, rows: bytes, renamed: str, window: bytes) -> Answer:
    head = f'{{"error_code":"0","message":"","tongSo":"{total}","trang":"{number}","data":['
    body = head.encode() + rows + b"]}"
    return Answer(200, body, records=("data",), total=("tongSo",), renamed=renamed, window=window)


def body_error(code: str, message: str) -> Answer:
    """An error under HTTP 200, as this portal reports all of its own."""
    return json_answer(200, {"error_code": code, "message": message, "tongSo": "0", "trang": "1", "data": []})


FEEDS = tuple(
    Feed(f"/dvc/v1/{path}", name, handle, "POST", refuse=lambda _, text: body_error("-2", text))
    for path, name, handle in (
        ("ho-so/tra-cuu", "dossiers", _search),
        ("thu-tuc", "catalogue", _services),
        ("thong-ke", "dossiers", _statistics),
    )
)
