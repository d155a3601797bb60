"""``python -m gateway``: one clear line, a right exit code, a quick end."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
import requests

WORLD = Path("gateway/worlds/tra-vinh-2023.toml")


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *options], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--world", "nowhere"), "nowhere"),
        (("--faults", "nonsense"), "nonsense"),
        (("--dialect", "bom,nonsense"), "nonsense"),
        (("--world", "bench", "--dossiers", "2000001"), "2000001"),
        (("--dossiers", "10"), "bench"),
    ],
)
def test_a_wrong_option_is_one_line(options: tuple[str, ...], named: str) -> None:
    done = run(*options)
    assert done.returncode == 2
    assert named in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_busy_port_is_one_line() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        done = run("--world", "bench", "--port", port)
    assert done.returncode == 2
    assert port in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("signed = 640", "sined = 640"), "sined"),
        (("no_code = 2", "no_cod = 2"), "no_cod"),
        (("GHN = 28000", "GHM = 28000"), "GHN"),
        (("2023-06-30 = { CONG_DAN_SO", "2023-06-31 = { CONG_DAN_SO"), "2023-06-31"),
        (("CONG_DAN_SO = 71930", "CONG_DAN = 71930"), "CONG_DAN_SO"),
        (('area = "84"', 'area = "05"'), "'05'"),
        (("resolved_on_time = 3610", "resolved_on_time = 36100"), "more dossiers resolved than received"),
    ],
)
def test_a_world_that_cannot_be_made_ends_with_one_line(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    world = tmp_path / "wrong.toml"
    text = WORLD.read_text(encoding="utf-8")
    assert change[0] in text
    world.write_text(text.replace(*change), encoding="utf-8")
    done = run("--world", str(world), "--port", "0")
    assert done.returncode == 2
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_says_its_address_and_stops_at_once(how: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "--port", "0", "--faults", "all"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    base = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert base is not None
    assert requests.get(f"{base.group()}/__admin/state", timeout=30).json()["requests"] == 0
    before = monotonic()
    process.send_signal(how)
    assert process.wait(30) == 0
    assert monotonic() - before < 10
    assert process.stdout.read() == ""


def test_each_answer_of_the_interface_comes_later_by_the_delay() -> None:
    command = [
        sys.executable,
        "-m",
        "gateway",
        "--world",
        "bench",
        "--dossiers",
        "1",
        "--port",
        "0",
        "--delay-ms",
        "300",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().split()[-1]
        before = monotonic()
        assert requests.post(f"{base}/dvc/v1/ho-so/tra-cuu", json={}, timeout=30).status_code == 401
        assert monotonic() - before >= 0.3
        process.terminate()


@pytest.mark.parametrize("text", ["-1", "0.1", "soon"])
def test_a_delay_is_a_number_of_milliseconds(text: str) -> None:
    done = run("--delay-ms", text)
    assert done.returncode == 2
    assert f"{text!r} is no number of milliseconds" in done.stderr


@pytest.mark.parametrize(("what", "number"), [("--list-faults", 36), ("--list-dialects", 24)])
def test_every_fault_and_dialect_is_listed_with_a_line(what: str, number: int) -> None:
    done = run(what)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert len(lines) == number
    assert all(len(line.split()) > 4 for line in lines)
