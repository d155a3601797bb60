"""The three general forms in which further systems tell what they have: statistics, cases and things.

The parameter ``he_thong`` names the system. One that the world does not have answers 403, as does a form that it does
not tell.
"""

from bisect import bisect_left
from datetime import date
from urllib.parse import urlencode

from gateway.moments import DAY, day_end, day_start, month_end, parse_iso
from gateway.shelf import Shelf, encode
from gateway.wire import Answer, BadQueryError, Call, Feed, Records, page_of, refusing
from gateway.world import World

_CASES = "/hoso/v1/vu-viec"


def linked_page(
    shelf: Shelf[int, list[int]], call: Call, path: str, usual: int, query: dict[str, str] | None = None
) -> Answer:
    """A page of ``path`` that links to the next one: each thing once, in its present state, from ``updated_since`` on.

    ``usual`` is the size of a page that does not say its own, ``query`` what else the link repeats.
    """
    with refusing("page_size và page phải là số"):
        size, number = int(call.asked("page_size", str(usual))), int(call.asked("page", "1"))
    if number < 1 or not 1 <= size <= 1000:
        raise BadQueryError("page_size phải từ 1 đến 1000, page từ 1")
    asked = call.asked("updated_since")
    with refusing("updated_since phải là thời điểm ISO 8601 (dấu + viết là %2B)"):
        since = parse_iso(asked)
    states = shelf.known(call.now)
    first = bisect_left(states, since, key=shelf.moments.__getitem__)
    window = " ".join((path.rpartition("/")[2], *(query or {}).values(), str(since))).encode()
    page = page_of(call, len(states) - first, (number - 1) * size, size, window)
    link = None
    if number * size < page.total:
        following = {**(query or {}), "updated_since": asked, "page_size": size, "page": number + 1}
        link = f"{path}?{urlencode(following)}"
    part = states[first + page.start : first + page.stop]
    rows = b",".join(shelf.json(index, index + 1) for index in part)
    body = b'{"data":[%b],"paging":{"total":%d,"next":%b}}' % (rows, page.total, encode(link))
    return Answer(200, body, records=Records(("data",), ("paging", "total"), "trang_thai", window))


def _system(call: Call) -> str:
    name = call.asked("he_thong")
    if not name:
        raise BadQueryError("thiếu he_thong")
    return name


def _statistics(world: World, call: Call) -> Answer:
    """The rows whose last day lies in the month ``ky`` or is the day ``ngay``, as far as that day is over."""
    name, asked = _system(call), "ngay" if "ngay" in call.query_params else "ky"
    first = call.asked_day("ngay") if asked == "ngay" else call.asked_month("ky")
    last = first if asked == "ngay" else month_end(first)
    shelf = world.statistics(name)
    start, stop = shelf.span(day_start(first), min(day_end(last), call.now + 1 - DAY))
    head = {"he_thong": name, "tinh": call.asked("tinh"), asked: call.asked(asked), "tong_so": stop - start}
    body = b'%b,"du_lieu":[%b]}' % (encode(head)[:-1], shelf.json(start, stop))
    window = f"chi-so {name} {asked} {first}".encode()
    return Answer(200, body, records=Records(("du_lieu",), ("tong_so",), "gia_tri", window))


def _cases(world: World, call: Call) -> Answer:
    name = _system(call)
    return linked_page(world.cases(name), call, _CASES, 500, {"he_thong": name})


def _things(world: World, call: Call) -> Answer:
    """All that was there on ``ngay``; nothing for a day that is not over."""
    name, day = _system(call), call.asked_day("ngay")
    with refusing("trang và kich_thuoc phải là số"):
        number, size = int(call.asked("trang", "1")), int(call.asked("kich_thuoc", "1000"))
    if number < 1 or not 1 <= size <= 5000:
        raise BadQueryError("trang phải từ 1, kich_thuoc từ 1 đến 5000")
    things = world.things(name)
    rows = things.on(day) if _is_over(day, call) else []
    window = f"doi-tuong {name} {day}".encode()
    if call.faults.active("shrunk_snapshot", window):
        rows = rows[: len(rows) // 2]
    page = page_of(call, len(rows), (number - 1) * size, size)
    part = b",".join(rows[page.start : page.stop])
    body = b'{"tong_so":%d,"trang":%d,"du_lieu":[%b]}' % (len(rows), number, part)
    return Answer(200, body, records=Records(("du_lieu",), ("tong_so",), "trang_thai", window))


def _is_over(day: date, call: Call) -> bool:
    return day_end(day) <= call.now


SYSTEM_FEEDS = (
    Feed("/thongke/v1/chi-so", "systems", _statistics, of_area=True),
    Feed(_CASES, "systems", _cases),
    Feed("/danhmuc/v1/doi-tuong", "systems", _things, of_area=True),
)
