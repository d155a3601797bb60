"""The router of `/api/v1`: all its routes, and what they have in common."""

from fastapi import APIRouter

from screens.api import catalogue, charts, exports, figures, operations, reports
from screens.api.problems import Problem

PREFIX = "/api/v1"
VERSION = "1.0.0"
"""Of the interface: the first number rises with a change that breaks clients, which then becomes /api/v2."""


def api() -> APIRouter:
    """The routes of this version."""
    made = APIRouter(
        prefix=PREFIX,
        responses={
            304: {"description": "The client's ETag still holds"},
            401: {"model": Problem, "description": "No credentials, or credentials that are not valid"},
            403: {"model": Problem, "description": "Not within the caller's rights"},
            404: {"model": Problem, "description": "Not found within the caller's rights"},
            414: {"model": Problem, "description": "Too many parameters, or one with too long a name"},
            422: {"model": Problem, "description": "An invalid or unknown parameter"},
            429: {"model": Problem, "description": "As many requests as may wait are under way; see Retry-After"},
            503: {"model": Problem, "description": "The database does not answer; see Retry-After"},
        },
    )
    for part in (catalogue, figures, exports, charts, reports, operations):
        made.include_router(part.router)
    return made
