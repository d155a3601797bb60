"""What a client may take of the server: the size of a request, the time for it, and how many clients there are at once.

Uvicorn bounds a header's size and the number of requests; the rest is here. A proxy in front has bounds of its own, but
the hub must not depend on them.
"""

import asyncio
from typing import Any

import h11
import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub.errors import RequestError
from hub.translation import msg
from screens.api.problems import answer

LONGEST_HEADER = 16 * 1024
"""Bytes of the request line and all headers; at most twice as much is read."""
LONGEST_BODY = 8 * 1024
"""Bytes: nothing larger than a small form is ever sent here."""
CONNECTIONS = 500
"""Of one process, listeners to events included; a request beyond them is answered 503."""
_BEYOND = 100
"""Connections beyond those that are still read, to answer 503; any more are closed at once."""


class LimitedProtocol(H11Protocol):
    """Closes connections whose client does not finish its request, or does not take its answer."""

    request_seconds = 10.0
    """From the first byte of a request, or from the opening of a connection, until the request is whole."""
    answer_seconds = 60.0
    """For which a client may take nothing of an answer."""

    _unfinished: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        limit = self.config.limit_concurrency
        if limit is not None and len(self.connections) > limit + _BEYOND:
            transport.abort()
        else:
            self._watch_request()

    def data_received(self, data: bytes) -> None:
        """In parts, since the size of a header is looked at between reads only, which may bring much more."""
        for start in range(0, len(data), LONGEST_HEADER):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + LONGEST_HEADER])
        self._watch_request()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]:  # the next request came along
            self._watch_request()
        if self.transport.get_write_buffer_size():
            self._watch_answer()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._stalled)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        _cancel(self._unfinished)
        _cancel(self._stalled)

    def send_400_response(self, msg: str) -> None:
        """Also while an answer to the part before is on its way: the application must not go on with it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        super().send_400_response(msg)

    def _watch_request(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            _cancel(self._unfinished)
            self._unfinished = None
        elif self._unfinished is None:
            self._unfinished = self.loop.call_later(self.request_seconds, self.transport.abort)

    def _watch_answer(self) -> None:
        _cancel(self._stalled)
        self._stalled = self.loop.call_later(self.answer_seconds, self._abort_stalled)

    def _abort_stalled(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def server_config(app: ASGIApp, protocol: type[LimitedProtocol] = LimitedProtocol, **options: Any) -> uvicorn.Config:
    """Uvicorn's configuration with these limits."""
    limits: dict[str, Any] = {
        "http": protocol,
        "ws": "none",
        "h11_max_incomplete_event_size": LONGEST_HEADER,
        "limit_concurrency": CONNECTIONS,
    }
    return uvicorn.Config(app, **(limits | options))


class BodyLimit:
    """ASGI middleware: a body that is too large is refused, by its announced length before anything of it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = int(headers.get("content-length", 0))
        is_whole = not announced and "transfer-encoding" not in headers
        is_answered, size = False, 0

        async def receive_limited() -> Message:
            nonlocal is_whole, size
            message = await receive()
            if message["type"] == "http.request":
                size += len(message.get("body", b""))
                is_whole = not message.get("more_body", False)
                if size > LONGEST_BODY:
                    if is_answered:
                        return {"type": "http.disconnect"}
                    raise _too_large()
            return message

        async def send_last(message: Message) -> None:
            """What was not read of a body is not waited for after the answer."""
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                if not is_whole:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        if announced > LONGEST_BODY:
            await answer(Request(scope), _too_large())(scope, receive, send_last)
        else:
            await self._app(scope, receive_limited, send_last)


def _too_large() -> RequestError:
    return RequestError(
        msg("the request is too large: its body may have at most {longest} bytes", longest=LONGEST_BODY),
        413,
        "too-large",
    )
