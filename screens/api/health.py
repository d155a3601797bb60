"""Routes for operators: alive, ready, metrics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from hub.translation import msg
from screens.api.models import Health
from screens.api.problems import Problem
from screens.authentication import database, is_loopback, known_caller, require
from screens.database import Database
from screens.scope import outside_rights

router = APIRouter(tags=["operation"])
_PART = msg("the counters are of a whole province: this account sees a part of it")


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
        403: {
            "model": Problem,
            "description": "From another machine without the scope metrics, or of an account with limits",
        },
    },
)
def metrics(request: Request, own: Annotated[Database, Depends(database)]) -> Response:
    """To this machine itself without credentials; through a proxy, and from elsewhere, to keys of the scope metrics and
    to engineers and admins who are signed in: of accounts of the whole hub, or of a province, whose counters these get.
    What the process counts of its requests is of all."""
    samples = own.counted()
    if not _is_local(request):
        caller = known_caller(request, own)
        require(caller, "metrics")
        if caller.area is not None or caller.organisations is not None or caller.fields is not None:
            raise outside_rights(_PART)
        samples = [one for one in samples if caller.province in (None, one.labels["province"])]
    counters = request.app.state.metrics
    counters.listeners.set(request.app.state.versions.listeners)
    counters.version.set(own.version())
    return Response(counters.text(samples), media_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    return request.client is not None and is_loopback(request.client.host)
