"""What a client may take of the server: the size of a request, the time for it, and how many clients there are at once.

Uvicorn bounds a header's size and the number of requests; the rest is here. A proxy in front has bounds of its own, but
the hub must not depend on them.
"""

import asyncio
from contextlib import ExitStack
from typing import Any

import h11
import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol

from accounts.throttle import network
from hub.errors import RequestError
from hub.translation import msg
from screens.api.problems import answer
from screens.authentication import is_loopback
from screens.request_errors import too_many_requests
from screens.turns import Shares

LONGEST_HEADER = 16 * 1024
"""Bytes of the request line and all headers; at most twice as much is read."""
LONGEST_BODY = 8 * 1024
"""Bytes: nothing larger than a small form is ever sent here."""
MOST_PARAMETERS, LONGEST_NAME = 100, 200
"""Parameters of an address, and bytes of the name of one as it is sent: a letter of Vietnamese takes nine."""
LONGEST_QUERY = 4000
"""Bytes of all parameters of an address: what is kept of who asked for what is the whole of it."""
MOST_HEADERS = 100
CONNECTIONS = 500
"""Of one process, listeners to events included; a request beyond them is answered 503."""
PER_ADDRESS = 200
"""Connections of one address, and requests of one that a proxy names: offices share addresses, and each open page
listens to events. This machine itself and proxies may have more."""
_BEYOND = 100
"""Connections beyond those that are still read, to answer 503, and as many more of this machine and of proxies; any
more are closed at once."""
PROBES = ("/healthz", "/readyz")
"""What is answered in any case: whoever watches over the process would end one that is merely asked a lot."""


class LimitedProtocol(H11Protocol):
    """Closes connections whose client does not finish its request, or does not take its answer."""

    request_seconds = 10.0
    """From the first byte of a request, or from the opening of a connection, until the request is whole."""
    answer_seconds = 60.0
    """For which a client may take nothing of an answer."""

    place: str | None = None
    """By what the client's connections are counted; None of this machine and of a proxy."""
    _unfinished: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.place = None if self._is_trusted() else network(self.client[0] if self.client else "")
        if self._is_beyond():
            transport.abort()
        else:
            self._watch_request()

    @property
    def limit_concurrency(self) -> int | None:
        """What uvicorn compares with before it hands on a request."""
        return None if self.scope["path"] in PROBES else self.config.limit_concurrency

    @limit_concurrency.setter
    def limit_concurrency(self, limit: int | None) -> None:
        """It is always the configuration's."""

    def _is_trusted(self) -> bool:
        app, client = self.config.loaded_app, self.client[0] if self.client else ""
        return is_loopback(client) or (isinstance(app, ProxyHeadersMiddleware) and client in app.trusted_hosts)

    def _is_beyond(self) -> bool:
        same = [one for one in self.connections if getattr(one, "place", None) == self.place]
        if self.place is not None and len(same) > PER_ADDRESS:
            return True
        limit, reserve = self.config.limit_concurrency, _BEYOND if self.place is not None else 2 * _BEYOND
        return limit is not None and len(self.connections) > limit + reserve

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


class AddressLimit:
    """ASGI middleware: an address has a share of the requests under way, also where they come through a proxy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._shares = Shares(PER_ADDRESS, too_many_requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = (scope.get("client") or ("",))[0]
        if scope["type"] != "http" or is_loopback(client) or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        with ExitStack() as stack:
            app = self._app
            try:
                stack.enter_context(self._shares.one(network(client)))
            except RequestError as refusal:
                app = answer(Request(_bare(scope)), refusal)
            await app(scope, receive, send)


class HeadLimit:
    """ASGI middleware: so many parameters or headers that reading them takes long are refused before they are read.

    FastAPI looks up each name of a request's parameters and headers among all others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and (refusal := _head_refusal(scope)):
            app = answer(Request(_bare(scope)), refusal)
        await app(scope, receive, send)


def _bare(scope: Scope) -> Scope:
    """The request without what nobody has bounded yet."""
    return dict(scope) | {"query_string": b"", "headers": scope["headers"][:MOST_HEADERS]}


def _head_refusal(scope: Scope) -> RequestError | None:
    if len(scope["headers"]) > MOST_HEADERS:
        return RequestError(
            msg("the request has too many headers: at most {most} are read", most=MOST_HEADERS), 431, "too-large"
        )
    parameters = scope["query_string"].split(b"&", MOST_PARAMETERS)
    if len(parameters) > MOST_PARAMETERS or any(len(one.partition(b"=")[0]) > LONGEST_NAME for one in parameters):
        return RequestError(
            msg(
                "the address has too many parameters, or one with too long a name: at most {most}, of {longest} bytes",
                most=MOST_PARAMETERS,
                longest=LONGEST_NAME,
            ),
            414,
            "too-large",
        )
    if len(scope["query_string"]) > LONGEST_QUERY:
        return RequestError(
            msg("the address is too long: its parameters may have at most {longest} bytes", longest=LONGEST_QUERY),
            414,
            "too-large",
        )
    return None


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
