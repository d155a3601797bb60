"""vienthong: the telecom operators' monthly files and their list."""

from gateway.records.telecom import submitted_until
from gateway.shelf import encode
from gateway.wire import Answer, Call, Feed, check_area
from gateway.world import World

_LIST = "/vienthong/v1/tep"


def _list(world: World, call: Call) -> Answer:
    check_area(world, call)
    month = f"{call.asked_month('ky'):%Y-%m}"
    files = [file.listing() for file in submitted_until(world.telecom, call.now) if file.month == month]
    return Answer(200, encode(files), records=(), window=f"tep {month}".encode())


def _file(world: World, call: Call) -> Answer:
    name = call.path.removeprefix(f"{_LIST}/")
    for file in submitted_until(world.telecom, call.now):
        if file.name == name:
            return Answer(200, file.content, content_type="text/csv; charset=utf-8")
    return Answer(404, encode({"loi": "không có tệp này"}))


FEEDS = (Feed(_LIST, "telecom", _list), Feed(f"{_LIST}/{{name:path}}", "telecom", _file))
