"""ioffice: documents and work. Offset paging, inclusive days, error codes under HTTP 200."""

from functools import partial

from gateway.moments import DAY, parse
from gateway.shelf import Shelf, encode
from gateway.wire import Answer, BadQueryError, Call, Feed, json_answer, page_of, refusing
from gateway.world import World

_LARGEST_LIMIT = 1000
_STATUS = {200: "OK", 400: "BAD_REQUEST", 401: "UNAUTHORIZED", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL_SERVER_ERROR"}


def _list(world: World, call: Call, name: str, renamed: str) -> Answer:
    with refusing("parameters"):
        low, high = (parse(call.asked(day), "%d/%m/%Y") for day in ("tu_ngay", "den_ngay"))
        offset, limit = int(call.asked("offset", "0")), int(call.asked("limit", "100"))
    known = call.asked("ma_don_vi") == world.file.province
    if not known or high < low or offset < 0 or not 1 <= limit <= _LARGEST_LIMIT:
        raise BadQueryError("parameters")
    high += DAY
    shelf: Shelf[None, int] = getattr(world, name)
    start, stop = shelf.span(low, min(high, call.now + 1))
    window = f"{name} {low} {high}".encode()
    page = page_of(call, window, stop - start, offset, limit)
    head = f'{{"code":200,"status":"OK","correlationId":{encode(call.correlation_id).decode()},'
    rows = shelf.json(start + page.start, start + page.stop)
    body = b'%b"response":{"total":%d,"items":[%b]}}' % (head.encode(), page.total, rows)
    records, total = ("response", "items"), ("response", "total")
    # not kept: the correlation id is another one each time
    return Answer(200, body, records=records, total=total, renamed=renamed, window=window, keep=False)


def body_error(call: Call, code: int) -> Answer:
    """An error under HTTP 200."""
    envelope = {"code": code, "status": _STATUS[code], "correlationId": call.correlation_id, "response": None}
    return json_answer(200, envelope)


FEEDS = tuple(
    Feed(
        f"/ioffice/v2/{path}",
        name,
        partial(_list, name=name, renamed=renamed),
        refuse=lambda call, _: body_error(call, 400),
    )
    for path, name, renamed in (
        ("van-ban-di", "documents", "promulgationdate"),
        ("ho-so-cong-viec", "work_files", "tier"),
        ("chung-thu-so", "certificates", "issued_at"),
    )
)
