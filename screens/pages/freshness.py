"""Every source, those that are late or blocked first."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from screens.freshness import SourceState, sources
from screens.pages.cadence import cadence
from screens.pages.definition import owner
from screens.pages.frame import Visit, visit
from screens.view_models.evidence import FreshnessPage, SourceLine

router = APIRouter(include_in_schema=False)
Visited = Annotated[Visit, Depends(visit)]


@router.get("/freshness")
def freshness(v: Visited) -> Response:
    """How every source keeps its word."""
    with v.reading() as s:
        states = [_state(v, source) for source in sources(s)]
        newest = max((one.last_success for one in states if one.last_success), default=None)
        page = v.frame(s, v.text("freshness.title"), loaded_at=newest)
    return v.answer("freshness.html", page, FreshnessPage(states))


def _state(v: Visit, source: SourceState) -> SourceLine:
    worse = [feed.feed for feed in source.feeds if feed.state == source.state] if len(source.feeds) > 1 else []
    note = v.text("freshness.feeds", names=", ".join(worse)) if worse and source.state != "on_time" else None
    return SourceLine(
        name=source.title,
        owner=owner(v, source.owner),
        cadence=cadence(source.cadence, v.language),
        state=source.state,
        last_success=source.loaded_at,
        covered_to=source.covered_to,
        late_by=source.late_by if source.state in ("late", "blocked") else None,
        note=note,
    )
