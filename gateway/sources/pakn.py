"""pakn: citizens' reports, 1022. Pages that link to the next one; each report once, in its present state."""

from bisect import bisect_left
from urllib.parse import urlencode

from gateway import moments
from gateway.wire import Answer, Request, Route, bad_parameter, encode, page_shift
from gateway.world import World

_PATH = "/pakn/v1/phan-anh"
_LARGEST_PAGE = 1000


def _reports(world: World, request: Request) -> Answer:
    query = request.query
    try:
        size, page = int(query.get("page_size", "200")), int(query.get("page", "1"))
    except ValueError:
        return bad_parameter("page_size và page phải là số")
    if page < 1 or not 1 <= size <= _LARGEST_PAGE:
        return bad_parameter(f"page_size phải từ 1 đến {_LARGEST_PAGE}, page từ 1")
    asked = query.get("updated_since", "")
    try:
        since = moments.parse_iso(asked)
    except ValueError:
        return bad_parameter("updated_since phải là thời điểm ISO 8601 (dấu + viết là %2B)")
    shelf = world.reports
    states = shelf.current(request.now)
    states = states[bisect_left(states, since, key=shelf.moment) :]
    window = f"phan-anh {since}".encode()
    shift = page_shift(request, window, size, len(states))
    if shift:
        states = [*states[:size], states[size - 1], *states[size:]]
    part = states[(page - 1) * size : page * size]
    link = None
    if page * size < len(states):
        link = f"{_PATH}?{urlencode({'updated_since': asked, 'page_size': size, 'page': page + 1})}"
    rows = b",".join(shelf.json(index, index + 1) for index in part)
    body = b'{"data":[%b],"paging":{"total":%d,"next":%b}}' % (rows, len(states), encode(link))
    return Answer(200, body, records=("data",), total=("paging", "total"), renamed="trang_thai", window=window)


ROUTES = (Route("GET", _PATH, "reports", _reports),)
