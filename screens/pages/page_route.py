"""How a page's route answers when something goes wrong: with a page, and to nobody known with the way in."""

import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

from hub.errors import WrongQuestion
from screens.faults import Fault, unavailable, wrong
from screens.pages.faults import fault_page
from screens.pages.frame import SignInFirst, sign_in_first

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
                response = _told(request, error)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return handled


def _told(request: Request, error: Exception) -> Response:
    if isinstance(error, SignInFirst):
        return sign_in_first(request)
    if isinstance(error, Fault):
        return fault_page(request, error)
    if isinstance(error, WrongQuestion):
        return fault_page(request, wrong("?", error.vi, error.en))
    if isinstance(error, RequestValidationError):
        name = str(error.errors()[0]["loc"][-1])
        return fault_page(request, wrong(name, "giá trị không dùng được", "this value cannot be used"))
    if isinstance(error, psycopg.OperationalError):
        return fault_page(request, unavailable())
    reference = secrets.token_hex(4)
    log.error("page %s failed, reference %s", request.url.path, reference, exc_info=error)
    fault = Fault(500, "broken", "lỗi không lường trước, đã ghi vào nhật ký", "an unexpected error, kept in the log")
    return fault_page(request, fault, reference)
