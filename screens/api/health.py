"""Routes for operators: alive, ready, metrics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from screens.api.models import Health
from screens.api.problems import Problem
from screens.authentication import database, is_loopback, known_caller, require
from screens.database import Database

router = APIRouter(tags=["operation"])


@router.get("/healthz", summary="The process is alive")
async def healthz() -> Health:
    """Without the database: a process that waits for it should not be killed."""
    return Health()


@router.get(
    "/readyz",
    summary="The process can answer",
    responses={503: {"model": Problem, "description": "The database does not answer, or its schema is older"}},
)
def readyz(own: Annotated[Database, Depends(database)]) -> Health:
    """With a query to the database."""
    own.version()
    return Health()


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"example": 'ioc_http_requests_total{method="GET",route="/readyz"} 1.0'}}},
        401: {"model": Problem, "description": "From another machine without credentials"},
        403: {"model": Problem, "description": "From another machine without the scope metrics"},
    },
)
def metrics(request: Request, own: Annotated[Database, Depends(database)]) -> Response:
    """To this machine itself without credentials; through a proxy, and from elsewhere, to keys of the scope metrics and
    to engineers and admins who are signed in."""
    if not _is_local(request):
        require(known_caller(request, own), "metrics")
    counters = request.app.state.metrics
    counters.listeners.set(request.app.state.versions.listeners)
    counters.version.set(own.version())
    return Response(counters.text(own.counted()), media_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    return request.client is not None and is_loopback(request.client.host)
