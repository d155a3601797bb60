"""Every source, those that are late or blocked first."""

from fastapi import APIRouter
from fastapi.responses import Response

from screens.freshness import sources
from screens.pages.frame import Visited
from screens.view_models.evidence import FreshnessPage

router = APIRouter(include_in_schema=False)


@router.get("/freshness")
def freshness(v: Visited) -> Response:
    """How every source keeps to its timetable."""
    with v.reading() as s:
        states = sources(s)
        newest = max((one.loaded_at for one in states if one.loaded_at), default=None)
        page = v.frame(s, v.say("Freshness of the data"), loaded_at=newest)
    return v.answer("freshness.html", page, FreshnessPage(states))
