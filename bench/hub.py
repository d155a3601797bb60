"""A hub with figures to ask for: the world of Lạng Sơn 2023 loaded by the hub's own pipeline, served by `ioc serve`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from accounts import directory, keys, rights, sessions
from accounts.caller import Connection
from bench import gateway
from bench.database import Server
from demo.services import FOLDER
from gateway.inbox import write_inbox
from hub.installation import Installation
from hub.settings import Settings
from kpis.catalogue import Catalogue
from kpis.refresh import refresh
from pipeline.fetch import run_feed
from warehouse.database import connect, warehouse_url

WORLD = "lang-son-2023"
PROVINCE = "H37"
DAYS = (date(2022, 12, 31), date(2023, 6, 30))


@contextmanager
def loaded(server: Server, tell: Callable[[str], None]) -> Iterator[str]:
    """URL of a warehouse with the world's facts and the KPIs' observations."""
    with (
        server.database(hub=True) as address,
        gateway.running("--world", WORLD) as source,
        installed(address, source) as installation,
    ):
        load(installation, DAYS, list(Catalogue.of(installation).sources), tell)
        yield installation.settings.warehouse_url


def load(
    installation: Installation, days: tuple[date, date], names: Sequence[str], tell: Callable[[str], None]
) -> None:
    """Loads these days of the named sources, and computes the KPIs."""
    catalogue = Catalogue.of(installation)
    for name in names:
        tell(f"loading {name}")
        for feed in catalogue.sources[name].feeds:
            run_feed(installation, name, feed, *days)
    tell("computing KPIs")
    refresh(warehouse_url(installation.settings), PROVINCE, catalogue=catalogue)


@contextmanager
def installed(address: str, source: str) -> Iterator[Installation]:
    """The demo's province over this database, with the gateway at `source` and the inbox of the world."""
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as landing, tempfile.TemporaryDirectory() as inbox:
        write_inbox(WORLD, Path(inbox))
        yield Installation(
            Settings(
                installation=FOLDER,
                warehouse_url=address.replace("postgresql://", "postgresql+psycopg://"),
                landing=landing,
                inbox=inbox,
                gateway_url=source,
                gateway_timeout=300,  # the world is made while the first answer is waited for
                hmac_key="benchmark-only",
                **gateway.CLIENT,
            )
        )


@contextmanager
def served(url: str) -> Iterator[tuple[str, int]]:
    """The hub's address and process, answered by one process as an installation runs it."""
    environment = {**os.environ, "IOC_WAREHOUSE_URL": url, "IOC_INSTALLATION": str(FOLDER), "IOC_LANG": "en"}
    command = [sys.executable, "-c", "from ioc.main import main; main()", "serve", "--port", "0"]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stderr.readline()
            if "http://" not in said:
                raise SystemExit(f"bench: the hub does not serve: {said}{process.stderr.read()[-2000:]}")
            yield "http://" + said.split("http://")[1].split("/")[0], process.pid
        finally:
            process.terminate()


def key(url: str, scope: str) -> str:
    """An API key of a new account that sees the whole province."""
    with connect(url, "owner") as owner:
        made = keys.create(owner, _account(owner, scope), scope, [scope], 1)
        owner.commit()
        return made


def session(url: str) -> str:
    """The token of a browser that is signed in, of a new account that sees the whole province."""
    with connect(url, "owner") as owner:
        who = directory.find_caller(owner, _account(owner, "browser"))
        if who is None:
            raise SystemExit("bench: the account that was made is not found")
        token = sessions.open_for(owner, who)
        owner.commit()
        return token


def _account(owner: Connection, name: str) -> int:
    return directory.create(owner, f"bench-{name}", "Benchmark", "viewer", rights.find_limits(owner, PROVINCE))
