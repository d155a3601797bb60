"""What `ioc doctor` looks at of the machine: Python, memory, disk, ports, encoding, the embedded server."""

import locale
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.errors import HubError
from ioc.texts import say, told, written

_MEMORY_GB = 3.0
_DISK_GB = 3.0
_GIGABYTE = 1e9


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, and, where it is not good, what to do."""

    name: str
    good: bool
    found: str
    mend: str = ""
    is_note: bool = False
    """Whether it works so, and something is still to be filled in."""


def machine(state: Path) -> list[Check]:
    """Whether the machine can run the hub; `state` is the folder that the hub keeps things in."""
    looks: list[Callable[[Path], Check]] = [_python, _memory, _disk, _state, _ports, _locale, _server]
    return [look(state) for look in looks]


def _python(_state: Path) -> Check:
    version = sys.version_info
    return Check(
        "Python",
        (3, 11) <= version[:2] <= (3, 12),
        f"{version.major}.{version.minor}.{version.micro}",
        say("Install Python 3.11 or 3.12 and make the environment anew"),
    )


def _memory(_state: Path) -> Check:
    import psutil

    size = psutil.virtual_memory().total / _GIGABYTE
    return Check(
        say("Memory"),
        size >= _MEMORY_GB,
        f"{written(round(size, 1))} GB",
        say("At least {memory_gb:g} GB are needed", memory_gb=_MEMORY_GB),
    )


def _disk(state: Path) -> Check:
    size = shutil.disk_usage(_existing(state)).free / _GIGABYTE
    return Check(
        say("Free disk"),
        size >= _DISK_GB,
        f"{written(round(size, 1))} GB",
        say("At least {disk_gb:g} GB are needed: make room, or set IOC_STATE to another disk", disk_gb=_DISK_GB),
    )


def _state(state: Path) -> Check:
    name = say("State folder")
    mend = say("Set IOC_STATE to a folder that this user may write to")
    try:
        with tempfile.TemporaryFile(dir=_existing(state)):
            return Check(name, True, str(state.absolute()))
    except OSError as error:
        return Check(name, False, f"{state.absolute()}: {error.strerror}", mend)


def _ports(_state: Path) -> Check:
    from demo.processes import free_port

    port = free_port(8080)
    busy = say("8080 is busy, the demo takes another such as {port}", port=port)
    return Check(say("Ports"), True, busy if port != 8080 else say("8080 is free"))


def _locale(_state: Path) -> Check:
    encoding = sys.stdout.encoding or locale.getpreferredencoding()
    return Check(
        say("Encoding"),
        encoding.lower().replace("-", "") == "utf8",
        encoding,
        say("Set LC_ALL=C.UTF-8 or PYTHONUTF8=1"),
    )


def _server(state: Path) -> Check:
    """Whether PostgreSQL's program runs here, as the user that it would have."""
    from warehouse import embedded_server

    name = say("Embedded PostgreSQL")
    try:
        return Check(name, True, embedded_server.probe(state))
    except HubError as error:
        mend = say("Make the environment anew, or set IOC_WAREHOUSE_URL to a PostgreSQL 15–18")
        return Check(name, False, told(error), mend)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.is_dir())
