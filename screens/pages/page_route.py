"""How a page's route answers when something goes wrong: with a page, and without a known caller with the login form."""

import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

from hub.errors import RequestError, WrongQuestion
from screens.pages.error_page import error_page
from screens.pages.frame import sign_in_first
from screens.request_errors import invalid_parameter, unavailable

log = logging.getLogger(__name__)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route of pages: no traceback and no JSON reaches a person, and no page stays in a shared machine's cache."""

    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                response = await answer(request)
            except Exception as error:
                response = _answer(request, error)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return handled


def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestError):
        return sign_in_first(request) if error.status == 401 else error_page(request, error)
    if isinstance(error, WrongQuestion):
        return error_page(request, RequestError(error.vi, error.en, 422, "wrong-question"))
    if isinstance(error, RequestValidationError):
        name = str(error.errors()[0]["loc"][-1])
        return error_page(request, invalid_parameter(name, "giá trị không dùng được", "this value cannot be used"))
    if isinstance(error, psycopg.OperationalError):
        return error_page(request, unavailable())
    reference = secrets.token_hex(4)
    log.error("page %s failed, reference %s", request.url.path, reference, exc_info=error)
    found = RequestError("lỗi hệ thống, đã ghi vào nhật ký", "internal error, written to the log", 500, "internal")
    return error_page(request, found, reference)
