"""The gateway as an ASGI application: token, faults, the source's handler, compression."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

from gateway import admin
from gateway.faults import Faults
from gateway.keep import PageCache
from gateway.receiver import PATH as RECEIVER
from gateway.receiver import Receiver
from gateway.refusals import forbidden, refusal, unavailable, zeros
from gateway.sources import baochi, cuakhau, dvc, ioffice, pakn, snapshots, tmdt, vienthong
from gateway.tamper import RECORD_CHANGES, break_batch, change_records
from gateway.tokens import Tokens, invalid_token
from gateway.wire import Answer, Request, Route, json_answer
from gateway.world import NoSuchFeedError, World

_SOURCES = (dvc, ioffice, tmdt, vienthong, cuakhau, pakn, baochi, snapshots)
ROUTES: tuple[Route, ...] = tuple(route for source in _SOURCES for route in source.ROUTES)
_EXACT = {(route.method, route.path): route for route in ROUTES if not route.prefix}
_PREFIXES = tuple(route for route in ROUTES if route.prefix)
_LARGEST_REQUEST = 1_000_000
_SMALLEST_ZIPPED = 400
_AT_TOKEN = ("busy_429", "error_503", "error_500", "slow", "cut")

_log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _Cut(Exception):  # noqa: N818 - not an error: it makes the server close the connection
    pass


class Gateway:
    """One simulated LGSP. ``now`` is its clock (a moment); it stands still until it is set."""

    def __init__(self, world: World, faults: Faults, tokens: Tokens, cache: PageCache) -> None:
        self.world = world
        self.faults = faults
        self.tokens = tokens
        self.cache = cache
        self.receiver = Receiver(world.file.area)
        self.now = world.now
        self.requests = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves one HTTP request."""
        request = await _read(scope, receive)
        if request.path.startswith("/__admin/"):
            await self._send(request, admin.answer(self, request), "", receive, send)
            return
        self.requests += 1
        request.now = self.now
        if self.faults:
            request.active = self.faults.active
        try:
            answer, fault = await self._answer(request)
        except Exception as error:
            _log.exception("%s %s", request.method, request.path)
            answer, fault = json_answer(500, {"loi": str(error)}), ""
        await self._send(request, answer, fault, receive, send)

    async def _answer(self, request: Request) -> tuple[Answer, str]:
        """The answer, and the fault that is still to happen while it is sent."""
        if (request.method, request.path) == ("POST", "/token"):
            fault = self.faults.plan(request, _AT_TOKEN)
            return refusal(fault, request, self.tokens) or self.tokens.issue(request), fault
        route = None if (request.method, request.path) == ("POST", RECEIVER) else _route(request)
        if isinstance(route, Answer):
            return route, ""
        uses = self.tokens.use(request)
        if not uses or self.faults.expires(request, uses):
            self.faults.note_failure(request)
            return invalid_token(), ""
        if self.faults.active("forbidden", request.path.encode()):
            return forbidden(), ""
        fault = self.faults.plan(request)
        refused = refusal(fault, request, self.tokens) if fault else None
        if refused:
            return refused, ""
        if route is None:
            taken = self.receiver.take(request)
            return (unavailable() if fault == "government_lost" else taken), fault
        answer = await self._right_answer(route, request)
        if fault in RECORD_CHANGES:
            answer = change_records(answer, fault)
        if self.faults.has_batch:
            answer = break_batch(answer, self.faults.active)
        return answer, fault

    async def _right_answer(self, route: Route, request: Request) -> Answer:
        key = request.signature
        kept = self.cache.get(key)
        if kept:
            return kept
        handle = partial(route.handle, self.world, request)
        try:
            answer = handle() if self.world.has(route.feed) else await _apart(handle)
        except NoSuchFeedError:
            answer = forbidden()
        self.cache.put(key, answer)
        return answer

    async def _send(self, request: Request, answer: Answer, fault: str, receive: Receive, send: Send) -> None:
        gzip = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if request.correlation_id:
            headers["X-Correlation-Id"] = request.correlation_id
        if fault == "oversize":
            await _send_zeros(headers, gzip, send)
            return
        body = answer.body
        if gzip and len(body) >= _SMALLEST_ZIPPED:
            body = self.cache.gzipped(answer)
            headers["Content-Encoding"] = "gzip"
        if fault == "bad_gzip":
            headers["Content-Encoding"] = "gzip"
            body = b"\x1f\x8b\x08\x00" + body[len(body) // 2 :]
        if fault == "truncated_json":
            headers.pop("Content-Encoding", None)
            body = answer.body[: len(answer.body) // 2]
        if fault == "slow":
            await asyncio.sleep(0.1 + len(request.signature) % 5 / 10)
        headers["Content-Length"] = str(len(body))
        await send(_start(answer.status, headers))
        if fault in ("stall", "cut"):
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            while fault == "stall" and (await receive())["type"] != "http.disconnect":
                pass
            raise _Cut
        await send({"type": "http.response.body", "body": body})


async def _read(scope: Message, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > _LARGEST_REQUEST:
            break
    raw_query = scope["query_string"].decode("latin-1")
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(raw_query, keep_blank_values=True)),
        raw_query=raw_query,
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )


def _route(request: Request) -> Route | Answer:
    route = _EXACT.get((request.method, request.path))
    if route:
        return route
    for prefixed in _PREFIXES:
        if request.method == prefixed.method and request.path.startswith(prefixed.path):
            return prefixed
    if request.path in (RECEIVER, *(route.path for route in ROUTES)):
        return json_answer(405, {"loi": f"{request.path}: phương thức {request.method} không dùng được"})
    return json_answer(404, {"loi": f"{request.path}: không có đường dẫn này"})


async def _apart(handle: Callable[[], Answer]) -> Answer:
    """Runs a slow handler in a thread that does not hold up the process's end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Answer] = loop.create_future()

    def settle(answer: Answer | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error:
            done.set_exception(error)
        elif answer:
            done.set_result(answer)

    def run() -> None:
        try:
            result: tuple[Answer | None, BaseException | None] = (handle(), None)
        except Exception as error:
            result = (None, error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, *result)

    Thread(target=run, daemon=True).start()
    return await done


async def _send_zeros(headers: dict[str, str], gzip: bool, send: Send) -> None:
    if gzip:
        headers["Content-Encoding"] = "gzip"
    await send(_start(200, headers))
    for piece in zeros(gzip):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


def _start(status: int, headers: dict[str, str]) -> Message:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": encoded}
