"""Starting a gateway: in a thread of this process for tests, or for good from the command line."""

import asyncio
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import uvicorn

from gateway.app import Gateway
from gateway.dialects import parse_dialects
from gateway.faults import Faults, parse_faults
from gateway.tokens import CLIENT_ID, CLIENT_SECRET
from gateway.world import load_world

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "address", "listen", "running", "serve_until_stopped"]
_START_SECONDS = 20


@contextmanager
def running(
    world: str = "lang-son-2023",
    faults: str | Iterable[str] = "",
    dialect: str = "",
    *,
    fault_seed: int = 0,
    seed: int | None = None,
    dossiers: int | None = None,
) -> Iterator[str]:
    """A gateway on a free loopback port, in a thread of this process; gives its base URL.

    ``faults`` and ``dialect`` as on the command line, or faults as names. Client ``CLIENT_ID`` / ``CLIENT_SECRET``.
    Worlds are made once a process. Raises ValueError for an unknown world, fault or dialect.
    """
    rates = parse_faults(faults if isinstance(faults, str) else ",".join(faults))
    server = _Server(Gateway(load_world(world, seed, dossiers), Faults(rates, fault_seed), parse_dialects(dialect)))
    listening = listen("127.0.0.1", 0)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        deadline = monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or monotonic() > deadline:
                raise RuntimeError("the simulated gateway did not start")
            sleep(0.005)
        yield address(listening)
    finally:
        server.stop()
        thread.join(_START_SECONDS)
        listening.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError when the port is busy."""
    return socket.create_server((host, port), backlog=512)


def address(listening: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


async def serve_until_stopped(gateway: Gateway, listening: socket.socket, ready: str) -> str:
    """Serves until SIGINT or SIGTERM and then stops at once; prints ``ready`` when it serves.

    Makes the world meanwhile. Stops too when the world cannot be made and returns why; else ``""``.
    """
    server = _Server(gateway)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.stop)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(ready, flush=True)  # noqa: T201 - the command's one line
    mistakes: list[str] = []

    def make() -> None:
        try:
            gateway.world.make_all()
        except ValueError as error:
            mistakes.append(str(error))
            server.stop()

    Thread(target=make, daemon=True).start()
    await serving
    return "".join(mistakes)


class _Server(uvicorn.Server):
    def __init__(self, gateway: Gateway) -> None:
        config = uvicorn.Config(
            gateway,
            lifespan="off",
            access_log=False,
            log_level="critical",  # a fault that cuts a connection is no error to report
            server_header=False,
            timeout_keep_alive=60,
            backlog=512,
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone: a thread has none, and the command handles them itself."""
        yield

    def stop(self) -> None:
        """Ends the server without waiting for answers that are under way."""
        self.should_exit = True
        self.force_exit = True
