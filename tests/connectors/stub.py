"""The smallest gateway: real HTTP on a loopback port, answers as a test writes them."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.client import Gateway


@dataclass(frozen=True)
class Asked:
    """A call as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    peer: int
    """The caller's port: one a connection."""
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`body` is sent at once, or piece by piece where it is an iterator, which may take its time."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Answer = Callable[[Asked], Reply]


def says(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON reply; `Retry_After="1"` is the header of that name."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(json.dumps(value).encode(), status, named)


@dataclass
class Stub:
    """A running stub: where it is, and what was asked of it, tokens left out."""

    url: str
    asked: list[Asked]
    tokens: list[str]

    def gateway(self, **options: Any) -> Gateway:
        return Gateway(self.url, "hub", "secret", **{"timeout": 5.0, **options})


@contextmanager
def stub(answer: Answer, token: Answer | None = None, certificate: Path | None = None) -> Iterator[Stub]:
    """A gateway that gives tokens `token-1`, `token-2`, … and answers every other call with `answer`; over HTTPS with a
    `certificate`, a PEM file with its key."""
    asked: list[Asked] = []
    tokens: list[str] = []

    def give_token(_asked: Asked) -> Reply:
        tokens.append(f"token-{len(tokens) + 1}")
        return says({"access_token": tokens[-1], "token_type": "Bearer", "expires_in": 3600})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            parts = urlsplit(self.path)
            call = Asked(
                self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), self.client_address[1], body
            )
            if call.path.endswith("/token"):
                reply = (token or give_token)(call)
            else:
                asked.append(call)
                reply = answer(call)
            with suppress(ConnectionError):
                self._send(reply)

        do_POST = do_GET  # noqa: N815 - the library's name

        def _send(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, text in reply.headers.items():
                self.send_header(name, text)
            if isinstance(reply.body, bytes):
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                return
            self.close_connection = True
            self.end_headers()
            for piece in reply.body:
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield Stub(f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}", asked, tokens)
        finally:
            server.shutdown()
            thread.join()
