"""A network between the hub and its database, which fails when a test says so."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.engine import make_url

Failure = Literal["reply cut", "reply silent", "call cut", "call silent"]
"""What becomes of a COMMIT: the server gets it and its answer is lost, or the server never gets it; and whether the
connection ends by it, or stays without a word."""


@dataclass
class Network:
    """`url` leads to the database through it. The next COMMIT after `failure` was set fails so; with `is_down` nobody
    connects any more from then on."""

    url: str
    failure: Failure | None = None
    is_down: bool = False


@contextmanager
def network(url: str) -> Iterator[Network]:
    address = make_url(url)
    listener = socket.create_server(("127.0.0.1", 0))
    made = Network(address.set(port=listener.getsockname()[1]).render_as_string(hide_password=False))
    opened: list[socket.socket] = []
    failed: dict[socket.socket, Failure] = {}

    def end(*sides: socket.socket) -> None:
        for side in sides:
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def calls(client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if made.failure and b"COMMIT" in data:
                    failure, made.failure = made.failure, None
                    failed[server] = failure
                    if failure.startswith("reply"):
                        server.sendall(data)
                    if failure == "call cut":
                        end(client, server)
                    continue
                server.sendall(data)
        if server not in failed:
            end(server)

    def replies(client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if server not in failed:
                    client.sendall(data)
                elif failed[server] == "reply cut":  # it has answered, so that its commit is done
                    end(client)
        if server not in failed:
            end(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                if made.is_down and failed:
                    client.close()
                    continue
                server = socket.create_connection((str(address.host), int(address.port or 5432)))
                opened.extend((client, server))
                for work in (calls, replies):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield made
    finally:
        end(listener)
        listener.close()
        for side in opened:
            end(side)
            side.close()
