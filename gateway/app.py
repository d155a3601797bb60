"""The gateway as an ASGI application: token, faults, the source's handler, compression."""

import asyncio
import gzip
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import msgspec
from anyio import to_thread
from cachetools import LRUCache
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from gateway.dialects import parse_dialects, tell
from gateway.effects import HalfResponse, break_batch, change_records, forbidden, refusal, stated_answer, zeros
from gateway.faults import Faults, parse_faults
from gateway.moments import VIETNAM, iso, of_datetime
from gateway.receiver import PATH as RECEIVER
from gateway.receiver import Receiver
from gateway.sources import FEEDS
from gateway.tokens import CLIENT_ID, CLIENT_SECRET, Tokens, invalid_token
from gateway.wire import Answer, Call, Feed, failure, json_answer
from gateway.world import NoSuchFeedError, World

PAGE_CACHE_MB = 256
_SMALLEST_ZIPPED = 400
_AT_TOKEN = ("busy_429", "error_503", "error_500", "slow", "cut")

_log = logging.getLogger(__name__)
Answered = tuple[Answer, str]
"""An answer, and the fault that is still to happen while it is sent."""


class Gateway:
    """One simulated LGSP. Its clock stands still until it is set, or follows the system's."""

    def __init__(
        self,
        world: World,
        faults: Faults,
        dialects: frozenset[str] = frozenset(),
        *,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        page_cache_mb: int = PAGE_CACHE_MB,
        delay: float = 0,
    ) -> None:
        """`delay`: seconds by which each answer of the interface, a refusal too, comes later."""
        self.world = world
        self.delay = delay
        self.faults = faults
        self.dialects = dialects
        self.tokens = Tokens(client_id, client_secret)
        self.cache: LRUCache[bytes, Answer] = LRUCache(page_cache_mb * 1_000_000, lambda answer: answer.size)
        self.receiver = Receiver()
        self._still: int | None = world.now
        self.requests = 0
        feeds = (*FEEDS, Feed(RECEIVER, "", self.receiver.take, "POST"))
        self._router = Router(
            [
                Route("/token", _Endpoint(self, self._token)),
                Route("/__admin/{what:path}", _Endpoint(self, self._admin)),
                *(Route(feed.path, _Endpoint(self, partial(self._read, feed))) for feed in feeds),
            ],
            redirect_slashes=False,
            default=_Endpoint(self, self._unknown),
        )

    @property
    def now(self) -> int:
        """The clock, a moment."""
        return of_datetime(datetime.now(VIETNAM)) if self._still is None else self._still

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one HTTP request."""
        await self._router(scope, receive, send)

    async def _token(self, call: Call) -> Answered:
        if call.method != "POST":
            return await self._unknown(call)
        fault = self.faults.plan(call, _AT_TOKEN)
        return refusal(fault, call, self.tokens) or self.tokens.issue(call), fault

    async def _unknown(self, call: Call) -> Answered:
        return failure(404, f"{call.path}: không có đường dẫn này"), ""

    async def _read(self, feed: Feed, call: Call) -> Answered:
        """An answer of the interface."""
        await asyncio.sleep(self.delay)
        if call.method != feed.method:
            if call.path != feed.path:  # a file's path is none for another method
                return await self._unknown(call)
            return failure(405, f"{call.path}: phương thức {call.method} không dùng được"), ""
        uses = self.tokens.use(call)
        if not uses or self.faults.expires(call, uses):
            self.faults.note_failure(call)
            return invalid_token(), ""
        if self.faults.active("forbidden", call.path.encode()):
            return forbidden(), ""
        fault = self.faults.plan(call)
        if refused := refusal(fault, call, self.tokens):
            return refused, ""
        answer = change_records(await self._right_answer(feed, call), fault)
        answer = stated_answer(fault) or answer
        if self.faults.has_batch:
            answer = break_batch(answer, self.faults.active)
        return tell(answer, call, self.world.file_content), fault

    async def _right_answer(self, feed: Feed, call: Call) -> Answer:
        kept = self.cache.get(call.signature)
        if kept and "late_rows" not in self.faults.rates:
            return kept
        try:
            if not feed.name or feed.name in self.world.made:
                answer = feed.answer(self.world, call)
            else:  # a slow handler does not hold up the end of the process
                answer = await to_thread.run_sync(feed.answer, self.world, call, abandon_on_cancel=True)
        except NoSuchFeedError:
            answer = forbidden()
        if answer.keep and self._still is not None:
            self._keep(call, answer)
        return answer

    def _keep(self, call: Call, answer: Answer) -> None:
        self.cache.pop(call.signature, None)
        if answer.size <= self.cache.maxsize:
            self.cache[call.signature] = answer

    def response(self, call: Call, answer: Answer, fault: str) -> Response:
        """What is sent, compressed if the client takes it, and spoilt by ``fault``."""
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if call.correlation_id:
            headers["X-Correlation-Id"] = call.correlation_id
        if fault == "oversize":
            packed = {"Content-Encoding": "gzip"} if call.takes_gzip else {}
            return StreamingResponse(zeros(call.takes_gzip), headers=headers | packed)
        body = answer.body
        if call.takes_gzip and len(body) >= _SMALLEST_ZIPPED:
            if not answer.zipped:
                answer.zipped = gzip.compress(answer.body, 1, mtime=0)  # the same bytes every time
                if self.cache.get(call.signature) is answer:
                    self._keep(call, answer)
            body = answer.zipped
            headers["Content-Encoding"] = "gzip"
        if fault == "bad_gzip":
            headers["Content-Encoding"] = "gzip"
            body = b"\x1f\x8b\x08\x00" + body[len(body) // 2 :]
        if fault == "truncated_json":
            headers.pop("Content-Encoding", None)
            body = answer.body[: len(answer.body) // 2]
        if fault in ("stall", "cut"):
            return HalfResponse(body, answer.status, headers, stalls=fault == "stall")
        return Response(body, answer.status, headers)

    async def _admin(self, call: Call) -> Answered:
        """What tests may change while a gateway runs; not part of the interface.

        ``GET /__admin/state``, ``POST /__admin/faults`` with ``{"faults": "all", "seed": 1}``, ``POST
        /__admin/dialect`` with ``{"dialect": "all"}``, ``POST /__admin/clock`` with ``{"now": ISO}`` or ``{"now":
        "system"}``; each answers the state. ``GET /__admin/received`` answers what the Government's IOC accepted, in
        order of arrival.
        """
        try:
            asked = msgspec.json.decode(call.content or b"{}", type=dict[str, str | int])
            match call.method, call.path.removeprefix("/__admin/"):
                case "POST", "faults":
                    self.faults = Faults(parse_faults(str(asked.get("faults", ""))), int(asked.get("seed", 0)))
                    self.cache.clear()
                case "POST", "dialect":
                    self.dialects = parse_dialects(str(asked.get("dialect", "")))
                    self.cache.clear()
                case "POST", "clock":
                    said = str(asked.get("now"))
                    self._still = None if said == "system" else of_datetime(datetime.fromisoformat(said))
                    self.cache.clear()
                case "GET", "received":
                    return json_answer(200, {"received": list(self.receiver.accepted.values())}), ""
                case "GET", "state":
                    pass
                case _:
                    return failure(404, f"{call.path} is none of state, received, faults, dialect, clock"), ""
        except (ValueError, msgspec.DecodeError) as error:
            return failure(400, str(error)), ""
        state = {"now": iso(self.now), "requests": self.requests}
        state["dialects"] = sorted(self.dialects)
        return json_answer(200, {**state, "faults": self.faults.rates, "fired": self.faults.fired}), ""


class _Endpoint:
    """Reads a request, has it answered and sends the answer."""

    def __init__(self, gateway: Gateway, answer: Callable[[Call], Awaitable[Answered]]) -> None:
        self._gateway, self._answer = gateway, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway = self._gateway
        call = Call(scope, receive, gateway.now, gateway.faults, gateway.dialects)
        await call.read()
        gateway.requests += not call.path.startswith("/__admin/")
        try:
            answer, fault = await self._answer(call)
        except Exception as error:
            _log.exception("%s %s", call.method, call.path)
            answer, fault = failure(500, str(error)), ""
        response = gateway.response(call, answer, fault)
        if fault == "slow":
            await asyncio.sleep(0.1 + len(call.signature) % 5 / 10)
        await response(scope, receive, send)
