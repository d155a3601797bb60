"""Child processes that end with the command that started them, even when that command was killed.

Each child gets a session of its own, which its descendants share, and its session is noted on disk. Sessions still
alive when the next command starts are leftovers.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from hub.errors import Abort
from hub.files import write_whole
from hub.translation import Text, msg

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE = 10.0
"""Seconds that a process has to end by itself."""


class Children:
    """The processes of one command; their sessions are noted in `record`, their output goes to `logs`."""

    def __init__(self, record: Path, logs: Path) -> None:
        self._record = record
        self._logs = logs
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start `command`. Ctrl-C does not reach it, so that the command can end its children in order; one that comes
        while a child begins is heard once it is noted."""
        with self.log(name).open("wb") as log, _undisturbed():
            child = subprocess.Popen(
                command,
                env=env,
                cwd=self._logs,  # not where a settings file may lie
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._started[name] = child
            self._note({**self._noted(), child.pid: psutil.Process(child.pid).create_time()})
        return child

    def ended(self) -> list[str]:
        """Names of started children that have ended."""
        return [name for name, child in self._started.items() if child.poll() is not None]

    def succeeded(self, name: str) -> bool:
        """Whether a started child has ended, and well."""
        return self._started[name].poll() == 0

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of a child's log, for a message."""
        text = self.log(name).read_text("utf-8", errors="replace") if self.log(name).exists() else ""
        return "\n".join(text.strip().splitlines()[-lines:])

    def ended_early(self, name: str) -> Abort:
        """That a child has ended by itself, with the end of its log."""
        log, end = self.log(name), self.last_words(name)
        return Abort(msg("{name} ended. Its log {log} ends with:\n{end}", name=name, log=log, end=Text(end, end)))

    def stop(self) -> int:
        """End every noted session: of children started here, and of leftovers. Gives the number of processes."""
        members = self._members()
        count = len(members)
        asked = time.monotonic()
        number = signal.SIGTERM
        while members:
            for process in members:
                _signal(process, number)
            psutil.wait_procs(members, timeout=0.5)
            for child in self._started.values():
                child.poll()
            if time.monotonic() - asked > _GRACE:
                number = signal.SIGKILL
            members = self._members()
        self._record.unlink(missing_ok=True)
        return count

    def _members(self) -> list[psutil.Process]:
        """Living processes of the noted sessions. While a session lives, the system gives its id to nobody else; once
        it is dead another program may get the id, and then its leader began at another time."""
        sessions = {pid for pid, began in self._noted().items() if _same(pid, began)}
        return [process for process in psutil.process_iter() if _session(process) in sessions]

    def _noted(self) -> dict[int, float]:
        """Session → when its leader began. A note from before the computer's last start says nothing any more."""
        try:
            note = json.loads(self._record.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        if abs(note["boot"] - psutil.boot_time()) > 60:
            return {}
        return {int(pid): began for pid, began in note["sessions"].items()}

    def _note(self, sessions: Mapping[int, float]) -> None:
        write_whole(self._record, json.dumps({"boot": psutil.boot_time(), "sessions": sessions}))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that end the command wait until the block is over. Only the main thread hears any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for heard in came[:1]:
            signal.raise_signal(heard)


def _same(leader: int, began: float) -> bool:
    try:
        return abs(psutil.Process(leader).create_time() - began) < 0.1
    except psutil.NoSuchProcess:
        return True


def _session(process: psutil.Process) -> int | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else os.getsid(process.pid)
    except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        return None


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def free_port(preferred: int) -> int:
    """`preferred` if nobody listens there, else any free loopback port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Abort(
        msg("This machine has no free TCP port on 127.0.0.1; end some of the programs that listen."),
    )
