"""What badges, signs and words of the other pages mean."""

from fastapi import APIRouter
from fastapi.responses import Response

from screens.pages.frame import Visited

router = APIRouter(include_in_schema=False)


@router.get("/guide")
def how_to_read(v: Visited) -> Response:
    """How to read the figures: the same for everybody who is signed in."""
    with v.reading() as s:
        page = v.frame(s, v.say("How to read the figures"), whose=None, events_href=None)
    return v.answer("guide.html", page, None)
