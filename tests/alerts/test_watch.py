"""`ioc watch` as a process: it ends by SIGTERM, and what it had in hand when it was killed is sent by the next one."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.incidents import Observed
from alerts.outbox import Delivery
from alerts.watch import Round
from hub.errors import Abort
from hub.installation import Installation
from hub.translation import msg
from ioc.main import app
from tests.alerts.world import FEEDBACK, Ledger, day
from tests.postgres import Postgres
from warehouse.database import connect


class SlowMail:
    """A mail server that takes its time over each message, and keeps the Message-IDs that it has said 250 to."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        file = connection.makefile("rwb", buffering=0)

        def say(line: str) -> None:
            file.write(f"{line}\r\n".encode())

        try:
            say("220 hello")
            while line := file.readline():
                if line.upper().startswith(b"DATA"):
                    say("354 go on")
                    text = b""
                    while (part := file.readline()) not in (b".\r\n", b""):
                        text += part
                    self.reading.set()
                    self.go_on.wait(60)
                    own = next(one for one in text.decode().splitlines() if one.startswith("Message-ID"))
                    say("250 taken")
                    self.taken[own] += 1
                else:
                    say("250 fine")
        except OSError:
            pass


@pytest.fixture
def mail() -> Iterator[SlowMail]:
    there = SlowMail()
    yield there
    there.go_on.set()
    there.socket.close()


def test_a_watch_that_is_killed_while_it_sends_loses_nothing_and_one_that_is_ended_ends_well(
    postgres: Postgres, mail: SlowMail, tmp_path: Path
) -> None:
    url = postgres.database()
    with connect(url, "owner") as owner:
        Ledger(owner).batch(FEEDBACK, day(1), status="blocked")
        owner.commit()
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "recipients.csv").write_text(
        "address,province,kinds,sources,unit\na@ioc.example.vn,,,,\n"
    )
    environment = os.environ | {
        "IOC_INSTALLATION": str(tmp_path),
        "IOC_WAREHOUSE_URL": url,
        "IOC_PROVINCE": "H37",
        "IOC_AREA": "20",
        "IOC_ALERTS_SMTP_HOST": "127.0.0.1",
        "IOC_ALERTS_SMTP_PORT": str(mail.port),
        "IOC_ALERTS_SMTP_SECURITY": "none",
        "IOC_ALERTS_SENDER": "ioc@langson.example.vn",
    }

    def watch() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ioc", "watch"], env=environment, stderr=subprocess.PIPE, text=True
        )

    first = watch()
    assert mail.reading.wait(120), first.stderr.read() if first.poll() is not None and first.stderr else ""
    first.kill()
    first.communicate()
    assert mail.taken == {}
    second = watch()
    mail.go_on.set()
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with connect(url, "reader") as reader:
            states = reader.execute("select status, subject from serving.alerts").fetchall()
        if states and states[0][0] == "sent":
            break
        time.sleep(0.2)
    second.send_signal(signal.SIGTERM)
    _, told = second.communicate(timeout=60)
    assert (second.returncode, "Traceback" in told) == (0, False), told
    assert [status for status, _ in states] == ["sent"]
    assert len(mail.taken) == 1, "both gave the same Message-ID"


@pytest.fixture
def provinces(postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database of its own for a hub of two provinces."""
    url = postgres.database()
    (tmp_path / "reference").mkdir()
    for name, value in {
        "IOC_INSTALLATION": str(tmp_path),
        "IOC_WAREHOUSE_URL": url,
        "IOC_PROVINCES": json.dumps([{"code": "H37", "area": "20"}, {"code": "H59", "area": "84"}]),
        "IOC_LANG": "en",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("IOC_PROVINCE", "IOC_AREA"):
        monkeypatch.delenv(name, raising=False)
    return url


def test_a_fault_of_one_province_stops_no_other(provinces: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_url: str, installation: Installation, *_: object) -> Round:
        code = installation.settings.province
        if code == "H37":
            raise Abort(msg("{path}: wrong line", path="bands.csv"))
        looked.append(code)
        if len(looked) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return Round(code, Observed([], []), [], Delivery([], [], []))

    looked: list[str] = []
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("alerts.watch.look", look)
    monkeypatch.setattr("ioc.watch._EVERY", 0.1)
    try:
        said = CliRunner().invoke(app, ["watch"])
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert (said.exit_code, looked) == (0, ["H59", "H59"])
    assert said.stderr.count("H37: bands.csv: wrong line") == 2
    looked.clear()
    said = CliRunner().invoke(app, ["watch", "--once"])
    assert (type(said.exception), looked) == (Abort, ["H59"])


def test_a_province_that_was_never_watched_is_told_while_others_are(provinces: str) -> None:
    def watched(*codes: str) -> tuple[int, str]:
        with connect(provinces, "owner") as owner:
            owner.execute(
                "insert into ledger.watch (province_id, began_at, seen_at) select province_id, clock_timestamp(),"
                " clock_timestamp() from warehouse.dim_province where code = any(%s)",
                [list(codes)],
            )
            owner.commit()
        said = CliRunner().invoke(app, ["watch", "--seen"])
        return said.exit_code, said.stdout

    assert watched("H37") == (3, "never watched: H59\n")
    code, said = watched("H59")
    assert (code, said.endswith(" s ago\n")) == (0, True)
    told = json.loads(CliRunner().invoke(app, ["watch", "--seen", "--json"]).stdout)
    assert (told["seconds"] < 60, told["never_watched"]) == (True, [])
