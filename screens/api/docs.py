"""Documentation of the API: the OpenAPI file, and pages to try it out, from a bundled package."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.openapi.utils import get_openapi

from hub.periods import VIETNAM
from screens.api.call import ASSUMED_NOW
from screens.api.json_response import InertJson
from screens.api.problems import MEDIA_TYPE
from screens.api.router import PREFIX, VERSION
from screens.authentication import OVER_HTTPS, SESSION_COOKIE, WALL_COOKIE
from screens.formats import assumed_now
from screens.language import of_page
from screens.rendering import render
from screens.view_models.page import Page

OPENAPI = f"{PREFIX}/openapi.json"
DOCS = "/api/docs"
_ABOUT = """Figures of a province's intelligent operations centre: published values, their revisions and quality.

Every answer is read in one snapshot of the database and holds only what its caller may see. Sign in as a browser
(session cookie), send an API key (`Authorization: Bearer …`), or a wall's token (board and events only).
Answers carry an ETag; send it back as If-None-Match and get 304 as long as nothing changed. Errors are RFC 9457
problems in the asked language (`lang`, else Accept-Language, else Vietnamese).

A hub with simulated data judges them by an assumed moment. Each of its answers says so: header `IOC-Assumed-Now`,
`notice` in a board, an explanation and a file's description, and the name of the file."""
_HEADERS = {
    ASSUMED_NOW: {
        "description": "Only where data are simulated: the moment that is taken for now",
        "schema": {"type": "string", "format": "date-time"},
    }
}
_TAGS = [
    {"name": "catalogue", "description": "What can be asked for: fields, areas, organisations, periods, KPIs"},
    {"name": "figures", "description": "Figures, why they are what they are, and when they change"},
    {"name": "files", "description": "The same figures as files"},
    {"name": "quality", "description": "Freshness of the sources, and results of the checks"},
    {"name": "operation", "description": "For operators of the process"},
]
_CREDENTIALS = {
    "key": {"type": "http", "scheme": "bearer", "description": "API key from `ioc key add`"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": f"Signed-in browser, from /login; over HTTPS `{OVER_HTTPS}{SESSION_COOKIE}`",
    },
    "wall": {
        "type": "apiKey",
        "in": "cookie",
        "name": WALL_COOKIE,
        "description": f"Wall token: board and events only; over HTTPS `{OVER_HTTPS}{WALL_COOKIE}`",
    },
}
_TAG = {
    "name": "if-none-match",
    "in": "header",
    "required": False,
    "description": "ETag of an answer that one has: 304 if it still holds",
    "schema": {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "title": "If-None-Match",
        "description": "ETag of an answer that one has: 304 if it still holds",
    },
}
"""What every call has in common (`call.py`). It is described here and no parameter of the routes, since those are read
for each request."""


def openapi(app: FastAPI) -> dict[str, Any]:
    """The description of the API and of the operators' routes; pages are none of it."""
    routes = [
        route
        for route in app.routes
        if getattr(route, "path", "").startswith(f"{PREFIX}/")
        or getattr(route, "path", "") in ("/healthz", "/readyz", "/metrics")
    ]
    made = get_openapi(title="IOC API", version=VERSION, description=_ABOUT, routes=routes, tags=_TAGS)
    made["components"]["securitySchemes"] = _CREDENTIALS
    for path, operations in made["paths"].items():
        for operation in operations.values():
            if path.startswith(PREFIX):
                operation["parameters"].append(_TAG)
                operation["security"] = [{name: []} for name in _CREDENTIALS]
            if operation["tags"] != ["operation"]:
                operation["responses"]["200"]["headers"] = _HEADERS
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")) and "content" in response:
                    response["content"] = {MEDIA_TYPE: next(iter(response["content"].values()))}
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return made


def install(app: FastAPI) -> None:
    """Serve the description and the pages about it; they hold no data of any province."""
    made: dict[str, bytes] = {}

    def described(request: Request) -> Response:
        if "body" not in made:
            made["body"] = bytes(InertJson(openapi(request.app)).body)
        return Response(made["body"], media_type="application/json")

    def pages(request: Request) -> Response:
        language = of_page(request)
        notice = assumed_now(request.app.state.settings.now, language)
        page = Page(language, "API", DOCS, f"{DOCS}?lang=en", datetime.now(VIETNAM), "IOC", notice=notice)
        return Response(render("docs.html", page, OPENAPI), media_type="text/html; charset=utf-8")

    def nothing(_: Request) -> Response:
        raise HTTPException(404)  # before any page takes the address for one of its own

    paths: dict[str, Callable[[Request], Response]] = {OPENAPI: described, DOCS: pages, "/api/{path:path}": nothing}
    for path, answer in paths.items():
        app.add_api_route(path, answer, include_in_schema=False)
