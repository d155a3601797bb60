"""`ioc serve`: a process that says where it answers, on this machine only, and ends when it is told to."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ioc.serve import serve_settings
from tests.screens.api.hub import World

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-c", "import typer; from ioc.serve import serve; typer.run(serve)"]


@contextmanager
def process(url: str, folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    env = {name: text for name, text in os.environ.items() if not name.startswith("IOC_")}
    env |= {"IOC_WAREHOUSE_URL": url, "IOC_PROVINCE": "H37", "IOC_AREA": "20", "PYTHONPATH": str(ROOT), **settings}
    command = [*COMMAND, *arguments]
    with subprocess.Popen(command, cwd=folder, env=env, text=True, stderr=subprocess.PIPE) as child:
        try:
            yield child
        finally:
            child.kill()


def test_it_answers_where_it_says_and_ends_gracefully_with_listeners(world: World, tmp_path: Path) -> None:
    with process(world.url, tmp_path, "--port", "0") as child:
        assert child.stderr is not None
        line = child.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line + child.stderr.read()
        assert requests.get(f"{found[0]}/readyz", timeout=10).json() == {"status": "ok"}
        with requests.get(
            f"{found[0]}/api/v1/events", headers=world.headers["whole"], stream=True, timeout=20
        ) as stream:
            lines = stream.iter_lines(chunk_size=1)
            assert next(lines) == b"event: beat"
            began = time.monotonic()
            child.send_signal(signal.SIGTERM)
            assert b"data" in b"".join(lines)
            child.wait(10)
        assert time.monotonic() - began < 5, "an open stream held the process up"
        assert "Traceback" not in child.stderr.read()


def test_a_database_of_another_version_is_said_before_anything_is_served(postgres_empty: str, tmp_path: Path) -> None:
    with process(postgres_empty, tmp_path, "--port", "0") as child:
        assert child.stderr is not None
        assert "ioc db migrate" in child.stderr.read()
        assert child.wait(20) == 1


def test_settings_are_variables_or_a_table_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IOC_INSTALLATION", raising=False)
    assert (serve_settings().host, serve_settings().port, serve_settings().secure_cookies) == ("127.0.0.1", 8080, False)
    (tmp_path / "ioc.toml").write_text('province = "H37"\n[serve]\nport = 9000\nsecure_cookies = true\n')
    assert (serve_settings().port, serve_settings().secure_cookies) == (9000, True)
    monkeypatch.setenv("IOC_SERVE_PORT", "9001")
    assert serve_settings().port == 9001
