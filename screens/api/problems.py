"""Every error as an RFC 9457 problem in the caller's language; no traceback reaches anyone."""

import logging
import secrets
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from hub.errors import RequestError, WrongQuestion
from hub.translation import Text, Wording, msg
from hub.validation import words
from screens.api.json_response import InertJson
from screens.headers import ALWAYS
from screens.language import of_answer
from screens.request_errors import invalid_parameters

log = logging.getLogger(__name__)
MACHINES = ("/api/", "/static/", "/healthz", "/readyz", "/metrics")
"""Paths whose errors are problems; elsewhere they are pages."""
MEDIA_TYPE = "application/problem+json"
_TITLES = {
    401: msg("Sign in first"),
    403: msg("Not within your rights"),
    404: msg("Not found"),
    405: msg("Method not allowed"),
    413: msg("Request too large"),
    414: msg("Request too large"),
    422: msg("Invalid parameters"),
    429: msg("Too many requests"),
    431: msg("Request too large"),
    500: msg("Internal error"),
    503: msg("Cannot answer now"),
}


class WrongParameter(BaseModel):
    """One parameter that is not valid."""

    parameter: str = Field(description="Name of the parameter", examples=["from"])
    detail: str = Field(description="What is wrong, in the asked language", examples=["phải là ngày YYYY-MM-DD"])


class Problem(BaseModel):
    """RFC 9457 problem details. `type` names the kind for machines, `detail` tells people what to do."""

    type: str = Field(examples=["urn:ioc:problem:not-found"])
    title: str = Field(examples=["Không tìm thấy"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["Không có chỉ tiêu 'x' trong phạm vi của bạn"])
    instance: str = Field(description="Path that was asked", examples=["/api/v1/kpis/x"])
    errors: list[WrongParameter] | None = Field(None, description="Errors by parameter, for status 422")
    scope: str | None = Field(None, description="Scope that is missing, for status 403")
    reference: str | None = Field(None, description="Finds the error in the hub's log, for status 500")


def problem(request: Request, error: RequestError, reference: str | None = None) -> Response:
    """The error as an answer."""
    language = of_answer(request)
    members: dict[str, Any] = {
        "type": f"urn:ioc:problem:{error.code}",
        "title": _TITLES.get(error.status, _TITLES[500]).text(language),
        "status": error.status,
        "detail": error.text(language),
        "instance": request.url.path,
    }
    members |= error.values
    if "errors" in members:
        members["errors"] = [
            {"parameter": name, "detail": problem.text(language)} for name, problem in members["errors"].items()
        ]
    if reference:
        members["reference"] = reference
    headers = {"Content-Language": language, "Vary": "Accept-Language, Authorization, Cookie", **error.headers}
    return InertJson(members, error.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let `app` answer all errors so; pages have a page for theirs."""
    app.add_exception_handler(RequestError, _request_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(WrongQuestion, _wrong_question)
    app.add_exception_handler(ClientDisconnect, _cut_off)
    app.add_exception_handler(Exception, _unexpected)


def answer(request: Request, error: RequestError, reference: str | None = None) -> Response:
    """A problem for machines, a page for people; to a page without a known caller the way in."""
    if request.url.path.startswith(MACHINES):
        return problem(request, error, reference)
    from screens.pages.error_page import error_page  # noqa: PLC0415 - pages build on the API's parts
    from screens.pages.frame import sign_in_first  # noqa: PLC0415

    return sign_in_first(request) if error.status == 401 else error_page(request, error, reference)


def _request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101 - registered for it
    if error.status == 503:
        log.warning("%s %s: %s", request.method, request.url.path, _cause(error))
    return answer(request, error)


def _cause(error: Exception) -> str:
    return f"{type(error.__cause__).__name__}: {error.__cause__}" if error.__cause__ else str(error)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    problems: dict[str, Wording] = {}
    for found in error.errors():
        name = next((str(part) for part in found["loc"][1:] if isinstance(part, str)), str(found["loc"][0]))
        problems.setdefault(name, words(found))
    return answer(request, invalid_parameters(problems))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if error.status_code == 304:
        return Response(None, 304, error.headers)
    path = unquote(request.url.path)[:200]
    if error.status_code == 405:
        found = RequestError(msg("{method} cannot be used here", method=request.method), 405, "method")
    elif error.status_code == 404:
        found = RequestError(msg("there is no path {path}", path=path), 404, "not-found")
    else:
        found = RequestError(Text(str(error.detail), str(error.detail)), error.status_code, "http")
    found.headers |= dict(error.headers or {})
    return answer(request, found)


def _wrong_question(request: Request, error: Exception) -> Response:
    assert isinstance(error, WrongQuestion)  # noqa: S101 - as above
    message = msg("this question cannot be answered: {error}", error=error)
    return answer(request, RequestError(message, 422, "wrong-question"))


def _cut_off(_request: Request, _error: Exception) -> Response:
    """The client is gone: nobody reads the answer, and nothing of ours is wrong."""
    return Response(status_code=400)


def _unexpected(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(6)
    log.error("%s %s failed, reference %s", request.method, request.url.path, reference, exc_info=error)
    found = RequestError(
        msg("Internal error; quote reference {reference} to the administrator", reference=reference),
        500,
        "internal",
    )
    response = answer(request, found, reference)
    response.headers.update(ALWAYS | {"Cache-Control": "no-store"})  # made outside of all middleware
    return response
