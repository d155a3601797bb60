"""The parts of a hub on one machine, started in order and ended together."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import requests

from accounts import directory, rights
from demo import airflow_process
from demo.airflow_rest import Airflow
from demo.loading import GOVERNMENT_DAG, KPI_DAG, dag_of
from demo.processes import Children, free_port
from demo.progress_board import ProgressBoard
from demo.secret_keys import demo_keys
from gateway.inbox import write_inbox
from hub.errors import Abort
from hub.files import write_whole
from hub.installation import Installation
from hub.settings import Settings
from hub.translation import Text, msg
from ioc.doctor import require_for_demo
from ioc.output import err
from ioc.texts import language, say
from kpis.catalogue import Catalogue
from warehouse import embedded_server, migrate, server_data
from warehouse.database import connect

Call = Callable[..., requests.Response]
CLIENT_ID = "ioc-hub"
ACCOUNT = "demo"
FOLDER = Path(__file__).with_name("lang-son")
"""The installation: a province's folder as any other's."""
WORLD, PROVINCE = "lang-son-2023", "H37"
"""What the simulated gateway serves, and whose it is."""
NOW = "2023-07-01T06:00:00+07:00"
"""The world's clock, which stands still: by today's all of its data would be years late."""
EARLIER_YEAR = "earlier-year"
"""The process that loads it, and its log."""
_LIMIT = 60.0
"""Seconds that a part may take until it answers; one to five are usual."""
_NO_PROXIES = {"http": "", "https": ""}


class LocalHub:
    """Embedded PostgreSQL, simulated gateway and Airflow. Everything lies in the state folder and stays there."""

    warehouse: str
    """URL of the database, known once started."""

    def __init__(self, state: Path, port_base: int) -> None:
        self._state = state
        self._keys = demo_keys(state)
        self._inbox = state.absolute() / "inbox"
        self._ports = (port_base, port_base + 1)
        self._own_server = state / "demo.server"
        self._earlier_year_loaded = state / "earlier-year.loaded"
        self._earlier_year_told = False
        self._children = Children(state / "demo.processes.json", state / "logs")
        self._airflow: Airflow | None = None
        self._gateway = ""
        self._screens = ""

    @classmethod
    @contextmanager
    def open(cls, port_base: int) -> Iterator["LocalHub"]:
        """The hub in the settings' state folder, ended at the end of the block whatever happens in it."""
        settings = Installation.open().settings
        _refuse_other_data(settings)
        state = settings.state.absolute()
        server_data.home_of(state)  # which the server's user has to enter
        with _alone(state):
            hub = cls(state, port_base)
            if leftovers := hub.stop():
                text = say("Ended {} processes left by an earlier demo")
                err.print(text.format(leftovers))
            try:
                yield hub
            finally:
                hub.stop()

    def start(self, board: ProgressBoard, sources: Iterable[str]) -> Airflow:
        """Bring everything up and wait until it answers; what was made by an earlier demo is used again."""
        with board.step(say("Check this machine")):
            require_for_demo(self._state)
        with board.step("PostgreSQL"):
            if not embedded_server.status(self._state).running:
                self._own_server.touch()
            self.warehouse = embedded_server.start(self._state)
            airflow_database = embedded_server.create_database(self._state, "airflow")
        airflow_port, gateway_port = (free_port(port) for port in self._ports)
        self._gateway = f"http://127.0.0.1:{gateway_port}"
        env = airflow_process.environment(self._state / "airflow", airflow_database, airflow_port, self._keys)
        env |= self._settings()
        self._write_settings()
        self._fill_inbox()
        migration = airflow_process.begin_migration(self._children, env)
        with ThreadPoolExecutor(1) as pool:
            gateway = pool.submit(self._start_gateway, gateway_port)
            with board.step(say("Warehouse schema")):
                installation = Installation.open(FOLDER)
                migrate.migrate(self.warehouse, installation, Catalogue.of(installation).fields)
            with board.step(say("Simulated gateway")):
                gateway.result()
        with board.step("Airflow"):
            airflow_process.finish_migration(self._children, migration)
            self._airflow = airflow_process.start(
                self._children, env, [*(dag_of(source, PROVINCE) for source in sources), KPI_DAG, GOVERNMENT_DAG]
            )
            self._airflow.give_up_unfinished_runs()
        return self._airflow

    def start_screens(self) -> None:
        """Serve the screens, with an account that sees all of the province."""
        self._make_account()
        port = free_port(self._ports[1] + 1)
        self._screens = f"http://127.0.0.1:{port}"
        own = ("IOC_INSTALLATION", "IOC_STATE", "IOC_WAREHOUSE_URL", "IOC_NOW")
        env = {name: value for name, value in self._settings().items() if name in own}
        env |= {"PATH": os.defpath, "PYTHONPATH": str(airflow_process.ROOT)}  # the code of the other parts
        command = [sys.executable, "-m", "ioc", "serve", "--port", str(port)]
        self._wait_for(
            "screens", self._children.start("screens", command, env), requests.get, f"{self._screens}/readyz"
        )

    def load_earlier_year(self, sources: Iterable[str]) -> None:
        """Load the year before in the background, unless an earlier demo has: figures are compared with it."""
        if self._earlier_year_loaded.exists():
            return
        own = self._settings() | {"IOC_LANG": language(), "PATH": os.defpath, "PYTHONPATH": str(airflow_process.ROOT)}
        self._children.start(EARLIER_YEAR, [sys.executable, "-m", "demo.earlier_year", *sources], own)
        log = self._children.log(EARLIER_YEAR)
        err.print(say("The year before is loaded in the background, to compare with: {log}", log=log), soft_wrap=True)

    def stop(self) -> int:
        """End what this or a killed demo started; gives the number of processes."""
        count = self._children.stop()
        if self._own_server.exists():
            count += embedded_server.stop(self._state)
            self._own_server.unlink()
        return count

    def addresses(self) -> list[str]:
        """Where the parts are, a line each."""
        at = self._airflow.address if self._airflow else ""
        password = self._keys["screens_password"]
        return [
            say(
                "Screens:  {screens} (sign in as {account}, password {password})",
                screens=self._screens,
                account=ACCOUNT,
                password=password,
            ),
            say("Airflow:  {at}", at=at),
            say("Gateway:  {gateway} (simulated)", gateway=self._gateway),
            say("To use `ioc` with this gateway: set -a; . {file}", file=self._state / "demo.env"),
        ]

    def check_alive(self) -> None:
        """Raises Abort when a part has ended by itself that serves."""
        for name in self._children.ended():
            if name == EARLIER_YEAR:
                self._note_earlier_year()
            elif name != "airflow-migrate":
                raise self._children.ended_early(name)

    def _note_earlier_year(self) -> None:
        """Say once how it ended; the next demo takes up what is not loaded."""
        if self._earlier_year_told:
            return
        self._earlier_year_told = True
        if self._children.succeeded(EARLIER_YEAR):
            self._earlier_year_loaded.touch()
            err.print(say("The year before is loaded: figures are compared with it."))
        else:
            log = self._children.log(EARLIER_YEAR)
            err.print(say("Not all of the year before is loaded: {log}", log=log), soft_wrap=True)

    def _settings(self) -> dict[str, str]:
        """The hub's settings for every part; secrets travel in the environment, never on a command line."""
        return {
            "IOC_INSTALLATION": str(FOLDER),
            "IOC_STATE": str(self._state),
            "IOC_WAREHOUSE_URL": self.warehouse,
            "IOC_GATEWAY_URL": self._gateway,
            "IOC_CLIENT_ID": CLIENT_ID,
            "IOC_CLIENT_SECRET": self._keys["client_secret"],
            "IOC_HMAC_KEY": self._keys["hmac_key"],
            "IOC_INBOX": str(self._inbox),
            "IOC_NOW": NOW,
            "IOC_AUDIT_KEY": str(self._state.absolute() / "audit.pem"),
        }

    def _write_settings(self) -> None:
        given = {name: value for name, value in self._settings().items() if name != "IOC_WAREHOUSE_URL"}
        lines = "".join(f"{name}='{value}'\n" for name, value in given.items())
        write_whole(self._state / "demo.env", lines, 0o600)

    def _fill_inbox(self) -> None:
        """Leaves the workbooks that the province's departments have filled in."""
        try:
            write_inbox(WORLD, self._inbox)
        except OSError as error:
            raise Abort(
                msg("{file} cannot be written: {strerror}", file=self._inbox, strerror=error.strerror)
            ) from None

    def _start_gateway(self, port: int) -> None:
        command = [sys.executable, "-m", "gateway", "--world", WORLD, "--port", str(port), "--client-id", CLIENT_ID]
        secret = self._keys["client_secret"]
        env = {"PATH": os.defpath, "PYTHONPATH": str(airflow_process.ROOT), "GATEWAY_CLIENT_SECRET": secret}
        form = {"grant_type": "client_credentials"}
        sign_in = partial(requests.post, data=form, auth=(CLIENT_ID, secret))
        self._wait_for("gateway", self._children.start("gateway", command, env), sign_in, f"{self._gateway}/token")

    def _make_account(self) -> None:
        password = self._keys["screens_password"]
        with connect(self.warehouse, "accounts") as connection:
            if ACCOUNT in {account.login for account in directory.every(connection)}:
                return
            limits = rights.find_limits(connection, PROVINCE)
            directory.create(connection, ACCOUNT, say("Demo"), "admin", limits, password)
            directory.set_password(connection, directory.find(connection, ACCOUNT), password, by_user=True)

    def _wait_for(self, name: str, process: subprocess.Popen[bytes], call: Call, address: str) -> None:
        """Wait until a part answers. Raises Abort with its last words when it does not."""
        deadline = time.monotonic() + _LIMIT
        while True:
            try:
                call(address, timeout=5, proxies=_NO_PROXIES).raise_for_status()
                return
            except requests.RequestException as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    kind, log, end = type(error).__name__, self._children.log(name), self._children.last_words(name)
                    raise Abort(
                        msg(
                            "The {name} does not start ({kind}). Its log {log} ends with:\n{end}",
                            name=name,
                            kind=kind,
                            log=log,
                            end=Text(end, end),
                        ),
                    ) from None
            time.sleep(0.1)


def _refuse_other_data(settings: Settings) -> None:
    """Simulated records must never mix with real ones."""
    if settings.warehouse_url:
        raise Abort(
            msg(
                "IOC_WAREHOUSE_URL is set, and the demo does not load its simulated records into another database:"
                " unset it; the demo brings its own PostgreSQL"
            ),
        )
    state = settings.state
    if embedded_server.status(state).data.exists() and not (state / "demo.keys.json").exists():
        raise Abort(
            msg(
                "{state} holds a database that is not the demo's, and simulated records would mix with its own: give"
                " the demo another folder, such as IOC_STATE=.ioc-demo",
                state=state,
            ),
        )


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One demo a state folder. A kill releases the lock."""
    with (state / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Abort(
                msg(
                    "A demo is already running in {state}. Stop it first, or give this one another folder:"
                    " IOC_STATE=.ioc-demo",
                    state=state,
                ),
            ) from None
        yield
