"""tmdt: the ministry's e-commerce statistics. A snapshot a day, numbers as Vietnamese text."""

from gateway import moments
from gateway.wire import Answer, Request, Route, bad_parameter, encode
from gateway.world import World


def _report(world: World, request: Request) -> Answer:
    if request.query.get("tinh") != world.file.area:
        return bad_parameter("tinh không đúng")
    try:
        day = moments.parse_iso_day(request.query.get("ngay", ""))
    except ValueError:
        return bad_parameter("ngay phải có dạng yyyy-mm-dd")
    platforms = world.ecommerce.get(day)
    if platforms is None or moments.day_start(day) + moments.DAY > request.now:
        return Answer(404, encode({"loi": "ngày này chưa công bố"}))
    body = encode({"tinh": world.file.area, "ngay": f"{day:%d/%m/%Y}", "san": platforms})
    return Answer(200, body, records=("san",), renamed="so_giao_dich_thanh_cong", window=f"san {day}".encode())


ROUTES = (Route("GET", "/tmdt/v1/bao-cao-thong-ke", "ecommerce", _report),)
