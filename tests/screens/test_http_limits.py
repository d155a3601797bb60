"""What no client gets of the server, tried over real sockets: its memory, its connections for ever, its log."""

import asyncio
import logging
import select
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from struct import pack

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from screens import http_limits
from screens.app import create_app
from screens.database import ScreenSettings
from screens.http_limits import LONGEST_BODY, LONGEST_HEADER, LimitedProtocol, server_config

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
PAGE = b"GET /login HTTP/1.1\r\nHost: x\r\n"
LOGIN = b"POST /login HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"3e8\r\n" + b"a" * 1000 + b"\r\n"
ONE_READ = 256 * 1024
"""Bytes that the event loop may read at once."""
A_LOT = 64 * 1024 * 1024


class Counting(LimitedProtocol):
    """With time limits that no test waits for; counts what it took."""

    request_seconds = 60.0
    answer_seconds = 60.0
    taken = 0

    def data_received(self, data: bytes) -> None:
        Counting.taken += len(data)
        super().data_received(data)


class Impatient(LimitedProtocol):
    request_seconds = 0.5
    answer_seconds = 0.5


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a client does to its connection, no traceback is logged."""
    with caplog.at_level(logging.DEBUG):
        yield
    told = caplog.get_records("call") + caplog.get_records("teardown")
    assert not [(one.getMessage(), one.exc_info) for one in told if one.exc_info or one.levelno > logging.WARNING]


ended = threading.Event()
"""Whether an endless answer is over."""


async def endless(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"a" * 65536
                await asyncio.sleep(0)
        finally:
            ended.set()

    return StreamingResponse(parts())


async def slow(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(8):
            yield f"beat {number} ".encode()
            await asyncio.sleep(0.2)

    return StreamingResponse(parts())


@contextmanager
def listening(
    protocol: type[LimitedProtocol], connections: int = 50, **more: object
) -> Iterator[Callable[[], socket.socket]]:
    """Opens connections to the application."""
    app = create_app(ScreenSettings("postgresql+psycopg://localhost/none"))
    app.router.routes[:0] = [Route("/endless", endless), Route("/slow", slow)]
    opened = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options = {"log_config": None, "limit_concurrency": connections, "timeout_graceful_shutdown": 1} | more
        server = uvicorn.Server(server_config(app, protocol, **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)

        def connect() -> socket.socket:
            opened.append(socket.create_connection(listener.getsockname(), timeout=30))
            return opened[-1]

        try:
            yield connect
        finally:
            for one in opened:
                one.close()
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="module")
def patient() -> Iterator[Callable[[], socket.socket]]:
    with listening(Counting) as connect:
        yield connect


@pytest.fixture(scope="module")
def impatient() -> Iterator[Callable[[], socket.socket]]:
    with listening(Impatient) as connect:
        yield connect


def send_on(connection: socket.socket, begin: bytes, on: bytes) -> bytes:
    """What the server says to a client that goes on sending until it is answered or cut off."""
    connection.sendall(begin)
    for part in repeat(on, A_LOT // len(on)):
        readable, _, _ = select.select([connection], [connection], [], 30)
        if readable:
            return rest(connection)
        try:
            connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            return rest(connection)
    pytest.fail("all of it was taken")


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection; a time-out of 30 s fails."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    ("begin", "on"),
    [
        (b"GET /", b"a" * 1000),
        (b"GET / HTTP/1.1\r\nHost: ", b"a" * 1000),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b"a: b\r\n" * 200),
        (b"GET / HTTP/1.1\r\nHost: x\r\nCookie: lang=en; ", b"a" * 64 * 1024),
        (b"a" * 1000, b"a" * 1000),
    ],
    ids=["path", "value", "headers", "large parts", "no request"],
)
def test_a_header_without_end_is_refused(patient: Callable[[], socket.socket], begin: bytes, on: bytes) -> None:
    Counting.taken = 0
    assert send_on(patient(), begin, on).startswith(b"HTTP/1.1 400 ")
    assert LONGEST_HEADER <= Counting.taken <= 2 * ONE_READ


def test_a_header_that_is_long_and_ends_is_read(patient: Callable[[], socket.socket]) -> None:
    connection = patient()
    connection.sendall(HEALTH + b"Cookie: a=" + b"a" * (LONGEST_HEADER - 500) + b"\r\nConnection: close\r\n\r\n")
    assert rest(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", ["/login", "/logout", "/wall/open", "/healthz", "/api/v1/kpis", "/nowhere"])
@pytest.mark.parametrize("size", [LONGEST_BODY + 1, 10**12])
def test_a_body_that_is_announced_too_large_is_refused_unread(
    patient: Callable[[], socket.socket], path: str, size: int
) -> None:
    connection = patient()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\nContent-Length: {size}\r\n\r\n"
    connection.sendall(head.encode())
    told = rest(connection)
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b"x-frame-options: DENY" in told
    if path.startswith("/api"):
        assert b"its body may have at most 8192 bytes" in told
        assert b"urn:ioc:problem:too-large" in told


def test_a_body_without_end_is_refused_where_it_is_read(patient: Callable[[], socket.socket]) -> None:
    Counting.taken = 0
    assert send_on(patient(), LOGIN + CHUNKED, CHUNK).startswith(b"HTTP/1.1 413 ")
    assert LONGEST_BODY < Counting.taken <= 2 * ONE_READ


@pytest.mark.parametrize(
    ("begin", "status"),
    [(HEALTH, 200), (b"POST /api/v1/kpis HTTP/1.1\r\nHost: x\r\n", 405), (b"PUT /login HTTP/1.1\r\nHost: x\r\n", 405)],
)
def test_a_body_without_end_that_nobody_reads_ends_with_the_answer(
    patient: Callable[[], socket.socket], begin: bytes, status: int
) -> None:
    Counting.taken = 0
    connection = patient()
    told = send_on(connection, begin + CHUNKED, CHUNK)
    assert told.startswith(f"HTTP/1.1 {status} ".encode())
    rest(connection)
    assert Counting.taken <= 2 * ONE_READ


@pytest.mark.parametrize("on", [b"a" * 1000, b"a: b\r\n" * 200], ids=["chunk's extension", "trailers"])
def test_what_stands_around_a_body_has_an_end_too(patient: Callable[[], socket.socket], on: bytes) -> None:
    Counting.taken = 0
    begin = LOGIN + CHUNKED + (b"0\r\n" if b":" in on else b"1;")
    assert send_on(patient(), begin, on).startswith(b"HTTP/1.1 400 ")
    assert Counting.taken <= 2 * ONE_READ


HALF = {
    "nothing": b"",
    "a line": b"GET / HT",
    "headers": HEALTH + b"Accept-La",
    "a body": LOGIN + b"Content-Length: 100\r\n\r\nlogin=",
    "no body": LOGIN + b"Content-Length: 100\r\n\r\n",
    "a chunk": LOGIN + CHUNKED + b"64\r\nlogin=",
    "a body that nobody reads": HEALTH + b"Content-Length: 100\r\n\r\nlogin=",
    "a second request": HEALTH + b"\r\n" + LOGIN + b"Content-Length: 100\r\n\r\nlogin=",
    "a second line": HEALTH + b"\r\nGET /heal",
}


@pytest.mark.parametrize("sent", HALF.values(), ids=HALF)
def test_a_request_that_stays_half_sent_is_closed(impatient: Callable[[], socket.socket], sent: bytes) -> None:
    connection = impatient()
    connection.sendall(sent)
    rest(connection)


@pytest.mark.parametrize(
    "begin", [b"", HEALTH + b"a: ", LOGIN + b"Content-Length: 8000\r\n\r\n"], ids=["line", "header", "body"]
)
def test_a_request_that_comes_byte_by_byte_is_closed(impatient: Callable[[], socket.socket], begin: bytes) -> None:
    connection = impatient()
    connection.sendall(begin)
    until = time.monotonic() + 30
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        while time.monotonic() < until:
            connection.sendall(b"a")
            time.sleep(0.1)


def test_a_whole_request_is_answered_however_long_the_answer_takes_and_another_one_after_it(
    impatient: Callable[[], socket.socket],
) -> None:
    connection = impatient()
    for _ in range(2):
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        told = b""
        while not told.endswith(b"0\r\n\r\n"):
            part = connection.recv(65536)
            assert part, told
            told += part
        assert b"beat 7" in told


def test_a_client_that_takes_nothing_of_its_answer_is_closed(impatient: Callable[[], socket.socket]) -> None:
    ended.clear()
    connection = impatient()
    connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    assert ended.wait(30)


def test_more_connections_than_the_server_has_room_for_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "_BEYOND", 2)
    monkeypatch.setattr(http_limits, "is_loopback", lambda _: False)
    with listening(Counting, connections=4, forwarded_allow_ips="") as connect:
        held = [connect() for _ in range(3)]
        more = connect()
        more.sendall(PAGE + b"\r\n")
        assert more.recv(65536).startswith(b"HTTP/1.1 503 ")
        assert rest(more) == b""
        held += [connect() for _ in range(3)]
        over = connect()
        assert rest(over) == b"", "closed at once"
        for one in held:
            one.close()
        for _ in range(100):
            again = connect()
            again.sendall(PAGE + b"Connection: close\r\n\r\n")
            if (told := rest(again)).startswith(b"HTTP/1.1 200 "):
                return
            time.sleep(0.05)
        pytest.fail(told.decode())


def test_whoever_watches_the_process_is_answered_while_others_fill_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "_BEYOND", 2)
    is_local = False
    monkeypatch.setattr(http_limits, "is_loopback", lambda _: is_local)
    with listening(Counting, connections=4, forwarded_allow_ips="") as connect:
        held = [connect() for _ in range(6)]
        assert rest(connect()) == b"", "closed at once"
        is_local = True
        for path, status in ((b"/healthz", b"200"), (b"/readyz", b"503"), (b"/login", b"503")):
            probe = connect()
            probe.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            told = rest(probe)
            assert told.startswith(b"HTTP/1.1 " + status), path
            assert (b"Exceeded" in told or b"Service Unavailable" in told.partition(b"\r\n\r\n")[2]) is (
                path == b"/login"
            )
        assert len(held) == 6


def test_an_address_has_a_share_of_the_connections_and_this_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "PER_ADDRESS", 3)
    is_local = False
    monkeypatch.setattr(http_limits, "is_loopback", lambda _: is_local)
    with listening(Counting, forwarded_allow_ips="") as connect:
        held = [connect() for _ in range(3)]
        assert rest(connect()) == b"", "closed at once"
        is_local = True
        for _ in range(5):
            held.append(connect())
            held[-1].sendall(HEALTH + b"\r\n")
            assert held[-1].recv(65536).startswith(b"HTTP/1.1 200 ")


def test_the_proxy_is_no_address_and_whom_it_forwards_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "is_loopback", lambda _: False)
    monkeypatch.setattr(http_limits, "PER_ADDRESS", 2)

    def forwarded(address: bytes, path: bytes) -> bytes:
        return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + address + b"\r\n\r\n"

    with listening(Counting, forwarded_allow_ips="127.0.0.1") as connect:
        held = [connect() for _ in range(2)]
        for one in held:
            one.sendall(forwarded(b"10.8.0.1", b"/endless"))
            assert one.recv(10).startswith(b"HTTP/1.1 2")
        for address, path, status in (
            (b"10.8.0.1", b"/login", b"429"),
            (b"10.8.0.1", b"/healthz", b"200"),
            (b"10.8.0.2", b"/login", b"200"),
        ):
            held.append(connect())
            held[-1].sendall(forwarded(address, path))
            assert held[-1].recv(65536).startswith(b"HTTP/1.1 " + status), (address, path)


CUT = {
    "half a header": HEALTH[:30],
    "half a body": LOGIN + b"Content-Length: 100\r\n\r\nlogin=",
    "half a chunk": LOGIN + CHUNKED + b"64\r\nlogin=",
    "an answer": b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n",
    "an answer in pieces": b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n",
    "an answer and a body": b"GET /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na",
}


@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("sent", CUT.values(), ids=CUT)
def test_a_client_that_leaves_in_the_middle_is_no_fault(
    patient: Callable[[], socket.socket], sent: bytes, is_reset: bool
) -> None:
    ended.clear()
    connection = patient()
    connection.sendall(sent)
    if b"GET" in sent and b"/healthz" not in sent:
        connection.recv(100)
    if is_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
    connection.close()
    assert b"/endless" not in sent or ended.wait(30)
    after = patient()
    after.sendall(HEALTH + b"Connection: close\r\n\r\n")
    assert rest(after).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", [b"/slow", b"/endless", b"/healthz", b"/login"])
def test_rubbish_after_the_beginning_of_a_request_is_no_fault(
    patient: Callable[[], socket.socket], path: bytes
) -> None:
    for rubbish in (b"\0\1\2\r\n", b"zz\r\n", b"1\r\naGET / HTTP/1.1\r\n\r\n"):
        connection = patient()
        connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + CHUNKED + rubbish)
        rest(connection)
        connection = patient()
        connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + CHUNKED)
        assert connection.recv(10)  # the answer is on its way
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(rubbish)
        rest(connection)


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c"])
def test_no_other_protocol_gets_round_the_limits(impatient: Callable[[], socket.socket], upgrade: bytes) -> None:
    connection = impatient()
    connection.sendall(HEALTH + b"Connection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n\r\n")
    assert rest(connection).startswith(b"HTTP/1.1 200 ")
