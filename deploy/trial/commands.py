"""Commands that a trial runs, what it waits for, and how it tells what it saw."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class Failed(Exception):  # noqa: N818 - what does not hold is no error of this program
    """Something did not hold; the message says what."""


class Refused(Failed):
    """A command failed, or took too long."""


def seen(what: str) -> None:
    """Prints a step with what was seen."""
    print(f"ok      {what}", flush=True)


def run(*command: str | Path, limit: float = 120, cwd: Path | None = None) -> str:
    """What a command prints. Raises Refused when it fails or takes longer than `limit` seconds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False, cwd=cwd)
    except subprocess.TimeoutExpired:
        raise Refused(f"{named(command)}: not done after {limit:g} s") from None
    if done.returncode:
        raise Refused(f"{named(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def named(command: Sequence[str | Path]) -> str:
    """A command as a message may show it: without variables, among which are passwords."""
    return " ".join(str(word) for word in command if not str(word).startswith("--env="))[:200]


def works(*command: str) -> bool:
    """Whether there is such a command and it ends well."""
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def wait(what: str, done: Callable[[], Any], limit: float) -> Any:
    """What `done` gives, once it gives something; an engine or a server that does not answer yet gives nothing."""
    deadline, why = time.monotonic() + limit, ""
    while time.monotonic() < deadline:
        try:
            if given := done():
                return given
        except (Refused, OSError, ValueError, KeyError) as error:
            why = f"; the last answer: {error}"
        time.sleep(1)
    raise Failed(f"{what}: not after {limit:g} s{why}")


def free_port() -> int:
    """A port of this host that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def fetched(address: str, token: str = "", body: Any = None, method: str | None = None) -> Any:
    """The JSON of an answer."""
    request = urllib.request.Request(address, None if body is None else json.dumps(body).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Accept", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
