"""Nothing that a command started stays running, even when the command was killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from demo.processes import Children, free_port

SLEEP = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); {SLEEP}"
PARENT = (
    "import os, subprocess, sys;"
    f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}], preexec_fn=lambda: os.setpgid(0, 0));"
    "print(child.pid, flush=True); child.wait()"
)
ENV = {"PATH": os.defpath}


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    children = Children(tmp_path / "processes.json", tmp_path / "logs")
    yield children
    children.stop()


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_child_and_its_own_children_are_ended(children: Children) -> None:
    parent = children.start("parent", python(PARENT), ENV)
    until(lambda: children.last_words("parent"))
    grandchild = int(children.last_words("parent"))
    assert children.stop() == 2
    assert gone(parent.pid)
    assert gone(grandchild)


def test_a_grandchild_is_ended_even_when_its_parent_is_dead(children: Children, tmp_path: Path) -> None:
    parent = children.start("parent", python(PARENT), ENV)
    until(lambda: children.last_words("parent"))
    grandchild = int(children.last_words("parent"))
    parent.kill()
    parent.wait()
    assert Children(tmp_path / "processes.json", tmp_path / "logs").stop() == 1
    assert gone(grandchild)


def test_a_child_that_does_not_listen_is_killed(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.processes._GRACE", 0.3)
    child = children.start("stubborn", python(STUBBORN), ENV)
    until(lambda: children.last_words("stubborn") == "ready")
    assert children.stop() == 1
    assert gone(child.pid)


def test_leftovers_of_a_killed_command_are_ended_by_the_next(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from demo.processes import Children\n"
        f"Children(Path({str(tmp_path / 'processes.json')!r}), Path({str(tmp_path / 'logs')!r}))"
        f".start('child', [sys.executable, '-c', {SLEEP!r}], {{}}); print('ready', flush=True); time.sleep(600)"
    )
    root = Path(__file__).resolve().parents[2]
    command = subprocess.Popen(python(program), stdout=subprocess.PIPE, env={**ENV, "PYTHONPATH": str(root)})
    assert command.stdout is not None
    assert command.stdout.readline() == b"ready\n"
    command.kill()
    command.wait()
    command.stdout.close()
    assert Children(tmp_path / "processes.json", tmp_path / "logs").stop() == 1


def test_a_process_that_got_a_dead_childs_number_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(python(SLEEP), start_new_session=True)
    note = {"boot": psutil.boot_time(), "sessions": {stranger.pid: psutil.Process(stranger.pid).create_time() - 60}}
    (tmp_path / "processes.json").write_text(json.dumps(note))
    try:
        assert Children(tmp_path / "processes.json", tmp_path / "logs").stop() == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_child_that_ended_by_itself_is_named_with_its_last_words(children: Children) -> None:
    children.start("short", python("print('no room left'); raise SystemExit(3)"), ENV).wait()
    assert children.ended() == ["short"]
    assert children.last_words("short") == "no room left"


def test_a_busy_port_is_not_chosen() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        assert free_port(busy) != busy
    assert free_port(busy) == busy


def test_an_interruption_while_a_child_begins_is_heard_once_it_is_noted(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = subprocess.Popen

    def interrupted(*command: Any, **options: Any) -> Any:
        child = begin(*command, **options)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        return child

    monkeypatch.setattr("demo.processes.subprocess.Popen", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which who runs tests in the background ignores
    try:
        with pytest.raises(KeyboardInterrupt):
            children.start("child", python(SLEEP), ENV)
    finally:
        signal.signal(signal.SIGINT, before)
    assert children.stop() == 1
