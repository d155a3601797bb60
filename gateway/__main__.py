"""``python -m gateway``: a simulated LGSP over real HTTP."""

import argparse
import asyncio
import os
import sys

from gateway import app, server
from gateway.dialects import DIALECTS, parse_dialects
from gateway.faults import FAULTS, Faults, parse_faults
from gateway.world import load_world


def main() -> int:
    """0 when it was stopped, 2 when it could not start."""
    options = _parser().parse_args()
    if options.list_faults:
        for name, fault in FAULTS.items():
            note = "" if fault.in_all else " (not part of all)"
            print(f"{name:20} {fault.rate:<6} {fault.explanation}{note}")  # noqa: T201 - the command's output
        return 0
    if options.list_dialects:
        for name, dialect in DIALECTS.items():
            print(f"{name:20} {dialect.explanation}")  # noqa: T201 - the command's output
        return 0
    try:
        world = load_world(options.world, options.seed, options.dossiers)
        faults = Faults(parse_faults(options.faults), options.fault_seed)
        dialects = parse_dialects(options.dialect)
    except ValueError as error:
        return _fail(str(error))
    try:
        listening = server.listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        return _fail(f"cannot listen on {options.host}:{options.port}: {error}; choose another --port")
    gateway = app.Gateway(
        world,
        faults,
        dialects,
        client_id=options.client_id,
        client_secret=os.environ.get("GATEWAY_CLIENT_SECRET", server.CLIENT_SECRET),
        page_cache_mb=options.page_cache_mb,
        delay=options.delay_ms / 1000,
    )
    ready = f"{world.file.title}: {server.address(listening)}"
    mistake = asyncio.run(server.serve_until_stopped(gateway, listening, ready))
    return _fail(mistake) if mistake else 0


def _fail(text: str) -> int:
    print(f"gateway: {text}", file=sys.stderr)  # noqa: T201 - the command's output
    return 2


def _milliseconds(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of milliseconds")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway", description="A simulated LGSP over real HTTP.")
    parser.add_argument("--world", default="lang-son-2023", help="name in gateway/worlds, or a path ending in .toml")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900, help="0 takes a free one")
    parser.add_argument("--seed", type=int, help="another seed than the world's")
    parser.add_argument("--dossiers", type=int, help="size of the world bench")
    parser.add_argument("--faults", default="", metavar="NAME[:RATE],…|all")
    parser.add_argument("--fault-seed", type=int, default=0)
    parser.add_argument("--list-faults", action="store_true")
    parser.add_argument("--dialect", default="", metavar="NAME,…|all", help="habits of other hands, same content")
    parser.add_argument("--list-dialects", action="store_true")
    parser.add_argument("--client-id", default=server.CLIENT_ID, help="its secret is in GATEWAY_CLIENT_SECRET")
    parser.add_argument("--page-cache-mb", type=int, default=app.PAGE_CACHE_MB)
    parser.add_argument("--delay-ms", type=_milliseconds, default=0, help="by how much each answer comes later")
    return parser


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # taking a world of a million records apart would take seconds
