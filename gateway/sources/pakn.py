"""pakn: citizens' reports, 1022. Pages that link to the next one; each report once, in its present state."""

from bisect import bisect_left
from urllib.parse import urlencode

from gateway.moments import parse_iso
from gateway.shelf import encode
from gateway.wire import Answer, BadQueryError, Call, Feed, page_of, refusing
from gateway.world import World

_PATH = "/pakn/v1/phan-anh"
_LARGEST_PAGE = 1000


def _reports(world: World, call: Call) -> Answer:
    with refusing("page_size và page phải là số"):
        size, number = int(call.asked("page_size", "200")), int(call.asked("page", "1"))
    if number < 1 or not 1 <= size <= _LARGEST_PAGE:
        raise BadQueryError(f"page_size phải từ 1 đến {_LARGEST_PAGE}, page từ 1")
    asked = call.asked("updated_since")
    with refusing("updated_since phải là thời điểm ISO 8601 (dấu + viết là %2B)"):
        since = parse_iso(asked)
    shelf = world.reports
    states = shelf.known(call.now)
    first = bisect_left(states, since, key=shelf.moments.__getitem__)
    window = f"phan-anh {since}".encode()
    page = page_of(call, window, len(states) - first, (number - 1) * size, size)
    link = None
    if number * size < page.total:
        link = f"{_PATH}?{urlencode({'updated_since': asked, 'page_size': size, 'page': number + 1})}"
    part = states[first + page.start : first + page.stop]
    rows = b",".join(shelf.json(index, index + 1) for index in part)
    body = b'{"data":[%b],"paging":{"total":%d,"next":%b}}' % (rows, page.total, encode(link))
    return Answer(200, body, records=("data",), total=("paging", "total"), renamed="trang_thai", window=window)


FEEDS = (Feed(_PATH, "reports", _reports),)
