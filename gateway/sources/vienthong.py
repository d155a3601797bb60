"""vienthong: the telecom operators' monthly files and their list."""

import re

from gateway.records.telecom import submitted_until
from gateway.wire import Answer, Request, Route, bad_parameter, encode
from gateway.world import World

_LIST = "/vienthong/v1/tep"
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def _list(world: World, request: Request) -> Answer:
    month = request.query.get("ky", "")
    if request.query.get("tinh") != world.file.area:
        return bad_parameter("tinh không đúng")
    if not _MONTH.fullmatch(month):
        return bad_parameter("ky phải có dạng yyyy-mm")
    files = [file.listing() for file in submitted_until(world.telecom, request.now) if file.month == month]
    return Answer(200, encode(files), records=(), window=f"tep {month}".encode())


def _file(world: World, request: Request) -> Answer:
    name = request.path.removeprefix(f"{_LIST}/")
    for file in submitted_until(world.telecom, request.now):
        if file.name == name:
            return Answer(200, file.content, content_type="text/csv; charset=utf-8")
    return Answer(404, encode({"loi": "không có tệp này"}))


ROUTES = (
    Route("GET", _LIST, "telecom", _list),
    Route("GET", f"{_LIST}/", "telecom", _file, prefix=True),
)
