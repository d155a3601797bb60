"""baochi: press and social listening. Numbered pages that say how many pages there are, and nothing else."""

from gateway import moments
from gateway.wire import Answer, Request, Route, bad_parameter, encode, page_shift
from gateway.world import World

_PAGE = 100


def _pieces(world: World, request: Request) -> Answer:
    query = request.query
    if query.get("tinh") != world.file.area:
        return bad_parameter("tinh không đúng")
    try:
        low = moments.day_start(moments.parse_iso_day(query.get("tu", "")))
        high = moments.day_start(moments.parse_iso_day(query.get("den", ""))) + moments.DAY
        page = int(query.get("page", "1"))
    except ValueError:
        return bad_parameter("tu, den phải có dạng yyyy-mm-dd, page phải là số")
    if high <= low or page < 1:
        return bad_parameter("tu sau den, hoặc page dưới 1")
    pieces = world.press.between(low, high, request.now)
    window = f"tin-bai {low} {high}".encode()
    if page_shift(request, window, _PAGE, len(pieces)):
        pieces = [*pieces[:_PAGE], pieces[_PAGE - 1], *pieces[_PAGE:]]
    items = [piece.record(request.now) for piece in pieces[(page - 1) * _PAGE : page * _PAGE]]
    body = encode({"page": page, "pages": -(-len(pieces) // _PAGE), "items": items})
    return Answer(200, body, records=("items",), renamed="dang_luc", window=window)


ROUTES = (Route("GET", "/baochi/v1/tin-bai", "press", _pieces),)
