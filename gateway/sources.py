"""The interface: a handler per path, and the form in which each source pages, counts and refuses."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import msgspec

from gateway.moments import DAY, day_end, day_of, day_start, month_end, parse, parse_iso
from gateway.own_forms import OWN_FORMS
from gateway.records.figures import threats_between
from gateway.records.telecom import submitted_until
from gateway.shelf import Shelf, encode
from gateway.systems import SYSTEM_FEEDS, linked_page
from gateway.wire import FILE_TYPE, Answer, BadQueryError, Call, Feed, Records, failure, json_answer, page_of, refusing
from gateway.world import World

CURSOR_LIFE = 7 * DAY
_FILES = "/vienthong/v1/tep"
_REPORTS = "/pakn/v1/phan-anh"
_PIECES_A_PAGE = 100
_OFFICE_STATUS = {
    200: "OK",
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
}


# -- dvc: the public-service portal. Errors in the body, every value a string.


def _dossiers(world: World, call: Call) -> Answer:
    asked = _portal_query(world, call)
    low, high = _portal_range(asked)
    number, size = _portal_paging(asked)
    feed = world.dossiers
    start, stop = feed.span(low, min(high, call.now + 1))
    window = f"ho-so {low} {high}".encode()
    page = page_of(call, stop - start, (number - 1) * size, size, window)
    rows = feed.json(start + page.start, start + page.stop)
    return _portal_page(page.total, number, rows, "NgayCapNhat", window)


def _services(world: World, call: Call) -> Answer:
    asked = _portal_query(world, call)
    number, size = _portal_paging(asked)
    with refusing("ngay must be yyyyMMdd"):
        day = parse(asked.get("ngay", ""), "%Y%m%d")
    if not 0 <= day <= call.now:
        raise BadQueryError("ngay is not a day that has come")
    rows = world.catalogue.on(day)
    window = f"thu-tuc {day}".encode()
    if call.faults.active("shrunk_snapshot", window):
        rows = rows[: len(rows) // 2]
    page = page_of(call, len(rows), (number - 1) * size, size)
    part = b",".join(rows[page.start : page.stop])
    return _portal_page(len(rows), number, part, "MucDo", window)


def _portal_statistics(world: World, call: Call) -> Answer:
    low, high = _portal_range(_portal_query(world, call))
    counts = world.dossiers.known(call.now).between(low, high)
    return Answer(200, encode({"error_code": "0"} | {name: str(count) for name, count in counts.items()}))


def _portal_query(world: World, call: Call) -> dict[str, Any]:
    try:
        asked = msgspec.json.decode(call.content)
    except msgspec.DecodeError:
        raise BadQueryError("the body is not JSON") from None
    if not isinstance(asked, dict):
        raise BadQueryError("the body is not a JSON object")
    if asked.get("madonvi") != world.file.province:
        raise BadQueryError("madonvi is unknown")
    return asked


def _portal_range(asked: dict[str, Any]) -> tuple[int, int]:
    with refusing("tuNgay and denNgay must be yyyyMMddHHmmss"):
        low, high = (parse(asked.get(name, ""), "%Y%m%d%H%M%S") for name in ("tuNgay", "denNgay"))
    if low > high:
        raise BadQueryError("tuNgay is after denNgay")
    return low, high


def _portal_paging(asked: dict[str, Any]) -> tuple[int, int]:
    with refusing("trang and kichThuoc must be numbers"):
        page, size = int(asked.get("trang", 1)), int(asked.get("kichThuoc", 1000))
    if page < 1 or not 1 <= size <= 5000:
        raise BadQueryError("trang must be 1 or more, kichThuoc 1 to 5000")
    return page, size


def _portal_page(total: int, number: int, rows: bytes, renamed: str, window: bytes) -> Answer:
    head = f'{{"error_code":"0","message":"","tongSo":"{total}","trang":"{number}","data":['
    return Answer(200, head.encode() + rows + b"]}", records=Records(("data",), ("tongSo",), renamed, window))


def portal_error(_: Call, text: str) -> Answer:
    """A bad parameter, told under HTTP 200."""
    return json_answer(200, {"error_code": "-2", "message": text, "tongSo": "0", "trang": "1", "data": []})


# -- ioffice: documents and work. Offset paging, inclusive days, error codes under HTTP 200.


def _office(world: World, call: Call, name: str, renamed: str) -> Answer:
    with refusing("parameters"):
        low, high = (parse(call.asked(day), "%d/%m/%Y") for day in ("tu_ngay", "den_ngay"))
        offset, limit = int(call.asked("offset", "0")), int(call.asked("limit", "100"))
    known = call.asked("ma_don_vi") == world.file.province
    if not known or high < low or offset < 0 or not 1 <= limit <= 1000:
        raise BadQueryError("parameters")
    high += DAY
    shelf: Shelf[None, int] = getattr(world, name)
    start, stop = shelf.span(low, min(high, call.now + 1))
    window = f"{name} {low} {high}".encode()
    page = page_of(call, stop - start, offset, limit, window)
    head = f'{{"code":200,"status":"OK","correlationId":{encode(call.correlation_id).decode()},'
    rows = shelf.json(start + page.start, start + page.stop)
    body = b'%b"response":{"total":%d,"items":[%b]}}' % (head.encode(), page.total, rows)
    records = Records(("response", "items"), ("response", "total"), renamed, window)
    # not kept: the correlation id is another one each time
    return Answer(200, body, records=records, keep=False)


def office_error(call: Call, code: int) -> Answer:
    """An error under HTTP 200."""
    envelope = {"code": code, "status": _OFFICE_STATUS[code], "correlationId": call.correlation_id, "response": None}
    return json_answer(200, envelope)


# -- vienthong: the telecom operators' monthly files and their list.


def _file_list(world: World, call: Call) -> Answer:
    month = f"{call.asked_month('ky'):%Y-%m}"
    files = [file.listing(_FILES) for file in submitted_until(world.telecom, call.now) if file.month == month]
    return Answer(200, encode(files), records=Records((), window=f"tep {month}".encode()))


def _file(world: World, call: Call) -> Answer:
    name = call.path.removeprefix(f"{_FILES}/")
    for file in submitted_until(world.telecom, call.now):
        if file.name == name:
            return Answer(200, file.content, content_type=FILE_TYPE)
    return Answer(404, encode({"loi": "không có tệp này"}))


# -- cuakhau: the border-gate platform. A feed in order of arrival, read with a cursor.


def _vehicles(world: World, call: Call) -> Answer:
    with refusing("limit phải là số"):
        limit = int(call.asked("limit", "500"))
    if not 1 <= limit <= 1000:
        raise BadQueryError("limit phải từ 1 đến 1000")
    shelf, start, first = world.vehicles, 0, 0
    end = shelf.span(0, call.now + 1)[1]
    if "cursor" in call.query_params:
        with refusing("cursor không đúng"):
            start, issued = _read_cursor(call.asked("cursor"))
        if call.now - issued > CURSOR_LIFE:
            return cursor_gone()
        start = min(start, end)
    elif "since" in call.query_params:
        with refusing("since phải là thời điểm ISO 8601 (dấu + viết là %2B)"):
            start = first = shelf.span(parse_iso(call.asked("since")), call.now + 1)[0]
    page = page_of(call, max(0, end - first), start - first, limit)
    start, stop = first + page.start, first + page.stop
    cursor = urlsafe_b64encode(f"{stop}.{call.now}".encode())
    more = b"true" if stop < end else b"false"
    body = b'{"items":[%b],"next_cursor":"%b","has_more":%b}' % (shelf.json(start, stop), cursor, more)
    return Answer(200, body, records=Records(("items",), renamed="trang_thai", window=b"phuong-tien"))


def _read_cursor(text: str) -> tuple[int, int]:
    """(position, issued). Raises ValueError."""
    position, _, issued = urlsafe_b64decode(text.encode()).decode().partition(".")
    if int(position) < 0:
        raise ValueError(text)
    return int(position), int(issued)


def cursor_gone() -> Answer:
    """410: read again from ``since``."""
    return failure(410, "cursor đã hết hạn, đọc lại từ since")


def _vehicle_statistics(world: World, call: Call) -> Answer:
    first, last = call.asked_days()
    totals: Counter[tuple[str, str]] = Counter()
    for (day, gate, direction), count in world.vehicles.known(call.now).items():
        if first <= day <= last:
            totals[gate, direction] += count
    rows = [{"cua_khau": gate, "chieu": way, "so_luong": count} for (gate, way), count in sorted(totals.items())]
    return Answer(200, encode({"tu": call.asked("tu"), "den": call.asked("den"), "du_lieu": rows}))


# -- pakn: citizens' reports, 1022. Pages that link to the next one; each report once, in its present state.


def _citizens_reports(world: World, call: Call) -> Answer:
    return linked_page(world.reports, call, _REPORTS, 200)


# -- baochi: press. Numbered pages that say how many pages there are, and nothing else.


def _pieces(world: World, call: Call) -> Answer:
    first, last = call.asked_days()
    with refusing("page phải là số"):
        number = int(call.asked("page", "1"))
    if number < 1:
        raise BadQueryError("page phải từ 1")
    low, high = day_start(first), day_end(last)
    pieces = world.press.between(low, high, call.now)
    window = f"tin-bai {low} {high}".encode()
    page = page_of(call, len(pieces), (number - 1) * _PIECES_A_PAGE, _PIECES_A_PAGE, window)
    items = [piece.shown(call.now) for piece in pieces[page.start : page.stop]]
    body = encode({"page": number, "pages": -(-page.total // _PIECES_A_PAGE), "items": items})
    return Answer(200, body, records=Records(("items",), renamed="dang_luc", window=window))


# -- Snapshots. All but e-commerce have nothing in them for a day that is not known, or not over yet.


def _of_day(
    world: World, call: Call, rows: Callable[[World, date], Sequence[object]], renamed: str, name: str
) -> Answer:
    """A day, or the last day of a month, as it was at its end."""
    day = month_end(call.asked_month("ky")) if name == "doanh-thu" else call.asked_day("ngay")
    return _snapshot(day, rows(world, day) if _is_over(day, call) else [], renamed, name)


def _points(world: World, call: Call) -> Answer:
    """Any day answers as of the newest month end on or before it."""
    day = call.asked_day("ngay")
    known = [end for end in world.post.points if end <= day and _is_over(end, call)]
    rows = world.post.points[known[-1]] if known else []
    return _snapshot(known[-1] if known else day, rows, renamed="loai", name="diem")


def _threats(world: World, call: Call) -> Answer:
    """Days from ``tu`` to ``den``, as far as they are over."""
    first, last = call.asked_days()
    rows = threats_between(world.threats, first, last, day_of(call.now))
    return _snapshot(last, rows, renamed="so_luong", name=f"moi-nguy {first}")


def _platforms(world: World, call: Call) -> Answer:
    """The ministry's e-commerce statistics, numbers as Vietnamese text; not every day is published."""
    day = call.asked_day("ngay")
    platforms = world.ecommerce.get(day)
    if platforms is None or not _is_over(day, call):
        return Answer(404, encode({"loi": "ngày này chưa công bố"}))
    body = encode({"tinh": world.file.area, "ngay": f"{day:%d/%m/%Y}", "san": platforms})
    records = Records(("san",), renamed="so_giao_dich_thanh_cong", window=f"san {day}".encode())
    return Answer(200, body, records=records)


def _is_over(day: date, call: Call) -> bool:
    return day_end(day) <= call.now


def _snapshot(day: date, rows: Sequence[object], renamed: str, name: str) -> Answer:
    body = encode({"ngay": day.isoformat(), "du_lieu": rows})
    return Answer(200, body, records=Records(("du_lieu",), renamed=renamed, window=f"{name} {day}".encode()))


_portal = partial(Feed, method="POST", refuse=portal_error)
_office_feed = partial(Feed, refuse=lambda call, _: office_error(call, 400))
_of_area = partial(Feed, of_area=True)
FEEDS = (
    _portal("/dvc/v1/ho-so/tra-cuu", "dossiers", _dossiers),
    _portal("/dvc/v1/thu-tuc", "catalogue", _services),
    _portal("/dvc/v1/thong-ke", "dossiers", _portal_statistics),
    _office_feed("/ioffice/v2/van-ban-di", "documents", partial(_office, name="documents", renamed="promulgationdate")),
    _office_feed("/ioffice/v2/ho-so-cong-viec", "work_files", partial(_office, name="work_files", renamed="tier")),
    _office_feed(
        "/ioffice/v2/chung-thu-so", "certificates", partial(_office, name="certificates", renamed="issued_at")
    ),
    _of_area(_FILES, "telecom", _file_list),
    Feed(f"{_FILES}/{{name:path}}", "telecom", _file),
    Feed("/cuakhau/v1/phuong-tien", "vehicles", _vehicles),
    Feed("/cuakhau/v1/thong-ke", "vehicles", _vehicle_statistics),
    Feed(_REPORTS, "reports", _citizens_reports),
    _of_area("/baochi/v1/tin-bai", "press", _pieces),
    _of_area("/tmdt/v1/bao-cao-thong-ke", "ecommerce", _platforms),
    _of_area("/buuchinh/v1/bao-cao", "post", _points),
    _of_area(
        "/buuchinh/v1/doanh-thu",
        "post",
        partial(
            _of_day, rows=lambda world, day: world.post.revenue.get(day, []), renamed="doanh_thu_dong", name="doanh-thu"
        ),
    ),
    _of_area(
        "/congdanso/v1/tai-khoan",
        "accounts",
        partial(_of_day, rows=lambda world, day: world.accounts.on(day), renamed="so_tai_khoan", name="tai-khoan"),
    ),
    _of_area("/soc/v1/moi-nguy", "threats", _threats),
    _of_area(
        "/lgsp/v1/ket-noi",
        "connections",
        partial(_of_day, rows=lambda world, day: world.connections.get(day, []), renamed="trang_thai", name="ket-noi"),
    ),
    *SYSTEM_FEEDS,
    *OWN_FORMS,
)
