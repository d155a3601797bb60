"""ioffice: documents and work. Offset paging, inclusive days, error codes under HTTP 200."""

from functools import partial

from gateway import moments
from gateway.wire import Answer, Request, Route, encode, page_shift
from gateway.world import World

_LARGEST_LIMIT = 1000
_STATUS = {200: "OK", 400: "BAD_REQUEST", 401: "UNAUTHORIZED", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL_SERVER_ERROR"}


def _list(world: World, request: Request, feed: str, renamed: str) -> Answer:
    query = request.query
    if query.get("ma_don_vi") != world.file.province:
        return body_error(request, 400)
    try:
        low = moments.day_start(moments.parse_slash_day(query.get("tu_ngay", "")))
        high = moments.day_start(moments.parse_slash_day(query.get("den_ngay", ""))) + moments.DAY
        offset, limit = int(query.get("offset", "0")), int(query.get("limit", "100"))
    except ValueError:
        return body_error(request, 400)
    if high <= low or offset < 0 or not 1 <= limit <= _LARGEST_LIMIT:
        return body_error(request, 400)
    pages = world.office(feed)
    start, stop = pages.span(low, min(high, request.now + 1))
    window = f"{feed} {low} {high}".encode()
    shift = page_shift(request, window, limit, stop - start)
    total = stop - start + shift
    first = min(offset, total)
    last = min(first + limit, total)
    if shift and offset >= limit:
        first, last = first - 1, last - 1
    head = f'{{"code":200,"status":"OK","correlationId":{encode(request.correlation_id).decode()},'
    body = b'%b"response":{"total":%d,"items":[%b]}}' % (head.encode(), total, pages.json(start + first, start + last))
    return Answer(
        200,
        body,
        records=("response", "items"),
        total=("response", "total"),
        renamed=renamed,
        window=window,
        keep=False,  # the correlation id is another one each time
    )


def body_error(request: Request, code: int) -> Answer:
    """An error under HTTP 200."""
    envelope = {"code": code, "status": _STATUS[code], "correlationId": request.correlation_id, "response": None}
    return Answer(200, encode(envelope), keep=False)


ROUTES = tuple(
    Route("GET", f"/ioffice/v2/{path}", feed, partial(_list, feed=feed, renamed=renamed))
    for path, feed, renamed in (
        ("van-ban-di", "documents", "promulgationdate"),
        ("ho-so-cong-viec", "work_files", "tier"),
        ("chung-thu-so", "certificates", "issued_at"),
    )
)
