"""cuakhau: the digital border-gate platform. An event feed in order of arrival, read with a cursor."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter

from gateway.moments import DAY, parse_iso, parse_iso_day
from gateway.shelf import encode
from gateway.wire import Answer, BadQueryError, Call, Feed, failure, refusing
from gateway.world import World

CURSOR_LIFE = 7 * DAY
_LARGEST_LIMIT = 1000


def _feed(world: World, call: Call) -> Answer:
    with refusing("limit phải là số"):
        limit = int(call.asked("limit", "500"))
    if not 1 <= limit <= _LARGEST_LIMIT:
        raise BadQueryError(f"limit phải từ 1 đến {_LARGEST_LIMIT}")
    shelf, start = world.vehicles, 0
    end = shelf.span(0, call.now + 1)[1]
    if "cursor" in call.query_params:
        with refusing("cursor không đúng"):
            start, issued = _read_cursor(call.asked("cursor"))
        if call.now - issued > CURSOR_LIFE:
            return cursor_gone()
        start = min(start, end)
    elif "since" in call.query_params:
        with refusing("since phải là thời điểm ISO 8601 (dấu + viết là %2B)"):
            start = shelf.span(parse_iso(call.asked("since")), call.now + 1)[0]
    stop = max(start, min(start + limit, end))
    cursor = urlsafe_b64encode(f"{stop}.{call.now}".encode())
    more = b"true" if stop < end else b"false"
    body = b'{"items":[%b],"next_cursor":"%b","has_more":%b}' % (shelf.json(start, stop), cursor, more)
    return Answer(200, body, records=("items",), renamed="trang_thai", window=b"phuong-tien")


def _statistics(world: World, call: Call) -> Answer:
    with refusing("tu, den phải có dạng yyyy-mm-dd"):
        first, last = parse_iso_day(call.asked("tu")), parse_iso_day(call.asked("den"))
    if first > last:
        raise BadQueryError("tu sau den")
    totals: Counter[tuple[str, str]] = Counter()
    for (day, gate, direction), count in world.vehicles.known(call.now).items():
        if first <= day <= last:
            totals[gate, direction] += count
    rows = [{"cua_khau": gate, "chieu": way, "so_luong": count} for (gate, way), count in sorted(totals.items())]
    return Answer(200, encode({"tu": call.asked("tu"), "den": call.asked("den"), "du_lieu": rows}))


def cursor_gone() -> Answer:
    """410: read again from ``since``."""
    return failure(410, "cursor đã hết hạn, đọc lại từ since")


def _read_cursor(text: str) -> tuple[int, int]:
    """(position, issued). Raises ValueError."""
    position, _, issued = urlsafe_b64decode(text.encode()).decode().partition(".")
    if int(position) < 0:
        raise ValueError(text)
    return int(position), int(issued)


FEEDS = (
    Feed("/cuakhau/v1/phuong-tien", "vehicles", _feed),
    Feed("/cuakhau/v1/thong-ke", "vehicles", _statistics),
)
