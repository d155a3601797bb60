"""A fault followed from its first record to the auditor, by the commands that people use.

The portal writes two states of dossiers that the hub's map of codes does not know. What happens then, step by step, is
what docs/guides/follow-a-fault.md tells; `python -m tests.ioc.planted_fault FOLDER` takes its pictures anew.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from accounts import directory, rights, sessions
from audit import check_receipt
from connectors.source_files import SOURCES
from gateway.server import CLIENT_ID, CLIENT_SECRET, running
from hub.installation import Installation
from hub.settings import Settings
from kpis.catalogue import Catalogue
from screens.app import create_app
from screens.database import ScreenSettings
from tests.browser import ARGUMENTS, CHROMIUM
from tests.installation import FOLDER
from tests.postgres import FAST
from tests.screens.api.hub import listening
from warehouse import embedded_server
from warehouse.database import connect

ROOT = Path(__file__).parents[2]
KPI, PERIOD = "online_dossier_rate", "2023-06"
MONTH = ("--from", "2023-06-01", "--to", "2023-06-30")
UNKNOWN = {"7": "withdrawn", "8": "stopped"}
"""The states that the map lacks: code → meaning."""
OFFICE = "truc@langson.example.vn"
AUDITOR = "kiem.toan"
_MOVES = 3
"""How a plan ends that moves figures."""


@dataclass
class Step:
    """A command, and what it said."""

    arguments: tuple[str, ...]
    code: int
    printed: str

    @property
    def json(self) -> Any:
        return json.loads(self.printed)


class Mails:
    """A mail server, and what it took."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append(mail)
        return "250 taken"


@dataclass
class Story:
    """An installation in whose map codes are missing, and everything that its people do."""

    folder: Path
    """Of the installation."""
    environment: dict[str, str]
    mails: Mails
    steps: list[Step] = field(default_factory=list)

    def ioc(self, *arguments: str) -> Step:
        """Runs a command as people do."""
        done = subprocess.run(
            [sys.executable, "-m", "ioc", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.steps.append(Step(arguments, done.returncode, done.stdout or done.stderr))
        assert done.returncode in (0, _MOVES), f"ioc {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return self.steps[-1]

    @property
    def url(self) -> str:
        return self.environment["IOC_WAREHOUSE_URL"]

    def figure(self) -> dict[str, Any]:
        """The KPI of the month, as it is published."""
        shown: dict[str, Any] = self.ioc("kpi", "show", KPI, "--period", PERIOD, "--json").json
        return shown

    def batch(self) -> dict[str, Any]:
        """The newest batch of dossiers, with its account."""
        found: dict[str, Any] = self.ioc("quality", "runs", "--feed", "dossiers", "--limit", "1", "--json").json[0]
        return found

    def mend(self) -> None:
        """The map of codes is the hub's own again, which knows all."""
        (self.folder / "sources" / "dvc.toml").unlink()


@contextmanager
def planted(folder: Path, database: str) -> Iterator[Story]:
    """The story at its beginning, in an empty folder, with an empty database."""
    installation = Path(shutil.copytree(FOLDER, folder / "lang-son"))
    text = (SOURCES / "dvc.toml").read_text("utf-8")
    for code, meaning in UNKNOWN.items():
        assert f', "{code}" = "{meaning}"' in text
        text = text.replace(f', "{code}" = "{meaning}"', "")
    (installation / "sources").mkdir()
    (installation / "sources" / "dvc.toml").write_text(text, "utf-8")
    (installation / "reference" / "recipients.csv").write_text(
        f"address,province,kinds,sources,unit\n{OFFICE},H37,quarantine,,\n", "utf-8"
    )
    mails = Mails()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(mails, hostname="127.0.0.1", port=port)
    server.start()
    with running() as gateway:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
        environment |= {
            "IOC_INSTALLATION": str(installation),
            "IOC_WAREHOUSE_URL": database,
            "IOC_STATE": str(folder / "state"),
            "IOC_GATEWAY_URL": gateway,
            "IOC_CLIENT_ID": CLIENT_ID,
            "IOC_CLIENT_SECRET": CLIENT_SECRET,
            "IOC_HMAC_KEY": "a key of at least thirty-two letters",
            "IOC_AUDIT_KEY": str(folder / "keys" / "audit.key"),
            "IOC_AUDIT_ANCHORS": str(folder / "outside"),
            "IOC_ALERTS_SMTP_HOST": "127.0.0.1",
            "IOC_ALERTS_SMTP_PORT": str(port),
            "IOC_ALERTS_SMTP_SECURITY": "none",
            "IOC_ALERTS_SENDER": "ioc@langson.example.vn",
            "IOC_LANG": "vi",
            "COLUMNS": "150",
        }
        try:
            yield Story(installation, environment, mails)
        finally:
            server.stop()


def tell(story: Story, look: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Everything that happens; what each step found, by name. `look` is called where a picture is worth taking."""
    told: dict[str, Any] = {}
    story.ioc("audit", "key")
    told["migrated"] = story.ioc("db", "migrate")
    told["loaded"] = story.ioc("run", "dvc", "--feed", "dossiers", *MONTH)
    story.ioc("kpi", "refresh", KPI)
    told["batch"], told["before"] = story.batch(), story.figure()
    told["refused"] = story.ioc("quality", "quarantine", "--limit", "5", "--json").json
    told["watched"] = story.ioc("watch", "--once")
    told["incidents"] = story.ioc("incident", "list", "--json").json
    look("refused")
    story.mend()
    plan = str(story.folder / "plan.json")
    told["plan"] = story.ioc("plan", "show", "--out", plan, "--json")
    told["applied"] = story.ioc("plan", "apply", plan, "--approve", "--reason", "Bổ sung mã trạng thái 7 và 8")
    told["replayed"] = story.ioc("quality", "replay", str(told["batch"]["batch_id"]), "--json").json
    story.ioc("kpi", "refresh", KPI)
    told["after"] = story.figure()
    told["watched again"] = story.ioc("watch", "--once")
    told["resolved"] = story.ioc("incident", "list", "--resolved", "--json").json
    look("revised")
    document, receipt = story.folder / "report.docx", story.folder / "receipt.txt"
    told["report"] = story.ioc("report", "periodic", "--period", PERIOD, "--docx", str(document), "--json").json
    told["checkpoint"] = story.ioc("audit", "checkpoint")
    story.ioc("audit", "receipt", KPI, "--period", PERIOD, "--output", str(receipt))
    quality = (str(story.folder / name) for name in ("quality.pdf", "quality.xlsx"))
    story.ioc("report", "quality", "--period", PERIOD, "--pdf", next(quality), "--xlsx", next(quality))
    told["key"] = story.ioc("audit", "key").printed.strip().splitlines()[-1]
    told["receipt"] = check_receipt.check(receipt.read_text("utf-8").strip(), told["key"])
    told["trail"] = story.ioc("audit", "log", "--json").json
    told["verified"] = story.ioc("audit", "verify", "--json")
    return told


PICTURES = {
    "refused": {"refused": "/quality/runs/{batch}", "incident": "/incidents"},
    "revised": {"revised": f"/kpis/{KPI}/explain?from=2023-06-01&to=2023-06-30"},
}


def take_pictures(story: Story, folder: Path) -> Callable[[str], None]:
    """Takes the pictures of the screens at that moment of the story."""
    from playwright.sync_api import sync_playwright

    def look(moment: str) -> None:
        installation = Installation(Settings(installation=story.folder))
        with connect(story.url, "owner") as owner:
            if not owner.execute("select 1 from access.account where login = %s", [AUDITOR]).fetchone():
                directory.create(owner, AUDITOR, "Kiểm toán viên", "auditor", rights.find_limits(owner, "H37"))
            caller = directory.find_caller(owner, directory.find(owner, AUDITOR).account_id)
            assert caller is not None
            token = sessions.open_for(owner, caller)
            [(batch,)] = owner.execute("select max(batch_id) from ledger.batch where kind = 'fetch'").fetchall()
        settings = ScreenSettings(story.url, "H37", Catalogue.of(installation), installation=installation)
        with listening(create_app(settings)) as address, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            context = browser.new_context(locale="vi-VN", color_scheme="light", viewport={"width": 1280, "height": 900})
            context.add_cookies([{"name": "ioc_session", "value": token, "url": address}])
            page = context.new_page()
            for name, path in PICTURES[moment].items():
                page.goto(address + path.format(batch=batch), wait_until="load")
                page.evaluate("document.fonts.ready.then(() => 0)")
                page.screenshot(path=folder / f"fault-{name}.png")
            browser.close()

    return look


def main(folder: Path) -> None:
    """Takes the pictures, and prints what every command said."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        url = embedded_server.start(Path(scratch) / "postgres", settings=FAST)
        with planted(Path(scratch), url) as story:
            tell(story, take_pictures(story, folder))
            for step in story.steps:
                sys.stdout.write(f"$ ioc {' '.join(step.arguments)}  ({step.code})\n{step.printed}\n")
            for mail in story.mails.taken:
                sys.stdout.write(f"{mail}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
