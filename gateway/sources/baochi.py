"""baochi: press and social listening. Numbered pages that say how many pages there are, and nothing else."""

from gateway.moments import day_end, day_start, parse_iso_day
from gateway.shelf import encode
from gateway.wire import Answer, BadQueryError, Call, Feed, check_area, page_of, refusing
from gateway.world import World

_PAGE = 100


def _pieces(world: World, call: Call) -> Answer:
    check_area(world, call)
    with refusing("tu, den phải có dạng yyyy-mm-dd, page phải là số"):
        low, high = day_start(parse_iso_day(call.asked("tu"))), day_end(parse_iso_day(call.asked("den")))
        number = int(call.asked("page", "1"))
    if high <= low or number < 1:
        raise BadQueryError("tu sau den, hoặc page dưới 1")
    pieces = world.press.between(low, high, call.now)
    window = f"tin-bai {low} {high}".encode()
    page = page_of(call, window, len(pieces), (number - 1) * _PAGE, _PAGE)
    items = [piece.shown(call.now) for piece in pieces[page.start : page.stop]]
    body = encode({"page": number, "pages": -(-page.total // _PAGE), "items": items})
    return Answer(200, body, records=("items",), renamed="dang_luc", window=window)


FEEDS = (Feed("/baochi/v1/tin-bai", "press", _pieces),)
