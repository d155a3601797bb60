"""cuakhau: the digital border-gate platform. An event feed in order of arrival, read with a cursor."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter

from gateway import moments
from gateway.wire import Answer, Request, Route, bad_parameter, encode
from gateway.world import World

CURSOR_LIFE = 7 * moments.DAY
_LARGEST_LIMIT = 1000


def _feed(world: World, request: Request) -> Answer:
    query = request.query
    try:
        limit = int(query.get("limit", "500"))
    except ValueError:
        return bad_parameter("limit phải là số")
    if not 1 <= limit <= _LARGEST_LIMIT:
        return bad_parameter(f"limit phải từ 1 đến {_LARGEST_LIMIT}")
    shelf = world.vehicles
    end = shelf.span(0, request.now + 1)[1]
    if "cursor" in query:
        try:
            start, issued = _read_cursor(query["cursor"])
        except ValueError:
            return bad_parameter("cursor không đúng")
        if request.now - issued > CURSOR_LIFE:
            return cursor_gone()
        start = min(start, end)
    elif "since" in query:
        try:
            start = shelf.span(moments.parse_iso(query["since"]), request.now + 1)[0]
        except ValueError:
            return bad_parameter("since phải là thời điểm ISO 8601 (dấu + viết là %2B)")
    else:
        start = 0
    stop = max(start, min(start + limit, end))
    more = b"true" if stop < end else b"false"
    body = b'{"items":[%b],"next_cursor":"%b","has_more":%b}' % (
        shelf.json(start, stop),
        _cursor(stop, request.now),
        more,
    )
    return Answer(200, body, records=("items",), renamed="trang_thai", window=b"phuong-tien")


def _statistics(world: World, request: Request) -> Answer:
    query = request.query
    try:
        first, last = moments.parse_iso_day(query.get("tu", "")), moments.parse_iso_day(query.get("den", ""))
    except ValueError:
        return bad_parameter("tu, den phải có dạng yyyy-mm-dd")
    if first > last:
        return bad_parameter("tu sau den")
    totals: Counter[tuple[str, str]] = Counter()
    for (day, gate, direction), count in world.vehicles.totals(request.now).items():
        if first <= day <= last:
            totals[gate, direction] += count
    rows = [{"cua_khau": gate, "chieu": way, "so_luong": count} for (gate, way), count in sorted(totals.items())]
    return Answer(200, encode({"tu": query["tu"], "den": query["den"], "du_lieu": rows}))


def cursor_gone() -> Answer:
    """410: read again from ``since``."""
    return Answer(410, encode({"loi": "cursor đã hết hạn, đọc lại từ since"}), keep=False)


def _cursor(position: int, now: int) -> bytes:
    return urlsafe_b64encode(f"{position}.{now}".encode())


def _read_cursor(text: str) -> tuple[int, int]:
    """(position, issued). Raises ValueError."""
    position, _, issued = urlsafe_b64decode(text.encode()).decode().partition(".")
    if int(position) < 0:
        raise ValueError(text)
    return int(position), int(issued)


ROUTES = (
    Route("GET", "/cuakhau/v1/phuong-tien", "vehicles", _feed),
    Route("GET", "/cuakhau/v1/thong-ke", "vehicles", _statistics),
)
