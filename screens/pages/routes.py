"""All pages, in the order in which their paths are tried."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from hub.translation import msg
from screens.pages import (
    area,
    audit_log,
    board,
    explore,
    guide,
    incidents,
    kpi,
    login,
    maps,
    notes,
    provenance,
    quality,
    quality_run,
    reference_gaps,
    sources,
    wall,
)
from screens.request_errors import not_found

router = APIRouter(include_in_schema=False)
for _one in (
    login,
    board,
    wall,
    area,
    maps,
    provenance,
    kpi,
    notes,
    sources,
    quality,
    quality_run,
    reference_gaps,
    incidents,
    audit_log,
    explore,
    guide,
):
    router.include_router(_one.router)


@router.get("/{path:path}")
def nothing(request: Request, path: str) -> Response:
    """Any other address: a page says so to people, the API to machines."""
    if path.startswith(("api/", "static/")):
        raise HTTPException(404)
    raise not_found(msg("page"), request.url.path)
